"""Leases on resources in the incidents table: taken all or none, by one conditional transaction."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pathmend.aws.errors import cancellation_reasons
from pathmend.aws.items import lock_key
from pathmend.aws.table import CHECK_FAILED, MOST_WRITES, Attributes, expiry, moment_text
from pathmend.errors import ConflictError, PermanentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pathmend.aws.table import Table
    from pathmend.incidents.ports import Clock

_OUTLIVES = timedelta(days=1)
"""A lease that ran out is free at once; its item stays a while, for whoever looks into what happened."""


class DynamoLocks:
    """Implements Locks. The clock decides which lease has run out; DynamoDB, who wins."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def hold(self, resource_ids: Sequence[str], incident_id: str, *, until: datetime) -> str | None:
        """Take or renew the lease on all of the resources, or on none; return who holds one of them, or None."""
        wanted = tuple(dict.fromkeys(resource_ids))
        if len(wanted) > MOST_WRITES:
            raise PermanentError(f"{len(wanted)} resources cannot be held at once: DynamoDB takes {MOST_WRITES}")
        if not wanted:
            return None
        try:
            writes = [self._take(one, incident_id, until) for one in wanted]
            self._table.transact(writes, f"take the leases of incident {incident_id}")
        except ConflictError as exc:
            reasons = zip(wanted, cancellation_reasons(exc), strict=False)
            taken = next((one for one, reason in reasons if reason == CHECK_FAILED), None)
            holder = self._holder(taken) if taken else None
            # Taken at the one moment and given back at the next, or in another transaction just now: try again.
            if holder in (None, incident_id):
                raise
            return holder
        return None

    def release(self, resource_ids: Sequence[str], incident_id: str) -> None:
        """Give back those of the leases that the incident holds; others stay."""
        for resource_id in dict.fromkeys(resource_ids):
            with suppress(ConflictError):
                self._table.delete(
                    lock_key(resource_id),
                    f"give back the lease on {resource_id}",
                    ConditionExpression="incident_id = :id",
                    ExpressionAttributeValues={":id": {"S": incident_id}},
                )

    def _take(self, resource_id: str, incident_id: str, until: datetime) -> Attributes:
        item = {
            **lock_key(resource_id),
            "incident_id": {"S": incident_id},
            "held_until": {"S": moment_text(until)},
            "expires_at": expiry(until + _OUTLIVES),
        }
        return {
            "Put": {
                "TableName": self._table.name,
                "Item": item,
                "ConditionExpression": "attribute_not_exists(pk) OR incident_id = :id OR held_until <= :now",
                "ExpressionAttributeValues": {":id": {"S": incident_id}, ":now": {"S": moment_text(self._clock.now())}},
            }
        }

    def _holder(self, resource_id: str) -> str | None:
        key = lock_key(resource_id)
        condition = {":pk": key["pk"], ":sk": key["sk"]}
        found = list(self._table.query("pk = :pk AND sk = :sk", condition, f"the lease on {resource_id}"))
        return str(found[0]["incident_id"]["S"]) if found else None
