"""Who may do what is read for the targets: each role once, the resources that it names, and no more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError, EndpointConnectionError

from pathmend.aws.snapshots_resources import MOST_RESOURCES
from pathmend.aws.world import AwsWorld
from pathmend.errors import TemporaryError
from pathmend.snapshot.identity import InstanceProfile, Organization, ResourcePolicy
from pathmend.snapshot.parse import NOT_GIVEN
from tests.contract.moto_identity import (
    ACCOUNT,
    BARE_BUCKET,
    BOUNDARY,
    BUCKET,
    FAR_TABLE,
    MANAGED,
    NO_BUCKET,
    PROFILE,
    QUEUE,
    ROLE,
    TABLE,
    TOPIC,
    give_identity,
    reads,
    the_instance,
)
from tests.contract.moto_world import MotoWorld, make_world
from tests.fakes import FixedClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from pathmend.aws.clients import Clients
    from pathmend.snapshot.world import Snapshot


@pytest.fixture
def made(clients: Clients) -> MotoWorld:
    """Make the world in moto, its instance with a role."""
    world = make_world(clients)
    give_identity(clients)
    return world


@pytest.fixture
def fail(clients: Clients) -> Callable[..., None]:
    """Make an operation fail with a code, from now on."""

    def install(service: str, operation: str, code: str = "AccessDenied") -> None:
        def refuse(**_: object) -> None:
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, operation)

        clients.named(service).meta.events.register(f"before-call.*.{operation}", refuse)

    return install


def refused(seen: Snapshot) -> set[str]:
    """Return what was asked for in vain."""
    return {kind for kind, why in seen.unread.items() if why != NOT_GIVEN}


def test_the_targets_role_is_read_with_its_policies_and_boundary(clients: Clients, made: MotoWorld) -> None:
    """From the profile on, and what ties the instance to it."""
    seen = AwsWorld(clients).read(made.balancer_arn)
    [instance] = seen.instances.values()
    assert instance.profile_arn == PROFILE
    assert instance.profile_association_id
    assert seen.instance_profiles == {PROFILE: InstanceProfile(PROFILE, "web", (ROLE,))}
    role = seen.principals[ROLE]
    assert {(one.id, one.via) for one in role.policies or ()} == {(MANAGED, "attached"), ("page", "inline")}
    assert role.boundary
    assert role.boundary.id == BOUNDARY
    assert (role.tags, role.unread) == ((("team", "web"),), ())


def test_the_resources_that_the_role_names_are_asked_for_their_policies(clients: Clients, made: MotoWorld) -> None:
    """An object's bucket and an index's table; one without a policy has none; what is elsewhere or gone is unread."""
    seen = AwsWorld(clients).read(made.balancer_arn)
    assert set(seen.resource_policies) == {BUCKET, BARE_BUCKET, TABLE, QUEUE, TOPIC}
    assert seen.resource_policies[TABLE] == ResourcePolicy(TABLE, tags_read=False)
    assert seen.resource_policies[BARE_BUCKET].document is None
    assert all(seen.resource_policies[arn].document for arn in (BUCKET, QUEUE, TOPIC))
    assert refused(seen) == {f"ResourcePolicies {FAR_TABLE}", f"ResourcePolicies {NO_BUCKET}"}
    assert seen.unread[f"ResourcePolicies {FAR_TABLE}"] == "it stands in eu-west-1, and us-east-1 was read"


def test_keys_and_secrets_are_asked_for_their_policies(clients: Clients, made: MotoWorld) -> None:
    """A key always has one, a secret seldom; the secret's value is never asked for."""
    key = clients.named("kms").create_key()["KeyMetadata"]["Arn"]
    secret = clients.named("secretsmanager").create_secret(Name="db", SecretString="s")["ARN"]
    document = json.dumps(reads(key, secret))
    clients.named("iam").put_role_policy(RoleName="web", PolicyName="page", PolicyDocument=document)
    seen = AwsWorld(clients).read(made.balancer_arn)
    assert set(seen.resource_policies) == {key, secret}
    assert seen.resource_policies[key].document


