"""The smallest edit of an endpoint's policy: what it adds, what it leaves alone, and when there is none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pathmend.access.edit import LONGEST, allowing, grants
from pathmend.access.spans import items, joined, members
from pathmend.access.wildcards import covers, covers_action
from pathmend.errors import InvalidSnapshotError
from pathmend.snapshot.identity import Policy
from tests.unit.access.asking import ROLE, a_request, a_statement, a_text, everybody, verdict

GET = "s3:GetObject"
ONE, TWO, NEW = "arn:aws:s3:::b/1", "arn:aws:s3:::b/2", "arn:aws:s3:::b/new"
HERE = {"StringEquals": {"aws:PrincipalAccount": "123456789012"}}


def allowed(document: str, action: str = GET, resource: str = NEW) -> bool:
    """Say whether the endpoint lets it through, by the evaluation itself."""
    request = a_request(action, resource, values={"aws:ResourceAccount": ("123456789012",)})
    endpoint = Policy("vpce-1", document)
    return verdict(request, endpoint=endpoint, gateway_endpoint=True).value == "allowed"


def edit(document: str, *, actions: Any = (GET,), resources: Any = (NEW,), principals: Any = ()) -> str:
    """Return an edit that must be possible, and must do what it is for."""
    found = allowing(document, actions=actions, resources=resources, principals=principals)
    assert found is not None
    assert all(allowed(found, action, resource) for action in actions for resource in resources)
    return found


def test_a_resource_joins_the_statement_that_allows_just_its_action() -> None:
    """Nothing else changes, not a blank."""
    before = (
        '{ "Statement" : [\n {"Effect":"Deny","Principal":"*","Action":"s3:Put*","Resource":"*"},\n'
        f' {{"Effect" : "Allow", "Principal":"*", "Action":"s3:getobject",\t"Resource":["{ONE}" ,"{TWO}"\n] }} ] }}'
    )
    assert edit(before) == before.replace(f'"{TWO}"\n]', f'"{TWO}", "{NEW}"\n]')


def test_a_single_resource_becomes_a_list() -> None:
    """So does a single action."""
    before = a_text(everybody(Action=GET, Resource=ONE))
    assert edit(before) == before.replace(f'"{ONE}"', f'["{ONE}", "{NEW}"]')
    assert edit(before, actions=["s3:GetObjectTagging"], resources=[ONE]) == before.replace(
        f'"{GET}"', f'["{GET}", "s3:GetObjectTagging"]'
    )


def test_only_what_is_missing_is_added() -> None:
    """What is allowed already is not said twice."""
    before = a_text(everybody(Action=[GET], Resource=[ONE]))
    assert edit(before, resources=[ONE, NEW, TWO]) == before.replace(f'["{ONE}"]', f'["{ONE}", "{NEW}", "{TWO}"]')
    assert edit(before, resources=[ONE]) == before


@pytest.mark.parametrize(
    "statement",
    [
        everybody(Action=[GET, "s3:PutObject"], Resource=ONE),
        everybody(Action=None, NotAction="s3:*", Resource=NEW),
        everybody(Action=GET, Resource=None, NotResource=NEW),
    ],
)
def test_a_statement_that_would_open_more_is_left_alone(statement: dict[str, Any]) -> None:
    """A new one stands beside it, and says just what is needed."""
    before = a_text(statement)
    found = edit(before)
    assert found.startswith(before.removesuffix("]}"))
    assert json.loads(found)["Statement"][1] == {
        "Sid": "Pathmend1",
        "Effect": "Allow",
        "Principal": "*",
        "Action": [GET],
        "Resource": [NEW],
    }


def test_a_single_statement_becomes_a_list() -> None:
    """With the new one behind it, and a Sid that is free."""
    before = (
        '{"Statement": {"Sid": "Pathmend1", "Effect": "Allow", "Principal": "*", "Action": "s3:Put*", "Resource": "*"}}'
    )
    found = edit(before)
    assert found.startswith(before.replace(": {", ": [{", 1).removesuffix("}"))
    assert [one["Sid"] for one in json.loads(found)["Statement"]] == ["Pathmend1", "Pathmend2"]


def test_a_new_statement_keeps_the_conditions_that_all_others_share() -> None:
    """No condition is loosened by standing beside it."""
    extra = {
        "StringEquals": HERE["StringEquals"] | {"aws:PrincipalTag/x": "y"},
        "Bool": {"aws:SecureTransport": "true"},
    }
    before = a_text(everybody(Action=GET, Resource=ONE, Condition=HERE), everybody(Resource=TWO, Condition=extra))
    assert json.loads(edit(before))["Statement"][2]["Condition"] == HERE


def test_a_new_statement_may_be_for_one_role_alone() -> None:
    """A gateway endpoint's policy names it in a condition."""
    before = a_text(everybody(Action=GET, Resource=ONE, Condition=HERE), everybody(Action="s3:Put*"))
    (*_, new) = json.loads(edit(before, principals=[ROLE]))["Statement"]
    assert (new["Principal"], new["Condition"]) == ("*", {"ArnEquals": {"aws:PrincipalArn": ROLE}})
    (*_, new) = json.loads(edit(a_text(everybody("Deny", Resource=TWO)), principals=[ROLE]))["Statement"]
    assert new["Condition"] == {"ArnEquals": {"aws:PrincipalArn": ROLE}}


