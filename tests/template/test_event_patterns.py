"""Every event pattern of the template against every sample event, and against near misses."""

from copy import deepcopy
from typing import Any

import pytest

from tests.template.application import EVENTS, rules, sample
from tests.template.patterns import matches

TAKEN_BY = {
    "cloudwatch/china.alarm.json": "MetricAlarm",
    "cloudwatch/composite.alarm.json": "CompositeAlarm",
    "cloudwatch/elb_504.alarm.json": "MetricAlarm",
    "cloudwatch/elb_5xx.alarm.json": "MetricAlarm",
    "cloudwatch/malformed.json": "MetricAlarm",
    "cloudwatch/metric_math.alarm.json": "MetricMathAlarm",
    "cloudwatch/missing_dimensions.alarm.json": "MetricAlarm",
    "cloudwatch/muted.alarm.json": "MetricAlarm",
    "cloudwatch/suppressed.alarm.json": "CompositeAlarm",
    "cloudwatch/target_5xx.alarm.json": "MetricAlarm",
    "cloudwatch/target_connection_errors.alarm.json": "MetricAlarm",
    "cloudwatch/unhealthy_hosts.alarm.json": "MetricAlarm",
    "cloudwatch/unhealthy_hosts.ok.json": "MetricAlarm",
    "cloudwatch/unrelated.alarm.json": None,
    "config/alb_subnet_check.compliant.json": "ConfigCompliance",
    "config/alb_subnet_check.noncompliant.json": "ConfigCompliance",
    "config/malformed.json": "ConfigCompliance",
    "config/managed_rule.noncompliant.json": "ConfigCompliance",
    "health/ec2_backup.open.json": "ServiceHealth",
    "health/ec2_one_instance.open.json": "ServiceHealth",
    "health/ec2_retirement.scheduled.json": None,
    "health/elb_api_issue.closed.json": "ServiceHealth",
    "health/elb_api_issue.open.json": "ServiceHealth",
    "health/malformed.json": "ServiceHealth",
    "http/get_page.json": None,
    "http/post_decision.json": None,
    "pathmend/audit_requested.json": "AuditRequest",
}

NEAR_MISSES: tuple[tuple[str, str, Any], ...] = (
    ("cloudwatch/unhealthy_hosts.alarm.json", "source", "aws.cloudwatch.copy"),
    ("cloudwatch/unhealthy_hosts.alarm.json", "detail-type", "CloudWatch Alarm Configuration Change"),
    ("cloudwatch/unhealthy_hosts.alarm.json", "detail.state.value", "INSUFFICIENT_DATA"),
    ("cloudwatch/unhealthy_hosts.alarm.json", "detail.configuration.metrics.0.metricStat.metric.namespace", "AWS/ELB"),
    (
        "cloudwatch/unhealthy_hosts.alarm.json",
        "detail.configuration.metrics.0.metricStat.metric.name",
        "HealthyHostCount",
    ),
    ("cloudwatch/unhealthy_hosts.alarm.json", "detail.configuration.metrics", []),
    ("cloudwatch/metric_math.alarm.json", "detail.state.value", "INSUFFICIENT_DATA"),
    ("cloudwatch/composite.alarm.json", "detail.state.value", "INSUFFICIENT_DATA"),
    ("cloudwatch/composite.alarm.json", "detail.configuration", {"description": "neither rule nor metrics"}),
    ("config/alb_subnet_check.noncompliant.json", "detail.messageType", "ConfigurationItemChangeNotification"),
    ("config/alb_subnet_check.noncompliant.json", "detail.resourceType", "AWS::S3::Bucket"),
    ("config/alb_subnet_check.noncompliant.json", "detail.newEvaluationResult.complianceType", "NOT_APPLICABLE"),
    ("health/elb_api_issue.open.json", "source", "aws.health.copy"),
    ("health/elb_api_issue.open.json", "detail-type", "AWS Health Abuse Event"),
    ("health/elb_api_issue.open.json", "detail.eventTypeCategory", "accountNotification"),
    ("health/elb_api_issue.open.json", "detail.eventTypeCategory", "investigation"),
    ("health/elb_api_issue.open.json", "detail.statusCode", "upcoming"),
    ("health/ec2_retirement.scheduled.json", "detail.statusCode", "open"),
    ("pathmend/audit_requested.json", "source", "somebody"),
    ("pathmend/audit_requested.json", "detail-type", "Load Balancer Audit Finished"),
)


def takers(event: Any) -> list[str]:
    """Name the rules that take an event."""
    return [name for name, rule in rules().items() if matches(rule["Pattern"], event)]


def changed(event: Any, path: str, value: Any) -> Any:
    """Return a copy of an event with one place (dots between names and indices) set to a value."""
    copy = deepcopy(event)
    *way, last = path.split(".")
    place = copy
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    place[last] = value
    return copy


def test_the_table_names_every_sample_event() -> None:
    """The table names every sample event."""
    assert set(TAKEN_BY) == {str(path.relative_to(EVENTS)) for path in EVENTS.rglob("*.json")}


@pytest.mark.parametrize(("path", "rule"), TAKEN_BY.items())
def test_an_event_is_taken_by_its_rule_and_no_other(path: str, rule: str | None) -> None:
    """An event is taken by its rule and no other."""
    assert takers(sample(path)) == ([rule] if rule else [])


@pytest.mark.parametrize(("path", "field", "value"), NEAR_MISSES)
def test_a_near_miss_is_left_alone(path: str, field: str, value: Any) -> None:
    """A near miss is left alone."""
    assert takers(changed(sample(path), field, value)) == []


@pytest.mark.parametrize("rule", ["MetricAlarm", "MetricMathAlarm", "CompositeAlarm"])
def test_every_alarm_rule_also_takes_the_recovery(rule: str) -> None:
    """Every alarm rule also takes the recovery."""
    taken = next(path for path, by in TAKEN_BY.items() if by == rule)
    assert takers(changed(sample(taken), "detail.state.value", "OK")) == [rule]


def test_a_metric_and_its_namespace_must_be_in_one_element() -> None:
    """Fields of two elements of an array never add up to a match, as in EventBridge's own matcher."""
    event = sample("cloudwatch/unrelated.alarm.json")
    other = sample("cloudwatch/unhealthy_hosts.alarm.json")["detail"]["configuration"]["metrics"][0]
    other["metricStat"]["metric"]["namespace"] = "Custom"
    event["detail"]["configuration"]["metrics"] += [other]
    event["detail"]["configuration"]["metrics"][0]["metricStat"]["metric"]["namespace"] = "AWS/ApplicationELB"
    assert takers(event) == []


def test_the_matcher_refuses_an_operator_that_it_does_not_know() -> None:
    """The matcher refuses an operator that it does not know."""
    with pytest.raises(NotImplementedError, match="prefix"):
        matches({"source": [{"prefix": "aws."}]}, {"source": "aws.ec2"})


def test_the_matcher_refuses_a_leaf_that_is_no_list() -> None:
    """The matcher refuses a leaf that is no list."""
    with pytest.raises(TypeError, match="source"):
        matches({"source": "aws.ec2"}, {"source": "aws.ec2"})
