"""The nearest miss: what would have to differ for a denied request to be allowed."""

from __future__ import annotations

from typing import Any

import pytest

from pathmend.access.evaluate import Miss
from pathmend.access.policies import PolicyKind
from tests.unit.access.asking import (
    GET,
    KEY,
    OTHER,
    QUEUE,
    ROLE,
    ROOT,
    SESSION,
    TABLE,
    THEIR_TABLE,
    a_policy,
    a_request,
    a_statement,
    ask,
    everybody,
    of_resource,
)

VPCE = {"StringEquals": {"aws:sourceVpce": "vpce-0a1"}}
NOTHING = "no statement of the identity policies allows dynamodb:GetItem on " + TABLE


def misses(request: Any = None, **policies: Any) -> tuple[Miss, ...]:
    """Return the misses of a request."""
    return ask(request, **policies).misses


def sentences(request: Any = None, **policies: Any) -> list[str]:
    """Return their sentences."""
    return [one.sentence for one in misses(request, **policies)]


def of_role(*statements: dict[str, Any]) -> dict[str, Any]:
    """Return a role's only policy."""
    return {"identity": (a_policy(*statements, id="X"),)}


def test_a_condition_that_is_not_met_is_named_with_what_it_wants_and_what_there_is() -> None:
    """The workshop's fourth fault: the request does not go through the endpoint."""
    reads = a_statement(Sid="ddbReadOnly", Action=[GET], Resource=TABLE, Condition=VPCE)
    assert misses(**of_role(reads)) == (
        Miss(
            PolicyKind.IDENTITY,
            "X",
            "ddbReadOnly",
            "condition",
            "aws:sourcevpce",
            ("vpce-0a1",),
            None,
            "statement ddbReadOnly of policy X allows it when aws:sourceVpce is vpce-0a1; "
            "the request has no aws:sourceVpce",
        ),
    )


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ({"StringNotEquals": {"aws:k": ["v", "w"]}}, "aws:k is not v or w; the request's is v"),
        ({"StringLike": {"aws:k": "x*"}}, "aws:k is like x*; the request's is v"),
        ({"ForAllValues:StringEquals": {"aws:k": "x"}}, "every value of aws:k is x; the request's is v"),
        ({"ForAnyValue:StringEqualsIfExists": {"aws:k": "x"}}, "some value of aws:k is x, where it is there"),
        ({"Null": {"aws:k": "true"}}, "aws:k is absent; the request's is v"),
        ({"Null": {"aws:gone": "false"}}, "aws:gone is present; the request has no aws:gone"),
        ({"IpAddress": {"aws:k": "10.0.0.0/8"}}, "aws:k is in 10.0.0.0/8"),
        ({"NumericLessThan": {"aws:k": 5}}, "aws:k is below 5"),
        ({"StringEquals": {"aws:k": list("abcdef")}}, "aws:k is a, b, c, d or 2 more; "),
        ({"StringEquals": {"aws:k": []}}, "aws:k is nothing; "),
    ],
)
def test_each_operator_has_its_words(condition: Any, says: str) -> None:
    """A long list is counted."""
    request = a_request(values={"aws:k": ("v",)})
    (sentence,) = sentences(request, **of_role(a_statement(Condition=condition)))
    assert f"statement #1 of policy X allows it when {says}" in sentence


def test_an_action_that_is_missing_is_named() -> None:
    """With those that are there; of another service's statement nothing is said."""
    reads = a_statement(Sid="queries", Action=["dynamodb:Query", "dynamodb:Scan"], Resource=TABLE)
    other = a_statement(Action="s3:*", Resource="*")
    (miss,) = misses(**of_role(other, reads))
    assert (miss.what, miss.wanted, miss.found) == ("action", ("dynamodb:Query", "dynamodb:Scan"), (GET,))
    assert miss.sentence == f"statement queries of policy X allows dynamodb:Query and dynamodb:Scan, not {GET}"


def test_an_action_that_is_left_out_is_named() -> None:
    """NotAction allows everything else."""
    assert sentences(**of_role(a_statement(Action=None, NotAction=["dynamodb:Get*"]))) == [
        f"statement #1 of policy X allows everything but dynamodb:Get*, not {GET}"
    ]


def test_a_resource_that_is_missing_is_named() -> None:
    """The workshop's fifth fault: the endpoint's policy lists other keys."""
    (miss,) = misses(endpoint=a_policy(everybody(Sid="keys", Resource="arn:aws:dynamodb:::x"), id="vpce-1"))
    assert (miss.kind, miss.policy_id, miss.what, miss.found) == (PolicyKind.ENDPOINT, "vpce-1", "resource", (TABLE,))
    assert miss.sentence == (
        f"statement keys of the endpoint policy of vpce-1 allows it on arn:aws:dynamodb:::x, not on {TABLE}"
    )


def test_a_principal_that_is_missing_is_named() -> None:
    """In another account's policy it is one of two sides."""
    theirs = of_resource(everybody(Principal={"AWS": ["arn:aws:iam::1:role/a"]}), arn=THEIR_TABLE)
    (miss,) = misses(a_request(resource=THEIR_TABLE), resource=theirs)
    assert (miss.what, miss.wanted, miss.found) == ("principal", ("arn:aws:iam::1:role/a",), (ROLE,))
    assert miss.sentence == (
        f"statement #1 of the resource policy of {THEIR_TABLE} allows it to arn:aws:iam::1:role/a, not to {ROLE}"
    )


