"""How long is waited between two looks at the recovery: often enough to be soon, seldom enough for the workflow."""

from __future__ import annotations

import pytest

from pathmend.changes.modify_matcher import ModifyMatcher
from pathmend.changes.set_load_balancer_subnets import SetLoadBalancerSubnets
from pathmend.incidents.leases import LEASE
from pathmend.incidents.ports import AlarmStatus
from pathmend.incidents.recovery import patience_seconds, pause_seconds
from pathmend.signals.signal import AlarmState

MOST_EVENTS = 25_000
"""Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html (maximum execution history size)"""

EVENTS_OF_A_LOOK = 9
"""A wait and a choice are entered and left; a task is entered, scheduled, started, succeeded and left."""

HOUR, DAY = 3_600, 86_400


def _alarm(window_seconds: int) -> AlarmStatus:
    return AlarmStatus("arn", "alarm", AlarmState.ALARM, window_seconds)


@pytest.mark.parametrize("windows", [[10], [60], [300], [HOUR], [6 * HOUR], [DAY], [7 * DAY], [10, DAY], [60, 7 * DAY]])
def test_all_looks_of_a_round_fit_into_one_execution(windows):
    """An execution that looks too often at an alarm of days fails for its length, with the change unverified."""
    alarms = [_alarm(one) for one in windows]
    looks = patience_seconds(alarms) / pause_seconds(alarms) + 1
    assert looks * EVENTS_OF_A_LOOK < MOST_EVENTS - 5_000


@pytest.mark.parametrize(("window", "seconds"), [(10, 600), (60, 600), (300, 720)])
def test_a_load_balancer_that_gets_subnets_has_ten_minutes(window, seconds):
    """AWS makes nodes in a new zone first; undoing it before these had a chance would help nobody."""
    subnets = SetLoadBalancerSubnets("arn", ("subnet-a", "subnet-b"))
    assert patience_seconds([_alarm(window)], changes=(ModifyMatcher("arn", "200"), subnets)) == seconds
    assert patience_seconds([_alarm(window)], ["rule"], (subnets,)) == 900
    assert patience_seconds([_alarm(window)], changes=(ModifyMatcher("arn", "200"),)) == 2 * window + 120


def test_a_pause_is_shorter_than_the_lease_that_each_look_renews():
    """Nobody else takes the resources between two looks."""
    assert pause_seconds([_alarm(7 * DAY)]) < LEASE.total_seconds() / 2 + 1


@pytest.mark.parametrize(("windows", "pause"), [([], 5), ([10], 5), ([60], 15), ([600], 60), ([60, 600], 15)])
def test_an_alarm_of_minutes_is_looked_at_often(windows, pause):
    """Whoever waits for the recovery hears of it soon."""
    assert pause_seconds([_alarm(one) for one in windows]) == pause
