"""What one version of a policy allows that another did not, in sentences that leave nothing out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathmend.access.document import Names, Principals, statements
from pathmend.access.sentences import phrase
from pathmend.access.wildcards import covers, covers_action, matches_action, matches_resource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pathmend.access.document import Statement
    from pathmend.access.operators import Condition

_EVERYBODY = ("AWS", "*")


def grants(before: str, after: str) -> tuple[str, ...]:
    """Say what `after` allows that `before` did not, and what it no longer denies.

    Raises:
        InvalidSnapshotError: one of the documents is malformed.
    """
    old, new = statements("before the edit", before), statements("after the edit", after)
    allowed = [one for one in old if one.effect == "Allow"]
    added = (sentence for statement in new if statement.effect == "Allow" for sentence in _added(statement, allowed))
    denials = {_meaning(one) for one in new if one.effect == "Deny"}
    lifted = (_lifted(one) for one in old if one.effect == "Deny" and _meaning(one) not in denials)
    return tuple(dict.fromkeys([*added, *lifted]))


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a statement that is granted or not as a whole."""

    principal: Principals
    action: Names
    resource: Names
    conditions: tuple[Condition, ...]

    def within(self, old: Statement) -> bool:
        """Say whether an Allow that stood before allowed all of this."""
        return (
            set(old.conditions) <= set(self.conditions)
            and _covers_principal(old.principals, self.principal)
            and _covers_names(old.actions, self.action, covers_action, matches_action)
            and _covers_names(old.resources or _ALL, self.resource, covers, matches_resource)
        )


_ALL = Names(("*",))


def _added(statement: Statement, allowed: list[Statement]) -> Iterator[str]:
    for principal in _each_principal(statement.principals):
        for resource in _each(statement.resources or _ALL):
            pieces = [_Piece(principal, one, resource, statement.conditions) for one in _each(statement.actions)]
            new = [one.action for one in pieces if not any(one.within(old) for old in allowed)]
            if new:
                actions = ", ".join(_words(one) for one in new)
                yield f"{_whom(principal)} may {actions} on {_words(resource)}{_when(statement)}"


def _lifted(one: Statement) -> str:
    whom, resources = _whom(one.principals), _words(one.resources or _ALL)
    return f"{whom} is no longer denied {_words(one.actions)} on {resources}{_when(one)}"


def _meaning(one: Statement) -> tuple[object, ...]:
    return (one.actions, one.resources, one.principals, frozenset(one.conditions))


def _each(names: Names) -> Iterator[Names]:
    yield from [names] if names.excepted else (Names((one,)) for one in names.values)


def _each_principal(principals: Principals | None) -> Iterator[Principals]:
    whole = principals or Principals((_EVERYBODY,))
    yield from [whole] if whole.excepted else (Principals((one,)) for one in whole.values)


def _covers_principal(old: Principals | None, new: Principals) -> bool:
    if old is None or old == new:
        return True
    return not old.excepted and (_EVERYBODY in old.values or (not new.excepted and new.values[0] in old.values))


def _covers_names(old: Names, new: Names, cover: Callable[[str, str], bool], match: Callable[[str, str], bool]) -> bool:
    if new.excepted:
        return old == new or (not old.excepted and "*" in old.values)
    (name,) = new.values
    if not old.excepted:
        return any(cover(pattern, name) for pattern in old.values)
    # What is a pattern itself may stand for something that was left out.
    return not ("*" in name or "?" in name) and not any(match(pattern, name) for pattern in old.values)


def _whom(principals: Principals | None) -> str:
    names = [name for _, name in principals.values] if principals is not None else ["*"]
    whom = "everybody" if "*" in names else ", ".join(names)
    return f"everybody but {', '.join(names)}" if principals is not None and principals.excepted else whom


def _words(names: Names) -> str:
    return f"everything but {', '.join(names.values)}" if names.excepted else ", ".join(names.values)


def _when(statement: Statement) -> str:
    return "".join(f", when {phrase(one, whole=True)}" for one in statement.conditions)
