"""What is particular to each kind of change: its operations, its parameters, its slots."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pathmend.changes.associate_route_table import AssociateRouteTable
from pathmend.changes.modify_matcher import ModifyMatcher
from pathmend.changes.set_acl_entry import SetAclEntry
from pathmend.changes.set_health_check import SetHealthCheck
from pathmend.changes.set_load_balancer_subnets import SetLoadBalancerSubnets
from pathmend.errors import NotFoundError
from pathmend.snapshot.resources import AclEntry
from tests.builders import (
    LOAD_BALANCER_ARN,
    TARGET_GROUP_ARN,
    a_workshop,
    a_world,
    allow_tcp,
    an_acl,
    an_acl_entry,
    fault_1,
    fault_2,
    with_association,
)
from tests.unit.changes.worlds import comparable, the_world_after_the_requests_of


def test_a_changed_route_cuts_connections_and_says_so() -> None:
    """Only the association moves packets; a matcher and an ACL entry cut nothing by themselves."""
    broken = fault_1(a_workshop())
    change = AssociateRouteTable("subnet-alb-b", "rtb-public")
    assert change.disrupts(broken) == ("connections of subnet-alb-b whose route changes",)
    assert change.disrupts(change.after(broken)) == ()
    assert ModifyMatcher(TARGET_GROUP_ARN, "200,299").disrupts(broken) == ()
    assert SetAclEntry("acl-alb", egress=False, rule_number=1, entry=None).disrupts(broken) == ()


TABLES = st.sampled_from([None, "rtb-public", "rtb-app-a", "rtb-app-b", "rtb-main"])


@settings(deadline=None)
@given(TABLES, TABLES)
def test_an_association_comes_back_from_any_table_and_from_none(old: str | None, new: str | None) -> None:
    """From and to no association as well, on the model and by requests."""
    world = with_association(a_workshop(), "subnet-alb-b", old)
    change = AssociateRouteTable("subnet-alb-b", new)
    after = change.after(world)
    assert (table.id if (table := after.explicit_route_table_of("subnet-alb-b")) else None) == new
    back = change.inverse(world).after(after)
    assert comparable(back) == comparable(world)
    if old is None or new is not None:  # else the old association is gone, and AWS will name the new one
        assert back == world
    assert bool(change.requests(world)) == (old != new)
    done = the_world_after_the_requests_of(change, world)
    assert comparable(done) == comparable(after)


def test_an_association_uses_the_operation_that_the_state_asks_for() -> None:
    """One API call makes, one replaces and one removes an association."""
    world = a_workshop()
    free = with_association(world, "subnet-db-a", None)
    operations = [
        AssociateRouteTable("subnet-db-a", "rtb-app-a").requests(free)[0].operation,
        AssociateRouteTable("subnet-app-a", "rtb-app-b").requests(world)[0].operation,
        AssociateRouteTable("subnet-app-a", None).requests(world)[0].operation,
    ]
    assert operations == ["AssociateRouteTable", "ReplaceRouteTableAssociation", "DisassociateRouteTable"]


def test_no_association_is_a_value_like_any_other() -> None:
    """It is said in words, and touches the subnet alone."""
    change = AssociateRouteTable("subnet-db-a", None)
    world = with_association(a_workshop(), "subnet-db-a", None)
    assert change.before(world) == "subnet-db-a has no association"
    assert change.resources == ("subnet-db-a",)
    assert change.summary.endswith("the VPC's main route table (no association of its own)")
    assert change.requests(world) == ()


@pytest.mark.parametrize("ask", ["after", "requests"])
def test_a_table_that_is_gone_is_named(ask: str) -> None:
    """Nothing is asked of AWS that is known to fail."""
    change = AssociateRouteTable("subnet-alb-b", "rtb-gone")
    with pytest.raises(NotFoundError, match="route table rtb-gone"):
        getattr(change, ask)(a_workshop())


@pytest.mark.parametrize("ask", ["before", "inverse", "requests"])
def test_a_group_without_success_codes_has_none_to_change(ask: str) -> None:
    """A TCP health check has no matcher, and None is no success code to come back to."""
    world = a_workshop()
    group = world.target_groups[TARGET_GROUP_ARN]
    check = replace(group.health_check, protocol="TCP", matcher=None, path=None)
    world = world.having("target_groups", replace(group, protocol="TCP", health_check=check))
    with pytest.raises(NotFoundError, match="has no success codes"):
        getattr(ModifyMatcher(TARGET_GROUP_ARN, "200,299"), ask)(world)


def test_a_matcher_leaves_what_the_load_balancer_said_of_its_targets() -> None:
    """The model predicts a setting, never the health that follows from it."""
    broken = fault_2(a_workshop())
    after = ModifyMatcher(TARGET_GROUP_ARN, "200,299").after(broken)
    assert after.target_groups[TARGET_GROUP_ARN].targets == broken.target_groups[TARGET_GROUP_ARN].targets


def test_a_health_check_is_changed_by_what_differs_alone() -> None:
    """What is as wanted is not written again, and an open connection is none of a health check's business."""
    world = a_workshop()
    change = SetHealthCheck(TARGET_GROUP_ARN, "HTTP", "8080", "/healthcheck")
    (request,) = change.requests(world)
    assert request.parameters == {"TargetGroupArn": TARGET_GROUP_ARN, "HealthCheckPort": "8080"}
    assert change.disrupts(world) == ()
    assert change.after(world).target_groups[TARGET_GROUP_ARN].targets == world.target_groups[TARGET_GROUP_ARN].targets


