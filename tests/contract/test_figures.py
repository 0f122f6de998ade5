"""What every reader of metrics does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pathmend.aws.figures import CloudWatchFigures
from pathmend.snapshot.figures import Figure, MetricQuery
from tests.fakes import NOON, FakeFigures, FixedClock

if TYPE_CHECKING:
    from pathmend.aws.clients import Clients
    from pathmend.incidents.ports import Figures

DIMENSIONS = (("LoadBalancer", "app/web/1"), ("TargetGroup", "targetgroup/app/1"))
POINTS = (1.0, 2.0, 6.0)
EXPECTED = {"Sum": 9.0, "SampleCount": 3.0, "Average": 3.0, "Minimum": 1.0, "Maximum": 6.0}


def a_query(statistic: str, name: str = "RequestCount") -> MetricQuery:
    """Return a query about the target group."""
    return MetricQuery("AWS/ApplicationELB", name, DIMENSIONS, statistic, "the target group")


@pytest.fixture(params=["memory", "aws"])
def figures(request: pytest.FixtureRequest, clients: Clients) -> Figures:
    """Return each reader in turn; three minutes have one point each."""
    if request.param == "memory":
        return FakeFigures({a_query(name): value for name, value in EXPECTED.items()})
    cloudwatch: Any = clients.cloudwatch
    for minutes, value in enumerate(POINTS, start=1):
        at = NOON - timedelta(minutes=minutes)
        dimensions = [{"Name": name, "Value": value_} for name, value_ in DIMENSIONS]
        point = {"MetricName": "RequestCount", "Dimensions": dimensions, "Timestamp": at, "Value": value}
        cloudwatch.put_metric_data(Namespace="AWS/ApplicationELB", MetricData=[point])
    return CloudWatchFigures(clients.cloudwatch, FixedClock())


def test_a_figure_is_one_value_over_the_window(figures: Figures) -> None:
    """By its statistic, in the order asked."""
    queries = [a_query(name) for name in EXPECTED]
    assert figures.read(queries) == tuple(Figure(query, EXPECTED[query.statistic], 300) for query in queries)


def test_nothing_published_is_none_and_not_zero(figures: Figures) -> None:
    """The absence of a measurement is no measurement."""
    absent = a_query("Sum", "HTTPCode_ELB_504_Count")
    assert figures.read([absent]) == (Figure(absent, None, 300),)


def test_nothing_asked_is_nothing_read(figures: Figures) -> None:
    """No query, no figure."""
    assert figures.read([]) == ()


def test_many_queries_are_split(clients: Clients) -> None:
    """AWS takes 500 at once."""
    before = clients.calls()
    queries = [a_query("Sum", f"metric{number}") for number in range(501)]
    assert len(CloudWatchFigures(clients.cloudwatch, FixedClock()).read(queries)) == 501
    assert clients.calls() - before == 2


def test_of_percentiles_the_worst_minute_counts(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    """Percentiles of minutes cannot be added or averaged."""

    class Pages:
        def paginate(self, **_: object) -> list[dict[str, Any]]:
            one = {"Id": "q0", "Values": [0.2, 0.9]}
            return [{"MetricDataResults": [one]}, {"MetricDataResults": [{"Id": "q0", "Values": [0.5]}]}]

    monkeypatch.setattr(clients.cloudwatch, "get_paginator", lambda _operation: Pages())
    figure = CloudWatchFigures(clients.cloudwatch, FixedClock()).read([a_query("p99")])[0]
    assert figure.value == 0.9