def test_a_role_that_many_instances_have_is_read_once(clients: Clients, made: MotoWorld) -> None:
    """Calls grow with the roles and what they name, not with the targets."""
    ec2: Any = clients.ec2
    before = clients.calls()
    AwsWorld(clients).read(made.balancer_arn)
    once = clients.calls() - before
    run = ec2.run_instances(
        ImageId="ami-00000000",
        MinCount=3,
        MaxCount=3,
        SubnetId=made.subnets["app"],
        IamInstanceProfile={"Arn": PROFILE},
    )
    targets = [{"Id": one["InstanceId"]} for one in run["Instances"]]
    clients.elbv2.register_targets(TargetGroupArn=made.target_group_arn, Targets=targets)  # type: ignore[arg-type]
    before = clients.calls()
    AwsWorld(clients).read(made.balancer_arn)
    assert clients.calls() - before == once


def test_what_of_a_role_may_not_be_read_is_named(clients: Clients, made: MotoWorld, fail: Callable[..., None]) -> None:
    """And the rest of it is read."""
    for operation in ("GetRole", "ListAttachedRolePolicies", "GetRolePolicy"):
        fail("iam", operation)
    role = AwsWorld(clients).read(made.balancer_arn).principals[ROLE]
    assert role.policies == ()
    assert all(any(name in why for why in role.unread) for name in ("get_role)", "list_attached", "get_role_policy"))


def test_a_managed_policy_that_may_not_be_read_is_named(
    clients: Clients, made: MotoWorld, fail: Callable[..., None]
) -> None:
    """With the boundary, which might forbid everything."""
    fail("iam", "GetPolicyVersion")
    role = AwsWorld(clients).read(made.balancer_arn).principals[ROLE]
    assert [one.id for one in role.policies or ()] == ["page"]
    assert role.boundary is None
    assert len(role.unread) == 2


def test_a_profile_that_may_not_be_read_is_named(clients: Clients, made: MotoWorld, fail: Callable[..., None]) -> None:
    """And then no role."""
    fail("iam", "GetInstanceProfile")
    seen = AwsWorld(clients).read(made.balancer_arn)
    assert "iam" in seen.unread[f"InstanceProfiles {PROFILE}"].lower() or "GetInstanceProfile" in str(seen.unread)
    assert (seen.instance_profiles, seen.principals) == ({}, {})


def test_a_profile_that_was_deleted_is_not_there(clients: Clients, made: MotoWorld) -> None:
    """The instance still names it."""
    iam: Any = clients.named("iam")
    iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName="web")
    iam.delete_instance_profile(InstanceProfileName="web")
    seen = AwsWorld(clients).read(made.balancer_arn)
    assert (seen.instance_profiles, seen.given["InstanceProfiles"], refused(seen)) == ({}, 0, set())


def test_a_role_that_was_deleted_is_not_there(clients: Clients, made: MotoWorld, fail: Callable[..., None]) -> None:
    """The profile still names it."""
    fail("iam", "ListRolePolicies", "NoSuchEntity")
    seen = AwsWorld(clients).read(made.balancer_arn)
    assert seen.principals == {}
    assert PROFILE in seen.instance_profiles


def test_a_policy_that_goes_while_it_is_read_lets_the_world_be_read_again(
    clients: Clients, made: MotoWorld, fail: Callable[..., None]
) -> None:
    """Half of a role's policies would be a guess."""
    fail("iam", "GetPolicy", "NoSuchEntity")
    with pytest.raises(TemporaryError, match="changed while it was read"):
        AwsWorld(clients).read(made.balancer_arn)


