"""Who may do what, from saved answers: what was not given is named, never taken for nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from pathmend.errors import InvalidSnapshotError
from pathmend.snapshot.identity import InstanceProfile, Policy
from pathmend.snapshot.load import load
from pathmend.snapshot.parse import parse
from tests.unit.snapshot.answers import answers
from tests.unit.snapshot.identity_answers import (
    BOUNDARY,
    INLINE,
    MANAGED,
    OPEN,
    PROFILE,
    ROLE,
    USER,
    a_group,
    a_policy,
    a_role,
    a_user,
    identities,
)

if TYPE_CHECKING:
    from pathlib import Path


def the_role(**overrides: Any) -> Any:
    """Return the role of a world in which it stands alone with the managed policies."""
    policies = [a_policy(MANAGED), a_policy(BOUNDARY)]
    return parse({"RoleDetailList": [a_role(**overrides)], "Policies": policies}).principals[ROLE]


def test_a_role_has_its_policies_its_boundary_and_its_trust() -> None:
    """Inline and attached ones, the version in force, however the documents are written."""
    role = parse(identities()).principals[ROLE]
    assert role.policies == (
        Policy(MANAGED, json.dumps(OPEN), "attached"),
        Policy("pictures", json.dumps(INLINE), "inline"),
    )
    assert role.boundary == Policy(BOUNDARY, json.dumps(OPEN), "boundary")
    assert role.trust == json.dumps(OPEN)
    assert (role.kind, role.unique_id, role.tags, role.unread) == ("role", "AROAWEB", (("team", "web"),), ())


def test_a_user_has_the_policies_of_its_groups() -> None:
    """They say by which group they came."""
    user = parse(identities()).principals[USER]
    assert {(one.id, one.via) for one in user.policies or ()} == {("all", "group ops"), (MANAGED, "group ops")}
    assert (user.kind, user.unique_id, user.boundary, user.unread) == ("user", "AIDAANN", None, ())


def test_a_group_of_another_account_is_not_meant() -> None:
    """Groups are named by account; one that was not given is unread."""
    other = a_group(Arn="arn:aws:iam::999999999999:group/ops")
    user = parse({"UserDetailList": [a_user()], "GroupDetailList": [other], "Policies": []}).principals[USER]
    assert user.policies == ()
    assert user.unread == ("group ops: not given",)


def test_what_a_group_lacks_its_members_lack() -> None:
    """A managed policy of the group that was not given."""
    user = parse({"UserDetailList": [a_user()], "GroupDetailList": [a_group()]}).principals[USER]
    assert user.unread == (f"group ops: managed policy {MANAGED}: not given",)


def test_a_policy_that_was_not_given_is_unread() -> None:
    """So is a boundary, and a document that is missing: they might allow or deny anything."""
    role = parse({"RoleDetailList": [a_role(RolePolicyList=[{"PolicyName": "gone"}])]}).principals[ROLE]
    assert role.policies == ()
    assert role.boundary is None
    assert role.unread == (
        "inline policy gone: not given",
        f"managed policy {MANAGED}: not given",
        f"permissions boundary {BOUNDARY}: not given",
    )


def test_the_reason_why_a_managed_policy_was_not_read_is_kept() -> None:
    """By those who hold it."""
    role = parse({"RoleDetailList": [a_role()], "Policies": [a_policy(BOUNDARY), {"Arn": MANAGED, "Unread": "denied"}]})
    assert role.principals[ROLE].unread == (f"managed policy {MANAGED}: denied",)


def test_a_policy_that_is_only_listed_is_not_given() -> None:
    """ListPolicies answers under the same key, without documents; a version may lack its own."""
    listed = {"Arn": MANAGED, "DefaultVersionId": "v2"}
    empty = {"Arn": BOUNDARY, "PolicyVersionList": [{"IsDefaultVersion": True}]}
    role = parse({"RoleDetailList": [a_role()], "Policies": [listed, empty]}).principals[ROLE]
    assert len(role.unread) == 2


def test_a_role_without_its_lists_is_not_a_role_without_policies() -> None:
    """GetRole answers without them."""
    bare = {"Arn": ROLE, "RoleName": "web"}
    role = parse({"RoleDetailList": [bare]}).principals[ROLE]
    assert role.policies is None
    assert role.unread == ("AttachedManagedPolicies: not given", "RolePolicyList: not given")


def test_the_reason_of_the_reading_is_kept() -> None:
    """In place of the plain words for what is missing."""
    values = a_role(Unread=["inline policies: no permission"])
    del values["RolePolicyList"]
    role = parse({"RoleDetailList": [values], "Policies": [a_policy(MANAGED), a_policy(BOUNDARY)]}).principals[ROLE]
    assert [one.id for one in role.policies or ()] == [MANAGED]
    assert role.unread == ("inline policies: no permission",)


def test_the_text_of_a_document_is_kept_as_it_was_written() -> None:
    """With its spaces and its percent signs, encoded or not."""
    text = '\n {"Statement": [ {"Sid":"a%20b", "Effect":"Deny", "Action":"*", "Resource":"*"} ]}'
    for written in (text, quote(text)):
        found = the_role(RolePolicyList=[{"PolicyName": "p", "PolicyDocument": written}]).policies
        assert [one.document for one in found if one.id == "p"] == [text]


@pytest.mark.parametrize("value", ["no policy", "[]", "%5B%5D", '{"Statement":', "{" * 100_000, 7, ["x"]])
def test_what_is_no_document_is_named(value: object) -> None:
    """By its place; a long one is cut."""
    with pytest.raises(
        InvalidSnapshotError, match=r"^RoleDetailList\[0\]\.RolePolicyList\[0\]\.PolicyDocument: "
    ) as caught:
        the_role(RolePolicyList=[{"PolicyName": "p", "PolicyDocument": value}])
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("arn", ["web", "arn:aws:iam", "urn:aws:iam::1:role/web"])
def test_what_is_no_arn_is_named(arn: str) -> None:
    """A name would be taken for a role of any account."""
    with pytest.raises(InvalidSnapshotError, match=rf"RoleDetailList\[0\]\.Arn: {arn} is not an ARN"):
        parse({"RoleDetailList": [a_role(Arn=arn)]})


def test_a_profile_names_its_role() -> None:
    """One that could not be read is unread by its ARN."""
    other = f"{PROFILE}-2"
    world = parse({"InstanceProfiles": [*identities()["InstanceProfiles"], {"Arn": other, "Unread": "no permission"}]})
    assert world.instance_profiles == {PROFILE: InstanceProfile(PROFILE, "web", (ROLE,))}
    assert world.unread[f"InstanceProfiles {other}"] == "no permission"


def test_instances_and_endpoints_name_what_binds_them() -> None:
    """The profile's ARN, and the endpoint's policy as text; None where the answers have neither."""
    given = answers()
    given["Reservations"][0]["Instances"][0]["IamInstanceProfile"] = {"Arn": PROFILE, "Id": "AIPA"}
    given["VpcEndpoints"][0]["PolicyDocument"] = '{ "Statement": [] }'
    world = parse(given)
    assert [one.profile_arn for one in world.instances.values()].count(PROFILE) == 1
    assert [one.policy for one in world.vpc_endpoints.values()].count('{ "Statement": [] }') == 1
    assert {one.profile_arn for one in parse(answers()).instances.values()} == {None}
    assert {one.policy for one in parse(answers()).vpc_endpoints.values()} == {None}


def test_an_instance_names_what_ties_it_to_its_profile() -> None:
    """Where that was read, and is in force."""
    given = answers()
    instance = given["Reservations"][0]["Instances"][0]["InstanceId"]
    old = {"AssociationId": "iip-0", "InstanceId": instance, "State": "disassociating"}
    new = {"AssociationId": "iip-1", "InstanceId": instance, "State": "associated"}
    assert parse(given).instances[instance].profile_association_id is None
    given["IamInstanceProfileAssociations"] = [new, old]
    assert parse(given).instances[instance].profile_association_id == "iip-1"


def test_accounts_are_merged_and_an_error_names_the_file(tmp_path: Path) -> None:
    """A policy in one file serves the role of another; the kinds that were given are counted."""
    for key, items in identities().items():
        (tmp_path / f"{key}.json").write_text(json.dumps({key: items}), encoding="utf-8")
    second = a_role(Arn=ROLE.replace("123456789012", "210987654321"))
    (tmp_path / "second.json").write_text(json.dumps({"RoleDetailList": [second]}), encoding="utf-8")
    world = load(tmp_path)
    assert len(world.principals) == 3
    assert {one.unread for one in world.principals.values()} == {()}
    assert world.given["RoleDetailList"] == 2
    assert "Services" not in world.given
    (tmp_path / "second.json").write_text(json.dumps({"RoleDetailList": [a_role(Tags=7)]}), encoding="utf-8")
    with pytest.raises(InvalidSnapshotError, match=r"second\.json: RoleDetailList\[0\]\.Tags: 7 is not a list"):
        load(tmp_path)