@pytest.mark.parametrize("ask", ["before", "after", "inverse", "requests", "disrupts"])
def test_a_group_that_asks_for_no_path_has_none_to_change(ask: str) -> None:
    """A TCP health check has no path, and None is no path to come back to."""
    world = a_workshop()
    group = world.target_groups[TARGET_GROUP_ARN]
    check = replace(group.health_check, protocol="TCP", matcher=None, path=None)
    world = world.having("target_groups", replace(group, protocol="TCP", health_check=check))
    with pytest.raises(NotFoundError, match="asks for no path"):
        getattr(SetHealthCheck(TARGET_GROUP_ARN, "HTTP", "80", "/"), ask)(world)


def test_a_node_that_goes_takes_its_connections_along() -> None:
    """One that comes cuts nothing."""
    world = a_workshop()
    change = SetLoadBalancerSubnets(LOAD_BALANCER_ARN, ("subnet-alb-a", "subnet-alb-b"))
    assert change.disrupts(world) == ("connections by the load balancer's node in subnet-alb-c",)
    assert change.inverse(world).disrupts(change.after(world)) == ()


@pytest.mark.parametrize("ask", ["after", "requests"])
def test_a_subnet_that_is_gone_is_named(ask: str) -> None:
    """Nothing is asked of AWS that is known to fail."""
    change = SetLoadBalancerSubnets(LOAD_BALANCER_ARN, ("subnet-alb-a", "subnet-gone"))
    with pytest.raises(NotFoundError, match="subnet subnet-gone"):
        getattr(change, ask)(a_workshop())


SLOT = {"NetworkAclId": "acl-0", "Egress": True, "RuleNumber": 7}


SHAPES = [
    (
        an_acl_entry(7, protocol="6", ports=(80, 443)),
        {"Protocol": "6", "CidrBlock": "0.0.0.0/0", "PortRange": {"From": 80, "To": 443}},
    ),
    (
        an_acl_entry(7, "2001:db8::/56", protocol="17", ports=(0, 0)),
        {"Protocol": "17", "Ipv6CidrBlock": "2001:db8::/56", "PortRange": {"From": 0, "To": 0}},
    ),
    (an_acl_entry(7, "10.0.0.0/8"), {"Protocol": "-1", "CidrBlock": "10.0.0.0/8"}),
    (
        an_acl_entry(7, protocol="1", icmp=(0, -1)),
        {"Protocol": "1", "CidrBlock": "0.0.0.0/0", "IcmpTypeCode": {"Type": 0, "Code": -1}},
    ),
    (
        an_acl_entry(7, "::/0", protocol="58", icmp=(-1, -1)),
        {"Protocol": "58", "Ipv6CidrBlock": "::/0", "IcmpTypeCode": {"Type": -1, "Code": -1}},
    ),
]


