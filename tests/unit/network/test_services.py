"""Services by their prefix lists, gateway and interface endpoints."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING

from pathmend.network.flow import Flow, Verdict
from pathmend.network.ports import PortSet
from pathmend.network.services import to_service
from pathmend.network.trace import trace
from pathmend.snapshot.transit import PrefixList
from tests.builders import (
    DYNAMODB_PREFIX_LIST,
    S3_PREFIX_LIST,
    VPC_ID,
    a_group,
    a_group_rule,
    a_route,
    a_workshop,
    allow_tcp,
    an_acl,
    an_interface,
    an_open_acl,
    fault_4,
    with_association,
    with_entry,
    with_routes,
)
from tests.unit.network.asking import ask, codes, end, way

if TYPE_CHECKING:
    from pathmend.network.flow import Trace
    from pathmend.snapshot.world import Snapshot

OUTSIDE = "198.51.100.7"
S3 = (ip_network("3.5.0.0/19"), ip_network("52.216.0.0/15"))


def _listed(world: Snapshot) -> Snapshot:
    s3 = PrefixList(S3_PREFIX_LIST, "com.amazonaws.us-east-1.s3", S3)
    dynamodb = PrefixList(DYNAMODB_PREFIX_LIST, "com.amazonaws.us-east-1.dynamodb", (ip_network("52.94.0.0/22"),))
    return world.having("prefix_lists", s3).having("prefix_lists", dynamodb)


def _to(world: Snapshot, service: str, source: str = "eni-app-a", protocol: str = "tcp") -> Trace:
    return trace(world, Flow(end(world, source), to_service(world, service), protocol, 443))


def test_rule_24_a_gateway_endpoint_is_reached_by_its_association_with_the_route_table() -> None:
    """By the service's short name or the list's id; without the association the way leads by the NAT gateway."""
    found = _to(_listed(a_workshop()), "s3")
    assert found.verdict is Verdict.OPEN
    assert way(found) == (["eni-app-a", "sg-app", "acl-app", "rtb-app-a", "vpce-s3"], ["acl-app"])
    assert "vpce-dynamodb" in way(_to(_listed(a_workshop()), DYNAMODB_PREFIX_LIST))[0]
    assert "nat-a" in way(_to(_listed(fault_4(a_workshop())), "dynamodb"))[0]


def test_rule_24_the_association_is_what_counts_and_not_the_written_route() -> None:
    """Emulators write one without the other."""
    world = _listed(a_workshop())
    unlinked = world.having("vpc_endpoints", replace(world.vpc_endpoints["vpce-s3"], route_table_ids=()))
    assert "vpce-s3" not in way(_to(unlinked, "s3"))[0]
    bare = replace(world.route_tables["rtb-app-a"], routes=world.route_tables["rtb-app-a"].routes[:2])
    assert "vpce-s3" in way(_to(world.having("route_tables", bare), "s3"))[0]


def test_rule_24_groups_must_allow_the_list_and_acls_its_addresses() -> None:
    """Part of the list may be blocked, and is reported."""
    world = _listed(a_workshop())
    narrow = a_group(a_group_rule(S3_PREFIX_LIST, (443, 443), egress=True), id="sg-app")
    assert _to(world.having("security_groups", narrow), "s3").verdict is Verdict.OPEN
    other = a_group(a_group_rule(DYNAMODB_PREFIX_LIST, (443, 443), egress=True), id="sg-app")
    assert codes(_to(world.having("security_groups", other), "s3"))[0][0] == "ENI_SG_RULES_MISMATCH"
    hole = with_entry(world, "acl-app", allow_tcp(1, "52.217.0.0/16", (443, 443), egress=True, action="deny"))
    found = _to(hole, "s3")
    assert found.verdict is Verdict.PARTIAL
    assert codes(found) == [("SUBNET_ACL_RESTRICTION", "forward", "acl-app", "1")]
    replies = with_entry(world, "acl-app", allow_tcp(1, "3.5.0.0/16", (1024, 2000), action="deny"))
    assert _to(replies, "s3").open_ports == PortSet.of(2001, 65535)
    shut = world.having("network_acls", an_acl(id="acl-app", subnet_ids=("subnet-app-a",)))
    assert _to(shut, "s3").verdict is Verdict.BLOCKED


def test_rule_24_an_endpoint_must_be_available_and_carries_tcp_and_icmp_of_its_own_vpc() -> None:
    """Not what comes from elsewhere."""
    world = _listed(a_workshop())
    dead = world.having("vpc_endpoints", replace(world.vpc_endpoints["vpce-s3"], state="deleting"))
    assert codes(_to(dead, "s3"))[0] == ("BAD_STATE", "forward", "vpce-s3", None)
    assert codes(_to(world, "s3", protocol="udp"))[0][0] == "VPCE_GATEWAY_PROTOCOL_RESTRICTION"
    stranger = an_interface("172.16.0.9", id="eni-x", subnet_id="subnet-app-a")
    found = _to(world.having("interfaces", stranger), "s3", "eni-x")
    assert codes(found)[0][0] == "VPCE_GATEWAY_EGRESS_SOURCE_ADDRESS_RESTRICTION"


def test_rule_25_the_way_says_whether_a_request_goes_through_an_endpoint() -> None:
    """What a policy's aws:SourceVpce is judged by."""
    world = _listed(a_workshop())
    assert any(hop.kind == "vpc-endpoint" for hop in _to(world, "dynamodb").forward)
    assert not any(hop.kind == "vpc-endpoint" for hop in _to(_listed(fault_4(a_workshop())), "dynamodb").forward)


