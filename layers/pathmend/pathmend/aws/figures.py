"""Metrics of the last minutes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pathmend.aws.errors import translated
from pathmend.snapshot.figures import Figure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from mypy_boto3_cloudwatch import CloudWatchClient

    from pathmend.incidents.ports import Clock
    from pathmend.snapshot.figures import MetricQuery

QUERIES_PER_CALL = 500
"""Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html"""

WINDOW_SECONDS = 300
_PERIOD_SECONDS = 60


class CloudWatchFigures:
    """Implements Figures: one value over the window, made of one-minute points.

    Sums and counts are added, averages averaged, minima and maxima kept; of percentiles the worst minute counts.
    """

    def __init__(self, client: CloudWatchClient, clock: Clock, *, window_seconds: int = WINDOW_SECONDS) -> None:
        self._client = client
        self._clock = clock
        self._window_seconds = window_seconds

    def read(self, queries: Sequence[MetricQuery]) -> tuple[Figure, ...]:
        """Return one figure per query, in their order."""
        end = self._clock.now()
        parts = (queries[start : start + QUERIES_PER_CALL] for start in range(0, len(queries), QUERIES_PER_CALL))
        return tuple(figure for part in parts for figure in self._read_part(part, end))

    def _read_part(self, queries: Sequence[MetricQuery], end: datetime) -> Iterable[Figure]:
        points: dict[str, list[float]] = {}
        with translated("read metrics"):
            pages = self._client.get_paginator("get_metric_data").paginate(
                MetricDataQueries=[_query(f"q{index}", query) for index, query in enumerate(queries)],
                StartTime=end - timedelta(seconds=self._window_seconds),
                EndTime=end,
            )
            for page in pages:
                for result in page["MetricDataResults"]:
                    points.setdefault(result["Id"], []).extend(result["Values"])
        for index, query in enumerate(queries):
            yield Figure(query, _over_window(query.statistic, points.get(f"q{index}", [])), self._window_seconds)


def _query(query_id: str, query: MetricQuery) -> Any:  # noqa: ANN401 - a TypedDict with optional keys
    dimensions = [{"Name": name, "Value": value} for name, value in query.dimensions]
    metric = {"Namespace": query.namespace, "MetricName": query.name, "Dimensions": dimensions}
    return {"Id": query_id, "MetricStat": {"Metric": metric, "Period": _PERIOD_SECONDS, "Stat": query.statistic}}


def _over_window(statistic: str, values: Sequence[float]) -> float | None:
    if not values:
        return None
    match statistic:
        case "Sum" | "SampleCount":
            return sum(values)
        case "Average":
            return sum(values) / len(values)
        case "Minimum":
            return min(values)
        case _:
            return max(values)