def test_a_principal_that_is_left_out_is_named() -> None:
    """NotPrincipal allows everybody else."""
    theirs = of_resource(a_statement(NotPrincipal={"AWS": [ROLE, ROOT, SESSION]}), arn=THEIR_TABLE)
    (sentence,) = sentences(a_request(resource=THEIR_TABLE), resource=theirs)
    assert f"allows it to everybody but {ROLE}, {ROOT} or {SESSION}, not to {ROLE}" in sentence


def test_where_nothing_comes_near_that_is_said() -> None:
    """Statements about other things are no misses."""
    assert sentences(identity=()) == [NOTHING]
    assert sentences(**of_role(a_statement(Action="s3:*"), a_statement(Action="dynamodb:Q*", Resource=QUEUE))) == [
        NOTHING
    ]


def test_the_fewest_differences_come_first() -> None:
    """Of one kind of policy only the nearest statements are named, element by element; a nearer kind comes first."""
    two = a_statement(Sid="two", Action="dynamodb:Query", Condition=VPCE)
    one = a_statement(Sid="one", Action="dynamodb:Query")
    assert [miss.statement for miss in misses(**of_role(two, one))] == ["one"]
    endpoint = a_policy(everybody(Sid="near", Resource=QUEUE), id="vpce-1")
    found = misses(endpoint=endpoint, **of_role(two))
    assert [(miss.statement, miss.what) for miss in found] == [
        ("near", "resource"),
        ("two", "action"),
        ("two", "condition"),
    ]


def test_of_many_statements_that_are_as_near_three_are_named() -> None:
    """More would say less."""
    many = [a_statement(Sid=f"s{number}", Condition=VPCE) for number in range(9)]
    assert [miss.statement for miss in misses(**of_role(*many))] == ["s0", "s1", "s2"]


def test_a_deny_is_named_with_every_condition_on_which_it_rests() -> None:
    """Before all else that is missing."""
    deny = everybody("Deny", Sid="onlyHere", Condition={"StringNotEquals": {"aws:SourceVpce": "vpce-1"}})
    found = misses(resource=of_resource(deny), **of_role(a_statement(Action="dynamodb:Query")))
    assert [(miss.what, miss.key, miss.wanted) for miss in found] == [
        ("condition", "aws:sourcevpce", ("vpce-1",)),
        ("action", "", ("dynamodb:Query",)),
    ]
    assert found[0].sentence == (
        f"statement onlyHere of the resource policy of {TABLE} denies it when aws:SourceVpce is not vpce-1; "
        "the request has no aws:SourceVpce"
    )


def test_a_deny_without_a_condition_is_named_as_it_is() -> None:
    """Only an edit of it would help."""
    (miss,) = misses(service_control=((a_policy(), a_policy(a_statement("Deny", Sid="no"), id="S")),))
    assert miss.what == "deny"
    assert (
        miss.sentence
        == f"statement no of service control policy S denies it whatever the circumstances: {GET} on {TABLE}"
    )


def test_a_level_of_the_organization_that_allows_nothing_is_named() -> None:
    """By its number from the root."""
    found = sentences(service_control=((a_policy(),), (a_policy(a_statement(Action="s3:*")),)))
    assert found == [
        f"no statement of the service control policies of level 2 of 2 of the organization allows {GET} on {TABLE}"
    ]


@pytest.mark.parametrize("limit", ["boundary", "session"])
def test_what_limits_is_named_where_it_does_not_allow(limit: str) -> None:
    """The role's own policies allow it."""
    policy = a_policy(a_statement(Sid="cap", Resource=QUEUE), id="B")
    (miss,) = misses(**{limit: policy if limit == "boundary" else (policy,)})
    assert (miss.kind.name.lower(), miss.statement, miss.what) == (limit, "cap", "resource")


def test_a_resources_policy_is_named_where_its_grant_alone_would_do() -> None:
    """After the principal's own policies; a statement that names the account alone would not do."""
    policy = of_resource(everybody(Sid="near", Condition=VPCE), everybody(Sid="account", Principal={"AWS": ROOT}))
    found = misses(identity=(), resource=policy)
    assert [(miss.kind, miss.what, miss.statement) for miss in found] == [
        (PolicyKind.IDENTITY, "no statement", ""),
        (PolicyKind.RESOURCE, "condition", "near"),
        (PolicyKind.RESOURCE, "principal", "account"),
    ]


def test_a_key_needs_its_own_policy() -> None:
    """Where that does not name the account, the role's policies are of no use."""
    request = a_request("kms:Decrypt", KEY)
    policy = of_resource(everybody(Principal={"AWS": OTHER}), arn=KEY)
    assert [(miss.kind, miss.what) for miss in misses(request, resource=policy)] == [(PolicyKind.RESOURCE, "principal")]
    assert [(miss.kind, miss.what) for miss in misses(request)] == [(PolicyKind.RESOURCE, "no statement")]


def test_what_is_allowed_or_not_known_has_no_misses() -> None:
    """They are of denied requests."""
    assert misses() == ()
    assert misses(unread={PolicyKind.IDENTITY: "AccessDenied"}, identity=()) == ()


def test_what_grants_already_misses_nothing() -> None:
    """Where an endpoint's policy refuses what a resource or the principal grants, only that policy misses."""
    closed = a_policy(everybody(Action="none:None"))
    puts = of_resource(everybody(Action="dynamodb:PutItem"))
    assert {miss.kind for miss in ask(endpoint=closed, resource=puts).misses} == {PolicyKind.ENDPOINT}
    by_resource = ask(
        endpoint=closed,
        resource=of_resource(everybody()),
        identity=(),
        boundary=a_policy(a_statement(Action="none:None")),
    )
    assert {miss.kind for miss in by_resource.misses} == {PolicyKind.ENDPOINT}
