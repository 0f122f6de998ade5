"""A load balancer is traced as it works: clients to nodes, nodes to targets, and their health checks."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pathmend.snapshot.balancing import TargetHealth
from tests.builders import (
    LISTENER_ARN,
    LOAD_BALANCER_ARN,
    TARGET_GROUP_ARN,
    a_group,
    a_group_rule,
    a_listener,
    a_load_balancer,
    a_target_group,
    a_workshop,
    allow_tcp,
    an_interface,
    fault_1,
    fault_3,
    with_entry,
)
from tests.unit.cli.balanced_worlds import (
    CROSS,
    FUNCTION_ARN,
    KEEP,
    NLB_ARN,
    a_network_balancer,
    with_a_function,
)
from tests.unit.cli.conftest import found

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

    from pathmend.snapshot.world import Snapshot

WEB = ("--from", "internet", "--to", "WebApp-ALB", "--port", "80")
NLB = ("--from", "internet", "--to", "nlb", "--port", "80")
GOLDEN = Path(__file__).parent / "golden"


def roles(answer: Any) -> dict[tuple[str, str], int]:
    """Return how many flows of each role have which verdict."""
    return dict(Counter((flow["role"], flow["verdict"]) for flow in answer["flows"]))


def of_role(answer: Any, role: str) -> list[Any]:
    """Return the flows of a role."""
    return [flow for flow in answer["flows"] if flow["role"] == role]


def closed_targets() -> Snapshot:
    """Return the workshop whose targets let nobody in."""
    return a_workshop().having("security_groups", a_group(a_group_rule("192.0.2.0/24", (80, 80)), id="sg-app"))


def one_zone() -> Snapshot:
    """Return a Network Load Balancer of three nodes that keep to their zones, and a target in one."""
    return a_network_balancer({CROSS: "false"}, targets=(TargetHealth("i-app-a", 80, "healthy"),))


@pytest.mark.parametrize("name", ["fault_1", "fault_3"])
def test_what_is_printed_of_a_load_balancer_stays_as_it_is(run: Callable[..., Result], name: str) -> None:
    """Whoever reads it may build on it."""
    world = {"fault_1": fault_1, "fault_3": fault_3}[name](a_workshop())
    assert run(world, *WEB).stdout == (GOLDEN / f"trace_{name}.txt").read_text(encoding="utf-8")


def test_what_machines_are_told_of_a_load_balancer_stays_as_it_is(run: Callable[..., Result]) -> None:
    """Key by key."""
    told = found(run(one_zone(), *NLB, "--json"))
    assert told == json.loads((GOLDEN / "trace_one_zone.json").read_text(encoding="utf-8"))


def test_each_flow_says_what_it_is_for(run: Callable[..., Result]) -> None:
    """Its role, node, target and group; a client's flow, its listener."""
    answer = found(run(a_workshop(), *WEB, "--json"))
    assert roles(answer) == {("client_to_node", "open"): 3, ("node_to_target", "open"): 9, ("health_check", "open"): 9}
    client, sent = of_role(answer, "client_to_node")[0], of_role(answer, "node_to_target")[0]
    assert (client["node"], client["listener"], client["target"]) == ("eni-alb-a", LISTENER_ARN, None)
    assert client["target_groups"] == [TARGET_GROUP_ARN]
    assert (sent["node"], sent["target"], sent["target_group"]) == ("eni-alb-a", "i-app-a", TARGET_GROUP_ARN)
    assert (sent["protocol"], sent["port"], sent["source_ports"]) == ("tcp", 80, [[1024, 65535]])
    assert sent["kept_client"] is None


def test_a_plain_flow_has_no_role(run: Callable[..., Result]) -> None:
    """It is no load balancer's."""
    [flow] = found(run(a_workshop(), "--from", "i-app-a", "--to", "eni-alb-b", "--port", "80", "--json"))["flows"]
    assert (flow["role"], flow["node"], flow["target_groups"]) == (None, None, [])


@pytest.mark.parametrize(
    "word", ["WebApp-1.us-east-1.elb.amazonaws.com", "dualstack.webapp-1.us-east-1.elb.amazonaws.com.", "WebApp-ALB"]
)
def test_a_load_balancer_is_found_by_its_dns_name(run: Callable[..., Result], word: str) -> None:
    """In any case, with its final dot, and by the name for both IP versions."""
    balancer = a_load_balancer(dns_name="WebApp-1.us-east-1.elb.amazonaws.com")
    world = a_workshop().having("load_balancers", balancer)
    assert len(found(run(world, *WEB[:3], word, *WEB[4:], "--json"))["flows"]) == 21


