"""A small, safe evaluator of CloudWatch metric math over time series; only what alarms on load balancers use."""

from __future__ import annotations

import ast
import operator
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Series = dict[float, float]
Value = float | Series | list[Series]

_WORDS = ((r"&&|\bAND\b", " and "), (r"\|\||\bOR\b", " or "), (r"\bNOT\b", " not "), (r"\^", "**"), (r"\bIF\b", "IF_"))
_BINARY: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Pow: operator.pow,
}
_COMPARE: dict[type, Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_FOLDS: dict[str, Callable[[Sequence[float]], float]] = {
    "MAX": max,
    "MIN": min,
    "SUM": sum,
    "AVG": lambda values: sum(values) / len(values),
}


class ExpressionError(ValueError):
    """The expression uses what this evaluator does not know."""


class Evaluator:
    """Evaluates expressions over named series; `moments` are all timestamps of the evaluated window."""

    def __init__(self, series: Mapping[str, Value], moments: Sequence[float]) -> None:
        self._series = series
        self._moments = tuple(moments)

    def series(self, expression: str) -> Series:
        """Return the one time series which `expression` yields.

        Raises:
            ExpressionError: It cannot be read, or yields several series.
        """
        for pattern, word in _WORDS:
            expression = re.sub(pattern, word, expression)
        try:
            tree = ast.parse(expression.strip(), mode="eval")
        except SyntaxError as error:
            raise ExpressionError(f"cannot read the expression {expression!r}") from error
        value = self._value(tree.body)
        if isinstance(value, list):
            raise ExpressionError(f"{expression!r} yields several series; an alarm needs one")
        return value if isinstance(value, dict) else dict.fromkeys(self._moments, value)

    def _value(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.Name(id=name) if name in self._series:
                return self._series[name]
            case ast.List(elts=items):
                return [one for item in items for one in _listed(self._value(item))]
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self._call(name, arguments)
            case _:
                return self._operation(node)

    def _operation(self, node: ast.expr) -> Value:
        match node:
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return _combine(operator.sub, 0.0, self._value(inner))
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                return _combine(lambda _, right: float(not right), 0.0, self._value(inner))
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return _combine(_quotient, self._value(left), self._value(right))
            case ast.BinOp(left=left, op=kind, right=right) if type(kind) in _BINARY:
                return _combine(_BINARY[type(kind)], self._value(left), self._value(right))
            case ast.Compare(left=left, ops=[kind], comparators=[right]) if type(kind) in _COMPARE:
                test = _COMPARE[type(kind)]
                return _combine(lambda a, b: float(test(a, b)), self._value(left), self._value(right))
            case ast.BoolOp(op=kind, values=parts):
                return self._logic(kind, parts)
        raise ExpressionError(f"metric math of this form is not emulated: {ast.unparse(node)}")

    def _logic(self, kind: ast.boolop, parts: list[ast.expr]) -> Value:
        fold = all if isinstance(kind, ast.And) else any
        result = self._value(parts[0])
        for part in parts[1:]:
            result = _combine(lambda a, b: float(fold((a, b))), result, self._value(part))
        return result

    def _call(self, name: str, arguments: list[ast.expr]) -> Value:
        if name == "METRICS":
            wanted = str(ast.literal_eval(arguments[0])) if arguments else ""
            return [value for key, value in self._series.items() if wanted in key and isinstance(value, dict)]
        values = [self._value(argument) for argument in arguments]
        match name, values:
            case "FILL", [value, float(filler)]:
                return self._fill(value, filler)
            case "IF_", [condition, then, *otherwise]:
                return _choose(condition, then, otherwise[0] if otherwise else None)
            case _, [value] if name in _FOLDS:
                return _fold(_FOLDS[name], value)
        raise ExpressionError(f"the function {name.rstrip('_')} is not emulated with these arguments")

    def _fill(self, value: Value, filler: float) -> Value:
        if isinstance(value, list):
            return [dict.fromkeys(self._moments, filler) | one for one in value]
        return dict.fromkeys(self._moments, filler) | value if isinstance(value, dict) else value


def _listed(value: Value) -> list[Series]:
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return [value]
    raise ExpressionError("a list holds time series, not numbers")


def _quotient(left: float, right: float) -> float:
    return left / right if right else 0.0


def _fold(function: Callable[[Sequence[float]], float], value: Value) -> Value:
    """Over several series: moment by moment. Over one: to a single number."""
    if isinstance(value, dict):
        return function(list(value.values()) or [0.0])
    if not isinstance(value, list):
        return value
    moments = {moment for one in value for moment in one}
    return {moment: function([one[moment] for one in value if moment in one]) for moment in sorted(moments)}


def _combine(function: Callable[[float, float], float], left: Value, right: Value) -> Value:
    match left, right:
        case dict(), dict():
            return {moment: function(left[moment], right[moment]) for moment in left if moment in right}
        case dict(), float():
            return {moment: function(value, right) for moment, value in left.items()}
        case float(), dict():
            return {moment: function(left, value) for moment, value in right.items()}
        case list(), float():
            return [{moment: function(value, right) for moment, value in one.items()} for one in left]
        case float(), float():
            return function(left, right)
    raise ExpressionError("arithmetic on lists of series is not emulated")


def _choose(condition: Value, then: Value, otherwise: Value | None) -> Value:
    if isinstance(condition, float):
        chosen = then if condition else otherwise
        return {} if chosen is None else chosen
    if isinstance(condition, list):
        raise ExpressionError("a condition is one series")
    chosen_by_moment = {moment: then if truth else otherwise for moment, truth in condition.items()}
    picked = {moment: _at(value, moment) for moment, value in chosen_by_moment.items() if value is not None}
    return {moment: value for moment, value in picked.items() if value is not None}


def _at(value: Value, moment: float) -> float | None:
    if isinstance(value, list):
        raise ExpressionError("a branch of IF is one series or a number")
    return value.get(moment) if isinstance(value, dict) else value
