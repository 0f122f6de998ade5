"""A trace by way of a network firewall says which of its rules stops the flow, on which leg, for which ports."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

import pytest

from pathmend.network.firewall_named import networks_named, protocols_named
from pathmend.network.flow import Application, Endpoint, Flow, Latent, Trace, Verdict
from pathmend.network.ports import LOAD_BALANCER_EPHEMERAL, PortSet
from pathmend.network.trace import trace
from pathmend.snapshot.resources import RouteTableAssociation, VpcEndpoint
from pathmend.snapshot.transit import PrefixList
from tests.builders import (
    EVERYWHERE,
    S3_PREFIX_LIST,
    VPC_ID,
    a_route,
    a_route_table,
    a_subnet,
    a_workshop,
    with_association,
)
from tests.unit.network.asking import codes, end
from tests.unit.network.walls import DENY, POLICY, WALL, a_text, packets, walled, walled_workshop

if TYPE_CHECKING:
    from pathmend.snapshot.firewall import RuleGroup
    from pathmend.snapshot.world import Snapshot

ANY, OUT = "any any -> any any", "198.51.100.7"
GROUP = "arn:rulegroup/group"
EVIL = f'drop http {ANY} (http.host; content:"evil.example"; startswith; endswith; sid:7;)'


def _asked(world: Snapshot, host: str = "", target: str = OUT, **more: Any) -> Trace:
    application = Application("http", host) if host else None
    flow = Flow(end(world, "eni-app-a"), Endpoint(ip_address(target)), "tcp", 80, application=application)
    return trace(world, replace(flow, **more))


def _at_wall(found: Trace) -> list[tuple[str, Verdict]]:
    return [(hop.leg.value, hop.verdict) for hop in (*found.forward, *found.back) if hop.element_id == "vpce-fw"]


def test_a_firewall_that_lets_a_flow_pass_leaves_it_open() -> None:
    """It is a hop of both legs."""
    found = _asked(walled_workshop(a_text(EVIL)), "good.example")
    assert (found.verdict, found.unknown) == (Verdict.OPEN, ())
    assert _at_wall(found) == [("forward", Verdict.OPEN), ("return", Verdict.OPEN)]


def test_fault_8_a_rule_drops_a_host() -> None:
    """Named by its group, its sid and its text; another host passes, and so does the connection by itself."""
    world = walled_workshop(a_text(EVIL))
    found = _asked(world, "evil.example")
    assert (found.verdict, found.unknown) == (Verdict.BLOCKED, ())
    assert codes(found) == [("FIREWALL_RULES_RESTRICTION", "forward", GROUP, f"sid 7: {EVIL}")]
    [blocker] = found.blockers
    assert (blocker.kind, blocker.subnet_id, blocker.blocked_ports) == (
        *("firewall-rule-group", "subnet-fw"),
        LOAD_BALANCER_EPHEMERAL,
    )
    plain = _asked(world)
    assert plain.verdict is Verdict.OPEN
    [odd] = _about_firewalls(plain)
    assert (odd.kind, odd.element_id, odd.rule) == ("firewall-rule-group", GROUP, f"sid 7: {EVIL}")
    assert odd.note.startswith("rules may drop what the connection carries, by its protocol and host")


def test_many_rules_that_name_hosts_are_one_note_per_group() -> None:
    """A list may hold thousands."""
    more = EVIL.replace("evil", "bad").replace("sid:7", "sid:8")
    allowed = a_text(f'pass tls {ANY} (tls.sni; content:"a"; sid:9;)', name="allowed")
    [odd] = _about_firewalls(_asked(walled_workshop(a_text(EVIL, more))))
    assert (odd.element_id, odd.note.endswith(" and 1 more")) == (GROUP, True)
    [odd] = _about_firewalls(_asked(walled_workshop(allowed, **DENY)))
    assert odd.note.startswith("rules may alone let pass what the connection carries")
    assert not odd.note.endswith("more")


def _about_firewalls(found: Trace) -> list[Latent]:
    assert found.verdict is Verdict.OPEN
    return [odd for odd in found.latent if odd.code == "FIREWALL_RULES_RESTRICTION"]


def test_a_refusal_of_some_ports_leaves_the_others_open() -> None:
    """On either leg."""
    for rule in ("drop tcp any 1024:2047 -> any any", "drop tcp any any -> any 1024:2047"):
        found = _asked(walled_workshop(a_text(rule)))
        assert (found.verdict, found.open_ports) == (Verdict.PARTIAL, PortSet.of(2048, 65535))
    assert _at_wall(found) == [("forward", Verdict.OPEN), ("return", Verdict.PARTIAL)]


def test_a_default_that_drops_is_named_with_its_policy() -> None:
    """There is no rule to blame."""
    found = _asked(walled_workshop(**DENY))
    assert codes(found) == [("FIREWALL_RULES_RESTRICTION", "forward", POLICY, "aws:drop_established")]
    assert found.blockers[0].kind == "firewall-policy"


def test_what_is_unknown_is_said_beside_what_is_certain() -> None:
    """The first few of many by name."""
    doubtful = [f"drop tcp {ANY} (geoip:dst,{index}; sid:{index};)" for index in range(8)]
    found = _asked(walled_workshop(a_text(*doubtful)))
    assert (found.verdict, len(found.unknown)) == (Verdict.UNKNOWN, 6)
    assert found.unknown[-1] == "3 more rules like these"
    assert _at_wall(found) == [("forward", Verdict.UNKNOWN), ("return", Verdict.UNKNOWN)]
    partly = ["drop tcp any 1024 -> any any (sid:1;)", "drop tcp any 2000 -> any any (geoip:dst,X; sid:2;)"]
    found = _asked(walled_workshop(a_text(*partly)))
    assert (found.verdict, len(found.unknown), found.blockers[0].blocked_ports) == (
        *(Verdict.PARTIAL, 1),
        PortSet.of(1024),
    )


def test_replies_that_avoid_the_firewall_make_its_answer_unknown() -> None:
    """It sees half of a connection; where it looks at single packets only, that changes nothing."""
    found = _asked(walled_workshop(one_sided=True))
    assert found.verdict is Verdict.UNKNOWN
    assert found.unknown == ("the replies do not come by the network firewall wall, which saw the request",)
    assert _asked(walled_workshop(one_sided=True, stateless_defaults=("aws:pass",))).verdict is Verdict.OPEN


def test_replies_alone_are_judged_by_single_packets_only() -> None:
    """The request went another way."""
    from_web = {"SourcePorts": [{"FromPort": 80, "ToPort": 80}]}
    direct = a_route_table(a_route(EVERYWHERE, "nat-a"), id="rtb-walled")
    cases: list[tuple[tuple[RuleGroup, ...], dict[str, Any], str, list[tuple[str, str]]]] = [
        ((), {}, "the replies come by the network firewall wall, which has not seen the request", []),
        ((), {"stateless_defaults": ("aws:pass",)}, "", []),
        ((packets((1, "aws:drop", from_web)),), {}, "", [("return", "arn:rulegroup/packets")]),
    ]
    for groups, policy, unknown, blocked in cases:
        world = with_association(walled_workshop(*groups, **policy), "subnet-app-a", None).having(
            "route_tables", direct
        )
        found = _asked(with_association(world, "subnet-app-a", "rtb-walled"))
        assert found.unknown == ((unknown,) if unknown else ())
        assert [(one.leg.value, one.element_id) for one in found.blockers] == blocked
    unread = replace(world, firewall_policies={}, unread={"FirewallPolicies": "denied"})
    found = _asked(with_association(unread, "subnet-app-a", "rtb-walled"))
    assert found.unknown == ("the policy of the network firewall wall was not read: denied",)


def test_behind_a_nat_gateway_the_ports_are_its_own() -> None:
    """A refusal of some of them harms nothing as long as it has others."""
    world = walled(a_workshop(), a_text("drop tcp any 1024:2047 -> any any"))
    edge = (RouteTableAssociation("l-edge", gateway_id="igw-workshop"),)
    for table in (
        a_route_table(a_route(EVERYWHERE, "vpce-fw"), id="rtb-nat"),
        a_route_table(
            a_route(EVERYWHERE, "igw-workshop"), id="rtb-fw", associations=(RouteTableAssociation("l-fw", "subnet-fw"),)
        ),
        a_route_table(a_route("10.0.21.0/24", "vpce-fw"), id="rtb-edge", associations=edge),
    ):
        world = world.having("route_tables", table)
    world = with_association(world, "subnet-shared-a", "rtb-nat")
    world = world.having("subnets", a_subnet(id="subnet-fw", cidrs=(ip_network("10.0.91.0/24"),)))
    endpoint = VpcEndpoint("vpce-fw", VPC_ID, "fw", "GatewayLoadBalancer", "available", (), ("subnet-fw",))
    nat = replace(world.nat_gateways["nat-a"], private_ips=(ip_address("10.0.21.10"),))
    world = world.having("vpc_endpoints", endpoint).having("nat_gateways", nat)
    found = _asked(world)
    assert (found.verdict, found.open_ports) == (Verdict.PARTIAL, LOAD_BALANCER_EPHEMERAL)
    assert found.blockers[0].blocked_ports == PortSet.of(1024, 2047)
    every = _asked(walled(world, a_text("drop tcp 10.0.21.10 any -> any any")))
    assert (every.verdict, every.open_ports) == (Verdict.BLOCKED, PortSet())
    replies = _asked(walled(world, a_text("drop tcp any 80 -> any any (flow:to_client; sid:1;)")))
    assert [one.leg.value for one in replies.blockers] == ["return"]
    assert replies.verdict is Verdict.BLOCKED


def test_what_a_datagram_carries_is_no_host() -> None:
    """The question's host is that of a connection."""
    found = _asked(walled_workshop(a_text(EVIL)), "evil.example", protocol="udp")
    assert not found.blockers


