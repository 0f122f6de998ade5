"""Traces a flow: both legs, element by element, without stopping at the first blocker."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from pathmend.network import (
    elements,
    gateways,
    host_services,
    latent,
    peering,
    public_access,
    running,
    services,
    torn,
    transit_gateway,
)
from pathmend.network.addresses import private_kind
from pathmend.network.alike import Alike
from pathmend.network.flow import Flow, Leg, Trace
from pathmend.network.joined import trace_all_protocols
from pathmend.network.journey import Exit, Journey, Spot
from pathmend.network.onward import carry, enter
from pathmend.network.place import Place, place_of
from pathmend.network.ports import ALL_PORTS, LOAD_BALANCER_EPHEMERAL
from pathmend.network.public_addresses import doubt_of, public_of
from pathmend.network.routing import LOCAL, RouteLookups
from pathmend.network.walk import Stop, Walk, start
from pathmend.snapshot.protocols import ALL, TCP, UDP, number_of

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Address, NatGateway, NetworkInterface
    from pathmend.snapshot.world import Snapshot

_TO_INTERNET = (gateways.INTERNET_GATEWAY, gateways.EGRESS_ONLY_GATEWAY)


def trace(snapshot: Snapshot, flow: Flow) -> Trace:
    """Return where the flow goes and everything that stops it.

    Raises:
        ValueError: the flow's protocol is none.
    """
    if flow.destination.prefix_list is not None:
        return services.trace_to_list(snapshot, flow, trace)
    protocol = number_of(flow.protocol)
    if protocol is None:
        raise ValueError(f"{flow.protocol} is not a protocol")
    if protocol == ALL:
        return trace_all_protocols(snapshot, flow, trace)
    alike = snapshot.derived(Alike)
    likeness = alike.likeness(flow, protocol)
    known = alike.answer(likeness, flow) if likeness else None
    if known:
        return known
    found = _traced(snapshot, flow, protocol)
    if likeness:
        alike.keep(likeness, found)
    return found


def _traced(snapshot: Snapshot, flow: Flow, protocol: str) -> Trace:
    walk = start(snapshot, flow, protocol)
    doubt = doubt_of(snapshot, flow.source) or doubt_of(snapshot, flow.destination)
    if doubt:
        walk.unknown.append(doubt)
        return walk.trace()
    walk.origin = place_of(snapshot, flow.source, flow.destination)
    walk.end = place_of(snapshot, flow.destination, flow.source)
    running.ask(walk)
    source, destination = walk.origin, walk.end
    if source and host_services.is_of_host(snapshot, source.vpc_id, flow.destination.address):
        host_services.ask(walk, source, flow.destination.address)
    elif source:
        _outward(walk, source, destination)
    elif destination:
        _inbound(walk, flow.source.address, destination)
    else:
        walk.unknown.append("neither end of the flow stands in the snapshot")
    found = walk.trace()
    return torn.settled(snapshot, found, walk.torn, trace) if walk.torn else found


def _outward(walk: Walk, source: Place, destination: Place | None) -> None:
    """From an interface of the snapshot, to another one or to somewhere outside."""
    to = destination.address if destination else walk.flow.destination.address
    known = _known_groups(destination, survives=_egress_references_survive(walk, source, destination))
    elements.groups(walk, source, to, known, egress=True)
    reached: Exit | Place | None = destination
    if not destination or not source.subnet_id or source.subnet_id != destination.subnet_id:
        journey = Journey(Leg.FORWARD, source.address, to, destination)
        reached = carry(walk, journey, Spot(source.vpc_id, source.subnet_id))
        walk.end = reached if isinstance(reached, Place) else destination
        if isinstance(reached, Exit) and destination:
            _in_again(walk, journey, destination, reached)
        _back(walk, source, reached)
    if walk.end:
        known = _known_groups(source, survives=walk.references)
        elements.groups(walk, walk.end, _seen(walk, source), known, egress=False)
        latent.of_destination(walk, walk.end)


def _in_again(walk: Walk, journey: Journey, destination: Place, left: Exit) -> None:
    """Go on to another VPC by what lies outside of both: the internet, or a network that the snapshot does not hold."""
    walk.references = False
    if left.kind in _TO_INTERNET:
        _from_internet(walk, journey, destination)
        return
    why = f"how {destination.address} is reached from {left.gateway_id} was not read"
    walk.cannot_tell(Leg.FORWARD, "vpc", destination.vpc_id, why=why)


def _seen(walk: Walk, source: Place) -> Address:
    """Return the address that the far side sees: that of the last NAT gateway, or the source's own."""
    return _nat_place(walk, walk.nats[-1]).address if walk.nats else source.address


