"""Whether a statement is about a request: actions, resources, variables, principals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pathmend.access.wildcards import literal, matches, plain
from tests.unit.access.asking import (
    ACCOUNT,
    ALLOWED,
    DENIED,
    GET,
    OTHER,
    ROLE,
    ROOT,
    SESSION,
    TABLE,
    UNKNOWN,
    USER,
    a_policy,
    a_request,
    a_statement,
    ask,
    everybody,
    of_resource,
    verdict,
)

if TYPE_CHECKING:
    from pathmend.access.evaluate import Verdict

BUCKET = "arn:aws:s3:::b"


def own(request: Any = None, *, version: str = "2012-10-17", **overrides: Any) -> Verdict:
    """Return the verdict when the role's only statement is this one."""
    return verdict(request, identity=(a_policy(a_statement(**overrides), version=version),))


@pytest.mark.parametrize(
    "action", ["dynamodb:GetItem", "DYNAMODB:getitem", "dynamodb:Get*", "dynamodb:?etItem", "*", "dynamodb:*"]
)
def test_an_action_matches_in_any_case_and_by_wildcards(action: str) -> None:
    """AWS's actions have no case."""
    assert own(Action=["x:y", action]) is ALLOWED


@pytest.mark.parametrize("action", ["dynamodb:Get", "dynamodb:GetItems", "s3:*", "dynamodb:?GetItem"])
def test_another_action_does_not_match(action: str) -> None:
    """A name is matched whole."""
    assert own(Action=action) is DENIED


def test_not_action_is_about_everything_else() -> None:
    """What it lists is left out."""
    assert own(Action=None, NotAction=["s3:*", "iam:*"]) is ALLOWED
    assert own(Action=None, NotAction=["s3:*", "dynamodb:get*"]) is DENIED


@pytest.mark.parametrize(
    ("pattern", "arn", "expected"),
    [
        ("*", TABLE, ALLOWED),
        (TABLE, TABLE, ALLOWED),
        (TABLE, TABLE.replace("/t", "/T"), DENIED),
        ("arn:aws:dynamodb:*:*:table/*", TABLE, ALLOWED),
        ("arn:aws:dynamodb:us-*-1:123456789012:table/t", TABLE, ALLOWED),
        ("arn:aws:dynamodb:us-east-?:123456789012:table/t", TABLE, ALLOWED),
        ("arn:aws:dynamodb:*", TABLE, ALLOWED),
        ("arn:aws:dynamodb:us-*t-1:123456789012:table/t", TABLE, ALLOWED),
        ("arn:aws:dynamodb:u*s:table/t", "arn:aws:dynamodb:us-east-1:s:table/t", DENIED),
        ("arn:aws:dynamodb:us?east-1:123456789012:table/t", TABLE, ALLOWED),
        ("arn:aws:x:*:123456789012:finance/*", "arn:aws:x:us:9:store/abc:123456789012:finance/d", ALLOWED),
        ("arn:aws:s3:::b/a*c", "arn:aws:s3:::b/a:b/c", ALLOWED),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b", DENIED),
        ("arn:aws:s3:::b/?", "arn:aws:s3:::b/é", ALLOWED),
    ],
)
def test_a_resource_matches_by_wildcards_and_case(pattern: str, arn: str, expected: Verdict) -> None:
    """A star inside a part stays in it, one that ends a part may go beyond it."""
    here = {"aws:ResourceAccount": (ACCOUNT,)}
    assert own(a_request(resource=arn, values=here), Resource=["arn:aws:none:::x", pattern]) is expected


def test_not_resource_is_about_everything_else() -> None:
    """What it lists is left out."""
    assert own(Resource=None, NotResource="arn:aws:s3:::*") is ALLOWED
    assert own(Resource=None, NotResource=[TABLE]) is DENIED


