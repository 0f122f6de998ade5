"""Describe answers become resources; what is wrong in them is named with its place."""

from __future__ import annotations

import random
from dataclasses import fields
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pathmend.errors import InvalidSnapshotError
from pathmend.snapshot.balancing import HealthCheck, TargetHealth
from pathmend.snapshot.parse import ESSENTIAL_KEYS, NOT_GIVEN, parse
from pathmend.snapshot.protocols import name_of, number_of
from pathmend.snapshot.resources import (
    AclEntry,
    Instance,
    MetadataOptions,
    NatGateway,
    NetworkInterface,
    Route,
    RouteTableAssociation,
    SecurityGroupRule,
    VpcEndpoint,
)
from tests.unit.snapshot.answers import GROUPS, LB, LISTENER, answers

ANYWHERE = ip_network("0.0.0.0/0")
ANYWHERE_V6 = ip_network("::/0")


def test_a_vpc_has_its_associated_blocks_of_both_versions() -> None:
    """Blocks that are disassociated are gone; the rest is in one order."""
    blocks = ("10.0.0.0/16", "10.1.0.0/16", "2001:db8::/56")
    assert parse(answers()).vpcs["vpc-1"].cidrs == tuple(ip_network(block) for block in blocks)


def test_tags_are_sorted_and_may_lack_a_value() -> None:
    """A tag without a value is an empty text."""
    assert parse(answers()).vpcs["vpc-1"].tags == (("Empty", ""), ("Name", "y"), ("Tier", "x"))


def test_routes_keep_their_target_state_and_origin() -> None:
    """Every kind of target and destination is read, a blackhole without target too."""
    routes = {str(route.destination): route for route in parse(answers()).route_tables["rtb-1"].routes}
    assert routes["10.0.0.0/16"] == Route(ip_network("10.0.0.0/16"), "local", origin="CreateRouteTable")
    assert routes["0.0.0.0/0"] == Route(ANYWHERE, "nat-1", "blackhole")
    assert routes["::/0"] == Route(ANYWHERE_V6, "eigw-1")
    assert routes["pl-1"] == Route("pl-1", "vpce-1")
    assert routes["10.9.0.0/16"].target == "eni-1"
    assert routes["10.8.0.0/16"].target == "tgw-1"
    assert routes["10.7.0.0/16"].target == ""


def test_associations_in_force_are_kept() -> None:
    """A disassociated one is not."""
    assert parse(answers()).route_tables["rtb-1"].associations == (
        RouteTableAssociation("a-1", main=True),
        RouteTableAssociation("a-2", "subnet-1"),
        RouteTableAssociation("a-3", gateway_id="igw-1"),
    )


def test_acl_entries_stand_in_rule_order_per_direction() -> None:
    """Protocols are numbers, host bits are cleared, ports and ICMP types stand only where they apply."""
    acl = parse(answers()).network_acls["acl-1"]
    assert acl.subnet_ids == ("subnet-1", "subnet-2")
    assert acl.entries == (
        AclEntry(100, egress=False, protocol="1", action="allow", cidr=ANYWHERE, icmp=(8, -1)),
        AclEntry(101, egress=False, protocol="58", action="allow", cidr=ANYWHERE_V6, icmp=(-1, -1)),
        AclEntry(102, egress=False, protocol="17", action="deny", cidr=ANYWHERE),
        AclEntry(103, egress=False, protocol="47", action="allow", cidr=ANYWHERE),
        AclEntry(32767, egress=False, protocol="-1", action="deny", cidr=ANYWHERE),
        AclEntry(200, egress=True, protocol="6", action="allow", cidr=ip_network("10.0.1.0/24"), ports=(1024, 65535)),
    )


