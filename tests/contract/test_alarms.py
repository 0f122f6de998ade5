"""What every reader of alarms does; and how the one on AWS reads composite ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pathmend.aws.alarms import CloudWatchAlarms, children_of
from pathmend.incidents.ports import AlarmStatus
from pathmend.signals.signal import AlarmState
from tests.fakes import FakeAlarms

if TYPE_CHECKING:
    from pathmend.aws.clients import Clients
    from pathmend.incidents.ports import Alarms

PREFIX = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:"
DIMENSIONS = (("LoadBalancer", "app/web/1"), ("TargetGroup", "targetgroup/app/1"))
HOSTS = AlarmStatus(f"{PREFIX}hosts", "hosts", AlarmState.ALARM, 180, DIMENSIONS)
MATH = AlarmStatus(f"{PREFIX}zones", "zones", AlarmState.OK, 600, (("AvailabilityZone", "us-east-1a"),))


def put_alarms(cloudwatch: Any) -> None:
    """Make the alarms in moto."""
    dimensions = [{"Name": name, "Value": value} for name, value in DIMENSIONS]
    common = {"EvaluationPeriods": 3, "Threshold": 0.0, "ComparisonOperator": "GreaterThanThreshold"}
    metric = {"Namespace": "AWS/ApplicationELB", "MetricName": "UnHealthyHostCount", "Dimensions": dimensions}
    cloudwatch.put_metric_alarm(AlarmName="hosts", Period=60, Statistic="Average", **metric, **common)
    cloudwatch.set_alarm_state(AlarmName="hosts", StateValue="ALARM", StateReason="x")
    zone = {**metric, "MetricName": "RequestCount", "Dimensions": [{"Name": "AvailabilityZone", "Value": "us-east-1a"}]}
    rows = [
        {"Id": "e", "Expression": "MAX(METRICS())", "ReturnData": True},
        {"Id": "m", "MetricStat": {"Metric": zone, "Period": 300, "Stat": "Sum"}, "ReturnData": False},
    ]
    cloudwatch.put_metric_alarm(AlarmName="zones", Metrics=rows, **{**common, "EvaluationPeriods": 2})
    cloudwatch.set_alarm_state(AlarmName="zones", StateValue="OK", StateReason="x")


@pytest.fixture(params=["memory", "aws"])
def alarms(request: pytest.FixtureRequest, clients: Clients) -> Alarms:
    """Return each reader in turn, over the same two alarms."""
    if request.param == "memory":
        return FakeAlarms({one.arn: one for one in (HOSTS, MATH)})
    put_alarms(clients.cloudwatch)
    return CloudWatchAlarms(clients.cloudwatch)


def test_an_alarm_says_its_state_window_and_dimensions(alarms: Alarms) -> None:
    """Of a metric, and of metric math, in the order asked and each once."""
    assert alarms.status([MATH.arn, HOSTS.arn, MATH.arn]) == (MATH, HOSTS)


def test_alarms_that_are_gone_are_left_out(alarms: Alarms) -> None:
    """They can keep nothing open."""
    assert alarms.status([f"{PREFIX}gone", HOSTS.arn]) == (HOSTS,)
    assert alarms.status([]) == ()


def composite(clients: Clients, name: str, rule: str) -> str:
    """Make a composite alarm and return its ARN."""
    cloudwatch: Any = clients.cloudwatch
    cloudwatch.put_composite_alarm(AlarmName=name, AlarmRule=rule)
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="x")
    return f"{PREFIX}{name}"


def test_a_composite_alarm_has_the_window_and_dimensions_of_its_children(clients: Clients) -> None:
    """Over two generations, by name and by ARN."""
    put_alarms(clients.cloudwatch)
    composite(clients, "inner", f"ALARM({PREFIX}zones) OR FALSE")
    outer = composite(clients, "outer", 'ALARM("hosts") AND NOT OK(inner)')
    found = CloudWatchAlarms(clients.cloudwatch).status([outer])
    dimensions = tuple(sorted({*HOSTS.dimensions, *MATH.dimensions}))
    assert found == (AlarmStatus(outer, "outer", AlarmState.ALARM, 600, dimensions),)


def test_composite_alarms_in_a_circle_end(clients: Clients) -> None:
    """AWS allows the circle; what is left is a default window."""
    first = composite(clients, "first", "ALARM(second)")
    composite(clients, "second", "ALARM(first) OR ALARM(gone)")
    found = CloudWatchAlarms(clients.cloudwatch).status([first])
    assert found == (AlarmStatus(first, "first", AlarmState.ALARM, 60),)


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        ("ALARM(a) AND (OK(b) OR NOT INSUFFICIENT_DATA(c))", ("a", "b", "c")),
        ('ALARM("two words (and brackets)")', ("two words (and brackets)",)),
        (r'ALARM("a \"quoted\" name")', ('a "quoted" name',)),
        (f'ALARM("{PREFIX}by arn")', ("by arn",)),
        (f"ALARM({PREFIX}bare)", ("bare",)),
        ("AT_LEAST(2, ALARM, (a, b, c))", ("a", "b", "c")),
        ("AT_LEAST(50%, OK, (a, b))", ("a", "b")),
        ("TRUE", ()),
        ("", ()),
        ("ALARM(a) OR ALARM(a)", ("a",)),
        ('ALARM("OK")', ("OK",)),
    ],
)
def test_a_rule_names_its_children(rule: str, names: tuple[str, ...]) -> None:
    """Quoted or not, by name or by ARN, each once."""
    assert children_of(rule) == names
