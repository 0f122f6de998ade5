"""A trace says the verdict, every blocker and its cure, to people and to machines, and never ends in a traceback."""

from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from pathmend import cli
from tests.builders import (
    LOAD_BALANCER_ARN,
    a_load_balancer,
    a_workshop,
    allow_tcp,
    an_interface,
    an_open_acl,
    fault_1,
    fault_3,
    with_association,
    with_entry,
)
from tests.unit.cli.conftest import found

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

    from pathmend.snapshot.world import Snapshot

WEB = ("--from", "internet", "--to", "WebApp-ALB", "--port", "80")
APP = ("--from", "WebApp-ALB", "--to", "i-app-a", "--port", "80")


def test_an_open_path_is_shown_hop_by_hop(run: Callable[..., Result]) -> None:
    """Both legs, each hop with its rule or route; status 0."""
    result = run(a_workshop(), *WEB)
    assert result.exit_code == 0
    for expected in (
        "OPEN  internet to WebApp-ALB, tcp 80 from ports 1024-65535",
        "client to node: 3 open",
        "internet (198.51.100.7) -> WebApp-ALB (eni-alb-c, 203.0.113.12), tcp 80  open",
        "+ internet gateway igw-workshop",
        "+ network acl acl-alb  rule 100",
        "+ route table rtb-public  route 0.0.0.0/0",
    ):
        assert expected in result.stdout
    assert "What blocks it" not in result.stdout


def test_a_lost_reply_is_blamed_on_its_route_table(run: Callable[..., Result]) -> None:
    """One of three nodes fails: partial, status 1, and the cure in words."""
    result = run(fault_1(a_workshop()), *WEB)
    assert result.exit_code == 1
    assert "PARTIAL  internet to WebApp-ALB, tcp 80 from ports 1024-65535: of 21 flows 1 blocked" in result.stdout
    assert "rtb-app-b, the route table of subnet-alb-b, does not lead the reply to 198.51.100.7" in result.stdout
    assert "on the way back, NO_ROUTE_TO_DESTINATION" in result.stdout
    assert "cure: associate subnet-alb-b with a route table that leads to 198.51.100.7" in result.stdout


def test_half_open_ports_are_counted_and_the_blocker_is_said_once(run: Callable[..., Result]) -> None:
    """The three nodes meet the same gap in the same ACL."""
    result = run(fault_3(a_workshop()), *APP)
    assert result.exit_code == 1
    assert "open from 51% of the source ports (32768-65535)" in result.stdout
    assert "~ network acl acl-alb  rule *  partial: lets source ports 32768-65535 pass" in result.stdout
    assert result.stdout.count("acl-alb drops ingress tcp 1024-32767 from 10.0.11.10: no rule allows it") == 1
    assert "cure: add to acl-alb an ingress rule that allows tcp 1024-32767 from 10.0.11.10" in result.stdout


def test_a_trace_for_machines_has_its_schema(run: Callable[..., Result]) -> None:
    """Verdict, open ports, both legs and blockers, each naming its flow."""
    answer = found(run(fault_3(a_workshop()), *APP, "--json"))
    assert (answer["verdict"], answer["source_ports_open"]) == ("partial", [[32768, 65535]])
    assert [flow["from"]["interface"] for flow in answer["flows"]] == ["eni-alb-a", "eni-alb-b", "eni-alb-c"] * 2
    assert [hop["kind"] for hop in answer["forward"] if hop["flow"] == 0] == [
        "interface", "security-group", "network-acl", "route-table", "network-acl", "interface", "security-group",
    ]  # fmt: skip
    assert answer["blockers"][1] == {
        "flow": 1, "code": "SUBNET_ACL_RESTRICTION", "kind": "network-acl", "id": "acl-alb", "rule": "*",
        "leg": "return", "direction": "ingress", "subnet": "subnet-alb-b", "interface": None,
        "blocked_ports": [[1024, 32767]],
    }  # fmt: skip
    assert len(answer["return"]) == 18
    assert (answer["unknown"], answer["latent"]) == ([], [])


