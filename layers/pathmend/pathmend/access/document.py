"""A policy document as statements: parsed once, and refused with the policy, statement and key that are wrong.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from pathmend.access.operators import Condition, operator
from pathmend.errors import InvalidSnapshotError

if TYPE_CHECKING:
    from collections.abc import Mapping

_REMEMBERED = 1024
_WITH_VARIABLES = "2012-10-17"
_VERSIONS = (_WITH_VARIABLES, "2008-10-17")
_PRINCIPAL_KINDS = ("AWS", "Service", "Federated", "CanonicalUser")


@dataclass(frozen=True, slots=True)
class Names:
    """A list of patterns; `excepted` where the statement is about everything but these (NotAction and the like)."""

    values: tuple[str, ...]
    excepted: bool = False


@dataclass(frozen=True, slots=True)
class Principals:
    """Whom a statement is about, as pairs of a kind ("AWS", "Service", ...) and a name; `excepted` as for names."""

    values: tuple[tuple[str, str], ...]
    excepted: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; `name` is its Sid, or "#2" for the second one. `variables` says whether `${...}` has a meaning.

    `principals` is None where the statement names none (identity policies), `resources` where it is about the resource
    that it is attached to.
    """

    name: str
    effect: Literal["Allow", "Deny"]
    actions: Names
    resources: Names | None
    principals: Principals | None
    conditions: tuple[Condition, ...]
    variables: bool


@lru_cache(_REMEMBERED)
def statements(policy_id: str, text: str) -> tuple[Statement, ...]:
    """Return the statements of a document.

    Raises:
        InvalidSnapshotError: the document is malformed; says which policy, statement and key.
    """
    document = _Part(f"policy {policy_id}", _loaded(policy_id, text))
    version = document.values.get("Version", _VERSIONS[1])
    if version not in _VERSIONS:
        raise document.wrong("Version", version, " or ".join(_VERSIONS))
    written = document.values.get("Statement")
    several = written if isinstance(written, list) else [written]
    return tuple(
        _statement(document.inner(f"statement {_name(one, number)}", one), _name(one, number), version)
        for number, one in enumerate(several, 1)
    )


def _loaded(policy_id: str, text: str) -> object:
    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        keys = [key for key, _ in pairs]
        if len(keys) != len(set(keys)):
            twice = next(key for key in keys if keys.count(key) > 1)
            raise InvalidSnapshotError(f"policy {policy_id}: the key {twice} stands twice in one object")
        return dict(pairs)

    try:
        return json.loads(text, object_pairs_hook=once)
    except ValueError as error:
        raise InvalidSnapshotError(f"policy {policy_id}: is not JSON: {error}") from error


def _name(written: object, number: int) -> str:
    sid = written.get("Sid") if isinstance(written, dict) else None
    return sid if isinstance(sid, str) and sid else f"#{number}"


class _Part:
    """An object of the document, and where it stands."""

    def __init__(self, where: str, values: object) -> None:
        self.where = where
        if not isinstance(values, dict):
            raise InvalidSnapshotError(f"{where}: expected an object, not {values!r:.80}")
        self.values: Mapping[str, object] = values

    def wrong(self, key: str, value: object, expected: str) -> InvalidSnapshotError:
        """Return the error that says what is wrong."""
        return InvalidSnapshotError(f"{self.where}, {key}: expected {expected}, not {value!r:.80}")

    def inner(self, name: str, values: object) -> _Part:
        """Return a part of this one."""
        return _Part(f"{self.where}, {name}", values)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a text or a list of texts."""
        value = self.values[key]
        several = value if isinstance(value, list) else [value]
        if not all(isinstance(one, str) for one in several):
            raise self.wrong(key, value, "a text or a list of texts")
        return tuple(several)

    def scalars(self, key: str) -> tuple[str, ...]:
        """Return the values of a condition: texts, numbers and booleans, as text."""
        value = self.values[key]
        several = value if isinstance(value, list) else [value]
        if not all(isinstance(one, (str, int, float)) for one in several):
            raise self.wrong(key, value, "a text, a number, a boolean or a list of these")
        return tuple(one if isinstance(one, str) else json.dumps(one) for one in several)

    def either(self, key: str) -> str | None:
        """Return the name under which this element is written: itself, its negation, or None."""
        written = [name for name in (key, f"Not{key}") if name in self.values]
        if len(written) > 1:
            raise InvalidSnapshotError(f"{self.where}: has both {key} and Not{key}")
        return written[0] if written else None


def _statement(part: _Part, name: str, version: str) -> Statement:
    effect = part.values.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise part.wrong("Effect", effect, "Allow or Deny")
    actions = _names(part, "Action")
    if actions is None:
        raise InvalidSnapshotError(f"{part.where}: has neither Action nor NotAction")
    return Statement(
        name=name,
        effect="Allow" if effect == "Allow" else "Deny",
        actions=actions,
        resources=_names(part, "Resource"),
        principals=_principals(part),
        conditions=_conditions(part),
        variables=version == _WITH_VARIABLES,
    )


def _names(part: _Part, key: str) -> Names | None:
    written = part.either(key)
    return Names(part.texts(written), written != key) if written else None


def _principals(part: _Part) -> Principals | None:
    written = part.either("Principal")
    if written is None:
        return None
    value = part.values[written]
    if value == "*":
        return Principals((("AWS", "*"),), written != "Principal")
    named = part.inner(written, value)
    for kind in named.values:
        if kind not in _PRINCIPAL_KINDS:
            raise part.wrong(written, kind, " or ".join(_PRINCIPAL_KINDS))
    return Principals(tuple((kind, one) for kind in named.values for one in named.texts(kind)), written != "Principal")


def _conditions(part: _Part) -> tuple[Condition, ...]:
    written = part.inner("Condition", part.values.get("Condition", {}))
    found = []
    for name in written.values:
        how = operator(name)
        if how is None:
            raise InvalidSnapshotError(f"{written.where}: {name} is no condition operator")
        block = written.inner(name, written.values[name])
        found += [_condition(block, key, Condition(how, key, block.scalars(key))) for key in block.values]
    return tuple(found)


def _condition(block: _Part, key: str, condition: Condition) -> Condition:
    for value in condition.values:
        if not condition.operator.understands(value):
            raise block.wrong(key, value, condition.operator.expects)
    return condition
