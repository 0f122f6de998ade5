"""Carries a packet from subnet to subnet until it arrives, leaves the snapshot, or stops."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pathmend.network import elements, gateways, middlebox, peering, transit_gateway
from pathmend.network.flow import Leg
from pathmend.network.journey import Delivery, Exit, Journey, Spot, Step
from pathmend.network.place import Place, place_at
from pathmend.network.routing import LOCAL, RouteLookups
from pathmend.network.walk import Stop

if TYPE_CHECKING:
    from pathmend.network.routing import Choice
    from pathmend.network.walk import Walk

_BEYOND_INTERNET = (gateways.IGW, middlebox.INTERFACE, middlebox.ENDPOINT)


def carry(walk: Walk, journey: Journey, step: Step) -> Exit | Place | None:
    """Take the packet onward; return where it left the snapshot or arrived, None for neither.

    Where nothing comes next, the filters at the end are asked all the same.
    """
    seen: set[tuple[str, str]] = set()
    while isinstance(step, Spot):
        here = step.subnet_id, step.nat.id if step.nat else ""
        if here in seen:
            walk.circles(journey.leg, Stop("ROUTING_LOOP", "subnet", step.subnet_id, None, None, step.subnet_id))
            step = None
            break
        seen.add(here)
        if step.nat and step.nat.private_ips:
            # From here on, filters see the gateway.
            journey = replace(journey, source=step.nat.private_ips[0])
        elements.acl(walk, step.subnet_id, journey, egress=True)
        choice = elements.route(walk, step.subnet_id, journey.target, leg=journey.leg)
        step = _follow(walk, journey, choice, step) if choice else None
    if isinstance(step, Delivery):
        return _arrive(walk, journey, step)
    if isinstance(step, Exit):
        return step
    if journey.end:
        _ask_at_end(walk, journey, journey.end, "")
    return None


def _arrive(walk: Walk, journey: Journey, delivery: Delivery) -> Place | None:
    end = journey.end
    if end and end.vpc_id != delivery.vpc_id and _is_certain(walk, journey):
        # The addresses of two VPCs overlap: the packet reaches what has the address here, if anything has.
        walk.stops(journey.leg, Stop("VPC_ADDRESSES_OVERLAP", "vpc", delivery.vpc_id))
        _ask_at_end(walk, journey, end, "")
        return None
    if end is None or end.vpc_id != delivery.vpc_id:
        end = place_at(walk.snapshot, delivery.vpc_id, journey.target)
    if end is None:
        why = f"{journey.target} is no address of {delivery.vpc_id}, where the way leads"
        walk.cannot_tell(journey.leg, "vpc", delivery.vpc_id, why=why)
        return None
    _ask_at_end(walk, journey, end, delivery.subnet_id)
    return end


def _is_certain(walk: Walk, journey: Journey) -> bool:
    """Return whether the packet must come to this end: replies to the source, others to an interface that was named."""
    return journey.leg is Leg.RETURN or walk.flow.destination.interface is not None


def _ask_at_end(walk: Walk, journey: Journey, end: Place, coming_from: str) -> None:
    if not end.subnet_id or end.subnet_id != coming_from:
        elements.acl(walk, end.subnet_id, journey, egress=False)


def _follow(walk: Walk, journey: Journey, choice: Choice, spot: Spot) -> Step:
    target = choice.target
    if journey.to_internet and not target.startswith(_BEYOND_INTERNET):
        return gateways.reply_astray(walk, journey, choice, spot)
    if target.startswith(gateways.NAT) and (journey.leg is Leg.RETURN or spot.nat):
        return gateways.reply_astray(walk, journey, choice, spot)
    walk.passes(journey.leg, "route-table", choice.table.id, rule=choice.destination)
    if target == LOCAL:
        return Delivery(spot.vpc_id, spot.subnet_id)
    go = _WAYS.get(target.partition("-")[0])
    if go:
        return go(walk, journey, target, spot)
    why = f"the way by {target or 'a route without a target'} is not modelled yet"
    walk.cannot_tell(journey.leg, "route-target", target, why=why)
    return None


_WAYS = {
    "igw": gateways.by_internet_gateway,
    "nat": gateways.by_nat_gateway,
    "eigw": gateways.by_egress_only_gateway,
    "vgw": gateways.by_vpn_gateway,
    "pcx": peering.by_peering,
    "tgw": transit_gateway.by_transit_gateway,
    "eni": middlebox.by_interface,
    "vpce": middlebox.by_endpoint,
}


def enter(walk: Walk, journey: Journey, gateway_id: str, end: Place) -> None:
    """Bring a packet from a gateway at the VPC's edge to its subnet, by the gateway's own route table if it has one.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/gateway-route-tables.html
    """
    table = walk.snapshot.edge_table_of(gateway_id)
    chosen = walk.snapshot.derived(RouteLookups).of(table).choose(end.address) if table else None
    if table is None or chosen is None or chosen.target == LOCAL:
        _ask_at_end(walk, journey, end, "")
        return
    walk.passes(journey.leg, "route-table", table.id, rule=chosen.destination)
    spot = Spot(end.vpc_id, "")
    go = middlebox.by_interface if chosen.target.startswith(middlebox.INTERFACE) else middlebox.by_endpoint
    carry(walk, journey, go(walk, journey, chosen.target, spot))
