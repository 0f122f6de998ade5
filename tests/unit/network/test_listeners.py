"""Clients come in where something listens, and what comes in may find no target."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathmend.network.flow import Endpoint, Flow, Verdict
from pathmend.network.listeners import Entrance, dead_ends, entrances, not_told, refused, unread_behind
from pathmend.network.load_balancer import BalancerFlow, target_flows
from pathmend.network.ports import NO_PORTS
from pathmend.network.trace import trace
from pathmend.snapshot.balancing import TargetHealth
from tests.builders import CLIENT, TARGET_GROUP_ARN, a_listener, a_load_balancer, a_target_group, a_workshop

WEB = a_listener()
NAMES = a_listener(arn="arn:names", protocol="TCP_UDP", port=53, target_group_arns=("arn:names", TARGET_GROUP_ARN))


@pytest.mark.parametrize(
    ("protocol", "port", "expected"),
    [
        ("tcp", 80, [("tcp", 80, 1)]),
        ("udp", 80, [("udp", 80, 0)]),
        ("any", 53, [("any", 53, 1)]),
        ("tcp", 443, [("tcp", 443, 0)]),
        ("tcp", None, [("6", 80, 1), ("6", 53, 1)]),
        ("udp", None, [("17", 53, 1)]),
        ("any", None, [("6", 80, 1), ("6", 53, 1), ("17", 53, 1)]),
        ("icmp", None, []),
    ],
)
def test_clients_come_in_where_something_listens(
    protocol: str, port: int | None, expected: list[tuple[str, int, int]]
) -> None:
    """On the port that is asked for, whether or not something listens there; else wherever something does."""
    found = entrances((WEB, NAMES), protocol, port)
    assert [(one.protocol, one.port, len(one.listeners)) for one in found] == expected


def test_an_entrance_leads_to_the_groups_of_its_listeners() -> None:
    """Each once."""
    assert Entrance("any", 80, (WEB, NAMES)).target_group_arns == tuple(sorted({"arn:names", TARGET_GROUP_ARN}))
    assert Entrance("any", 80).target_group_arns == ()


def test_what_no_listener_takes_is_refused_at_the_end() -> None:
    """Only where there are ports: an echo is answered by the node itself."""
    world = a_workshop()
    node = world.interfaces["eni-alb-a"]
    flow = Flow(Endpoint(CLIENT), Endpoint(node.public_ips[0], node), "tcp", 80)
    shut = refused(trace(world, flow), a_load_balancer())
    assert (shut.verdict, shut.open_ports, shut.forward[-1].verdict) == (Verdict.BLOCKED, NO_PORTS, Verdict.BLOCKED)
    [blocker] = shut.blockers
    assert (blocker.code, blocker.element_id) == ("ELBV2_LISTENERS_MISMATCH", "WebApp-ALB")
    echo = trace(world, replace(flow, protocol="icmp"))
    assert refused(echo, a_load_balancer()) is echo


def test_a_node_without_a_target_in_reach_is_a_dead_end() -> None:
    """In its zone, or anywhere; what was not read is unknown, and a function needs no flow."""
    alone = a_target_group(targets=(TargetHealth("i-app-a", 80, "healthy"),))
    world = a_workshop().having("target_groups", alone)
    world = replace(world, attributes={alone.arn: (("load_balancing.cross_zone.enabled", "false"),)})
    nodes = world.nodes_of(a_load_balancer())
    flows: tuple[BalancerFlow, ...] = target_flows(world, a_load_balancer())
    lost = list(dead_ends(nodes, alone, flows))
    assert [node.id for node, _ in lost] == ["eni-alb-b", "eni-alb-c"]
    [blocker] = lost[0][1].blockers
    assert (blocker.code, blocker.interface_id, blocker.subnet_id) == (
        "ELBV2_NO_TARGETS_IN_AZ", "eni-alb-b", "subnet-alb-b",
    )  # fmt: skip
    empty = replace(alone, targets=())
    assert {one.blockers[0].code for _, one in dead_ends(nodes, empty, ())} == {"ELBV2_LISTENER_HAS_NO_TG"}
    unread = replace(empty, targets_read=False)
    assert {(one.verdict, one.unknown) for _, one in dead_ends(nodes, unread, ())} == {
        (Verdict.UNKNOWN, ("the targets of WebApp-TG were not read",))
    }
    assert list(dead_ends(nodes, replace(empty, kind="lambda"), ())) == []


def test_what_a_node_does_that_was_not_read_is_unknown() -> None:
    """With the reason."""
    found = not_told(a_workshop().interfaces["eni-alb-a"], "nobody looked")
    assert (found.verdict, found.unknown) == (Verdict.UNKNOWN, ("nobody looked",))


def test_what_was_not_read_behind_a_listener_is_named() -> None:
    """Groups by their ARN; rules where they may forward to more, which only an Application Load Balancer has."""
    world = a_workshop()
    ways = entrances((WEB, NAMES), "any", None)
    assert unread_behind(world, a_load_balancer(), ways) == ("target group arn:names was not read",)
    bare = replace(world, unread={"Rules": "not given"})
    web = entrances((WEB,), "tcp", 80)
    assert unread_behind(bare, a_load_balancer(), web) == (
        "the rules of WebApp-ALB were not read: they may forward to more groups",
    )
    assert unread_behind(bare, a_load_balancer(kind="network"), web) == ()
    assert unread_behind(bare, a_load_balancer(), entrances((WEB,), "tcp", 443)) == ()
