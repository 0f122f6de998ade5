"""AWS Health: while AWS itself has an issue with a service that a plan depends on, nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.guardrails.arn import place_of
from pathmend.guardrails.decision import Mode
from pathmend.guardrails.touched import surroundings, touched

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pathmend.guardrails.circumstances import Circumstances, ServiceEvent
    from pathmend.guardrails.decision import Verdict
    from pathmend.plans.plan import Plan
    from pathmend.snapshot.resources import NetworkInterface
    from pathmend.snapshot.world import Snapshot

_ALWAYS = frozenset({"EC2", "VPC", "ELASTICLOADBALANCING"})
"""What every diagnosis and every verification depends on, by the names of AWS Health.

Source: https://docs.aws.amazon.com/health/latest/ug/aws-health-events-eventbridge-schema.html
"""

_NAMES = {"elbv2": "ELASTICLOADBALANCING"}
_EVERYWHERE = ("", "global")


def ongoing_issues(plan: Plan, snapshot: Snapshot, circumstances: Circumstances) -> Iterator[Verdict]:
    """Yield the open issues of the plan's services in the subject's Region, or everywhere.

    One that is about certain resources counts where these are part of the plan, of the subject or of its targets.
    """
    requests = (request for step in plan.steps for request in (*step.requests, *step.undo_requests))
    services = _ALWAYS | {_bare(_NAMES.get(request.service, request.service)) for request in requests}
    region = place_of(circumstances.subject).region
    concerned = _concerned(plan, snapshot, circumstances.subject)
    for event in circumstances.service_events:
        hit = [one for one in event.entities if concerned is None or not concerned.isdisjoint(_names(one))]
        if _bare(event.service) in services and _there(event, region) and (hit or not event.entities):
            where, since = event.region or "all Regions", event.started_at.isoformat()
            what = ", ".join((event.code, *hit))
            yield Mode.REPORT, f"AWS Health reports an issue of {event.service} in {where}: {what}, since {since}"


def _concerned(plan: Plan, snapshot: Snapshot, subject: str) -> frozenset[str] | None:
    """Return what the plan touches, the subject, its targets, and the subnets and VPCs that these lie in.

    None where the subject or its targets were not read: anything may concern them then.
    """
    balancer, groups = snapshot.load_balancers.get(subject), snapshot.target_groups_of(subject)
    if balancer is None or not all(group.targets_read for group in groups):
        return None
    targets = {target.target_id for group in groups for target in group.targets}
    interfaces = (*snapshot.nodes_of(balancer), *(one for one in snapshot.interfaces.values() if _is_of(one, targets)))
    whole = {*touched(plan), *targets, *(group.arn for group in groups), *balancer.subnet_ids}
    whole |= {name for one in interfaces for name in (one.id, one.subnet_id)}
    return frozenset({*whole, *surroundings(whole, snapshot, subject)})


def _is_of(interface: NetworkInterface, targets: Collection[str]) -> bool:
    """Say whether it is the interface of a target, which is known by its instance or by an address."""
    names = (interface.instance_id, *map(str, (*interface.private_ips, *interface.ipv6s)))
    return any(one in targets for one in names)


def _names(entity: str) -> set[str]:
    """Return an entity's name, and the id at the end of an ARN."""
    return {entity, entity.rsplit("/", 1)[-1]}


def _there(event: ServiceEvent, region: str) -> bool:
    """An event counts everywhere that names no Region; all count where the subject's Region is unknown."""
    return not region or event.region == region or event.region.lower() in _EVERYWHERE


def _bare(service: str) -> str:
    return "".join(char for char in service.upper() if char.isalnum())
