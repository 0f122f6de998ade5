"""What a load balancer says of its targets is older than a repair until it has asked them again, often enough.

Taken for new, it would look like another fault, and the next proposal would repair what is repaired already.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pathmend.changes.modify_matcher import ModifyMatcher
from pathmend.changes.set_health_check import SetHealthCheck
from pathmend.diagnosis.health_check import FAILURES, UNANSWERED
from pathmend.plans.outdated_health import unjudged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pathmend.incidents.incident import Incident
    from pathmend.snapshot.balancing import HealthCheck, TargetGroup
    from pathmend.snapshot.world import Snapshot


def without_older_words(incident: Incident, snapshot: Snapshot, now: datetime) -> Snapshot:
    """Return the snapshot in which no target is judged by what was said before the incident's changes took hold."""
    for group, until in _outdated(incident, snapshot):
        if now < until:
            targets = tuple(unjudged(target, _older_reasons(incident, group)) for target in group.targets)
            snapshot = snapshot.having("target_groups", replace(group, targets=targets))
    return snapshot


def judged_anew_at(incident: Incident, snapshot: Snapshot) -> datetime | None:
    """Return when the last word that is older than the incident's changes is out of date; None where there is none."""
    return max((until for _, until in _outdated(incident, snapshot)), default=None)


def _outdated(incident: Incident, snapshot: Snapshot) -> Iterator[tuple[TargetGroup, datetime]]:
    """Yield the target groups with words that may be older than the changes, and until when these may be."""
    if incident.applied_at is None:
        return
    for group in snapshot.target_groups_of(incident.subject):
        reasons = _older_reasons(incident, group)
        if any(target.reason in reasons for target in group.targets):
            yield group, incident.applied_at + _judging(group.health_check)


def _older_reasons(incident: Incident, group: TargetGroup) -> frozenset[str]:
    """Return what may have been said before the changes: all of a check that they set, else that nobody answered.

    Where a finding said of the group's targets what is wrong with them, that was said of the world without its blocked
    paths, and holds.
    """
    changes = (incident.applied[index].change for index in incident.outstanding)
    checks = (one for one in changes if isinstance(one, SetHealthCheck | ModifyMatcher))
    if any(one.target_group_arn == group.arn for one in checks):
        return FAILURES
    found = incident.diagnosis.findings if incident.diagnosis else ()
    return frozenset() if any(one.resource == group.arn for one in found) else UNANSWERED


def _judging(check: HealthCheck) -> timedelta:
    """Return how long it takes to judge a target anew: as many checks as it takes, and the one that is under way.

    Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
    """
    return timedelta(seconds=check.interval_seconds * (1 + max(check.healthy_threshold, check.unhealthy_threshold)))
