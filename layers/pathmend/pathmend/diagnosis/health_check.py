"""A health check that asks in the wrong place, though the targets work: by what was declared, or by their own answers.

Proof is one of two things: the group's owner declared where the check is to ask (a tag), or the very same targets are
healthy for another group of the load balancer, which asks for the same path with the same success codes elsewhere.
That other groups usually ask otherwise proves nothing: a check may have a port of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.diagnosis.finding import Certainty, Evidence, Finding, WrongHealthCheck
from pathmend.diagnosis.health_check_tag import HTTP_PROTOCOLS, TRAFFIC_PORT, DeclaredCheck, declared_check
from pathmend.diagnosis.health_evidence import count, health_evidence
from pathmend.network.load_balancer import HEALTH_CHECK, TRAFFIC

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pathmend.network.load_balancer import BalancerFlow
    from pathmend.snapshot.resources import HealthCheck, TargetGroup, TargetHealth
    from pathmend.snapshot.world import Snapshot

CODE = "HEALTH_CHECK_MISDIRECTED"

MISMATCH = "Target.ResponseCodeMismatch"
UNANSWERED = frozenset({"Target.Timeout", "Target.FailedHealthChecks"})
ON_THE_WAY = frozenset({"draining", "unused"})
"""States of targets that no health check is about."""


def wrong_health_checks(
    snapshot: Snapshot, load_balancer_arn: str, flows: Sequence[BalancerFlow]
) -> tuple[Finding, ...]:
    """Return one finding per target group whose health check is proven to ask in the wrong place."""
    groups = snapshot.target_groups_of(load_balancer_arn)
    found = ((group, _right(group, groups)) for group in groups if _is_asked_by_http(group))
    return tuple(
        _finding(group, right, failing, groups)
        for group, right in found
        if right and (failing := _failing(group, right, flows))
    )


def flows_that_matter(flows: Sequence[BalancerFlow], checks: Iterable[Finding]) -> tuple[BalancerFlow, ...]:
    """Leave out the health checks that ask in the wrong place: nothing is to let those pass."""
    wrong = {finding.resource for finding in checks}
    return tuple(
        flow
        for flow in flows
        if not (flow.purpose == HEALTH_CHECK and flow.target_group and flow.target_group.arn in wrong)
    )


def explained_reasons(group: TargetGroup, right: WrongHealthCheck) -> frozenset[str]:
    """Return the reason codes that asking in the wrong place explains: a wrong path is answered, by something else."""
    moved = any(_asked(group, target, right.port) != _asked(group, target) for target in group.targets)
    elsewhere = moved or right.protocol != group.health_check.protocol
    return UNANSWERED | {MISMATCH} if elsewhere else frozenset({MISMATCH})


def explained_by(checks: Iterable[Finding], group: TargetGroup) -> frozenset[str]:
    """Return the reason codes that these findings explain of the group's targets."""
    causes = (one.cause for one in checks if one.resource == group.arn)
    return frozenset().union(*(explained_reasons(group, one) for one in causes if isinstance(one, WrongHealthCheck)))


def _is_asked_by_http(group: TargetGroup) -> bool:
    check = group.health_check
    both = {group.protocol, check.protocol} <= HTTP_PROTOCOLS
    return both and check.enabled and check.path is not None


def _asked(group: TargetGroup, target: TargetHealth, port: str | None = None) -> int:
    """Return the port of the target that is asked where the check's port is `port`; without one, as it is now."""
    spelled = port or group.health_check.port
    return (target.port or group.port or 0) if spelled == TRAFFIC_PORT else int(spelled)


def _right(group: TargetGroup, groups: Sequence[TargetGroup]) -> WrongHealthCheck | None:
    """Return where the check is to ask, if that is known and is another place than now."""
    declared = declared_check(group)
    right = _as_declared(group, declared) if isinstance(declared, DeclaredCheck) else _as_answered(group, groups)
    if right is None:
        return None
    check = group.health_check
    same_port = all(_asked(group, target, right.port) == _asked(group, target) for target in group.targets)
    return None if same_port and (right.protocol, right.path) == (check.protocol, check.path) else right