@pytest.mark.parametrize(
    ("world", "arguments", "verdict", "status"),
    [
        (a_workshop(), (*WEB, "--json"), "open", 0),
        (fault_1(a_workshop()), (*WEB, "--json"), "partial", 1),
        (a_workshop(), ("--from", "internet", "--to", "i-app-a", "--port", "80", "--json"), "blocked", 1),
        (a_workshop(), ("--from", "eni-app-a", "--to", "10.0.31.9", "--port", "3306", "--json"), "unknown", 2),
    ],
)
def test_the_exit_status_tells_the_verdict(
    run: Callable[..., Result], world: Snapshot, arguments: tuple[str, ...], verdict: str, status: int
) -> None:
    """0 open, 1 blocked wholly or in part, 2 unknown; each answer fits the schema."""
    result = run(world, *arguments)
    assert found(result)["verdict"] == verdict
    assert result.exit_code == status


@pytest.mark.parametrize(
    ("word", "interface", "address"),
    [
        ("i-app-a", "eni-app-a", "10.0.11.10"),
        ("eni-app-a", "eni-app-a", "10.0.11.10"),
        ("10.0.11.10", "eni-app-a", "10.0.11.10"),
        ("203.0.113.31", "eni-nat-b", "203.0.113.31"),
        ("198.51.100.99", None, "198.51.100.99"),
        ("internet", None, "198.51.100.7"),
    ],
)
def test_an_end_may_be_named_in_many_ways(
    run: Callable[..., Result], word: str, interface: str | None, address: str
) -> None:
    """Instance, interface, private and public address, and what is outside."""
    answer = found(run(a_workshop(), "--from", word, "--to", "i-app-b", "--port", "80", "--json"))
    [flow] = answer["flows"]
    assert (flow["from"]["interface"], flow["from"]["address"]) == (interface, address)
    assert flow["from"]["name"] == word


@pytest.mark.parametrize("word", [LOAD_BALANCER_ARN, "WebApp-ALB", "app/WebApp-ALB/50dc6c495c0c9188"])
@pytest.mark.parametrize("without", [(), ("LoadBalancers",)])
def test_a_load_balancer_is_all_its_nodes(run: Callable[..., Result], word: str, without: tuple[str, ...]) -> None:
    """By name or ARN; its interfaces carry its name, so that they are found where it was not read itself."""
    result = run(a_workshop(), "--from", word, "--to", "i-app-a", "--port", "8080", "--json", without=without)
    assert [flow["from"]["address"] for flow in found(result)["flows"]] == ["10.0.1.10", "10.0.2.10", "10.0.3.10"]


def test_ipv6_ends_meet_by_ipv6(run: Callable[..., Result]) -> None:
    """The internet has a client of either version; an echo is that of the version."""
    six = an_interface("10.0.1.77", id="eni-6", ipv6s=(ip_address("2001:db8::77"),))
    world = a_workshop().having("interfaces", six)
    result = run(world, "--from", "internet", "--to", "2001:db8::77", "--protocol", "icmp", "--json")
    answer = found(result)
    assert answer["flows"][0]["from"]["address"] == "2001:db8:ffff::7"
    assert answer["protocol"] == "icmpv6"


@pytest.mark.parametrize(
    ("ports", "expected"),
    [
        ("any", [[1024, 65535]]),
        ("Linux", [[32768, 60999]]),
        ("windows", [[49152, 65535]]),
        ("2000", [[2000, 2000]]),
        ("1024-2000, 1500-3000", [[1024, 3000]]),
    ],
)
def test_source_ports_may_be_given(run: Callable[..., Result], ports: str, expected: list[list[int]]) -> None:
    """By system or as ranges."""
    answer = found(run(fault_3(a_workshop()), *APP, "--source-ports", ports, "--json"))
    assert answer["source_ports"] == expected


def test_an_instance_sends_from_its_systems_ports_unless_told_otherwise(run: Callable[..., Result]) -> None:
    """By default a Linux instance is asked about with the range of its kernel; a load balancer with all from 1024."""
    words = ("--from", "i-app-b", "--to", "i-app-a", "--port", "80", "--json")
    assert found(run(a_workshop(), *words))["source_ports"] == [[32768, 60999]]
    assert found(run(a_workshop(), *APP, "--json"))["source_ports"] == [[1024, 65535]]


