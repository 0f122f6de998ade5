"""AWS Health's word on AWS's own services: ours to heed, or not, and never misread."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pathmend.errors import InvalidEventError
from pathmend.signals.parse import parse
from pathmend.signals.signal import Ignored, ServiceHealthChanged
from tests.unit.signals.samples import sample

ONE = "health/ec2_one_instance.open.json"
OPEN, CLOSED = "health/elb_api_issue.open.json", "health/elb_api_issue.closed.json"


def said(name: str, **detail: object) -> ServiceHealthChanged | Ignored:
    """Return what a sample event says, with other fields in its detail."""
    event = sample(name)
    event["detail"] |= detail
    signal = parse(event)
    assert isinstance(signal, ServiceHealthChanged | Ignored)
    return signal


def test_an_open_issue_says_what_where_and_since_when() -> None:
    """AWS Health's times are those of e-mail; ours are aware UTC."""
    signal = said(OPEN)
    assert isinstance(signal, ServiceHealthChanged)
    assert (signal.service, signal.code) == ("ELASTICLOADBALANCING", "AWS_ELASTICLOADBALANCING_API_ISSUE")
    assert signal.entities == ()
    assert (signal.region, signal.open, signal.envelope.account) == ("us-east-1", True, "123456789012")
    assert signal.started_at == datetime(2026, 3, 2, 8, 51, 10, tzinfo=UTC)
    assert signal.updated_at == datetime(2026, 3, 2, 9, 4, 41, tzinfo=UTC)


def test_trouble_of_one_instance_names_it() -> None:
    """That of the whole service names nobody, whatever entities it has."""
    signal, public = said(ONE), said(ONE, eventScopeCode="PUBLIC")
    assert isinstance(signal, ServiceHealthChanged)
    assert isinstance(public, ServiceHealthChanged)
    assert (signal.entities, public.entities) == (("i-0abc0def012345678",), ())


def hit(*entities: tuple[str, str | None], **detail: object) -> tuple[str, ...]:
    """Return whom an account's own issue is about, told of these entities and their statuses."""
    named = [{"entityValue": value, "status": status} for value, status in entities]
    signal = said(ONE, affectedEntities=named, **detail)
    assert isinstance(signal, ServiceHealthChanged)
    return signal.entities


def test_of_several_entities_those_count_that_are_not_well_again() -> None:
    """Each once; when all are, and the event is still open, all of them count."""
    sick, well = ("vpn-0123456789abcdef0", None), ("tgw-attach-0123456789abcdef0", "RESOLVED")
    assert hit(sick, well, sick) == ("vpn-0123456789abcdef0",)
    assert hit(well, ("i-01234567", "UNIMPAIRED")) == ("tgw-attach-0123456789abcdef0", "i-01234567")


ARN = "arn:aws:ec2:us-east-1:123456789012:instance/i-0abc0def012345678"


def test_entities_may_be_arns() -> None:
    """AWS Health takes what the service gives."""
    assert hit((ARN, "IMPAIRED")) == (ARN,)


@pytest.mark.parametrize("other", ["UNKNOWN", "123456789012", "us-east-1a", "", "arn:aws:iam::123456789012:root"])
def test_an_entity_that_is_no_resource_stands_for_everybody(other: str) -> None:
    """AWS Health says so where the impact goes further than the resources that it names, or is unknown."""
    assert hit((ARN, "IMPAIRED"), (other, "UNKNOWN")) == ()


@pytest.mark.parametrize("detail", [{"totalPages": "2"}, {"eventScopeCode": None}, {"eventScopeCode": "NONE"}])
def test_where_only_a_part_of_the_entities_may_be_named_everybody_is_concerned(detail: dict[str, object]) -> None:
    """Each page of an event names others, and only an account's own event names them all."""
    assert hit((ARN, "IMPAIRED"), **detail) == ()


@pytest.mark.parametrize("absent", [None, []])
def test_without_entities_everybody_is_concerned(absent: object) -> None:
    """An account's own issue may be about all that the account has; pages are not always counted."""
    signal = said(ONE, affectedEntities=absent, totalPages=None)
    assert isinstance(signal, ServiceHealthChanged)
    assert signal.entities == ()
    assert hit((ARN, "IMPAIRED"), totalPages=None) == (ARN,)


