"""Each kind of change is written where such code has it, by the right names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

import pytest

from pathmend.changes.associate_endpoint_tables import AssociateEndpointTables
from pathmend.changes.associate_route_table import AssociateRouteTable
from pathmend.changes.set_acl_entry import SetAclEntry
from pathmend.changes.set_endpoint_policy import SetEndpointPolicy
from pathmend.changes.set_group_rule import SetGroupRule
from pathmend.changes.set_instance_profile import SetInstanceProfile
from pathmend.changes.set_metadata_options import SetMetadataOptions
from pathmend.changes.set_route import SetRoute
from pathmend.channels.infrastructure_code.cloudformation import cloudformation_patch
from pathmend.channels.infrastructure_code.comments import NO_PLACE
from pathmend.channels.infrastructure_code.owned import patches
from pathmend.channels.infrastructure_code.terraform import terraform_patch
from pathmend.snapshot.resources import AclEntry, SecurityGroupRule
from tests.unit.channels.patched import (
    HOSTILE,
    blocks_of,
    in_stack,
    in_state,
    planned,
    resources_of,
)


def test_an_acl_entry_is_a_resource_that_is_found_by_its_number() -> None:
    """What it was stands above, as a comment; the ACL is referred to by its logical id."""
    new = AclEntry(
        1100, egress=False, protocol="6", action="allow", cidr=ip_network("10.0.11.0/24"), ports=(1024, 65535)
    )
    old = AclEntry(1100, egress=False, protocol="-1", action="deny", cidr=ip_network("::/0"))
    step = planned(SetAclEntry("acl-1", False, 1100, new), SetAclEntry("acl-1", False, 1100, old))  # noqa: FBT003
    owner = in_stack("acl-1", "AWS::EC2::NetworkAcl")
    text = cloudformation_patch(step, owner).text
    assert text.startswith("# Stack web-network, logical id Web\nResources:\n")
    assert "whose NetworkAclId is acl-1 (!Ref Web), RuleNumber 1100 and" in text
    assert "# Delete there: Ipv6CidrBlock." in text
    assert resources_of(step, owner)["WebIngress1100"]["Properties"] == {
        "NetworkAclId": "!Ref Web", "RuleNumber": 1100, "Egress": False, "Protocol": 6, "RuleAction": "allow",
        "CidrBlock": "10.0.11.0/24", "PortRange": {"From": 1024, "To": 65535},
    }  # fmt: skip
    assert terraform_patch(step, in_state("acl-1", "module.net.aws_network_acl.web[0]")).text.startswith(
        "# module.net.aws_network_acl.web[0] in s3:/ /states/web\n# It is one of several made from one block"
    )


@pytest.mark.parametrize(
    ("address", "kinds"),
    [
        ("", {("aws_network_acl_rule", "acl_1_egress_7"), ("aws_network_acl", "name_of_the_acl")}),
        ("aws_network_acl.web", {("aws_network_acl_rule", "web_egress_7"), ("aws_network_acl", "web")}),
        ("aws_default_network_acl.main", {("aws_default_network_acl", "main")}),
        (
            'aws_network_acl.web" }\n',
            {("aws_network_acl_rule", "acl_1_egress_7"), ("aws_network_acl", "name_of_the_acl")},
        ),
        ("aws_subnet.web", {("aws_network_acl_rule", "acl_1_egress_7"), ("aws_network_acl", "name_of_the_acl")}),
    ],
)
def test_an_acl_entry_is_a_resource_or_a_block_in_terraform(address: str, kinds: set[tuple[str, str]]) -> None:
    """A default ACL has blocks only; an address that is none, or of something else, is not used."""
    entry = AclEntry(7, egress=True, protocol="1", action="allow", cidr=ip_network("::/0"), icmp=(8, -1))
    step = planned(SetAclEntry("acl-1", True, 7, entry), SetAclEntry("acl-1", True, 7, None))  # noqa: FBT003
    blocks = blocks_of(step, in_state("acl-1", address))
    assert set(blocks) == kinds
    for (kind, _), body in blocks.items():
        inner = body if kind == "aws_network_acl_rule" else body["egress"][0][0]
        assert (inner["ipv6_cidr_block"], inner["icmp_type"], inner["icmp_code"]) == ("::/0", 8, -1)
        assert ("from_port" in inner) == (kind != "aws_network_acl_rule")


def test_icmp_of_an_acl_entry_is_a_type_and_a_code() -> None:
    """As CloudFormation calls them."""
    entry = AclEntry(7, egress=True, protocol="1", action="allow", cidr=ip_network("10.0.0.0/8"), icmp=(8, -1))
    step = planned(SetAclEntry("acl-1", True, 7, entry), SetAclEntry("acl-1", True, 7, None))  # noqa: FBT003
    [made] = resources_of(step).values()
    assert made["Properties"]["Icmp"] == {"Type": 8, "Code": -1}


@dataclass(frozen=True)
class SomethingNew:
    """A kind of change that nobody has found a place for."""

    summary: str = "change something new"
    resources: tuple[str, ...] = ("new-1",)


@pytest.mark.parametrize("change", [SomethingNew(), SetRoute("rtb-1", "pl-1", "what-1")])
def test_a_change_without_a_place_refers_to_its_exact_call(change) -> None:
    """A kind that no code knows, or a route to what it has no word for: a proposal is made all the same."""
    for patch in patches(planned(change, change), ()):
        assert patch.text == f"# {NO_PLACE}\n"


def test_a_removed_resource_is_said_and_shown_but_not_written() -> None:
    """Pasting the patch of a removal sets nothing."""
    entry = AclEntry(7, egress=True, protocol="-1", action="deny", cidr=ip_network("10.0.0.0/8"))
    step = planned(SetAclEntry("acl-1", True, 7, None), SetAclEntry("acl-1", True, 7, entry))  # noqa: FBT003
    for patch in patches(step, ()):
        assert all(line.startswith("#") for line in patch.text.splitlines() if line)
        assert "elete the " in patch.text
        assert "10.0.0.0/8" in patch.text


def test_an_association_is_named_where_the_stack_has_it_itself() -> None:
    """By its own logical id; by a reference to subnet or table where those are what the stack has."""
    step = planned(AssociateRouteTable("subnet-1", "rtb-1"), AssociateRouteTable("subnet-1", "rtb-2"))
    kind = "AWS::EC2::SubnetRouteTableAssociation"
    assert list(resources_of(step, in_stack("subnet-1", kind, "Link"))) == ["Link"]
    by_subnet = resources_of(step, in_stack("subnet-1", "AWS::EC2::Subnet"))
    assert by_subnet["RouteTableOfSubnet1"]["Properties"] == {"SubnetId": "!Ref Web", "RouteTableId": "rtb-1"}
    by_table = resources_of(step, in_stack("rtb-1"))
    assert by_table["RouteTableOfSubnet1"]["Properties"] == {"SubnetId": "subnet-1", "RouteTableId": "!Ref Web"}
    assert ("aws_route_table_association", "link") in blocks_of(
        step, in_state("subnet-1", "aws_route_table_association.link")
    )
    of_table = blocks_of(step, in_state("rtb-1", 'aws_route_table.app["a"]'))
    assert of_table["aws_route_table_association", "subnet_1"]["route_table_id"] == (
        "reference", 'aws_route_table.app["a"].id',
    )  # fmt: skip
    away = planned(AssociateRouteTable("subnet-1", None), AssociateRouteTable("subnet-1", "rtb-2"))
    assert resources_of(away) == {}
    assert blocks_of(away) == {}


TARGETS = {
    "igw-1": ("GatewayId", "gateway_id"),
    "nat-1": ("NatGatewayId", "nat_gateway_id"),
    "tgw-1": ("TransitGatewayId", "transit_gateway_id"),
    "pcx-1": ("VpcPeeringConnectionId", "vpc_peering_connection_id"),
    "vpce-1": ("VpcEndpointId", "vpc_endpoint_id"),
    "eni-1": ("NetworkInterfaceId", "network_interface_id"),
    "eigw-1": ("EgressOnlyInternetGatewayId", "egress_only_gateway_id"),
    "lgw-1": ("LocalGatewayId", "local_gateway_id"),
    "cagw-1": ("CarrierGatewayId", "carrier_gateway_id"),
    "i-1": ("InstanceId", "instance_id"),
    "arn:aws:networkmanager::1:core-network/c": ("CoreNetworkArn", "core_network_arn"),
}


@pytest.mark.parametrize("target", TARGETS)
def test_a_route_names_its_target_by_the_right_property(target: str) -> None:
    """There is one for each kind of target."""
    step = planned(SetRoute("rtb-1", ip_network("::/0"), target), SetRoute("rtb-1", ip_network("::/0"), None))
    [made] = resources_of(step).values()
    assert made["Properties"] == {
        "RouteTableId": "rtb-1",
        "DestinationIpv6CidrBlock": "::/0",
        TARGETS[target][0]: target,
    }
    alone, within = blocks_of(step).values()
    assert (alone["destination_ipv6_cidr_block"], alone[TARGETS[target][1]]) == ("::/0", target)
    assert within["route"] == [({"ipv6_cidr_block": "::/0", TARGETS[target][1]: target},)]


def test_the_way_within_the_vpc_is_no_route_of_a_template() -> None:
    """CloudFormation has no property for it; Terraform has."""
    step = planned(SetRoute("rtb-1", ip_network("10.0.0.0/16"), "local"), SetRoute("rtb-1", "pl-1", "tgw-1"))
    assert resources_of(step) == {}
    assert "has no property for the target local" in cloudformation_patch(step).text
    assert blocks_of(step)["aws_route", "rtb_1_to_10_0_0_0_16"]["gateway_id"] == "local"


def test_a_default_table_has_its_routes_as_blocks() -> None:
    """No route resource goes with it."""
    step = planned(SetRoute("rtb-1", "pl-1", "tgw-1"), SetRoute("rtb-1", "pl-1", None))
    blocks = blocks_of(step, in_state("rtb-1", "aws_default_route_table.main"))
    assert blocks == {
        ("aws_default_route_table", "main"): {
            "route": [({"destination_prefix_list_id": "pl-1", "transit_gateway_id": "tgw-1"},)]
        }
    }
    alone, _ = blocks_of(step).values()
    assert alone == {"route_table_id": "rtb-1", "destination_prefix_list_id": "pl-1", "transit_gateway_id": "tgw-1"}


RULES = {
    "network": (ip_network("10.2.0.0/16"), "CidrIp", "cidr_ipv4", "cidr_blocks"),
    "IPv6 network": (ip_network("2001:db8::/32"), "CidrIpv6", "cidr_ipv6", "ipv6_cidr_blocks"),
    "prefix list": ("pl-1", "DestinationPrefixListId", "prefix_list_id", "prefix_list_ids"),
    "group": ("sg-2", "DestinationSecurityGroupId", "referenced_security_group_id", "security_groups"),
}


@pytest.mark.parametrize("peer", RULES)
def test_a_rule_of_a_group_names_its_peer(peer: str) -> None:
    """By another property for each kind of peer, in each of the places where a rule may stand."""
    value, cloudformation, own, listed = RULES[peer]
    rule = SecurityGroupRule(egress=True, protocol="6", ports=(443, 443), peer=value)
    step = planned(SetGroupRule("sg-1", rule), SetGroupRule("sg-1", rule, present=False))
    alone, group = resources_of(step, in_stack("sg-1", "AWS::EC2::SecurityGroup")).values()
    written = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, cloudformation: str(value)}
    assert alone == {"Type": "AWS::EC2::SecurityGroupEgress", "Properties": {"GroupId": "!Ref Web", **written}}
    assert group == {"Type": "AWS::EC2::SecurityGroup", "Properties": {"SecurityGroupEgress": [written]}}
    newer, older, block = blocks_of(step, in_state("sg-1", "aws_security_group.web")).values()
    assert newer[own] == str(value)
    assert newer["security_group_id"] == ("reference", "aws_security_group.web.id")
    assert older.get(listed, older.get("source_security_group_id")) in ([str(value)], str(value))
    assert block["egress"][0][0][listed] == [str(value)]


def test_a_rule_for_all_traffic_of_the_group_itself_has_no_ports() -> None:
    """But where Terraform wants some; a group that is its own peer is "self" there."""
    rule = SecurityGroupRule(egress=False, protocol="-1", ports=None, peer="sg-1")
    step = planned(SetGroupRule("sg-1", rule), SetGroupRule("sg-1", rule, present=False))
    alone, _ = resources_of(step).values()
    assert alone["Properties"] == {"GroupId": "sg-1", "IpProtocol": "-1", "SourceSecurityGroupId": "sg-1"}
    newer, older, block = blocks_of(step).values()
    assert "from_port" not in newer
    assert (older["from_port"], older["self"]) == (0, True)
    assert block["ingress"][0][0] == {"protocol": "-1", "from_port": 0, "to_port": 0, "self": True}
    assert "security_group_ingress" in next(iter(blocks_of(step)))[0]


def test_a_rule_without_ports_is_one_of_all_ports() -> None:
    """TCP and UDP have ports wherever they are written."""
    rule = SecurityGroupRule(egress=False, protocol="17", ports=None, peer=ip_network("10.0.0.0/8"))
    step = planned(SetGroupRule("sg-1", rule), SetGroupRule("sg-1", rule, present=False))
    alone, _ = resources_of(step).values()
    assert (alone["Properties"]["FromPort"], alone["Properties"]["ToPort"]) == (0, 65535)


def test_tables_are_added_to_those_that_the_endpoint_has() -> None:
    """And taken off without a word about the others."""
    on = AssociateEndpointTables("vpce-1", ("rtb-1", "rtb-2"))
    off = AssociateEndpointTables("vpce-1", ("rtb-1", "rtb-2"), associated=False)
    owner = in_stack("vpce-1", "AWS::EC2::VPCEndpoint", "S3")
    assert resources_of(planned(on, off), owner)["S3"]["Properties"] == {"RouteTableIds": ["rtb-1", "rtb-2"]}
    assert "add this and keep" in cloudformation_patch(planned(on, off), owner).text
    assert resources_of(planned(off, on), owner) == {}
    code = in_state("vpce-1", "aws_vpc_endpoint.s3")
    assert blocks_of(planned(on, off), code)["aws_vpc_endpoint_route_table_association", "s3_rtb_1"] == {
        "vpc_endpoint_id": ("reference", "aws_vpc_endpoint.s3.id"), "route_table_id": "rtb-1",
    }  # fmt: skip


def test_the_instance_or_its_launch_template_is_edited() -> None:
    """One of them where it is known which, else both with what tells them apart."""
    profile = "arn:aws:iam::123456789012:instance-profile/path/web"
    step = planned(SetInstanceProfile("i-1", profile), SetInstanceProfile("i-1", None))
    known = resources_of(step, in_stack("i-1", "AWS::EC2::Instance"))
    assert known == {"Web": {"Type": "AWS::EC2::Instance", "Properties": {"IamInstanceProfile": "web"}}}
    grouped = resources_of(step, in_stack("i-1", "AWS::AutoScaling::AutoScalingGroup"))
    assert [one["Type"] for one in grouped.values()] == ["AWS::EC2::LaunchTemplate"]
    assert len(resources_of(step)) == 2
    assert blocks_of(step, in_state("i-1", "aws_instance.web")) == {
        ("aws_instance", "web"): {"iam_instance_profile": "web"}
    }
    assert len(blocks_of(step)) == 2
    back = planned(step.undo, step.change)
    assert resources_of(back) == {}
    assert "delete this:\n#   IamInstanceProfile: web" in cloudformation_patch(back).text
    options = planned(SetMetadataOptions("i-1", enabled=True, hop_limit=2), SetMetadataOptions("i-1", True, 1))  # noqa: FBT003
    assert blocks_of(options)["aws_instance", "name_of_the_instance"] == {
        "metadata_options": [({"http_endpoint": "enabled", "http_put_response_hop_limit": 2},)]
    }


def test_the_default_policy_is_no_property() -> None:
    """What made it another one is to be deleted."""
    document = json.dumps({"Statement": []})
    step = planned(SetEndpointPolicy("vpce-1", None), SetEndpointPolicy("vpce-1", document))
    for patch in patches(step, ()):
        assert "lets" in patch.text
        assert "elete this:" in patch.text
    assert resources_of(step) == {}
    assert blocks_of(step) == {}


@pytest.mark.parametrize(
    "document",
    [
        {"Statement": [{"Condition": {"StringEquals": {"Ref": "Secret"}}}]},
        {"Statement": [{"Fn::Transform": {"Name": "AWS::Include"}}]},
        {"Statement": [{"Sid": "{{resolve:secretsmanager:password}}"}]},
        {"{{resolve:ssm:a}}": 1},
    ],
)
def test_what_cloudformation_would_evaluate_is_left_to_a_person(document: dict[str, Any]) -> None:
    """No quoting keeps it from an intrinsic function or a dynamic reference; Terraform writes it as it is."""
    step = planned(SetEndpointPolicy("vpce-1", json.dumps(document)), SetEndpointPolicy("vpce-1", "{}"))
    assert resources_of(step) == {}
    assert "Write it by hand" in cloudformation_patch(step).text
    assert next(iter(blocks_of(step).values()))["policy"] == ("json", document)


def test_a_policy_that_is_no_json_stays_text() -> None:
    """It is quoted like any other text."""
    step = planned(SetEndpointPolicy("vpce-1", HOSTILE), SetEndpointPolicy("vpce-1", None))
    assert resources_of(step)["LogicalIdOfTheEndpoint"]["Properties"] == {"PolicyDocument": HOSTILE}
