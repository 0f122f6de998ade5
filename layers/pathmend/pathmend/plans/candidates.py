"""Candidates: the alternatives that could clear a finding, before any is judged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from pathmend.changes.associate_route_table import AssociateRouteTable
from pathmend.changes.modify_matcher import ModifyMatcher
from pathmend.changes.set_acl_entry import SetAclEntry
from pathmend.changes.set_health_check import SetHealthCheck
from pathmend.changes.set_load_balancer_subnets import SetLoadBalancerSubnets
from pathmend.diagnosis.finding import (
    AclGap,
    EndpointPolicyGap,
    EndpointWithoutTables,
    FirewallDrop,
    GroupGap,
    MatcherMismatch,
    MetadataOff,
    NameResolutionOff,
    NoMechanicalRepair,
    PrivateNamesOff,
    ProfileMissing,
    RouteGap,
    WrongHealthCheck,
    WrongRouteTable,
    ZoneNotEnabled,
)
from pathmend.diagnosis.siblings import half_open_entries, shadowing_denies
from pathmend.plans.dependency_candidates import for_dependency
from pathmend.plans.obstacle import Obstacle
from pathmend.plans.quotas import LAST_RULE_NUMBER, no_room_for_entries
from pathmend.snapshot.resources import AclEntry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.changes.change import Change
    from pathmend.diagnosis.finding import Cause
    from pathmend.plans.dependency_candidates import Option
    from pathmend.snapshot.resources import NetworkAcl
    from pathmend.snapshot.world import Snapshot

STEP = 100


def candidates(cause: Cause, snapshot: Snapshot) -> tuple[Option, ...]:
    """Return every set of changes that might clear the cause, or why it cannot be made; none when only a person can."""
    match cause:
        case WrongRouteTable():
            return ((AssociateRouteTable(cause.subnet_id, cause.right_table_id),),) if cause.right_table_id else ()
        case MatcherMismatch() | WrongHealthCheck() | ZoneNotEnabled():
            return ((_setting(cause, snapshot),),)
        case AclGap():
            return tuple(_for_gap(cause, snapshot.network_acls[cause.acl_id]))
        case NoMechanicalRepair():
            return ()
        case (
            EndpointWithoutTables()
            | EndpointPolicyGap()
            | RouteGap()
            | FirewallDrop()
            | MetadataOff()
            | NameResolutionOff()
            | ProfileMissing()
            | GroupGap()
            | PrivateNamesOff()
        ):
            return for_dependency(cause, snapshot)
        case _:
            assert_never(cause)


def _setting(cause: MatcherMismatch | WrongHealthCheck | ZoneNotEnabled, snapshot: Snapshot) -> Change:
    """Return the one change that sets the load balancer, or its group, to what the finding says is right."""
    match cause:
        case MatcherMismatch(arn, matcher, observed):
            return ModifyMatcher(arn, ",".join([matcher, *map(str, observed)]))
        case WrongHealthCheck(arn, protocol, port, path):
            return SetHealthCheck(arn, protocol, port, path)
        case ZoneNotEnabled(arn, subnet_ids):
            together = {*snapshot.load_balancers[arn].subnet_ids, *subnet_ids}
            return SetLoadBalancerSubnets(arn, tuple(sorted(together)))
        case _:
            assert_never(cause)


def _for_gap(gap: AclGap, acl: NetworkAcl) -> Iterator[Option]:
    for deny in shadowing_denies(acl, gap):
        yield (SetAclEntry(acl.id, gap.egress, deny.rule_number, None),)
    if len(gap.peers) == 1:
        for odd in half_open_entries(acl, gap):
            yield (SetAclEntry(acl.id, gap.egress, odd.rule_number, _allow(gap, odd.rule_number)),)
    yield _added(gap, acl)


def _added(gap: AclGap, acl: NetworkAcl) -> Option:
    """Return one new entry per peer, or that the ACL has no room or no free number in the right place."""
    used = {e.rule_number for e in acl.entries if e.egress == gap.egress and e.rule_number <= LAST_RULE_NUMBER}
    numbers = _free_numbers(gap, used)
    full = no_room_for_entries(acl, len(gap.peers), egress=gap.egress)
    if full:
        return full
    if len(numbers) < len(gap.peers):
        return _no_number(gap)
    slots = zip(gap.peers, numbers, strict=False)
    return tuple(
        SetAclEntry(acl.id, gap.egress, number, replace(_allow(gap, number), cidr=peer)) for peer, number in slots
    )


def _no_number(gap: AclGap) -> Obstacle:
    where = "after the other rules" if gap.rule == "*" else f"ahead of rule {gap.rule}, which denies"
    return Obstacle(
        f"no rule number is free {where} (1 to {LAST_RULE_NUMBER})",
        f"number the rules of {gap.acl_id} anew, so that there is room {where}",
        what=f"add an entry to {gap.acl_id}",
    )


def _free_numbers(gap: AclGap, used: set[int]) -> list[int]:
    """Return free rule numbers that come before the deciding deny, or after all rules where none decides."""
    if gap.rule != "*":
        deny = int(gap.rule)
        return [n for n in range(max(1, deny - STEP), deny) if n not in used][-len(gap.peers) :]
    start = (max(used, default=0) // STEP + 1) * STEP
    roomy = list(range(start, LAST_RULE_NUMBER + 1, STEP))
    return roomy if len(roomy) >= len(gap.peers) else list(range(max(used, default=0) + 1, LAST_RULE_NUMBER + 1))


def _allow(gap: AclGap, number: int) -> AclEntry:
    """Return an entry that lets the flow's whole port range pass, as its siblings have it."""
    (first, _), *_, (_, last) = (*gap.needed, *gap.needed)
    return AclEntry(number, gap.egress, gap.protocol, "allow", gap.peers[0], (first, last))
