"""The shapes that EventBridge delivers, as far as we read them; unknown keys are ignored.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html and
https://docs.aws.amazon.com/config/latest/developerguide/monitor-config-with-cloudwatchevents.html and
https://docs.aws.amazon.com/health/latest/ug/aws-health-events-eventbridge-schema.html
"""

from __future__ import annotations

from typing import Any

from attrs import Factory, frozen

from pathmend.signals.signal import AlarmState, Compliance


@frozen
class EventJson:
    """The envelope common to every event; `detail_type` is `detail-type` on the wire."""

    id: str
    source: str
    account: str
    region: str
    time: str
    detail_type: str
    detail: dict[str, Any]
    resources: list[str] = Factory(list)


@frozen
class MetricJson:
    """A metric of `metricStat`."""

    namespace: str
    name: str
    dimensions: dict[str, str] = Factory(dict)


@frozen
class MetricStatJson:
    """`metricStat`: a metric with its period."""

    metric: MetricJson
    period: int = 60


@frozen
class MetricQueryJson:
    """One row of `configuration.metrics`: a metric, or an expression over others."""

    id: str = ""
    metricStat: MetricStatJson | None = None
    expression: str | None = None


@frozen
class ConfigurationJson:
    """`configuration` of an alarm; metrics for a metric alarm, alarmRule for a composite one."""

    metrics: list[MetricQueryJson] = Factory(list)
    alarmRule: str | None = None


@frozen
class StateJson:
    """`state` of an alarm."""

    value: AlarmState
    reason: str | None = None
    actionsSuppressedBy: str | None = None
    actionsSuppressedReason: str | None = None


@frozen
class MuteJson:
    """`muteDetail` of an alarm inside a mute window."""

    mutedByArn: str = "an alarm mute rule"


@frozen
class AlarmDetailJson:
    """`detail` of a CloudWatch Alarm State Change."""

    alarmName: str
    state: StateJson
    configuration: ConfigurationJson = Factory(ConfigurationJson)
    muteDetail: MuteJson | None = None


@frozen
class EvaluationJson:
    """`newEvaluationResult` of a compliance change."""

    complianceType: Compliance
    annotation: str | None = None


@frozen
class ComplianceDetailJson:
    """`detail` of a Config Rules Compliance Change."""

    configRuleName: str
    resourceType: str
    resourceId: str
    newEvaluationResult: EvaluationJson


@frozen
class AuditDetailJson:
    """`detail` of Pathmend's own audit request."""

    loadBalancerArn: str


@frozen
class HealthEntityJson:
    """One of `affectedEntities` of an AWS Health Event."""

    entityValue: str
    status: str | None = None


@frozen
class HealthDetailJson:
    """`detail` of an AWS Health Event; its times are those of e-mail ("Fri, 27 Jan 2023 06:02:51 GMT")."""

    eventArn: str
    service: str
    eventTypeCode: str
    eventTypeCategory: str
    statusCode: str
    eventRegion: str
    startTime: str
    lastUpdatedTime: str | None = None
    affectedAccount: str | None = None
    eventScopeCode: str | None = None
    affectedEntities: list[HealthEntityJson] | None = None
    totalPages: str | None = None