def test_ports_that_miss_the_gap_are_open(run: Callable[..., Result]) -> None:
    """A Linux client never meets the fault."""
    assert run(fault_3(a_workshop()), *APP, "--source-ports", "linux").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--from", "i-nope", "--to", "i-app-a"), "there is no instance i-nope in what was read"),
        (("--from", "eni-nope", "--to", "i-app-a"), "there is no interface eni-nope in what was read"),
        (("--from", "nope", "--to", "i-app-a"), "nope is no instance, interface, IP address or load balancer"),
        (("--from", "arn:aws:s3:::b", "--to", "i-app-a"), "arn:aws:s3:::b is not the ARN of a load balancer"),
        (("--from", "2001:db8:1::1", "--to", "i-app-a"), "share no IP version"),
        (("--from", "i-app-b", "--to", "i-app-a", "--protocol", "nope"), "nope is not a protocol"),
        (("--from", "i-app-b", "--to", "i-app-a", "--source-ports", "5-2"), "5-2 is not a set of source ports"),
        (("--from", "i-app-b", "--to", "i-app-a", "--source-ports", "70000"), "70000 is not a set of source ports"),
        (("--from", "i-app-b", "--to", "i-app-a", "--source-ports", ""), "is not a set of source ports"),
        (("--from", "i-app-b", "--to", "i-app-a", "--live"), "give either --snapshot FOLDER or --live"),
    ],
)
def test_bad_input_is_named_with_its_cure(run: Callable[..., Result], arguments: tuple[str, ...], words: str) -> None:
    """One message, status 2."""
    result = run(a_workshop(), *arguments, "--port", "80")
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("--from", "i-app-b", "--to", "i-app-a", "--port", "0"),
            "nothing can be sent to port 0: give --port from 1 to",
        ),
        (("--from", "i-app-b", "--to", "i-app-a", "--port", "70000"), "70000 is not a port: give one from 1 to 65535"),
        (("--from", "i-app-b", "--to", "i-app-a", "--port", "-1"), "-1 is not a port: give one from 1 to 65535"),
        (("--from", "i-app-b", "--to", "i-app-a", "--port", "http"), "Invalid value for '--port'"),
        (("--from", "i-app-b", "--to", "i-app-a"), "tcp needs --port, the destination port"),
        (("--from", "", "--to", "i-app-a", "--port", "1"), "give --from and --to: the two ends of the path"),
    ],
)
def test_packets_that_cannot_be_are_bad_input(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    """Before anything is read."""
    folder = str(tmp_path / "none")
    result = CliRunner().invoke(cli.app, ["trace", "--snapshot", folder, *arguments], env={"COLUMNS": "400"})
    assert (result.exit_code, words in result.stderr) == (2, True)


def test_ends_of_different_ip_versions_are_named(run: Callable[..., Result]) -> None:
    """Which speaks which."""
    result = run(a_workshop(), "--from", "i-app-b", "--to", "2001:db8:1::1", "--port", "80")
    assert "i-app-b has only IPv4 and 2001:db8:1::1 has only IPv6: they share no IP version" in result.stderr


def test_tcp_needs_a_port(run: Callable[..., Result]) -> None:
    """An echo needs none."""
    ends = ("--from", "i-app-b", "--to", "i-app-a")
    refused = run(a_workshop(), *ends)
    assert (refused.exit_code, "tcp needs --port" in refused.stderr) == (2, True)
    assert found(run(a_workshop(), *ends, "--protocol", "ICMP", "--json"))["port"] == 0


def test_one_of_the_two_sources_must_be_given() -> None:
    """A folder or the account."""
    result = CliRunner().invoke(cli.app, ["trace", "--from", "a", "--to", "b", "--port", "1"])
    assert (result.exit_code, "give either --snapshot FOLDER or --live" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "is not a folder"),
        ("", "holds no *.json file"),
        ("{", "is not JSON"),
        ("[]", "is not a describe answer"),
        ('{"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/33"}]}', "10.0.0.0/33 is not a network"),
        ('{"Vpcs": 3}', "Vpcs: 3 is not a list"),
        ('{"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "\\u001b[2Jx"}]}', "CidrBlock: [2Jx is not a network"),
    ],
)
def test_a_folder_that_cannot_be_read_is_bad_input(tmp_path: Path, content: str | None, words: str) -> None:
    """The message names the file and what is wrong in it."""
    folder = tmp_path / "none" if content is None else tmp_path
    if content:
        (folder / "some.json").write_text(content, encoding="utf-8")
    command = ["trace", "--snapshot", str(folder), "--from", "10.0.0.1", "--to", "10.0.0.2", "--port", "1"]
    result = CliRunner().invoke(cli.app, command)
    assert (result.exit_code, words in result.stderr) == (2, True)
    assert str(folder) in result.stderr


