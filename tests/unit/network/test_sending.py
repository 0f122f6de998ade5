"""How load balancers send: across zones or not, with the client's address or their own, to other load balancers."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

import pytest

from pathmend.network.flow import Endpoint, Flow, Verdict
from pathmend.network.load_balancer import target_flows
from pathmend.network.sending import trace_kept
from pathmend.snapshot.balancing import TargetHealth
from tests.builders import (
    CLIENT,
    LOAD_BALANCER_ARN,
    TARGET_GROUP_ARN,
    a_group,
    a_group_rule,
    a_load_balancer,
    a_target_group,
    a_workshop,
    allow_tcp,
    an_open_acl,
    with_entry,
)
from tests.unit.network.asking import codes

if TYPE_CHECKING:
    from pathmend.network.load_balancer import BalancerFlow
    from pathmend.snapshot.world import Snapshot

CROSS, KEEP = "load_balancing.cross_zone.enabled", "preserve_client_ip.enabled"
NLB_ARN = LOAD_BALANCER_ARN.replace("app/WebApp-ALB", "net/nlb")


def _nlb(
    attributes: dict[str, str] | None = None, group_attributes: dict[str, str] | None = None, **overrides: Any
) -> Snapshot:
    """Return the workshop whose load balancer is a Network Load Balancer; None is attributes that were not read."""
    world = a_workshop()
    balancer = a_load_balancer(arn=NLB_ARN, kind="network", name="nlb", **overrides.pop("balancer", {}))
    group = a_target_group(**{"protocol": "TCP", "load_balancer_arns": (NLB_ARN,), **overrides})
    world = replace(world, load_balancers={NLB_ARN: balancer}, listeners={}).having("target_groups", group)
    for zone in "abc":
        node = replace(world.interfaces[f"eni-alb-{zone}"], description="ELB net/nlb/50dc6c495c0c9188")
        world = world.having("interfaces", node)
    known = {NLB_ARN: attributes, TARGET_GROUP_ARN: group_attributes}
    return replace(world, attributes={arn: tuple(sorted(one.items())) for arn, one in known.items() if one is not None})


def _flows(world: Snapshot, purpose: str = "traffic", **options: Any) -> list[BalancerFlow]:
    balancer = next(iter(world.load_balancers.values()))
    return [flow for flow in target_flows(world, balancer, **options) if flow.purpose == purpose]


@pytest.mark.parametrize(
    ("balancer", "group", "count"),
    [
        ({}, {}, 3),
        ({CROSS: "true"}, {}, 9),
        ({CROSS: "true"}, {CROSS: "false"}, 3),
        ({}, {CROSS: "true"}, 9),
        ({CROSS: "false"}, {CROSS: "use_load_balancer_configuration"}, 3),
        (None, {}, 9),
    ],
)
def test_nodes_keep_to_their_zone_where_zones_are_not_crossed(
    balancer: dict[str, str] | None, group: dict[str, str], count: int
) -> None:
    """The group's setting comes first; a Network Load Balancer does not cross by default; unread leaves none out."""
    assert len(_flows(_nlb(balancer, group))) == count


def test_an_application_load_balancer_crosses_zones_unless_the_group_says_no() -> None:
    """Traffic and health checks alike."""
    off = replace(a_workshop(), attributes={TARGET_GROUP_ARN: ((CROSS, "false"),)})
    assert [(flow.node.subnet_id[-1], flow.target and flow.target.target_id[-1]) for flow in _flows(off)] == [
        (zone, zone) for zone in "abc"
    ]
    assert len(_flows(a_workshop())) == 9


def test_a_target_by_address_names_its_own_zone_or_all() -> None:
    """One outside the VPC's subnets has no other."""
    targets = (
        TargetHealth("10.0.31.9", 80, "healthy", availability_zone="us-east-1a"),
        TargetHealth("10.0.31.10", 80, "healthy", availability_zone="all"),
        TargetHealth("10.0.31.11", 80, "healthy"),
    )
    flows = _flows(_nlb({}, {}, kind="ip", targets=targets))
    assert sorted(str(flow.target.target_id) for flow in flows if flow.target) == [
        *["10.0.31.10"] * 3,
        *["10.0.31.11"] * 3,
        "10.0.31.9",
    ]


def test_rule_27_a_network_load_balancer_keeps_the_clients_address() -> None:
    """By default for instances: the target's group must let the client in, and its ACL both ways."""
    world = _nlb({}, {})
    assert {flow.trace.verdict for flow in _flows(world)} == {Verdict.OPEN}
    by_address = a_group(a_group_rule("10.0.0.0/16", (80, 80)), id="sg-app")
    shut = world.having("security_groups", by_address)
    assert {code[0] for flow in _flows(shut) for code in codes(flow.trace)} == {"ENI_SG_RULES_MISMATCH"}
    assert {flow.trace.verdict for flow in _flows(shut, "health-check")} == {Verdict.OPEN}
    denied = with_entry(world, "acl-app", allow_tcp(1, "198.51.100.0/24", (80, 80), action="deny"))
    assert {code for flow in _flows(denied) for code in codes(flow.trace)} == {
        ("SUBNET_ACL_RESTRICTION", "forward", "acl-app", "1")
    }
    replies = with_entry(world, "acl-app", allow_tcp(1, "198.51.100.0/24", (1024, 9999), action="deny", egress=True))
    assert {flow.trace.verdict for flow in _flows(replies)} == {Verdict.PARTIAL}


