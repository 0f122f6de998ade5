"""What is no event, or not the one it claims to be, is refused with the name of the place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pathmend.errors import InvalidEventError
from pathmend.signals.parse import LONGEST_TEXT, parse
from pathmend.signals.signal import (
    AlarmChanged,
    ComplianceChanged,
    Ignored,
)
from tests.unit.signals.samples import EVENTS, alarm, changed, sample


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
