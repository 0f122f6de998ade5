"""Whether a request meets a condition of a statement.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from pathmend.access.truth import NO, YES, Judged, all_of, any_of, known, maybe, opposite
from pathmend.access.variables import resolved

if TYPE_CHECKING:
    from pathmend.access.operators import Condition, Operator
    from pathmend.access.request import Context


def meets(condition: Condition, context: Context, *, variables: bool) -> Judged:
    """Judge one condition; `variables` says whether the document's version knows policy variables."""
    why = context.why_unknown(condition.key)
    if why is not None:
        return maybe(f"{condition.key}: {why}")
    found = context.found(condition.key)
    if condition.operator.existence:
        absent = "true" if found is None else "false"
        return known(any(condition.operator.test(value, absent) for value in condition.values))
    if found is None:
        return _of_absent(condition.operator)
    return _of_present(condition, found, context, variables=variables)


def _of_absent(operator: Operator) -> Judged:
    match operator.over:
        case "any":
            return known(operator.if_exists)
        case "all":
            return YES
        case "one":
            return known(operator.if_exists or operator.negated)
        case _:
            assert_never(operator.over)


def _of_present(condition: Condition, found: tuple[str, ...], context: Context, *, variables: bool) -> Judged:
    single = [_holds(condition, value, context, variables=variables) for value in found]
    match condition.operator.over:
        case "any":
            # A data set that is empty, "for example an empty string", has no value that could match.
            return any_of(single) if any(found) else NO
        case "all":
            return all_of(single) if any(found) else YES
        case "one":
            every, some = all_of(single), any_of(single)
            return every if every.truth is some.truth else _several(condition, found, (every, some))
        case _:
            assert_never(condition.operator.over)


def _several(condition: Condition, found: tuple[str, ...], judged: tuple[Judged, Judged]) -> Judged:
    reasons = tuple(why for one in judged for why in one.why)
    alone = f"{condition.key}: has {len(found)} values, and {condition.operator.name} is meant for one"
    return maybe(*dict.fromkeys(reasons or (alone,)))


def _holds(condition: Condition, value: str, context: Context, *, variables: bool) -> Judged:
    operator = condition.operator
    judged = any_of(_compared(operator, one, value, context if variables else None) for one in condition.values)
    return opposite(judged) if operator.negated else judged


def _compared(operator: Operator, wanted: str, value: str, context: Context | None) -> Judged:
    if not operator.variables or context is None:
        return known(operator.test(wanted, value))
    pattern = resolved(wanted, context)
    if isinstance(pattern, Judged):
        return pattern
    if pattern is None:
        # AWS: what cannot be resolved "might cause the entire statement to be invalid"; only a match is surely none.
        return maybe(f"{wanted} has no value in this request") if operator.negated else NO
    return known(operator.test(pattern, value))