def _nat_place(walk: Walk, nat: NatGateway) -> Place:
    address = nat.private_ips[0] if nat.private_ips else walk.flow.source.address
    return Place(nat.vpc_id, address, nat.subnet_id, None)


def _back(walk: Walk, source: Place, reached: Exit | Place | None) -> None:
    """Bring the replies home: to the last NAT gateway on the way there, through each of them, to the source."""
    stations = [*(_nat_place(walk, nat) for nat in reversed(walk.nats)), source]
    first, end = stations[0], walk.end
    to = end.address if end else walk.flow.destination.address
    # A NAT gateway sends from ports of its own, so the replies come to those and not to the flow's.
    ports = LOAD_BALANCER_EPHEMERAL if walk.nats and walk.protocol in (TCP, UDP) else None
    to_internet = end is not None and isinstance(reached, Exit) and reached.kind in _TO_INTERNET
    journey = Journey(Leg.RETURN, to, first.address, first, ports, to_internet)
    if end:
        left = carry(walk, journey, Spot(end.vpc_id, end.subnet_id))
        if isinstance(left, Exit):
            _home_again(walk, journey, reached, left)
    else:
        _from_outside(walk, journey, first, reached)
    outermost = walk.gateway_ports
    for near, far in pairwise(stations):
        # Each gateway picks ports of its own: what one cannot use says nothing of another's.
        walk.gateway_ports = ALL_PORTS
        if near.subnet_id != far.subnet_id:
            own = None if far is source else ports
            carry(walk, Journey(Leg.RETURN, to, far.address, far, own), Spot(near.vpc_id, near.subnet_id))
    walk.gateway_ports = outermost
    if walk.nats and end and not walk.nats[-1].private_ips:
        walk.unknown.append(f"the private address of {walk.nats[-1].id} was not read")


def _home_again(walk: Walk, journey: Journey, reached: Exit | Place | None, left: Exit) -> None:
    """Bring replies that left the snapshot home: from the internet, by the gateway that the packet left by."""
    if journey.to_internet and isinstance(reached, Exit) and journey.end:
        enter(walk, journey, reached.gateway_id, journey.end)
        return
    why = f"whether replies that leave by {left.gateway_id} come back to {journey.target} was not read"
    walk.cannot_tell(Leg.RETURN, left.kind, left.gateway_id, why=why)


def _from_outside(walk: Walk, journey: Journey, first: Place, reached: Exit | Place | None) -> None:
    """Come back in by the gateway that the packet left by."""
    gateway_id = reached.gateway_id if isinstance(reached, Exit) else ""
    if gateway_id.startswith(transit_gateway.PREFIX):
        carry(walk, journey, transit_gateway.enter_from_outside(walk, journey, gateway_id))
    else:
        enter(walk, journey, gateway_id, first)


