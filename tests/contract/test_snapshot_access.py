"""Who may do what is saved with a VPC, and read for one question; both say what they could not read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from pathmend.aws.snapshots import AwsSnapshots
from pathmend.aws.snapshots_resources import holder_of
from pathmend.cli.folder import fill, opened
from pathmend.errors import TemporaryError
from tests.contract.moto_identity import (
    ACCOUNT,
    BUCKET,
    FAR_TABLE,
    MANAGED,
    OPEN,
    PROFILE,
    ROLE,
    TABLE,
    USER,
    give_identity,
    the_instance,
)
from tests.contract.moto_world import MotoWorld, make_world
from tests.fakes import FixedClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pathmend.aws.clients import Clients

MANAGEMENT = "999999999999"
UNIT = "ou-1"
PARENTS = {ACCOUNT: UNIT, UNIT: "r-1"}


@pytest.fixture
def made(clients: Clients) -> MotoWorld:
    """Make the world in moto, its instance with a role."""
    for operation in ("DescribeVpcBlockPublicAccessOptions", "DescribeVpcBlockPublicAccessExclusions"):
        clients.named("ec2").meta.events.register(f"before-call.ec2.{operation}", _no_answer)
    world = make_world(clients)
    give_identity(clients)
    return world


def _no_answer(**_: object) -> None:
    raise ResponseParserError("<!doctype html>")


@pytest.fixture
def answer(clients: Clients) -> Callable[[str, str, Callable[[dict[str, Any]], Any]], None]:
    """Return a function that lays down what an operation answers."""

    def install(service: str, operation: str, say: Callable[[dict[str, Any]], Any]) -> None:
        def answered(params: Any, **_: object) -> tuple[AWSResponse, Any]:
            return AWSResponse("", 200, HTTPHeaders(), None), say(json.loads(params["body"]))

        clients.named(service).meta.events.register(f"before-call.*.{operation}", answered)

    return install


@pytest.fixture
def organization(answer: Callable[..., None]) -> None:
    """Lay down an organization: a root and a unit above the account, service control policies, none for resources."""

    def policies(asked: dict[str, Any]) -> Any:
        names = ["p-full"] if asked["Filter"] == "SERVICE_CONTROL_POLICY" else []
        return {"Policies": [{"Id": name} for name in [*names, *(["p-unit"] if asked["TargetId"] == UNIT else [])][:2]]}

    told = {"Organization": {"Id": "o-1", "MasterAccountId": MANAGEMENT}}
    answer("organizations", "DescribeOrganization", lambda _: told)
    answer("organizations", "ListParents", lambda asked: {"Parents": [{"Id": PARENTS[asked["ChildId"]]}]})
    answer(
        "organizations",
        "ListPoliciesForTarget",
        lambda asked: policies(asked) if asked["Filter"] == "SERVICE_CONTROL_POLICY" else {"Policies": []},
    )
    answer(
        "organizations",
        "DescribePolicy",
        lambda asked: {"Policy": {"PolicySummary": {"Id": asked["PolicyId"]}, "Content": json.dumps(OPEN)}},
    )


@pytest.mark.usefixtures("organization")
def test_a_vpc_is_saved_with_who_may_do_what_in_it(clients: Clients, made: MotoWorld, tmp_path: Path) -> None:
    """The saved world is the one that was read, in AWS's own shapes."""
    reading = AwsSnapshots(clients).whole([made.vpc_id])
    fill(tmp_path / "world", reading, force=False)
    world = opened(tmp_path / "world")
    assert world == reading.world()
    assert set(world.principals) == {ROLE}
    assert set(world.instance_profiles) == {PROFILE}
    assert BUCKET in world.resource_policies
    [role] = json.loads((tmp_path / "world" / "RoleDetailList.json").read_text(encoding="utf-8"))["RoleDetailList"]
    assert {"RolePolicyList", "AttachedManagedPolicies", "PermissionsBoundary", "AssumeRolePolicyDocument"} <= set(role)
    assert "RoleLastUsed" not in role
    assert ("ResourcePolicies " + FAR_TABLE, "it stands in eu-west-1, and us-east-1 was read") in reading.lacking()


@pytest.mark.usefixtures("organization")
def test_the_organizations_policies_are_read_from_the_root_down(clients: Clients, made: MotoWorld) -> None:
    """Level by level; a kind that no level has is not in use."""
    found = AwsSnapshots(clients).whole([made.vpc_id]).world().organizations[ACCOUNT]
    levels = [[one.id for one in level] for level in found.service_control]
    assert levels == [["p-full"], ["p-full", "p-unit"], ["p-full"]]
    assert (found.resource_control, found.management_account) == ((), MANAGEMENT)


def test_an_account_in_no_organization_is_bound_by_none(clients: Clients, made: MotoWorld) -> None:
    """Nothing more is asked."""
    found = AwsSnapshots(clients).whole([made.vpc_id]).world().organizations[ACCOUNT]
    assert (found.organization_id, found.service_control) == ("", ())


@pytest.mark.usefixtures("organization")
def test_a_member_account_that_may_not_read_its_bounds_has_them_unread(clients: Clients, made: MotoWorld) -> None:
    """By name, and in the list of what is lacking."""

    def refuse(**_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "ListParents")

    clients.named("organizations").meta.events.register_first("before-call.*.ListParents", refuse)
    reading = AwsSnapshots(clients).whole([made.vpc_id])
    assert "ListParents" in reading.world().unread[f"AccountOrganizations {ACCOUNT}"]
    assert f"AccountOrganizations {ACCOUNT}" in {what for what, _ in reading.lacking()}


