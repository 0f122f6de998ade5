"""From one VPC to another, or elsewhere, by a transit gateway.

Source: https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html (attachments, associations, routes)
and https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html (which ACLs are asked).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.network import elements
from pathmend.network.journey import Delivery, Exit, Journey, Spot, Step
from pathmend.network.routing import by_length, longest
from pathmend.network.security_group import networks_of
from pathmend.network.walk import Stop, Walk
from pathmend.snapshot.transit import TransitGatewayRoute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.network.routing import Lengths
    from pathmend.snapshot.resources import Address, Network
    from pathmend.snapshot.transit import TransitGatewayAttachment, TransitGatewayRouteTable
    from pathmend.snapshot.world import Snapshot

PREFIX = "tgw-"
TRANSIT_GATEWAY = "transit-gateway"
_ATTACHMENT, _TABLE = "transit-gateway-attachment", "transit-gateway-route-table"
_READ = "TransitGatewayVpcAttachments"
_OUTWARD = ("vpn", "direct-connect-gateway", "connect", "vpn-concentrator")


def by_transit_gateway(walk: Walk, journey: Journey, gateway_id: str, spot: Spot) -> Step:
    """Cross a transit gateway, from the VPC's attachment to whichever one its table chooses."""
    if _was_here(walk, journey, gateway_id, spot):
        return None
    attachment = _enter(walk, journey, gateway_id, spot)
    if attachment is None:
        return None
    onward = _next_attachment(walk, journey, attachment)
    if onward is None:
        return None
    if onward.kind in _OUTWARD:
        walk.passes(journey.leg, _ATTACHMENT, onward.id)
        return Exit(TRANSIT_GATEWAY, gateway_id, spot)
    return _into_vpc(walk, journey, (attachment, onward), spot)


def _enter(walk: Walk, journey: Journey, gateway_id: str, spot: Spot) -> TransitGatewayAttachment | None:
    leg, snapshot = journey.leg, walk.snapshot
    gateway = snapshot.transit_gateways.get(gateway_id)
    if gateway is None:
        walk.cannot_tell(leg, TRANSIT_GATEWAY, gateway_id, why=f"the transit gateway {gateway_id} was not read")
        return None
    if gateway.state != "available":
        walk.stops(leg, Stop("BAD_STATE", TRANSIT_GATEWAY, gateway_id))
    else:
        walk.passes(leg, TRANSIT_GATEWAY, gateway_id)
    attachment = _of_vpc(snapshot, gateway_id, spot.vpc_id)
    if attachment is None and _READ in snapshot.given:
        walk.stops(leg, Stop("UNASSOCIATED_COMPONENT", TRANSIT_GATEWAY, gateway_id))
    elif attachment is None:
        why = f"the attachment of {spot.vpc_id} to {gateway_id} was not read"
        walk.cannot_tell(leg, _ATTACHMENT, spot.vpc_id, why=why)
    else:
        _by_attachment(walk, journey, attachment, spot)
    return attachment


def _was_here(walk: Walk, journey: Journey, gateway_id: str, spot: Spot) -> bool:
    """Return whether the gateway's table has decided about the packet before, coming from this zone: it will again."""
    own = _of_vpc(walk.snapshot, gateway_id, spot.vpc_id)
    table = _table_of(walk.snapshot, own) if own else None
    if table is None:
        return False
    decision = journey.leg, table.id, journey.target, _zone(walk.snapshot, spot.subnet_id)
    if decision in walk.crossed:
        route = choose(walk.snapshot, table, journey.target)
        rule = str(route.destination) if route else None
        walk.circles(journey.leg, Stop("ROUTING_LOOP", _TABLE, table.id, rule))
        return True
    walk.crossed.add(decision)
    return False


def _of_vpc(snapshot: Snapshot, gateway_id: str, vpc_id: str) -> TransitGatewayAttachment | None:
    found = snapshot.derived(_vpc_attachments)
    return found.get((gateway_id, vpc_id))


def _vpc_attachments(snapshot: Snapshot) -> dict[tuple[str, str], TransitGatewayAttachment]:
    own = (one for one in snapshot.transit_gateway_attachments.values() if one.kind == "vpc")
    return {(one.transit_gateway_id, one.resource_id): one for one in own}


