"""What AWS Health told of its own services, in the incidents table."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pathmend.aws.items import SERVICE_EVENTS, service_event_key
from pathmend.aws.table import Attributes, expiry, moment_text
from pathmend.errors import ConflictError
from pathmend.guardrails.circumstances import ServiceEvent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pathmend.aws.table import Table
    from pathmend.incidents.ports import Clock

_BELIEVED = timedelta(days=7)
"""How long an event counts of which nothing more is heard: the word of its end may be lost."""


class DynamoServiceEvents:
    """Implements ServiceEvents. What ended stays on record for as long, so that an older word comes too late."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def note(self, event: ServiceEvent, *, told_at: datetime) -> None:
        """Keep an event that is open, unless something newer was told of it."""
        item = {
            "arn": {"S": event.arn},
            "service": {"S": event.service},
            "code": {"S": event.code},
            "region": {"S": event.region},
            "started_at": {"S": moment_text(event.started_at)},
            "entities": {"L": [{"S": one} for one in event.entities]},
            "is_open": {"BOOL": True},
        }
        self._put(event.arn, item, told_at)

    def ended(self, arn: str, *, told_at: datetime) -> None:
        """Forget an event, known or not, unless something newer was told of it."""
        self._put(arn, {"arn": {"S": arn}, "is_open": {"BOOL": False}}, told_at)

    def ongoing(self) -> tuple[ServiceEvent, ...]:
        """Return the events that are open, as far as is known, oldest first."""
        now = int(self._clock.now().timestamp())
        items = self._table.query("pk = :pk", {":pk": SERVICE_EVENTS}, "the AWS Health events")
        # DynamoDB deletes what has expired within days, not at once.
        found = (_event_of(item) for item in items if item["is_open"]["BOOL"] and int(item["expires_at"]["N"]) > now)
        return tuple(sorted(found, key=lambda one: (one.started_at, one.arn)))

    def _put(self, arn: str, item: Attributes, told_at: datetime) -> None:
        told = {"S": moment_text(told_at)}
        whole = {
            **service_event_key(arn),
            **item,
            "told_at": told,
            "expires_at": expiry(self._clock.now() + _BELIEVED),
        }
        # EventBridge delivers in no certain order.
        with suppress(ConflictError):
            self._table.put(
                whole,
                f"keep the AWS Health event {arn}",
                ConditionExpression="attribute_not_exists(pk) OR told_at <= :told",
                ExpressionAttributeValues={":told": told},
            )


def _event_of(item: Mapping[str, Any]) -> ServiceEvent:
    return ServiceEvent(
        arn=item["arn"]["S"],
        service=item["service"]["S"],
        code=item["code"]["S"],
        region=item["region"]["S"],
        started_at=datetime.fromisoformat(item["started_at"]["S"]),
        entities=tuple(one["S"] for one in item["entities"]["L"]),
    )