def at(name: str, **keys: Any) -> Any:
    """Return a request for an object of this account's bucket."""
    values = {"aws:ResourceAccount": (ACCOUNT,)} | keys.pop("values", {})
    return a_request("s3:GetObject", f"{BUCKET}/{name}", values=values, **keys)


NO_OTHER_TAGS: dict[str, tuple[str, ...]] = {"aws:PrincipalTag/*": ()}


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("${aws:PrincipalTag/team}/*", "blue/x", ALLOWED),
        ("${AWS:principaltag/TEAM}/*", "blue/x", ALLOWED),
        ("${aws:PrincipalTag/team}/*", "red/x", DENIED),
        ("${aws:PrincipalTag/none}/*", "red/x", DENIED),
        ("${aws:PrincipalTag/none, 'all'}/*", "all/x", ALLOWED),
        ("${aws:PrincipalTag/team, 'all'}/*", "all/x", DENIED),
        ("${aws:PrincipalTag/many}/*", "a/x", DENIED),
        ("${aws:PrincipalTag/wild}", "anything", DENIED),
        ("${aws:PrincipalTag/wild}", "*?", ALLOWED),
        ("a${*}", "a*", ALLOWED),
        ("a${*}", "ab", DENIED),
        ("a${?}${$}", "a?$", ALLOWED),
        ("a${?}", "ab", DENIED),
        ("${aws:PrincipalTag/hidden}/x", "secret/x", UNKNOWN),
        ("${aws:PrincipalTag/hidden}/x", "secret/y", DENIED),
        ("${*}${aws:PrincipalTag/hidden}/x", "secret/x", DENIED),
    ],
)
def test_a_variable_stands_for_the_requests_value(pattern: str, name: str, expected: Verdict) -> None:
    """As it is, without wildcards; without a value it matches nothing, and a value that is not known leaves it open."""
    tags = {"team": ("blue",), "many": ("a", "b"), "wild": ("*?",)}
    values = {f"aws:PrincipalTag/{key}": value for key, value in tags.items()} | NO_OTHER_TAGS
    request = at(name, values=values, unknown={"aws:PrincipalTag/hidden": "not read"})
    assert own(request, Resource=f"{BUCKET}/{pattern}") is expected


def test_a_variable_without_a_value_leaves_open_what_an_exception_excepts() -> None:
    """AWS says only that the statement might be invalid."""
    assert own(at("x"), Resource=None, NotResource=f"{BUCKET}/${{aws:PrincipalTag/team}}") is UNKNOWN
    untagged = at("x", values=NO_OTHER_TAGS)
    assert own(untagged, Resource=None, NotResource=f"{BUCKET}/${{aws:PrincipalTag/team}}") is UNKNOWN


def test_the_older_language_has_no_variables() -> None:
    """They are text like any other."""
    assert own(at("${aws:username}"), Resource=f"{BUCKET}/${{aws:username}}", version="2008-10-17") is ALLOWED
    condition = {"StringEquals": {"aws:PrincipalTag/team": "${aws:username}"}}
    literal_tag = at("x", values={"aws:PrincipalTag/team": ("${aws:username}",)})
    assert own(literal_tag, Condition=condition, version="2008-10-17") is ALLOWED
    assert own(literal_tag, Condition=condition) is DENIED


@pytest.mark.parametrize(
    ("operator", "expected"),
    [("StringEquals", ALLOWED), ("StringNotEquals", DENIED), ("ArnLike", DENIED), ("Bool", DENIED)],
)
def test_a_variable_may_stand_in_a_condition(operator: str, expected: Verdict) -> None:
    """It is compared like a text that was written there."""
    values = {"aws:PrincipalTag/team": ("blue",), "aws:PrincipalTag/other": ("blue",)}
    condition = {operator: {"aws:PrincipalTag/other": "${aws:PrincipalTag/team}"}}
    assert own(at("x", values=values), Condition=condition) is expected


