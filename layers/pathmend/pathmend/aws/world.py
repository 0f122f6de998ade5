"""The resources around a load balancer, read by parallel describe calls."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pathmend.aws.clients import PARALLEL_CALLS
from pathmend.aws.describe import VPC_READS
from pathmend.aws.describe_calls import called, described, dicts, gather
from pathmend.aws.errors import translated
from pathmend.errors import AccessDeniedError, NotFoundError, TemporaryError
from pathmend.snapshot.parse import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pathmend.aws.clients import Clients
    from pathmend.aws.describe_calls import Items, Read
    from pathmend.snapshot.world import Snapshot

TAGS_PER_CALL = 20
"""Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTags.html"""


class AwsWorld:
    """Reads two waves: what hangs on the load balancer's ARN, then what hangs on its VPC, listeners and groups."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def read(self, load_balancer_arn: str) -> Snapshot:
        """Return the load balancer with everything that its flows depend on; see the World port."""
        # Clients are made before the threads: making one is slow, and the lock would queue the threads behind it.
        elbv2, _ = self._clients.elbv2, self._clients.ec2
        with ThreadPoolExecutor(PARALLEL_CALLS) as pool:
            answers, unread = self._first_wave(pool, load_balancer_arn)
            balancer = self._one(load_balancer_arn, answers)
            listeners = [str(item["ListenerArn"]) for item in dicts(answers.get("Listeners", ()))]
            groups = [str(item["TargetGroupArn"]) for item in dicts(answers.get("TargetGroups", ()))]
            reads: dict[str, list[Read]] = {
                each.key: [described(self._clients, each, [balancer["VpcId"]])] for each in VPC_READS
            }
            reads["Rules"] = [_bound(_rules, elbv2, arn) for arn in listeners]
            reads["TargetHealthDescriptions"] = [_bound(_health, elbv2, arn) for arn in groups]
            reads["TagDescriptions"] = [_bound(_tags, elbv2, part) for part in _parts([load_balancer_arn, *groups])]
            rest, denied = _second_wave(pool, reads)
        missing = {**unread, **denied}
        read = {key: items for key, items in {**answers, **rest}.items() if key not in missing}
        snapshot = parse(read)
        return replace(snapshot, unread={**snapshot.unread, **_with_dependents(missing)})

    def load_balancers_of(self, target_group: str) -> tuple[str, ...]:
        """Return the load balancers that use the group, found by its name and recognised by the end of its ARN."""
        full_name = target_group.rsplit(":", 1)[-1]
        name = full_name.removeprefix("targetgroup/").split("/", 1)[0]
        try:
            with translated(f"read target group {full_name}"):
                groups = self._clients.elbv2.describe_target_groups(Names=[name])["TargetGroups"]
        except NotFoundError:
            return ()
        same = (group for group in groups if group["TargetGroupArn"].endswith(f":{full_name}"))
        return tuple(sorted({arn for group in same for arn in group.get("LoadBalancerArns", ())}))

    def load_balancers(self) -> tuple[str, ...]:
        """Return the ARNs of all application load balancers of the account and Region."""
        found = self._pages("elbv2", "describe_load_balancers", "LoadBalancers", {})
        return tuple(sorted(str(one["LoadBalancerArn"]) for one in dicts(found) if one["Type"] == "application"))

    def _balancer_reads(self, arn: str) -> dict[str, list[Read]]:
        owned: dict[str, Any] = {"LoadBalancerArn": arn}
        return {
            "LoadBalancers": [
                lambda: self._pages("elbv2", "describe_load_balancers", "LoadBalancers", {"LoadBalancerArns": [arn]})
            ],
            "Listeners": [lambda: self._pages("elbv2", "describe_listeners", "Listeners", owned)],
            "TargetGroups": [lambda: self._pages("elbv2", "describe_target_groups", "TargetGroups", owned)],
        }

    def _first_wave(self, pool: ThreadPoolExecutor, arn: str) -> tuple[dict[str, Items], dict[str, str]]:
        try:
            return gather(pool, self._balancer_reads(arn))
        except NotFoundError as exc:
            raise NotFoundError(f"load balancer {arn} does not exist (any more)") from exc

    def _one(self, arn: str, answers: dict[str, Items]) -> dict[str, Any]:
        if "LoadBalancers" not in answers:
            raise AccessDeniedError(f"cannot read {arn}: the role lacks elasticloadbalancing:DescribeLoadBalancers")
        found = [one for one in dicts(answers["LoadBalancers"]) if one["LoadBalancerArn"] == arn]
        if not found:
            raise NotFoundError(f"load balancer {arn} does not exist (any more)")
        return found[0]

    def _pages(self, service: str, operation: str, key: str, parameters: dict[str, Any]) -> Items:
        return called(self._clients.named(service), operation, key, **parameters)


def _second_wave(pool: ThreadPoolExecutor, reads: dict[str, list[Read]]) -> tuple[dict[str, Items], dict[str, str]]:
    try:
        return gather(pool, reads)
    except NotFoundError as exc:
        # A listener or group of the first wave is gone by the second; the next reading sees a whole world.
        raise TemporaryError(f"the load balancer changed while it was read: {exc}") from exc


def _with_dependents(unread: dict[str, str]) -> dict[str, str]:
    """Add the kinds that could not even be asked for, because what they hang on is unread."""
    parents = {"Rules": "Listeners", "TargetHealthDescriptions": "TargetGroups"}
    lost = {child: unread[parent] for child, parent in parents.items() if parent in unread}
    return {**lost, **unread}


def _bound(read: Callable[[Any, Any], Items], client: object, subject: str | Sequence[str]) -> Read:
    return lambda: read(client, subject)


def _rules(elbv2: Any, listener_arn: str) -> Items:  # noqa: ANN401 - one signature for the three readers
    with translated(f"read the rules of {listener_arn}"):
        pages = elbv2.get_paginator("describe_rules").paginate(ListenerArn=listener_arn)
        return [{"ListenerArn": listener_arn, "Rules": [rule for page in pages for rule in page["Rules"]]}]


def _health(elbv2: Any, target_group_arn: str) -> Items:  # noqa: ANN401 - one signature for the three readers
    with translated(f"read the target health of {target_group_arn}"):
        answer = elbv2.describe_target_health(TargetGroupArn=target_group_arn)
    descriptions = answer["TargetHealthDescriptions"]
    return [{"TargetGroupArn": target_group_arn, "TargetHealthDescriptions": descriptions}]


def _tags(elbv2: Any, arns: Sequence[str]) -> Items:  # noqa: ANN401 - one signature for the three readers
    with translated("read the tags of load balancers and target groups"):
        return list(elbv2.describe_tags(ResourceArns=list(arns))["TagDescriptions"])


def _parts(arns: Sequence[str]) -> Iterable[Sequence[str]]:
    return [arns[start : start + TAGS_PER_CALL] for start in range(0, len(arns), TAGS_PER_CALL)]