def test_the_final_denies_of_both_ip_versions_are_read() -> None:
    """AWS numbers the one of IPv4 32767, and that of IPv6, in a VPC that has an IPv6 block, 32768."""
    given = answers()
    last = {"RuleNumber": 32768, "Protocol": "-1", "RuleAction": "deny", "Egress": True, "Ipv6CidrBlock": "::/0"}
    given["NetworkAcls"][0]["Entries"].append(last)
    assert parse(given).network_acls["acl-1"].entries[-1].rule_number == 32768


def test_a_security_group_has_one_rule_per_peer() -> None:
    """Networks, groups and prefix lists are peers; -1 to -1 means all ports."""
    group = parse(answers()).security_groups["sg-1"]
    ingress = {(rule.protocol, rule.ports, rule.peer) for rule in group.rules if not rule.egress}
    assert ingress == {
        ("6", (80, 81), ip_network("10.0.0.0/16")),
        ("6", (80, 81), ANYWHERE_V6),
        ("6", (80, 81), "sg-2"),
        ("6", (80, 81), "pl-1"),
        ("1", (8, -1), ANYWHERE),
        ("17", None, ip_network("10.0.0.0/8")),
    }
    assert group.rules[-1] == SecurityGroupRule(egress=True, protocol="-1", ports=None, peer=ANYWHERE)


def test_an_interface_has_its_primary_address_first() -> None:
    """Public addresses of all its private ones are collected."""
    assert parse(answers()).interfaces["eni-1"] == NetworkInterface(
        id="eni-1",
        vpc_id="vpc-1",
        subnet_id="subnet-1",
        private_ips=(ip_address("10.0.1.20"), ip_address("10.0.1.10")),
        group_ids=("sg-1", "sg-2"),
        description="ELB app/web/50dc6c495c0c9188",
        instance_id="i-1",
        public_ips=(ip_address("203.0.113.7"), ip_address("203.0.113.8"), ip_address("203.0.113.9")),
        ipv6s=(ip_address("2001:db8::1"),),
        source_dest_check=False,
        tags=(("Name", "node"),),
        public_pairs=(
            (ip_address("10.0.1.10"), ip_address("203.0.113.9")),
            (ip_address("10.0.1.20"), ip_address("203.0.113.7")),
        ),
    )


def test_a_sparse_interface_is_read() -> None:
    """The emulators leave most fields out."""
    sparse = parse(answers()).interfaces["eni-2"]
    assert sparse.private_ips == (ip_address("10.0.1.30"),)
    assert sparse.source_dest_check


def test_instances_have_their_interfaces_by_device_index() -> None:
    """The first is the one that instance targets use; a terminated instance has none."""
    instances = parse(answers()).instances
    assert instances["i-1"] == Instance(
        "i-1", "running", "subnet-1", ("eni-1", "eni-2"), metadata=MetadataOptions(tokens_required=True)
    )
    assert instances["i-2"] == Instance("i-2", "terminated")


def test_metadata_options_say_whether_they_speak_ipv6_or_do_not_say() -> None:
    """Only "enabled" is a yes."""
    for word, wanted in (("enabled", True), ("disabled", False), (None, None)):
        given = answers()
        given["Reservations"][0]["Instances"][0]["MetadataOptions"]["HttpProtocolIpv6"] = word
        found = parse(given).instances["i-1"].metadata
        assert found
        assert found.ipv6 is wanted


def test_a_vpc_knows_the_block_that_it_was_made_with() -> None:
    """The others may stand before it."""
    given = answers()
    given["Vpcs"][0]["CidrBlock"] = "10.1.0.0/16"
    assert parse(given).vpcs["vpc-1"].primary_cidr == ip_network("10.1.0.0/16")


def test_the_platform_of_a_windows_instance_is_read_in_any_case() -> None:
    """AWS's answers spell it "windows"; its pages also "Windows"."""
    given = answers()
    given["Reservations"][0]["Instances"][0]["Platform"] = "Windows"
    assert next(iter(parse(given).instances.values())).platform == "windows"


