"""What routes lead to: how the API is told, and whether such a route would carry anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.errors import NotFoundError
from pathmend.snapshot.resources import NatGateway
from pathmend.snapshot.transit import Peering

if TYPE_CHECKING:
    from pathmend.changes.change import Parameter
    from pathmend.snapshot.world import Snapshot

_PARAMETERS = {
    "igw": "GatewayId",
    "vgw": "GatewayId",
    "nat": "NatGatewayId",
    "tgw": "TransitGatewayId",
    "pcx": "VpcPeeringConnectionId",
    "vpce": "VpcEndpointId",
    "eni": "NetworkInterfaceId",
    "eigw": "EgressOnlyInternetGatewayId",
    "lgw": "LocalGatewayId",
    "cagw": "CarrierGatewayId",
    "i": "InstanceId",
}
_LOCAL = "local"
_GONE_WHEN_UNLISTED = {
    "nat": "NatGateways",
    "igw": "InternetGateways",
    "eigw": "EgressOnlyInternetGateways",
}
"""Kinds that are always read whole: one that is not listed does not exist."""

_WORKING = ("available", "pending")


def parameter_of(target: str) -> dict[str, Parameter]:
    """Return the parameter of CreateRoute and ReplaceRoute that names the target.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRoute.html

    Raises:
        NotFoundError: nothing that a route can lead to has such an id.
    """
    if target == _LOCAL:
        return {"LocalTarget": True}
    key = "CoreNetworkArn" if target.startswith("arn:") else _PARAMETERS.get(_kind(target))
    if key is None:
        raise NotFoundError(f"{target} is nothing that a route can lead to")
    return {key: target}


def state_of(snapshot: Snapshot, target: str) -> str:
    """Return the state of a route to the target: "blackhole" where that is known to carry nothing.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Route.html
    """
    match snapshot.find(target):
        case NatGateway(state=state):
            return "active" if state in _WORKING else "blackhole"
        case Peering(state=state):
            return "active" if state == "active" else "blackhole"
        case None:
            key = _GONE_WHEN_UNLISTED.get(_kind(target))
            return "blackhole" if key is not None and key not in snapshot.unread else "active"
        case _:
            return "active"


def _kind(target: str) -> str:
    return target.split("-", 1)[0]