def _by_attachment(walk: Walk, journey: Journey, attachment: TransitGatewayAttachment, spot: Spot) -> None:
    """Enter the attachment by its subnet in the zone of the source, past that subnet's ACL."""
    leg = journey.leg
    if attachment.state != "available":
        walk.stops(leg, Stop("BAD_STATE_ATTACHMENT", _ATTACHMENT, attachment.id))
    if attachment.subnet_ids is None:
        walk.cannot_tell(leg, _ATTACHMENT, attachment.id, why=f"the subnets of {attachment.id} were not read")
        return
    zone = _zone(walk.snapshot, spot.subnet_id)
    subnet_id = _in_zone(walk.snapshot, attachment.subnet_ids, zone)
    if subnet_id is None and not (zone and all(_zone(walk.snapshot, one) for one in attachment.subnet_ids)):
        why = f"the Availability Zones of {spot.subnet_id}, or of the subnets of {attachment.id}, were not read"
        walk.cannot_tell(leg, _ATTACHMENT, attachment.id, why=why)
        return
    if subnet_id is None:
        code = "TGW_ATTACH_VPC_AZ_RESTRICTION"
        walk.stops(leg, Stop(code, _ATTACHMENT, attachment.id, subnet_id=spot.subnet_id))
        return
    walk.passes(leg, _ATTACHMENT, attachment.id)
    # In the attachment's own subnet as well: its rules are asked both outbound (before) and inbound.
    elements.acl(walk, subnet_id, journey, egress=False)


def _zone(snapshot: Snapshot, subnet_id: str) -> str:
    subnet = snapshot.subnets.get(subnet_id)
    return subnet.availability_zone if subnet else ""


def _in_zone(snapshot: Snapshot, subnet_ids: tuple[str, ...], zone: str) -> str | None:
    return next((one for one in subnet_ids if zone and _zone(snapshot, one) == zone), None)


def _next_attachment(
    walk: Walk, journey: Journey, attachment: TransitGatewayAttachment
) -> TransitGatewayAttachment | None:
    leg, snapshot = journey.leg, walk.snapshot
    table = _table_of(snapshot, attachment)
    if table is None:
        _without_table(walk, journey, attachment)
        return None
    route = choose(snapshot, table, journey.target)
    unread = _unread_of(snapshot, table, route)
    if unread:
        walk.cannot_tell(leg, _TABLE, table.id, why=unread)
        return None
    if route is None:
        walk.stops(leg, Stop("TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT", _TABLE, table.id))
        return None
    if route.state == "blackhole" or not route.attachment_ids:
        walk.stops(leg, Stop("TGW_RTB_BAD_STATE_ROUTE", _TABLE, table.id, str(route.destination)))
        return None
    walk.passes(leg, _TABLE, table.id, rule=str(route.destination))
    onward = snapshot.transit_gateway_attachments.get(route.attachment_ids[0])
    if onward is None or onward.kind not in ("vpc", *_OUTWARD):
        name = route.attachment_ids[0]
        why = f"the attachment {name} was not read" if onward is None else f"the way by {name} is not modelled yet"
        walk.cannot_tell(leg, _ATTACHMENT, name, why=why)
        return None
    return onward


def _unread_of(snapshot: Snapshot, table: TransitGatewayRouteTable, route: TransitGatewayRoute | None) -> str | None:
    """Say what of the table may lead the packet elsewhere and was not read; None for nothing."""
    if table.routes is None:
        return None if route else f"the routes of {table.id} were not read"
    lists = (one.destination for one in table.routes if networks_of(snapshot, one.destination) is None)
    return next((f"the addresses of {name}, a destination in {table.id}, were not read" for name in lists), None)


def _without_table(walk: Walk, journey: Journey, attachment: TransitGatewayAttachment) -> None:
    if "TransitGatewayRouteTableAssociations" in walk.snapshot.given:
        walk.stops(journey.leg, Stop("TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION", _ATTACHMENT, attachment.id))
    else:
        why = f"the route table that {attachment.id} is associated with was not read"
        walk.cannot_tell(journey.leg, _ATTACHMENT, attachment.id, why=why)


def _table_of(snapshot: Snapshot, attachment: TransitGatewayAttachment) -> TransitGatewayRouteTable | None:
    tables = snapshot.transit_gateway_route_tables
    return tables.get(attachment.table_id or "") or snapshot.derived(_tables_by_attachment).get(attachment.id)


def _tables_by_attachment(snapshot: Snapshot) -> dict[str, TransitGatewayRouteTable]:
    return {name: table for table in snapshot.transit_gateway_route_tables.values() for name in table.associated}


