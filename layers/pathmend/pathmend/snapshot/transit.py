"""The resources that join VPCs to each other and to elsewhere, and those that stand above them.

Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Types.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Address, Network, Tags


@dataclass(frozen=True, slots=True)
class PrefixList:
    """A prefix list; `networks` is None where its entries were not read."""

    id: str
    name: str
    networks: tuple[Network, ...] | None
    max_entries: int | None = None
    tags: Tags = ()


@dataclass(frozen=True, slots=True)
class PeeringEnd:
    """One side of a peering connection."""

    vpc_id: str
    cidrs: tuple[Network, ...] = ()
    region: str = ""


@dataclass(frozen=True, slots=True)
class Peering:
    """A VPC peering connection; `state` is the status code ("active", "pending-acceptance", ...)."""

    id: str
    state: str
    requester: PeeringEnd
    accepter: PeeringEnd
    tags: Tags = ()


@dataclass(frozen=True, slots=True)
class TransitGateway:
    """A transit gateway; `group_references` is its security group referencing support."""

    id: str
    state: str
    group_references: bool = False
    tags: Tags = ()


@dataclass(frozen=True, slots=True)
class PeeringSide:
    """One end of a peering attachment, as its own Region answers: its gateway, the other one, and its table there."""

    transit_gateway_id: str
    peer_id: str
    table_id: str | None = None


@dataclass(frozen=True, slots=True)
class TransitGatewayAttachment:
    """What is attached to a transit gateway: `kind` is "vpc", "vpn", "peering", "direct-connect-gateway", "connect".

    `subnet_ids` is None where the VPC attachment's own answer was not read. `sides` are the ends of a peering that were
    read: both Regions may give it the same id.
    """

    id: str
    transit_gateway_id: str
    kind: str
    resource_id: str
    state: str
    subnet_ids: tuple[str, ...] | None = None
    table_id: str | None = None
    appliance_mode: bool = False
    group_references: bool = False
    tags: Tags = ()
    sides: tuple[PeeringSide, ...] = ()


@dataclass(frozen=True, slots=True)
class TransitGatewayRoute:
    """A route of a transit gateway; `destination` is a network or a prefix list's id."""

    destination: Network | str
    attachment_ids: tuple[str, ...]
    state: str = "active"
    propagated: bool = False


@dataclass(frozen=True, slots=True)
class TransitGatewayRouteTable:
    """A transit gateway's route table; `routes` is None where they were not read."""

    id: str
    transit_gateway_id: str
    routes: tuple[TransitGatewayRoute, ...] | None = None
    associated: tuple[str, ...] = ()
    propagating: tuple[str, ...] = ()
    tags: Tags = ()


@dataclass(frozen=True, slots=True)
class VpnGateway:
    """A virtual private gateway and the VPCs it is attached to."""

    id: str
    state: str
    vpc_ids: tuple[str, ...] = ()
    tags: Tags = ()


@dataclass(frozen=True, slots=True)
class DhcpOptions:
    """A set of DHCP options; only the name servers matter to us ("AmazonProvidedDNS" or addresses)."""

    id: str
    name_servers: tuple[str, ...] = ()
    tags: Tags = ()


@dataclass(frozen=True, slots=True)
class ElasticIp:
    """An Elastic IP address and what it is associated with."""

    id: str
    public_ip: Address
    interface_id: str | None = None
    private_ip: Address | None = None
    tags: Tags = ()


@dataclass(frozen=True, slots=True)
class PublicAccessBlock:
    """VPC Block Public Access of one account and Region; `mode` is "off", "block-ingress" or "block-bidirectional"."""

    id: str
    account_id: str
    region: str
    mode: str
    tags: Tags = ()


@dataclass(frozen=True, slots=True)
class PublicAccessExclusion:
    """A VPC or subnet that VPC Block Public Access spares; `mode` is "allow-bidirectional" or "allow-egress"."""

    id: str
    resource_id: str
    mode: str
    tags: Tags = ()
