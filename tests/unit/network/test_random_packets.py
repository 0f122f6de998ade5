"""20,000 packets through 200 random worlds: the sets say of each what the naive judge says of it alone."""

from __future__ import annotations

import random
from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from pathmend.network.difference import difference
from pathmend.network.flow import Endpoint, Flow
from pathmend.network.ports import ALL_PORTS
from pathmend.network.routing import RouteLookups
from pathmend.network.trace import trace
from tests.builders import a_vpc
from tests.unit.network import reference
from tests.unit.network.random_worlds import a_random_world
from tests.unit.network.strategies import EDGES

if TYPE_CHECKING:
    from pathmend.network.flow import Trace
    from pathmend.snapshot.resources import Address, NetworkInterface, SecurityGroupRule
    from pathmend.snapshot.world import Snapshot

WORLDS, FLOWS, PACKETS_PER_FLOW = 210, 10, 10
LEAST = 20_000
VPCS = tuple(a_vpc(id=f"vpc-{n}", cidrs=(ip_network(f"10.{n}.0.0/16"),)) for n in (1, 2))


def _traced(world: Snapshot, ends: tuple[NetworkInterface, NetworkInterface], port: int) -> Trace:
    one, two = (Endpoint(end.private_ips[0], end) for end in ends)
    return trace(world, Flow(one, two, "tcp", port, ALL_PORTS))


def test_every_packet_fares_as_the_sets_say() -> None:
    """Over groups, references, lists, both subnets' ACLs, routes of all ranks and a peering, both ways."""
    judged = []

    @settings(deadline=None, max_examples=WORLDS, database=None)
    @given(st.integers(0, 2**64))
    def in_a_world(seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - a world to be made again
        world = a_random_world(chance, VPCS)
        interfaces = list(world.interfaces.values())
        for _ in range(FLOWS):
            source, target = chance.sample(interfaces, 2)
            port = chance.choice(EDGES)
            found = _traced(world, (source, target), port)
            assert found.unknown == ()
            for _ in range(PACKETS_PER_FLOW):
                source_port = chance.choice((chance.choice(EDGES), chance.randrange(65536)))
                sent = reference.travels(world, (source, target), port, source_port)
                assert sent == (source_port in found.open_ports)
                judged.append(sent)

    in_a_world()
    assert len(judged) >= LEAST
    assert 0.02 < sum(judged) / len(judged) < 0.98


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32))
def test_reordering_rules_changes_nothing_and_an_allow_never_closes(seed: int) -> None:
    """For whole traces: rules of groups and routes in any order; a rule more in a group opens or does nothing."""
    chance = random.Random(seed)  # noqa: S311 - a world to be made again
    world = a_random_world(chance, VPCS)
    shuffled, wider = world, world
    for group in world.security_groups.values():
        rules = tuple(chance.sample(group.rules, len(group.rules)))
        shuffled = shuffled.having("security_groups", replace(group, rules=rules))
        wider = wider.having("security_groups", replace(group, rules=(*group.rules, *_some_rules(world, chance))))
    for table in world.route_tables.values():
        routes = tuple(chance.sample(table.routes, len(table.routes)))
        shuffled = shuffled.having("route_tables", replace(table, routes=routes))
    for _ in range(FLOWS):
        source, target = chance.sample(list(world.interfaces.values()), 2)
        port = chance.choice(EDGES)
        found = _traced(world, (source, target), port)
        again = _traced(shuffled, (source, target), port)
        assert (again.verdict, again.blockers, again.open_ports) == (found.verdict, found.blockers, found.open_ports)
        assert not found.open_ports - _traced(wider, (source, target), port).open_ports


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32))
def test_what_if_of_routes_equals_two_lookups(seed: int) -> None:
    """Where an address goes another way, the most specific reroute that holds it says from where to where."""
    chance = random.Random(seed)  # noqa: S311 - a world to be made again
    before, after = (replace(a_random_world(chance, VPCS), prefix_lists={}) for _ in range(2))
    said = difference(before, after).rerouted
    for subnet in before.subnets:
        own = [one for one in said if one.subnet_id == subnet and not one.destination.startswith("pl-")]
        for _ in range(FLOWS):
            address = ip_address(f"10.{chance.randrange(4)}.{chance.randrange(4)}.{chance.choice((1, 10, 200))}")
            ways = tuple(_way(world, subnet, address) for world in (before, after))
            holding = [one for one in own if address in ip_network(one.destination)]
            if ways[0] != ways[1]:
                nearest = max(holding, key=lambda one: ip_network(one.destination).prefixlen)
                assert (nearest.before, nearest.after) == ways


def _way(world: Snapshot, subnet_id: str, address: Address) -> str | None:
    lookup = RouteLookups(world).of_subnet(subnet_id)
    chosen = lookup.choose(address) if lookup else None
    if chosen is None:
        return None
    return f"{chosen.target} (blackhole)" if chosen.route.state == "blackhole" else chosen.target


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32))
def test_a_deny_never_opens_and_an_allow_never_closes_a_flow(seed: int) -> None:
    """An entry more in any ACL, wherever in the order it stands."""
    chance = random.Random(seed)  # noqa: S311 - a world to be made again
    world = a_random_world(chance, VPCS)
    acl = chance.choice(list(world.network_acls.values()))
    taken = {(entry.egress, entry.rule_number) for entry in acl.entries}
    like = chance.choice(acl.entries)
    number = next(n for n in chance.sample(range(1, 99), 98) if (like.egress, n) not in taken)
    for action in ("allow", "deny"):
        more = replace(acl, entries=(*acl.entries, replace(like, rule_number=number, action=action)))
        other = world.having("network_acls", more)
        for _ in range(FLOWS):
            source, target = chance.sample(list(world.interfaces.values()), 2)
            was, now = (_traced(one, (source, target), 80).open_ports for one in (world, other))
            assert not (was - now if action == "allow" else now - was)


def _some_rules(world: Snapshot, chance: random.Random) -> tuple[SecurityGroupRule, ...]:
    return chance.choice(list(world.security_groups.values())).rules
