"""Incidents and their journals in one DynamoDB table.

| pk            | sk             | what                                                            |
|---------------|----------------|-----------------------------------------------------------------|
| INCIDENT#id   | META           | the incident as JSON, its version, and the keys of `by_opened`  |
| INCIDENT#id   | JOURNAL        | how many journal numbers were given out                         |
| INCIDENT#id   | JOURNAL#000001 | one line of the journal                                         |
| SUBJECT#arn   | OPEN           | which open incident holds the subject                           |
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from pathmend.aws.codec import decode
from pathmend.aws.errors import cancellation_reasons, translated
from pathmend.aws.trimming import fitting
from pathmend.errors import ConflictError
from pathmend.incidents.incident import JournalEntry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from pathmend.incidents.incident import Incident

    Attributes = dict[str, Any]

_FAILED = "ConditionalCheckFailed"
_ENTRIES_PER_TRANSACTION = 100
_LONGEST_ENTRY = 20_000

_JOURNAL_OUTLIVES = timedelta(days=14)
"""A journal's first lines are older than the close that starts the incident's own time to live."""


class DynamoIncidentStore:
    """Implements IncidentStore. Reads of single incidents are consistent; `recent` lags by the index's moment."""

    def __init__(self, client: DynamoDBClient, table: str, *, retention_days: int) -> None:
        self._client = client
        self._table = table
        self._retention = timedelta(days=retention_days)

    def open(self, incident: Incident) -> Incident:
        """Store a new incident and take hold of its subject, or return the open incident that holds it."""
        hold = {**_subject_key(incident.subject), "incident_id": {"S": incident.id}}
        writes = [self._put_new(self._item(incident)), self._put_new(hold)]
        try:
            self._transact(writes, f"open incident {incident.id}")
        except ConflictError as exc:
            held = self.holding(incident.subject) if _FAILED in cancellation_reasons(exc)[1:] else None
            if held is None:
                raise
            return held
        return incident

    def get(self, incident_id: str) -> Incident | None:
        """Return the incident as last saved, or None."""
        item = self._get(_incident_key(incident_id))
        return _incident(item) if item else None

    def holding(self, subject: str) -> Incident | None:
        """Return the open incident that holds the subject, or None."""
        item = self._get(_subject_key(subject))
        return self.get(item["incident_id"]["S"]) if item else None

    def save(self, incident: Incident) -> Incident:
        """Store the incident under its next version; a closed one lets go of its subject in the same transaction."""
        saved = replace(incident, version=incident.version + 1)
        put = {
            "Put": {
                "TableName": self._table,
                "Item": self._item(saved),
                "ConditionExpression": "#version = :version",
                "ExpressionAttributeNames": {"#version": "version"},
                "ExpressionAttributeValues": {":version": {"N": str(incident.version)}},
            }
        }
        doing = f"save incident {incident.id}"
        if not saved.state.closed:
            self._transact([put], doing)
            return saved
        try:
            self._transact([put, self._let_go(saved)], doing)
        except ConflictError as exc:
            # Closed before, and the subject is another incident's by now: only the incident itself is to be stored.
            if cancellation_reasons(exc) != ("None", _FAILED):
                raise
            self._transact([put], doing)
        return saved

    def write_journal(self, incident_id: str, entries: Sequence[JournalEntry]) -> None:
        """Append entries: their numbers are given out first, in one step, so that writers never share one."""
        if not entries:
            return
        first = self._next_number(incident_id, len(entries), self._journal_expiry(entries[-1]))
        items = [self._entry(incident_id, first + index, entry) for index, entry in enumerate(entries)]
        for start in range(0, len(items), _ENTRIES_PER_TRANSACTION):
            part = items[start : start + _ENTRIES_PER_TRANSACTION]
            writes = [{"Put": {"TableName": self._table, "Item": item}} for item in part]
            self._transact(writes, f"write the journal of {incident_id}")

    def journal(self, incident_id: str) -> tuple[JournalEntry, ...]:
        """Return the journal in order of writing."""
        with translated(f"read the journal of {incident_id}"):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                ConsistentRead=True,
                KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
                ExpressionAttributeValues={":pk": {"S": f"INCIDENT#{incident_id}"}, ":prefix": {"S": "JOURNAL#"}},
            )
            return tuple(_journal_entry(item) for page in pages for item in page["Items"])

    def recent(self, limit: int) -> tuple[Incident, ...]:
        """Return the incidents opened last, newest first."""
        with translated("list the incidents"):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                IndexName="by_opened",
                ScanIndexForward=False,
                KeyConditionExpression="gsi_pk = :pk",
                ExpressionAttributeValues={":pk": {"S": "INCIDENT"}},
                PaginationConfig={"PageSize": max(1, limit)},
            )
            return tuple(islice((_incident(item) for page in pages for item in page["Items"]), limit))

    def _get(self, key: Attributes) -> Mapping[str, Any] | None:
        with translated(f"read {key['pk']['S']}"):
            return self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")

    def _transact(self, writes: Sequence[Any], doing: str) -> None:
        with translated(doing):
            self._client.transact_write_items(TransactItems=writes)

    def _put_new(self, item: Attributes) -> Attributes:
        return {"Put": {"TableName": self._table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}

    def _let_go(self, incident: Incident) -> Attributes:
        return {
            "Delete": {
                "TableName": self._table,
                "Key": _subject_key(incident.subject),
                "ConditionExpression": "attribute_not_exists(pk) OR incident_id = :id",
                "ExpressionAttributeValues": {":id": {"S": incident.id}},
            }
        }

    def _item(self, incident: Incident) -> Attributes:
        opened = incident.opened_at.isoformat(timespec="microseconds")
        item: Attributes = {
            **_incident_key(incident.id),
            "body": {"S": fitting(incident)},
            "version": {"N": str(incident.version)},
            "state": {"S": incident.state.value},
            "subject": {"S": incident.subject},
            "gsi_pk": {"S": "INCIDENT"},
            "gsi_sk": {"S": f"{opened}#{incident.id}"},
        }
        if incident.state.closed:
            item["expires_at"] = _seconds(incident.updated_at + self._retention)
        return item

    def _entry(self, incident_id: str, number: int, entry: JournalEntry) -> Attributes:
        return {
            "pk": {"S": f"INCIDENT#{incident_id}"},
            "sk": {"S": f"JOURNAL#{number:06}"},
            "at": {"S": entry.at.isoformat()},
            "stage": {"S": entry.stage},
            "text": {"S": entry.text[:_LONGEST_ENTRY]},
            "expires_at": self._journal_expiry(entry),
        }

    def _journal_expiry(self, entry: JournalEntry) -> Attributes:
        return _seconds(entry.at + self._retention + _JOURNAL_OUTLIVES)

    def _next_number(self, incident_id: str, count: int, expires_at: Attributes) -> int:
        with translated(f"write the journal of {incident_id}"):
            answer = self._client.update_item(
                TableName=self._table,
                Key={"pk": {"S": f"INCIDENT#{incident_id}"}, "sk": {"S": "JOURNAL"}},
                UpdateExpression="ADD given_out :count SET expires_at = :expires_at",
                ExpressionAttributeValues={":count": {"N": str(count)}, ":expires_at": expires_at},
                ReturnValues="UPDATED_NEW",
            )
        return int(answer["Attributes"]["given_out"]["N"]) - count + 1


def _incident_key(incident_id: str) -> Attributes:
    return {"pk": {"S": f"INCIDENT#{incident_id}"}, "sk": {"S": "META"}}


def _subject_key(subject: str) -> Attributes:
    return {"pk": {"S": f"SUBJECT#{subject}"}, "sk": {"S": "OPEN"}}


def _incident(item: Mapping[str, Any]) -> Incident:
    return decode(item["body"]["S"])


def _journal_entry(item: Mapping[str, Any]) -> JournalEntry:
    return JournalEntry(datetime.fromisoformat(item["at"]["S"]), item["stage"]["S"], item["text"]["S"])


def _seconds(moment: datetime) -> Attributes:
    return {"N": str(int(moment.timestamp()))}
