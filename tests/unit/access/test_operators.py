"""Every condition operator: a match, no match, a missing key, IfExists, the set qualifiers, several values."""

from __future__ import annotations

import pytest

from pathmend.access.conditions import meets
from pathmend.access.operators import Condition, operator
from pathmend.access.request import Context
from pathmend.access.truth import Truth

YES, NO, MAYBE = Truth.YES, Truth.NO, Truth.MAYBE
KEY = "aws:Some"


def judge(
    name: str, wanted: str | tuple[str, ...], found: str | tuple[str, ...] | None, *, variables: bool = True
) -> Truth:
    """Judge one condition on one key; `found` None is a request without the key."""
    how = operator(name)
    assert how is not None
    values = (wanted,) if isinstance(wanted, str) else wanted
    has = (found,) if isinstance(found, str) else found or ()
    return meets(Condition(how, KEY, values), Context({KEY: has}), variables=variables).truth


POSITIVE = [
    ("StringEquals", "web", "web", "Web"),
    ("StringEquals", "w*", "w*", "web"),
    ("StringEqualsIgnoreCase", "web", "WEB", "db"),
    ("StringLike", "w?b*", "web-1", "wb"),
    ("StringLike", "*", "line\nline", None),
    ("ArnEquals", "arn:aws:iam::1:role/w*", "arn:aws:iam::1:role/web/x", "arn:aws:iam::2:role/web"),
    ("ArnLike", "arn:aws:s3:*:1:finance/*", "arn:aws:s3:us:1:finance/d", "arn:aws:s3:us:9:store/abc:1:finance/d"),
    ("ArnLike", "*", "arn:aws:iam::1:role/web", None),
    ("ArnLike", "arn:aws:iam::1:role/web", "arn:aws:iam::1:role/web", "web"),
    ("NumericEquals", "10", "10.0", "11"),
    ("NumericEquals", "10", "10", "ten"),
    ("NumericEquals", "10", "10", "NaN"),
    ("NumericLessThan", "10", "9.5", "10"),
    ("NumericLessThanEquals", "10", "10", "10.1"),
    ("NumericGreaterThan", "10", "11", "10"),
    ("NumericGreaterThanEquals", "10", "10", "9"),
    ("DateEquals", "2024-01-01T00:00:00Z", "2024-01-01T01:00:00+01:00", "2024-01-01T00:00:01Z"),
    ("DateEquals", "2024", "2024-01-01", "2024-02"),
    ("DateEquals", "2024-05", "2024-05-01T00:00:00Z", "soon"),
    ("DateLessThan", "1704067200", "2023-12-31T23:59:59Z", "2024-01-01T00:00:00Z"),
    ("DateLessThanEquals", "2024-01-01T00:00:00Z", "1704067200", "1704067201"),
    ("DateGreaterThan", "2024-01-01", "2024-01-02", "2024-01-01"),
    ("DateGreaterThanEquals", "2024-01-01", "2024-01-01", "99999999999999999999"),
    ("Bool", "true", "TRUE", "false"),
    ("Bool", "false", "false", "perhaps"),
    ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", "QmluYXJ6"),
    ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", "not base-64"),
    ("IpAddress", "203.0.113.0/24", "203.0.113.7", "203.0.114.7"),
    ("IpAddress", "203.0.113.7", "203.0.113.7", "203.0.113.8"),
    ("IpAddress", "2001:db8::/32", "2001:db8::1", "203.0.113.7"),
    ("IpAddress", "2001:db8::1", "2001:db8::1", "2001:db8::2"),
    ("IpAddress", "203.0.113.0/24", "203.0.113.7", "2001:db8::1"),
    ("IpAddress", "203.0.113.0/24", "203.0.113.7", "nowhere"),
]
NEGATIONS = {
    "StringEquals": "StringNotEquals",
    "StringEqualsIgnoreCase": "StringNotEqualsIgnoreCase",
    "StringLike": "StringNotLike",
    "ArnEquals": "ArnNotEquals",
    "ArnLike": "ArnNotLike",
    "NumericEquals": "NumericNotEquals",
    "DateEquals": "DateNotEquals",
    "IpAddress": "NotIpAddress",
}
NAMES = sorted({name for name, *_ in POSITIVE})
MATCHING = {name: (wanted, match, other) for name, wanted, match, other in reversed(POSITIVE) if other}


@pytest.mark.parametrize(("name", "wanted", "match", "other"), POSITIVE)
def test_an_operator_holds_for_what_matches_and_for_nothing_else(
    name: str, wanted: str, match: str, other: str | None
) -> None:
    """Each kind of value is compared in its own way; what cannot be read matches nothing."""
    assert judge(name, wanted, match) is YES
    assert other is None or judge(name, wanted, other) is NO


@pytest.mark.parametrize(("name", "wanted", "match", "other"), [row for row in POSITIVE if row[0] in NEGATIONS])
def test_a_negated_operator_holds_exactly_where_the_plain_one_does_not(
    name: str, wanted: str, match: str, other: str | None
) -> None:
    """What cannot be read is no match, so the negation holds."""
    assert judge(NEGATIONS[name], wanted, match) is NO
    assert other is None or judge(NEGATIONS[name], wanted, other) is YES


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_key_fails_a_plain_operator(name: str) -> None:
    """IfExists and ForAllValues hold without it, ForAnyValue does not unless it says IfExists."""
    wanted, _, _ = MATCHING[name]
    assert judge(name, wanted, None) is NO
    assert judge(f"{name}IfExists", wanted, None) is YES
    assert judge(f"ForAllValues:{name}", wanted, None) is YES
    assert judge(f"ForAnyValue:{name}", wanted, None) is NO
    assert judge(f"ForAnyValue:{name}IfExists", wanted, None) is YES


