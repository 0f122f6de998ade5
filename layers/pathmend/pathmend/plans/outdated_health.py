"""Health that a repair makes out of date: what a load balancer says of targets that it cannot reach."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pathmend.diagnosis.unhealthy_targets import EXPLAINED_BY_A_BLOCKED_PATH
from pathmend.network.load_balancer import target_flows

if TYPE_CHECKING:
    from pathmend.snapshot.resources import TargetHealth
    from pathmend.snapshot.world import Snapshot


def without_outdated_health(snapshot: Snapshot, load_balancer_arn: str) -> Snapshot:
    """Return the snapshot in which targets behind a blocked path are not judged yet.

    A time-out says nothing about the target while its path is blocked. Left in a simulated repair, it would look like a
    fault of the application that the repair brings about.
    """
    flows = target_flows(snapshot, snapshot.load_balancers[load_balancer_arn])
    blocked = {flow.target.target_id for flow in flows if flow.target and flow.trace.blockers}
    for group in snapshot.target_groups_of(load_balancer_arn):
        targets = tuple(_unjudged(t) if t.target_id in blocked else t for t in group.targets)
        snapshot = snapshot.having("target_groups", replace(group, targets=targets))
    return snapshot


def _unjudged(target: TargetHealth) -> TargetHealth:
    if target.reason not in EXPLAINED_BY_A_BLOCKED_PATH:
        return target
    return replace(target, state="initial", reason="Elb.InitialHealthChecking", description=None)