def test_reasons_that_are_none_are_bad_input(run: Callable[..., Result], tmp_path: Path) -> None:
    """Of the file in which a snapshot says what it could not read."""
    (tmp_path / "unread.json").write_text('{"Unread": ["NetworkAcls"]}', encoding="utf-8")
    result = run(a_workshop(), *WEB)
    assert (result.exit_code, "unread.json: Unread is not an object" in result.stderr) == (2, True)


def test_a_file_that_is_not_text_is_bad_input(tmp_path: Path) -> None:
    """So is a file that is really a folder."""
    (tmp_path / "odd.json").mkdir()
    command = ["trace", "--snapshot", str(tmp_path), "--from", "10.0.0.1", "--to", "10.0.0.2", "--port", "1"]
    result = CliRunner().invoke(cli.app, command)
    assert (result.exit_code, "cannot be read" in result.stderr) == (2, True)


def test_what_was_not_saved_is_named(run: Callable[..., Result]) -> None:
    """A missing kind is the reason why an end is not found, or why the answer is unknown."""
    ends = ("--from", "i-app-b", "--to", "i-app-a", "--port", "80")
    missing = run(a_workshop(), *ends, without=("NetworkInterfaces",))
    assert missing.exit_code == 2
    assert "NetworkInterfaces not given" in missing.stderr


def test_an_unread_kind_makes_the_answer_unknown(run: Callable[..., Result]) -> None:
    """Never open by default."""
    result = run(a_workshop(), *APP, without=("NetworkAcls",))
    assert result.exit_code == 2
    assert "UNKNOWN  WebApp-ALB to i-app-a" in result.stdout
    assert "What the snapshot does not say" in result.stdout
    assert "the network ACL of subnet-app-a was not read" in result.stdout


def test_the_reason_why_a_kind_could_not_be_read_is_told(run: Callable[..., Result], tmp_path: Path) -> None:
    """Where it matters; the cure stands in it."""
    reason = {"Unread": {"NetworkAcls": "the role lacks ec2:DescribeNetworkAcls"}}
    (tmp_path / "unread.json").write_text(json.dumps(reason), encoding="utf-8")
    shown = run(a_workshop(), *APP, without=("NetworkAcls",)).stdout
    assert "What could not be read\n  NetworkAcls: the role lacks ec2:DescribeNetworkAcls" in shown
    assert found(run(a_workshop(), *APP, "--json", without=("NetworkAcls",)))["unread"] == reason["Unread"]


def test_addresses_that_two_vpcs_share_are_told_apart_by_the_other_end(run: Callable[..., Result]) -> None:
    """Where the other end does not tell, the choice is the user's."""
    twin = an_interface("10.0.11.10", id="eni-twin", vpc_id="vpc-twin", subnet_id="subnet-twin")
    world = a_workshop().having("interfaces", twin)
    near = found(run(world, "--from", "10.0.11.10", "--to", "10.0.12.10", "--port", "80", "--json"))
    assert near["flows"][0]["from"]["interface"] == "eni-app-a"
    by_name = found(run(world, "--from", "10.0.11.10", "--to", "i-app-b", "--port", "80", "--json"))
    assert by_name["flows"][0]["from"]["interface"] == "eni-app-a"
    unclear = run(world, "--from", "10.0.11.10", "--to", "no-such", "--port", "80")
    assert unclear.exit_code == 2
    assert "several interfaces (eni-app-a in vpc-workshop, eni-twin in vpc-twin): name one of them" in unclear.stderr


def test_load_balancers_of_one_name_are_told_apart_by_their_arn(run: Callable[..., Result]) -> None:
    """As two accounts in one folder may have them."""
    other = LOAD_BALANCER_ARN.replace("50dc", "60dc")
    world = a_workshop().having("load_balancers", a_load_balancer(arn=other))
    unclear = run(world, *WEB)
    assert (unclear.exit_code, "several load balancers" in unclear.stderr) == (2, True)
    assert run(world, "--from", "internet", "--to", LOAD_BALANCER_ARN, "--port", "80").exit_code == 0
    empty = run(world, "--from", "internet", "--to", other, "--port", "80")
    assert "no network interface of load balancer" in empty.stderr


