"""Flows within a VPC that nothing in the snapshot tells apart: they share one answer, but for their interfaces' names.

A load balancer's nodes and targets are many, and fare alike by subnet and groups: this is what makes them cheap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from pathmend.network.flow import Hop, Leg, Trace, Verdict
from pathmend.network.security_group import networks_of
from pathmend.network.spans import Spans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.network.flow import Endpoint, Flow
    from pathmend.snapshot.resources import Network, NetworkInterface
    from pathmend.snapshot.world import Snapshot

Likeness: TypeAlias = "tuple[object, ...]"
"""All that an answer depends on: protocol, ports, and of each end the subnet, the groups and the range of addresses."""
_INTERFACE = "interface"
_WITHIN_A_VPC = frozenset((_INTERFACE, "security-group", "network-acl", "route-table"))
_REMEMBERED = 4096


class Known(NamedTuple):
    """An answer, and where in it the source's and the destination's interface stand."""

    trace: Trace
    source_at: int
    destination_at: int


class Alike:
    """The answers of a snapshot by likeness."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._spans = Spans(_named(snapshot))
        self._known: dict[Likeness, Known] = {}

    def likeness(self, flow: Flow, protocol: str) -> Likeness | None:
        """Return what the flow's answer depends on; None where it hangs on more than two subnets of one VPC say."""
        source, end = flow.source.interface, flow.destination.interface
        if source is None or end is None or source.vpc_id != end.vpc_id or source.id == end.id:
            return None
        here, there = flow.source.address, flow.destination.address
        if here in source.public_ips or there in end.public_ips or not (self._runs(source) and self._runs(end)):
            return None
        packets = protocol, flow.port, flow.source_ports, flow.application
        ends = source.subnet_id, source.group_ids, end.subnet_id, end.group_ids
        return *packets, source.vpc_id, *ends, self._spans.of(here), self._spans.of(there)

    def _runs(self, interface: NetworkInterface) -> bool:
        instance = self._snapshot.instances.get(interface.instance_id) if interface.instance_id else None
        return instance is None or instance.state == "running"

    def answer(self, likeness: Likeness, flow: Flow) -> Trace | None:
        """Return the flow's trace where one like it was traced before."""
        known = self._known.get(likeness)
        if known is None:
            return None
        like = known.trace
        hops = list(like.forward)
        for index, end in ((known.source_at, flow.source), (known.destination_at, flow.destination)):
            hops[index] = Hop(_INTERFACE, _name(end), Verdict.OPEN, Leg.FORWARD, None, flow.source_ports)
        said = like.back, like.blockers, like.unknown, like.open_ports, like.latent, like.gateway_ports
        return Trace(flow, like.verdict, tuple(hops), *said)

    def keep(self, likeness: Likeness, found: Trace) -> None:
        """Keep an answer for flows like this one, if it names nothing of its own but the two interfaces."""
        if found.unknown or any(one.interface_id for one in found.blockers):
            return
        if any(hop.kind not in _WITHIN_A_VPC for hop in (*found.forward, *found.back)):
            return
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        places = {hop.element_id: index for index, hop in enumerate(found.forward) if hop.kind == _INTERFACE}
        source, end = _name(found.flow.source), _name(found.flow.destination)
        self._known[likeness] = Known(found, places[source], places[end])


def _name(end: Endpoint) -> str:
    return end.interface.id if end.interface else ""


def _named(snapshot: Snapshot) -> Iterator[Network]:
    """Return every network that a rule, a route or a prefix list names."""
    yield from (entry.cidr for acl in snapshot.network_acls.values() for entry in acl.entries)
    peers = [rule.peer for group in snapshot.security_groups.values() for rule in group.rules]
    peers += [route.destination for table in snapshot.route_tables.values() for route in table.routes]
    for peer in (*peers, *snapshot.prefix_lists):
        yield from networks_of(snapshot, peer) or ()