def test_a_new_statement_is_for_those_whom_all_others_name() -> None:
    """An interface endpoint's policy may name a principal."""
    before = a_text(everybody(Action="s3:Put*", Principal={"AWS": ["arn:x"]}))
    found = allowing(before, actions=[GET], resources=[NEW])
    assert found is not None
    assert json.loads(found)["Statement"][1]["Principal"] == {"AWS": ["arn:x"]}


NAMED = everybody(Principal={"AWS": "arn:x"}, Resource=ONE)


@pytest.mark.parametrize(
    "statements",
    [
        [everybody(Resource=ONE), everybody("Deny", Resource=NEW)],
        [everybody(Resource=ONE), a_statement("Deny", NotPrincipal={"AWS": "arn:x"}, Resource="arn:aws:s3:::b/*")],
        [everybody(Resource=ONE), everybody("Deny", Resource=None, NotResource=ONE)],
        [everybody(Resource=ONE, Condition=HERE), everybody(Resource=TWO, Condition={"Bool": {"aws:k": "true"}})],
        [NAMED, everybody(Resource=ONE, Condition=HERE)],
        [a_statement(NotPrincipal={"AWS": "arn:x"}, Resource=ONE)],
        [everybody("Deny", Resource=ONE)],
        [everybody(Resource=ONE), everybody(Sid="x" * LONGEST, Action="s3:Put*")],
    ],
)
def test_there_is_no_edit_where_it_would_not_help_or_would_open_more(statements: list[dict[str, Any]]) -> None:
    """A Deny against it, everybody where only some are meant, or no room: a person decides."""
    assert allowing(a_text(*statements), actions=[GET], resources=[NEW]) is None


@pytest.mark.parametrize(("action", "resource"), [("s3:*", NEW), ("s3:Get?bject", NEW), (GET, "arn:aws:s3:::b/${x}")])
def test_a_wildcard_is_never_added(action: str, resource: str) -> None:
    """Nor what the language would take for a variable."""
    assert allowing(a_text(everybody(Resource=ONE)), actions=[action], resources=[resource]) is None


def test_a_role_is_not_added_to_statements_for_another() -> None:
    """The shared condition would keep it out."""
    other = {"ArnEquals": {"aws:PrincipalArn": "arn:x"}}
    before = a_text(everybody(Action=GET, Resource=ONE, Condition=other))
    assert allowing(before, actions=[GET], resources=[NEW], principals=[ROLE]) is None


