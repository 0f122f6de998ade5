"""Load balancers of some VPCs, and what Elastic Load Balancing answers per load balancer, listener and target group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pathmend.aws.describe_calls import called, dicts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pathmend.aws.clients import Clients
    from pathmend.aws.describe_calls import Items, Read, Reads
    from pathmend.aws.snapshots_reading import Reading

TAGS_PER_CALL = 20
"""Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTags.html"""


def balancers_of(clients: Clients, vpc_ids: Sequence[str], arns: Sequence[str] | None) -> Reads:
    """Return the calls for load balancers and target groups: those in the VPCs, or those with the ARNs and of theirs.

    Without any ARN nothing is read of them.
    """
    if arns is None:
        return {
            "LoadBalancers": [_in_vpcs(clients, "describe_load_balancers", "LoadBalancers", vpc_ids)],
            "TargetGroups": [_in_vpcs(clients, "describe_target_groups", "TargetGroups", vpc_ids)],
        }
    if not arns:
        return {}
    return {
        "LoadBalancers": [_of(clients, "describe_load_balancers", "LoadBalancers", LoadBalancerArns=list(arns))],
        "TargetGroups": [_of(clients, "describe_target_groups", "TargetGroups", LoadBalancerArn=arn) for arn in arns],
    }


def _of(clients: Clients, operation: str, key: str, **parameters: Any) -> Read:  # noqa: ANN401 - boto3's parameters
    return lambda: called(clients.elbv2, operation, key, **parameters)


def _in_vpcs(clients: Clients, operation: str, key: str, vpc_ids: Sequence[str]) -> Read:
    """Return the call for all of a kind; AWS has no filter for the VPC. Groups of functions belong to none."""

    def read() -> Items:
        found = dicts(called(clients.elbv2, operation, key))
        return [one for one in found if one.get("VpcId") in vpc_ids or one.get("TargetType") == "lambda"]

    return read


def drop_foreign_groups(reading: Reading) -> None:
    """Leave out the groups of functions that no load balancer of those that were read uses."""
    known = set(reading.each("LoadBalancers", "LoadBalancerArn"))
    if "TargetGroups" in reading.answers:
        groups = dicts(reading.answers["TargetGroups"])
        reading.answers["TargetGroups"] = [
            one for one in groups if one.get("TargetType") != "lambda" or known & set(one.get("LoadBalancerArns", ()))
        ]


def parts_of_balancers(clients: Clients, reading: Reading) -> Reads:
    """Return the calls for what hangs on load balancers and target groups, if those were asked for."""
    if not {"LoadBalancers", "TargetGroups"} & {*reading.answers, *reading.unread}:
        return {}
    arns = reading.each("LoadBalancers", "LoadBalancerArn")
    groups = reading.each("TargetGroups", "TargetGroupArn")
    return {
        **listeners_of(clients, arns),
        "LoadBalancerAttributes": [
            _under(clients, "describe_load_balancer_attributes", "Attributes", LoadBalancerArn=arn) for arn in arns
        ],
        "TargetGroupAttributes": [
            _under(clients, "describe_target_group_attributes", "Attributes", TargetGroupArn=arn) for arn in groups
        ],
        **targets_of(clients, reading),
    }


def listeners_of(clients: Clients, arns: Sequence[str]) -> Reads:
    """Return the calls for the listeners of load balancers."""
    return {"Listeners": [_of(clients, "describe_listeners", "Listeners", LoadBalancerArn=arn) for arn in arns]}


def targets_of(clients: Clients, reading: Reading) -> Reads:
    """Return the calls for the health of targets, and for the tags of load balancers and target groups."""
    groups = reading.each("TargetGroups", "TargetGroupArn")
    named = [*reading.each("LoadBalancers", "LoadBalancerArn"), *groups]
    parts = [named[start : start + TAGS_PER_CALL] for start in range(0, len(named), TAGS_PER_CALL)]
    return {
        "TargetHealthDescriptions": [
            _under(clients, "describe_target_health", "TargetHealthDescriptions", TargetGroupArn=arn) for arn in groups
        ],
        "TagDescriptions": [_of(clients, "describe_tags", "TagDescriptions", ResourceArns=part) for part in parts],
    }


def _under(clients: Clients, operation: str, key: str, **parent: str) -> Read:
    """Return the call for what AWS answers about one parent; the item carries the parent, which AWS's answer omits."""
    return lambda: [{**parent, key: list(called(clients.elbv2, operation, key, **parent))}]


def rules_of(clients: Clients, reading: Reading) -> Reads:
    """Return the calls for the listeners' rules, if listeners were asked for."""
    if "Listeners" not in {*reading.answers, *reading.unread}:
        return {}
    listeners = reading.each("Listeners", "ListenerArn")
    return {"Rules": [_under(clients, "describe_rules", "Rules", ListenerArn=arn) for arn in listeners]}
