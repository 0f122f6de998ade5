"""Targets that the load balancer calls unhealthy or does not use, by reason code.

Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
("Health check reason codes").
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathmend.diagnosis.disabled_zones import CODE as ZONE_CODE
from pathmend.diagnosis.disabled_zones import NOT_IN_USE, out_of_zone
from pathmend.diagnosis.finding import Certainty, Evidence, Finding, MatcherMismatch, NoMechanicalRepair
from pathmend.diagnosis.health_check import CODE as MISDIRECTED
from pathmend.diagnosis.health_check import MISMATCH, UNANSWERED, explained_by
from pathmend.diagnosis.health_check_tag import HEALTH_CHECK_TAG
from pathmend.diagnosis.health_evidence import count, health_evidence
from pathmend.diagnosis.matcher import accepts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pathmend.diagnosis.measurements import Measurements
    from pathmend.network.load_balancer import BalancerFlow
    from pathmend.snapshot.balancing import TargetGroup, TargetHealth
    from pathmend.snapshot.world import Snapshot

PASSING_STATES = frozenset({"healthy", "initial", "draining", "unavailable"})
"""States that are no fault: draining is a deregistration under way, unavailable means that checks are disabled."""

SUCCESS = range(200, 400)
"""A 2xx or 3xx is an answer of a working application; a 4xx or 5xx is never admitted as healthy."""

HTTP_NOT_FOUND = 404

EXPLAINED_BY_A_BLOCKED_PATH = UNANSWERED
"""The reasons that a blocked path gives; a target that is stopped is stopped, whatever the network does."""


_DECLARE = f"where the check itself is wrong, declare the right one by the tag {HEALTH_CHECK_TAG} of the target group"


@dataclass(frozen=True, slots=True)
class _Reason:
    """What a reason code means where nothing more can be proven."""

    code: str
    says: str
    advice: str
    certainty: Certainty = Certainty.LIKELY


_REASONS = {
    "Target.Timeout": _Reason(
        "TARGET_TIMEOUT",
        "do not answer the health check in time, although the network lets it pass",
        "look for a slow or overloaded application on the targets",
    ),
    "Target.FailedHealthChecks": _Reason(
        "TARGET_CONNECTION_FAILED",
        "refuse the health check's connection or answer malformed, although the network lets it pass",
        f"check that the application listens on the health check's port and speaks its protocol; {_DECLARE}",
    ),
    NOT_IN_USE: _Reason(
        "TARGET_NOT_IN_USE",
        "are not in use: no listener forwards to the group, or the load balancer is not enabled in their zone",
        "forward a listener to the target group, or enable the targets' Availability Zone on the load balancer",
        Certainty.PROVEN,
    ),
    "Target.InvalidState": _Reason(
        "TARGET_STOPPED",
        "are stopped or terminated",
        "start or replace the instances",
        Certainty.PROVEN,
    ),
    "Target.IpUnusable": _Reason(
        "TARGET_IP_UNUSABLE",
        "have an address that a load balancer uses",
        "register another address",
        Certainty.PROVEN,
    ),
    "Target.NotRegistered": _Reason(
        "TARGET_NOT_REGISTERED",
        "are not registered",
        "register the targets",
        Certainty.PROVEN,
    ),
    "Elb.InternalError": _Reason(
        "LOAD_BALANCER_INTERNAL_ERROR",
        "are called unhealthy because of an internal error of the load balancer",
        "look at the AWS Health dashboard; nothing in the account repairs it",
    ),
}

HEALTH_CODES = frozenset(
    {
        "RESPONSE_CODE_MISMATCH",
        "TARGET_UNHEALTHY",
        MISDIRECTED,
        ZONE_CODE,
        *(reason.code for reason in _REASONS.values()),
    }
)
"""The codes of all findings that say why a target is not healthy."""


def unhealthy_targets(
    snapshot: Snapshot,
    load_balancer_arn: str,
    flows: Sequence[BalancerFlow],
    measured: Measurements,
    *,
    checks: Sequence[Finding] = (),
) -> tuple[Finding, ...]:
    """Return one finding per target group and reason code that nothing explains already.

    `flows` are those whose blocked paths explain, `checks` the findings about checks that ask in the wrong place.
    """
    blocked = {flow.target.target_id for flow in flows if flow.target and flow.trace.blockers}
    findings: list[Finding] = []
    for group in snapshot.target_groups_of(load_balancer_arn):
        zones = out_of_zone(snapshot, snapshot.load_balancers[load_balancer_arn], group)
        out = {target.target_id for targets in zones.values() for target in targets}
        misdirected = explained_by(checks, group)
        for reason, targets in _by_reason(group).items():
            if reason in misdirected:
                continue
            explained = blocked if reason in EXPLAINED_BY_A_BLOCKED_PATH else out if reason == NOT_IN_USE else set()
            unexplained = [t for t in targets if t.target_id not in explained]
            findings.extend(_findings(group, reason, unexplained, measured))
    return tuple(findings)


def _by_reason(group: TargetGroup) -> dict[str, list[TargetHealth]]:
    reasons: dict[str, list[TargetHealth]] = defaultdict(list)
    for target in group.targets:
        if target.state not in PASSING_STATES:
            reasons[target.reason or target.state].append(target)
    return reasons


def _findings(
    group: TargetGroup, reason: str, targets: Sequence[TargetHealth], measured: Measurements
) -> Iterator[Finding]:
    if not targets:
        return
    if reason == MISMATCH:
        yield from _mismatches(group, targets)
        return
    meaning = _REASONS.get(reason, _Reason("TARGET_UNHEALTHY", f"are {reason}", "look at the targets"))
    yield Finding(
        code=meaning.code,
        resource=group.arn,
        sentence=f"{count(group, targets)} {meaning.says}",
        evidence=(*health_evidence(group, reason, targets), *_load_evidence(targets, measured)),
        certainty=meaning.certainty,
        cause=NoMechanicalRepair(meaning.advice),
    )


def _mismatches(group: TargetGroup, targets: Sequence[TargetHealth]) -> Iterator[Finding]:
    codes = sorted({code for t in targets for code in _answered(t)})
    matcher = group.health_check.matcher
    refused = tuple(code for code in codes if matcher is None or not accepts(matcher, code))
    if codes and not refused:
        return  # the matcher was widened since: the load balancer's word is older than its setting
    success = matcher is not None and bool(refused) and all(code in SUCCESS for code in refused)
    answers = ", ".join(map(str, codes)) or "a code that Elastic Load Balancing does not name"
    yield Finding(
        code="RESPONSE_CODE_MISMATCH",
        resource=group.arn,
        sentence=(
            f"{count(group, targets)} answer the health check {group.health_check.path} with {answers}, "
            f"and the matcher accepts {matcher or 'none that was read'}"
        ),
        evidence=health_evidence(group, MISMATCH, targets),
        certainty=Certainty.PROVEN,
        cause=MatcherMismatch(group.arn, str(matcher), refused) if success else NoMechanicalRepair(_advice(codes)),
    )


def _advice(codes: Sequence[int]) -> str:
    if HTTP_NOT_FOUND in codes:
        return (
            "point the health check at a path that exists, or bring the page back: a 404 is never admitted as healthy; "
            + _DECLARE
        )
    return "repair the application: an error code is never admitted as healthy"


def _answered(target: TargetHealth) -> tuple[int, ...]:
    """Return the codes in "Health checks failed with these codes: [299]"."""
    found = re.search(r"\[([\d,\s]+)\]", target.description or "")
    return tuple(int(code) for code in found.group(1).replace(" ", "").split(",") if code) if found else ()


def _load_evidence(targets: Sequence[TargetHealth], measured: Measurements) -> Iterator[Evidence]:
    wanted = {t.target_id for t in targets}
    for name, label in (("CPUUtilization", "CPU"), ("mem_used_percent", "memory")):
        values = [f.value for f in measured.of(name) if f.query.about in wanted and f.value is not None]
        if values:
            yield Evidence(f"highest {label} of these targets", f"CloudWatch {name}", f"{max(values):.0f} %")
