"""What is particular to changes of security groups, instances, VPCs and firewall rules."""

from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest

from pathmend.changes.set_firewall_rules import SetFirewallRules
from pathmend.changes.set_group_rule import SetGroupRule
from pathmend.changes.set_instance_profile import SetInstanceProfile
from pathmend.changes.set_metadata_options import SetMetadataOptions
from pathmend.changes.set_vpc_attribute import SetVpcAttribute
from pathmend.errors import NotFoundError
from tests.builders import VPC_ID, a_group, a_group_rule, a_world
from tests.unit.changes import faults
from tests.unit.changes.faults import furnished
from tests.unit.changes.worlds import comparable, the_world_after_the_requests_of

if TYPE_CHECKING:
    from pathmend.snapshot.resources import SecurityGroupRule

SHAPES: list[tuple[SecurityGroupRule, str, dict[str, Any]]] = [
    (
        a_group_rule("sg-1", (80, 443)),
        "Ingress",
        {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": "sg-1"}]},
    ),
    (
        a_group_rule("pl-s3", (443, 443), egress=True),
        "Egress",
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": "pl-s3"}]},
    ),
    (
        a_group_rule("10.0.0.0/8", protocol="17"),
        "Ingress",
        {"IpProtocol": "udp", "FromPort": 0, "ToPort": 65535, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]},
    ),
    (
        a_group_rule("2001:db8::/56", (8, -1), protocol="58"),
        "Ingress",
        {"IpProtocol": "icmpv6", "FromPort": 8, "ToPort": -1, "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/56"}]},
    ),
    (a_group_rule("10.0.0.0/8"), "Ingress", {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}),
]


@pytest.mark.parametrize(("rule", "direction", "permission"), SHAPES)
def test_a_rule_is_written_as_the_api_wants_it(
    rule: SecurityGroupRule, direction: str, permission: dict[str, Any]
) -> None:
    """Groups, lists, IPv6, ICMP and all ports have parameters of their own; it is revoked in the same words."""
    world, change = a_world(a_group()), SetGroupRule("sg-0", rule)
    (request,) = change.requests(world)
    assert request.operation == f"AuthorizeSecurityGroup{direction}"
    assert request.parameters == {"GroupId": "sg-0", "IpPermissions": [permission]}
    after = change.after(world)
    (undo,) = change.inverse(world).requests(after)
    assert undo.operation == f"RevokeSecurityGroup{direction}"
    assert undo.parameters == request.parameters
    assert change.inverse(world).after(after) == world
    assert {request.iam_action, undo.iam_action} <= SetGroupRule.iam_actions
    made = the_world_after_the_requests_of(change, world)
    assert change.requests(made) == ()


def test_a_rule_is_revoked_by_its_id_where_that_is_known() -> None:
    """Then it is that rule, whatever else says the same."""
    held = a_group_rule("sg-1", (80, 80), id="sgr-7")
    world = a_world(a_group(held))
    change = SetGroupRule("sg-0", replace(held, id=""), present=False)
    (request,) = change.requests(world)
    assert request.parameters == {"GroupId": "sg-0", "SecurityGroupRuleIds": ["sgr-7"]}
    assert change.before(world) == "sg-0 has: ingress TCP 80 from sg-1"
    assert change.inverse(world).after(change.after(world)) == world
    assert the_world_after_the_requests_of(change, world) == change.after(world)
    assert change.disrupts(world) == ("untracked connections of sg-0 by the rule: ingress TCP 80 from sg-1",)
    assert change.disrupts(change.after(world)) == ()


def test_a_rule_comes_to_stand_where_it_is_read() -> None:
    """In the order of groups."""
    first, last = a_group_rule("10.0.0.0/8", (80, 80)), a_group_rule("10.0.0.0/8", (443, 443))
    between = a_group_rule("10.0.0.0/8", (81, 90))
    change = SetGroupRule("sg-0", between)
    assert change.after(a_world(a_group(first, last))).security_groups["sg-0"].rules == (first, between, last)
    assert change.summary == "add to sg-0: ingress TCP 81-90 from 10.0.0.0/8"


def test_a_rule_is_put_into_words() -> None:
    """All traffic has neither protocol nor ports."""
    change = SetGroupRule("sg-0", a_group_rule("10.0.0.0/8", egress=True), present=False)
    assert change.summary == "remove from sg-0: egress all traffic to 10.0.0.0/8"
    assert SetGroupRule("sg-0", a_group_rule("sg-0")).resources == ("sg-0",)


def test_an_instance_profile_uses_the_operation_that_the_state_asks_for() -> None:
    """One associates, one replaces and one disassociates, by the association's id at hand."""
    world = furnished()
    without, wanted = faults.without_profile(world), SetInstanceProfile("i-app-b", faults.PROFILE_ARN)
    (made,) = wanted.requests(without)
    assert made.parameters == {"InstanceId": "i-app-b", "IamInstanceProfile": {"Arn": faults.PROFILE_ARN}}
    (swapped,) = wanted.requests(faults.with_swapped_profile(world))
    assert swapped.operation == "ReplaceIamInstanceProfileAssociation"
    assert swapped.parameters["AssociationId"] == "iip-assoc-i-app-b"
    removal = SetInstanceProfile("i-app-b", None)
    (removed,) = removal.requests(world)
    assert (removed.operation, removed.parameters) == (
        "DisassociateIamInstanceProfile",
        {"AssociationId": "iip-assoc-i-app-b"},
    )
    assert removal.summary == "take the instance profile off i-app-b"
    assert removal.resources == ("i-app-b",)
    assert comparable(the_world_after_the_requests_of(removal, world)) == comparable(removal.after(world))


