"""The record of own changes and the breakers, in the incidents table."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pathmend.aws.items import BREAKERS, LEDGER, VERSION_KEY, breaker_key
from pathmend.aws.table import MOST_WRITES, Attributes, expiry, moment_text
from pathmend.guardrails.circumstances import Breaker, OwnChange
from pathmend.incidents.ports_of_restraint import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pathmend.aws.table import Table

_KEPT = timedelta(days=7)
"""Limits ask for an hour and its like; the rest is for whoever looks into what happened."""


class DynamoLedger:
    """Implements Ledger: a change is recorded in one transaction with the count of all writes."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def since(self, moment: datetime) -> Record:
        """Return the own changes since the moment, and the version that they were read at, or an earlier one."""
        # The version first: what is recorded in between is seen with a version that is too low, and so never missed.
        version = self._version()
        condition = {":pk": LEDGER, ":from": {"S": f"CHANGE#{moment_text(moment)}"}, ":to": {"S": "CHANGE$"}}
        found = self._table.query("pk = :pk AND sk BETWEEN :from AND :to", condition, "the record of own changes")
        return Record(tuple(_change_of(item) for item in found), version)

    def record(self, changes: Sequence[OwnChange], *, version: int) -> None:
        """Add own changes, if nobody did since `version` was read."""
        known = tuple(dict.fromkeys(changes))
        room = MOST_WRITES - 1
        parts = [known[start : start + room] for start in range(0, len(known), room)] or [()]
        for number, part in enumerate(parts):
            puts = [{"Put": {"TableName": self._table.name, "Item": _change_item(one)}} for one in part]
            self._table.transact([self._counted(version + number), *puts], "record own changes")

    def breakers(self, now: datetime) -> tuple[Breaker, ...]:
        """Return the breakers that are open now, oldest first."""
        found = (_breaker_of(item) for item in self._table.query("pk = :pk", {":pk": BREAKERS}, "the breakers"))
        return tuple(sorted((one for one in found if one.until > now), key=lambda one: one.opened_at))

    def open_breaker(self, breaker: Breaker) -> None:
        """Open the incident's breaker."""
        self._table.put(_breaker_item(breaker), f"open the breaker of {breaker.incident_id}")

    def close_breaker(self, incident_id: str) -> bool:
        """Close the incident's breaker; say whether there was one."""
        return self._table.delete(breaker_key(incident_id), f"close the breaker of {incident_id}")

    def _version(self) -> int:
        condition = {":pk": VERSION_KEY["pk"], ":sk": VERSION_KEY["sk"]}
        found: Iterator[Mapping[str, Any]] = self._table.query(
            "pk = :pk AND sk = :sk", condition, "the version of the record of own changes"
        )
        return next((int(item["writes"]["N"]) for item in found), 0)

    def _counted(self, version: int) -> Attributes:
        none_yet = "attribute_not_exists(pk)" if version == 0 else "writes = :version"
        values = {":next": {"N": str(version + 1)}} | ({":version": {"N": str(version)}} if version else {})
        return {
            "Update": {
                "TableName": self._table.name,
                "Key": VERSION_KEY,
                "UpdateExpression": "SET writes = :next",
                "ConditionExpression": none_yet,
                "ExpressionAttributeValues": values,
            }
        }


def _change_item(change: OwnChange) -> Attributes:
    sort = f"CHANGE#{moment_text(change.at)}#{change.incident_id}#{change.resource_id}"
    return {
        "pk": LEDGER,
        "sk": {"S": sort},
        "incident_id": {"S": change.incident_id},
        "subject": {"S": change.subject},
        "resource_id": {"S": change.resource_id},
        "vpc_id": {"S": change.vpc_id},
        "at": {"S": moment_text(change.at)},
        "expires_at": expiry(change.at + _KEPT),
    }


def _change_of(item: Mapping[str, Any]) -> OwnChange:
    return OwnChange(
        incident_id=item["incident_id"]["S"],
        subject=item["subject"]["S"],
        resource_id=item["resource_id"]["S"],
        vpc_id=item["vpc_id"]["S"],
        at=datetime.fromisoformat(item["at"]["S"]),
    )


def _breaker_item(breaker: Breaker) -> Attributes:
    return {
        **breaker_key(breaker.incident_id),
        "incident_id": {"S": breaker.incident_id},
        "reason": {"S": breaker.reason},
        "resources": {"L": [{"S": one} for one in breaker.resources]},
        "opened_at": {"S": moment_text(breaker.opened_at)},
        "held_until": {"S": moment_text(breaker.until)},
        "expires_at": expiry(breaker.until + _KEPT),
    }


def _breaker_of(item: Mapping[str, Any]) -> Breaker:
    return Breaker(
        incident_id=item["incident_id"]["S"],
        reason=item["reason"]["S"],
        resources=tuple(one["S"] for one in item["resources"]["L"]),
        opened_at=datetime.fromisoformat(item["opened_at"]["S"]),
        until=datetime.fromisoformat(item["held_until"]["S"]),
    )
