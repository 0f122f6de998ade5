"""What EventBridge delivers becomes a signal, a reason to leave it alone, or an error that names the place."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pathmend.errors import InvalidEventError
from pathmend.signals.parse import LONGEST_TEXT, parse
from pathmend.signals.signal import (
    AlarmChanged,
    AlarmState,
    AuditRequested,
    Compliance,
    ComplianceChanged,
    Ignored,
    Metric,
)

EVENTS = Path(__file__).parents[3] / "events"
BALANCER = ("LoadBalancer", "app/WebApp-ALB/50dc6c495c0c9188")
GROUP = ("TargetGroup", "targetgroup/WebApp-TG/73e2d6bc24d8a067")


def sample(name: str) -> Any:
    """Return a sample event."""
    return json.loads((EVENTS / name).read_text())


def alarm(name: str) -> AlarmChanged:
    """Return the alarm that a sample event carries."""
    signal = parse(sample(f"cloudwatch/{name}.json"))
    assert isinstance(signal, AlarmChanged)
    return signal


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


def changed(name: str, **fields: object) -> Any:
    """Return a sample event with other fields in its envelope."""
    return sample(name) | fields


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


@pytest.mark.parametrize("text", ["yesterday", "", "0001-01-01T00:00:00+14:00", "9" * 1000])
def test_a_time_that_is_none_is_named(text: str) -> None:
    """A moment before the calendar begins is as bad as a word."""
    with pytest.raises(InvalidEventError, match=r"event\.time: .* is not an ISO 8601 time") as raised:
        parse(changed("cloudwatch/elb_504.alarm.json", time=text))
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize("name", ["cloudwatch/malformed.json", "config/malformed.json"])
def test_a_malformed_sample_is_refused(name: str) -> None:
    """What a rule lets in and no service would say ends as an error that a retry cannot cure."""
    with pytest.raises(InvalidEventError, match=r"event\.detail"):
        parse(sample(name))


def test_a_malformed_alarm_names_each_place() -> None:
    """The dimensions and the period are both wrong, and both are named."""
    with pytest.raises(InvalidEventError) as raised:
        parse(sample("cloudwatch/malformed.json"))
    metric = "event.detail.configuration.metrics[0].metricStat"
    assert f"{metric}.metric.dimensions" in str(raised.value)
    assert f"{metric}.period" in str(raised.value)


@pytest.mark.parametrize("event", [None, [], "text", 7, {}, {"detail": {}}, (EVENTS / "cloudwatch/not_json.txt")])
def test_what_is_no_event_at_all_is_refused(event: object) -> None:
    """Anything may arrive at a function."""
    with pytest.raises(InvalidEventError, match="not a usable event"):
        parse(event)


@pytest.mark.parametrize("key", ["id", "source", "account", "region", "time", "detail-type", "detail", "resources"])
def test_null_in_the_envelope_is_refused_and_named(key: str) -> None:
    """Null is not a text called None."""
    with pytest.raises(InvalidEventError, match=f"event.*{key.replace('-', '.')}"):
        parse(changed("cloudwatch/elb_504.alarm.json", **{key: None}))


@pytest.mark.parametrize("value", [None, 7, ["WebApp"], {"name": "WebApp"}])
def test_an_alarm_name_that_is_no_text_is_refused(value: object) -> None:
    """An alarm called None would become an incident about nothing."""
    event = sample("cloudwatch/elb_504.alarm.json")
    event["detail"]["alarmName"] = value
    with pytest.raises(InvalidEventError, match=r"event\.detail\.alarmName"):
        parse(event)


def test_nulls_where_aws_leaves_things_out_are_absence() -> None:
    """An optional field that is null is as good as none."""
    event = sample("cloudwatch/elb_504.alarm.json")
    event["detail"]["muteDetail"] = None
    event["detail"]["configuration"]["alarmRule"] = None
    event["detail"]["state"] |= {"reason": None, "actionsSuppressedBy": None, "actionsSuppressedReason": None}
    signal = parse(event)
    assert isinstance(signal, AlarmChanged)
    assert (signal.reason, signal.quiet, signal.alarm_rule) == ("", None, None)


def test_unknown_keys_change_nothing() -> None:
    """AWS adds fields when it likes."""
    event = sample("cloudwatch/elb_504.alarm.json")
    event |= {"new": 1}
    event["detail"] |= {"new": {"deep": []}}
    event["detail"]["state"] |= {"new": None}
    event["detail"]["configuration"]["metrics"][0]["metricStat"]["new"] = "x"
    assert parse(event) == alarm("elb_504.alarm")


def test_a_megabyte_of_text_is_cut() -> None:
    """A description is not kept, and a reason is cut to what a person reads."""
    event = sample("cloudwatch/elb_504.alarm.json")
    event["detail"]["configuration"]["description"] = "d" * 1_000_000
    event["detail"]["state"]["reason"] = "r" * 1_000_000
    signal = parse(event)
    assert isinstance(signal, AlarmChanged)
    assert signal.reason == "r" * LONGEST_TEXT
    assert len(repr(signal)) < 2 * LONGEST_TEXT


def test_a_megabyte_in_the_wrong_place_makes_no_megabyte_of_error() -> None:
    """The message of an error is read by people and kept in a queue."""
    event = sample("cloudwatch/elb_504.alarm.json")
    event["detail"]["state"]["value"] = "x" * 1_000_000
    with pytest.raises(InvalidEventError) as raised:
        parse(event)
    assert len(str(raised.value)) < LONGEST_TEXT + 100


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=None)
@given(JSON)
@example({"detail": float("inf")})
def test_no_json_brings_another_error(event: object) -> None:
    """Whatever arrives, the caller has one class to catch."""
    with pytest.raises(InvalidEventError):
        parse(event)


def _paths(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    children: list[tuple[object, object]] = []
    if isinstance(value, dict):
        children = list(value.items())
    elif isinstance(value, list):
        children = list(enumerate(value))
    return [path, *(one for key, child in children for one in _paths(child, (*path, key)))][1 if path == () else 0 :]


SAMPLES = [sample(f"{name}.json") for name in ("cloudwatch/muted.alarm", "config/alb_subnet_check.noncompliant")]
PLACES = [(event, path) for event in SAMPLES for path in _paths(event)]


@settings(deadline=None)
@given(st.sampled_from(PLACES), JSON)
def test_a_good_event_with_anything_in_one_place_is_understood_or_refused(
    place: tuple[Any, tuple[Any, ...]], value: object
) -> None:
    """One field gone wrong is the malformed event that really comes."""
    event, path = place
    broken = json.loads(json.dumps(event))
    holder = broken
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    try:
        signal = parse(broken)
    except InvalidEventError as error:
        assert "event" in str(error)  # noqa: PT017 - either outcome is right
    else:
        assert isinstance(signal, AlarmChanged | ComplianceChanged | Ignored)