def test_without_client_ip_preservation_the_source_is_the_node() -> None:
    """Switched off, or the default of TCP targets by address; UDP always keeps it."""
    by_address = a_group(a_group_rule("10.0.0.0/16", (80, 80)), id="sg-app")
    off = _nlb({}, {KEEP: "false"}).having("security_groups", by_address)
    assert {flow.trace.verdict for flow in _flows(off)} == {Verdict.OPEN}
    targets = (TargetHealth("10.0.11.10", 80, "healthy"),)
    for protocol, kept in (("TCP", False), ("UDP", True), ("TCP_UDP", True)):
        world = _nlb({}, {}, kind="ip", targets=targets, protocol=protocol).having("security_groups", by_address)
        verdicts = {flow.trace.verdict for flow in _flows(world)}
        assert (Verdict.OPEN in verdicts) is not kept


def test_what_was_not_read_or_is_not_known_is_unknown() -> None:
    """The group's attributes; and the clients of an internal load balancer, until one is named."""
    assert {flow.trace.unknown for flow in _flows(_nlb({}))} == {
        ("whether WebApp-TG keeps the clients' addresses was not read",)
    }
    internal = _nlb({}, {}, balancer={"scheme": "internal"})
    assert {flow.trace.unknown for flow in _flows(internal)} == {("which clients nlb has is not known: name one",)}
    named = _flows(internal, client=ip_address("10.0.31.9"))
    assert {flow.trace.verdict for flow in named} == {Verdict.OPEN}
    gone = _nlb({}, {}, targets=(TargetHealth("i-gone", 80, "healthy"),))
    assert {flow.trace.unknown for flow in _flows(gone)} == {("the interface of i-gone was not read",)}


def test_a_target_in_the_nodes_own_subnet_meets_no_acl() -> None:
    """And one whose interface was not read is unknown."""
    world = _nlb({}, {})
    near = replace(world.interfaces["eni-app-a"], subnet_id="subnet-alb-a")
    flow = next(flow for flow in _flows(world.having("interfaces", near)) if flow.node.id == "eni-alb-a")
    assert flow.trace.back == ()
    node = world.interfaces["eni-alb-a"]
    bare = trace_kept(world, Flow(Endpoint(node.private_ips[0], node), Endpoint(CLIENT), "tcp", 80), CLIENT)
    assert bare.unknown == (f"no interface with the address {CLIENT} was read",)


def test_a_load_balancer_may_be_the_target_of_another() -> None:
    """Each of its nodes is one, and sees the client's address; one that was not read is unknown."""
    targets = (TargetHealth(LOAD_BALANCER_ARN, 80, "healthy"),)
    world = _nlb({CROSS: "true"}, {}, kind="alb", targets=targets)
    alb = a_load_balancer()
    inner = tuple(
        replace(
            world.interfaces["eni-app-a"],
            id=f"eni-inner-{n}",
            private_ips=(ip_address(f"10.0.11.{50 + n}"),),
            description=f"ELB {alb.full_name}",
        )
        for n in range(2)
    )
    for node in inner:
        world = world.having("interfaces", node)
    world = world.having("load_balancers", alb).having("network_acls", an_open_acl(id="acl-alb", subnet_ids=()))
    flows = [flow for flow in target_flows(world, world.load_balancers[NLB_ARN]) if flow.purpose == "traffic"]
    assert len(flows) == 6
    assert {flow.trace.flow.destination.interface for flow in flows} == set(inner)
    assert {flow.trace.verdict for flow in flows} == {Verdict.OPEN}
    unread = _nlb({CROSS: "true"}, {}, kind="alb", targets=targets)
    assert {flow.trace.verdict for flow in _flows(unread)} == {Verdict.UNKNOWN}


def test_rule_30_targets_that_are_all_unhealthy_are_still_sent_to() -> None:
    """A load balancer fails open, so their flows are traced as well."""
    targets = tuple(replace(target, state="unhealthy") for target in a_target_group().targets)
    world = a_workshop().having("target_groups", a_target_group(targets=targets))
    assert len(_flows(world)) == 9


def test_rule_28_udp_targets_are_checked_over_tcp() -> None:
    """Traffic and check are two flows even on one port."""
    world = _nlb({}, {}, protocol="UDP")
    protocols = {
        (flow.purpose, flow.trace.flow.protocol) for flow in target_flows(world, world.load_balancers[NLB_ARN])
    }
    assert protocols == {("traffic", "17"), ("health-check", "6")}
    assert ip_network("10.0.0.0/16") in world.vpcs["vpc-workshop"].cidrs
