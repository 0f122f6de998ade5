"""CloudWatch alarms, with the children of composite ones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pathmend.aws.errors import translated
from pathmend.incidents.ports import AlarmStatus
from pathmend.signals.signal import AlarmState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mypy_boto3_cloudwatch import CloudWatchClient

    Alarm = Mapping[str, Any]
    Pairs = Iterable[tuple[str, str]]

NAMES_PER_CALL = 100
"""Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html"""

_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s(),"]+)')
_KEYWORDS = {"ALARM", "OK", "INSUFFICIENT_DATA", "AND", "OR", "NOT", "TRUE", "FALSE", "AT_LEAST"}
_DEFAULT_PERIOD_SECONDS = 60


class CloudWatchAlarms:
    """Implements Alarms: one call for the alarms, one more for each generation of composite alarms' children."""

    def __init__(self, client: CloudWatchClient) -> None:
        self._client = client

    def status(self, alarm_arns: Sequence[str]) -> tuple[AlarmStatus, ...]:
        """Return the alarms that still exist, in the order asked for."""
        wanted = dict.fromkeys(alarm_arns)
        known = self._with_children([name_of(arn) for arn in wanted])
        by_arn = {str(alarm["AlarmArn"]): alarm for alarm in known.values()}
        return tuple(_status(by_arn[arn], known) for arn in wanted if arn in by_arn)

    def _with_children(self, names: Sequence[str]) -> dict[str, Alarm]:
        known: dict[str, Alarm] = {}
        asked: set[str] = set()
        unasked = set(names)
        while unasked:
            asked |= unasked
            found = self._describe(sorted(unasked))
            known |= {str(alarm["AlarmName"]): alarm for alarm in found}
            unasked = {child for alarm in found for child in children_of(str(alarm.get("AlarmRule", "")))} - asked
        return known

    def _describe(self, names: Sequence[str]) -> list[Alarm]:
        found: list[Alarm] = []
        with translated("read alarms"):
            for start in range(0, len(names), NAMES_PER_CALL):
                answer = self._client.describe_alarms(
                    AlarmNames=names[start : start + NAMES_PER_CALL],
                    # Without this, AWS leaves composite alarms out.
                    AlarmTypes=["CompositeAlarm", "MetricAlarm"],
                    MaxRecords=NAMES_PER_CALL,
                )
                found += [*answer.get("MetricAlarms", ()), *answer.get("CompositeAlarms", ())]
        return found


def name_of(alarm: str) -> str:
    """Return an alarm's name from its ARN; a name is returned as it is."""
    return alarm.split(":alarm:", 1)[-1]


def children_of(rule: str) -> tuple[str, ...]:
    """Return the names of the alarms that a composite alarm's rule refers to, by name or by ARN.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
    """
    names = []
    for quoted, bare in _TOKEN.findall(rule):
        if quoted or (bare not in _KEYWORDS and not re.fullmatch(r"\d+%?", bare)):
            names.append(name_of(re.sub(r"\\(.)", r"\1", quoted) or bare))
    return tuple(dict.fromkeys(names))


def _status(alarm: Alarm, known: Mapping[str, Alarm]) -> AlarmStatus:
    leaves = _leaves(alarm, known)
    return AlarmStatus(
        arn=str(alarm["AlarmArn"]),
        name=str(alarm["AlarmName"]),
        state=AlarmState(alarm["StateValue"]),
        window_seconds=max((_window_seconds(leaf) for leaf in leaves), default=_DEFAULT_PERIOD_SECONDS),
        dimensions=tuple(sorted({pair for leaf in leaves for pair in _dimensions(leaf)})),
    )


def _leaves(alarm: Alarm, known: Mapping[str, Alarm]) -> list[Alarm]:
    """Return the metric alarms under an alarm (itself, where it is one); rules that form a circle end."""
    leaves: list[Alarm] = []
    seen: set[str] = set()
    open_names = [str(alarm["AlarmName"])]
    while open_names:
        name = open_names.pop()
        if name in seen or name not in known:
            continue
        seen.add(name)
        rule = known[name].get("AlarmRule")
        if rule is None:
            leaves.append(known[name])
        else:
            open_names += children_of(str(rule))
    return leaves


def _window_seconds(alarm: Alarm) -> int:
    periods = [_query_period(query) for query in alarm.get("Metrics", ())]
    period = int(alarm.get("Period") or max(periods, default=_DEFAULT_PERIOD_SECONDS))
    return period * int(alarm.get("EvaluationPeriods", 1))


def _query_period(query: Mapping[str, Any]) -> int:
    stat = query.get("MetricStat") or {}
    return int(stat.get("Period") or query.get("Period") or _DEFAULT_PERIOD_SECONDS)


def _dimensions(alarm: Alarm) -> Pairs:
    stats = (query["MetricStat"]["Metric"] for query in alarm.get("Metrics", ()) if "MetricStat" in query)
    for holder in (alarm, *stats):
        for dimension in holder.get("Dimensions", ()):
            yield dimension["Name"], dimension["Value"]
