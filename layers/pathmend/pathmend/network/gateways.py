"""The ways between a VPC and what lies outside: internet, egress-only, NAT and VPN gateways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.network import elements, public_access
from pathmend.network.addresses import private_kind
from pathmend.network.flow import Leg
from pathmend.network.journey import Exit, Journey, Spot, Step
from pathmend.network.public_addresses import Pairing, public_of
from pathmend.network.walk import Stop, Walk
from pathmend.snapshot.protocols import ICMP, TCP, UDP

if TYPE_CHECKING:
    from pathmend.network.routing import Choice
    from pathmend.snapshot.resources import Address, NatGateway

IGW, NAT, EGRESS_ONLY, VPN = "igw-", "nat-", "eigw-", "vgw-"
INTERNET_GATEWAY, VPN_GATEWAY, NAT_GATEWAY = "internet-gateway", "vpn-gateway", "nat-gateway"
EGRESS_ONLY_GATEWAY = "egress-only-internet-gateway"
_IPV4 = 4
_NAT_PROTOCOLS = (TCP, UDP, ICMP)


def attached(walk: Walk, gateway_id: str, vpc_id: str, *, leg: Leg) -> None:
    """Ask whether the gateway is attached to the VPC."""
    gateway = walk.snapshot.gateways.get(gateway_id)
    kind = EGRESS_ONLY_GATEWAY if gateway_id.startswith(EGRESS_ONLY) else INTERNET_GATEWAY
    if gateway is None:
        walk.cannot_tell(leg, kind, gateway_id, why=f"the gateway {gateway_id} was not read")
    elif vpc_id in gateway.vpc_ids:
        walk.passes(leg, kind, gateway_id)
    else:
        walk.stops(leg, Stop("UNASSOCIATED_COMPONENT", kind, gateway_id))


def by_internet_gateway(walk: Walk, journey: Journey, gateway_id: str, spot: Spot) -> Step:
    """Leave by an internet gateway, which needs a public address on the interface and a public destination.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html
    """
    attached(walk, gateway_id, spot.vpc_id, leg=journey.leg)
    if journey.leg is Leg.FORWARD:
        _ask_public_address(walk, journey, gateway_id, spot)
    refuse_private(walk, gateway_id, journey.target, leg=journey.leg)
    if journey.leg is Leg.FORWARD:
        public_access.ask(walk, spot.vpc_id, spot.subnet_id, egress_only=spot.nat is not None)
    return Exit(INTERNET_GATEWAY, gateway_id, spot)


def _ask_public_address(walk: Walk, journey: Journey, gateway_id: str, spot: Spot) -> None:
    """Ask whether the sender has a public address; one of IPv6 is its own."""
    interface = walk.origin.interface if walk.origin and not spot.nat else None
    if spot.nat.public if spot.nat else (interface is None or journey.target.version != _IPV4):
        return
    pairing = _public_address(walk, spot) if interface else Pairing()
    if pairing.doubt:
        walk.cannot_tell(Leg.FORWARD, INTERNET_GATEWAY, gateway_id, why=pairing.doubt)
    elif pairing.address is None:
        name = interface.id if interface else None
        code = "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"
        walk.stops(Leg.FORWARD, Stop(code, INTERNET_GATEWAY, gateway_id, interface_id=name))


def _public_address(walk: Walk, spot: Spot) -> Pairing:
    """Return the address by which the sender, or what sends for it, is known on the internet."""
    place, appliance = walk.origin, walk.appliance
    if appliance and appliance.vpc_id == spot.vpc_id and appliance.public_ips:
        # It may translate, as NAT instances do: whether it does is noted as unknown where it is met.
        return Pairing(appliance.public_ips[0])
    if place and place.interface and place.vpc_id == spot.vpc_id:
        return public_of(walk.snapshot, place.interface, place.address)
    return Pairing()


def refuse_private(walk: Walk, gateway_id: str, to: Address, *, leg: Leg) -> None:
    """Stop what goes to the internet gateway with a private destination: it dies there."""
    kind = private_kind(to)
    if kind:
        walk.stops(leg, Stop(f"IGW_DESTINATION_ADDRESS_NOT_IN_{kind}_EGRESS", INTERNET_GATEWAY, gateway_id))


def by_egress_only_gateway(walk: Walk, journey: Journey, gateway_id: str, spot: Spot) -> Step:
    """Leave by an egress-only internet gateway, which keeps the connection's state and lets nothing new in.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/egress-only-internet-gateway.html
    """
    attached(walk, gateway_id, spot.vpc_id, leg=journey.leg)
    public_access.ask(walk, spot.vpc_id, spot.subnet_id, egress_only=True)
    return Exit(EGRESS_ONLY_GATEWAY, gateway_id, spot)


def by_vpn_gateway(walk: Walk, journey: Journey, gateway_id: str, spot: Spot) -> Step:
    """Leave by a virtual private gateway to what is on its other side, which the snapshot does not hold.

    Source: https://docs.aws.amazon.com/vpn/latest/s2svpn/VPC_VPN.html
    """
    gateway = walk.snapshot.vpn_gateways.get(gateway_id)
    if gateway is None:
        walk.cannot_tell(journey.leg, VPN_GATEWAY, gateway_id, why=f"the VPN gateway {gateway_id} was not read")
    elif gateway.state != "available":
        walk.stops(journey.leg, Stop("BAD_STATE", VPN_GATEWAY, gateway_id))
    elif spot.vpc_id not in gateway.vpc_ids:
        walk.stops(journey.leg, Stop("UNASSOCIATED_COMPONENT", VPN_GATEWAY, gateway_id))
    else:
        walk.passes(journey.leg, VPN_GATEWAY, gateway_id)
    return Exit(VPN_GATEWAY, gateway_id, spot)


def reply_astray(walk: Walk, journey: Journey, choice: Choice, spot: Spot) -> Step:
    """Lose a reply that leaves by a gateway that knows no such connection."""
    routes = choice.lookup.holding(journey.target)
    hidden = any(route.target.startswith(IGW) for route in routes)
    code = "MORE_SPECIFIC_ROUTE" if hidden else "NO_ROUTE_TO_DESTINATION"
    walk.stops(journey.leg, elements.table_stop(code, choice.table, choice, spot.subnet_id))
    return None


def _not_modelled(nat: NatGateway, journey: Journey) -> str:
    """Return what the model does not know of NAT gateways, if the packet needs it.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-nat64-dns64.html
    """
    if not nat.subnet_id:
        return "a regional NAT gateway"
    return "which translates IPv6 to IPv4" if journey.target.version != _IPV4 else ""


def by_nat_gateway(walk: Walk, journey: Journey, nat_id: str, spot: Spot) -> Step:
    """Go on from a NAT gateway, with its address instead of the source's.

    The ACL of the gateway's own subnet applies on both of its sides.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html
    """
    leg = journey.leg
    nat = walk.snapshot.nat_gateways.get(nat_id)
    if nat is None:
        walk.cannot_tell(leg, NAT_GATEWAY, nat_id, why=f"the NAT gateway {nat_id} was not read")
        return None
    kind = _not_modelled(nat, journey)
    if kind:
        walk.cannot_tell(leg, NAT_GATEWAY, nat_id, why=f"the way by {nat_id}, {kind}, is not modelled yet")
        return None
    if nat.state != "available":
        walk.stops(leg, Stop("BAD_STATE", NAT_GATEWAY, nat.id, subnet_id=nat.subnet_id))
    elif walk.protocol not in _NAT_PROTOCOLS:
        walk.stops(leg, Stop("PROTOCOL_RESTRICTION", NAT_GATEWAY, nat.id, subnet_id=nat.subnet_id))
    else:
        walk.passes(leg, NAT_GATEWAY, nat.id)
    if nat.subnet_id != spot.subnet_id:
        elements.acl(walk, nat.subnet_id, journey, egress=False)
    walk.nats.append(nat)
    walk.references = False
    return Spot(nat.vpc_id, nat.subnet_id, nat)