def test_its_end_is_told_under_the_same_arn() -> None:
    """And later, so that the order of delivery does not matter."""
    opened, closed = said(OPEN), said(CLOSED)
    assert isinstance(opened, ServiceHealthChanged)
    assert isinstance(closed, ServiceHealthChanged)
    assert (closed.arn, closed.open) == (opened.arn, False)
    assert closed.updated_at > opened.updated_at


@pytest.mark.parametrize("absent", [None, ""])
def test_without_a_time_of_its_last_update_the_delivery_counts(absent: str | None) -> None:
    """The field is younger than the events."""
    signal = said(OPEN, lastUpdatedTime=absent)
    assert isinstance(signal, ServiceHealthChanged)
    assert signal.updated_at == signal.envelope.time


@pytest.mark.parametrize("text", ["2026-03-02T08:51:10Z", "Mon, 02 Mar 2026 08:51:10 -0000", "2026-03-02T08:51:10"])
def test_other_ways_to_write_a_time_are_read_as_utc(text: str) -> None:
    """A change of the format must not cost us an event."""
    signal = said(OPEN, startTime=text)
    assert isinstance(signal, ServiceHealthChanged)
    assert signal.started_at == datetime(2026, 3, 2, 8, 51, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("detail", "reason"),
    [
        ({"eventTypeCategory": "accountNotification"}, "is no issue"),
        ({"statusCode": "upcoming"}, "has not begun"),
        ({"affectedAccount": "999999999999"}, "is about another account"),
        ({"eventRegion": "eu-west-1"}, "is about another Region than us-east-1"),
    ],
)
def test_what_is_none_of_ours_is_ignored_with_its_reason(detail: dict[str, str], reason: str) -> None:
    """Such an event comes from a rule of a user's own, an organization's view, or as a backup."""
    signal = said(OPEN, **detail)
    assert isinstance(signal, Ignored)
    assert reason in signal.reason


@pytest.mark.parametrize("name", ["ec2_backup.open", "ec2_retirement.scheduled"])
def test_the_samples_of_others_trouble_are_ignored(name: str) -> None:
    """The backup of another Region's event, and a planned change."""
    assert isinstance(said(f"health/{name}.json"), Ignored)


def test_trouble_of_a_service_without_regions_is_ours() -> None:
    """AWS Health calls its Region "global"."""
    signal = said(OPEN, eventRegion="global", affectedAccount=None)
    assert isinstance(signal, ServiceHealthChanged)
    assert signal.region == "global"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("statusCode", "Open"),
        ("statusCode", None),
        ("startTime", "soon"),
        ("startTime", ""),
        ("startTime", "Mon, 32 Mar 2026 08:51:10 GMT"),
        ("startTime", "0001-01-01T00:00:00+14:00"),
        ("lastUpdatedTime", "later"),
        ("eventArn", 7),
        ("eventRegion", ["us-east-1"]),
    ],
)
def test_a_field_gone_wrong_is_refused_and_named(field: str, value: object) -> None:
    """A closed event that is read as open would hold everything back for days; the other way round is worse."""
    with pytest.raises(InvalidEventError, match=rf"event\.detail\.{field}"):
        said(OPEN, **{field: value})


def test_the_malformed_sample_is_refused() -> None:
    """It ends among the dead letters."""
    with pytest.raises(InvalidEventError, match=r"event\.detail\.eventArn"):
        parse(sample("health/malformed.json"))


ANYTHING: Any = st.none() | st.booleans() | st.integers() | st.text(max_size=40) | st.lists(st.text(max_size=5))


@settings(deadline=None)
@given(st.sampled_from(sorted(sample(OPEN)["detail"])), ANYTHING)
def test_anything_in_one_field_is_understood_or_refused(field: str, value: object) -> None:
    """No other error ever reaches the caller."""
    event = json.loads(json.dumps(sample(OPEN)))
    event["detail"][field] = value
    try:
        signal = parse(event)
    except InvalidEventError as error:
        assert "event.detail" in str(error)  # noqa: PT017 - either outcome is right
    else:
        assert isinstance(signal, ServiceHealthChanged | Ignored)
