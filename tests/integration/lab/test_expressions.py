"""Metric math and alarm rules, without any AWS."""

from __future__ import annotations

import pytest

from lab.composites import Rule
from lab.expressions import Evaluator, ExpressionError, Value

SERIES: dict[str, Value] = {"m1": {0.0: 10.0, 10.0: 20.0}, "m2": {0.0: 1.0}}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("m1 + 1", {0.0: 11.0, 10.0: 21.0}),
        ("m1 / m2", {0.0: 10.0}),
        ("m1 - m1 / 0", {0.0: 10.0, 10.0: 20.0}),
        ("FILL(m2, 0)", {0.0: 1.0, 10.0: 0.0}),
        ("SUM([m1, m2])", {0.0: 11.0, 10.0: 20.0}),
        ("SUM(METRICS())", {0.0: 11.0, 10.0: 20.0}),
        ("MAX([FILL(m1,0),FILL(m2,0)])", {0.0: 10.0, 10.0: 20.0}),
        ("IF(m1 > 15 AND FILL(m2,0) < 1, 1, 0)", {0.0: 0.0, 10.0: 1.0}),
        ("IF(m1 > 15 || m2 == 1, m1, 0)", {0.0: 10.0}),
        ("-m2 * 2 ^ 2", {0.0: -4.0}),
        ("MAX(m1)", {0.0: 20.0, 10.0: 20.0}),
    ],
)
def test_metric_math_follows_the_documentation(expression: str, expected: dict[float, float]) -> None:
    """Arithmetic holds moment by moment, where both sides have a value."""
    assert Evaluator(SERIES, (0.0, 10.0)).series(expression) == expected


@pytest.mark.parametrize("expression", ["__import__('os')", "m1 if m2 else m1", "ANOMALY_DETECTION_BAND(m1)", "m", "("])
def test_unknown_metric_math_is_refused(expression: str) -> None:
    """Nothing but metric math is ever evaluated."""
    with pytest.raises(ExpressionError):
        Evaluator(SERIES, (0.0,)).series(expression)


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("ALARM(one)", True),
        ('ALARM("two")', False),
        ("ALARM(one) AND NOT ALARM(two)", True),
        ("ALARM(two) OR (OK(two) AND ALARM(arn:aws:cloudwatch:us-east-1:1:alarm:one))", True),
        ("FALSE OR INSUFFICIENT_DATA(one)", False),
    ],
)
def test_alarm_rules_are_boolean_expressions_over_states(rule: str, holds: bool) -> None:  # noqa: FBT001 - expectation
    """AND binds stronger than OR; children are named plainly, quoted or by ARN."""
    assert Rule(rule).holds({"one": "ALARM", "two": "OK"}) is holds


def test_an_unreadable_rule_is_refused() -> None:
    """The message shows where it stops making sense."""
    with pytest.raises(ValueError, match="maybe"):
        Rule("ALARM(one) maybe")
