"""What every store of incidents does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from pathmend.aws.errors import translated
from pathmend.errors import ConflictError
from pathmend.incidents.incident import Incident, JournalEntry, State, Trigger
from tests.contract.conftest import TABLE
from tests.fakes import NOON, InMemoryIncidentStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pathmend.aws.clients import Clients
    from pathmend.aws.incident_store import DynamoIncidentStore
    from pathmend.incidents.ports import IncidentStore

SUBJECT = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/WebApp-ALB/50dc6c495c0c9188"


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> IncidentStore:
    """Return each store in turn, empty."""
    if request.param == "memory":
        return InMemoryIncidentStore()
    made: IncidentStore = request.getfixturevalue("dynamo_store")
    return made


def an_incident(incident_id: str = "one", subject: str = SUBJECT, *, minutes: int = 0) -> Incident:
    """Return an open incident, opened so many minutes after noon."""
    opened = NOON + timedelta(minutes=minutes)
    return Incident(incident_id, subject, State.OPEN, opened, opened, triggers=(a_trigger("event-0"),))


def a_trigger(event_id: str, *, minutes: int = 0) -> Trigger:
    """Return an alarm's trigger."""
    return Trigger(event_id, "alarm", f"arn:alarm:{event_id}", NOON + timedelta(minutes=minutes), "a reason")


def an_entry(text: str) -> JournalEntry:
    """Return a line of a journal."""
    return JournalEntry(NOON, "triage", text)


def test_an_opened_incident_is_read_back_whole(store: IncidentStore) -> None:
    """Open stores, and get returns what was stored."""
    incident = an_incident()
    assert store.open(incident) == incident
    assert store.get("one") == incident


def test_an_unknown_incident_is_none(store: IncidentStore) -> None:
    """There is no error in asking."""
    assert store.get("nobody") is None
    assert store.holding(SUBJECT) is None
    assert store.journal("nobody") == ()


def test_a_subject_has_one_open_incident(store: IncidentStore) -> None:
    """The second to open gets the first one's incident."""
    first = store.open(an_incident("one"))
    assert store.open(an_incident("two")) == first
    assert store.get("two") is None
    assert store.holding(SUBJECT) == first


def test_an_id_is_never_taken_twice(store: IncidentStore) -> None:
    """Another subject under a known id is a conflict, and takes no hold."""
    store.open(an_incident("one"))
    with pytest.raises(ConflictError):
        store.open(an_incident("one", "another subject"))
    assert store.holding("another subject") is None


def test_a_save_counts_the_version_up(store: IncidentStore) -> None:
    """What save returns is what is stored."""
    saved = store.save(replace(store.open(an_incident()), reason="because"))
    assert saved.version == 1
    assert store.get("one") == saved


def test_the_second_of_two_writers_loses(store: IncidentStore) -> None:
    """A save from an old version is refused and changes nothing."""
    opened = store.open(an_incident())
    first = store.save(replace(opened, reason="first"))
    with pytest.raises(ConflictError):
        store.save(replace(opened, reason="second"))
    with pytest.raises(ConflictError):
        store.save(replace(opened, state=State.FAILED))
    assert store.get("one") == first
    assert store.holding(SUBJECT) == first


def test_saving_what_was_never_opened_is_a_conflict(store: IncidentStore) -> None:
    """A save makes no incident."""
    with pytest.raises(ConflictError):
        store.save(an_incident())


def test_closing_lets_go_of_the_subject(store: IncidentStore) -> None:
    """The next incident of the subject can open."""
    closed = store.save(replace(store.open(an_incident("one")), state=State.RESOLVED))
    assert store.holding(SUBJECT) is None
    assert store.get("one") == closed
    assert store.open(an_incident("two")).id == "two"


def test_a_closed_incident_saved_again_leaves_its_successor_alone(store: IncidentStore) -> None:
    """The subject stays with the incident that holds it now."""
    closed = store.save(replace(store.open(an_incident("one")), state=State.RESOLVED))
    store.open(an_incident("two"))
    again = store.save(replace(closed, reason="an afterthought"))
    assert store.get("one") == again
    held = store.holding(SUBJECT)
    assert held
    assert held.id == "two"


def test_a_closed_incident_is_open_again(store: IncidentStore) -> None:
    """It takes hold of its subject again, and the next alarm joins it."""
    closed = store.save(replace(store.open(an_incident("one")), state=State.RESOLVED))
    reopened = store.reopen(replace(closed, state=State.ROLLING_BACK))
    assert reopened.version == closed.version + 1
    assert store.get("one") == reopened == store.holding(SUBJECT)
    assert store.open(an_incident("two")) == reopened


def test_an_incident_reopens_only_while_its_subject_is_free(store: IncidentStore) -> None:
    """Two open incidents of one subject would work against each other; the loser changes nothing."""
    closed = store.save(replace(store.open(an_incident("one")), state=State.RESOLVED))
    second = store.open(an_incident("two"))
    with pytest.raises(ConflictError):
        store.reopen(replace(closed, state=State.ROLLING_BACK))
    assert (store.get("one"), store.holding(SUBJECT)) == (closed, second)


def test_the_second_of_two_who_reopen_loses(store: IncidentStore) -> None:
    """An old version is refused, as in a save."""
    closed = store.save(replace(store.open(an_incident("one")), state=State.RESOLVED))
    reopened = store.reopen(replace(closed, state=State.ROLLING_BACK))
    with pytest.raises(ConflictError):
        store.reopen(replace(closed, state=State.ROLLING_BACK))
    assert store.get("one") == reopened