def test_an_instance_without_an_interface_is_named(run: Callable[..., Result]) -> None:
    """A terminated instance stays in the answers for a while."""
    world = a_workshop()
    gone = replace(world.instances["i-app-a"], id="i-gone", state="terminated", interface_ids=())
    result = run(world.having("instances", gone), "--from", "i-gone", "--to", "i-app-a", "--port", "80")
    assert result.exit_code == 2
    assert "no network interface of i-gone was read: it may be terminated" in result.stderr


def test_a_denying_rule_is_named_with_its_number(run: Callable[..., Result]) -> None:
    """The cure is to take it away, not to add another."""
    world = with_entry(a_workshop(), "acl-app", allow_tcp(7, "10.0.0.0/16", (80, 80), action="deny"))
    result = run(world, *APP)
    assert "acl-app drops ingress tcp 80 from 10.0.1.10: rule 7 denies it" in result.stdout
    assert (
        "cure: remove ingress rule 7 of acl-app, or allow tcp 80 from 10.0.1.10 under a lower number" in result.stdout
    )
    assert "BLOCKED" in result.stdout


def test_an_echo_and_a_protocol_without_ports_are_named(run: Callable[..., Result]) -> None:
    """The headline says what is traced."""
    ends = ("--from", "eni-alb-a", "--to", "eni-alb-b", "--protocol")
    closed = a_workshop().having("network_acls", an_open_acl(id="acl-other"))
    assert "icmp echo" in run(closed, *ends, "icmp").stdout
    assert "drops egress icmp echo request to 10.0.2.10" in run(closed, *ends, "icmp").stdout
    assert "protocol 47" in run(closed, *ends, "47").stdout
    assert "drops egress protocol 47 to 10.0.2.10" in run(closed, *ends, "47").stdout


def test_any_protocol_is_all_of_them(run: Callable[..., Result]) -> None:
    """TCP and UDP among them go to the port."""
    ends = ("--from", "eni-alb-a", "--to", "eni-alb-b", "--protocol", "Any")
    assert "Any" not in run(a_workshop(), *ends, "--port", "80").stdout
    assert "any protocol, tcp and udp to port 80" in run(a_workshop(), *ends, "--port", "80").stdout
    assert found(run(a_workshop(), *ends, "--port", "80", "--json"))["protocol"] == "all"
    assert "needs --port" in run(a_workshop(), *ends).stderr


def test_hostile_names_are_inert_in_the_terminal(run: Callable[..., Result]) -> None:
    """A folder comes from others: neither escape sequences nor markup act."""
    world = a_workshop()
    acl = replace(world.network_acls["acl-app"], id="\x1b[2J[red]acl[/red]", entries=())
    world = replace(
        world, network_acls={**{k: v for k, v in world.network_acls.items() if k != "acl-app"}, acl.id: acl}
    )
    stdout = run(world, *APP).stdout
    assert "\x1b" not in stdout
    assert "[red]acl[/red]" in stdout


PREFIX_LIST = {"PrefixListId": "pl-s3", "PrefixListName": "com.amazonaws.us-east-1.s3", "Cidrs": ["198.51.100.0/24"]}
TO_S3 = ("--from", "i-app-a", "--to", "s3", "--port", "443")


@pytest.mark.parametrize("word", ["s3", "pl-s3"])
def test_a_service_is_reached_by_its_prefix_list(run: Callable[..., Result], tmp_path: Path, word: str) -> None:
    """It has a list of addresses instead of one."""
    (tmp_path / "lists.json").write_text(json.dumps({"PrefixLists": [PREFIX_LIST]}), encoding="utf-8")
    answer = found(run(a_workshop(), *TO_S3[:3], word, *TO_S3[4:], "--json"))
    assert answer["verdict"] == "open"
    assert answer["forward"][-1]["id"] == "vpce-s3"
    assert (answer["flows"][0]["to"]["address"], answer["flows"][0]["to"]["prefix_list"]) == (None, "pl-s3")
    stopped = run(a_workshop(), *TO_S3[:3], word, *TO_S3[4:], "--protocol", "udp").stdout
    assert "gateway endpoint vpce-s3 does not carry udp 443" in stopped
    assert f"-> {word}" in stopped


def test_a_service_whose_list_was_not_read_is_unknown(run: Callable[..., Result]) -> None:
    """Named, with the list."""
    result = run(a_workshop(), *TO_S3)
    assert (result.exit_code, "the addresses of s3 were not read" in result.stdout) == (2, True)