@pytest.mark.parametrize(("entry", "parameters"), SHAPES)
@pytest.mark.parametrize("action", ["allow", "deny"])
def test_an_entry_is_written_as_the_api_wants_it(entry: AclEntry, parameters: dict[str, object], action: str) -> None:
    """IPv6, ICMP and all protocols have parameters of their own."""
    world = a_world(an_acl())
    change = SetAclEntry("acl-0", egress=True, rule_number=7, entry=replace(entry, egress=True, action=action))
    (request,) = change.requests(world)
    assert (request.service, request.operation) == ("ec2", "CreateNetworkAclEntry")
    assert request.parameters == SLOT | parameters | {"RuleAction": action}


def test_an_entry_is_created_replaced_or_deleted_as_the_state_asks() -> None:
    """EC2 refuses to create what is there and to replace what is not."""
    world = a_world(an_acl(allow_tcp(7, "10.0.0.0/8", (80, 80), egress=True)))
    other = allow_tcp(7, "10.0.0.0/8", (81, 81), egress=True)
    (replaced,) = SetAclEntry("acl-0", egress=True, rule_number=7, entry=other).requests(world)
    (deleted,) = SetAclEntry("acl-0", egress=True, rule_number=7, entry=None).requests(world)
    (created,) = SetAclEntry("acl-0", egress=False, rule_number=7, entry=replace(other, egress=False)).requests(world)
    operations = [request.operation for request in (replaced, deleted, created)]
    assert operations == ["ReplaceNetworkAclEntry", "DeleteNetworkAclEntry", "CreateNetworkAclEntry"]
    assert deleted.parameters == SLOT
    assert SetAclEntry("acl-0", egress=False, rule_number=7, entry=None).requests(world) == ()


@st.composite
def entries(draw: st.DrawFn) -> AclEntry:
    """Draw any entry that EC2 would take."""
    protocol = draw(st.sampled_from(["-1", "6", "17", "1", "47"]))
    first = draw(st.integers(0, 65535))
    return AclEntry(
        rule_number=draw(st.integers(1, 12)),
        egress=draw(st.booleans()),
        protocol=protocol,
        action=draw(st.sampled_from(["allow", "deny"])),
        cidr=draw(st.sampled_from([ip_network(block) for block in ("0.0.0.0/0", "10.0.11.0/24", "2001:db8::/56")])),
        ports=(first, draw(st.integers(first, 65535))) if protocol in {"6", "17"} else None,
        icmp=(draw(st.integers(-1, 255)), -1) if protocol == "1" else None,
    )


ACLS = st.lists(entries(), max_size=8, unique_by=lambda entry: (entry.egress, entry.rule_number))


@settings(deadline=None)
@given(ACLS, entries(), st.booleans())
def test_after_then_inverse_is_identity_on_any_acl(present: list[AclEntry], entry: AclEntry, deletes: bool) -> None:  # noqa: FBT001 - drawn
    """Whatever an ACL holds, a change of one slot is undone exactly and is what its requests do."""
    world = a_world(an_acl(*present))
    change = SetAclEntry("acl-0", entry.egress, entry.rule_number, None if deletes else entry)
    after = change.after(world)
    assert change.inverse(world).after(after) == world
    assert change.requests(after) == ()
    assert the_world_after_the_requests_of(change, world) == after
    assert {request.iam_action for request in change.requests(world)} <= SetAclEntry.iam_actions