def test_gateways_know_where_they_are_attached() -> None:
    """A detached VPC does not count."""
    gateways = parse(answers()).gateways
    assert gateways["igw-1"].vpc_ids == ("vpc-1",)
    assert gateways["eigw-1"].egress_only


def test_nat_gateways_are_public_unless_they_say_otherwise() -> None:
    """The state stays AWS's word."""
    gateways = parse(answers()).nat_gateways
    address = ip_address("203.0.113.1")
    assert gateways["nat-1"] == NatGateway(
        "nat-1", "vpc-1", "subnet-1", "available", public_ips=(address,), private_ips=(ip_address("10.0.1.5"),)
    )
    assert gateways["nat-3"].subnet_id == ""
    assert gateways["nat-2"] == NatGateway("nat-2", "vpc-1", "subnet-1", "failed", public=False)


def test_endpoints_are_gateways_unless_they_say_otherwise() -> None:
    """States are in lower case whatever the API writes."""
    endpoints = parse(answers()).vpc_endpoints
    assert endpoints["vpce-1"] == VpcEndpoint("vpce-1", "vpc-1", "s3", "Gateway", "available", ("rtb-1", "rtb-2"))
    assert endpoints["vpce-2"] == VpcEndpoint(
        "vpce-2", "vpc-1", "", "Interface", "available", (), ("subnet-1",), (), ("eni-2",), private_dns=True
    )


@pytest.mark.parametrize(("inbound_only", "private"), [(True, False), (False, True)])
def test_names_for_those_outside_alone_are_no_private_names_within_the_vpc(
    *, inbound_only: bool, private: bool
) -> None:
    """S3's names then mean the endpoint to who asks from on premises; in the VPC they mean the gateway endpoint."""
    given = answers()
    given["VpcEndpoints"][1]["DnsOptions"] = {"PrivateDnsOnlyForInboundResolverEndpoint": inbound_only}
    assert parse(given).vpc_endpoints["vpce-2"].private_dns is private


def test_a_load_balancer_has_its_tags_from_their_own_answer() -> None:
    """Elastic Load Balancing answers tags apart from the resources."""
    balancer = parse(answers()).load_balancers[LB]
    assert balancer.full_name == "app/web/50dc6c495c0c9188"
    assert balancer.subnet_ids == ("subnet-1", "subnet-2")
    assert balancer.tags[1] == ("Name", "y")
    assert balancer.dns_name == ""
    said = answers()
    said["LoadBalancers"][0]["DNSName"] = "web-1.us-east-1.elb.amazonaws.com"
    assert parse(said).load_balancers[LB].dns_name == "web-1.us-east-1.elb.amazonaws.com"
    assert parse(answers()).attributes[LB] == (("load_balancing.cross_zone.enabled", "true"),)


def test_a_listener_forwards_to_the_groups_of_its_actions_and_rules() -> None:
    """A rule finds its listener by the reader's note or by its own ARN."""
    assert parse(answers()).listeners[LISTENER].target_group_arns == tuple(GROUPS[:3])


def test_a_target_group_has_its_health_check_and_targets() -> None:
    """The check's defaults are AWS's; targets are in one order."""
    groups = parse(answers()).target_groups
    assert groups[GROUPS[0]].health_check == HealthCheck("HTTP", "8080", "/health", "200", 15, 3, 2, 3)
    assert groups[GROUPS[0]].targets == (
        TargetHealth("10.0.1.20", 80, "unhealthy", "Target.Timeout", "slow", "us-east-1a"),
        TargetHealth("10.0.1.30", 80, "healthy"),
        TargetHealth("10.0.1.40", None, "unknown"),
    )
    assert groups[GROUPS[1]].health_check == HealthCheck("HTTP", "traffic-port", matcher="12")
    assert parse(answers()).attributes[GROUPS[0]] == (("preserve_client_ip.enabled", "false"),)
    assert groups[GROUPS[0]].full_name == "targetgroup/a/73e2d6bc24d8a067"