@pytest.mark.parametrize("operation", ["GetRole", "GetInstanceProfile", "GetPolicy"])
def test_iam_may_be_out_without_the_network_being_unknown(clients: Clients, made: MotoWorld, operation: str) -> None:
    """It is served from one Region: an incident in another must still be diagnosed."""

    def out(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://iam.amazonaws.com")

    clients.named("iam").meta.events.register(f"before-call.*.{operation}", out)
    seen = AwsWorld(clients).read(made.balancer_arn)
    assert set(made.subnets.values()) <= set(seen.subnets)
    assert "iam.amazonaws.com" in f"{seen.unread} {seen.principals}"


def test_a_throttled_policy_of_a_resource_is_unread(
    clients: Clients, made: MotoWorld, fail: Callable[..., None]
) -> None:
    """By its name, and it alone."""
    fail("dynamodb", "GetResourcePolicy", "ThrottlingException")
    seen = AwsWorld(clients).read(made.balancer_arn)
    assert "ThrottlingException" in seen.unread[f"ResourcePolicies {TABLE}"]
    assert BUCKET in seen.resource_policies


def test_no_more_than_so_many_resources_are_asked(clients: Clients, made: MotoWorld) -> None:
    """The rest is unread by name; what somebody declared comes first."""
    declared = "arn:aws:s3:::zz-declared"
    clients.named("s3").create_bucket(Bucket="zz-declared")
    many = [f"arn:aws:s3:::bucket-{index:02}" for index in range(MOST_RESOURCES)]
    document = json.dumps(reads(*(f"{arn}/*" for arn in many)))
    clients.named("iam").put_role_policy(RoleName="web", PolicyName="page", PolicyDocument=document)
    tags: Any = [{"Key": "pathmend:depends-on", "Value": f"{declared}/a.png"}]
    clients.elbv2.add_tags(ResourceArns=[made.balancer_arn], Tags=tags)
    seen = AwsWorld(clients).read(made.balancer_arn)
    assert declared in seen.resource_policies
    assert "no more than 50" in seen.unread[f"ResourcePolicies {many[-1]}"]
    assert "NoSuchBucket" in seen.unread[f"ResourcePolicies {many[-2]}"]


def an_organization(clients: Clients, management: str) -> None:
    """Answer that the account is in an organization."""
    told = {"Organization": {"Id": "o-1", "MasterAccountId": management}}
    answer = AWSResponse("", 200, HTTPHeaders(), None), told
    clients.named("organizations").meta.events.register("before-call.*.DescribeOrganization", lambda **_: answer)


def test_an_account_without_an_organization_is_bound_by_none(clients: Clients, made: MotoWorld) -> None:
    """One call says so."""
    assert AwsWorld(clients).read(made.balancer_arn).organizations == {ACCOUNT: Organization(ACCOUNT)}


def test_the_management_account_is_bound_by_no_policy_of_its_organization(clients: Clients, made: MotoWorld) -> None:
    """So nothing more is to be read."""
    an_organization(clients, ACCOUNT)
    [found] = AwsWorld(clients).read(made.balancer_arn).organizations.values()
    assert (found.organization_id, found.management_account, found.service_control) == ("o-1", ACCOUNT, ())


def test_the_policies_over_a_member_account_are_unread(clients: Clients, made: MotoWorld) -> None:
    """They take calls that a member account may seldom make."""
    an_organization(clients, "999999999999")
    seen = AwsWorld(clients).read(made.balancer_arn)
    assert seen.organizations == {}
    assert "pathmend snapshot" in seen.unread[f"AccountOrganizations {ACCOUNT}"]


def test_an_organization_that_may_not_be_asked_is_unread(
    clients: Clients, made: MotoWorld, fail: Callable[..., None]
) -> None:
    """The kind, by name."""
    fail("organizations", "DescribeOrganization", "AccessDeniedException")
    assert "DescribeOrganization" in AwsWorld(clients).read(made.balancer_arn).unread["AccountOrganizations"]


def test_x_ray_is_asked_where_a_tag_says_that_it_knows_the_application(clients: Clients, made: MotoWorld) -> None:
    """Once, for the last ten minutes; and never without the tag, or where the tag says no."""
    asked: list[dict[str, Any]] = []

    def graph(params: Any, **_: object) -> Any:
        asked.append(json.loads(params["body"]))
        return AWSResponse("", 200, HTTPHeaders(), None), {"Services": [{"ReferenceId": 0, "Edges": []}]}

    clients.named("xray").meta.events.register("before-call.*.GetServiceGraph", graph)
    world = AwsWorld(clients, FixedClock())
    for value, calls in ((None, 0), ("false", 0), ("yes", 1)):
        if value:
            tags: Any = [{"Key": "pathmend:x-ray", "Value": value}]
            clients.ec2.create_tags(Resources=[the_instance(clients)], Tags=tags)
        assert ("Services" in world.read(made.balancer_arn).given) == bool(calls)
        assert len(asked) == calls
    assert asked[0]["EndTime"] - asked[0]["StartTime"] == 600
    assert "Services" not in AwsWorld(clients).read(made.balancer_arn).given
