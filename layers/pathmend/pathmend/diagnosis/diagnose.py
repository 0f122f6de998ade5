"""Diagnose a load balancer: join the symptoms into one answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.diagnosis.blocked_paths import blocked_paths
from pathmend.diagnosis.client_reachability import client_reachability
from pathmend.diagnosis.dependencies import dependencies
from pathmend.diagnosis.disabled_zones import disabled_zones
from pathmend.diagnosis.finding import Certainty, Diagnosis
from pathmend.diagnosis.health_check import flows_that_matter, wrong_health_checks
from pathmend.diagnosis.measurements import Measurements, wanted_figures
from pathmend.diagnosis.ruled_out import ruled_out
from pathmend.diagnosis.server_errors import server_errors
from pathmend.diagnosis.unhealthy_targets import unhealthy_targets
from pathmend.network.load_balancer import client_flows, target_flows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from pathmend.network.load_balancer import BalancerFlow
    from pathmend.snapshot.figures import Figure
    from pathmend.snapshot.world import Snapshot

__all__ = ["diagnose", "wanted_figures"]

_ESSENTIAL = ("Listeners", "TargetGroups", "TargetHealthDescriptions")
"""Kinds without which there is no diagnosis; others are named by the traces that miss them."""

_GRAVITY = (Certainty.PROVEN, Certainty.LIKELY, Certainty.POSSIBLE)


def diagnose(
    snapshot: Snapshot, load_balancer_arn: str, figures: Sequence[Figure] = (), *, symptoms: Collection[str] = ()
) -> Diagnosis:
    """Say what is wrong with the load balancer, how that was proven, and what was ruled out.

    `symptoms` are the metric names of the alarms that ask: 5XX figures are judged only when an alarm is about them.
    The same input gives the same answer: nothing is read and no clock is asked.
    """
    measured = Measurements(figures)
    to_targets = target_flows(snapshot, snapshot.load_balancers[load_balancer_arn])
    from_clients = client_flows(snapshot, snapshot.load_balancers[load_balancer_arn])
    checks = wrong_health_checks(snapshot, load_balancer_arn, to_targets)
    wanted = flows_that_matter(to_targets, checks)
    paths = (*blocked_paths(snapshot, wanted), *client_reachability(snapshot, from_clients))
    checks = (*checks, *disabled_zones(snapshot, load_balancer_arn))
    health = (*checks, *unhealthy_targets(snapshot, load_balancer_arn, wanted, measured, checks=checks))
    errors = server_errors(snapshot, load_balancer_arn, symptoms, measured, explained=bool(paths or health))
    needed = dependencies(snapshot, load_balancer_arn)
    findings = sorted((*paths, *health, *errors, *needed.findings), key=lambda f: _GRAVITY.index(f.certainty))
    return Diagnosis(
        load_balancer_arn,
        tuple(findings),
        ruled_out(snapshot, load_balancer_arn, wanted, measured),
        tuple(dict.fromkeys(_unknown(snapshot, load_balancer_arn, (*to_targets, *from_clients)))),
        needed.unknown,
    )


def _unknown(snapshot: Snapshot, load_balancer_arn: str, flows: Sequence[BalancerFlow]) -> Iterator[str]:
    for flow in flows:
        yield from flow.trace.unknown
    if not snapshot.nodes_of(snapshot.load_balancers[load_balancer_arn]):
        yield "the load balancer's own network interfaces were not found, so no path could be checked"
    for kind in _ESSENTIAL:
        if kind in snapshot.unread:
            yield f"{kind}: {snapshot.unread[kind]}"