def test_a_list_that_was_not_read_is_unknown_by_name() -> None:
    """Never assumed open."""
    bare = replace(a_workshop(), prefix_lists={})
    assert _to(bare, S3_PREFIX_LIST).unknown == (f"the addresses of {S3_PREFIX_LIST} were not read",)
    half = _listed(a_workshop())
    gone = half.having("security_groups", a_group(a_group_rule("sg-gone", egress=True), id="sg-app"))
    assert _to(gone, "s3").verdict is Verdict.UNKNOWN


def test_rule_24_an_address_that_may_be_of_a_service_whose_list_was_not_read_is_unknown() -> None:
    """It goes by the endpoint or by the NAT gateway; the endpoint's association says that there is a list."""
    world = a_workshop()
    unread = replace(world, prefix_lists={DYNAMODB_PREFIX_LIST: world.prefix_lists[DYNAMODB_PREFIX_LIST]})
    why = f"the addresses of {S3_PREFIX_LIST}, a destination in rtb-app-a, were not read"
    for address in ("52.216.0.1", OUTSIDE):
        assert ask(world, "eni-app-a", address, 443).verdict is Verdict.OPEN
        assert ask(unread, "eni-app-a", address, 443).unknown == (why,)
    assert ask(unread, "eni-app-a", "52.94.0.1", 443).verdict is Verdict.OPEN
    assert ask(unread, "eni-app-a", "172.16.0.1", 443).verdict is Verdict.BLOCKED
    table = unread.route_tables["rtb-app-a"]
    unwritten = replace(table, routes=tuple(one for one in table.routes if one.target != "vpce-s3"))
    (found,) = ask(unread.having("route_tables", unwritten), "eni-app-a", OUTSIDE, 443).unknown
    assert found == "the addresses of com.amazonaws.us-east-1.s3, a destination in rtb-app-a, were not read"
    gone = unread.having("vpc_endpoints", replace(unread.vpc_endpoints["vpce-s3"], route_table_ids=()))
    assert ask(gone, "eni-app-a", OUTSIDE, 443).verdict is Verdict.OPEN


def test_a_client_and_an_address_of_the_snapshot_are_no_service() -> None:
    """So that an unread list hides no lost reply, and no way to what is known."""
    unread = replace(with_association(a_workshop(), "subnet-alb-b", "rtb-app-b"), prefix_lists={})
    assert codes(ask(unread, OUTSIDE, "eni-alb-b")) == [("NO_ROUTE_TO_DESTINATION", "return", "rtb-app-b", "0.0.0.0/0")]
    assert ask(unread, "eni-app-a", "203.0.113.10", 80).verdict is Verdict.OPEN


def test_a_list_of_another_ip_version_is_traced_as_it_is() -> None:
    """An IPv4 source has no way to it."""
    world = a_workshop().having("prefix_lists", PrefixList("pl-6", "six", (ip_network("2600:1ff0::/36"),)))
    world = world.having("network_acls", an_open_acl(id="acl-app", subnet_ids=("subnet-app-a",)))
    assert _to(world, "six").verdict is Verdict.BLOCKED


def test_rule_14_a_prefix_list_in_a_table_comes_after_a_static_route_and_before_a_propagated_one() -> None:
    """Of the same length; the list's own longer entries come first."""
    office = PrefixList("pl-office", "office", (ip_network("172.16.0.0/12"), ip_network("198.51.100.0/24")))
    world = a_workshop().having("prefix_lists", office)
    by_list = a_route("pl-office", "pcx-list")
    learned = a_route("172.16.0.0/12", "pcx-learned", origin="EnableVgwRoutePropagation")
    static = a_route("172.16.0.0/12", "pcx-static")
    for routes, wanted in (((by_list, learned), "pcx-list"), ((static, by_list), "pcx-static")):
        found = ask(with_routes(world, "rtb-public", *routes), "eni-alb-a", "172.16.0.9")
        assert found.unknown == (f"the peering connection {wanted} was not read",)


def test_rule_26_an_interface_endpoint_must_let_443_in() -> None:
    """Its interfaces are interfaces like others; missing names stop no packet and are latent."""
    world = a_workshop().having("vpcs", replace(a_workshop().vpcs[VPC_ID], dns_hostnames=False, dns_support=False))
    own = an_interface("10.0.21.40", id="eni-ssm", subnet_id="subnet-shared-a", group_ids=("sg-ssm",))
    world = world.having("interfaces", own)
    shut = world.having("security_groups", a_group(id="sg-ssm"))
    assert codes(ask(shut, "eni-app-a", "eni-ssm", 443)) == [("SG_HAS_NO_RULES", "forward", "sg-ssm", None)]
    found = ask(
        world.having("security_groups", a_group(a_group_rule("sg-app", (443, 443)), id="sg-ssm")),
        "eni-app-a",
        "eni-ssm",
        443,
    )
    assert found.verdict is Verdict.OPEN
    assert {(odd.code, odd.rule) for odd in found.latent} == {
        ("SG_HAS_NO_RULES", None),
        ("DNS_ATTRIBUTE_OFF", "EnableDnsSupport"),
        ("DNS_ATTRIBUTE_OFF", "EnableDnsHostnames"),
    }
