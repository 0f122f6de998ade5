"""What EventBridge delivers becomes a signal, or a reason to leave it alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pathmend.signals.parse import parse
from pathmend.signals.signal import (
    AlarmChanged,
    AlarmState,
    AuditRequested,
    Compliance,
    ComplianceChanged,
    Ignored,
    Metric,
)
from tests.unit.signals.samples import alarm, changed, sample

BALANCER = ("LoadBalancer", "app/WebApp-ALB/50dc6c495c0c9188")


GROUP = ("TargetGroup", "targetgroup/WebApp-TG/73e2d6bc24d8a067")


def compliance(name: str) -> ComplianceChanged:
    """Return the compliance change that a sample event carries."""
    signal = parse(sample(f"config/{name}.json"))
    assert isinstance(signal, ComplianceChanged)
    return signal


def test_an_alarm_names_its_metric_and_the_load_balancer() -> None:
    """All that a diagnosis starts from is in the signal."""
    signal = alarm("unhealthy_hosts.alarm")
    assert (signal.alarm_name, signal.state) == ("WebApp-UnhealthyHostCount", AlarmState.ALARM)
    assert signal.alarm_arn == "arn:aws:cloudwatch:us-east-1:123456789012:alarm:WebApp-UnhealthyHostCount"
    assert signal.metrics == (Metric("AWS/ApplicationELB", "UnHealthyHostCount", (BALANCER, GROUP), 60),)
    assert signal.metrics[0].dimension("LoadBalancer") == "app/WebApp-ALB/50dc6c495c0c9188"
    assert signal.metrics[0].dimension("AvailabilityZone") is None
    assert signal.reason.startswith("Threshold Crossed")
    assert (signal.quiet, signal.alarm_rule) == (None, None)


def test_the_envelope_says_where_and_when() -> None:
    """The id is EventBridge's own, and the time is aware UTC."""
    envelope = alarm("unhealthy_hosts.alarm").envelope
    assert (envelope.id, envelope.account) == ("844747e2-8842-5236-8bc6-868b0f51bbc3", "123456789012")
    assert (envelope.region, envelope.partition) == ("us-east-1", "aws")
    assert envelope.time == datetime(2026, 3, 2, 9, 17, 8, tzinfo=UTC)


def test_a_recovery_is_the_same_alarm_in_another_state() -> None:
    """OK joins the incident of ALARM by the alarm's ARN."""
    recovered = alarm("unhealthy_hosts.ok")
    assert recovered.state is AlarmState.OK
    assert recovered.alarm_arn == alarm("unhealthy_hosts.alarm").alarm_arn


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("elb_5xx.alarm", "HTTPCode_ELB_5XX_Count"),
        ("elb_504.alarm", "HTTPCode_ELB_504_Count"),
        ("target_5xx.alarm", "HTTPCode_Target_5XX_Count"),
        ("target_connection_errors.alarm", "TargetConnectionErrorCount"),
        ("missing_dimensions.alarm", "UnHealthyHostCount"),
        ("unrelated.alarm", "ApproximateAgeOfOldestMessage"),
    ],
)
def test_every_alarm_names_its_metric(name: str, metric: str) -> None:
    """What the alarm watches decides how it is diagnosed, ours or not."""
    assert [one.name for one in alarm(name).metrics] == [metric]


def test_an_alarm_without_dimensions_names_no_load_balancer() -> None:
    """A metric of nothing is well-formed, and says so by having no dimension."""
    assert alarm("missing_dimensions.alarm").metrics[0].dimensions == ()


def test_metric_math_names_every_metric_under_the_expression() -> None:
    """Rows that are expressions carry no metric of their own."""
    zones = [metric.dimension("AvailabilityZone") for metric in alarm("metric_math.alarm").metrics]
    assert zones == ["us-east-1a", "us-east-1b", "us-east-1c"]


def test_a_composite_alarm_names_its_rule_and_no_metric() -> None:
    """Its children are read from the rule."""
    signal = alarm("composite.alarm")
    assert signal.metrics == ()
    assert signal.alarm_rule == 'ALARM("WebApp-UnhealthyHostCount") OR ALARM("WebApp-ELB-5XX")'
    assert signal.quiet is None


def test_a_muted_alarm_says_who_muted_it() -> None:
    """EventBridge is no alarm action, so muting has to be honoured here."""
    quiet = alarm("muted.alarm").quiet
    mute = sample("cloudwatch/muted.alarm.json")["detail"]["muteDetail"]["mutedByArn"]
    assert quiet == f"the alarm is muted by {mute}"


def test_a_suppressed_alarm_says_by_what_and_why() -> None:
    """The suppressor's own words reach the person who reads the report."""
    state = sample("cloudwatch/suppressed.alarm.json")["detail"]["state"]
    expected = (
        f"the alarm's actions are suppressed by {state['actionsSuppressedBy']}: {state['actionsSuppressedReason']}"
    )
    assert alarm("suppressed.alarm").quiet == expected


