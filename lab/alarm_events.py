"""The exact EventBridge shape of an alarm's state change.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Alarm = dict[str, Any]


@dataclass(frozen=True, slots=True)
class State:
    """A state as the event carries it."""

    value: str
    reason: str
    reason_data: str
    at: datetime

    def to_event(self) -> dict[str, str]:
        """Return the JSON form; a state that was never evaluated has no reasonData."""
        stamp = self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
        shown = {"value": self.value, "reason": self.reason, "timestamp": stamp}
        return shown | ({"reasonData": self.reason_data} if self.reason_data not in {"", "{}"} else {})


def change_event(alarm: Alarm, before: State, after: State) -> dict[str, Any]:
    """Return the PutEvents entry of one state change."""
    detail = {
        "alarmName": alarm["AlarmName"],
        "configuration": _configuration(alarm),
        "previousState": before.to_event(),
        "state": after.to_event(),
    }
    return {
        "Source": "aws.cloudwatch",
        "DetailType": "CloudWatch Alarm State Change",
        "Resources": [alarm["AlarmArn"]],
        "Detail": json.dumps(detail),
    }


def _configuration(alarm: Alarm) -> dict[str, Any]:
    described = {"description": alarm["AlarmDescription"]} if alarm.get("AlarmDescription") else {}
    if alarm.get("AlarmRule"):
        return described | {"alarmRule": alarm["AlarmRule"]}
    if alarm.get("Metrics"):
        return described | {"metrics": [_query(query) for query in alarm["Metrics"]]}
    stat = {
        "metric": _metric(alarm["Namespace"], alarm["MetricName"], alarm.get("Dimensions", [])),
        "period": int(alarm["Period"]),
        "stat": alarm.get("Statistic") or alarm["ExtendedStatistic"],
    }
    # AWS names the single metric of such an alarm with a generated id.
    return described | {"metrics": [{"id": "m1", "metricStat": stat, "returnData": True}]}


def _query(query: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": query["Id"], "returnData": query.get("ReturnData", True)}
    if query.get("Label"):
        shown["label"] = query["Label"]
    if query.get("Expression"):
        return shown | {"expression": query["Expression"]}
    stat, metric = query["MetricStat"], query["MetricStat"]["Metric"]
    named = _metric(metric["Namespace"], metric["MetricName"], metric.get("Dimensions", []))
    return shown | {"metricStat": {"metric": named, "period": int(stat["Period"]), "stat": stat["Stat"]}}


def _metric(namespace: str, name: str, dimensions: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "namespace": namespace,
        "name": name,
        "dimensions": {dimension["Name"]: dimension["Value"] for dimension in dimensions},
    }
