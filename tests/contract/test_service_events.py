"""What every keeper of AWS Health's events does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pathmend.aws.service_events import DynamoServiceEvents
from pathmend.guardrails.circumstances import ServiceEvent
from tests.fakes import NOON, FakeServiceEvents, FixedClock

if TYPE_CHECKING:
    from pathmend.aws.table import Table
    from pathmend.incidents.ports_of_restraint import ServiceEvents

MINUTE = timedelta(minutes=1)
ARN = "arn:aws:health:us-east-1::event/EC2/AWS_EC2_API_ISSUE/AWS_EC2_API_ISSUE_" + "9" * 1_500
EVENT = ServiceEvent(ARN, "EC2", "AWS_EC2_API_ISSUE", "us-east-1", NOON)


@pytest.fixture(params=["memory", "dynamodb"])
def events(request: pytest.FixtureRequest) -> ServiceEvents:
    """Return each keeper in turn, knowing nothing."""
    if request.param == "memory":
        return FakeServiceEvents()
    table: Table = request.getfixturevalue("table")
    return DynamoServiceEvents(table, FixedClock())


def test_open_events_are_told_oldest_first(events: ServiceEvents) -> None:
    """Each once, however often it was told; an ARN may be longer than a key."""
    older = replace(EVENT, arn="arn:older", started_at=NOON - MINUTE)
    for event in (EVENT, older, EVENT):
        events.note(event, told_at=NOON)
    assert events.ongoing() == (older, EVENT)


def test_whom_an_event_is_about_is_kept(events: ServiceEvents) -> None:
    """As it was told last: a further resource may have been hit, or one be well again."""
    for entities in (("i-1",), ("i-1", "vpn-2"), ("vpn-2",)):
        events.note(replace(EVENT, entities=entities), told_at=NOON)
        assert [one.entities for one in events.ongoing()] == [entities]


def test_what_has_ended_is_forgotten(events: ServiceEvents) -> None:
    """Whether it was known or not."""
    events.note(EVENT, told_at=NOON)
    events.ended(ARN, told_at=NOON + MINUTE)
    events.ended("arn:unknown", told_at=NOON)
    assert events.ongoing() == ()


def test_an_older_word_comes_too_late(events: ServiceEvents) -> None:
    """Neither opens what has ended nor closes what was opened again."""
    events.ended(ARN, told_at=NOON + MINUTE)
    events.note(EVENT, told_at=NOON)
    assert events.ongoing() == ()
    events.note(EVENT, told_at=NOON + 2 * MINUTE)
    events.ended(ARN, told_at=NOON + MINUTE)
    assert events.ongoing() == (EVENT,)


def test_an_event_of_which_nothing_more_is_heard_is_given_up(table: Table) -> None:
    """After a week, as the word of its end may be lost; each word of it counts anew."""
    clock = FixedClock()
    events = DynamoServiceEvents(table, clock)
    events.note(EVENT, told_at=NOON)
    clock.advance(6 * 86_400)
    events.note(EVENT, told_at=clock.now())
    clock.advance(6 * 86_400)
    assert events.ongoing() == (EVENT,)
    clock.advance(86_400)
    assert events.ongoing() == ()