def test_an_endpoint_without_a_firewall_that_was_read_stays_unknown() -> None:
    """It may be an appliance of one's own, or a firewall that nobody was allowed to read."""
    world = replace(walled_workshop(), firewalls={})
    appliance = "what the appliance behind vpce-fw lets pass is not modelled"
    assert _asked(world).unknown == (appliance,)
    denied = replace(world, unread={"Firewalls": "denied"})
    assert _asked(denied).unknown == (f"{appliance}, or it is a network firewall, which were not read: denied",)
    bare = world.having("vpc_endpoints", replace(world.vpc_endpoints["vpce-fw"], subnet_ids=()))
    assert _asked(bare).verdict is Verdict.UNKNOWN
    dropping = walled_workshop(a_text(f"drop tcp {ANY}"))
    bare = dropping.having("vpc_endpoints", replace(dropping.vpc_endpoints["vpce-fw"], subnet_ids=()))
    assert _asked(bare).blockers[0].subnet_id is None
    nameless = walled_workshop(one_sided=True)
    nameless = nameless.having("firewalls", replace(nameless.firewalls[WALL], name=""))
    assert WALL in _asked(nameless).unknown[0]


@pytest.mark.parametrize(
    "rule",
    [
        "drop tcp any any -> 3.5.0.0/24 any (sid:1;)",
        "drop tcp $HOME_NET any -> ![3.5.1.0/24] any (flow:to_server; sid:1;)",
        "drop tcp any any -> 3.5.0.0-3.5.0.255 any (sid:1;)",
    ],
)
def test_a_service_is_asked_about_at_each_address_that_firewall_rules_tell_apart(rule: str) -> None:
    """Some of a list may be refused."""
    world = walled_workshop(a_text(rule)).having(
        "prefix_lists", PrefixList(S3_PREFIX_LIST, "s3", (ip_network("3.5.0.0/23"),))
    )
    flow = Flow(end(world, "eni-app-a"), Endpoint(ip_address("3.5.0.1"), prefix_list=S3_PREFIX_LIST), "tcp", 80)
    found = trace(world, flow)
    assert (found.verdict, [one.element_id for one in found.blockers]) == (Verdict.PARTIAL, [GROUP])