def test_without_a_port_every_listener_is_traced(run: Callable[..., Result]) -> None:
    """Of the protocol that is asked for; a function behind one needs no flow, and a redirect none either."""
    world = with_a_function(a_workshop())
    world = world.having("listeners", a_listener(arn=f"{LISTENER_ARN}3", port=81, target_group_arns=()))
    ends = WEB[:4]
    answer = found(run(world, *ends, "--json"))
    assert [flow["port"] for flow in of_role(answer, "client_to_node")] == [80] * 3 + [81] * 3 + [8080] * 3
    assert answer["port"] == 0
    assert len(of_role(answer, "node_to_target")) == 9
    assert answer["notes"] == [
        "target group WebApp-Fn is a function: it is invoked by the Lambda service, and no packet goes to it"
    ]
    shown = run(world, *ends).stdout
    assert "internet to WebApp-ALB, tcp 80, 81, 8080 from ports 1024-65535" in shown
    assert "What needs no flow\n  target group WebApp-Fn is a function" in shown
    refused = run(world, *ends, "--protocol", "udp")
    assert (refused.exit_code, "WebApp-ALB has no udp listener: give another --port" in flat(refused)) == (2, True)


def flat(result: Result) -> str:
    """Return the error without the frame that breaks its lines."""
    return " ".join(re.sub("[│╭╮╰╯─]", " ", result.stderr).split())


def test_a_port_that_nothing_listens_on_is_blocked(run: Callable[..., Result]) -> None:
    """Whatever the network lets pass; an echo needs no listener."""
    world = a_workshop().having("security_groups", a_group(a_group_rule("0.0.0.0/0"), id="sg-alb"))
    world = with_entry(world, "acl-alb", allow_tcp(1, "0.0.0.0/0", (0, 65535)))
    result = run(world, *WEB[:4], "--port", "443")
    assert result.exit_code == 1
    assert "1. load balancer WebApp-ALB has no listener for tcp 443" in result.stdout
    answer = found(run(world, *WEB[:4], "--port", "443", "--json"))
    assert (answer["verdict"], answer["source_ports_open"]) == ("blocked", [])
    assert {blocker["code"] for blocker in answer["blockers"]} == {"ELBV2_LISTENERS_MISMATCH"}
    echo = found(run(world, *WEB[:4], "--protocol", "icmp", "--json"))
    assert {flow["role"] for flow in echo["flows"]} == {"client_to_node"}
    assert "ELBV2_LISTENERS_MISMATCH" not in {blocker["code"] for blocker in echo["blockers"]}


def test_what_reaches_no_target_is_blocked_though_it_reaches_the_nodes(run: Callable[..., Result]) -> None:
    """All targets closed is no way through; one closed is a part of it."""
    answer = found(run(closed_targets(), *WEB, "--json"))
    assert (answer["verdict"], answer["source_ports_open"]) == ("blocked", [])
    assert ("client_to_node", "open") in roles(answer)
    one = with_entry(a_workshop(), "acl-app", allow_tcp(1, "10.0.2.0/24", (80, 80), action="deny"))
    answer = found(run(one, *WEB, "--json"))
    assert (answer["verdict"], answer["source_ports_open"]) == ("partial", [[1024, 65535]])
    assert "tcp 80 from ports 1024-65535: of 21 flows 6 blocked\n" in run(one, *WEB).stdout


def test_ways_that_end_in_different_places_leave_none(run: Callable[..., Result]) -> None:
    """One node is not reached, and the others reach no target."""
    world = fault_1(a_workshop())
    for zone in ("1", "3"):
        world = with_entry(world, "acl-app", allow_tcp(int(zone), f"10.0.{zone}.0/24", (80, 80), action="deny"))
    assert found(run(world, *WEB, "--json"))["verdict"] == "blocked"


def test_a_check_that_fails_is_not_the_end_of_the_way(run: Callable[..., Result]) -> None:
    """Where no target is healthy, traffic is sent to all of them."""
    check = replace(a_target_group().health_check, port="8080")
    world = a_workshop().having("target_groups", a_target_group(health_check=check))
    answer = found(run(world, *WEB, "--json"))
    assert (answer["verdict"], answer["source_ports_open"]) == ("partial", [[1024, 65535]])
    assert roles(answer)["health_check", "blocked"] == 9
    shown = run(world, *WEB).stdout
    assert "health check: 9 blocked\nWebApp-ALB (eni-alb-a, 10.0.1.10) -> i-app-a" in shown
    assert "(eni-app-a, 10.0.11.10), tcp 8080  blocked" in shown


