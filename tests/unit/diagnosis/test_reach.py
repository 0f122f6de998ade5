"""Clients and listeners, the other IP version, and what could not be read."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

import pytest

from pathmend.diagnosis.finding import AclGap, Certainty, NoMechanicalRepair
from tests.builders import (
    LOAD_BALANCER_ARN,
    a_listener,
    a_workshop,
    allow_tcp,
    an_acl_entry,
    fault_1,
    with_entry,
)
from tests.unit.diagnosis.worlds import (
    diagnosis,
    evidence,
    findings,
    on_ipv6,
    only,
    with_group,
    without_entry,
)


def test_a_group_that_lets_no_client_in_is_never_repaired_by_itself() -> None:
    """What the internet may open is the owner's to decide."""
    world = a_workshop()
    group = world.security_groups["sg-alb"]
    world = world.having("security_groups", replace(group, rules=group.rules[1:]))
    finding = only(findings(world))
    assert finding.resource == "sg-alb"
    assert "keeps clients from 3 load balancer nodes" in finding.sentence
    assert isinstance(finding.cause, NoMechanicalRepair)
    assert "what the internet may open is never changed by Pathmend" in finding.cause.advice
    assert evidence(finding)["nodes that clients do not reach"] == "203.0.113.10, 203.0.113.11, 203.0.113.12"


@pytest.mark.parametrize("egress", [False, True])
def test_an_acl_that_keeps_clients_out_is_one_finding_for_all_its_subnets(*, egress: bool) -> None:
    """One element is blamed once, with every node that it hits."""
    number = 200 if egress else 100
    finding = only(findings(without_entry(a_workshop(), "acl-alb", number, egress=egress)))
    assert finding.code == "SUBNET_ACL_RESTRICTION"
    assert "keeps clients from 3 load balancer nodes" in finding.sentence
    way = "egress" if egress else "ingress"
    assert evidence(finding)[f"deciding {way} rule"] == "*"


def test_an_acl_that_is_shut_to_clients_both_ways_is_found_both_ways() -> None:
    """The second blocker does not hide behind the first."""
    world = without_entry(without_entry(a_workshop(), "acl-alb", 100), "acl-alb", 200, egress=True)
    facts = {row.fact for finding in findings(world) for row in finding.evidence}
    assert {"deciding ingress rule", "deciding egress rule"} <= facts


def test_clients_that_lose_a_part_of_their_ports_are_told_the_share() -> None:
    """A range that starts too late hurts only those who chose a low port."""
    world = with_entry(a_workshop(), "acl-alb", allow_tcp(200, "0.0.0.0/0", (32768, 65535), egress=True))
    assert evidence(only(findings(world)))["client ports dropped"] == "1024-32767: 31,744 of 64,512 (49 %)"


def test_a_load_balancer_without_an_attached_gateway_names_the_gateway() -> None:
    """The element that stops everybody is blamed once per way."""
    world = a_workshop()
    world = world.having("gateways", replace(world.gateways["igw-workshop"], vpc_ids=()))
    assert {f.code for f in findings(world)} == {"UNASSOCIATED_COMPONENT"}


def test_an_internal_load_balancer_is_not_asked_for_clients_on_the_internet() -> None:
    """Its subnets need no way to the internet gateway."""
    world = fault_1(a_workshop())
    balancer = replace(world.load_balancers[LOAD_BALANCER_ARN], scheme="internal")
    assert findings(world.having("load_balancers", balancer)) == ()


def test_every_listener_is_tried() -> None:
    """A port that is shut is found beside one that is open."""
    tls = a_listener(arn="listener-443", protocol="HTTPS", port=443)
    found = findings(a_workshop().having("listeners", tls))
    assert {f.resource for f in found} == {"acl-alb", "sg-alb"}


def test_ipv6_targets_are_reached_over_ipv6() -> None:
    """An ACL without IPv6 entries drops the replies, and the peer is the subnet's IPv6 block."""
    world = with_entry(on_ipv6(), "acl-app", an_acl_entry(110, "::/0"))
    world = with_entry(world, "acl-app", an_acl_entry(110, "::/0", egress=True))
    world = with_entry(world, "acl-alb", allow_tcp(110, "2001:db8::/56", (80, 80), egress=True))
    cause = only(findings(world)).cause
    assert isinstance(cause, AclGap)
    assert (cause.acl_id, cause.egress) == ("acl-alb", False)
    assert cause.peers == tuple(ip_network(f"2001:db8:0:{n:x}::/64") for n in (16, 17, 18))
    entries = (allow_tcp(1400 + n, f"2001:db8:0:{n:x}::/64", (1024, 65535)) for n in (16, 17, 18))
    for entry in entries:
        world = with_entry(world, "acl-alb", entry)
    assert diagnosis(world).healthy


def test_a_target_beyond_the_vpc_is_a_peer_by_its_address() -> None:
    """Where no subnet is known the address alone is named."""
    world = a_workshop()
    address = replace(world.target_groups[next(iter(world.target_groups))].targets[0], target_id="10.0.99.5")
    found = diagnosis(with_group(world, kind="ip", targets=(address,)))
    causes = [f.cause for f in found.findings if isinstance(f.cause, AclGap)]
    assert [cause.peers for cause in causes] == [(ip_network("10.0.99.5/32"),)]
    assert not found.healthy


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("network_acls", "NetworkAcls"),
        ("route_tables", "RouteTables"),
        ("security_groups", "SecurityGroups"),
        ("subnets", "Subnets"),
        ("interfaces", "NetworkInterfaces"),
        ("gateways", "InternetGateways"),
        ("listeners", "Listeners"),
        ("target_groups", "TargetGroups"),
    ],
)
def test_a_kind_that_was_not_read_is_unknown_and_not_healthy(kind: str, key: str) -> None:
    """What cannot be read is never assumed open."""
    world = replace(a_workshop(), **{kind: {}}, unread={key: "the role lacks the permission"})
    found = diagnosis(world)
    assert not found.healthy
    assert found.unknown
    assert not any(f.certainty is Certainty.PROVEN and "AclGap" in repr(f.cause) for f in found.findings)


def test_unread_target_health_is_named_with_its_reason() -> None:
    """Without it, no target can be called healthy."""
    world = replace(with_group(a_workshop(), targets=()), unread={"TargetHealthDescriptions": "throttled"})
    assert diagnosis(world).unknown == ("TargetHealthDescriptions: throttled",)


def test_a_load_balancer_without_nodes_is_unknown() -> None:
    """No path starts anywhere, so none is proven."""
    world = a_workshop()
    kept = {i.id: i for i in world.interfaces.values() if not i.id.startswith("eni-alb")}
    found = diagnosis(replace(world, interfaces=kept))
    assert found.unknown[0].startswith("the load balancer's own network interfaces were not found")
    assert found.findings == ()
