"""What bears on a request, found in a snapshot: what is not there is named, never taken for nothing."""

from __future__ import annotations

from typing import Any

import pytest

from pathmend.access.policies import PolicyKind, policies_for, policy_holder
from pathmend.snapshot.identity import Organization, Policy, Principal, ResourcePolicy
from pathmend.snapshot.resources import VpcEndpoint
from pathmend.snapshot.world import Snapshot
from tests.unit.access.asking import (
    ACCOUNT,
    GET,
    OTHER,
    ROLE,
    ROOT,
    TABLE,
    THEIR_TABLE,
    USER,
    a_policy,
    a_request,
)

OWN = (a_policy(id="own"),)
CONTROL = ((a_policy(id="root"),), (a_policy(id="account"),))
BUCKET = "arn:aws:s3:::b"
LINKED = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/X"
K = PolicyKind


def an_endpoint(**overrides: Any) -> VpcEndpoint:
    """Return a gateway endpoint whose policy was read."""
    whole: dict[str, Any] = {
        "id": "vpce-1",
        "vpc_id": "vpc-1",
        "service_name": "s",
        "kind": "Gateway",
        "state": "available",
    }
    return VpcEndpoint(**(whole | {"policy": "{}"} | overrides))


def a_world(**overrides: Any) -> Snapshot:
    """Return a snapshot that holds all that bears on the role's reading of the table."""
    whole: dict[str, Any] = {
        "principals": {ROLE: Principal(ROLE, "role", OWN)},
        "resource_policies": {TABLE: ResourcePolicy(TABLE)},
        "organizations": {ACCOUNT: Organization(ACCOUNT, "o-1", CONTROL, CONTROL, OTHER)},
        "vpc_endpoints": {"vpce-1": an_endpoint()},
    }
    return Snapshot(**(whole | overrides))


def unread(world: Snapshot, request: Any = None, endpoint_id: str | None = None) -> dict[PolicyKind, str]:
    """Return what was not found."""
    return dict(policies_for(world, request or a_request(), endpoint_id=endpoint_id).unread)


def test_all_that_bears_on_a_request_is_found() -> None:
    """And nothing is unread then."""
    found = policies_for(a_world(), a_request(), endpoint_id="vpce-1", session=OWN)
    assert (found.identity, found.boundary, found.session) == (OWN, None, OWN)
    assert (found.resource, found.endpoint) == (ResourcePolicy(TABLE), Policy("vpce-1", "{}", "endpoint"))
    assert (found.service_control, found.resource_control) == (CONTROL, CONTROL)
    assert (dict(found.unread), found.gateway_endpoint) == ({}, True)


def test_a_boundary_is_found_with_its_principal() -> None:
    """Beside the policies."""
    world = a_world(principals={ROLE: Principal(ROLE, "role", OWN, boundary=OWN[0])})
    assert policies_for(world, a_request(), endpoint_id=None).boundary == OWN[0]


def test_a_request_that_passes_no_endpoint_has_no_endpoint_policy() -> None:
    """None is missing then."""
    found = policies_for(a_world(), a_request(), endpoint_id=None)
    assert (found.endpoint, found.gateway_endpoint, dict(found.unread)) == (None, False, {})


@pytest.mark.parametrize(
    ("endpoints", "gaps", "why"),
    [
        ({}, {}, "vpce-1: not given"),
        ({}, {"VpcEndpoints": "AccessDenied"}, "vpce-1: AccessDenied"),
        ({"vpce-1": an_endpoint(policy=None, kind="Interface")}, {}, "vpce-1: not given"),
    ],
)
def test_an_endpoint_whose_policy_was_not_shown_is_named(endpoints: Any, gaps: Any, why: str) -> None:
    """It may deny."""
    assert unread(a_world(vpc_endpoints=endpoints, unread=gaps), endpoint_id="vpce-1") == {K.ENDPOINT: why}


