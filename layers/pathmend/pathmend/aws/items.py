"""The items of the incidents table: how an incident, its triggers and its journal lie in DynamoDB.

| pk            | sk             | what                                                            |
|---------------|----------------|-----------------------------------------------------------------|
| INCIDENT#id   | META           | the incident as JSON, its version, and the keys of `by_opened`  |
| INCIDENT#id   | TRIGGER#hash   | a trigger that joined; the hash is of its event's id            |
| INCIDENT#id   | JOURNAL        | how many journal numbers were given out                         |
| INCIDENT#id   | JOURNAL#000001 | one line of the journal                                         |
| SUBJECT#arn   | OPEN           | which open incident holds the subject                           |
| LOCK#resource | HELD           | which incident may change the resource, and until when          |
| LEDGER        | CHANGE#time#.. | one own change, by time, incident and resource                  |
| LEDGER        | VERSION        | how many times own changes were recorded                        |
| BREAKERS      | INCIDENT#id    | why an incident keeps Pathmend off its resources, and how long  |
| HEALTH        | EVENT#hash     | what AWS Health told last of an event; the hash is of its ARN   |

Powertools keeps the ids of the events that were worked on beside them, under `event#hash`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pathmend.aws.codec import decode
from pathmend.aws.table import Attributes, expiry
from pathmend.aws.trimming import fitting
from pathmend.incidents.incident import JournalEntry, Trigger

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pathmend.incidents.incident import Incident

_LONGEST_TEXT = 20_000

_DETAILS_OUTLIVE = timedelta(days=14)
"""A journal's first lines are older than the close from which the incident's own time to live counts."""

LEDGER: Attributes = {"S": "LEDGER"}
"""The partition of the own changes and of their version."""

VERSION_KEY: Attributes = {"pk": LEDGER, "sk": {"S": "VERSION"}}

BREAKERS: Attributes = {"S": "BREAKERS"}
"""The partition of the breakers."""

SERVICE_EVENTS: Attributes = {"S": "HEALTH"}
"""The partition of the AWS Health events."""


def incident_pk(incident_id: str) -> Attributes:
    """Return the partition key's value."""
    return {"S": f"INCIDENT#{incident_id}"}


def subject_key(subject: str) -> Attributes:
    """Return the key of the item that holds a subject."""
    return {"pk": {"S": f"SUBJECT#{subject}"}, "sk": {"S": "OPEN"}}


def counter_key(incident_id: str) -> Attributes:
    """Return the key of the item that gives out journal numbers."""
    return {"pk": incident_pk(incident_id), "sk": {"S": "JOURNAL"}}


def lock_key(resource_id: str) -> Attributes:
    """Return the key of the item that says who may change a resource."""
    return {"pk": {"S": f"LOCK#{resource_id}"}, "sk": {"S": "HELD"}}


def breaker_key(incident_id: str) -> Attributes:
    """Return the key of an incident's breaker."""
    return {"pk": BREAKERS, "sk": {"S": f"INCIDENT#{incident_id}"}}


def service_event_key(arn: str) -> Attributes:
    """Return the key of what was told last of an AWS Health event."""
    # The ARN of an event may be longer than a sort key.
    return {"pk": SERVICE_EVENTS, "sk": {"S": f"EVENT#{sha256(arn.encode()).hexdigest()}"}}


def incident_item(incident: Incident, retention: timedelta) -> Attributes:
    """Return the incident's own item; only a closed one expires, lest a stuck one let go of its subject unseen."""
    opened = incident.opened_at.isoformat(timespec="microseconds")
    item: Attributes = {
        "pk": incident_pk(incident.id),
        "sk": {"S": "META"},
        "body": {"S": fitting(incident)},
        "version": {"N": str(incident.version)},
        "state": {"S": incident.state.value},
        "subject": {"S": incident.subject},
        "gsi_pk": {"S": "INCIDENT"},
        "gsi_sk": {"S": f"{opened}#{incident.id}"},
    }
    if incident.state.closed:
        item["expires_at"] = expiry(incident.updated_at + retention)
    return item


def incident_of(items: Sequence[Mapping[str, Any]]) -> Incident | None:
    """Return the incident of its own item and its triggers' items, those that it does not know yet by their time."""
    own = next((item for item in items if item["sk"]["S"] == "META"), None)
    if own is None:
        return None
    incident = decode(own["body"]["S"])
    known = {trigger.event_id for trigger in incident.triggers}
    joined = (_trigger_of(item) for item in items if item["sk"]["S"].startswith("TRIGGER#"))
    late = sorted((one for one in joined if one.event_id not in known), key=lambda one: (one.at, one.event_id))
    return replace(incident, triggers=(*incident.triggers, *late))


def trigger_item(incident_id: str, trigger: Trigger, retention: timedelta) -> Attributes:
    """Return the item of a trigger that joined."""
    # An event's id comes from outside and may be longer than a sort key.
    digest = sha256(trigger.event_id.encode()).hexdigest()
    return {
        "pk": incident_pk(incident_id),
        "sk": {"S": f"TRIGGER#{digest}"},
        "event_id": {"S": trigger.event_id},
        "kind": {"S": trigger.kind},
        "source": {"S": trigger.source},
        "at": {"S": trigger.at.isoformat()},
        "text": {"S": trigger.text[:_LONGEST_TEXT]},
        "expires_at": detail_expiry(trigger.at, retention),
    }


def _trigger_of(item: Mapping[str, Any]) -> Trigger:
    at = datetime.fromisoformat(item["at"]["S"])
    return Trigger(item["event_id"]["S"], item["kind"]["S"], item["source"]["S"], at, item["text"]["S"])


def journal_item(incident_id: str, number: int, entry: JournalEntry, retention: timedelta) -> Attributes:
    """Return the item of one journal line."""
    return {
        "pk": incident_pk(incident_id),
        "sk": {"S": f"JOURNAL#{number:06}"},
        "at": {"S": entry.at.isoformat()},
        "stage": {"S": entry.stage},
        "text": {"S": entry.text[:_LONGEST_TEXT]},
        "expires_at": detail_expiry(entry.at, retention),
    }


def journal_entry_of(item: Mapping[str, Any]) -> JournalEntry:
    """Return the journal line of an item."""
    return JournalEntry(datetime.fromisoformat(item["at"]["S"]), item["stage"]["S"], item["text"]["S"])


def detail_expiry(at: datetime, retention: timedelta) -> Attributes:
    """Return when a trigger or a journal line goes."""
    return expiry(at + retention + _DETAILS_OUTLIVE)