def _egress_references_survive(walk: Walk, source: Place, destination: Place | None) -> bool:
    """Return whether rules for what goes out may name the destination's groups: nothing may stand in between.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html#security-group-referencing
    """
    if destination is None or (source.subnet_id and source.subnet_id == destination.subnet_id):
        return True
    lookup = walk.snapshot.derived(RouteLookups).of_subnet(source.subnet_id)
    chosen = lookup.choose(destination.address) if lookup else None
    if source.vpc_id == destination.vpc_id:
        return chosen is None or chosen.target == LOCAL
    crossed = walk.snapshot.peerings.get(chosen.target) if chosen else None
    return crossed is not None and peering.references_survive(crossed)


def _known_groups(place: Place | None, *, survives: bool) -> tuple[str, ...] | None:
    if not survives:
        return ()
    return place.interface.group_ids if place and place.interface else None


def _inbound(walk: Walk, client: Address, destination: Place) -> None:
    """From somewhere outside to an interface of the snapshot."""
    journey = Journey(Leg.FORWARD, client, destination.address, destination)
    if private_kind(client):
        _from_private(walk, journey, destination)
    else:
        _from_internet(walk, journey, destination)
    elements.groups(walk, destination, client, None if walk.references else (), egress=False)
    latent.of_destination(walk, destination)
    reply = Journey(Leg.RETURN, destination.address, client, None, to_internet=not private_kind(client))
    carry(walk, reply, Spot(destination.vpc_id, destination.subnet_id))


def _from_private(walk: Walk, journey: Journey, destination: Place) -> None:
    """Come in by the gateway that the destination's replies leave by: from there, if from anywhere."""
    lookup = walk.snapshot.derived(RouteLookups).of_subnet(destination.subnet_id)
    chosen = lookup.choose(journey.source) if lookup else None
    target = chosen.target if chosen else ""
    if target.startswith(gateways.VPN):
        gateways.by_vpn_gateway(walk, journey, target, Spot(destination.vpc_id, destination.subnet_id))
    elif target.startswith(transit_gateway.PREFIX):
        carry(walk, journey, transit_gateway.enter_from_outside(walk, journey, target))
        return
    else:
        why = f"how {journey.source} reaches {destination.vpc_id} was not read"
        walk.cannot_tell(Leg.FORWARD, "vpc", destination.vpc_id, why=why)
    enter(walk, journey, target, destination)


def _from_internet(walk: Walk, journey: Journey, destination: Place) -> None:
    """Come in by the VPC's internet gateway, to the public address of an interface."""
    vpc_id, leg, kind = destination.vpc_id, Leg.FORWARD, gateways.INTERNET_GATEWAY
    gateway_id = walk.snapshot.derived(_internet_gateways).get(vpc_id)
    if gateway_id is None and "InternetGateways" in walk.snapshot.unread:
        walk.cannot_tell(leg, kind, vpc_id, why=f"the internet gateway of {vpc_id} was not read")
    elif gateway_id is None:
        walk.stops(leg, Stop("UNASSOCIATED_COMPONENT", kind, vpc_id))
    else:
        walk.passes(leg, kind, gateway_id)
        public_access.ask(walk, vpc_id, destination.subnet_id)
    if destination.interface and destination.address.version == 4:  # noqa: PLR2004 - the IP version
        _to_public_address(walk, destination, destination.interface, gateway_id or vpc_id)
    enter(walk, journey, gateway_id or "", destination)


def _to_public_address(walk: Walk, destination: Place, interface: NetworkInterface, gateway_id: str) -> None:
    """Ask whether the internet knows the destination by a public address of its own."""
    pairing = public_of(walk.snapshot, interface, destination.address)
    if pairing.doubt:
        walk.cannot_tell(Leg.FORWARD, gateways.INTERNET_GATEWAY, gateway_id, why=pairing.doubt)
    elif pairing.address is None:
        code = "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"
        walk.stops(Leg.FORWARD, Stop(code, gateways.INTERNET_GATEWAY, gateway_id, interface_id=interface.id))


def _internet_gateways(snapshot: Snapshot) -> dict[str, str]:
    return {vpc: one.id for one in snapshot.gateways.values() if not one.egress_only for vpc in one.vpc_ids}