def _as_declared(group: TargetGroup, declared: DeclaredCheck) -> WrongHealthCheck:
    check = group.health_check
    protocol, port = declared.protocol or check.protocol, declared.port or check.port
    return WrongHealthCheck(group.arn, protocol, port, declared.path or str(check.path))


def _as_answered(group: TargetGroup, groups: Sequence[TargetGroup]) -> WrongHealthCheck | None:
    """Return where all targets answer another group's check; None where one answers ours, or they do not agree."""
    asked = [target for target in group.targets if target.state not in ON_THE_WAY]
    if any(target.state == "healthy" for target in asked):
        return None
    places = [_places(group, target, groups) for target in asked]
    common = set.intersection(*places) if places else set()
    if len(common) != 1:
        return None
    ((protocol, port),) = common
    return WrongHealthCheck(group.arn, protocol, port, str(group.health_check.path))


def _places(group: TargetGroup, target: TargetHealth, groups: Sequence[TargetGroup]) -> set[tuple[str, str]]:
    """Return by which protocol and at which port the target answers what our check asks for."""
    found = set()
    for other in groups:
        if other.arn != group.arn and _is_asked_by_http(other) and _asks_alike(other.health_check, group.health_check):
            for one in other.targets:
                if one.target_id == target.target_id and one.state == "healthy":
                    port = _asked(other, one)
                    spelled = TRAFFIC_PORT if port == _asked(group, target, TRAFFIC_PORT) else str(port)
                    found.add((other.health_check.protocol, spelled))
    return found


def _asks_alike(one: HealthCheck, other: HealthCheck) -> bool:
    return (one.path, one.matcher) == (other.path, other.matcher)


def _failing(group: TargetGroup, right: WrongHealthCheck, flows: Sequence[BalancerFlow]) -> list[TargetHealth]:
    """Return the targets whose failure the wrong place explains: traffic reaches them, and no blocked path does."""
    reasons = explained_reasons(group, right)
    cut_off = {
        (flow.target.target_id, flow.target.port)
        for flow in flows
        if flow.purpose == TRAFFIC and flow.target and flow.target_group is group and flow.trace.blockers
    }
    return [
        target
        for target in group.targets
        if target.state == "unhealthy" and target.reason in reasons and (target.target_id, target.port) not in cut_off
    ]


def _finding(
    group: TargetGroup, right: WrongHealthCheck, failing: Sequence[TargetHealth], groups: Sequence[TargetGroup]
) -> Finding:
    check = group.health_check
    place = f"{right.protocol} {right.port} {right.path}"
    tagged = isinstance(declared_check(group), DeclaredCheck)
    why = f"its tag declares {place}" if tagged else f"the same targets are healthy where another group asks: {place}"
    reasons = sorted({str(target.reason) for target in failing})
    return Finding(
        code=CODE,
        resource=group.arn,
        sentence=(
            f"{count(group, failing)} fail the health check {check.protocol} {check.port} {check.path}, and {why}"
        ),
        evidence=(*health_evidence(group, ", ".join(reasons), failing), *(() if tagged else _witnesses(group, groups))),
        certainty=Certainty.PROVEN,
        cause=right,
    )


def _witnesses(group: TargetGroup, groups: Sequence[TargetGroup]) -> tuple[Evidence, ...]:
    ids = {target.target_id for target in group.targets}
    rows = []
    for other in groups:
        shared = sorted({t.target_id for t in other.targets if t.target_id in ids and t.state == "healthy"})
        if other.arn != group.arn and shared and _asks_alike(other.health_check, group.health_check):
            check = other.health_check
            fact = f"healthy for {other.name}, asked by {check.protocol} {check.port} {check.path}"
            rows.append(Evidence(fact, "elasticloadbalancing:DescribeTargetHealth", ", ".join(shared)))
    return tuple(rows)
