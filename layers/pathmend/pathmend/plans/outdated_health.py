"""Health that a repair makes out of date: what is said of targets that cannot be reached, or are asked wrongly."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pathmend.changes.set_health_check import SetHealthCheck
from pathmend.changes.set_load_balancer_subnets import SetLoadBalancerSubnets
from pathmend.diagnosis.disabled_zones import NOT_IN_USE, out_of_zone
from pathmend.diagnosis.finding import WrongHealthCheck
from pathmend.diagnosis.health_check import explained_reasons, flows_that_matter, wrong_health_checks
from pathmend.diagnosis.unhealthy_targets import EXPLAINED_BY_A_BLOCKED_PATH
from pathmend.network.load_balancer import target_flows

if TYPE_CHECKING:
    from collections.abc import Collection

    from pathmend.changes.change import Change
    from pathmend.snapshot.balancing import TargetHealth
    from pathmend.snapshot.world import Snapshot


def without_outdated_health(snapshot: Snapshot, load_balancer_arn: str) -> Snapshot:
    """Return the snapshot in which targets behind a blocked path are not judged yet.

    A time-out says nothing about the target while its path is blocked. Left in a simulated repair, it would look like a
    fault of the application that the repair brings about.
    """
    flows = target_flows(snapshot, snapshot.load_balancers[load_balancer_arn])
    flows = flows_that_matter(flows, wrong_health_checks(snapshot, load_balancer_arn, flows))
    blocked = {flow.target.target_id for flow in flows if flow.target and flow.trace.blockers}
    for group in snapshot.target_groups_of(load_balancer_arn):
        targets = tuple(unjudged(t) if t.target_id in blocked else t for t in group.targets)
        snapshot = snapshot.having("target_groups", replace(group, targets=targets))
    return snapshot


def judged_anew(change: Change, before: Snapshot) -> Snapshot:
    """Return the world after the change, in which nobody is judged by what the change made a thing of the past.

    AWS leaves the health of targets as it is until they are asked again; a model that did so could never show that a
    health check is repaired.
    """
    after = change.after(before)
    match change:
        case SetHealthCheck(arn, protocol, port, path):
            reasons = explained_reasons(before.target_groups[arn], WrongHealthCheck(arn, protocol, port, path))
            group = after.target_groups[arn]
            targets = tuple(unjudged(target, reasons) for target in group.targets)
            return after.having("target_groups", replace(group, targets=targets))
        case SetLoadBalancerSubnets(arn):
            return _used_again(after, arn)
        case _:
            return after


def _used_again(after: Snapshot, load_balancer_arn: str) -> Snapshot:
    """Return the world in which no target is called unused whose zone is enabled."""
    balancer = after.load_balancers[load_balancer_arn]
    for group in after.target_groups_of(load_balancer_arn):
        out = [target for targets in out_of_zone(after, balancer, group).values() for target in targets]
        targets = tuple(one if one in out else unjudged(one, {NOT_IN_USE}) for one in group.targets)
        after = after.having("target_groups", replace(group, targets=targets))
    return after


def unjudged(target: TargetHealth, reasons: Collection[str] = EXPLAINED_BY_A_BLOCKED_PATH) -> TargetHealth:
    """Return the target as one that is not judged yet, where it was judged by one of the reasons."""
    if target.reason not in reasons:
        return target
    return replace(target, state="initial", reason="Elb.InitialHealthChecking", description=None)
