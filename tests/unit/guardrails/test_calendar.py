"""Hours are of the clocks of their zone, and a freeze lasts from its begin until before its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathmend.guardrails.calendar import within
from pathmend.guardrails.decision import Decision, Mode
from pathmend.guardrails.rules import Freeze, Hours
from tests.fakes import NOON
from tests.unit.guardrails.cases import CALM, FILTERS, FREE, decided

OFFICE = Hours("office", (0, 1, 2, 3, 4), time(8), time(18), "Europe/Berlin")
LATE = Hours("late", (4,), time(22), time(6), "America/New_York")
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "inside"),
    [
        (MONDAY.replace(hour=6, minute=59), False),
        (MONDAY.replace(hour=7), True),
        (MONDAY.replace(hour=16, minute=59, second=59), True),
        (MONDAY.replace(hour=17), False),
        (MONDAY.replace(hour=12) - timedelta(days=1), False),
        (datetime(2026, 7, 20, 6, tzinfo=UTC), True),
        (datetime(2026, 7, 20, 16, tzinfo=UTC), False),
    ],
)
def test_hours_are_of_the_zones_own_clocks(moment: datetime, inside: bool) -> None:  # noqa: FBT001 - the expectation
    """Summer time moves them by an hour in UTC."""
    assert within(OFFICE, moment) is inside


@pytest.mark.parametrize(
    ("moment", "inside"),
    [
        (datetime(2026, 11, 28, 2, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 28, 3, tzinfo=UTC), True),
        (datetime(2026, 11, 28, 10, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 28, 11, tzinfo=UTC), False),
        (datetime(2026, 11, 27, 4, tzinfo=UTC), False),
        (datetime(2026, 11, 29, 4, tzinfo=UTC), False),
    ],
)
def test_hours_that_end_before_they_start_last_past_midnight(moment: datetime, inside: bool) -> None:  # noqa: FBT001 - the expectation
    """The day is the one on which they start."""
    assert within(LATE, moment) is inside


def test_hours_that_end_when_they_start_last_a_day() -> None:
    """From that hour on its day until that hour on the next."""
    day = Hours("day", (0,), time(9), time(9))
    assert within(day, MONDAY.replace(hour=9))
    assert within(day, MONDAY + timedelta(hours=32, minutes=59))
    assert not within(day, MONDAY + timedelta(hours=33))
    assert not within(day, MONDAY.replace(hour=8))


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - see timezones
    st.times(),
    st.times(),
)
def test_of_two_spans_that_make_a_day_exactly_one_holds(moment: datetime, start: time, end: time) -> None:
    """What is not within the hours is within the others."""
    week = tuple(range(7))
    first, second = Hours("first", week, start, end), Hours("second", week, end, start)
    assert (within(first, moment) != within(second, moment)) or start == end


@pytest.mark.parametrize(("after", "mode"), [(-1, Mode.ACT), (0, Mode.REPORT), (3599, Mode.REPORT), (3600, Mode.ACT)])
def test_nothing_is_changed_in_a_freeze(after: int, mode: Mode) -> None:
    """Its end is outside of it."""
    rules = replace(FREE, freezes=(Freeze(NOON, NOON + timedelta(hours=1), "the sale of the year"),))
    now = replace(CALM, now=NOON + timedelta(seconds=after))
    decision = decided(FILTERS, rules, now)
    assert decision.mode is mode
    frozen = Decision(Mode.REPORT, ("changes are frozen until 2026-11-22T13:00:00+00:00: the sale of the year",))
    assert (decision == frozen) is (mode is Mode.REPORT)
