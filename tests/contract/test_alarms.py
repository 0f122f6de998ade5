"""What every reader of alarms does; and how the one on AWS reads composite ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

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


def a_composite(name: str, rule: str) -> dict[str, Any]:
    """Return a composite alarm in AWS's shape."""
    return {"AlarmArn": f"{PREFIX}{name}", "AlarmName": name, "AlarmRule": rule, "StateValue": "ALARM"}


def the_described(clients: Clients) -> list[dict[str, Any]]:
    """Return the metric alarms as moto describes them."""
    put_alarms(clients.cloudwatch)
    described: list[Any] = clients.cloudwatch.describe_alarms(AlarmNames=["hosts", "zones"])["MetricAlarms"]
    return described


def asked(*names: str) -> dict[str, Any]:
    """Return the parameters of the call for these alarms."""
    return {"AlarmNames": list(names), "AlarmTypes": ["CompositeAlarm", "MetricAlarm"], "MaxRecords": 100}


def test_a_composite_alarm_has_the_window_and_dimensions_of_its_children(clients: Clients) -> None:
    """Over two generations, by name and by ARN, one call each; moto has no composite alarms."""
    hosts, zones = the_described(clients)
    inner = a_composite("inner", f"ALARM({PREFIX}zones) OR FALSE")
    outer = a_composite("outer", 'ALARM("hosts") AND NOT OK(inner)')
    with Stubber(clients.cloudwatch) as stub:
        stub.add_response("describe_alarms", {"CompositeAlarms": [outer]}, asked("outer"))
        second = {"CompositeAlarms": [inner], "MetricAlarms": [hosts]}
        stub.add_response("describe_alarms", second, asked("hosts", "inner"))
        stub.add_response("describe_alarms", {"MetricAlarms": [zones]}, asked("zones"))
        found = CloudWatchAlarms(clients.cloudwatch).status([str(outer["AlarmArn"])])
        stub.assert_no_pending_responses()
    dimensions = tuple(sorted({*HOSTS.dimensions, *MATH.dimensions}))
    assert found == (AlarmStatus(f"{PREFIX}outer", "outer", AlarmState.ALARM, 600, dimensions),)


def test_composite_alarms_in_a_circle_end(clients: Clients) -> None:
    """AWS allows the circle; what is left is a default window."""
    first, second = a_composite("first", "ALARM(second)"), a_composite("second", "ALARM(first) OR ALARM(gone)")
    with Stubber(clients.cloudwatch) as stub:
        for alarms, names in (([first], ["first"]), ([second], ["second"]), ([], ["gone"])):
            stub.add_response("describe_alarms", {"CompositeAlarms": alarms}, asked(*names))
        found = CloudWatchAlarms(clients.cloudwatch).status([f"{PREFIX}first"])
    assert found == (AlarmStatus(f"{PREFIX}first", "first", AlarmState.ALARM, 60),)


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
