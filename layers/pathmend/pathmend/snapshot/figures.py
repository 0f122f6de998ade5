"""Figures: what CloudWatch measured, as evidence beside the resources."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """A metric worth reading; `about` names, for a person, what it measures (an instance, a zone, a target group)."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    statistic: str
    about: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One value of a metric over the window that was read; `value` is None where nothing was published."""

    query: MetricQuery
    value: float | None
    window_seconds: int
