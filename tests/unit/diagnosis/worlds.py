"""Worlds and figures for diagnoses: what a target says, what CloudWatch measured, what could not be read."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

from pathmend.diagnosis.diagnose import diagnose, wanted_figures
from pathmend.snapshot.figures import Figure
from tests.builders import LOAD_BALANCER_ARN, TARGET_GROUP_ARN, ZONES, a_workshop

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pathmend.diagnosis.finding import Diagnosis, Finding
    from pathmend.snapshot.resources import AclEntry
    from pathmend.snapshot.world import Snapshot

LB = "app/WebApp-ALB/50dc6c495c0c9188"
TG = "targetgroup/WebApp-TG/73e2d6bc24d8a067"


def findings(world: Snapshot, symptoms: Collection[str] = (), **measured: Any) -> tuple[Finding, ...]:
    """Return the findings about the workshop's load balancer."""
    return diagnosis(world, symptoms, **measured).findings


def diagnosis(world: Snapshot, symptoms: Collection[str] = (), **measured: Any) -> Diagnosis:
    """Return the diagnosis; `measured` holds values of metrics by name, or by name and what they are about."""
    return diagnose(world, LOAD_BALANCER_ARN, figures(world, measured), symptoms=symptoms)


def codes(world: Snapshot) -> list[str]:
    """Return the codes of the findings."""
    return [finding.code for finding in findings(world)]


def only(found: tuple[Finding, ...]) -> Finding:
    """Return the only finding."""
    assert len(found) == 1, found
    return found[0]


def evidence(finding: Finding) -> dict[str, str]:
    """Return the evidence, fact to value."""
    return {row.fact: row.value for row in finding.evidence}


def figures(world: Snapshot, measured: Mapping[str, Any]) -> tuple[Figure, ...]:
    """Return all figures that a diagnosis wants, without value where `measured` has none."""
    return tuple(
        Figure(query, _value(measured.get(query.name), query.about), 300)
        for query in wanted_figures(world, LOAD_BALANCER_ARN)
    )


def _value(given: Any, about: str) -> float | None:
    found = given.get(about) if isinstance(given, dict) else given
    return None if found is None else float(found)


def with_group(world: Snapshot, **fields: Any) -> Snapshot:
    """Return the world with other fields in the target group."""
    return world.having("target_groups", replace(world.target_groups[TARGET_GROUP_ARN], **fields))


def with_check(world: Snapshot, **fields: Any) -> Snapshot:
    """Return the world with another health check."""
    return with_group(world, health_check=replace(world.target_groups[TARGET_GROUP_ARN].health_check, **fields))


def with_health(
    world: Snapshot, reason: str | None, *, state: str = "unhealthy", zones: Collection[str] = ZONES, says: str = ""
) -> Snapshot:
    """Return the world in which the load balancer says this of the targets in these zones."""
    chosen = {f"i-app-{zone}" for zone in zones}
    targets = tuple(
        replace(t, state=state, reason=reason, description=says or None) if t.target_id in chosen else t
        for t in world.target_groups[TARGET_GROUP_ARN].targets
    )
    return with_group(world, targets=targets)


def without_entry(world: Snapshot, acl_id: str, number: int, *, egress: bool = False) -> Snapshot:
    """Return the world whose ACL lacks the entry."""
    acl = world.network_acls[acl_id]
    kept = tuple(e for e in acl.entries if (e.egress, e.rule_number) != (egress, number))
    return world.having("network_acls", replace(acl, entries=kept))


def with_entries(world: Snapshot, acl_id: str, *entries: AclEntry) -> Snapshot:
    """Return the world whose ACL has exactly these entries before AWS's own."""
    acl = world.network_acls[acl_id]
    final = (e for e in acl.entries if e.rule_number == 32767)
    ordered = tuple(sorted((*entries, *final), key=lambda e: (e.egress, e.rule_number)))
    return world.having("network_acls", replace(acl, entries=ordered))


def on_ipv6() -> Snapshot:
    """Return a workshop whose targets are IPv6 addresses of the instances, in dual-stack subnets."""
    world = a_workshop()
    for number, tier in ((0, "alb"), (16, "app")):
        for index, zone in enumerate(ZONES):
            block = ip_network(f"2001:db8:0:{number + index:x}::/64")
            subnet = world.subnets[f"subnet-{tier}-{zone}"]
            world = world.having("subnets", replace(subnet, cidrs=(*subnet.cidrs, block)))
            interface = world.interfaces[f"eni-{tier}-{zone}"]
            world = world.having("interfaces", replace(interface, ipv6s=(block[10],)))
    for table in tuple(world.route_tables.values()):
        local = replace(table.routes[0], destination=ip_network("2001:db8::/56"))
        world = world.having("route_tables", replace(table, routes=(*table.routes, local)))
    group = world.security_groups["sg-alb"]
    out = replace(group.rules[-1], peer=ip_network("::/0"))
    world = world.having("security_groups", replace(group, rules=(*group.rules, out)))
    old = world.target_groups[TARGET_GROUP_ARN].targets
    targets = tuple(
        replace(t, target_id=str(ip_address(f"2001:db8:0:{16 + index:x}::a"))) for index, t in enumerate(old)
    )
    return with_group(world, kind="ip", targets=targets)