def test_what_of_a_role_was_not_read_is_lacking(clients: Clients, made: MotoWorld) -> None:
    """Each reason on a line of its own."""

    def refuse(**_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetRole")

    clients.named("iam").meta.events.register("before-call.*.GetRole", refuse)
    lacking = AwsSnapshots(clients).whole([made.vpc_id]).lacking()
    assert [why for what, why in lacking if what == f"RoleDetailList {ROLE}" and "get_role" in why]


def test_x_rays_calls_are_saved_where_a_tag_says_that_there_are_any(
    clients: Clients, made: MotoWorld, answer: Callable[..., None]
) -> None:
    """And only with a clock to say of when."""
    answer("xray", "GetServiceGraph", lambda _: {"Services": []})
    clock = FixedClock()
    assert "Services" not in AwsSnapshots(clients, clock).whole([made.vpc_id]).answers
    tags: Any = [{"Key": "pathmend:x-ray", "Value": ""}]
    clients.ec2.create_tags(Resources=[the_instance(clients)], Tags=tags)
    assert "Services" in AwsSnapshots(clients, clock).whole([made.vpc_id]).answers
    assert "Services" not in AwsSnapshots(clients).whole([made.vpc_id]).answers


def a_user(clients: Clients) -> None:
    """Make a user in a group that has policies."""
    iam: Any = clients.named("iam")
    iam.create_user(UserName="ann")
    iam.create_group(GroupName="ops", Path="/people/")
    iam.add_user_to_group(GroupName="ops", UserName="ann")
    iam.put_group_policy(GroupName="ops", PolicyName="all", PolicyDocument=json.dumps(OPEN))
    iam.attach_group_policy(GroupName="ops", PolicyArn=MANAGED)
    iam.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=json.dumps(OPEN))


@pytest.mark.usefixtures("made")
def test_a_user_is_read_with_the_policies_of_its_groups(clients: Clients) -> None:
    """For one question: nothing of any VPC."""
    a_user(clients)
    world = AwsSnapshots(clients).access(USER, f"{BUCKET}/a.png", None).world()
    user = world.principals[USER]
    assert {(one.id, one.via) for one in user.policies or ()} >= {
        ("own", "inline"),
        ("all", "group ops"),
        (MANAGED, "group ops"),
    }
    assert user.unread == ()
    assert world.resource_policies[BUCKET].document
    assert world.vpcs == {}


@pytest.mark.usefixtures("made")
def test_a_group_that_may_not_be_read_is_missing_from_its_members(clients: Clients) -> None:
    """Not even its ARN is known then."""
    a_user(clients)

    def refuse(**_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetGroup")

    clients.named("iam").meta.events.register("before-call.*.GetGroup", refuse)
    assert AwsSnapshots(clients).access(USER, TABLE, None).world().principals[USER].unread == ("group ops: not given",)


@pytest.mark.usefixtures("made")
def test_the_vpc_that_a_role_acts_from_is_read_with_it(clients: Clients) -> None:
    """The path decides on conditions."""
    world = AwsSnapshots(clients).access(ROLE, TABLE, the_instance(clients)).world()
    assert ROLE in world.principals
    assert len(world.vpcs) == 1
    assert world.vpc_endpoints


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("arn", [ROLE.replace(ACCOUNT, "210987654321"), "web"])
def test_a_principal_of_another_account_is_not_taken_for_a_namesake(clients: Clients, arn: str) -> None:
    """IAM answers by name, for the caller's account."""
    assert AwsSnapshots(clients).access(arn, TABLE, None).world().principals == {}


@pytest.mark.usefixtures("made")
def test_a_world_that_changes_meanwhile_is_to_be_read_again(clients: Clients) -> None:
    """A policy that is gone between two calls."""

    def gone(**_: object) -> None:
        raise ClientError({"Error": {"Code": "NoSuchEntity", "Message": "no"}}, "GetPolicy")

    clients.named("iam").meta.events.register("before-call.*.GetPolicy", gone)
    with pytest.raises(TemporaryError, match="the world changed while it was read"):
        AwsSnapshots(clients).access(ROLE, TABLE, None)


@pytest.mark.parametrize(
    ("arn", "holder"),
    [
        ("arn:aws:s3:::pictures/2026/*", BUCKET),
        ("arn:aws-cn:s3:::pictures", "arn:aws-cn:s3:::pictures"),
        ("arn:aws:s3:::pict*", None),
        ("arn:aws:s3:::${aws:username}/x", None),
        ("arn:aws:s3:us-east-1:123456789012:accesspoint/a", None),
        (f"{TABLE}/index/by-day", TABLE),
        (TABLE.replace("votes", "*"), None),
        (TABLE.replace("us-east-1", "*"), None),
        (TABLE.replace(f"us-east-1:{ACCOUNT}", ":"), None),
        ("arn:aws:kms:us-east-1:123456789012:alias/a", None),
        ("arn:aws:kms:us-east-1:123456789012:key/1-2", "arn:aws:kms:us-east-1:123456789012:key/1-2"),
        ("arn:aws:sns:us-east-1:123456789012:news:1-2", "arn:aws:sns:us-east-1:123456789012:news"),
        ("arn:aws:secretsmanager:us-east-1:123456789012:secret:db-??????", None),
        ("arn:aws:ssm:us-east-1:123456789012:parameter/x", None),
        ("*", None),
        ("", None),
    ],
)
def test_an_arn_leads_to_what_has_the_policy(arn: str, holder: str | None) -> None:
    """Where it leaves open which resource it is, to none."""
    assert holder_of(arn) == holder
