"""Incidents and their journals in one DynamoDB table; `items` says what lies where."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from pathmend.aws.errors import cancellation_reasons, translated
from pathmend.aws.items import (
    counter_key,
    detail_expiry,
    incident_item,
    incident_of,
    incident_pk,
    journal_entry_of,
    journal_item,
    subject_key,
    trigger_item,
)
from pathmend.aws.table import CHECK_FAILED, MOST_WRITES, Table
from pathmend.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from pathmend.aws.table import Attributes
    from pathmend.incidents.incident import Incident, JournalEntry, Trigger


class DynamoIncidentStore:
    """Implements IncidentStore. Reads of single incidents are consistent; `recent` lags by the index's moment."""

    def __init__(self, client: DynamoDBClient, table: str, *, retention_days: int) -> None:
        self._client = client
        self._table = table
        self._items = Table(client, table)
        self._retention = timedelta(days=retention_days)

    def open(self, incident: Incident) -> Incident:
        """Store a new incident and take hold of its subject, or return the open incident that holds it."""
        hold = {**subject_key(incident.subject), "incident_id": {"S": incident.id}}
        writes = [self._put_new(incident_item(incident, self._retention)), self._put_new(hold)]
        try:
            self._transact(writes, f"open incident {incident.id}")
        except ConflictError:
            # In a storm of alarms most lose to a transaction on the way, not to the condition: who holds it tells both.
            held = self.holding(incident.subject)
            if held is None:
                raise
            return held
        return incident

    def get(self, incident_id: str) -> Incident | None:
        """Return the incident as last saved, with the triggers that joined it since, or None."""
        # Journal lines sort before META, triggers after it: one query reads the two and leaves the journal out.
        condition = {":pk": incident_pk(incident_id), ":from": {"S": "META"}}
        return incident_of(list(self._items.query("pk = :pk AND sk >= :from", condition, f"incident {incident_id}")))

    def holding(self, subject: str) -> Incident | None:
        """Return the open incident that holds the subject, or None."""
        with translated(f"read which incident holds {subject}"):
            answer = self._client.get_item(TableName=self._table, Key=subject_key(subject), ConsistentRead=True)
        return self.get(answer["Item"]["incident_id"]["S"]) if "Item" in answer else None

    def save(self, incident: Incident) -> Incident:
        """Store the incident under its next version; a closed one lets go of its subject in the same transaction."""
        saved = replace(incident, version=incident.version + 1)
        put = self._put_over(incident.version, incident_item(saved, self._retention))
        doing = f"save incident {incident.id}"
        if not saved.state.closed:
            self._transact([put], doing)
            return saved
        try:
            self._transact([put, self._let_go(saved)], doing)
        except ConflictError as exc:
            # Closed before, and the subject is another incident's by now: only the incident itself is to be stored.
            if cancellation_reasons(exc) != ("None", CHECK_FAILED):
                raise
            self._transact([put], doing)
        return saved

    def reopen(self, incident: Incident) -> Incident:
        """Store a closed incident that is open again, and take hold of its subject in the same transaction."""
        saved = replace(incident, version=incident.version + 1)
        put = self._put_over(incident.version, incident_item(saved, self._retention))
        self._transact([put, self._take_hold(saved)], f"reopen incident {incident.id}")
        return saved

    def join(self, incident_id: str, trigger: Trigger) -> None:
        """Add a trigger, in an item of its own: it never conflicts with a save, and the same event lands on itself."""
        item = trigger_item(incident_id, trigger, self._retention)
        with translated(f"join incident {incident_id}"):
            self._client.put_item(TableName=self._table, Item=item)

    def write_journal(self, incident_id: str, entries: Sequence[JournalEntry]) -> None:
        """Append entries: their numbers are given out first, in one step, so that writers never share one."""
        if not entries:
            return
        first = self._next_number(incident_id, len(entries), detail_expiry(entries[-1].at, self._retention))
        items = [
            journal_item(incident_id, first + index, entry, self._retention) for index, entry in enumerate(entries)
        ]
        for start in range(0, len(items), MOST_WRITES):
            part = items[start : start + MOST_WRITES]
            writes = [{"Put": {"TableName": self._table, "Item": item}} for item in part]
            self._transact(writes, f"write the journal of {incident_id}")

    def journal(self, incident_id: str) -> tuple[JournalEntry, ...]:
        """Return the journal in order of writing."""
        condition = {":pk": incident_pk(incident_id), ":prefix": {"S": "JOURNAL#"}}
        found = self._items.query("pk = :pk AND begins_with(sk, :prefix)", condition, f"the journal of {incident_id}")
        return tuple(journal_entry_of(item) for item in found)

    def recent(self, limit: int) -> tuple[Incident, ...]:
        """Return the incidents opened last, newest first; triggers that joined since the last save are left out."""
        with translated("list the incidents"):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                IndexName="by_opened",
                ScanIndexForward=False,
                KeyConditionExpression="gsi_pk = :pk",
                ExpressionAttributeValues={":pk": {"S": "INCIDENT"}},
                PaginationConfig={"PageSize": max(1, limit)},
            )
            items = islice((item for page in pages for item in page["Items"]), limit)
            found = (incident_of([item]) for item in items)
            return tuple(incident for incident in found if incident)

    def _transact(self, writes: Sequence[Any], doing: str) -> None:
        self._items.transact(writes, doing)

    def _put_new(self, item: Attributes) -> Attributes:
        return {"Put": {"TableName": self._table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}

    def _put_over(self, version: int, item: Attributes) -> Attributes:
        return {
            "Put": {
                "TableName": self._table,
                "Item": item,
                "ConditionExpression": "#version = :version",
                "ExpressionAttributeNames": {"#version": "version"},
                "ExpressionAttributeValues": {":version": {"N": str(version)}},
            }
        }

    def _take_hold(self, incident: Incident) -> Attributes:
        return {
            "Put": {
                "TableName": self._table,
                "Item": {**subject_key(incident.subject), "incident_id": {"S": incident.id}},
                "ConditionExpression": "attribute_not_exists(pk) OR incident_id = :id",
                "ExpressionAttributeValues": {":id": {"S": incident.id}},
            }
        }

    def _let_go(self, incident: Incident) -> Attributes:
        return {
            "Delete": {
                "TableName": self._table,
                "Key": subject_key(incident.subject),
                "ConditionExpression": "attribute_not_exists(pk) OR incident_id = :id",
                "ExpressionAttributeValues": {":id": {"S": incident.id}},
            }
        }

    def _next_number(self, incident_id: str, count: int, expires_at: Attributes) -> int:
        with translated(f"write the journal of {incident_id}"):
            answer = self._client.update_item(
                TableName=self._table,
                Key=counter_key(incident_id),
                UpdateExpression="ADD given_out :count SET expires_at = :expires_at",
                ExpressionAttributeValues={":count": {"N": str(count)}, ":expires_at": expires_at},
                ReturnValues="UPDATED_NEW",
            )
        return int(answer["Attributes"]["given_out"]["N"]) - count + 1
