"""A health check that asks in the wrong place, though the targets work: by what was declared, or by their own answers.

Proof is one of two things: the group's owner declared where the check is to ask (a tag), or the very same targets are
healthy for another group of the load balancer, which asks for the same path with the same success codes at the port
that this group's traffic goes to.
That other groups usually ask otherwise proves nothing: a check may have a port of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from pathmend.diagnosis.finding import Certainty, Evidence, Finding, WrongHealthCheck
from pathmend.diagnosis.health_check_tag import HTTP_PROTOCOLS, TRAFFIC_PORT, DeclaredCheck, declared_check
from pathmend.diagnosis.health_evidence import count, health_evidence
from pathmend.network.load_balancer import HEALTH_CHECK, TRAFFIC

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pathmend.network.load_balancer import BalancerFlow
    from pathmend.snapshot.balancing import HealthCheck, TargetGroup, TargetHealth
    from pathmend.snapshot.world import Snapshot

    _Answers: TypeAlias = dict[str, list[tuple[TargetGroup, TargetHealth]]]

CODE = "HEALTH_CHECK_MISDIRECTED"

MISMATCH = "Target.ResponseCodeMismatch"
UNANSWERED = frozenset({"Target.Timeout", "Target.FailedHealthChecks"})
FAILURES = UNANSWERED | {MISMATCH}
ON_THE_WAY = frozenset({"draining", "unused"})
"""States of targets that no health check is about."""


def wrong_health_checks(
    snapshot: Snapshot, load_balancer_arn: str, flows: Sequence[BalancerFlow]
) -> tuple[Finding, ...]:
    """Return one finding per target group whose health check is proven to ask in the wrong place."""
    groups = snapshot.target_groups_of(load_balancer_arn)
    failing = [group for group in groups if _is_asked_by_http(group) and _fails(group)]
    answers = _answers(groups) if failing else {}
    found = ((group, _right(group, answers)) for group in failing)
    return tuple(
        _finding(group, right, lost, answers)
        for group, right in found
        if right and (lost := _lost(group, right, flows))
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


def _fails(group: TargetGroup) -> bool:
    return any(target.state == "unhealthy" and target.reason in FAILURES for target in group.targets)


def _answers(groups: Sequence[TargetGroup]) -> _Answers:
    """Return who is healthy where, by target: in which groups, and as which target of those."""
    found: _Answers = {}
    for group in filter(_is_asked_by_http, groups):
        for target in group.targets:
            if target.state == "healthy":
                found.setdefault(target.target_id, []).append((group, target))
    return found


def _asked(group: TargetGroup, target: TargetHealth, port: str | None = None) -> int:
    """Return the port of the target that is asked where the check's port is `port`; without one, as it is now."""
    spelled = port or group.health_check.port
    return (target.port or group.port or 0) if spelled == TRAFFIC_PORT else int(spelled)


def _right(group: TargetGroup, answers: _Answers) -> WrongHealthCheck | None:
    """Return where the check is to ask, if that is known and is another place than now."""
    declared = declared_check(group)
    right = _as_declared(group, declared) if isinstance(declared, DeclaredCheck) else _as_answered(group, answers)
    if right is None:
        return None
    check = group.health_check
    same_port = all(_asked(group, target, right.port) == _asked(group, target) for target in group.targets)
    return None if same_port and (right.protocol, right.path) == (check.protocol, check.path) else right


def _as_declared(group: TargetGroup, declared: DeclaredCheck) -> WrongHealthCheck:
    check = group.health_check
    protocol, port = declared.protocol or check.protocol, declared.port or check.port
    return WrongHealthCheck(group.arn, protocol, port, declared.path or str(check.path))


def _as_answered(group: TargetGroup, answers: _Answers) -> WrongHealthCheck | None:
    """Return where all targets answer another group's check; None where one answers ours, or they do not agree."""
    asked = [target for target in group.targets if target.state not in ON_THE_WAY]
    if any(target.state == "healthy" for target in asked):
        return None
    places = [_places(group, target, answers) for target in asked]
    common = set.intersection(*places) if places else set()
    if len(common) != 1:
        return None
    ((protocol, port),) = common
    return WrongHealthCheck(group.arn, protocol, port, str(group.health_check.path))


def _places(group: TargetGroup, target: TargetHealth, answers: _Answers) -> set[tuple[str, str]]:
    """Return by which protocol the target answers what our check asks for, at the port that our traffic goes to.

    At another port another application may answer: that it is well says nothing of ours, and must not stand for it.
    """
    found = set()
    for other, one in answers.get(target.target_id, ()):
        if _is_witness(group, target, other, one):
            found.add((other.health_check.protocol, TRAFFIC_PORT))
    return found


def _is_witness(group: TargetGroup, target: TargetHealth, other: TargetGroup, one: TargetHealth) -> bool:
    same_port = _asked(other, one) == _asked(group, target, TRAFFIC_PORT)
    return other.arn != group.arn and same_port and _asks_alike(other.health_check, group.health_check)


def _asks_alike(one: HealthCheck, other: HealthCheck) -> bool:
    return (one.path, one.matcher) == (other.path, other.matcher)


def _lost(group: TargetGroup, right: WrongHealthCheck, flows: Sequence[BalancerFlow]) -> list[TargetHealth]:
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
    group: TargetGroup, right: WrongHealthCheck, failing: Sequence[TargetHealth], answers: _Answers
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
        evidence=(
            *health_evidence(group, ", ".join(reasons), failing),
            *(() if tagged else _witnesses(group, answers)),
        ),
        certainty=Certainty.PROVEN,
        cause=right,
    )


def _witnesses(group: TargetGroup, answers: _Answers) -> tuple[Evidence, ...]:
    shared: dict[str, list[str]] = {}
    for target in group.targets:
        for other, one in answers.get(target.target_id, ()):
            if _is_witness(group, target, other, one):
                check = other.health_check
                fact = f"healthy for {other.name}, asked by {check.protocol} {check.port} {check.path}"
                shared.setdefault(fact, []).append(target.target_id)
    source = "elasticloadbalancing:DescribeTargetHealth"
    return tuple(Evidence(fact, source, ", ".join(dict.fromkeys(ids))) for fact, ids in shared.items())
