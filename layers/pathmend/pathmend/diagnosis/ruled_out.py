"""Explanations that come to mind first and do not hold, with their figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.diagnosis.finding import RuledOut
from pathmend.diagnosis.measurements import zones_of
from pathmend.network.flow import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pathmend.diagnosis.measurements import Measurements
    from pathmend.network.load_balancer import BalancerFlow
    from pathmend.snapshot.figures import Figure
    from pathmend.snapshot.world import Snapshot

SATURATED_PERCENT = 80.0
"""Above this, a busy processor or memory is not ruled out as a cause of slow answers."""

SLOW_SECONDS = 1.0
"""A longest response below this is no cause of a time-out: the shortest that a load balancer can be set to is 1 s."""


def ruled_out(
    snapshot: Snapshot, load_balancer_arn: str, flows: Sequence[BalancerFlow], measured: Measurements
) -> tuple[RuledOut, ...]:
    """Return what was looked at and does not explain the symptom."""
    return (
        *_saturation(measured, "CPUUtilization", "saturation of the targets' processors"),
        *_saturation(measured, "mem_used_percent", "saturation of the targets' memory"),
        *_slowness(measured),
        *_uneven_requests(snapshot, load_balancer_arn, measured),
        *_open_paths(flows),
        *_draining(snapshot, load_balancer_arn),
    )


def _saturation(measured: Measurements, name: str, what: str) -> Iterator[RuledOut]:
    figures = measured.of(name)
    if figures and max(_value(f) for f in figures) < SATURATED_PERCENT:
        values = ", ".join(f"{f.query.about} {_value(f):.0f} %" for f in figures)
        yield RuledOut(what, f"{name}: {values}")


def _slowness(measured: Measurements) -> Iterator[RuledOut]:
    figures = measured.of("TargetResponseTime", "Maximum")
    if figures and max(_value(f) for f in figures) < SLOW_SECONDS:
        values = ", ".join(f"{f.query.about} {_value(f):.3f} s" for f in figures)
        yield RuledOut("a slow application", f"longest TargetResponseTime: {values}")


def _uneven_requests(snapshot: Snapshot, load_balancer_arn: str, measured: Measurements) -> Iterator[RuledOut]:
    zones = zones_of(snapshot, snapshot.load_balancers[load_balancer_arn])
    counts = {zone: measured.total("RequestCount", zone) for zone in zones}
    if counts and min(counts.values()) > 0.5 * max(counts.values()):
        values = ", ".join(f"{zone} {count:.0f}" for zone, count in counts.items())
        each = "".join(f"; per target of {f.query.about} {f.value:.0f}" for f in measured.of("RequestCountPerTarget"))
        yield RuledOut("a zone that gets no requests", f"RequestCount: {values}{each}")


def _open_paths(flows: Sequence[BalancerFlow]) -> Iterator[RuledOut]:
    verdicts = [flow.trace.verdict for flow in flows]
    if verdicts and all(verdict is Verdict.OPEN for verdict in verdicts):
        yield RuledOut(
            "a blocked path between load balancer and targets",
            f"{len(flows)} flows (traffic and health check) are open both ways on the model, for all source ports",
        )


def _draining(snapshot: Snapshot, load_balancer_arn: str) -> Iterator[RuledOut]:
    for group in snapshot.target_groups_of(load_balancer_arn):
        draining = [t.target_id for t in group.targets if t.state == "draining"]
        if draining:
            yield RuledOut(
                "targets that are deregistering", f"{', '.join(draining)} of {group.name}: a deployment, not a fault"
            )


def _value(figure: Figure) -> float:
    return figure.value or 0.0
