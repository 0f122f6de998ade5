"""20,000 packets more, in worlds with the internet, both IP versions, secondary addresses and NAT gateways."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pathmend.network.flow import Endpoint, Flow, Trace, Verdict
from pathmend.network.ports import ALL_PORTS
from pathmend.network.trace import trace
from tests.unit.network.one_packet import End, Packet, arrives_and_is_answered, gateway_ports
from tests.unit.network.strategies import EDGES
from tests.unit.network.wide_worlds import CLIENTS, CLIENTS_V6, a_wide_world

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot

WORLDS, FLOWS, PACKETS_PER_FLOW = 260, 10, 8
LEAST = {"packets": 20_000, "IPv6": 4_000, "secondary": 6_000, "NAT": 1_000, "internet": 12_000, "arrived": 1_000}
"""How many packets a run judges at least, of which kinds; those that arrive are no small part."""


def _ends(world: Snapshot, chance: random.Random) -> tuple[End, End]:
    """Return two ends that have an IP version in common: interfaces, or one and a client on the internet."""
    one, two = chance.sample(list(world.interfaces.values()), 2)
    version = 6 if one.vpc_id == two.vpc_id and chance.random() < 0.6 else 4
    here, there = (End(chance.choice(i.private_ips if version == 4 else i.ipv6s), i) for i in (one, two))
    client = End(chance.choice(CLIENTS if version == 4 else CLIENTS_V6))
    return chance.choice(((here, there), (here, client), (here, client), (client, there)))


def _traced(world: Snapshot, ends: tuple[End, End], protocol: str, port: int) -> Trace:
    one, two = (Endpoint(end.address, end.interface) for end in ends)
    return trace(world, Flow(one, two, protocol, port, ALL_PORTS))


def _kinds(ends: tuple[End, End], found: Trace) -> list[str]:
    interfaces = [(end.address, end.interface) for end in ends if end.interface]
    said = {
        "IPv6": ends[0].address.version == 6,
        "secondary": any(address in one.private_ips[1:] for address, one in interfaces),
        "NAT": any(hop.kind == "nat-gateway" for hop in found.forward),
        "internet": len(interfaces) == 1,
    }
    return ["packets", *(kind for kind, is_so in said.items() if is_so)]


def _agrees(world: Snapshot, ends: tuple[End, End], found: Trace, source_port: int) -> bool:
    """Return whether the packet arrives by the judge, by any port of a gateway, and assert that the sets say so too."""
    flow = found.flow
    packets = [Packet(flow.protocol, flow.port, source_port)]
    if any(hop.kind == "nat-gateway" for hop in found.forward):
        packets = [Packet(flow.protocol, flow.port, source_port, port) for port in gateway_ports(world)]
    fates = [arrives_and_is_answered(world, *ends, packet) for packet in packets]
    assert any(fates) == (source_port in found.open_ports)
    if any(fates):
        assert fates == [packet.gateway_port in found.gateway_ports for packet in packets]
    return any(fates)


def test_every_packet_fares_as_the_sets_say_in_worlds_with_the_internet() -> None:
    """And the run does judge as many as it is meant to: of both versions, from secondary addresses, by NAT gateways."""
    judged: Counter[str] = Counter()

    @settings(deadline=None, max_examples=WORLDS, database=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 2**64))
    def in_a_world(seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - a world to be made again
        world = a_wide_world(chance)
        for _ in range(FLOWS):
            ends, protocol, port = _ends(world, chance), chance.choice(("6", "17")), chance.choice(EDGES)
            found = _traced(world, ends, protocol, port)
            assert found.verdict is not Verdict.UNKNOWN
            for _ in range(PACKETS_PER_FLOW):
                source_port = chance.choice((chance.choice(EDGES), chance.randrange(65536)))
                judged.update(_kinds(ends, found))
                judged["arrived"] += _agrees(world, ends, found, source_port)

    in_a_world()
    assert {kind: judged[kind] for kind, least in LEAST.items() if judged[kind] < least} == {}