@pytest.mark.parametrize(
    ("principals", "gaps", "by", "why"),
    [
        ({}, {}, ROLE, f"{ROLE}: not given"),
        ({}, {"RoleDetailList": "AccessDenied"}, ROLE, f"{ROLE}: AccessDenied"),
        ({}, {"UserDetailList": "AccessDenied"}, USER, f"{USER}: AccessDenied"),
        ({ROLE: Principal(ROLE, "role")}, {}, ROLE, f"{ROLE}: not given"),
        ({ROLE: Principal(ROLE, "role", unread=("a", "b"))}, {}, ROLE, "a, b"),
    ],
)
def test_a_principal_that_was_not_read_may_have_any_policies_and_a_boundary(
    principals: Any, gaps: Any, by: str, why: str
) -> None:
    """Both are named."""
    found = unread(a_world(principals=principals, unread=gaps), a_request(by=by))
    assert found == {K.IDENTITY: why, K.BOUNDARY: why}


def test_what_of_a_principal_was_not_read_is_named_by_kind() -> None:
    """What was read still counts."""
    gaps = ("inline policy p: AccessDenied", "managed policy m: not given", "permissions boundary b: not given")
    world = a_world(principals={ROLE: Principal(ROLE, "role", OWN, unread=gaps)})
    found = policies_for(world, a_request(), endpoint_id=None)
    assert found.identity == OWN
    assert dict(found.unread) == {K.IDENTITY: f"{gaps[0]}, {gaps[1]}", K.BOUNDARY: gaps[2]}


@pytest.mark.parametrize(
    ("boundary", "kinds"), [(None, {K.IDENTITY, K.BOUNDARY}), (OWN[0], {K.IDENTITY})], ids=["none", "read"]
)
def test_a_refused_call_may_have_hidden_a_boundary(boundary: Policy | None, kinds: set[PolicyKind]) -> None:
    """Unless one was read: there is one at most. A policy that is called a boundary is no boundary."""
    gaps = ("the role lacks iam:GetRole", "managed policy arn:aws:iam::1:policy/permissions boundary: not given")
    world = a_world(principals={ROLE: Principal(ROLE, "role", OWN, boundary=boundary, unread=gaps)})
    found = unread(world)
    assert set(found) == kinds
    assert found[K.IDENTITY] == ", ".join(gaps)
    assert found.get(K.BOUNDARY, gaps[0]) == gaps[0]


def test_the_root_user_has_no_policies_to_read() -> None:
    """Those of the organization bind it."""
    found = policies_for(a_world(principals={}), a_request(by=ROOT), endpoint_id=None)
    assert (found.identity, dict(found.unread), found.service_control) == ((), {}, CONTROL)


@pytest.mark.parametrize(
    ("gaps", "why"),
    [
        ({}, "not given"),
        ({"ResourcePolicies": "all denied"}, "all denied"),
        ({"ResourcePolicies": "all denied", f"ResourcePolicies {TABLE}": "denied"}, "denied"),
    ],
)
def test_a_resource_whose_policy_was_not_read_is_named(gaps: Any, why: str) -> None:
    """With the nearest reason."""
    assert unread(a_world(resource_policies={}, unread=gaps)) == {K.RESOURCE: f"{TABLE}: {why}"}


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("dynamodb:ListTables", "*"),
        ("ec2:StartInstances", f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-1"),
        ("ssm:GetParameter", f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/p"),
    ],
)
def test_what_can_have_no_policy_of_its_own_needs_none_read(action: str, resource: str) -> None:
    """A parameter's only shares it with other accounts."""
    found = policies_for(a_world(), a_request(action, resource), endpoint_id=None)
    assert (found.resource, dict(found.unread)) == (None, {})


def test_another_accounts_parameter_is_shared_by_its_policy() -> None:
    """So it must be read; so must that account's organization."""
    theirs = f"arn:aws:ssm:us-east-1:{OTHER}:parameter/p"
    assert unread(a_world(), a_request("ssm:GetParameter", theirs)) == {
        K.RESOURCE: f"{theirs}: not given",
        K.RESOURCE_CONTROL: f"account {OTHER}: not given",
    }


