"""Policy documents: what they may look like, and how a malformed one is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pathmend.access.document import statements
from pathmend.errors import InvalidEventError, InvalidSnapshotError
from pathmend.snapshot.identity import Policy
from tests.unit.access.asking import a_policy, a_request, a_statement, a_text, ask, everybody, of_resource


def test_a_single_statement_need_not_be_a_list() -> None:
    """Nor need its action and resource be."""
    (one,) = statements("P", json.dumps({"Statement": a_statement(Action="s3:Get*")}))
    assert (one.name, one.effect, one.actions.values, one.variables) == ("#1", "Allow", ("s3:Get*",), False)


def test_a_statement_is_named_by_its_sid_or_its_place() -> None:
    """An empty Sid is none."""
    found = statements("P", a_text(a_statement(Sid="reads"), a_statement(), a_statement(Sid="")))
    assert [one.name for one in found] == ["reads", "#2", "#3"]


def test_what_a_condition_wants_may_be_a_number_or_a_boolean() -> None:
    """They are compared as their JSON text."""
    condition = {"Bool": {"aws:SecureTransport": False}, "NumericLessThan": {"s3:max-keys": [10, 2.5]}}
    (one,) = statements("P", a_text(a_statement(Condition=condition)))
    assert [made.values for made in one.conditions] == [("false",), ("10", "2.5")]


def test_a_document_is_parsed_once() -> None:
    """The same text gives the same statements."""
    text = a_text(a_statement(Sid="once"))
    assert statements("P", text) is statements("P", text)


WRONG: list[tuple[Any, str]] = [
    ("no JSON", "policy P: is not JSON"),
    ('{"Statement": [], "Statement": []}', "policy P: the key Statement stands twice"),
    ([], "policy P: expected an object, not []"),
    (
        {"Version": "2020-01-01", "Statement": []},
        "policy P, Version: expected 2012-10-17 or 2008-10-17, not '2020-01-01'",
    ),
    ({"Version": "2012-10-17"}, "policy P, statement #1: expected an object, not None"),
    ({"Statement": [a_statement(), "x"]}, "policy P, statement #2: expected an object"),
    (a_statement("allow", Sid="s"), "policy P, statement s, Effect: expected Allow or Deny, not 'allow'"),
    (a_statement(Action=None), "statement #1: has neither Action nor NotAction"),
    (a_statement(NotAction="*"), "statement #1: has both Action and NotAction"),
    (a_statement(Resource=[1]), "statement #1, Resource: expected a text or a list of texts"),
    (a_statement(Principal={"Aws": "*"}), "statement #1, Principal: expected AWS or Service"),
    (a_statement(Principal="arn"), "statement #1, Principal: expected an object"),
    (a_statement(Condition={"StringIs": {}}), "statement #1, Condition: StringIs is no condition operator"),
    (a_statement(Condition={"Bool": {"k": [None]}}), "Condition, Bool, k: expected a text, a number"),
    (a_statement(Condition={"Bool": {"k": "yes"}}), "Condition, Bool, k: expected true or false, not 'yes'"),
    (a_statement(Condition={"NumericEquals": {"k": "ten"}}), "k: expected a number, not 'ten'"),
    (a_statement(Condition={"DateEquals": {"k": "soon"}}), "k: expected a date"),
    (a_statement(Condition={"IpAddress": {"k": "here"}}), "k: expected an address or CIDR block"),
    (a_statement(Condition={"BinaryEquals": {"k": "?"}}), "k: expected base-64 text"),
    (a_statement(Condition={"NumericEquals": {"k": "${aws:username}"}}), "k: expected a number"),
]


@pytest.mark.parametrize(("written", "says"), WRONG)
def test_a_malformed_document_is_refused_with_what_is_wrong_in_it(written: Any, says: str) -> None:
    """The error names the policy, the statement and the key."""
    whole = {"Statement": [written]} if isinstance(written, dict) and "Effect" in written else written
    with pytest.raises(InvalidSnapshotError) as caught:
        statements("P", whole if isinstance(whole, str) else json.dumps(whole))
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("policies", "says"),
    [
        ({"identity": (a_policy(a_statement(Resource=None)),)}, "policy P, statement #1: has neither Resource"),
        ({"identity": (a_policy(everybody()),)}, "has a Principal, which is not for a policy of this kind"),
        ({"resource": of_resource(a_statement())}, "has neither Principal nor NotPrincipal"),
        ({"endpoint": Policy("vpce-1", a_text(a_statement()))}, "policy vpce-1, statement #1: has neither Principal"),
    ],
)
def test_a_statement_must_fit_the_kind_of_its_policy(policies: dict[str, Any], says: str) -> None:
    """Who asks is named where the policy does not hang on them, and only there."""
    with pytest.raises(InvalidSnapshotError, match=says):
        ask(**policies)


@pytest.mark.parametrize(
    "principal", ["web", "arn:aws:sts::1:assumed-role/web/i-1", "arn:aws:iam::1:group/g", "arn:aws:iam:::role/x"]
)
def test_only_roles_users_and_root_users_ask(principal: str) -> None:
    """A session's role has a path that its ARN does not tell."""
    with pytest.raises(InvalidEventError, match="is no principal"):
        ask(a_request(by=principal))