def test_of_rules_that_are_not_understood_no_address_is_told_apart() -> None:
    """Nor of groups and policies that were not read."""
    world = walled_workshop(a_text("drop tcp any any any any", "drop tcp any any -> [1.2.3,$GONE] any"), packets())
    assert set(networks_named(world)) == set(world.vpcs[VPC_ID].cidrs)
    assert set(networks_named(replace(world, firewall_policies={}))) == set()
    hidden = replace(world, rule_groups={})
    assert (set(networks_named(hidden)), set(protocols_named(hidden))) == (set(), set())


def test_networks_of_stateless_rules_are_told_apart_too() -> None:
    """By both of their ends."""
    match = {"Sources": [{"AddressDefinition": "10.1.0.0/16"}], "Destinations": [{"AddressDefinition": "3.5.0.0/24"}]}
    world = walled_workshop(packets((1, "aws:drop", match)))
    assert set(networks_named(world)) == {ip_network("10.1.0.0/16"), ip_network("3.5.0.0/24")}


def test_all_protocols_are_asked_about_where_firewall_rules_name_them() -> None:
    """A protocol that only a firewall speaks of is one of them."""
    for group in (a_text(f"drop ip {ANY} (ip_proto:47; sid:1;)"), packets((1, "aws:drop", {"Protocols": [47]}))):
        found = _asked(walled_workshop(group), protocol="all")
        assert group.arn in {one.element_id for one in found.blockers}
