"""What every record of own changes does, and every keeper of breakers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pathmend.aws.ledger import DynamoLedger
from pathmend.errors import ConflictError
from pathmend.guardrails.circumstances import Breaker, OwnChange
from tests.contract.conftest import TABLE
from tests.fakes import NOON, FakeLedger

if TYPE_CHECKING:
    from pathmend.aws.clients import Clients
    from pathmend.aws.table import Table
    from pathmend.incidents.ports_of_restraint import Ledger

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(params=["memory", "dynamodb"])
def ledger(request: pytest.FixtureRequest) -> Ledger:
    """Return each record in turn, empty."""
    if request.param == "memory":
        return FakeLedger()
    table: Table = request.getfixturevalue("table")
    return DynamoLedger(table)


def a_change(resource_id: str = "acl-1", *, minutes: float = 0, incident_id: str = "one") -> OwnChange:
    """Return an own change, so many minutes after noon."""
    return OwnChange(incident_id, "arn:lb", resource_id, "vpc-1", NOON + minutes * MINUTE)


def a_breaker(incident_id: str = "one", *, minutes: int = 0) -> Breaker:
    """Return a breaker, opened so many minutes after noon, for an hour."""
    opened = NOON + minutes * MINUTE
    return Breaker(incident_id, "a rollback undid two changes", ("acl-1", "rtb-1"), opened, opened + HOUR)


def test_an_empty_record_has_version_zero(ledger: Ledger) -> None:
    """There is no error in asking."""
    record = ledger.since(NOON)
    assert (record.changes, record.version) == ((), 0)


def test_what_is_recorded_is_read_back_whole_and_in_order(ledger: Ledger) -> None:
    """Oldest first, however it was written; a resource of no VPC has none."""
    late, early = a_change("rtb-1", minutes=2), replace(a_change("arn:tg", minutes=1), vpc_id="")
    ledger.record([early], version=0)
    ledger.record([late], version=ledger.since(NOON).version)
    assert ledger.since(NOON).changes == (early, late)


def test_only_what_is_asked_for_is_read(ledger: Ledger) -> None:
    """From that very moment on."""
    changes = [a_change(minutes=minutes) for minutes in (0, 1, 2)]
    ledger.record(changes, version=0)
    assert ledger.since(NOON + MINUTE).changes == tuple(changes[1:])
    assert ledger.since(NOON + 2 * MINUTE + timedelta(microseconds=1)).changes == ()


def test_a_moment_with_and_without_a_fraction_sort_alike(ledger: Ledger) -> None:
    """A whole second is written with its zeros."""
    changes = [a_change("acl-1"), a_change("acl-2", minutes=0.0001), a_change("acl-3", minutes=1)]
    ledger.record(changes, version=0)
    assert ledger.since(NOON).changes == tuple(changes)


def test_who_read_before_another_wrote_loses(ledger: Ledger) -> None:
    """A limit that two incidents checked at once is not passed by both."""
    version = ledger.since(NOON).version
    ledger.record([a_change()], version=version)
    with pytest.raises(ConflictError):
        ledger.record([a_change("rtb-1")], version=version)
    assert ledger.since(NOON).changes == (a_change(),)
    ledger.record([a_change("rtb-1")], version=ledger.since(NOON).version)
    with pytest.raises(ConflictError):
        ledger.record([a_change("sg-1")], version=version)


def test_a_version_from_nowhere_is_a_conflict(ledger: Ledger) -> None:
    """Nothing is recorded on a guess."""
    with pytest.raises(ConflictError):
        ledger.record([a_change()], version=7)
    assert ledger.since(NOON).changes == ()


def test_the_same_change_again_counts_once(ledger: Ledger) -> None:
    """A function that died after the write is run again; another incident's is another change."""
    ledger.record([a_change(), a_change()], version=0)
    ledger.record([a_change(), a_change(incident_id="two")], version=ledger.since(NOON).version)
    assert len(ledger.since(NOON).changes) == 2


def test_writing_nothing_is_a_write(ledger: Ledger) -> None:
    """What matters is that nobody else wrote meanwhile."""
    ledger.record([], version=0)
    with pytest.raises(ConflictError):
        ledger.record([], version=0)
    assert ledger.since(NOON).changes == ()


def test_a_breaker_is_open_until_its_end(ledger: Ledger) -> None:
    """And closed at that very moment."""
    ledger.open_breaker(a_breaker())
    assert ledger.breakers(NOON) == (a_breaker(),)
    assert ledger.breakers(NOON + HOUR - timedelta(microseconds=1)) == (a_breaker(),)
    assert ledger.breakers(NOON + HOUR) == ()


def test_breakers_are_told_oldest_first(ledger: Ledger) -> None:
    """One per incident: a later one takes the place of an earlier one."""
    for breaker in (a_breaker("two", minutes=2), a_breaker("one", minutes=1), a_breaker("one", minutes=3)):
        ledger.open_breaker(breaker)
    assert ledger.breakers(NOON) == (a_breaker("two", minutes=2), a_breaker("one", minutes=3))


def test_a_person_closes_a_breaker(ledger: Ledger) -> None:
    """Once; there is none to close then, nor ever was of another incident."""
    ledger.open_breaker(a_breaker())
    assert [ledger.close_breaker(one) for one in ("two", "one", "one")] == [False, True, False]
    assert ledger.breakers(NOON) == ()


def test_more_changes_than_one_transaction_takes_are_all_recorded(table: Table) -> None:
    """A plan may be large, and its record must not be cut."""
    ledger = DynamoLedger(table)
    changes = [a_change(f"acl-{number:03}") for number in range(250)]
    ledger.record(changes, version=0)
    record = ledger.since(NOON)
    assert record.changes == tuple(changes)
    with pytest.raises(ConflictError):
        ledger.record(changes, version=0)
    ledger.record(changes[:1], version=record.version)


def test_what_is_recorded_between_the_two_reads_is_no_secret(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """The version is read first: whoever saw less than all cannot record."""
    ledger = DynamoLedger(table)
    read = ledger._version  # noqa: SLF001 - the seam between the two reads

    def then_a_rival_records() -> int:
        version = read()
        DynamoLedger(table).record([a_change()], version=version)
        return version

    monkeypatch.setattr(ledger, "_version", then_a_rival_records)
    record = ledger.since(NOON)
    with pytest.raises(ConflictError):
        ledger.record([a_change("rtb-1")], version=record.version)


def test_the_record_goes_by_itself_and_its_count_stays(table: Table, clients: Clients) -> None:
    """A count that began anew would let an old version pass."""
    ledger = DynamoLedger(table)
    ledger.record([a_change()], version=0)
    ledger.open_breaker(a_breaker())
    items = clients.dynamodb.scan(TableName=TABLE)["Items"]
    ends = {one["sk"]["S"].partition("#")[0]: int(one["expires_at"]["N"]) for one in items if "expires_at" in one}
    assert set(ends) == {"CHANGE", "INCIDENT"}
    assert min(ends.values()) > (NOON + timedelta(days=1)).timestamp()
    assert len(items) == 3
