"""Random worlds of two peered VPCs, whose rules and routes meet each other often."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING

from pathmend.snapshot.resources import AclEntry, Route, RouteTable, RouteTableAssociation, SecurityGroupRule
from pathmend.snapshot.transit import PrefixList
from tests.builders import REGION, a_group, a_subnet, a_world, an_acl, an_interface
from tests.unit.network.strategies import EDGES
from tests.unit.network.two_vpcs import a_peering

if TYPE_CHECKING:
    from random import Random

    from pathmend.snapshot.resources import Vpc
    from pathmend.snapshot.world import Snapshot

GROUPS = ("sg-0", "sg-1", "sg-2")
_BLOCKS = tuple(
    ip_network(text)
    for text in ("0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.2.0.0/16", "10.1.1.0/24", "10.1.2.0/25", "10.2.1.10/32")
)
_LIST = PrefixList("pl-1", "list", (ip_network("10.1.2.0/24"), ip_network("10.2.0.0/15")))


def a_random_world(chance: Random, vpcs: tuple[Vpc, ...]) -> Snapshot:
    """Return two VPCs of two subnets each, two interfaces in every subnet, and rules drawn at random."""
    subnets = [(vpc, n, f"{vpc.id}-{n}") for vpc in vpcs for n in (1, 2)]
    return a_world(
        *vpcs,
        *(_group(name, chance) for name in GROUPS),
        *(_subnet(vpc, n, name) for vpc, n, name in subnets),
        *(_acl(name, chance) for *_, name in subnets),
        *(_table(vpc, name, chance) for vpc, _, name in subnets),
        *(_interface(vpc, n, name, chance, host) for vpc, n, name in subnets for host in (10, 200)),
        a_peering(),
        _LIST,
    )


def _subnet(vpc: Vpc, n: int, name: str) -> object:
    block = str(vpc.cidrs[0]).replace(".0.0/16", f".{n}.0/24")
    return a_subnet(id=name, vpc_id=vpc.id, availability_zone=f"{REGION}a", cidrs=(ip_network(block),))


def _ports(chance: Random) -> tuple[int, int]:
    one, two = chance.choice(EDGES), chance.choice(EDGES)
    return min(one, two), max(one, two)


def _acl(name: str, chance: Random) -> object:
    entries = [
        AclEntry(number, egress, protocol, action, chance.choice(_BLOCKS), _ports(chance) if protocol == "6" else None)
        for egress in (False, True)
        for number in chance.sample(range(1, 90), chance.randrange(1, 7))
        for protocol, action in [(chance.choice(("-1", "6", "6", "17")), chance.choice(("allow", "allow", "deny")))]
    ]
    allow_all = [AclEntry(99, egress, "-1", "allow", _BLOCKS[0]) for egress in (False, True) if chance.random() < 0.7]
    return replace(an_acl(*entries, *allow_all), id=f"acl-{name}", subnet_ids=(name,))


def _group(name: str, chance: Random) -> object:
    rules = [
        SecurityGroupRule(egress, protocol, _ports(chance) if protocol == "6" else None, peer)
        for egress in (False, True)
        for _ in range(chance.randrange(5))
        for protocol, peer in [(chance.choice(("-1", "6", "6", "17")), chance.choice((*_BLOCKS, *GROUPS, "pl-1")))]
    ]
    return a_group(*rules, id=name)


def _table(vpc: Vpc, name: str, chance: Random) -> RouteTable:
    routes = [Route(vpc.cidrs[0], "local")]
    other = "10.2.0.0/16" if vpc.id == "vpc-1" else "10.1.0.0/16"
    extra = [
        Route(ip_network(other), "pcx-1"),
        Route(ip_network("10.0.0.0/8"), "pcx-1"),
        Route("pl-1", "pcx-1"),
        Route(ip_network("10.2.1.0/24"), "pcx-1", "blackhole"),
        Route(ip_network("10.1.2.0/24"), "pcx-gone", "blackhole"),
        Route(ip_network(other), "pcx-1", "blackhole", "EnableVgwRoutePropagation"),
    ]
    routes += [route for route in extra if chance.random() < 0.4]
    return RouteTable(f"rtb-{name}", vpc.id, tuple(routes), (RouteTableAssociation(f"a-{name}", name),))


def _interface(vpc: Vpc, n: int, name: str, chance: Random, host: int) -> object:
    address = str(vpc.cidrs[0].network_address).replace(".0.0", f".{n}.{host}")
    groups = tuple(sorted(chance.sample(GROUPS, chance.randrange(1, 3))))
    return an_interface(address, id=f"eni-{name}-{host}", vpc_id=vpc.id, subnet_id=name, group_ids=groups)