def test_a_group_whose_targets_were_not_described_says_so() -> None:
    """An answer without any target is another thing than no answer."""
    said = answers()
    said["TargetHealthDescriptions"] = [{"TargetGroupArn": GROUPS[0], "TargetHealthDescriptions": []}]
    groups = parse(said).target_groups
    assert (groups[GROUPS[0]].targets_read, groups[GROUPS[1]].targets_read) == (True, False)


def test_a_key_that_is_not_given_is_unread() -> None:
    """An absent kind is unknown, an empty one is known to be empty."""
    assert parse({}).unread == dict.fromkeys(ESSENTIAL_KEYS, NOT_GIVEN)
    assert parse({"Firewalls": []}).given == {"Firewalls": 0}
    assert "Vpcs" not in parse({"Vpcs": []}).unread
    assert parse(answers()).unread == {}


def test_unknown_keys_are_ignored() -> None:
    """AWS adds keys at will."""
    assert parse({**answers(), "ResponseMetadata": ["x"]}) == parse(answers())


def _shuffled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        items = [(key, _shuffled(one, chance)) for key, one in value.items()]
        return dict(chance.sample(items, len(items)))
    if isinstance(value, list):
        return [_shuffled(one, chance) for one in chance.sample(value, len(value))]
    return value


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32))
def test_the_order_of_answers_changes_nothing(seed: int) -> None:
    """Not even the order in which the snapshot's mappings run."""
    chance = random.Random(seed)  # noqa: S311 - a shuffle
    shuffled, plain = parse(_shuffled(answers(), chance)), parse(answers())
    assert shuffled == plain
    for one in fields(plain):
        if one.name not in {"unread", "given"}:
            assert list(getattr(shuffled, one.name)) == list(getattr(plain, one.name))


