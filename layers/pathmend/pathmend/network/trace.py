"""Traces a flow: both legs, element by element, without stopping at the first blocker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.network import elements, gateways
from pathmend.network.addresses import is_host_service, private_kind
from pathmend.network.flow import Flow, Leg, Trace
from pathmend.network.place import Place, place_of
from pathmend.network.routing import LOCAL, choose
from pathmend.network.walk import Stop, Walk
from pathmend.snapshot.protocols import ALL, number_of

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Address
    from pathmend.snapshot.world import Snapshot


def trace(snapshot: Snapshot, flow: Flow) -> Trace:
    """Return where the flow goes and everything that stops it.

    Raises:
        ValueError: the flow's protocol is none.
    """
    protocol = number_of(flow.protocol)
    if protocol is None:
        raise ValueError(f"{flow.protocol} is not a protocol")
    walk = Walk(flow, protocol)
    source = place_of(snapshot, flow.source, flow.destination)
    destination = place_of(snapshot, flow.destination, flow.source)
    if protocol == ALL:
        walk.unknown.append("flows of all protocols at once are not modelled yet: name one")
    elif source and is_host_service(snapshot, source.vpc_id, flow.destination.address):
        walk.passes(Leg.FORWARD, "host-service", str(flow.destination.address))
    elif source and destination:
        _inside(snapshot, walk, source, destination)
    elif source:
        _outbound(snapshot, walk, source, flow.destination.address)
    elif destination:
        _inbound(snapshot, walk, flow.source.address, destination)
    else:
        walk.unknown.append("neither end of the flow stands in the snapshot")
    return walk.trace()


def _inside(snapshot: Snapshot, walk: Walk, source: Place, destination: Place) -> None:
    elements.groups(snapshot, walk, source, destination.address, egress=True)
    if source.vpc_id != destination.vpc_id:
        why = f"the way from {source.vpc_id} to {destination.vpc_id} is not modelled yet"
        walk.cannot_tell(Leg.FORWARD, "vpc", destination.vpc_id, why=why)
    elif not source.subnet_id or source.subnet_id != destination.subnet_id:
        _cross(snapshot, walk, source, destination, leg=Leg.FORWARD)
        _cross(snapshot, walk, destination, source, leg=Leg.RETURN)
    elements.groups(snapshot, walk, destination, source.address, egress=False)


def _cross(snapshot: Snapshot, walk: Walk, start: Place, end: Place, *, leg: Leg) -> None:
    """Go from one subnet to another of the same VPC, past both network ACLs."""
    elements.acl(snapshot, walk, start.subnet_id, walk.packets(leg, end.address, egress=True), leg=leg)
    chosen = elements.route(snapshot, walk, start.subnet_id, end.address, leg=leg)
    if chosen and chosen.target == LOCAL:
        walk.passes(leg, "route-table", chosen.table.id, rule=chosen.destination)
    elif chosen:
        why = f"the way by {chosen.target} inside the VPC is not modelled yet"
        walk.cannot_tell(leg, "route-table", chosen.table.id, why=why)
    elements.acl(snapshot, walk, end.subnet_id, walk.packets(leg, start.address, egress=False), leg=leg)


def _outbound(snapshot: Snapshot, walk: Walk, source: Place, to: Address) -> None:
    elements.groups(snapshot, walk, source, to, egress=True)
    leg = Leg.FORWARD
    elements.acl(snapshot, walk, source.subnet_id, walk.packets(leg, to, egress=True), leg=leg)
    chosen = elements.route(snapshot, walk, source.subnet_id, to, leg=leg)
    if chosen:
        walk.passes(leg, "route-table", chosen.table.id, rule=chosen.destination)
        _leave(snapshot, walk, source, chosen.target, to=to)
    replies = walk.packets(Leg.RETURN, to, egress=False)
    elements.acl(snapshot, walk, source.subnet_id, replies, leg=Leg.RETURN)


def _leave(snapshot: Snapshot, walk: Walk, source: Place, target: str, *, to: Address) -> None:
    if target.startswith(gateways.IGW):
        gateways.out_by_internet_gateway(snapshot, walk, source, target, to=to)
    elif target.startswith(gateways.NAT):
        gateways.by_nat_gateway(snapshot, walk, source, target, to=to)
    elif target.startswith(gateways.EGRESS_ONLY):
        gateways.attached(snapshot, walk, target, source.vpc_id, leg=Leg.FORWARD)
    else:
        walk.cannot_tell(Leg.FORWARD, "route-target", target, why=f"the way by {target} is not modelled yet")


def _inbound(snapshot: Snapshot, walk: Walk, client: Address, destination: Place) -> None:
    if private_kind(client):
        why = f"how {client} reaches {destination.vpc_id} is not modelled yet"
        walk.cannot_tell(Leg.FORWARD, "vpc", destination.vpc_id, why=why)
    else:
        _arrive(snapshot, walk, destination)
    leg = Leg.FORWARD
    elements.acl(snapshot, walk, destination.subnet_id, walk.packets(leg, client, egress=False), leg=leg)
    elements.groups(snapshot, walk, destination, client, egress=False)
    replies = walk.packets(Leg.RETURN, client, egress=True)
    elements.acl(snapshot, walk, destination.subnet_id, replies, leg=Leg.RETURN)
    if not private_kind(client):
        gateways.back_by_internet_gateway(snapshot, walk, destination, to=client)


def _arrive(snapshot: Snapshot, walk: Walk, destination: Place) -> None:
    """Come in by the VPC's internet gateway, to the public address of an interface."""
    vpc_id = destination.vpc_id
    own = (g.id for g in snapshot.gateways.values() if vpc_id in g.vpc_ids and not g.egress_only)
    gateway_id = next(own, None)
    kind, leg = "internet-gateway", Leg.FORWARD
    if gateway_id is None and "InternetGateways" in snapshot.unread:
        walk.cannot_tell(leg, kind, vpc_id, why=f"the internet gateway of {vpc_id} was not read")
    elif gateway_id is None:
        walk.stops(leg, Stop("UNASSOCIATED_COMPONENT", kind, vpc_id))
    else:
        walk.passes(leg, kind, gateway_id)
        _edge_route(snapshot, walk, gateway_id, destination)
    interface = destination.interface
    if interface and destination.address.version == 4 and not interface.public_ips:  # noqa: PLR2004 - the IP version
        code = "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"
        walk.stops(leg, Stop(code, kind, gateway_id or vpc_id, interface_id=interface.id))


def _edge_route(snapshot: Snapshot, walk: Walk, gateway_id: str, destination: Place) -> None:
    """Note a route table on the gateway itself that leads the packet elsewhere first."""
    for table in snapshot.route_tables.values():
        if any(link.gateway_id == gateway_id for link in table.associations):
            chosen = choose(table, destination.address)
            if chosen and chosen.target != LOCAL:
                why = f"the way by {chosen.target} ({table.id} on {gateway_id}) is not modelled yet"
                walk.cannot_tell(Leg.FORWARD, "route-table", table.id, why=why)