def test_what_was_never_stored_is_not_reopened(store: IncidentStore) -> None:
    """A subject that is free does not make an incident."""
    with pytest.raises(ConflictError):
        store.reopen(replace(an_incident(), state=State.ROLLING_BACK))
    assert store.holding(SUBJECT) is None


def test_a_trigger_joins_without_a_conflict(store: IncidentStore) -> None:
    """A save from before the join still wins, and the trigger is there."""
    opened = store.open(an_incident())
    store.join("one", a_trigger("event-1", minutes=1))
    saved = store.save(replace(opened, reason="because"))
    expected = replace(saved, triggers=(a_trigger("event-0"), a_trigger("event-1", minutes=1)))
    assert store.get("one") == expected
    assert store.holding(SUBJECT) == expected


def test_a_known_event_joins_once(store: IncidentStore) -> None:
    """Delivered twice, saved meanwhile or not, an event is one trigger; later ones follow by their time."""
    store.open(an_incident())
    for event_id, minutes in (("event-0", 0), ("event-1", 1), ("event-1", 1), ("event-2", 2)):
        store.join("one", a_trigger(event_id, minutes=minutes))
    found = store.get("one")
    assert found
    assert [trigger.event_id for trigger in found.triggers] == ["event-0", "event-1", "event-2"]
    store.save(found)
    again = store.get("one")
    assert again
    assert again.triggers == found.triggers


def test_the_journal_keeps_the_order_of_writing(store: IncidentStore) -> None:
    """Many entries, in several writes, come back as they were written; writing none is fine."""
    store.open(an_incident())
    texts = [f"entry {number}" for number in range(125)]
    store.write_journal("one", [an_entry(text) for text in texts[:3]])
    store.write_journal("one", [])
    store.write_journal("one", [an_entry(text) for text in texts[3:]])
    assert [entry.text for entry in store.journal("one")] == texts
    assert store.journal("one")[0] == an_entry("entry 0")


def test_the_newest_incidents_come_first(store: IncidentStore) -> None:
    """Recent is limited, and counts closed ones too."""
    for number in range(4):
        opened = store.open(an_incident(f"inc-{number}", f"subject-{number}", minutes=number))
        store.save(replace(opened, state=State.RESOLVED))
    assert [one.id for one in store.recent(3)] == ["inc-3", "inc-2", "inc-1"]
    assert len(store.recent(10)) == 4
    assert store.recent(0) == ()


def test_writers_of_one_journal_lose_nothing(
    dynamo_store: DynamoIncidentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers are given out in one step: a rival between the numbers and the lines lands behind them, not on them."""
    transact = dynamo_store._transact  # noqa: SLF001 - the seam between the two steps

    def after_a_rival(writes: Sequence[Any], doing: str) -> None:
        monkeypatch.setattr(dynamo_store, "_transact", transact)
        dynamo_store.write_journal("one", [an_entry("rival 1"), an_entry("rival 2")])
        transact(writes, doing)

    monkeypatch.setattr(dynamo_store, "_transact", after_a_rival)
    dynamo_store.write_journal("one", [an_entry("mine 1"), an_entry("mine 2")])
    dynamo_store.write_journal("one", [an_entry("mine 3")])
    texts = [entry.text for entry in dynamo_store.journal("one")]
    assert texts == ["mine 1", "mine 2", "rival 1", "rival 2", "mine 3"]


def test_only_what_is_closed_expires(dynamo_store: DynamoIncidentStore, clients: Clients) -> None:
    """An open incident never vanishes under its subject; a closed one goes after its retention, its journal later."""
    key = {"pk": {"S": "INCIDENT#one"}, "sk": {"S": "META"}}
    opened = dynamo_store.open(an_incident())
    assert "expires_at" not in clients.dynamodb.get_item(TableName=TABLE, Key=key)["Item"]
    closed = dynamo_store.save(replace(opened, state=State.RESOLVED))
    again = dynamo_store.reopen(replace(closed, state=State.ROLLING_BACK))
    assert "expires_at" not in clients.dynamodb.get_item(TableName=TABLE, Key=key)["Item"]
    dynamo_store.save(replace(again, state=State.ROLLED_BACK))
    own = clients.dynamodb.get_item(TableName=TABLE, Key=key)["Item"]["expires_at"]["N"]
    assert int(own) == int((NOON + timedelta(days=30)).timestamp())
    dynamo_store.write_journal("one", [an_entry("x")])
    line = clients.dynamodb.get_item(TableName=TABLE, Key={**key, "sk": {"S": "JOURNAL#000001"}})["Item"]
    assert int(line["expires_at"]["N"]) > int(own)


def test_a_subject_released_at_the_last_moment_is_a_conflict(
    dynamo_store: DynamoIncidentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever loses the race for a subject that is free again is told to try again."""
    dynamo_store.open(an_incident("one"))
    monkeypatch.setattr(type(dynamo_store), "holding", lambda _self, _subject: None)
    with pytest.raises(ConflictError):
        dynamo_store.open(an_incident("two"))


def test_who_loses_to_a_transaction_on_the_way_joins_whoever_holds_the_subject(
    dynamo_store: DynamoIncidentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand alarms at once: DynamoDB cancels transactions that touch one item at the same moment."""
    first = dynamo_store.open(an_incident("one"))
    answer: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": "cancelled"},
        "CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}],
    }

    def lost(_writes: Sequence[Any], doing: str) -> None:
        with translated(doing):
            raise ClientError(answer, "TransactWriteItems")

    monkeypatch.setattr(dynamo_store, "_transact", lost)
    assert dynamo_store.open(an_incident("two")) == first
    with pytest.raises(ConflictError):
        dynamo_store.open(an_incident("three", f"{SUBJECT}-free"))