def test_a_variable_without_a_value_leaves_a_negated_condition_open() -> None:
    """A plain one it fails; one that is not known leaves both open."""
    values = {"aws:PrincipalTag/other": ("blue",), **NO_OTHER_TAGS}
    request = at("x", values=values, unknown={"aws:PrincipalTag/hidden": "not read"})
    wants = {"aws:PrincipalTag/other": "${aws:PrincipalTag/none}"}
    assert own(request, Condition={"StringEquals": wants}) is DENIED
    assert own(request, Condition={"StringNotEquals": wants}) is UNKNOWN
    assert own(request, Condition={"StringEquals": {"aws:PrincipalTag/other": "${aws:PrincipalTag/hidden}"}}) is UNKNOWN


def test_a_value_that_a_variable_brings_keeps_its_wildcards_as_text() -> None:
    """The pattern made of it matches it alone."""
    assert matches(literal("a*?"), "a*?")
    assert not matches(literal("a*?"), "abc")
    assert plain(literal("a*?")) == "a*?"


def test_all_conditions_must_hold() -> None:
    """Operators and keys are joined by and, values by or."""
    values = {"aws:SourceVpce": ("vpce-1",), "aws:PrincipalTag/team": ("blue",)}
    both = {"StringEquals": {"aws:sourceVpce": ["vpce-0", "vpce-1"], "aws:PrincipalTag/team": "blue"}}
    assert own(a_request(values=values), Condition=both) is ALLOWED
    assert own(a_request(values=values), Condition=both | {"Null": {"aws:SourceVpce": True}}) is DENIED


def by_resource(principal: Any, *, effect: str = "Allow", key: str = "Principal", **request: Any) -> Verdict:
    """Return the verdict when a table's policy says this, and the principal's own policies (for an Allow) nothing."""
    statement = a_statement(effect, **{key: principal})
    identity = (a_policy(),) if effect == "Deny" else ()
    return verdict(a_request(**request), identity=identity, resource=of_resource(statement))


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("*", ALLOWED),
        ({"AWS": "*"}, ALLOWED),
        ({"AWS": ["arn:aws:iam::9:root", ROLE]}, ALLOWED),
        ({"AWS": SESSION}, ALLOWED),
        ({"AWS": ROOT}, DENIED),
        ({"AWS": ACCOUNT}, DENIED),
        ({"AWS": OTHER}, DENIED),
        ({"AWS": SESSION.replace("i-1", "i-2")}, DENIED),
        ({"AWS": ROLE.replace("web", "w*")}, DENIED),
        ({"AWS": USER}, DENIED),
        ({"AWS": "AROADELETED"}, DENIED),
        ({"Service": "ec2.amazonaws.com"}, DENIED),
        ({"Federated": "accounts.google.com"}, DENIED),
        ({"CanonicalUser": "79a59d"}, DENIED),
    ],
)
def test_a_resource_policy_names_a_role_in_many_forms(principal: Any, expected: Verdict) -> None:
    """Naming the account only lets the account's own policies decide."""
    assert by_resource(principal) is expected


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ({"AWS": USER}, ALLOWED),
        ({"AWS": ROOT}, DENIED),
        ({"AWS": ROLE}, DENIED),
        ({"AWS": SESSION}, DENIED),
        ("*", ALLOWED),
    ],
)
def test_a_resource_policy_names_a_user(principal: Any, expected: Verdict) -> None:
    """A user has no sessions."""
    assert by_resource(principal, by=USER, session=None) is expected


def test_which_session_is_meant_is_open_where_the_sessions_name_is_not_known() -> None:
    """The answer says so."""
    assert by_resource({"AWS": SESSION}, session=None) is UNKNOWN
    assert by_resource({"AWS": SESSION.replace("web", "db")}, session=None) is DENIED


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ({"AWS": ROOT}, DENIED),
        ({"AWS": ROLE}, DENIED),
        ({"AWS": SESSION}, DENIED),
        ("*", DENIED),
        ({"AWS": OTHER}, ALLOWED),
        ({"CanonicalUser": "79a59d"}, UNKNOWN),
    ],
)
def test_a_deny_of_a_resource_holds_for_every_form_of_the_principal(principal: Any, expected: Verdict) -> None:
    """A Deny for the account is one for all in it."""
    assert by_resource(principal, effect="Deny") is expected