@pytest.mark.parametrize("name", sorted(NEGATIONS.values()))
def test_a_missing_key_meets_a_negated_operator(name: str) -> None:
    """Only ForAnyValue wants a value that differs."""
    wanted = MATCHING[{negated: plain for plain, negated in NEGATIONS.items()}[name]][0]
    assert judge(name, wanted, None) is YES
    assert judge(f"{name}IfExists", wanted, None) is YES
    assert judge(f"ForAllValues:{name}", wanted, None) is YES
    assert judge(f"ForAnyValue:{name}", wanted, None) is NO


@pytest.mark.parametrize("name", NAMES)
def test_if_exists_compares_a_key_that_is_there(name: str) -> None:
    """It only forgives what is missing."""
    wanted, match, other = MATCHING[name]
    assert judge(f"{name}IfExists", wanted, match) is YES
    assert judge(f"{name}IfExists", wanted, other) is NO


@pytest.mark.parametrize("name", NAMES)
def test_the_set_qualifiers_ask_for_all_values_or_for_one(name: str) -> None:
    """A request's values are compared one by one."""
    wanted, match, other = MATCHING[name]
    assert judge(f"ForAllValues:{name}", wanted, (match, match)) is YES
    assert judge(f"ForAllValues:{name}", wanted, (match, other)) is NO
    assert judge(f"ForAnyValue:{name}", wanted, (match, other)) is YES
    assert judge(f"ForAnyValue:{name}", wanted, (other, other)) is NO


@pytest.mark.parametrize(("plain", "name"), sorted(NEGATIONS.items()))
def test_the_set_qualifiers_negate_value_by_value(plain: str, name: str) -> None:
    """ForAllValues with a negation: none matches; ForAnyValue: one does not."""
    wanted, match, other = MATCHING[plain]
    assert judge(f"ForAllValues:{name}", wanted, (other, other)) is YES
    assert judge(f"ForAllValues:{name}", wanted, (match, other)) is NO
    assert judge(f"ForAnyValue:{name}", wanted, (match, other)) is YES
    assert judge(f"ForAnyValue:{name}", wanted, (match, match)) is NO


@pytest.mark.parametrize("name", NAMES)
def test_the_values_of_a_policy_are_alternatives(name: str) -> None:
    """One of them suffices; for a negated operator none may match."""
    wanted, match, other = MATCHING[name]
    how = operator(name)
    assert how is not None
    second = other if how.understands(other) else wanted
    assert judge(name, (second, wanted), match) is YES
    if name in NEGATIONS:
        assert judge(NEGATIONS[name], (second, wanted), match) is NO


def test_an_operator_for_one_value_cannot_say_what_several_differing_ones_mean() -> None:
    """AWS wants a set qualifier there; where all values agree it does not matter."""
    assert judge("StringEquals", "a", ("a", "b")) is MAYBE
    assert judge("StringEquals", "a", ("b", "c")) is NO
    assert judge("StringEquals", ("a", "b"), ("a", "b")) is YES


def test_an_empty_text_is_an_empty_set_to_the_set_qualifiers() -> None:
    """ForAllValues holds for it and ForAnyValue does not, whatever is wanted."""
    assert judge("ForAllValues:StringEquals", "a", "") is YES
    assert judge("ForAnyValue:StringLike", "*", "") is NO
    assert judge("StringEquals", "", "") is YES


@pytest.mark.parametrize(
    ("wanted", "found", "truth"), [("true", None, YES), ("true", "x", NO), ("false", "x", YES), ("false", None, NO)]
)
def test_null_asks_whether_the_key_is_there(wanted: str, found: str | None, truth: Truth) -> None:
    """True means that it is absent."""
    assert judge("Null", wanted, found) is truth


def test_a_key_that_is_not_known_makes_the_condition_not_known() -> None:
    """Even one that only asks whether the key is there; the reason is told by key."""
    for name in ("StringEquals", "StringNotEqualsIfExists", "ForAllValues:StringLike", "Null"):
        how = operator(name)
        assert how is not None
        judged = meets(Condition(how, KEY, ("true",)), Context(unknown={KEY: "not read"}), variables=True)
        assert (judged.truth, judged.why) == (MAYBE, ("aws:Some: not read",))


@pytest.mark.parametrize(
    "name", ["stringequals", "STRINGLIKE", "forallvalues:StringLike", "foranyvalue:ArnLikeifexists"]
)
def test_the_case_of_an_operators_name_does_not_count(name: str) -> None:
    """AWS writes them in one way, and people in others."""
    assert operator(name) is not None


@pytest.mark.parametrize("name", ["StringIs", "NullIfExists", "ForSomeValues:StringEquals", "IfExists", ""])
def test_what_is_no_operator_is_none(name: str) -> None:
    """Null has no IfExists."""
    assert operator(name) is None
