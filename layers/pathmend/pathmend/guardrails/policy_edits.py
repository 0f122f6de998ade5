"""What an edit of an endpoint policy must never do, whoever made the document.

This looks at the two documents alone, so that a mistake in making the edit does not pass here, too.
"""

from __future__ import annotations

import json
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.changes.set_endpoint_policy import SetEndpointPolicy

_Statement: TypeAlias = "dict[str, Any]"
_WILD = ("*", "?", "${")
_INVERTED = ("NotAction", "NotResource", "NotPrincipal")


def loosened(before: SetEndpointPolicy, after: SetEndpointPolicy) -> Iterator[str]:
    """Yield what is wrong with the edit: a wildcard that it opens, a condition or deny that it touches."""
    if after.document is None:
        yield "lets everything through"
        return
    old, new = _statements(before.document), _statements(after.document)
    if old is None or new is None:
        yield "cannot be compared with the present one"
        return
    for was, now in zip_longest(old, new):
        if was != now:
            yield from _of_statement(was, now, old)


def _statements(document: str | None) -> list[_Statement] | None:
    try:
        found = json.loads(document or "")["Statement"]
    except (ValueError, KeyError, TypeError):
        return None
    listed = found if isinstance(found, list) else [found]
    return listed if all(isinstance(one, dict) for one in listed) else None


def _of_statement(was: _Statement | None, now: _Statement | None, old: list[_Statement]) -> Iterator[str]:
    if now is None or now.get("Effect") != "Allow" or (was or now).get("Effect") != "Allow":
        yield "touches a statement that denies, or takes one away"
        return
    if any(now.get(key) != (was or {}).get(key) for key in _INVERTED):
        yield "changes what a statement leaves out"
    if was is not None and now.get("Condition") != was.get("Condition"):
        yield "changes a condition"
    for key in ("Action", "Resource"):
        wild = [one for one in _added(was, now, key) if any(sign in one for sign in _WILD)]
        yield from (f"opens the wildcard {one} as {key}" for one in wild)
    if _opens_to_everybody(was, now, old):
        yield "lets everybody through where only some were meant"


def _added(was: _Statement | None, now: _Statement, key: str) -> list[str]:
    held = _texts((was or {}).get(key))
    return [one for one in _texts(now.get(key)) if one not in held]


def _texts(value: object) -> list[str]:
    return [value] if isinstance(value, str) else [str(one) for one in value] if isinstance(value, list) else []


def _opens_to_everybody(was: _Statement | None, now: _Statement, old: list[_Statement]) -> bool:
    """A statement that joins may be for everybody where one without a condition is already, or under conditions."""
    if was is not None:
        return bool(now.get("Principal") != was.get("Principal"))
    allowing = (one for one in old if one.get("Effect") == "Allow" and not one.get("Condition"))
    return _everybody(now) and not now.get("Condition") and not any(_everybody(one) for one in allowing)


def _everybody(statement: _Statement) -> bool:
    """Say whether a statement is for everybody, in any way to write that: a wildcard in any kind of principal, or none.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    principal = statement.get("Principal")
    if principal is None or isinstance(principal, str):
        return True
    kinds = principal.values() if isinstance(principal, dict) else [principal]
    return any("*" in one for kind in kinds for one in _texts(kind))
