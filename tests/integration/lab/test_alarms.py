"""The lab's evaluator turns metrics into alarm states and puts AWS's own event on the bus."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from lab import faults
from lab.alarms import judge
from tests.integration.lab.conftest import eventually

if TYPE_CHECKING:
    from tests.integration.lab.conftest import Lab

pytestmark = pytest.mark.lab


@pytest.mark.parametrize(
    ("values", "more", "state"),
    [
        ([1.0, 1.0, 1.0], {}, "ALARM"),
        ([1.0, 0.0, 1.0], {}, "OK"),
        ([1.0, 0.0, 1.0], {"DatapointsToAlarm": 2}, "ALARM"),
        ([None, None, None], {}, "INSUFFICIENT_DATA"),
        ([None, None, None], {"TreatMissingData": "notBreaching"}, "OK"),
        ([None, 1.0, 1.0], {"TreatMissingData": "breaching"}, "ALARM"),
        ([None, None, None], {"TreatMissingData": "ignore"}, "ALARM"),
    ],
)
def test_datapoints_are_judged_m_out_of_n(values: list[float | None], more: dict[str, object], state: str) -> None:
    """Missing data counts as the alarm says."""
    alarm = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 0.0, "EvaluationPeriods": 3}
    assert judge(alarm | {"StateValue": "ALARM"} | more, values) == state


def test_an_alarm_fires_on_its_own_dimensions_and_tells_the_bus(lab: Lab) -> None:
    """A 5XX alarm and the composite above it change state; the event has AWS's shape."""
    alarms = lab.aws("cloudwatch")
    alarms.put_composite_alarm(AlarmName="WebApp-Any", AlarmRule='ALARM("WebApp-ELB-5XX") OR ALARM(WebApp-Target-5XX)')
    # A new lab's alarms begin without data: what is told here is the way from OK to ALARM.
    assert eventually(lambda: _state(lab, "WebApp-ELB-5XX"), lambda seen: seen == "OK") == "OK"
    lab.forget_events()
    faults.break_("3", lab.endpoints, lab.world)
    event = lab.await_event(lambda one: _rings(one, "WebApp-ELB-5XX"))
    assert event["detail-type"] == "CloudWatch Alarm State Change"
    assert event["resources"] == ["arn:aws:cloudwatch:us-east-1:123456789012:alarm:WebApp-ELB-5XX"]
    detail = event["detail"]
    assert (detail["previousState"]["value"], detail["state"]["value"]) == ("OK", "ALARM")
    assert json.loads(detail["state"]["reasonData"])["threshold"] == 0.0
    (metric,) = detail["configuration"]["metrics"]
    assert metric["metricStat"]["metric"]["dimensions"] == {"LoadBalancer": lab.world["load_balancer"]}
    composite = lab.await_event(lambda one: _rings(one, "WebApp-Any"))
    assert "metrics" not in composite["detail"]["configuration"]
    alarms.delete_alarms(AlarmNames=["WebApp-Any"])


def _state(lab: Lab, name: str) -> str:
    return str(lab.aws("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"])


def _rings(event: dict[str, Any], name: str) -> bool:
    detail = event["detail"]
    return bool(detail.get("alarmName") == name and detail["state"]["value"] == "ALARM")


def test_metric_math_sees_a_zone_without_requests(lab: Lab) -> None:
    """The alarm over RequestCount of each zone compares the zones, missing ones as zero."""
    faults.break_("1", lab.endpoints, lab.world)
    alarms = lab.aws("cloudwatch")

    def state() -> str:
        found = alarms.describe_alarms(AlarmNames=["WebApp-Zone-Without-Requests"])["MetricAlarms"]
        return str(found[0]["StateValue"])

    assert eventually(state, lambda seen: seen == "ALARM") == "ALARM"
