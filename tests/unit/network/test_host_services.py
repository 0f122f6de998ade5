"""Services of the host: which there are, on which ports, and what besides filters may forbid them."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

import pytest

from pathmend.network.flow import Verdict
from pathmend.snapshot.resources import MetadataOptions
from tests.builders import VPC_ID, a_group, a_workshop, an_acl, an_interface
from tests.unit.network.asking import ask, codes

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot


def _deaf() -> Snapshot:
    """Return the workshop whose application's groups and ACL let nothing pass, with an interface of IPv6 beside it."""
    world = a_workshop().having("security_groups", a_group(id="sg-app"))
    six = an_interface(
        id="eni-six",
        subnet_id="subnet-app-a",
        private_ips=(),
        ipv6s=(ip_address("2001:db8::77"),),
        group_ids=("sg-app",),
    )
    return world.having("network_acls", an_acl(id="acl-app", subnet_ids=("subnet-app-a",))).having("interfaces", six)


@pytest.mark.parametrize(
    ("address", "port", "protocol"),
    [
        ("10.0.0.2", 53, "udp"),
        ("10.0.0.2", 53, "tcp"),
        ("169.254.169.253", 53, "udp"),
        ("169.254.169.253", 53, "tcp"),
        ("169.254.169.254", 80, "tcp"),
        ("169.254.169.123", 123, "udp"),
        ("169.254.169.250", 1688, "tcp"),
        ("169.254.169.251", 1688, "tcp"),
        ("fd00:ec2::253", 53, "udp"),
        ("fd00:ec2::254", 80, "tcp"),
        ("fd00:ec2::123", 123, "udp"),
        ("fd00:ec2::250", 1688, "tcp"),
    ],
)
def test_rule_12_host_services_are_not_filtered_on_their_own_port(address: str, port: int, protocol: str) -> None:
    """A group and an ACL that allow nothing are not asked; any other port and protocol has nobody behind it."""
    source = "eni-six" if ":" in address else "eni-app-a"
    found = ask(_deaf(), source, address, port, protocol)
    assert (found.verdict, [hop.kind for hop in found.forward], found.back) == (Verdict.OPEN, ["host-service"], ())
    for wrong in ((port + 1, protocol), (port, "icmp")):
        stopped = ask(_deaf(), source, address, *wrong)
        ((code, leg, name, rule),) = codes(stopped)
        assert (code, leg, name) == ("HOST_SERVICE_PORT_RESTRICTION", "forward", address)
        assert rule in ("udp and tcp 53", "tcp 80", "udp 123", "tcp 1688")


