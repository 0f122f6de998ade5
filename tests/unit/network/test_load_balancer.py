"""The flows of a load balancer, as they really happen."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from pathmend.network.flow import Verdict
from pathmend.network.load_balancer import Senders, client_flows, flows_to_groups, target_flows
from pathmend.network.ports import LINUX_EPHEMERAL, PortSet
from pathmend.snapshot.balancing import TargetHealth
from tests.builders import (
    CLIENT,
    LOAD_BALANCER_ARN,
    TARGET_GROUP_ARN,
    a_group,
    a_group_rule,
    a_listener,
    a_load_balancer,
    a_target_group,
    a_workshop,
    fault_1,
    fault_3,
)

if TYPE_CHECKING:
    from pathmend.network.load_balancer import BalancerFlow
    from pathmend.snapshot.world import Snapshot


def _clients(world: Snapshot) -> tuple[BalancerFlow, ...]:
    return client_flows(world, world.load_balancers[LOAD_BALANCER_ARN])


def _targets(world: Snapshot) -> tuple[BalancerFlow, ...]:
    return target_flows(world, world.load_balancers[LOAD_BALANCER_ARN])


def _with_group(**overrides: Any) -> Snapshot:
    return a_workshop().having("target_groups", a_target_group(**overrides))


def test_the_healthy_workshop_is_open_everywhere() -> None:
    """Three clients' ways, and three nodes to three targets for two purposes."""
    assert [flow.trace.verdict for flow in _clients(a_workshop())] == [Verdict.OPEN] * 3
    assert [flow.trace.verdict for flow in _targets(a_workshop())] == [Verdict.OPEN] * 18


def test_rule_29_one_bad_subnet_hurts_part_of_the_clients() -> None:
    """Fault 1: the node in zone b; the targets do not suffer."""
    world = fault_1(a_workshop())
    assert [flow.node.id for flow in _clients(world) if flow.trace.verdict is Verdict.BLOCKED] == ["eni-alb-b"]
    assert all(flow.trace.verdict is Verdict.OPEN for flow in _targets(world))


def test_rule_27_sources_are_the_nodes_own_addresses() -> None:
    """Fault 3: every node loses half of the replies of the target in zone a, and of no other."""
    hurt = [flow for flow in _targets(fault_3(a_workshop())) if flow.trace.blockers]
    assert {flow.trace.flow.source.interface for flow in hurt} == {flow.node for flow in hurt}
    assert {(flow.node.id, flow.target.target_id, flow.purpose) for flow in hurt if flow.target} == {
        (f"eni-alb-{zone}", "i-app-a", purpose) for zone in "abc" for purpose in ("traffic", "health-check")
    }
    assert {flow.trace.open_ports for flow in hurt} == {PortSet.of(32768, 65535)}


def test_rule_28_the_health_check_port_is_its_own_flow() -> None:
    """A group that allows only the traffic port blocks the check."""
    check = replace(a_target_group().health_check, port="8080")
    flows = _targets(_with_group(health_check=check))
    assert {(flow.purpose, flow.trace.flow.port, flow.trace.verdict) for flow in flows} == {
        ("traffic", 80, Verdict.OPEN),
        ("health-check", 8080, Verdict.BLOCKED),
    }


def test_equal_ports_share_one_trace_and_a_disabled_check_has_none() -> None:
    """Both purposes can be told apart."""
    traffic, check = _targets(a_workshop())[:2]
    assert (traffic.purpose, check.purpose) == ("traffic", "health-check")
    assert traffic.trace is check.trace
    off = replace(a_target_group().health_check, enabled=False)
    assert {flow.purpose for flow in _targets(_with_group(health_check=off))} == {"traffic"}


def test_ip_targets_are_found_by_their_address() -> None:
    """Inside the VPC by their interface; the group's port serves where a target has none."""
    targets = (TargetHealth("10.0.12.10", None, "healthy"), TargetHealth("10.0.12.99", 80, "healthy"))
    flows = _targets(_with_group(kind="ip", targets=targets))
    by_target = {flow.target.target_id: flow.trace for flow in flows if flow.target}
    assert by_target["10.0.12.10"].verdict is Verdict.OPEN
    assert by_target["10.0.12.10"].flow.port == 80
    assert by_target["10.0.12.99"].unknown == ("no interface with the address 10.0.12.99 was read",)


def test_an_ipv6_target_is_reached_from_the_nodes_ipv6_address() -> None:
    """A node speaks to a target in the target's IP version."""
    targets = (TargetHealth("2001:db8::b:10", 80, "healthy"),)
    world = _with_group(kind="ip", targets=targets)
    for node in world.nodes_of(a_load_balancer()):
        world = world.having("interfaces", replace(node, ipv6s=(ip_address("2001:db8::a:10"),)))
    assert {str(flow.trace.flow.source.address) for flow in _targets(world)} == {"2001:db8::a:10"}