def test_a_new_statement_for_a_role_drops_no_condition_that_each_of_the_others_has() -> None:
    """Where they share none of them, a person decides which one is meant."""
    before = a_text(
        everybody(Action=GET, Resource=ONE, Condition=HERE),
        everybody(Resource=TWO, Condition={"Bool": {"aws:k": "true"}}),
    )
    assert allowing(before, actions=[GET], resources=[NEW], principals=[ROLE]) is None


def test_what_is_allowed_under_a_condition_is_not_allowed_without_it() -> None:
    """The condition is somebody's intent, whatever else the policy opens."""
    guarded = everybody(Action="s3:Get*", Resource="arn:aws:s3:::b/*", Condition=HERE)
    for beside in (everybody(Action=GET, Resource="arn:aws:s3:::other/x"), everybody(Action="s3:Put*")):
        assert allowing(a_text(guarded, beside), actions=[GET], resources=[NEW], principals=[ROLE]) is None


def test_a_new_statement_may_be_for_several_roles() -> None:
    """All those, and no others, that lack the same."""
    before = a_text(everybody(Action="s3:Put*"))
    (_, new) = json.loads(edit(before, principals=[ROLE, f"{ROLE}-2"]))["Statement"]
    assert new["Condition"] == {"ArnEquals": {"aws:PrincipalArn": [ROLE, f"{ROLE}-2"]}}


def test_an_allow_for_everybody_but_some_is_no_statement_for_everybody() -> None:
    """Not even where it excepts everybody: a new statement stands beside it."""
    before = a_text(a_statement(NotPrincipal={"AWS": "*"}, Action=GET, Resource=[ONE, NEW]), everybody(Resource=TWO))
    found = json.loads(edit(before, principals=[ROLE]))["Statement"]
    assert found[:2] == json.loads(before)["Statement"]
    assert found[2]["Resource"] == [NEW]


def test_a_deny_with_a_condition_is_left_to_the_evaluation() -> None:
    """Whether it applies depends on the request."""
    deny = everybody("Deny", Condition={"Bool": {"aws:SecureTransport": "false"}})
    before = a_text(everybody(Action=GET, Resource=ONE), deny)
    found = allowing(before, actions=[GET], resources=[NEW])
    assert found == before.replace(f'"{ONE}"', f'["{ONE}", "{NEW}"]')


def test_a_malformed_policy_is_not_edited() -> None:
    """It is refused with what is wrong."""
    with pytest.raises(InvalidSnapshotError, match="has neither Action"):
        allowing(a_text(everybody(Action=None)), actions=[GET], resources=[NEW])


def test_the_parts_of_a_text_are_found_where_they_stand() -> None:
    """Whatever the white space and the values."""
    text = ' { "a" : [ 1 , {"b": "]}"} ] ,\n"c\\"": {} , "d":[]}'
    found = members(text, 0)
    assert {key: text[start:end] for key, (start, end) in found.items()} == {
        "a": '[ 1 , {"b": "]}"} ]',
        'c"': "{}",
        "d": "[]",
    }
    assert [text[start:end] for start, end in items(text, found["a"][0])] == ["1", '{"b": "]}"}']
    assert json.loads(joined(text, found["d"], ["2", "3"]))["d"] == [2, 3]
    assert members("{}", 0) == {}


def test_a_grant_is_told_for_each_new_resource_with_all_its_actions() -> None:
    """And for each new action on all its resources."""
    before = a_text(everybody(Action=[GET, "s3:ListBucket"], Resource=[ONE]))
    wider = a_text(everybody(Action=[GET, "s3:ListBucket"], Resource=[ONE, NEW]))
    more = a_text(everybody(Action=[GET, "s3:ListBucket", "s3:PutObject"], Resource=[ONE]))
    assert grants(before, wider) == (f"everybody may {GET}, s3:ListBucket on {NEW}",)
    assert grants(before, more) == (f"everybody may s3:PutObject on {ONE}",)
    assert grants(before, before) == ()
    assert grants(wider, before) == ()


