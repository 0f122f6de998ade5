"""From one VPC to another, or elsewhere, by a transit gateway.

Source: https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html (attachments, associations, routes)
and https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html (which ACLs are asked).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.network import elements
from pathmend.network.journey import Delivery, Exit, Journey, Spot, Step
from pathmend.network.transit_peering import PEERING, cross_peering
from pathmend.network.transit_tables import choose, table_of, unread_of
from pathmend.network.walk import Stop, Walk

if TYPE_CHECKING:
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
    onward = _onward(walk, journey, attachment)
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
    table = table_of(walk.snapshot, own) if own else None
    return table is not None and _circles(walk, journey, table, zone=_zone(walk.snapshot, spot.subnet_id))


def _circles(walk: Walk, journey: Journey, table: TransitGatewayRouteTable, *, zone: str = "") -> bool:
    decision = journey.leg, table.id, journey.target, zone
    if decision in walk.crossed:
        route = choose(walk.snapshot, table, journey.target)
        rule = str(route.destination) if route else None
        walk.circles(journey.leg, Stop("ROUTING_LOOP", _TABLE, table.id, rule))
        return True
    # What comes by a peering has no zone: any decision before is this one again.
    walk.crossed |= {decision, (*decision[:-1], "")}
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


def _onward(walk: Walk, journey: Journey, attachment: TransitGatewayAttachment) -> TransitGatewayAttachment | None:
    """Return the attachment by which the packet leaves, this gateway or another one that is peered with it."""
    table, name = table_of(walk.snapshot, attachment), attachment.id
    gateway_id = attachment.transit_gateway_id
    while table:
        onward = _by_table(walk, journey, table)
        if onward is None or onward.kind != PEERING:
            return onward
        door = cross_peering(walk, journey, gateway_id, onward)
        if door is None:
            return None
        gateway_id, name, table = door
        if table and _circles(walk, journey, table):
            return None
    _without_table(walk, journey, name, gateway_id)
    return None


def _by_table(walk: Walk, journey: Journey, table: TransitGatewayRouteTable) -> TransitGatewayAttachment | None:
    leg, snapshot = journey.leg, walk.snapshot
    route = choose(snapshot, table, journey.target)
    unread = unread_of(snapshot, table, route)
    if unread:
        walk.cannot_tell(leg, _TABLE, table.id, why=unread)
    elif route is None:
        walk.stops(leg, Stop("TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT", _TABLE, table.id))
    elif route.state == "blackhole" or not route.attachment_ids:
        walk.stops(leg, Stop("TGW_RTB_BAD_STATE_ROUTE", _TABLE, table.id, str(route.destination)))
    else:
        walk.passes(leg, _TABLE, table.id, rule=str(route.destination))
        return _attachment(walk, journey, route.attachment_ids[0])
    return None


def _attachment(walk: Walk, journey: Journey, name: str) -> TransitGatewayAttachment | None:
    onward = walk.snapshot.transit_gateway_attachments.get(name)
    if onward is not None and onward.kind in ("vpc", PEERING, *_OUTWARD):
        return onward
    why = f"the attachment {name} was not read" if onward is None else f"the way by {name} is not modelled yet"
    walk.cannot_tell(journey.leg, _ATTACHMENT, name, why=why)
    return None


def _without_table(walk: Walk, journey: Journey, name: str, gateway_id: str) -> None:
    """Note that an attachment has no route table: a blocker only where the gateway's tables were read."""
    snapshot = walk.snapshot
    read = any(one.transit_gateway_id == gateway_id for one in snapshot.transit_gateway_route_tables.values())
    if read and "TransitGatewayRouteTableAssociations" in snapshot.given:
        walk.stops(journey.leg, Stop("TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION", _ATTACHMENT, name))
    else:
        why = f"the route table that {name} is associated with was not read"
        walk.cannot_tell(journey.leg, _ATTACHMENT, name, why=why)


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
    table = table_of(snapshot, own) if own else None
    route = choose(snapshot, table, journey.source) if table else None
    names = route.attachment_ids if route else ()
    door = next((one for name in names if (one := snapshot.transit_gateway_attachments.get(name))), None)
    if door is None or door.kind not in _OUTWARD:
        why = f"how {journey.source} comes to {gateway_id} was not read"
        walk.cannot_tell(journey.leg, TRANSIT_GATEWAY, gateway_id, why=why)
        return None
    walk.passes(journey.leg, _ATTACHMENT, door.id)
    onward = _onward(walk, journey, door)
    if onward is None or onward.kind != "vpc":
        return None
    return _into_vpc(walk, journey, (door, onward), Spot(onward.resource_id, ""))