@pytest.mark.parametrize(
    ("spared", "expected"),
    [
        ("*", ALLOWED),
        ({"AWS": [ROLE, ROOT, SESSION]}, ALLOWED),
        ({"AWS": [ROLE, ROOT]}, UNKNOWN),
        ({"AWS": [ROLE]}, UNKNOWN),
        ({"AWS": [ROOT]}, DENIED),
        ({"AWS": OTHER}, DENIED),
        ({"Service": "ec2.amazonaws.com"}, DENIED),
    ],
)
def test_not_principal_spares_whom_it_names_wholly(spared: Any, expected: Verdict) -> None:
    """AWS looks at the account, then the role, then the session."""
    assert by_resource(spared, effect="Deny", key="NotPrincipal") is expected


@pytest.mark.parametrize(
    ("by", "spared", "expected"),
    [(USER, [USER, ACCOUNT], ALLOWED), (USER, [ACCOUNT], DENIED), (ROOT, [ROOT], ALLOWED), (ROOT, [USER], DENIED)],
)
def test_not_principal_spares_users_and_the_root_user(by: str, spared: list[str], expected: Verdict) -> None:
    """A user is named with its account, the root user by the account alone."""
    assert by_resource({"AWS": spared}, effect="Deny", key="NotPrincipal", by=by, session=None) is expected


def test_not_principal_always_denies_who_has_a_boundary() -> None:
    """Whomever it names: so AWS says."""
    deny = of_resource(a_statement("Deny", NotPrincipal="*"))
    assert verdict(boundary=a_policy(), resource=deny) is DENIED


def test_not_principal_with_allow_is_not_relied_upon() -> None:
    """AWS does not support it; whom it names it does not allow."""
    assert by_resource({"AWS": OTHER}, key="NotPrincipal") is UNKNOWN
    assert by_resource("*", key="NotPrincipal") is DENIED


@pytest.mark.parametrize(
    ("principal", "gateway", "expected"),
    [
        ("*", True, ALLOWED),
        ({"AWS": ACCOUNT}, True, DENIED),
        ({"AWS": ROLE}, True, UNKNOWN),
        ({"AWS": OTHER}, True, DENIED),
        ({"AWS": ACCOUNT}, False, ALLOWED),
        ({"AWS": ROLE}, False, ALLOWED),
    ],
)
def test_a_gateway_endpoints_policy_names_everybody_or_the_root_user(
    principal: Any, *, gateway: bool, expected: Verdict
) -> None:
    """AWS takes the account there for its root user; other endpoints' policies are like a resource's."""
    endpoint = a_policy(everybody(Principal=principal), id="vpce-1")
    assert verdict(endpoint=endpoint, gateway_endpoint=gateway) is expected


def test_a_gateway_endpoints_policy_that_names_the_account_lets_its_root_user_through() -> None:
    """It is the one whom AWS means there."""
    endpoint = a_policy(everybody(Principal={"AWS": ROOT}), id="vpce-1")
    assert verdict(a_request(by=ROOT), endpoint=endpoint, gateway_endpoint=True) is ALLOWED


def test_a_resources_statement_without_a_resource_is_about_it() -> None:
    """A repository's policy has none."""
    assert verdict(identity=(), resource=of_resource(everybody(Action=GET, Resource=None))) is ALLOWED


def test_what_makes_an_answer_unknown_is_named() -> None:
    """By key, with the reason that was given."""
    condition = {"StringEquals": {"dynamodb:LeadingKeys": "a"}}
    found = ask(identity=(a_policy(a_statement(Condition=condition)),))
    assert found.unknown == ("dynamodb:LeadingKeys: its value was not given",)
