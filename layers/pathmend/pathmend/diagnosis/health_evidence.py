"""What is shown of a health check that fails: the load balancer's word, the check's settings, what was declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.diagnosis.finding import Evidence
from pathmend.diagnosis.health_check_tag import HEALTH_CHECK_TAG, DeclaredCheck, declared_check

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pathmend.snapshot.balancing import TargetGroup, TargetHealth

_SETTINGS = "elasticloadbalancing:DescribeTargetGroups"


def health_evidence(group: TargetGroup, reason: str, targets: Sequence[TargetHealth]) -> tuple[Evidence, ...]:
    """Return what the load balancer says of the targets and how it asks them."""
    check = group.health_check
    described = sorted({t.description for t in targets if t.description})
    return (
        Evidence(
            f"{reason} on {len(targets)} of {len(group.targets)} targets",
            "elasticloadbalancing:DescribeTargetHealth",
            "; ".join(described) or ", ".join(t.target_id for t in targets),
        ),
        Evidence(
            "the health check",
            _SETTINGS,
            f"{check.protocol} {check.port} {check.path or ''}, success codes {check.matcher or 'none'}, "
            f"time-out {check.timeout_seconds} s",
        ),
        *_port_evidence(group),
        *_tag_evidence(group),
    )


def count(group: TargetGroup, targets: Sequence[TargetHealth]) -> str:
    """Say how many of the group's targets these are."""
    return f"{len(targets)} of {len(group.targets)} targets of {group.name}"


def _port_evidence(group: TargetGroup) -> Iterator[Evidence]:
    port = group.health_check.port
    if port not in {"traffic-port", str(group.port)}:
        yield Evidence(
            "the health check does not use the traffic port", _SETTINGS, f"checked on {port}, traffic on {group.port}"
        )


def _tag_evidence(group: TargetGroup) -> Iterator[Evidence]:
    """Yield what the group's tag says: in words of its own where nobody can follow it."""
    found = declared_check(group)
    if isinstance(found, DeclaredCheck):
        yield Evidence("declared health check", f"tag {HEALTH_CHECK_TAG} of {group.name}", found.words)
    elif found:
        yield Evidence("a declared health check that was left alone", f"tag {HEALTH_CHECK_TAG} of {group.name}", found)
