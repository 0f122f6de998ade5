"""The arguments by which Terraform's routes name their destination and target.

Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/route
"""

from __future__ import annotations

from ipaddress import IPv6Network
from typing import TYPE_CHECKING

from pathmend.changes.route_targets import parameter_of

if TYPE_CHECKING:
    from pathmend.changes.set_route import SetRoute
    from pathmend.channels.infrastructure_code.slot import Value

_ARGUMENTS = {
    "CarrierGatewayId": "carrier_gateway_id",
    "CoreNetworkArn": "core_network_arn",
    "EgressOnlyInternetGatewayId": "egress_only_gateway_id",
    "GatewayId": "gateway_id",
    "InstanceId": "instance_id",
    "LocalGatewayId": "local_gateway_id",
    "NatGatewayId": "nat_gateway_id",
    "NetworkInterfaceId": "network_interface_id",
    "TransitGatewayId": "transit_gateway_id",
    "VpcEndpointId": "vpc_endpoint_id",
    "VpcPeeringConnectionId": "vpc_peering_connection_id",
}


def destination_of(change: SetRoute, *, alone: bool) -> str:
    """Return the argument of a route of its own, or of its table's block: a prefix list has the same name in both.

    Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/route_table
    """
    if isinstance(change.destination, str):
        return "destination_prefix_list_id"
    block = "ipv6_cidr_block" if isinstance(change.destination, IPv6Network) else "cidr_block"
    return f"destination_{block}" if alone else block


def target_of(target: str) -> dict[str, Value]:
    """Return the argument that names the target."""
    if target == "local":
        return {"gateway_id": "local"}
    ((parameter, value),) = parameter_of(target).items()
    return {_ARGUMENTS[parameter]: str(value)}