@pytest.mark.parametrize(
    ("without", "why"),
    [
        ("LoadBalancers", "load balancer WebApp-ALB was not read (LoadBalancers not given), nor what it sends to"),
        ("Listeners", "no listener of WebApp-ALB was read (Listeners not given)"),
        ("Rules", "the rules of WebApp-ALB were not read: they may forward to more groups"),
        ("TargetGroups", f"target group {TARGET_GROUP_ARN} was not read"),
        ("TargetHealthDescriptions", "the targets of WebApp-TG were not read"),
    ],
)
def test_what_was_not_read_of_a_load_balancer_makes_it_unknown(
    run: Callable[..., Result], without: str, why: str
) -> None:
    """By name; the way to the nodes is told all the same."""
    result = run(a_workshop(), *WEB, "--json", without=(without,))
    answer = found(result)
    assert (result.exit_code, answer["verdict"], answer["unknown"]) == (2, "unknown", [why])
    assert roles(answer)["client_to_node", "open"] == 3


def test_without_listeners_a_port_is_needed(run: Callable[..., Result]) -> None:
    """There is none to take it from."""
    result = run(a_workshop(), *WEB[:4], without=("Listeners",))
    assert (result.exit_code, "tcp needs --port, the destination port" in flat(result)) == (2, True)


def test_nodes_without_targets_are_blocked(run: Callable[..., Result]) -> None:
    """In their own zone, where zones are not crossed; anywhere, where none is registered."""
    answer = found(run(one_zone(), *NLB, "--json"))
    assert answer["verdict"] == "partial"
    lost = [one for one in answer["blockers"] if one["code"] == "ELBV2_NO_TARGETS_IN_AZ"]
    assert [one["interface"] for one in lost] == ["eni-alb-b", "eni-alb-c"]
    assert "node eni-alb-b keeps to its own zone, and WebApp-TG has no targets there" in run(one_zone(), *NLB).stdout
    empty = run(a_network_balancer({}, targets=()), *NLB)
    assert empty.stdout.startswith("BLOCKED")
    assert "target group WebApp-TG has no targets" in empty.stdout


def test_a_kept_client_is_whom_the_targets_must_let_in(run: Callable[..., Result]) -> None:
    """With its own source ports; checks come from the node. Without preservation traffic does, too."""
    by_node = a_group(a_group_rule("10.0.0.0/16", (80, 80)), id="sg-app")
    kept = a_network_balancer({}).having("security_groups", by_node)
    answer = found(run(kept, *NLB, "--source-ports", "linux", "--json"))
    assert roles(answer) == {
        ("client_to_node", "open"): 3, ("node_to_target", "blocked"): 9, ("health_check", "open"): 9,
    }  # fmt: skip
    sent = of_role(answer, "node_to_target")[0]
    assert (sent["kept_client"], sent["source_ports"]) == ("198.51.100.7", [[32768, 60999]])
    assert "tcp 80, from the client's 198.51.100.7  blocked" in run(kept, *NLB).stdout
    not_kept = a_network_balancer({KEEP: "false"}).having("security_groups", by_node)
    assert found(run(not_kept, *NLB, "--json"))["verdict"] == "open"


def test_a_client_inside_is_kept_as_the_internet_sees_it(run: Callable[..., Result]) -> None:
    """By the public addresses of its NAT gateway; to an internal load balancer, by its own."""
    world = a_network_balancer({})
    by_nat = found(run(world, "--from", "i-app-b", *NLB[2:], "--json"))
    assert {flow["kept_client"] for flow in of_role(by_nat, "node_to_target")} == {"203.0.113.31"}
    bare = world.having("nat_gateways", replace(world.nat_gateways["nat-b"], public_ips=()))
    unseen = found(run(bare, "--from", "i-app-b", *NLB[2:], "--json"))
    assert "which clients nlb has is not known: name one" in unseen["unknown"]
    internal = a_network_balancer({}, scheme="internal")
    within = found(run(internal, "--from", "i-app-b", *NLB[2:], "--json"))
    assert {flow["kept_client"] for flow in of_role(within, "node_to_target")} == {"10.0.12.10"}