def test_a_service_opens_no_connections(run: Callable[..., Result]) -> None:
    """As a source it is bad input."""
    result = run(a_workshop(), "--from", "s3", "--to", "i-app-a", "--port", "443")
    assert (result.exit_code, "s3 opens no connections: give it as --to" in result.stderr) == (2, True)


def test_an_oddity_of_no_element_is_told_by_its_note_alone(run: Callable[..., Result]) -> None:
    """Such as of a setting of the account that was not read."""
    stdout = run(a_workshop(), *WEB).stdout
    assert "  VPC Block Public Access was not read: taken as off, as it is by default" in stdout


def test_oddities_are_kept_apart_from_blockers(run: Callable[..., Result]) -> None:
    """A rule that is never reached is worth a line and no alarm."""
    world = with_entry(a_workshop(), "acl-app", allow_tcp(200, "192.0.2.0/24", (23, 23), action="deny"))
    result = run(world, *APP)
    assert result.exit_code == 0
    assert "Odd, but not in the way" in result.stdout
    assert "network acl acl-app: ingress rule 200 is never reached" in result.stdout
    [odd] = found(run(world, *APP, "--json"))["latent"]
    assert (odd["kind"], odd["id"], odd["rule"]) == ("network-acl", "acl-app", "200")


FROM_INSIDE = ("--from", "i-app-a", "--to", "203.0.113.11", "--port", "80", "--json")


def test_a_public_address_is_reached_by_the_internet_from_inside_too(run: Callable[..., Result]) -> None:
    """Out by the sender's NAT gateway, in by the internet gateway; what the receiver's side loses is blamed there."""
    answer = found(run(a_workshop(), *FROM_INSIDE))
    assert answer["verdict"] == "open"
    kinds = [hop["kind"] for hop in answer["forward"]]
    assert kinds.index("nat-gateway") < kinds.index("internet-gateway")
    assert kinds.count("internet-gateway") == 2
    lost = found(run(fault_1(a_workshop()), *FROM_INSIDE))
    assert (lost["verdict"], lost["blockers"][0]["id"]) == ("blocked", "rtb-app-b")


def test_a_load_balancer_with_public_addresses_is_called_by_them(run: Callable[..., Result]) -> None:
    """Its name leads there for those inside, too."""
    answer = found(run(a_workshop(), "--from", "i-app-a", "--to", "WebApp-ALB", "--port", "80", "--json"))
    called = [flow["to"]["address"] for flow in answer["flows"] if flow["role"] == "client_to_node"]
    assert called == ["203.0.113.10", "203.0.113.11", "203.0.113.12"]


def test_a_sender_whose_public_address_is_not_known_is_unknown(run: Callable[..., Result]) -> None:
    """What the receiver would see decides there."""
    world = a_workshop()
    bare = replace(world.nat_gateways["nat-a"], public_ips=())
    answer = found(run(world.having("nat_gateways", bare), *FROM_INSIDE))
    assert answer["verdict"] == "unknown"
    assert "the public address that 10.0.11.10 is seen by was not read" in answer["unknown"]


def test_a_sender_that_cannot_leave_is_blamed_alone(run: Callable[..., Result]) -> None:
    """There is no address that the receiver could see."""
    world = with_association(a_workshop(), "subnet-app-a", None)
    answer = found(run(world, *FROM_INSIDE))
    assert (answer["verdict"], answer["unknown"]) == ("blocked", [])
    assert answer["blockers"][0]["code"] == "NO_ROUTE_TO_DESTINATION"


def test_a_sender_with_a_public_address_keeps_its_ports(run: Callable[..., Result]) -> None:
    """No NAT gateway stands between: a gap for replies hits the sender's own ports."""
    narrow = allow_tcp(200, "0.0.0.0/0", (32768, 65535), egress=True)
    world = with_entry(a_workshop(), "acl-alb", narrow)
    world = world.having("network_acls", replace(world.network_acls["acl-alb"], subnet_ids=("subnet-alb-b",)))
    ends = ("--from", "eni-alb-a", "--to", "203.0.113.11", "--port", "80", "--json")
    answer = found(run(world, *ends))
    assert (answer["verdict"], answer["source_ports_open"]) == ("partial", [[32768, 65535]])
