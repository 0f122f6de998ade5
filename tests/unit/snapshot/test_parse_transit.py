"""What stands between and above VPCs becomes resources."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from pathmend.snapshot.firewall import Firewall
from pathmend.snapshot.parse import parse
from pathmend.snapshot.resources import SecurityGroupRule
from pathmend.snapshot.transit import (
    DhcpOptions,
    ElasticIp,
    Peering,
    PeeringEnd,
    PeeringSide,
    PrefixList,
    PublicAccessBlock,
    PublicAccessExclusion,
    TransitGateway,
    TransitGatewayAttachment,
    TransitGatewayRoute,
    TransitGatewayRouteTable,
    VpnGateway,
)
from tests.unit.snapshot.answers import answers

WORLD = parse(answers())


def test_flat_security_group_rules_join_their_groups() -> None:
    """What both say counts once, with its id; a group that only they name is made."""
    rules = WORLD.security_groups["sg-1"].rules
    same = [rule for rule in rules if rule.peer == ip_network("10.0.0.0/16")]
    assert [(rule.id, rule.ports) for rule in same] == [("sgr-1", (80, 81))]
    assert WORLD.security_groups["sg-3"].rules == (
        SecurityGroupRule(egress=False, protocol="-1", ports=None, peer="sg-1"),
        SecurityGroupRule(egress=True, protocol="-1", ports=None, peer=ip_network("::/0")),
        SecurityGroupRule(egress=True, protocol="-1", ports=None, peer="pl-1"),
    )


def test_prefix_lists_have_their_entries_or_are_known_to_lack_them() -> None:
    """From their own call, inline, or not read at all."""
    halves = (ip_network("198.51.100.0/25"), ip_network("198.51.100.128/25"))
    assert WORLD.prefix_lists["pl-1"] == PrefixList("pl-1", "com.amazonaws.us-east-1.s3", halves)
    assert WORLD.prefix_lists["pl-2"] == PrefixList("pl-2", "dynamodb", (ip_network("192.0.2.0/24"),))
    assert WORLD.prefix_lists["pl-3"] == PrefixList("pl-3", "office", None, 5)
    assert WORLD.prefix_lists["pl-4"] == PrefixList("pl-4", "", ())


def test_a_peering_has_two_ends_with_their_blocks() -> None:
    """All blocks of both versions; a side that does not say has none."""
    blocks = tuple(ip_network(block) for block in ("10.0.0.0/16", "10.1.0.0/16", "2001:db8::/56"))
    near, far = PeeringEnd("vpc-1", blocks, "us-east-1"), PeeringEnd("vpc-2")
    assert WORLD.peerings["pcx-1"] == Peering("pcx-1", "active", near, far)


def test_a_transit_gateway_has_attachments_and_tables() -> None:
    """A VPC attachment is put together from its two answers; an association that is gone is none."""
    assert WORLD.transit_gateways["tgw-1"] == TransitGateway("tgw-1", "available", group_references=True)
    assert WORLD.transit_gateway_attachments == {
        "tgw-attach-1": TransitGatewayAttachment(
            *("tgw-attach-1", "tgw-1", "vpc", "vpc-1", "available", ("subnet-1",), "tgw-rtb-1"), appliance_mode=True
        ),
        "tgw-attach-2": TransitGatewayAttachment("tgw-attach-2", "tgw-1", "vpn", "vpn-1", "available"),
    }
    route = TransitGatewayRoute(ip_network("10.0.0.0/16"), ("tgw-attach-1",), propagated=True)
    assert WORLD.transit_gateway_route_tables == {
        "tgw-rtb-1": TransitGatewayRouteTable(
            *("tgw-rtb-1", "tgw-1", (route, TransitGatewayRoute("pl-1", (), "blackhole"))),
            propagating=("tgw-attach-1",),
        ),
        "tgw-rtb-2": TransitGatewayRouteTable("tgw-rtb-2", "", None, ("tgw-attach-3",)),
    }


def test_a_peering_of_transit_gateways_has_the_ends_that_were_read() -> None:
    """Two Regions may answer of one id; the order of their answers changes nothing."""
    near = {
        "TransitGatewayAttachmentId": "tgw-attach-p",
        "TransitGatewayId": "tgw-1",
        "ResourceType": "peering",
        "ResourceId": "tgw-2",
        "State": "available",
        "Association": {"TransitGatewayRouteTableId": "tgw-rtb-1", "State": "associated"},
    }
    far = {**near, "TransitGatewayId": "tgw-2", "ResourceId": "tgw-1", "Association": {"State": "disassociated"}}
    sides = (PeeringSide("tgw-1", "tgw-2", "tgw-rtb-1"), PeeringSide("tgw-2", "tgw-1"))
    one, two = (parse({"TransitGatewayAttachments": items}) for items in ([near, far], [far, near]))
    assert one == two
    found = one.transit_gateway_attachments["tgw-attach-p"]
    assert (found.kind, found.sides) == ("peering", sides)
    assert parse({"TransitGatewayAttachments": [near]}).transit_gateway_attachments["tgw-attach-p"].sides == sides[:1]


def test_what_belongs_to_a_vpc_or_an_account() -> None:
    """VPN gateways, DHCP options, attributes, addresses and firewalls."""
    assert WORLD.vpn_gateways["vgw-1"] == VpnGateway("vgw-1", "available", ("vpc-1",))
    assert WORLD.dhcp_options["dopt-1"] == DhcpOptions("dopt-1", ("AmazonProvidedDNS",))
    vpc = WORLD.vpcs["vpc-1"]
    assert (vpc.owner_id, vpc.dns_support, vpc.dns_hostnames) == ("123456789012", True, False)
    assert vpc.dhcp_options_id == "dopt-1"
    assert WORLD.addresses["eipalloc-1"] == ElasticIp("eipalloc-1", ip_address("203.0.113.8"), "eni-1")
    assert "203.0.113.200" in WORLD.addresses
    assert WORLD.firewalls == {
        "arn:fw-1": Firewall("arn:fw-1", "wall", "vpc-1", ("vpce-9",)),
        "arn:fw-2": Firewall("arn:fw-2", "", ""),
    }


def test_public_access_has_a_mode_and_exclusions_in_force() -> None:
    """AWS answers the options as one object and not as a list."""
    block = PublicAccessBlock("123456789012/us-east-1", "123456789012", "us-east-1", "block-ingress")
    one = answers()
    one["VpcBlockPublicAccessOptions"] = one["VpcBlockPublicAccessOptions"][0]
    early = {**one["VpcBlockPublicAccessExclusions"][0], "ExclusionId": "early", "State": "create-in-progress"}
    one["VpcBlockPublicAccessExclusions"].append(early)
    assert parse(one).public_access_exclusions == WORLD.public_access_exclusions
    assert parse(one).public_access_blocks == WORLD.public_access_blocks == {block.id: block}
    assert WORLD.public_access_exclusions == {
        "vpcbpa-exclude-1": PublicAccessExclusion("vpcbpa-exclude-1", "subnet-1", "allow-egress")
    }


def test_of_two_descriptions_of_one_resource_the_fuller_is_kept() -> None:
    """A subnet that is shared with another account appears in both, there without its tags."""
    full = {**answers()["Subnets"][0], "Tags": [{"Key": "Name", "Value": "shared"}]}
    bare = answers()["Subnets"][0]
    for subnets in ([full, bare], [bare, full]):
        assert parse({"Subnets": subnets}).subnets["subnet-2"].tags == (("Name", "shared"),)
