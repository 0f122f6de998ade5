"""Targets in an Availability Zone that their load balancer is not enabled in: it sends them nothing.

Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-subnets.html and
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html (Target.NotInUse)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.diagnosis.finding import Certainty, Evidence, Finding, NoMechanicalRepair, ZoneNotEnabled
from pathmend.diagnosis.measurements import zones_of
from pathmend.diagnosis.zone_subnets import subnets_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pathmend.snapshot.balancing import LoadBalancer, TargetGroup, TargetHealth
    from pathmend.snapshot.world import Snapshot

CODE = "AVAILABILITY_ZONE_NOT_ENABLED"
NOT_IN_USE = "Target.NotInUse"


def disabled_zones(snapshot: Snapshot, load_balancer_arn: str) -> tuple[Finding, ...]:
    """Return one finding per target group with targets in zones that the load balancer is not enabled in."""
    balancer = snapshot.load_balancers[load_balancer_arn]
    groups = snapshot.target_groups_of(load_balancer_arn)
    found = ((group, out_of_zone(snapshot, balancer, group)) for group in groups)
    return tuple(_finding(snapshot, balancer, group, by_zone) for group, by_zone in found if by_zone)


def out_of_zone(snapshot: Snapshot, balancer: LoadBalancer, group: TargetGroup) -> dict[str, list[TargetHealth]]:
    """Return the unused targets by their zone, where the load balancer is enabled in others and not in that.

    Where a subnet of the load balancer was not read, its zones are not known, and nothing is said.
    """
    enabled = zones_of(snapshot, balancer)
    if balancer.kind != "application" or not enabled or not snapshot.subnets.keys() >= set(balancer.subnet_ids):
        return {}
    found: dict[str, list[TargetHealth]] = {}
    for target in group.targets:
        zone = _zone_of(snapshot, target) if target.reason == NOT_IN_USE else None
        if zone and zone not in enabled:
            found.setdefault(zone, []).append(target)
    return found


def _zone_of(snapshot: Snapshot, target: TargetHealth) -> str | None:
    """Return where the target is; None where that is not known, or it is in no zone in particular."""
    if target.availability_zone:
        return None if target.availability_zone == "all" else target.availability_zone
    instance = snapshot.instances.get(target.target_id)
    subnet = snapshot.subnets.get(instance.subnet_id or "") if instance else None
    return subnet.availability_zone if subnet else None


def _finding(
    snapshot: Snapshot, balancer: LoadBalancer, group: TargetGroup, by_zone: dict[str, list[TargetHealth]]
) -> Finding:
    lost = sum(map(len, by_zone.values()))
    zones = ", ".join(sorted(by_zone))
    cause, rows = _cause(snapshot, balancer, group, by_zone)
    return Finding(
        code=CODE,
        resource=group.arn,
        sentence=(
            f"{lost} of {len(group.targets)} targets of {group.name} get no requests: they are in {zones}, "
            f"where {balancer.name} is not enabled"
        ),
        evidence=(*_evidence(snapshot, balancer, by_zone), *rows),
        certainty=Certainty.PROVEN,
        cause=cause,
    )


def _evidence(snapshot: Snapshot, balancer: LoadBalancer, by_zone: dict[str, list[TargetHealth]]) -> Iterator[Evidence]:
    enabled = ", ".join(zones_of(snapshot, balancer))
    yield Evidence("zones that the load balancer is enabled in", "elasticloadbalancing:DescribeLoadBalancers", enabled)
    for zone, targets in sorted(by_zone.items()):
        names = ", ".join(target.target_id for target in targets)
        yield Evidence(f"{NOT_IN_USE} in {zone}", "elasticloadbalancing:DescribeTargetHealth", names)


def _cause(
    snapshot: Snapshot, balancer: LoadBalancer, group: TargetGroup, by_zone: dict[str, list[TargetHealth]]
) -> tuple[ZoneNotEnabled | NoMechanicalRepair, Sequence[Evidence]]:
    """Return what enables the zones, where the whole group is out of use: a part may be left out on purpose."""
    zones = sorted(by_zone)
    if sum(map(len, by_zone.values())) < len(group.targets):
        part = f"decide whether {balancer.name} is to be enabled in {', '.join(zones)}: others of the group are in use"
        return NoMechanicalRepair(part), ()
    choices = [subnets_for(snapshot, balancer, zone) for zone in zones]
    missing = [choice for choice in choices if isinstance(choice, str)]
    if missing:
        return NoMechanicalRepair("; ".join(missing)), ()
    chosen = [choice for choice in choices if not isinstance(choice, str)]
    rows = [row for choice in chosen for row in choice.evidence]
    return ZoneNotEnabled(balancer.arn, tuple(choice.subnet_id for choice in chosen)), rows