@pytest.mark.parametrize("address", ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"])
def test_rule_12_credentials_of_containers_come_from_an_agent_that_may_not_run(address: str) -> None:
    """No filter stands before it, and it is not in the snapshot."""
    found = ask(_deaf(), "eni-six" if ":" in address else "eni-app-a", address)
    assert (found.verdict, codes(found)) == (Verdict.UNKNOWN, [])
    assert found.unknown[0].endswith(f"which answers at {address}, is not in the snapshot")


@pytest.mark.parametrize(
    ("address", "verdict"),
    [
        ("169.254.171.255", Verdict.BLOCKED),
        ("fd00:ec2::99", Verdict.BLOCKED),
        ("169.254.1.1", Verdict.UNKNOWN),
        ("169.254.172.1", Verdict.UNKNOWN),
        ("fe80::1", Verdict.UNKNOWN),
    ],
)
def test_rule_12_other_addresses_of_the_link_are_not_open(address: str, verdict: Verdict) -> None:
    """Nothing is forwarded to the ranges that AWS reserves; a neighbour may have another one."""
    found = ask(a_workshop(), "eni-app-a", address, 80)
    assert found.verdict is verdict
    assert [code[0] for code in codes(found)] == ["RESERVED_ADDRESS_RESTRICTION"] * (verdict is Verdict.BLOCKED)
    assert [address in why for why in found.unknown] == [True] * (verdict is Verdict.UNKNOWN)


def _wider(**overrides: Any) -> Snapshot:
    """Return the workshop whose VPC has a block before its first one."""
    world = a_workshop()
    blocks = tuple(ip_network(block) for block in ("10.0.0.0/16", "10.1.0.0/16", "2001:db8::/56"))
    return world.having("vpcs", replace(world.vpcs[VPC_ID], cidrs=blocks, **overrides))


def test_rule_12_the_resolver_is_in_the_primary_block_only() -> None:
    """The third address of another block is reserved, and nobody answers there; unread, it is unknown."""
    world = _wider(primary_cidr=ip_network("10.1.0.0/16"))
    assert ask(world, "eni-app-a", "10.1.0.2", 53, "udp").verdict is Verdict.OPEN
    assert codes(ask(world, "eni-app-a", "10.0.0.2", 53, "udp")) == [
        ("RESERVED_ADDRESS_RESTRICTION", "forward", "10.0.0.2", "10.1.0.0/16")
    ]
    for address in ("10.0.0.2", "10.1.0.2"):
        found = ask(_wider(), "eni-app-a", address, 53, "udp")
        why = f"which block of {VPC_ID} is its primary one, where its resolver is, was not read"
        assert (found.verdict, found.unknown) == (Verdict.UNKNOWN, (why,))
    assert ask(replace(a_workshop(), vpcs={}), "eni-app-a", "169.254.169.253", 53, "udp").verdict is Verdict.OPEN


@pytest.mark.parametrize("resolver", ["10.0.0.2", "169.254.169.253"])
def test_rule_12_the_resolver_answers_unless_dns_support_is_off(resolver: str) -> None:
    """No filter stops a query, but nobody is there to answer it; other services of the host stay."""
    world = a_workshop()
    assert ask(world, "eni-app-a", resolver, 53, "udp").verdict is Verdict.OPEN
    silent = world.having("vpcs", replace(world.vpcs[VPC_ID], dns_support=False))
    stopped = [("DNS_ATTRIBUTE_OFF", "forward", VPC_ID, "EnableDnsSupport")]
    assert codes(ask(silent, "eni-app-a", resolver, 53, "udp")) == stopped
    assert ask(silent, "eni-app-a", "169.254.169.123", 123, "udp").verdict is Verdict.OPEN


def _with_options(options: MetadataOptions) -> Snapshot:
    world = a_workshop()
    app = replace(world.interfaces["eni-app-a"], ipv6s=(ip_address("2001:db8::77"),), private_ips=())
    world = world.having("interfaces", replace(app, id="eni-six"))
    return world.having("instances", replace(world.instances["i-app-a"], metadata=options))


def test_rule_13_the_metadata_service_answers_by_its_own_options() -> None:
    """Disabled it is a blocker; its hop limit and tokens are worth a look."""
    plain = _with_options(MetadataOptions(tokens_required=False, hop_limit=2))
    assert ask(plain, "eni-app-a", "169.254.169.254").latent == ()
    found = ask(_with_options(MetadataOptions(tokens_required=True)), "eni-app-a", "169.254.169.254")
    assert found.verdict is Verdict.OPEN
    assert [odd.rule for odd in found.latent] == ["HttpPutResponseHopLimit", "HttpTokens"]
    off = _with_options(MetadataOptions(enabled=False))
    stopped = [("METADATA_SERVICE_DISABLED", "forward", "i-app-a", "HttpEndpoint")]
    assert codes(ask(off, "eni-app-a", "169.254.169.254")) == stopped
    assert ask(off, "eni-app-a", "169.254.169.123", 123, "udp").verdict is Verdict.OPEN


def test_rule_13_the_metadata_service_speaks_ipv6_only_where_it_is_told_to() -> None:
    """Where the instance's answer does not say, it is unknown."""
    for ipv6, wanted in ((True, Verdict.OPEN), (None, Verdict.UNKNOWN), (False, Verdict.BLOCKED)):
        world = _with_options(MetadataOptions(ipv6=ipv6))
        assert ask(world, "eni-six", "fd00:ec2::254").verdict is wanted
        assert ask(world, "eni-app-a", "169.254.169.254").verdict is Verdict.OPEN
    assert codes(ask(world, "eni-six", "fd00:ec2::254"))[0][-1] == "HttpProtocolIpv6"