def test_who_loses_a_role_is_named() -> None:
    """Nobody does who had none."""
    world, change = furnished(), SetInstanceProfile("i-app-b", faults.PROFILE_ARN)
    assert change.disrupts(faults.without_profile(world)) == change.disrupts(world) == ()
    assert change.disrupts(faults.with_swapped_profile(world)) == ("what i-app-b does as the role of other",)


def test_a_profile_whose_association_was_not_read_is_not_replaced() -> None:
    """EC2 asks for its id."""
    world = faults.with_swapped_profile(furnished())
    world = world.having("instances", replace(world.instances["i-app-b"], profile_association_id=None))
    with pytest.raises(NotFoundError, match="the association of i-app-b with its instance profile was not read"):
        SetInstanceProfile("i-app-b", faults.PROFILE_ARN).requests(world)


@pytest.mark.parametrize("attribute", ["dns_support", "dns_hostnames"])
def test_each_attribute_of_a_vpc_is_set_by_itself(attribute: str) -> None:
    """AWS takes one at a time."""
    world, change = furnished(), SetVpcAttribute(VPC_ID, attribute, enabled=False)
    (request,) = change.requests(world)
    name = {"dns_support": "EnableDnsSupport", "dns_hostnames": "EnableDnsHostnames"}[attribute]
    assert request.parameters == {"VpcId": VPC_ID, name: {"Value": False}}
    after = change.after(world)
    assert the_world_after_the_requests_of(change, world) == after
    assert change.inverse(world).after(after) == world
    assert change.disrupts(world) == ()
    assert change.summary == f"turn {name} off in {VPC_ID}"


def test_what_was_not_read_is_not_set() -> None:
    """There would be no way back."""
    world = furnished()
    world = world.having("vpcs", replace(world.vpcs[VPC_ID], dns_support=None))
    world = world.having("instances", replace(world.instances["i-app-b"], metadata=None))
    with pytest.raises(NotFoundError, match=f"EnableDnsSupport of {VPC_ID} was not read"):
        SetVpcAttribute(VPC_ID, "dns_support", enabled=True).requests(world)
    with pytest.raises(NotFoundError, match="the metadata options of i-app-b were not read"):
        SetMetadataOptions("i-app-b", enabled=True, hop_limit=1).requests(world)


def test_tokens_of_the_metadata_service_are_never_mentioned() -> None:
    """Whoever requires them keeps requiring them."""
    world = faults.without_metadata(furnished())
    change = SetMetadataOptions("i-app-b", enabled=True, hop_limit=2)
    requests = (*change.requests(world), *change.inverse(world).requests(change.after(world)))
    assert [request.parameters["HttpEndpoint"] for request in requests] == ["enabled", "disabled"]
    assert not any("HttpTokens" in request.parameters for request in requests)
    options = change.after(world).instances["i-app-b"].metadata
    assert options
    assert options.tokens_required
    assert change.disrupts(world) == ()


def test_a_rule_group_is_updated_whole_with_the_token_of_the_reading() -> None:
    """What it is besides rules is said again, and AWS refuses what somebody else changed since."""
    world = faults.with_dropping_rules(furnished())
    (request,) = SetFirewallRules(faults.GROUP_ARN, faults.PASSES).requests(world)
    assert request.parameters == {
        "RuleGroupArn": faults.GROUP_ARN,
        "RuleGroup": json.loads(faults.PASSES),
        "UpdateToken": "t-1",
        "Description": "for the web",
    }
    assert request.iam_action == "network-firewall:UpdateRuleGroup"


def test_stateless_rules_meet_flows_that_are_open() -> None:
    """Stateful ones only new flows."""
    world = faults.with_dropping_rules(furnished())
    change = SetFirewallRules(faults.GROUP_ARN, faults.PASSES)
    assert change.disrupts(world) == ()
    stateless = world.having("rule_groups", replace(world.rule_groups[faults.GROUP_ARN], stateful=False))
    assert change.disrupts(stateless) == ("flows that rule group web stops from now on",)


def test_an_ipv4_rule_is_not_an_ipv6_rule() -> None:
    """Each address family has a rule of its own."""
    world = a_world(a_group(a_group_rule("0.0.0.0/0", (80, 80))))
    assert SetGroupRule("sg-0", a_group_rule("::/0", (80, 80))).requests(world)
    same = replace(a_group_rule("0.0.0.0/0", (80, 80)), peer=ip_network("0.0.0.0/0"))
    assert SetGroupRule("sg-0", same).requests(world) == ()
