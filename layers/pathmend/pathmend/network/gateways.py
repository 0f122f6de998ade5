"""The ways between a VPC and the internet: internet gateway, egress-only gateway, NAT gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.network import elements
from pathmend.network.addresses import private_kind
from pathmend.network.flow import Leg
from pathmend.network.packets import Packets
from pathmend.network.ports import LOAD_BALANCER_EPHEMERAL
from pathmend.network.walk import Stop, Walk
from pathmend.snapshot.protocols import ICMP, TCP, UDP

if TYPE_CHECKING:
    from pathmend.network.elements import Choice
    from pathmend.network.place import Place
    from pathmend.snapshot.resources import Address, NatGateway
    from pathmend.snapshot.world import Snapshot

IGW, NAT, EGRESS_ONLY = "igw-", "nat-", "eigw-"
_KIND = "internet-gateway"
_NAT_PROTOCOLS = (TCP, UDP, ICMP)


def attached(snapshot: Snapshot, walk: Walk, gateway_id: str, vpc_id: str, *, leg: Leg) -> None:
    """Ask whether the gateway is attached to the VPC."""
    gateway = snapshot.gateways.get(gateway_id)
    kind = "egress-only-internet-gateway" if gateway_id.startswith(EGRESS_ONLY) else _KIND
    if gateway is None:
        walk.cannot_tell(leg, kind, gateway_id, why=f"the gateway {gateway_id} was not read")
    elif vpc_id in gateway.vpc_ids:
        walk.passes(leg, kind, gateway_id)
    else:
        walk.stops(leg, Stop("UNASSOCIATED_COMPONENT", kind, gateway_id))


def out_by_internet_gateway(snapshot: Snapshot, walk: Walk, place: Place, gateway_id: str, *, to: Address) -> None:
    """Leave by an internet gateway, which needs a public address on the interface and a public destination.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html
    """
    attached(snapshot, walk, gateway_id, place.vpc_id, leg=Leg.FORWARD)
    interface = place.interface
    if interface and to.version == 4 and not interface.public_ips:  # noqa: PLR2004 - the IP version
        code = "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"
        walk.stops(Leg.FORWARD, Stop(code, _KIND, gateway_id, interface_id=interface.id))
    refuse_private(walk, gateway_id, to)


def refuse_private(walk: Walk, gateway_id: str, to: Address) -> None:
    """Stop what goes to the internet gateway with a private destination: it dies there."""
    kind = private_kind(to)
    if kind:
        walk.stops(Leg.FORWARD, Stop(f"IGW_DESTINATION_ADDRESS_NOT_IN_{kind}_EGRESS", _KIND, gateway_id))


def back_by_internet_gateway(snapshot: Snapshot, walk: Walk, place: Place, *, to: Address) -> None:
    """Send replies to a client behind the internet gateway: the subnet's route must lead there as well.

    Where it leads to a NAT or egress-only gateway the reply is lost, for that gateway knows no such connection.
    """
    chosen = elements.route(snapshot, walk, place.subnet_id, to, leg=Leg.RETURN)
    if chosen is None:
        return
    if chosen.target.startswith((NAT, EGRESS_ONLY, "local")):
        _reply_astray(walk, place.subnet_id, chosen, to=to)
    else:
        _to_internet_gateway(snapshot, walk, place, chosen)


def _to_internet_gateway(snapshot: Snapshot, walk: Walk, place: Place, chosen: Choice) -> None:
    leg, name = Leg.RETURN, chosen.table.id
    if chosen.target.startswith(IGW):
        walk.passes(leg, "route-table", name, rule=chosen.destination)
        attached(snapshot, walk, chosen.target, place.vpc_id, leg=leg)
    else:
        walk.cannot_tell(leg, "route-table", name, why=f"the way by {chosen.target} is not modelled yet")


def _reply_astray(walk: Walk, subnet_id: str, chosen: Choice, *, to: Address) -> None:
    hidden = any(
        route.target.startswith(IGW) and not isinstance(route.destination, str) and to in route.destination
        for route in chosen.table.routes
    )
    code = "MORE_SPECIFIC_ROUTE" if hidden else "NO_ROUTE_TO_DESTINATION"
    walk.stops(Leg.RETURN, elements.table_stop(code, chosen.table, chosen.route, subnet_id))


def by_nat_gateway(snapshot: Snapshot, walk: Walk, place: Place, nat_id: str, *, to: Address) -> None:
    """Go out by a NAT gateway and come back through it.

    The ACL of the gateway's own subnet applies on both of its sides, and its subnet must lead to the internet gateway.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html
    """
    nat = snapshot.nat_gateways.get(nat_id)
    if nat is None:
        why = f"the NAT gateway {nat_id} was not read"
        walk.cannot_tell(Leg.FORWARD, "nat-gateway", nat_id, why=why)
        return
    _nat_itself(walk, nat)
    _nat_forward(snapshot, walk, place, nat, to=to)
    _nat_return(snapshot, walk, place, nat, to=to)


def _nat_itself(walk: Walk, nat: NatGateway) -> None:
    stop = Stop("BAD_STATE", "nat-gateway", nat.id, subnet_id=nat.subnet_id)
    if nat.state != "available":
        walk.stops(Leg.FORWARD, stop)
    elif walk.protocol not in _NAT_PROTOCOLS:
        walk.stops(Leg.FORWARD, Stop("PROTOCOL_RESTRICTION", "nat-gateway", nat.id, subnet_id=nat.subnet_id))
    else:
        walk.passes(Leg.FORWARD, "nat-gateway", nat.id)


def _nat_forward(snapshot: Snapshot, walk: Walk, place: Place, nat: NatGateway, *, to: Address) -> None:
    leg = Leg.FORWARD
    if nat.subnet_id != place.subnet_id:
        elements.acl(snapshot, walk, nat.subnet_id, walk.packets(leg, place.address, egress=False), leg=leg)
    elements.acl(snapshot, walk, nat.subnet_id, walk.packets(leg, to, egress=True), leg=leg)
    chosen = elements.route(snapshot, walk, nat.subnet_id, to, leg=leg)
    if chosen is None:
        return
    if chosen.target.startswith(IGW):
        walk.passes(leg, "route-table", chosen.table.id, rule=chosen.destination)
        _nat_to_internet(snapshot, walk, nat, chosen.target, to=to)
    elif nat.public:
        stop = elements.table_stop("NO_ROUTE_TO_DESTINATION", chosen.table, chosen.route, nat.subnet_id)
        walk.stops(leg, stop)
    else:
        walk.cannot_tell(leg, "route-table", chosen.table.id, why=f"the way by {chosen.target} is not modelled yet")


def _nat_to_internet(snapshot: Snapshot, walk: Walk, nat: NatGateway, gateway_id: str, *, to: Address) -> None:
    attached(snapshot, walk, gateway_id, nat.vpc_id, leg=Leg.FORWARD)
    if not nat.public:
        walk.stops(Leg.FORWARD, Stop("IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS", _KIND, gateway_id))
    refuse_private(walk, gateway_id, to)


def _nat_return(snapshot: Snapshot, walk: Walk, place: Place, nat: NatGateway, *, to: Address) -> None:
    leg = Leg.RETURN
    asked = walk.packets(leg, to, egress=False)
    # The gateway sends from ports of its own, so the internet's replies come to those and not to the flow's.
    own_ports = LOAD_BALANCER_EPHEMERAL if walk.protocol in (TCP, UDP) else asked.ports
    replies = Packets(egress=False, protocol=walk.protocol, peer=to, ports=own_ports)
    elements.acl(snapshot, walk, nat.subnet_id, replies, leg=leg)
    if nat.subnet_id != place.subnet_id:
        elements.acl(snapshot, walk, nat.subnet_id, walk.packets(leg, place.address, egress=True), leg=leg)
