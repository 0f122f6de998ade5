"""Random worlds with the internet: both IP versions, secondary addresses, Elastic IP addresses and NAT gateways."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from pathmend.snapshot.resources import AclEntry, Gateway, NatGateway, Route, SecurityGroupRule, Vpc
from tests.unit.network.random_worlds import GROUPS, a_random_world
from tests.unit.network.strategies import EDGES

if TYPE_CHECKING:
    from random import Random

    from pathmend.snapshot.resources import NetworkAcl, NetworkInterface, RouteTable, SecurityGroup, Subnet
    from pathmend.snapshot.world import Snapshot

CLIENTS = tuple(ip_address(text) for text in ("198.51.100.7", "198.51.100.200", "203.0.113.77"))
CLIENTS_V6 = tuple(ip_address(text) for text in ("2600:1::7", "2600:2::7"))
_VPCS = tuple(Vpc(f"vpc-{n}", (ip_network(f"10.{n}.0.0/16"), ip_network(f"2001:db8:{n}::/56"))) for n in (1, 2))
_PEERS = tuple(ip_network(text) for text in ("198.51.100.0/24", "198.51.100.0/25", "0.0.0.0/0", "10.1.2.5/32"))
_PEERS_V6 = tuple(ip_network(text) for text in ("::/0", "2600:1::/32", "2001:db8:1::/56", "2001:db8:1:2::10/128"))
_PROTOCOLS = ("-1", "6", "6", "17")


def a_wide_world(chance: Random) -> Snapshot:
    """Return two peered VPCs, each with gateways of all kinds, whose every table may lead to each of them."""
    world = a_random_world(chance, _VPCS)
    return replace(
        world,
        subnets={one.id: _subnet(one) for one in world.subnets.values()},
        route_tables={one.id: _table(one, chance) for one in world.route_tables.values()},
        network_acls={one.id: _acl(one, chance) for one in world.network_acls.values()},
        security_groups={one.id: _group(one, chance) for one in world.security_groups.values()},
        interfaces={
            one.id: _interface(one, number, chance) for number, one in enumerate(world.interfaces.values(), start=1)
        },
        gateways={
            gateway.id: gateway
            for n in (1, 2)
            for gateway in (Gateway(f"igw-{n}", (f"vpc-{n}",)), Gateway(f"eigw-{n}", (f"vpc-{n}",), egress_only=True))
        },
        nat_gateways={f"nat-{n}": _nat(n, chance) for n in (1, 2)},
    )


def _numbers(name: str) -> tuple[str, str]:
    """Return the numbers of VPC and subnet in "vpc-1-2"."""
    _, vpc, subnet = name.split("-")
    return vpc, subnet


def _subnet(subnet: Subnet) -> Subnet:
    vpc, n = _numbers(subnet.id)
    return replace(subnet, cidrs=(*subnet.cidrs, ip_network(f"2001:db8:{vpc}:{n}::/64")))


def _table(table: RouteTable, chance: Random) -> RouteTable:
    n = table.vpc_id[-1]
    routes = [
        *table.routes,
        Route(ip_network(f"2001:db8:{n}::/56"), "local"),
        *(Route(ip_network("0.0.0.0/0"), f"{kind}-{n}") for kind in _some(chance, ("igw", "igw", "nat", ""))),
        *(Route(ip_network("::/0"), f"{kind}-{n}") for kind in _some(chance, ("igw", "igw", "eigw", ""))),
        *(Route(ip_network("198.51.100.0/25"), f"{kind}-{n}") for kind in _some(chance, ("igw", "nat", "", "", ""))),
    ]
    if chance.random() < 0.1:
        routes.append(Route(ip_network("198.51.100.128/25"), "pcx-gone", "blackhole"))
    return replace(table, routes=tuple(routes))


def _some(chance: Random, kinds: tuple[str, ...]) -> tuple[str, ...]:
    kind = chance.choice(kinds)
    return (kind,) if kind else ()


def _acl(acl: NetworkAcl, chance: Random) -> NetworkAcl:
    entries = [
        AclEntry(number, egress, protocol, action, peer, _ports(chance) if protocol != "-1" else None)
        for egress in (False, True)
        for number in chance.sample(range(100, 200), 4)
        for protocol, action in [(chance.choice(_PROTOCOLS), chance.choice(("allow", "allow", "deny")))]
        for peer in [chance.choice((*_PEERS, *_PEERS_V6))]
    ]
    last = [
        AclEntry(300 + version, egress, "-1", "allow", ip_network(peer))
        for egress in (False, True)
        for version, peer in ((4, "0.0.0.0/0"), (6, "::/0"))
        if chance.random() < 0.8
    ]
    # Half of the time before those that are there: they would else seldom be reached.
    early = [replace(one, rule_number=one.rule_number - 100) for one in entries] if chance.random() < 0.5 else entries
    kept = [
        one for one in acl.entries if (one.egress, one.rule_number) not in {(e.egress, e.rule_number) for e in early}
    ]
    return replace(acl, entries=(*kept, *early, *last))


def _ports(chance: Random) -> tuple[int, int]:
    one, two = chance.choice(EDGES), chance.choice(EDGES)
    return min(one, two), max(one, two)


def _group(group: SecurityGroup, chance: Random) -> SecurityGroup:
    rules = [
        SecurityGroupRule(egress, protocol, _ports(chance) if protocol != "-1" else None, peer)
        for egress in (False, True)
        for _ in range(4)
        for protocol in [chance.choice(_PROTOCOLS)]
        for peer in [chance.choice((*_PEERS, *_PEERS_V6, *GROUPS))]
    ]
    return replace(group, rules=(*group.rules, *rules))


def _interface(interface: NetworkInterface, number: int, chance: Random) -> NetworkInterface:
    vpc, n = _numbers(interface.subnet_id)
    first = interface.private_ips[0]
    second = first + 1
    pairs = tuple(
        (private, ip_address(f"192.0.2.{number * 2 + place}"))
        for place, private in enumerate((first, second))
        if chance.random() < 0.5
    )
    return replace(
        interface,
        private_ips=(first, second),
        ipv6s=(ip_address(f"2001:db8:{vpc}:{n}::{str(first).rsplit('.', 1)[-1]}"),),
        public_ips=tuple(public for _, public in pairs),
        public_pairs=pairs,
    )


def _nat(n: int, chance: Random) -> NatGateway:
    state = "available" if chance.random() < 0.9 else "failed"
    addresses = (ip_address(f"192.0.2.{200 + n}"),), (ip_address(f"10.{n}.2.5"),)
    return NatGateway(f"nat-{n}", f"vpc-{n}", f"vpc-{n}-2", state, public_ips=addresses[0], private_ips=addresses[1])
