"""From one transit gateway to another that is peered with it, in the same Region or in another.

Source: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-peering.html (accepted, and static routes on both sides)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from pathmend.network.walk import Stop, Walk

if TYPE_CHECKING:
    from pathmend.network.journey import Journey
    from pathmend.snapshot.transit import PeeringSide, TransitGatewayAttachment, TransitGatewayRouteTable
    from pathmend.snapshot.world import Snapshot

PEERING = "peering"
_ATTACHMENT, _GATEWAY = "transit-gateway-attachment", "transit-gateway"
Door: TypeAlias = "tuple[str, str, TransitGatewayRouteTable | None]"
"""The far gateway, the attachment as it is called there, and the table that it is associated with, if that was read."""


def cross_peering(walk: Walk, journey: Journey, gateway_id: str, attachment: TransitGatewayAttachment) -> Door | None:
    """Go to the gateway at the other end; None where that was not read, which is noted."""
    leg, snapshot = journey.leg, walk.snapshot
    # Nobody there knows the sender's groups.
    walk.references = False
    if attachment.state != "available":
        walk.stops(leg, Stop("BAD_STATE_ATTACHMENT", _ATTACHMENT, attachment.id))
    else:
        walk.passes(leg, _ATTACHMENT, attachment.id)
    far_id = _far_end(attachment, gateway_id)
    far = snapshot.transit_gateways.get(far_id)
    if far is None:
        why = f"the transit gateway {far_id or 'at the other end'}, on the far side of {attachment.id}, was not read"
        walk.cannot_tell(leg, _GATEWAY, far_id, why=why)
        return None
    if far.state != "available":
        walk.stops(leg, Stop("BAD_STATE", _GATEWAY, far_id))
    else:
        walk.passes(leg, _GATEWAY, far_id)
    name, table_id = _there(snapshot, attachment, gateway_id, far_id)
    return far_id, name, _table(snapshot, far_id, name, table_id)


def _far_end(attachment: TransitGatewayAttachment, gateway_id: str) -> str:
    """Return the gateway at the other end: each end's answer names it, and the other's names this one."""
    ends = [(side.transit_gateway_id, side.peer_id) for side in attachment.sides]
    return next((far for near, far in (*ends, *((far, near) for near, far in ends)) if near == gateway_id), "")


def _there(
    snapshot: Snapshot, attachment: TransitGatewayAttachment, gateway_id: str, far_id: str
) -> tuple[str, str | None]:
    """Return what the attachment is called at the far end, and its table there as far as the attachment's answer says.

    Both ends give it one id, or each its own; of several peerings between two gateways only the first kind is known.
    """
    own = [(attachment.id, side) for side in attachment.sides]
    others = [
        (one.id, side)
        for one in snapshot.transit_gateway_attachments.values()
        for side in one.sides
        if one.id != attachment.id
    ]
    for found in (_from(own, far_id, gateway_id), _from(others, far_id, gateway_id)):
        if len(found) == 1:
            return found[0]
    return attachment.id, None


def _from(sides: list[tuple[str, PeeringSide]], far_id: str, gateway_id: str) -> list[tuple[str, str | None]]:
    return [
        (name, side.table_id) for name, side in sides if (side.transit_gateway_id, side.peer_id) == (far_id, gateway_id)
    ]


def _table(snapshot: Snapshot, gateway_id: str, name: str, table_id: str | None) -> TransitGatewayRouteTable | None:
    tables = snapshot.transit_gateway_route_tables
    if table_id:
        return tables.get(table_id)
    own = (one for one in tables.values() if one.transit_gateway_id == gateway_id)
    return next((one for one in own if name in one.associated), None)
