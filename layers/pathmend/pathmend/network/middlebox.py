"""Appliances in between: interfaces that forward, firewall endpoints, and gateway endpoints of services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.network import elements, firewall_endpoint
from pathmend.network.flow import Leg
from pathmend.network.journey import Delivery, Exit, Journey, Spot, Step
from pathmend.network.place import Place
from pathmend.network.walk import Stop, Walk
from pathmend.snapshot.protocols import ICMP, TCP

if TYPE_CHECKING:
    from pathmend.snapshot.resources import NetworkInterface, VpcEndpoint

INTERFACE, ENDPOINT = "eni-", "vpce-"
_KIND = "vpc-endpoint"
_ENDPOINT_PROTOCOLS = (TCP, ICMP)


def by_interface(walk: Walk, journey: Journey, interface_id: str, spot: Spot) -> Step:
    """Go on from an interface that forwards, which needs its source/destination check off.

    Its groups and its subnet's ACL apply; references to groups do not survive it.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html#route-tables-appliance-routing
    """
    interface = walk.snapshot.interfaces.get(interface_id)
    if interface is None:
        walk.cannot_tell(journey.leg, "interface", interface_id, why=f"the interface {interface_id} was not read")
        return None
    if journey.target in (*interface.private_ips, *interface.ipv6s):
        return Delivery(interface.vpc_id, spot.subnet_id)
    if interface.subnet_id != spot.subnet_id:
        elements.acl(walk, interface.subnet_id, journey, egress=False)
    walk.references = False
    _through(walk, journey, interface)
    return Spot(interface.vpc_id, interface.subnet_id)


def _through(walk: Walk, journey: Journey, interface: NetworkInterface) -> None:
    if interface.source_dest_check:
        code = "ENI_SOURCE_DEST_CHECK_RESTRICTION"
        stop = Stop(code, "interface", interface.id, None, None, interface.subnet_id, interface.id)
        walk.stops(journey.leg, stop)
        return
    if journey.leg is Leg.FORWARD:
        walk.appliance = interface
        place = Place(interface.vpc_id, journey.target, interface.subnet_id, interface)
        elements.groups(walk, place, journey.source, (), egress=False)
        elements.groups(walk, place, journey.target, (), egress=True)
    why = f"whether the appliance behind {interface.id} forwards is not in the snapshot"
    walk.cannot_tell(journey.leg, "appliance", interface.id, why=why)


def by_endpoint(walk: Walk, journey: Journey, endpoint_id: str, spot: Spot) -> Step:
    """Go on by a VPC endpoint that a route leads to: a service's gateway endpoint, or an appliance's."""
    endpoint = walk.snapshot.vpc_endpoints.get(endpoint_id)
    if endpoint and endpoint.kind == "Gateway":
        return _by_service_gateway(walk, journey, endpoint, spot)
    subnet_id = endpoint.subnet_ids[0] if endpoint and endpoint.subnet_ids else ""
    if endpoint and endpoint.state != "available":
        walk.stops(journey.leg, Stop("BAD_STATE", _KIND, endpoint_id))
        return None
    walk.references = False
    if not endpoint:
        walk.cannot_tell(journey.leg, _KIND, endpoint_id, why=f"the endpoint {endpoint_id} was not read")
        return None
    firewall_endpoint.ask(walk, journey, endpoint)
    if not subnet_id:
        return None
    if subnet_id != spot.subnet_id:
        elements.acl(walk, subnet_id, journey, egress=False)
    # A firewall changes no address: what a NAT gateway sent is still its own.
    return Spot(endpoint.vpc_id, subnet_id, spot.nat)


def _by_service_gateway(walk: Walk, journey: Journey, endpoint: VpcEndpoint, spot: Spot) -> Step:
    """Reach S3 or DynamoDB by a gateway endpoint: from its own VPC only, by TCP or ICMP.

    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
    """
    leg = journey.leg
    vpc = walk.snapshot.vpcs.get(endpoint.vpc_id)
    if endpoint.state != "available":
        walk.stops(leg, Stop("BAD_STATE", _KIND, endpoint.id))
    elif walk.protocol not in _ENDPOINT_PROTOCOLS:
        walk.stops(leg, Stop("VPCE_GATEWAY_PROTOCOL_RESTRICTION", _KIND, endpoint.id))
    elif vpc and not any(journey.source in block for block in vpc.cidrs):
        walk.stops(leg, Stop("VPCE_GATEWAY_EGRESS_SOURCE_ADDRESS_RESTRICTION", _KIND, endpoint.id))
    else:
        walk.passes(leg, _KIND, endpoint.id)
    return Exit(_KIND, endpoint.id, spot)
