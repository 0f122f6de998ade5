"""The signals: what an event says, stripped of how it was delivered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime


class AlarmState(Enum):
    """The three states of a CloudWatch alarm."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class Compliance(Enum):
    """The compliance types of an AWS Config evaluation."""

    COMPLIANT = "COMPLIANT"
    NON_COMPLIANT = "NON_COMPLIANT"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


@dataclass(frozen=True, slots=True)
class Envelope:
    """Where and when an event happened; `id` is EventBridge's, the same for every delivery of the event."""

    id: str
    account: str
    region: str
    partition: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric that an alarm watches; dimensions as sorted pairs."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    period_seconds: int = 60

    def dimension(self, name: str) -> str | None:
        """Return the value of the dimension, or None."""
        return dict(self.dimensions).get(name)


@dataclass(frozen=True, slots=True)
class AlarmChanged:
    """A CloudWatch alarm changed its state.

    `metrics` is empty for a composite alarm, whose children `alarm_rule` names. `quiet` says why the alarm's own
    actions are held back (muted, suppressed), None when they are not: EventBridge delivers the event all the same.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
    """

    envelope: Envelope
    alarm_arn: str
    alarm_name: str
    state: AlarmState
    reason: str
    metrics: tuple[Metric, ...] = ()
    alarm_rule: str | None = None
    quiet: str | None = None


@dataclass(frozen=True, slots=True)
class ComplianceChanged:
    """An AWS Config rule changed its mind about a resource.

    Source: https://docs.aws.amazon.com/config/latest/developerguide/monitor-config-with-cloudwatchevents.html
    """

    envelope: Envelope
    rule_name: str
    resource_type: str
    resource_id: str
    compliance: Compliance
    annotation: str = ""


@dataclass(frozen=True, slots=True)
class AuditRequested:
    """Somebody, or the schedule, asks for a diagnosis of a load balancer that has no alarm."""

    envelope: Envelope
    load_balancer_arn: str


@dataclass(frozen=True, slots=True)
class ServiceHealthChanged:
    """AWS Health opened, updated or closed an event of the category "issue" about one of AWS's own services.

    It is about no load balancer of ours, and so no Signal: it says whether repairs are safe at all. `service` and
    `code` are as AWS Health spells them, `region` is where the trouble is ("global" for services without Regions),
    `updated_at` tells an older word about the same `arn` from a newer one. `entities` are the only resources that it is
    about, as ids or ARNs; where there are none, it may be about all of the service.

    Source: https://docs.aws.amazon.com/health/latest/ug/aws-health-events-eventbridge-schema.html
    """

    envelope: Envelope
    arn: str
    service: str
    code: str
    region: str
    started_at: datetime
    updated_at: datetime
    open: bool
    entities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ignored:
    """An event that is well-formed and none of ours, with the sentence that says why."""

    reason: str


Signal: TypeAlias = AlarmChanged | ComplianceChanged | AuditRequested