def test_clients_that_fare_alike_are_told_once(run: Callable[..., Result]) -> None:
    """Of several, only what differs is told again: here of the one that the targets refuse."""
    world = a_network_balancer({}, scheme="internal")
    near = a_load_balancer(arn=LOAD_BALANCER_ARN, scheme="internal")
    world = world.having("load_balancers", near)
    for index in range(3):
        node = an_interface(f"10.0.{11 + index}.99", id=f"eni-near-{index}", subnet_id=f"subnet-app-{'abc'[index]}")
        world = world.having("interfaces", replace(node, description=f"ELB {near.full_name}", group_ids=("sg-alb",)))
    ends = ("--from", "WebApp-ALB", "--to", "nlb", "--port", "80", "--json")
    assert len(of_role(found(run(world, *ends)), "node_to_target")) == 9
    shut = with_entry(world, "acl-app", allow_tcp(1, "10.0.12.99/32", (80, 80), action="deny"))
    sent = of_role(found(run(shut, *ends)), "node_to_target")
    assert {flow["kept_client"] for flow in sent if flow["verdict"] == "blocked"} == {"10.0.12.99"}


@pytest.mark.parametrize(
    ("arguments", "ports"),
    [
        ((), {("node_to_target", 80), ("health_check", 8080)}),
        (("--port", "80"), {("node_to_target", 80)}),
        (("--port", "8080"), {("health_check", 8080)}),
        (("--port", "8080", "--protocol", "any"), {("health_check", 8080)}),
        (("--port", "22"), {(None, 22)}),
        (("--protocol", "icmp", "--port", "0"), {(None, 0)}),
    ],
)
def test_from_a_load_balancer_its_target_is_reached_on_its_own_ports(
    run: Callable[..., Result], arguments: tuple[str, ...], ports: set[tuple[str | None, int]]
) -> None:
    """Of traffic and of checks; what is on another port is a plain flow."""
    check = replace(a_target_group().health_check, port="8080")
    world = a_workshop().having("target_groups", a_target_group(health_check=check))
    answer = found(run(world, "--from", "WebApp-ALB", "--to", "i-app-b", *arguments, "--json"))
    assert {(flow["role"], flow["port"]) for flow in answer["flows"]} == ports
    assert len(answer["flows"]) == 3 * len(ports)