def test_another_accounts_resource_may_have_been_shared() -> None:
    """Without a policy of its own, too: that it was not is not known."""
    theirs = f"arn:aws:ec2:us-east-1:{OTHER}:subnet/subnet-1"
    assert unread(a_world(), a_request("ec2:RunInstances", theirs))[K.RESOURCE] == f"{theirs}: not given"


@pytest.mark.parametrize(
    ("arn", "holder"),
    [
        (f"{BUCKET}/folder/key", BUCKET),
        (BUCKET, BUCKET),
        ("arn:aws-cn:s3:::b/k", "arn:aws-cn:s3:::b"),
        (f"{TABLE}/index/i", TABLE),
        (f"{TABLE}/stream/s", f"{TABLE}/stream/s"),
        ("arn:aws:sns:us-east-1:1:a/index/b", "arn:aws:sns:us-east-1:1:a/index/b"),
        ("arn:aws:iam:::x", "arn:aws:iam:::x"),
    ],
)
def test_the_policy_of_a_part_hangs_on_the_whole(arn: str, holder: str) -> None:
    """An object's on its bucket, an index's on its table."""
    assert policy_holder(arn) == holder


def test_an_objects_policy_is_its_buckets() -> None:
    """Whose account the request may tell; without it that of the organization is not known."""
    world = a_world(resource_policies={BUCKET: ResourcePolicy(BUCKET)})
    told = a_request("s3:GetObject", f"{BUCKET}/k", values={"aws:ResourceAccount": (ACCOUNT,)})
    found = policies_for(world, told, endpoint_id=None)
    assert (found.resource, dict(found.unread)) == (ResourcePolicy(BUCKET), {})
    assert unread(world, a_request("s3:GetObject", f"{BUCKET}/k")) == {
        K.RESOURCE_CONTROL: f"the account that owns {BUCKET}/k: not given"
    }


@pytest.mark.parametrize(
    ("gaps", "why"),
    [
        ({}, "not given"),
        ({"AccountOrganizations": "denied"}, "denied"),
        ({"AccountOrganizations": "denied", f"AccountOrganizations {ACCOUNT}": "member account"}, "member account"),
    ],
)
def test_an_organization_that_was_not_read_is_named(gaps: Any, why: str) -> None:
    """For whom it binds as well as for what it guards."""
    expected = f"account {ACCOUNT}: {why}"
    assert unread(a_world(organizations={}, unread=gaps)) == {K.SERVICE_CONTROL: expected, K.RESOURCE_CONTROL: expected}


def test_control_policies_do_not_bind_the_management_account() -> None:
    """Neither its principals nor its resources."""
    own = Organization(ACCOUNT, "o-1", CONTROL, CONTROL, ACCOUNT)
    found = policies_for(a_world(organizations={ACCOUNT: own}), a_request(), endpoint_id=None)
    assert (found.service_control, found.resource_control, dict(found.unread)) == ((), (), {})


def test_control_policies_do_not_bind_service_linked_roles() -> None:
    """Whatever they ask for."""
    world = a_world(principals={LINKED: Principal(LINKED, "role", OWN)}, organizations={})
    found = policies_for(world, a_request(by=LINKED), endpoint_id=None)
    assert (found.service_control, found.resource_control, dict(found.unread)) == ((), (), {})


def test_who_asks_and_what_is_asked_for_may_be_in_two_organizations() -> None:
    """Service control is the caller's, resource control the resource's."""
    theirs = Organization(OTHER, "o-2", (), ((a_policy(id="theirs"),),), "111111111111")
    world = a_world(
        organizations={ACCOUNT: Organization(ACCOUNT, "o-1", CONTROL, (), OTHER), OTHER: theirs},
        resource_policies={THEIR_TABLE: ResourcePolicy(THEIR_TABLE)},
    )
    found = policies_for(world, a_request(GET, THEIR_TABLE), endpoint_id=None)
    assert (found.service_control, found.resource_control) == (CONTROL, theirs.resource_control)


def test_an_action_on_no_resource_is_guarded_by_the_callers_organization() -> None:
    """There is no other owner."""
    found = policies_for(a_world(), a_request("sqs:ListQueues", "*"), endpoint_id=None)
    assert found.resource_control == CONTROL