def choose(snapshot: Snapshot, table: TransitGatewayRouteTable, to: Address) -> TransitGatewayRoute | None:
    """Return the route that the table applies: the longest prefix, then static over propagated."""
    compiled = snapshot.derived(_no_routes)
    lengths = compiled.get((table.id, to.version))
    if lengths is None:
        # Static ones last, so that they take the place of propagated ones to the same network.
        routes = sorted(_by_network(snapshot, table), key=lambda one: not one[1].propagated)
        lengths = compiled[table.id, to.version] = by_length(dict(routes), to.version)
    return longest(lengths, int(to))


def _no_routes(_: Snapshot) -> dict[tuple[str, int], Lengths[TransitGatewayRoute]]:
    return {}


def _by_network(snapshot: Snapshot, table: TransitGatewayRouteTable) -> Iterator[tuple[Network, TransitGatewayRoute]]:
    """Return the table's routes; what a VPC's attachment propagates is there whether or not the answer lists it."""
    for route in (*(table.routes or ()), *_propagated(snapshot, table)):
        for network in networks_of(snapshot, route.destination) or ():
            yield network, route


def _propagated(snapshot: Snapshot, table: TransitGatewayRouteTable) -> Iterator[TransitGatewayRoute]:
    for name in table.propagating:
        attachment = snapshot.transit_gateway_attachments.get(name)
        vpc = snapshot.vpcs.get(attachment.resource_id) if attachment else None
        for block in vpc.cidrs if vpc else ():
            yield TransitGatewayRoute(block, (name,), propagated=True)


def _into_vpc(
    walk: Walk, journey: Journey, pair: tuple[TransitGatewayAttachment, TransitGatewayAttachment], spot: Spot
) -> Step:
    """Come out of the far attachment: in the zone of the source where it has a subnet there."""
    attachment, far = pair
    leg, snapshot = journey.leg, walk.snapshot
    if far.resource_id not in snapshot.vpcs or far.subnet_ids is None:
        why = f"the VPC {far.resource_id} behind {far.id}, or its attachment's subnets, was not read"
        walk.cannot_tell(leg, _ATTACHMENT, far.id, why=why)
        return None
    if far.state != "available":
        walk.stops(leg, Stop("BAD_STATE_ATTACHMENT", _ATTACHMENT, far.id))
    else:
        walk.passes(leg, _ATTACHMENT, far.id)
    walk.references = walk.references and _references_survive(snapshot, attachment, far)
    zones = (_zone(snapshot, spot.subnet_id), _zone(snapshot, journey.end.subnet_id if journey.end else ""))
    near = (_in_zone(snapshot, far.subnet_ids, zone) for zone in zones)
    subnet_id = next((one for one in near if one), next(iter(far.subnet_ids), ""))
    if journey.end and journey.end.subnet_id == subnet_id:
        return Delivery(far.resource_id, subnet_id)
    return Spot(far.resource_id, subnet_id)


def _references_survive(snapshot: Snapshot, *attachments: TransitGatewayAttachment) -> bool:
    """Return whether inbound rules may name the groups of the other side: an option of the gateway and both ends.

    Source: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html (security group referencing)
    """
    gateway = snapshot.transit_gateways[attachments[0].transit_gateway_id]
    return gateway.group_references and all(one.group_references for one in attachments)


def enter_from_outside(walk: Walk, journey: Journey, gateway_id: str) -> Step:
    """Come in from a VPN or the like: its attachment's table must lead to the destination's VPC."""
    snapshot, end = walk.snapshot, journey.end
    own = _of_vpc(snapshot, gateway_id, end.vpc_id) if end else None
    table = _table_of(snapshot, own) if own else None
    route = choose(snapshot, table, journey.source) if table else None
    names = route.attachment_ids if route else ()
    door = next((one for name in names if (one := snapshot.transit_gateway_attachments.get(name))), None)
    if door is None or door.kind not in _OUTWARD:
        why = f"how {journey.source} comes to {gateway_id} was not read"
        walk.cannot_tell(journey.leg, TRANSIT_GATEWAY, gateway_id, why=why)
        return None
    walk.passes(journey.leg, _ATTACHMENT, door.id)
    onward = _next_attachment(walk, journey, door)
    if onward is None or onward.kind != "vpc":
        return None
    return _into_vpc(walk, journey, (door, onward), Spot(onward.resource_id, ""))
