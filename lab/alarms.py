"""The lab's alarm evaluator: CloudWatch's documented evaluation over the metrics that moto stores."""

from __future__ import annotations

import json
import operator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lab.alarm_events import Alarm, State, change_event
from lab.composites import Rule
from lab.expressions import Evaluator, Series

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# A period is judged this long after its end, so that its last data points have arrived.
SETTLE_SECONDS = 1.2
_BREACHES: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


def judge(alarm: Alarm, values: list[float | None]) -> str:
    """Return the state that `values` (one per period, oldest first, None where missing) mean for `alarm`.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
    """
    treatment = alarm.get("TreatMissingData") or "missing"
    present = [value for value in values if value is not None]
    if not present and treatment == "ignore":
        return str(alarm["StateValue"])
    if not present and treatment == "missing":
        return "INSUFFICIENT_DATA"
    breaches = _BREACHES[alarm["ComparisonOperator"]]
    bad = sum(breaches(value, float(alarm["Threshold"])) for value in present)
    if treatment == "breaching":
        bad += len(values) - len(present)
    needed = int(alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"])
    return "ALARM" if bad >= needed else "OK"


class AlarmEvaluator:
    """Evaluates every alarm once per `tick`; tells CloudWatch and the event bus what changed."""

    def __init__(self, cloudwatch: Any, put_event: Callable[[dict[str, Any]], None]) -> None:  # noqa: ANN401 - boto3
        self._cloudwatch = cloudwatch
        self._put_event = put_event
        self._judged: dict[str, float] = {}

    def tick(self, now: float) -> None:
        """Evaluate all alarms whose period has ended; composite ones from the states of their children."""
        found = self._cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        states = {alarm["AlarmName"]: alarm["StateValue"] for alarm in found["MetricAlarms"] + found["CompositeAlarms"]}
        for alarm in found["MetricAlarms"]:
            states[alarm["AlarmName"]] = self._measure(alarm, now)
        for alarm in found["CompositeAlarms"]:
            states[alarm["AlarmName"]] = self._compose(alarm, states)

    def _measure(self, alarm: Alarm, now: float) -> str:
        period = _period(alarm)
        end = (now - SETTLE_SECONDS) // period * period
        # moto keeps the Python object's age in this stamp: a changed alarm is judged anew at once.
        key = f"{alarm['AlarmArn']} {alarm.get('AlarmConfigurationUpdatedTimestamp')}"
        if self._judged.get(key) == end:
            return str(alarm["StateValue"])
        self._judged[key] = end
        moments = [end - period * back for back in range(int(alarm["EvaluationPeriods"]), 0, -1)]
        series = self._series(alarm, moments, period)
        values = [series.get(moment) for moment in moments]
        state = judge(alarm, values)
        if state != alarm["StateValue"]:
            self._change(alarm, state, _reason(alarm, values, state), _reason_data(alarm, moments, values))
        return state

    def _compose(self, alarm: Alarm, states: Mapping[str, str]) -> str:
        rule = Rule(alarm["AlarmRule"])
        state = "ALARM" if rule.holds(states) else "OK"
        if state != alarm["StateValue"]:
            children = [
                {"arn": _sibling_arn(alarm, name), "state": {"value": states.get(name)}} for name in rule.children
            ]
            data = json.dumps({"triggeringAlarms": children})
            self._change(alarm, state, f"{rule.children} made the alarm rule {state}", data)
        return state

    def _change(self, alarm: Alarm, state: str, reason: str, data: str) -> None:
        after = State(state, reason, data, datetime.now(UTC))
        before = State(
            alarm["StateValue"],
            alarm.get("StateReason", ""),
            alarm.get("StateReasonData", ""),
            alarm["StateUpdatedTimestamp"],
        )
        self._cloudwatch.set_alarm_state(
            AlarmName=alarm["AlarmName"], StateValue=state, StateReason=reason, StateReasonData=data
        )
        self._put_event(change_event(alarm, before, after))

    def _series(self, alarm: Alarm, moments: list[float], period: int) -> Series:
        queries = alarm.get("Metrics") or [_single(alarm)]
        measured = [{**query, "ReturnData": True} for query in queries if query.get("MetricStat")]
        answer = self._cloudwatch.get_metric_data(
            MetricDataQueries=measured,
            StartTime=datetime.fromtimestamp(moments[0], UTC),
            EndTime=datetime.fromtimestamp(moments[-1] + period, UTC),
        )
        known = {one["Id"]: _by_moment(one) for one in answer["MetricDataResults"]}
        evaluator = Evaluator(known, moments)
        for query in queries:
            if query.get("Expression"):
                known[query["Id"]] = evaluator.series(query["Expression"])
        judged = next(query["Id"] for query in queries if query.get("ReturnData", True))
        return known[judged]


def _by_moment(result: dict[str, Any]) -> Series:
    pairs = zip(result["Timestamps"], result["Values"], strict=True)
    return {moment.timestamp(): float(value) for moment, value in pairs}


def _single(alarm: Alarm) -> dict[str, Any]:
    metric = {name: alarm[name] for name in ("Namespace", "MetricName", "Dimensions")}
    stat = alarm.get("Statistic") or alarm.get("ExtendedStatistic")
    return {"Id": "m1", "MetricStat": {"Metric": metric, "Period": alarm["Period"], "Stat": stat}, "ReturnData": True}


def _period(alarm: Alarm) -> int:
    periods = [query["MetricStat"]["Period"] for query in alarm.get("Metrics", []) if query.get("MetricStat")]
    return int(periods[0] if periods else alarm["Period"])


def _reason(alarm: Alarm, values: list[float | None], state: str) -> str:
    known = [value for value in values if value is not None]
    relation = "was" if state == "ALARM" else "was not"
    return (
        f"Threshold Crossed: {len(known)} datapoint(s) {known} {relation} breaching "
        f"({alarm['ComparisonOperator']} {float(alarm['Threshold'])})."
    )


def _reason_data(alarm: Alarm, moments: list[float], values: list[float | None]) -> str:
    stamp = "%Y-%m-%dT%H:%M:%S.000+0000"
    shown: dict[str, Any] = {
        "version": "1.0",
        "queryDate": datetime.now(UTC).strftime(stamp),
        "startDate": datetime.fromtimestamp(moments[0], UTC).strftime(stamp),
        "period": _period(alarm),
        "recentDatapoints": [value for value in values if value is not None],
        "threshold": float(alarm["Threshold"]),
    }
    return json.dumps(shown | ({"statistic": alarm["Statistic"]} if alarm.get("Statistic") else {}))


def _sibling_arn(alarm: Alarm, name: str) -> str:
    return f"{alarm['AlarmArn'].rpartition(':alarm:')[0]}:alarm:{name}"
