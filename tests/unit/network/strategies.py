"""Random rules that meet each other often: few networks that nest, few ports at the edges that matter."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from pathmend.network.ports import PortSet
from pathmend.snapshot.resources import AclEntry, NetworkAcl, SecurityGroup, SecurityGroupRule
from tests.builders import VPC_ID, an_acl_entry

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Address, Network

NETWORKS = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/0",
        "0.0.0.0/1",
        "128.0.0.0/1",
        "10.0.0.0/16",
        "10.0.1.0/24",
        "10.0.11.0/24",
        "10.0.11.0/25",
        "10.0.11.10/32",
        "198.51.100.0/24",
        "::/0",
        "2001:db8::/56",
    )
)
ADDRESSES = tuple(
    ip_address(text)
    for text in ("10.0.11.10", "10.0.11.200", "10.0.1.10", "10.0.2.10", "198.51.100.7", "200.0.0.1", "2001:db8::1")
)
EDGES = (0, 79, 80, 81, 443, 1023, 1024, 2048, 2056, 32767, 32768, 60999, 65535)
PROTOCOLS = ("-1", "6", "6", "17", "1", "47")

ports = st.sampled_from(EDGES)
packet_ports = st.one_of(ports, st.integers(0, 65535))
port_ranges = st.tuples(ports, ports).map(lambda pair: (min(pair), max(pair)))
port_sets = st.lists(st.tuples(packet_ports, packet_ports).map(lambda p: (min(p), max(p))), max_size=6).map(
    PortSet.union
)
networks: st.SearchStrategy[Network] = st.sampled_from(NETWORKS)
addresses: st.SearchStrategy[Address] = st.sampled_from(ADDRESSES)
protocols = st.sampled_from(("6", "17", "1", "47"))


@st.composite
def entries(draw: st.DrawFn) -> AclEntry:
    """Draw an ACL entry."""
    protocol = draw(st.sampled_from(PROTOCOLS))
    icmp = draw(st.sampled_from([(-1, -1), (8, -1), (8, 0), (8, 8)])) if protocol == "1" else None
    return AclEntry(
        rule_number=draw(st.integers(1, 40)),
        egress=draw(st.booleans()),
        protocol=protocol,
        action=draw(st.sampled_from(("allow", "allow", "deny"))),
        cidr=draw(networks),
        ports=draw(st.one_of(st.none(), port_ranges)) if protocol in ("6", "17") else None,
        icmp=icmp,
    )


@st.composite
def acls(draw: st.DrawFn, name: str = "acl-0") -> NetworkAcl:
    """Draw an ACL, with AWS's final deny or, as the emulators have it, without."""
    own = draw(st.lists(entries(), max_size=8, unique_by=lambda entry: (entry.egress, entry.rule_number)))
    final = [an_acl_entry(32767, egress=egress, action="deny") for egress in (False, True)]
    return NetworkAcl(name, VPC_ID, default=False, entries=(*own, *draw(st.sampled_from([(), tuple(final)]))))


@st.composite
def group_rules(draw: st.DrawFn) -> SecurityGroupRule:
    """Draw a rule of a security group, towards a network or a group."""
    protocol = draw(st.sampled_from(("-1", "6", "17", "47")))
    return SecurityGroupRule(
        egress=draw(st.booleans()),
        protocol=protocol,
        ports=draw(st.one_of(st.none(), port_ranges)) if protocol in ("6", "17") else None,
        peer=draw(st.one_of(networks, st.sampled_from(("sg-1", "sg-2")))),
    )


def groups(name: str) -> st.SearchStrategy[SecurityGroup]:
    """Draw a security group of that name."""
    rules = st.lists(group_rules(), max_size=5).map(tuple)
    return rules.map(lambda drawn: SecurityGroup(name, VPC_ID, name, drawn))
