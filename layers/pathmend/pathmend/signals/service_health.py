"""Tell from an AWS Health event whether one of AWS's own services is in trouble where we are."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from pathmend.errors import InvalidEventError
from pathmend.signals.signal import Envelope, Ignored, ServiceHealthChanged

if TYPE_CHECKING:
    from pathmend.signals.wire import HealthDetailJson

_STATES = ("open", "closed", "upcoming")

_WELL = ("RESOLVED", "UNIMPAIRED")
"""Statuses of entities that are out of trouble while their event is still open.

Source: https://docs.aws.amazon.com/health/latest/APIReference/API_AffectedEntity.html
"""

_ONE_RESOURCE = re.compile(r"[a-z]+(-[a-z]+)*-[0-9a-f]{8,17}|arn:[^:]+:[^:]+:[^:]+:\d{12}:.+")
"""What names one resource: an id of EC2's kind, or the ARN of a resource in a Region."""


def service_health(detail: HealthDetailJson, envelope: Envelope) -> ServiceHealthChanged | Ignored:
    """Return what changed, or why it is none of ours: no issue, another account's, or another Region's.

    AWS Health sends each event to a second Region, too, as a backup: there it is ignored.

    Source: https://docs.aws.amazon.com/health/latest/ug/about-public-events.html

    Raises:
        InvalidEventError: a time or the status is none that AWS Health would say.
    """
    if detail.statusCode not in _STATES:
        raise InvalidEventError(f"event.detail.statusCode: {detail.statusCode[:80]!r} is none of {', '.join(_STATES)}")
    started_at = _time(detail.startTime, "startTime")
    updated_at = _time(detail.lastUpdatedTime, "lastUpdatedTime") if detail.lastUpdatedTime else envelope.time
    reason = _not_ours(detail, envelope)
    if reason:
        return Ignored(f"AWS Health event {detail.eventTypeCode[:200]!r} {reason}")
    return ServiceHealthChanged(
        envelope=envelope,
        arn=detail.eventArn,
        service=detail.service,
        code=detail.eventTypeCode,
        region=detail.eventRegion,
        started_at=started_at,
        updated_at=updated_at,
        open=detail.statusCode == "open",
        entities=_entities(detail),
    )


def _entities(detail: HealthDetailJson) -> tuple[str, ...]:
    """Return the only resources that the event is about; none where it may be about more than is named here.

    An event whose impact goes further, or is unknown, has an entity that says so and names no resource; one with many
    entities comes in several pages, of which each names a part. Those that are well again are left out, unless all are.

    Source: https://docs.aws.amazon.com/health/latest/APIReference/API_DescribeAffectedEntities.html
    """
    named = detail.affectedEntities or []
    whole = detail.totalPages in (None, "", "1")
    single = all(_ONE_RESOURCE.fullmatch(one.entityValue) for one in named)
    if detail.eventScopeCode != "ACCOUNT_SPECIFIC" or not whole or not single:
        return ()
    ailing = [one for one in named if one.status not in _WELL]
    return tuple(dict.fromkeys(one.entityValue for one in ailing or named))


def _not_ours(detail: HealthDetailJson, envelope: Envelope) -> str:
    if detail.eventTypeCategory != "issue":
        return "is no issue"
    if detail.statusCode == "upcoming":
        return "has not begun"
    if detail.affectedAccount not in (None, "", envelope.account):
        return "is about another account"
    if detail.eventRegion not in (envelope.region, "global"):
        return f"is about another Region than {envelope.region}"
    return ""


def _time(text: str, name: str) -> datetime:
    """Return a time as e-mail writes it, or as ISO 8601 does."""
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            time = read(text)
            return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    raise InvalidEventError(f"event.detail.{name}: {text[:80]!r} is not a time")
