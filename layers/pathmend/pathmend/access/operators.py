"""The condition operators by name, with their qualifiers.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from pathmend.access import comparisons

if TYPE_CHECKING:
    from collections.abc import Callable

_IF_EXISTS = "ifexists"


@dataclass(frozen=True, slots=True)
class Operator:
    """What an operator asks. `test` compares a policy's value with a request's; `phrase` is for sentences.

    `negated` operators hold where no value matches. `existence` is Null, which asks whether the key is there.
    `variables` says whether policy variables have a meaning in the values.
    """

    name: str
    phrase: str
    test: Callable[[str, str], bool]
    read: Callable[[str], object | None]
    expects: str = "a text"
    variables: bool = False
    negated: bool = False
    existence: bool = False
    if_exists: bool = False
    over: Literal["all", "any", "one"] = "one"

    def understands(self, value: str) -> bool:
        """Say whether a policy may give this value."""
        return (self.variables and "${" in value) or self.read(value) is not None


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one key: the values are alternatives."""

    operator: Operator
    key: str
    values: tuple[str, ...]


def _text(name: str, phrase: str, test: Callable[[str, str], bool], *, negated: bool = False) -> Operator:
    return Operator(name, phrase, test, comparisons.anything, variables=True, negated=negated)


_TEXTS = (
    _text("StringEquals", "is", comparisons.equal),
    _text("StringNotEquals", "is not", comparisons.equal, negated=True),
    _text("StringEqualsIgnoreCase", "is (in any case)", comparisons.equal_ignoring_case),
    _text("StringNotEqualsIgnoreCase", "is not (in any case)", comparisons.equal_ignoring_case, negated=True),
    _text("StringLike", "is like", comparisons.like),
    _text("StringNotLike", "is not like", comparisons.like, negated=True),
    _text("ArnEquals", "is like", comparisons.like_arn),
    _text("ArnLike", "is like", comparisons.like_arn),
    _text("ArnNotEquals", "is not like", comparisons.like_arn, negated=True),
    _text("ArnNotLike", "is not like", comparisons.like_arn, negated=True),
)
_ADDRESSES = (
    Operator("IpAddress", "is in", comparisons.inside, comparisons.network, "an address or CIDR block"),
    Operator(
        "NotIpAddress", "is not in", comparisons.inside, comparisons.network, "an address or CIDR block", negated=True
    ),
)
_OTHERS = (
    Operator("Bool", "is", comparisons.same_boolean, comparisons.boolean, "true or false", variables=True),
    Operator("BinaryEquals", "is", comparisons.same_bytes, comparisons.binary, "base-64 text"),
    Operator("Null", "is", comparisons.same_boolean, comparisons.boolean, "true or false", existence=True),
)
_ORDER = (
    ("Equals", "is"),
    ("NotEquals", "is not"),
    ("LessThan", "is below"),
    ("LessThanEquals", "is at most"),
    ("GreaterThan", "is above"),
    ("GreaterThanEquals", "is at least"),
)


def _ordered(kind: str) -> tuple[Operator, ...]:
    tests, read, expects = {
        "Numeric": (comparisons.NUMBERS, comparisons.number, "a number"),
        "Date": (comparisons.MOMENTS, comparisons.moment, "a date of ISO 8601 or seconds since 1970"),
    }[kind]
    return tuple(
        Operator(
            f"{kind}{name}",
            phrase,
            tests[name.removeprefix("Not").lower()],
            read,
            expects,
            negated=name.startswith("Not"),
        )
        for name, phrase in _ORDER
    )


_BY_NAME = {one.name.lower(): one for one in (*_TEXTS, *_ADDRESSES, *_OTHERS, *_ordered("Numeric"), *_ordered("Date"))}


def operator(name: str) -> Operator | None:
    """Return the operator of this name, qualifiers included, or None where there is no such operator."""
    qualifier, colon, rest = name.rpartition(":")
    bare = rest.lower()
    if_exists = bare.endswith(_IF_EXISTS)
    known = _BY_NAME.get(bare.removesuffix(_IF_EXISTS))
    over = _OVER.get((qualifier + colon).lower())
    if known is None or over is None or (known.existence and if_exists):
        return None
    return replace(known, if_exists=if_exists, over=over)


_OVER: dict[str, Literal["all", "any", "one"]] = {"": "one", "forallvalues:": "all", "foranyvalue:": "any"}