def test_a_target_group_is_all_its_targets(run: Callable[..., Result]) -> None:
    """From its load balancer; from a client, by the listeners that forward there."""
    world = with_a_function(a_workshop())
    from_nodes = found(run(world, "--from", "WebApp-ALB", "--to", TARGET_GROUP_ARN, "--json"))
    assert roles(from_nodes) == {("node_to_target", "open"): 9, ("health_check", "open"): 9}
    through = found(run(world, "--from", "internet", "--to", TARGET_GROUP_ARN, "--json"))
    assert {flow["port"] for flow in of_role(through, "client_to_node")} == {80}
    assert {flow["to"]["name"] for flow in of_role(through, "client_to_node")} == {"WebApp-ALB"}
    assert (len(through["flows"]), through["notes"]) == (21, [])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--from", TARGET_GROUP_ARN, "--to", "i-app-a"), "opens no connections: give it as --to"),
        (("--from", "internet", "--to", f"{TARGET_GROUP_ARN}x"), "there is no target group arn"),
        (("--from", "WebApp-ALB", "--to", FUNCTION_ARN), "WebApp-Fn is a function"),
        (("--from", "WebApp-ALB", "--to", f"{FUNCTION_ARN}2"), "is used by no load balancer in what was read"),
        (("--from", "WebApp-ALB", "--to", f"{FUNCTION_ARN}3"), "WebApp-ALB does not use target group other"),
        (
            ("--from", "WebApp-ALB", "--to", TARGET_GROUP_ARN, "--port", "22"),
            "nothing goes from WebApp-ALB to",
        ),
        (("--from", "internet", "--to", TARGET_GROUP_ARN, "--port", "8080"), "has no tcp listener on port 8080"),
        (("--from", "WebApp-ALB", "--to", "10.0.31.9"), "tcp needs --port, the destination port"),
    ],
)
def test_what_is_no_way_to_targets_is_bad_input(
    run: Callable[..., Result], arguments: tuple[str, ...], words: str
) -> None:
    """Named, with what to give instead."""
    world = with_a_function(a_workshop())
    world = world.having("target_groups", a_target_group(arn=f"{FUNCTION_ARN}2", name="idle", load_balancer_arns=()))
    other = a_load_balancer(arn=NLB_ARN, name="nlb", kind="network")
    node = an_interface("10.0.1.77", id="eni-nlb", description=f"ELB {other.full_name}")
    world = world.having("load_balancers", other).having("interfaces", node)
    used = a_target_group(arn=f"{FUNCTION_ARN}3", name="other", load_balancer_arns=(NLB_ARN,))
    result = run(world.having("target_groups", used), *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in flat(result)


def test_targets_of_a_load_balancer_that_was_not_read_are_not_known(run: Callable[..., Result]) -> None:
    """Its interfaces alone do not tell how it sends."""
    ends = ("--from", "WebApp-ALB", "--to", TARGET_GROUP_ARN)
    result = run(a_workshop(), *ends, without=("LoadBalancers",))
    assert result.exit_code == 2
    assert "load balancer WebApp-ALB was not read (LoadBalancers not given)" in flat(result)


def test_targets_may_be_addresses_and_what_was_not_read(run: Callable[..., Result]) -> None:
    """An address outside what was read is a target all the same."""
    targets = (TargetHealth("10.0.31.9", 80, "healthy"), TargetHealth("10.0.12.10", 80, "healthy"))
    world = a_workshop().having("target_groups", a_target_group(kind="ip", targets=targets))
    answer = found(run(world, "--from", "WebApp-ALB", "--to", "10.0.31.9", "--json"))
    assert (answer["verdict"], answer["flows"][0]["target"]) == ("blocked", "10.0.31.9")
    gone = a_workshop().having("target_groups", a_target_group(targets=(TargetHealth("i-gone", 80, "healthy"),)))
    lost = found(run(gone, *WEB, "--json"))
    assert (lost["verdict"], lost["unknown"]) == ("unknown", ["the interface of i-gone was not read"])
    assert of_role(lost, "node_to_target")[0]["to"] == {
        "name": "i-gone", "address": None, "interface": None, "subnet": None, "vpc": None, "prefix_list": None,
    }  # fmt: skip


def test_a_load_balancer_behind_another_is_named(run: Callable[..., Result]) -> None:
    """Each of its nodes is a target."""
    targets = (TargetHealth(LOAD_BALANCER_ARN, 80, "healthy"),)
    world = a_network_balancer({CROSS: "true"}, kind="alb", targets=targets)
    inner = a_load_balancer()
    node = an_interface("10.0.11.50", id="eni-inner", subnet_id="subnet-app-a", group_ids=("sg-alb",))
    world = world.having("load_balancers", inner)
    world = world.having("interfaces", replace(node, description=f"ELB {inner.full_name}"))
    answer = found(run(world, "--from", "nlb", "--to", "WebApp-ALB", "--json"))
    sent = of_role(answer, "node_to_target")
    assert {(flow["to"]["name"], flow["to"]["interface"]) for flow in sent} == {("WebApp-ALB", "eni-inner")}
    assert {flow["target"] for flow in sent} == {LOAD_BALANCER_ARN}


def test_many_targets_are_shown_as_a_few(run: Callable[..., Result]) -> None:
    """One tree for each fate, blockers of one rule together, and lists cut short; for machines, all of it."""
    count = 40
    world = a_workshop()
    node = world.interfaces["eni-app-a"]
    for number in range(count):
        address = an_interface(f"10.0.11.{100 + number}", id=f"eni-{number}").private_ips
        subnet = "subnet-app-a"
        world = world.having("interfaces", replace(node, id=f"eni-{number}", private_ips=address, subnet_id=subnet))
    targets = [TargetHealth(f"10.0.11.{100 + number}", 80, "healthy") for number in range(count)]
    targets += [TargetHealth(f"10.0.12.{100 + number}", 80, "healthy") for number in range(20)]
    world = fault_3(world).having("target_groups", a_target_group(kind="ip", targets=tuple(targets)))
    shown = run(world, *WEB).stdout
    assert "node to target: 120 partial, 60 unknown" in shown
    assert "└── and 119 alike, from 3 to 40 ends: --json names each" in shown
    assert shown.count(" -> ") == 3 + 2
    assert "     and 36 more like it: --json names each" in shown
    assert "  and 8 more: --json names each" in shown
    assert len(found(run(world, *WEB, "--json"))["flows"]) == 363
