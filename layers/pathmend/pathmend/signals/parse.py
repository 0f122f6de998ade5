"""Turn an EventBridge event into a signal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import cattrs
from cattrs.gen import make_dict_structure_fn, override

from pathmend.errors import InvalidEventError
from pathmend.signals.service_health import service_health
from pathmend.signals.signal import (
    AlarmChanged,
    AuditRequested,
    ComplianceChanged,
    Envelope,
    Ignored,
    Metric,
    ServiceHealthChanged,
    Signal,
)
from pathmend.signals.wire import AlarmDetailJson, AuditDetailJson, ComplianceDetailJson, EventJson, HealthDetailJson

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

LONGEST_TEXT = 2_000
"""Texts from outside (reasons, annotations) are cut here: an incident is read on a phone."""


def _converter() -> cattrs.Converter:
    converter = cattrs.Converter()
    converter.register_structure_hook(str, _text)  # before EventJson's, which takes the hooks that are there
    converter.register_structure_hook(
        EventJson, make_dict_structure_fn(EventJson, converter, detail_type=override(rename="detail-type"))
    )
    return converter


def _text(value: object, _shape: type[str]) -> str:
    """Return a text as it is; anything else is wrong, where cattrs would make an alarm called "None" of null."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


_CONVERTER = _converter()


def parse(event: object) -> Signal | ServiceHealthChanged | Ignored:
    """Return the signal that an event carries, or the reason why it carries none for us.

    Raises:
        InvalidEventError: the event is malformed; the message names the path and what was expected there.
    """
    envelope_json = _structure(event, EventJson, "event")
    kind = _KINDS.get((envelope_json.source, envelope_json.detail_type))
    if kind is None:
        return Ignored(f"{envelope_json.detail_type!r} from {envelope_json.source!r} is not an event Pathmend treats")
    return kind(envelope_json, _envelope(envelope_json))


def _structure(value: object, shape: type[T], where: str) -> T:
    try:
        return _CONVERTER.structure(value, shape)
    except (cattrs.BaseValidationError, ValueError, TypeError, KeyError, AttributeError) as exc:
        problems = "; ".join(cattrs.transform_error(exc, path=where))
        raise InvalidEventError(f"not a usable event: {problems[:LONGEST_TEXT]}") from exc


def _envelope(event: EventJson) -> Envelope:
    try:
        time = datetime.fromisoformat(event.time)
        aware = (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise InvalidEventError(f"event.time: {event.time[:80]!r} is not an ISO 8601 time") from exc
    return Envelope(event.id, event.account, event.region, _partition(event), aware)


def _partition(event: EventJson) -> str:
    """Return the ARN partition: from the alarm's ARN where there is one, else from the Region's name.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    """
    arn = next(iter(event.resources), "").split(":")
    if len(arn) > 1 and arn[0] == "arn":
        return arn[1]
    prefixes = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
    return next((name for prefix, name in prefixes.items() if event.region.startswith(prefix)), "aws")


def _alarm(event: EventJson, envelope: Envelope) -> AlarmChanged:
    detail = _structure(event.detail, AlarmDetailJson, "event.detail")
    name = detail.alarmName
    arn = next(
        iter(event.resources),
        f"arn:{envelope.partition}:cloudwatch:{envelope.region}:{envelope.account}:alarm:{name}",
    )
    stats = (row.metricStat for row in detail.configuration.metrics if row.metricStat)
    metrics = tuple(
        Metric(s.metric.namespace, s.metric.name, tuple(sorted(s.metric.dimensions.items())), s.period) for s in stats
    )
    return AlarmChanged(
        envelope=envelope,
        alarm_arn=arn,
        alarm_name=name,
        state=detail.state.value,
        reason=(detail.state.reason or "")[:LONGEST_TEXT],
        metrics=metrics,
        alarm_rule=detail.configuration.alarmRule,
        quiet=_quiet(detail),
    )


def _quiet(detail: AlarmDetailJson) -> str | None:
    if detail.muteDetail:
        return f"the alarm is muted by {detail.muteDetail.mutedByArn}"
    if detail.state.actionsSuppressedBy:
        why = detail.state.actionsSuppressedReason or "no reason given"
        return f"the alarm's actions are suppressed by {detail.state.actionsSuppressedBy}: {why[:LONGEST_TEXT]}"
    return None


def _compliance(event: EventJson, envelope: Envelope) -> ComplianceChanged:
    detail = _structure(event.detail, ComplianceDetailJson, "event.detail")
    result = detail.newEvaluationResult
    return ComplianceChanged(
        envelope=envelope,
        rule_name=detail.configRuleName,
        resource_type=detail.resourceType,
        resource_id=detail.resourceId,
        compliance=result.complianceType,
        annotation=(result.annotation or "")[:LONGEST_TEXT],
    )


def _audit(event: EventJson, envelope: Envelope) -> AuditRequested:
    detail = _structure(event.detail, AuditDetailJson, "event.detail")
    return AuditRequested(envelope, detail.loadBalancerArn)


def _service_health(event: EventJson, envelope: Envelope) -> ServiceHealthChanged | Ignored:
    return service_health(_structure(event.detail, HealthDetailJson, "event.detail"), envelope)


_KINDS: Mapping[tuple[str, str], Callable[[EventJson, Envelope], Signal | ServiceHealthChanged | Ignored]] = {
    ("aws.cloudwatch", "CloudWatch Alarm State Change"): _alarm,
    ("aws.config", "Config Rules Compliance Change"): _compliance,
    ("aws.health", "AWS Health Event"): _service_health,
    ("pathmend", "Load Balancer Audit Requested"): _audit,
}
