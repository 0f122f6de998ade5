"""The smallest edit of an endpoint policy that lets something through.

What stands in the policy stays as it was written, character by character; a Condition or a Deny is never touched.
Source: https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
"""

from __future__ import annotations

import json
from itertools import count, product
from typing import TYPE_CHECKING, Any

from pathmend.access.document import statements
from pathmend.access.grants import grants
from pathmend.access.spans import items, joined, members
from pathmend.access.wildcards import matches_action, matches_resource

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pathmend.access.document import Names, Statement

__all__ = ["LONGEST", "allowing", "grants"]

LONGEST = 20_480
"""How many characters an endpoint policy may have, white space included."""
_WILD = ("*", "?", "${")
_OF = "of the endpoint"


def allowing(
    document: str, *, actions: Sequence[str], resources: Sequence[str], principals: Sequence[str] = ()
) -> str | None:
    """Return the document with the smallest edit that allows these actions on these resources.

    A statement that allows just these actions to everybody without a condition gets the resources; one that allows just
    these resources gets the actions; else a statement joins the others, under the conditions that all of them share,
    and for `principals` alone where they are given (roles' ARNs): by a condition, which is how a gateway endpoint's
    policy names them and an interface endpoint's may. A document that allows it already is returned as it is.

    None where a Deny stands against it, where a statement allows just this already under a condition (which the edit
    would loosen), where the edit would open more than it is asked to (a wildcard, everybody where nobody but some are
    meant so far), or where the policy would get too long.

    Raises:
        InvalidSnapshotError: the document is malformed.
    """
    present = statements(_OF, document)
    missing = [pair for pair in product(actions, resources) if not _said(present, "Allow", pair)]
    if not missing:
        return document
    if any(_said(present, "Deny", pair) or _guarded(present, pair) or _wild(pair) for pair in missing):
        return None
    wanted = tuple(dict.fromkeys(action for action, _ in missing))
    on = tuple(dict.fromkeys(resource for _, resource in missing))
    edited = _widened(document, present, wanted, on) or _appended(document, wanted, on, tuple(principals))
    return edited if edited is not None and len(edited) <= LONGEST else None


def _said(present: tuple[Statement, ...], effect: str, pair: tuple[str, str]) -> bool:
    """Say whether a statement without a condition says this of everybody."""
    return any(one.effect == effect and _unconditional(one) and _about(one, pair) for one in present)


def _guarded(present: tuple[Statement, ...], pair: tuple[str, str]) -> bool:
    return any(one.effect == "Allow" and one.conditions and _about(one, pair) for one in present)


def _about(one: Statement, pair: tuple[str, str]) -> bool:
    return (
        one.resources is not None
        and _holds(one.actions, pair[0], matches_action)
        and _holds(one.resources, pair[1], matches_resource)
    )


def _unconditional(one: Statement) -> bool:
    if one.conditions or one.principals is None:
        return False
    if one.principals.excepted:
        # A Deny for everybody except some stands against anybody who is not known to be one of them.
        return one.effect == "Deny"
    return ("AWS", "*") in one.principals.values


def _holds(names: Names, name: str, match: Callable[[str, str], bool]) -> bool:
    return any(match(pattern, name) for pattern in names.values) is not names.excepted


def _wild(pair: tuple[str, str]) -> bool:
    return any(sign in name for name in pair for sign in _WILD)


def _widened(
    document: str, present: tuple[Statement, ...], actions: tuple[str, ...], resources: tuple[str, ...]
) -> str | None:
    spans = _statement_spans(document)
    for one, (start, _) in zip(present, spans, strict=True):
        if one.effect == "Deny" or not _unconditional(one) or one.resources is None:
            continue
        if _just(one.actions, actions, ignoring_case=True) and not one.resources.excepted:
            return joined(document, members(document, start)["Resource"], [json.dumps(name) for name in resources])
        if _just(one.resources, resources) and not one.actions.excepted:
            return joined(document, members(document, start)["Action"], [json.dumps(name) for name in actions])
    return None


def _just(names: Names, wanted: tuple[str, ...], *, ignoring_case: bool = False) -> bool:
    if ignoring_case:
        return not names.excepted and {one.lower() for one in names.values} == {one.lower() for one in wanted}
    return not names.excepted and set(names.values) == set(wanted)


def _statement_spans(document: str) -> list[tuple[int, int]]:
    span = members(document, 0)["Statement"]
    return items(document, span[0]) if document[span[0]] == "[" else [span]


def _appended(
    document: str, actions: tuple[str, ...], resources: tuple[str, ...], principals: tuple[str, ...]
) -> str | None:
    written = [json.loads(document[start:end]) for start, end in _statement_spans(document)]
    frame = _frame([one for one in written if one["Effect"] == "Allow"], principals)
    if frame is None:
        return None
    taken = {one.get("Sid") for one in written}
    sid = next(name for number in count(1) if (name := f"Pathmend{number}") not in taken)
    whom, condition = frame
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": whom,
        "Action": list(actions),
        "Resource": list(resources),
        **({"Condition": condition} if condition else {}),
    }
    return joined(document, members(document, 0)["Statement"], [json.dumps(statement)])


def _frame(allowing_now: list[dict[str, Any]], principals: tuple[str, ...]) -> tuple[Any, dict[str, Any]] | None:
    """Return for whom and under which conditions a new statement may allow; None where that would be for more."""
    conditions = [one.get("Condition", {}) for one in allowing_now]
    shared = _shared(conditions)
    if conditions and all(conditions) and not shared:
        # Each of them asks for something else: which of it is meant for everything, only a person knows.
        return None
    if principals:
        return _for_these(principals, shared)
    whom = [one.get("Principal") for one in allowing_now]
    if any(_everybody(one) and not condition for one, condition in zip(whom, conditions, strict=True)):
        return "*", {}
    same = bool(whom) and whom[0] is not None and all(one == whom[0] for one in whom)
    return (whom[0], shared) if same and (shared or not _everybody(whom[0])) else None


def _for_these(principals: tuple[str, ...], shared: dict[str, Any]) -> tuple[Any, dict[str, Any]] | None:
    names = principals[0] if len(principals) == 1 else list(principals)
    arns = shared.setdefault("ArnEquals", {})
    return ("*", shared) if arns.setdefault("aws:PrincipalArn", names) == names else None


def _everybody(principal: object) -> bool:
    named = principal.get("AWS", []) if isinstance(principal, dict) else principal
    return named == "*" or (isinstance(named, list) and "*" in named)


def _shared(conditions: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what every one of these conditions demands."""
    first, *others = conditions or [{}]
    common: dict[str, Any] = {}
    for operator, block in first.items():
        kept = {
            key: values
            for key, values in block.items()
            if all(one.get(operator, {}).get(key) == values for one in others)
        }
        common |= {operator: kept} if kept else {}
    return common