ENTRY = "NetworkAcls[0].Entries[1]"
MALFORMED: list[tuple[tuple[str | int, ...], object, str]] = [
    (("NetworkAcls", 0, "Entries", 1, "CidrBlock"), "10.0.0.0/33", f"{ENTRY}.CidrBlock: 10.0.0.0/33 is not a network"),
    (("NetworkAcls", 0, "Entries", 1, "CidrBlock"), None, f"{ENTRY}.CidrBlock: is missing, and so is Ipv6CidrBlock"),
    (("NetworkAcls", 0, "Entries", 1, "Protocol"), "tcpp", f"{ENTRY}.Protocol: tcpp is not a protocol"),
    (("NetworkAcls", 0, "Entries", 1, "Protocol"), "256", f"{ENTRY}.Protocol: 256 is not a protocol"),
    (("NetworkAcls", 0, "Entries", 1, "RuleNumber"), 0, f"{ENTRY}.RuleNumber: 0 is not a rule number (1-32768)"),
    (("NetworkAcls", 0, "Entries", 1, "RuleNumber"), None, f"{ENTRY}.RuleNumber: None is not a rule number (1-32768)"),
    (("NetworkAcls", 0, "Entries", 1, "RuleNumber"), "x", f"{ENTRY}.RuleNumber: x is not a whole number"),
    (("NetworkAcls", 0, "Entries", 1, "RuleNumber"), True, f"{ENTRY}.RuleNumber: True is not a whole number"),
    (("NetworkAcls", 0, "Entries", 1, "RuleAction"), "drop", f"{ENTRY}.RuleAction: drop is not allow or deny"),
    (("NetworkAcls", 0, "Entries", 1, "Egress"), "yes", f"{ENTRY}.Egress: yes is not true or false"),
    (
        ("NetworkAcls", 0, "Entries", 1, "PortRange", "To"),
        80,
        f"{ENTRY}.PortRange.From: 1024-80 is not a port range",
    ),
    (
        ("NetworkAcls", 0, "Entries", 1, "PortRange", "From"),
        None,
        f"{ENTRY}.PortRange.From: None-65535 is not a port range",
    ),
    (
        ("NetworkAcls", 0, "Entries", 2, "IcmpTypeCode", "Code"),
        900,
        "NetworkAcls[0].Entries[2].IcmpTypeCode.Code: 900 is not an ICMP type or code (0-255, -1 for all)",
    ),
    (
        ("SecurityGroups", 0, "IpPermissions", 1, "FromPort"),
        300,
        "SecurityGroups[0].IpPermissions[1].FromPort: 300 is not an ICMP type or code (0-255, -1 for all)",
    ),
    (("TargetGroups", 0, "Port"), 70000, "TargetGroups[0].Port: 70000 is not a port"),
    (
        ("TargetGroups", 0, "HealthCheckPort"),
        "http",
        "TargetGroups[0].HealthCheckPort: http is not traffic-port or a port",
    ),
    (("NetworkAcls", 0, "Entries", 1, "PortRange"), "80", f"{ENTRY}.PortRange: 80 is not an object"),
    (("NetworkAcls", 0, "Entries"), {}, "NetworkAcls[0].Entries: {} is not a list"),
    (("NetworkAcls", 0, "NetworkAclId"), "", "NetworkAcls[0].NetworkAclId: is missing"),
    (("NetworkAcls", 0, "NetworkAclId"), 7, "NetworkAcls[0].NetworkAclId: 7 is not a text"),
    (("NetworkAcls", 0), "acl", "NetworkAcls[0]: acl is not an object"),
    (("NetworkAcls",), "acl", "NetworkAcls: acl is not a list"),
    (
        ("NetworkInterfaces", 1, "PrivateIpAddresses", 0, "PrivateIpAddress"),
        "10.0.1",
        "NetworkInterfaces[1].PrivateIpAddresses[0].PrivateIpAddress: 10.0.1 is not an address",
    ),
    (
        ("SecurityGroups", 0, "IpPermissions", 0, "IpRanges", 0, "CidrIp"),
        None,
        "SecurityGroups[0].IpPermissions[0].IpRanges[0].CidrIp: is missing",
    ),
    (("PrefixListEntries", 0, "Entries", 0, "Cidr"), None, "PrefixListEntries[0].Entries[0].Cidr: is missing"),
    (("PrefixLists", 0, "Cidrs"), ["x"], "PrefixLists[0].Cidrs.Cidr: x is not a network"),
    (("Addresses", 0, "PublicIp"), None, "Addresses[0].PublicIp: is missing"),
    (("SecurityGroupRules", 0, "CidrIpv4"), None, "SecurityGroupRules[0].ReferencedGroupInfo.GroupId: is missing"),
    (("LoadBalancers", 0, "SecurityGroups"), [1], "LoadBalancers[0].SecurityGroups: [1] is not a list of texts"),
]


@pytest.mark.parametrize(("path", "value", "message"), MALFORMED, ids=[message for *_, message in MALFORMED])
def test_malformed_input_is_named_by_key_index_field_and_value(
    path: tuple[str | int, ...], value: object, message: str
) -> None:
    """The error says where to look and what stands there."""
    world: Any = answers()
    place = world
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(InvalidSnapshotError) as caught:
        parse(world)
    assert str(caught.value) == message


def test_numbers_may_come_as_text() -> None:
    """Some emulators write numbers as text."""
    world = answers()
    world["Listeners"][0]["Port"] = "8080"
    world["TargetGroups"][0]["Port"] = ""
    assert parse(world).listeners[LISTENER].port == 8080
    assert parse(world).target_groups[GROUPS[0]].port is None


def test_protocols_have_names_and_numbers() -> None:
    """Both are understood, and a number without a usual name stays a number."""
    assert [number_of(word) for word in ("TCP", "06", "-1", "any", "47", "x")] == ["6", "6", "-1", "-1", "47", None]
    assert [name_of(number) for number in ("6", "-1", "47")] == ["tcp", "all", "47"]