def test_targets_without_a_known_address_are_unknown() -> None:
    """An instance whose interface was not read, or another load balancer; a Lambda has no flow at all."""
    gone = (TargetHealth("i-gone", 80, "healthy"),)
    for overrides in ({"targets": gone}, {"kind": "alb"}):
        flows = _targets(_with_group(**overrides))
        assert {flow.trace.verdict for flow in flows} == {Verdict.UNKNOWN}
    assert flows[0].trace.unknown == ("the interface of i-app-a was not read",)
    assert _targets(_with_group(kind="lambda")) == ()


def test_without_nodes_there_is_nothing_to_say() -> None:
    """Empty, so that a diagnosis can call it unknown."""
    world = replace(a_workshop(), interfaces={})
    assert (_clients(world), _targets(world)) == ((), ())


def test_an_internal_load_balancer_has_clients_inside_only() -> None:
    """By its private addresses."""
    balancer = a_load_balancer(scheme="internal")
    world = a_workshop().having("load_balancers", balancer)
    assert client_flows(world, balancer) == ()
    flows = client_flows(world, balancer, ip_address("10.0.31.9"))
    assert [str(flow.trace.flow.destination.address) for flow in flows] == ["10.0.1.10", "10.0.2.10", "10.0.3.10"]
    assert not any(flow.trace.blockers for flow in flows if flow.trace.verdict is Verdict.OPEN)


def test_clients_reach_the_public_address_of_each_node_and_listener() -> None:
    """A listener for both TCP and UDP has a flow for each."""
    world = a_workshop().having("listeners", a_listener(arn="arn:l2", port=53, protocol="TCP_UDP"))
    flows = [flow for flow in _clients(world) if flow.node.id == "eni-alb-a"]
    assert [(flow.trace.flow.port, flow.trace.flow.protocol) for flow in flows] == [(53, "6"), (53, "17"), (80, "6")]
    assert {str(flow.trace.flow.destination.address) for flow in flows} == {"203.0.113.10"}
    assert {flow.trace.flow.source.address for flow in flows} == {CLIENT}


def test_a_network_load_balancer_may_keep_its_clients_addresses() -> None:
    """So traffic is unknown, while its checks come from its own addresses."""
    world = a_workshop().having("load_balancers", a_load_balancer(kind="network"))
    world = world.having("security_groups", a_group(a_group_rule("10.0.0.0/16", (80, 80)), id="sg-app"))
    verdicts = {(flow.purpose, flow.trace.verdict) for flow in _targets(world)}
    assert verdicts == {("traffic", Verdict.UNKNOWN), ("health-check", Verdict.OPEN)}
    assert {flow.target_group.arn for flow in _targets(world) if flow.target_group} == {TARGET_GROUP_ARN}


def test_nodes_may_be_asked_about_certain_ports_and_groups() -> None:
    """As a person does who traces from a load balancer."""
    world = a_workshop()
    group = a_target_group(arn="arn:second", targets=a_target_group().targets[:1])
    flows = flows_to_groups(world, a_load_balancer(), (group,), senders=Senders(node_ports=LINUX_EPHEMERAL))
    assert {flow.target_group.arn for flow in flows if flow.target_group} == {"arn:second"}
    assert {(flow.trace.flow.source_ports, flow.purpose) for flow in flows} == {
        (LINUX_EPHEMERAL, "traffic"),
        (LINUX_EPHEMERAL, "health-check"),
    }


def test_a_client_that_is_kept_keeps_its_ports() -> None:
    """And is named with the flow; checks have none."""
    world = a_workshop()
    balancer = a_load_balancer(kind="network")
    world = replace(world.having("load_balancers", balancer), attributes={TARGET_GROUP_ARN: ()})
    groups = world.target_groups_of(balancer.arn)
    flows = flows_to_groups(world, balancer, groups, senders=Senders(CLIENT, LINUX_EPHEMERAL))
    assert {(flow.purpose, flow.kept_client, flow.trace.flow.source_ports == LINUX_EPHEMERAL) for flow in flows} == {
        ("traffic", CLIENT, True),
        ("health-check", None, False),
    }


def test_a_client_of_the_other_ip_version_is_not_kept() -> None:
    """The load balancer translates, so that targets see the node."""
    world = a_workshop()
    balancer = a_load_balancer(kind="network")
    world = replace(world.having("load_balancers", balancer), attributes={TARGET_GROUP_ARN: ()})
    world = world.having("security_groups", a_group(a_group_rule("10.0.0.0/16", (80, 80)), id="sg-app"))
    flows = target_flows(world, balancer, ip_address("2001:db8:ffff::7"))
    assert {(flow.kept_client, flow.trace.verdict) for flow in flows} == {(None, Verdict.OPEN)}