@pytest.mark.parametrize(
    "before",
    [
        everybody(),
        everybody(Action="s3:*", Resource="arn:aws:s3:::b/*"),
        everybody(Action="S3:getobject", Resource=["x", NEW]),
        everybody(Action=None, NotAction="iam:*", Resource=None, NotResource=ONE),
        everybody(Resource=None),
    ],
)
def test_what_was_allowed_before_is_no_grant(before: dict[str, Any]) -> None:
    """However it was written."""
    assert grants(a_text(before), a_text(before, everybody(Action=GET, Resource=NEW))) == ()


@pytest.mark.parametrize(
    ("before", "added", "said"),
    [
        (
            everybody(Condition=HERE),
            everybody(Action=GET, Resource=NEW),
            f"everybody may {GET} on {NEW}",
        ),
        (
            everybody(Resource=ONE),
            everybody(Action=GET, Resource=NEW, Condition=HERE),
            f"everybody may {GET} on {NEW}, when aws:PrincipalAccount is 123456789012",
        ),
        (
            NAMED,
            everybody(Action=GET, Resource=ONE, Principal={"AWS": ["arn:x", ROLE]}),
            f"{ROLE} may {GET} on {ONE}",
        ),
        (
            everybody(Resource=ONE),
            a_statement(Action=GET, Resource=NEW, NotPrincipal={"AWS": ["arn:x", ROLE]}),
            f"everybody but arn:x, {ROLE} may {GET} on {NEW}",
        ),
        (
            everybody(Action=GET, Resource=ONE),
            everybody(Action=None, NotAction=["iam:*", "sts:*"], Resource=None, NotResource=ONE),
            f"everybody may everything but iam:*, sts:* on everything but {ONE}",
        ),
        (
            everybody(Action=None, NotAction="s3:Get*"),
            everybody(Action=[GET, "s3:PutObject", "s3:Put*"], Resource=NEW),
            f"everybody may {GET}, s3:Put* on {NEW}",
        ),
        (
            everybody(Action="s3:Get?", Resource=ONE),
            everybody(Action="s3:Get*", Resource=ONE),
            f"everybody may s3:Get* on {ONE}",
        ),
        (everybody(Action=GET), everybody(Resource=None), "everybody may * on *"),
    ],
)
def test_a_grant_says_who_may_do_what_and_when(before: dict[str, Any], added: dict[str, Any], said: str) -> None:
    """Nothing is left out."""
    assert grants(a_text(before), a_text(before, added)) == (said,)


def test_a_deny_that_is_gone_is_told() -> None:
    """One that only moved or got another name is not."""
    deny = everybody("Deny", Sid="a", Action="s3:Put*", Resource=ONE)
    assert grants(a_text(everybody(), deny), a_text(deny | {"Sid": "b"}, everybody())) == ()
    assert grants(a_text(everybody(), deny), a_text(everybody())) == (
        f"everybody is no longer denied s3:Put* on {ONE}",
    )
    bare = a_statement("Deny", Resource=None, Condition=HERE)
    assert grants(a_text(bare), a_text(everybody(Resource=ONE)))[-1] == (
        "everybody is no longer denied * on *, when aws:PrincipalAccount is 123456789012"
    )


def test_a_statement_that_names_nobody_is_about_everybody() -> None:
    """It hangs on those whom it binds."""
    assert grants(a_text(a_statement(Resource=ONE)), a_text(a_statement(Resource=ONE))) == ()
    assert grants(a_text(everybody(Resource=ONE)), a_text(a_statement(Resource=ONE))) == ()


@pytest.mark.parametrize(
    ("pattern", "other", "expected"),
    [("a*", "ab*", True), ("a?", "a*", False), ("a?", "a?", True), ("a?", "ab", True), ("ab*", "a*", False)],
)
def test_a_pattern_covers_another_only_where_it_surely_does(pattern: str, other: str, *, expected: bool) -> None:
    """A question mark is one character, not what a star stands for."""
    assert covers(pattern, other) is expected
    assert covers_action(pattern.upper(), other) is expected