def test_a_suppression_may_come_without_a_reason() -> None:
    """The absence of a reason is said, and the alarm stays quiet."""
    event = sample("cloudwatch/suppressed.alarm.json")
    del event["detail"]["state"]["actionsSuppressedReason"]
    signal = parse(event)
    assert isinstance(signal, AlarmChanged)
    assert signal.quiet is not None
    assert signal.quiet.endswith("no reason given")


def test_a_mute_detail_without_an_arn_is_quiet_all_the_same() -> None:
    """Whoever muted it, it is muted."""
    event = sample("cloudwatch/muted.alarm.json")
    event["detail"]["muteDetail"] = {"muteWindowStart": "2026-03-02T09:00:00Z"}
    signal = parse(event)
    assert isinstance(signal, AlarmChanged)
    assert signal.quiet == "the alarm is muted by an alarm mute rule"


def test_the_workshops_config_rule_names_the_load_balancer() -> None:
    """The resource of the evaluation is what is diagnosed."""
    signal = compliance("alb_subnet_check.noncompliant")
    event = sample("config/alb_subnet_check.noncompliant.json")
    assert signal.resource_type == "AWS::ElasticLoadBalancingV2::LoadBalancer"
    assert signal.resource_id == event["detail"]["resourceId"]
    assert signal.rule_name == event["detail"]["configRuleName"]
    assert signal.compliance is Compliance.NON_COMPLIANT
    assert signal.annotation == event["detail"]["newEvaluationResult"].get("annotation", "")
    assert signal.envelope.partition == "aws"


def test_a_rule_that_is_content_again_is_compliant() -> None:
    """A recovery is a signal too."""
    assert compliance("alb_subnet_check.compliant").compliance is Compliance.COMPLIANT


def test_a_managed_rule_need_not_have_an_old_result_or_an_annotation() -> None:
    """The first evaluation of a resource has nothing to compare with."""
    signal = compliance("managed_rule.noncompliant")
    assert (signal.resource_type, signal.annotation) == ("AWS::EC2::NetworkAcl", "")


def test_an_audit_request_names_the_load_balancer() -> None:
    """The schedule asks by ARN."""
    signal = parse(sample("pathmend/audit_requested.json"))
    assert isinstance(signal, AuditRequested)
    assert signal.load_balancer_arn.endswith(":loadbalancer/app/WebApp-ALB/50dc6c495c0c9188")


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("aws.cloudwatch", "CloudWatch Alarm Configuration Change"),
        ("aws.cloudwatch", "CloudWatch Alarm Contributor State Change"),
        ("aws.config", "Config Configuration Item Change"),
        ("somebody.else", "CloudWatch Alarm State Change"),
    ],
)
def test_an_event_of_another_kind_is_ignored_with_the_reason(source: str, kind: str) -> None:
    """A well-formed event that is not ours is no error."""
    ignored = parse(sample("cloudwatch/elb_504.alarm.json") | {"source": source, "detail-type": kind})
    assert ignored == Ignored(f"{kind!r} from {source!r} is not an event Pathmend treats")


@pytest.mark.parametrize(
    ("fields", "partition"),
    [
        ({"region": "cn-north-1", "resources": []}, "aws-cn"),
        ({"region": "us-gov-west-1", "resources": []}, "aws-us-gov"),
        ({"region": "eu-central-1", "resources": []}, "aws"),
        ({"region": "us-gov-east-1", "resources": ["arn:aws-us-gov:cloudwatch:us-gov-east-1:1:alarm:x"]}, "aws-us-gov"),
        ({"region": "cn-north-1", "resources": ["no ARN"]}, "aws-cn"),
    ],
)
def test_the_partition_comes_from_the_arn_or_the_region(fields: dict[str, object], partition: str) -> None:
    """ARNs made later lie in the event's own partition."""
    signal = parse(changed("cloudwatch/elb_504.alarm.json", **fields))
    assert isinstance(signal, AlarmChanged)
    assert signal.envelope.partition == partition


def test_an_alarm_in_china_keeps_its_partition() -> None:
    """The sample of aws-cn is of aws-cn."""
    assert alarm("china.alarm").envelope.partition == "aws-cn"


def test_an_alarm_without_resources_gets_the_arn_that_it_must_have() -> None:
    """An alarm's ARN follows from its name, account and Region."""
    signal = parse(changed("cloudwatch/china.alarm.json", resources=[]))
    assert isinstance(signal, AlarmChanged)
    assert signal.alarm_arn == "arn:aws-cn:cloudwatch:cn-north-1:123456789012:alarm:WebApp-UnhealthyHostCount"


def test_a_time_without_zone_is_utc_and_any_other_is_turned_into_it() -> None:
    """Times are compared, so they are of one zone."""
    for text in ("2026-03-02T09:17:08", "2026-03-02T11:17:08+02:00"):
        signal = parse(changed("cloudwatch/elb_504.alarm.json", time=text))
        assert isinstance(signal, AlarmChanged)
        assert signal.envelope.time == datetime(2026, 3, 2, 9, 17, 8, tzinfo=UTC)
