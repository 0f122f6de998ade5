"""VPCs, subnets, route tables, interfaces, instances, gateways and endpoints from their describe answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.snapshot.documents import document
from pathmend.snapshot.item import sorted_addresses, sorted_networks
from pathmend.snapshot.parse_public import public_addresses
from pathmend.snapshot.resources import (
    Gateway,
    Instance,
    MetadataOptions,
    NatGateway,
    NetworkInterface,
    Route,
    RouteTable,
    RouteTableAssociation,
    Subnet,
    Vpc,
    VpcEndpoint,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pathmend.snapshot.item import Item
    from pathmend.snapshot.parse_public import Said
    from pathmend.snapshot.resources import Address, Network

_VPC_ATTRIBUTES = ("EnableDnsSupport", "EnableDnsHostnames")
_GONE = ("disassociated", "disassociating", "detached", "detaching", "failed")
# AWS names an instance's interface beside the instance, so the interface comes first.
_TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "NetworkInterfaceId",
    "EgressOnlyInternetGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "VpcEndpointId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
    "OdbNetworkArn",
    "InstanceId",
)


def vpc(item: Item, attributes: Mapping[str, Mapping[str, bool]]) -> Vpc:
    """Return a VPC with all blocks that are associated with it; `attributes` are by VPC, as AWS answers them apart."""
    own = attributes.get(item.text("VpcId"), {})
    return Vpc(
        id=item.text("VpcId"),
        cidrs=_blocks(item),
        tags=item.tags(),
        owner_id=item.maybe("OwnerId") or "",
        dhcp_options_id=item.maybe("DhcpOptionsId"),
        dns_support=own.get("EnableDnsSupport"),
        dns_hostnames=own.get("EnableDnsHostnames"),
        primary_cidr=item.network("CidrBlock"),
    )


def vpc_attributes(items: Iterable[Item]) -> dict[str, dict[str, bool]]:
    """Return the attributes by VPC: each item is an answer of DescribeVpcAttribute, which says one at a time."""
    found: dict[str, dict[str, bool]] = {}
    for item in items:
        own = found.setdefault(item.text("VpcId"), {})
        own.update({key: item.item(key).flag("Value") for key in _VPC_ATTRIBUTES if key in item.values})
    return found


def subnet(item: Item) -> Subnet:
    """Return a subnet."""
    return Subnet(
        id=item.text("SubnetId"),
        vpc_id=item.text("VpcId"),
        availability_zone=item.maybe("AvailabilityZone") or "",
        cidrs=_blocks(item),
        tags=item.tags(),
        free_addresses=item.number("AvailableIpAddressCount"),
    )


def _blocks(item: Item) -> tuple[Network, ...]:
    found = {item.network("CidrBlock")}
    for key, field in (("CidrBlockAssociationSet", "CidrBlock"), ("Ipv6CidrBlockAssociationSet", "Ipv6CidrBlock")):
        for block in item.items(key):
            if block.item(f"{field}State").maybe("State") not in _GONE:
                found.add(block.network(field))
    return sorted_networks({block for block in found if block is not None})


def route_table(item: Item) -> RouteTable:
    """Return a route table, its routes and associations in one order."""
    links = (_association(link) for link in item.items("Associations") if _in_force(link))
    return RouteTable(
        id=item.text("RouteTableId"),
        vpc_id=item.text("VpcId"),
        routes=tuple(sorted((_route(one) for one in item.items("Routes")), key=_route_order)),
        associations=tuple(sorted(links, key=lambda link: (link.id, link.subnet_id or "", link.gateway_id or ""))),
        tags=item.tags(),
    )


def _in_force(link: Item) -> bool:
    return link.item("AssociationState").maybe("State") not in _GONE


def _association(item: Item) -> RouteTableAssociation:
    return RouteTableAssociation(
        id=item.maybe("RouteTableAssociationId") or "",
        subnet_id=item.maybe("SubnetId"),
        gateway_id=item.maybe("GatewayId"),
        main=item.flag("Main"),
    )


def _route_order(route: Route) -> tuple[str, str]:
    return str(route.destination), route.target


def _route(item: Item) -> Route:
    return Route(
        destination=_destination(item),
        target=next((target for key in _TARGETS if (target := item.maybe(key))), ""),
        state=item.maybe("State") or "active",
        origin=item.maybe("Origin") or "CreateRoute",
    )


def _destination(item: Item) -> Network | str:
    network = item.network("DestinationCidrBlock") or item.network("DestinationIpv6CidrBlock")
    return network or item.text("DestinationPrefixListId")


def interface(item: Item, elsewhere: Mapping[str, list[Said]]) -> NetworkInterface:
    """Return a network interface; `elsewhere` is what other answers say of public addresses, by interface."""
    own = item.items("PrivateIpAddresses")
    name = item.text("NetworkInterfaceId")
    public_ips, pairs = public_addresses(item, own, elsewhere.get(name, ()))
    return NetworkInterface(
        id=name,
        vpc_id=item.text("VpcId"),
        subnet_id=item.text("SubnetId"),
        private_ips=_private_ips(item, own),
        group_ids=tuple(sorted({group.text("GroupId") for group in item.items("Groups")})),
        description=item.maybe("Description") or "",
        instance_id=item.item("Attachment").maybe("InstanceId"),
        public_ips=public_ips,
        ipv6s=_addresses(item.items("Ipv6Addresses"), "Ipv6Address"),
        source_dest_check=item.flag("SourceDestCheck", default=True),
        tags=item.tags("TagSet"),
        public_pairs=pairs,
    )


def _private_ips(item: Item, own: tuple[Item, ...]) -> tuple[Address, ...]:
    primary = item.address("PrivateIpAddress")
    others = _addresses(own, "PrivateIpAddress")
    return others if primary is None else (primary, *(ip for ip in others if ip != primary))


def _addresses(holders: tuple[Item, ...] | list[Item], key: str) -> tuple[Address, ...]:
    return sorted_addresses({ip for holder in holders if (ip := holder.address(key)) is not None})


def profile_associations(items: Iterable[Item]) -> dict[str, str]:
    """Return the associations with instance profiles that are in force, by instance."""
    ties = (item for item in items if item.maybe("State") not in _GONE)
    return {item.text("InstanceId"): item.text("AssociationId") for item in ties}


def instances(reservation: Item, profiles: Mapping[str, str]) -> tuple[Instance, ...]:
    """Return the instances of one reservation; `profiles` are their associations with instance profiles."""
    return tuple(_instance(item, profiles) for item in reservation.items("Instances"))


def _instance(item: Item, profiles: Mapping[str, str]) -> Instance:
    attached = sorted((_device_index(one), one.text("NetworkInterfaceId")) for one in item.items("NetworkInterfaces"))
    return Instance(
        id=item.text("InstanceId"),
        state=item.item("State").text("Name"),
        subnet_id=item.maybe("SubnetId"),
        interface_ids=tuple(interface_id for _, interface_id in attached),
        tags=item.tags(),
        metadata=_metadata(item.item("MetadataOptions")) if "MetadataOptions" in item.values else None,
        platform=(item.maybe("Platform") or "").lower(),
        profile_arn=item.item("IamInstanceProfile").maybe("Arn"),
        profile_association_id=profiles.get(item.text("InstanceId")),
    )


def _metadata(item: Item) -> MetadataOptions:
    hops, ipv6 = item.number("HttpPutResponseHopLimit"), item.maybe("HttpProtocolIpv6")
    return MetadataOptions(
        enabled=item.maybe("HttpEndpoint") != "disabled",
        tokens_required=item.maybe("HttpTokens") == "required",
        hop_limit=1 if hops is None else hops,
        ipv6=None if ipv6 is None else ipv6 == "enabled",
    )


def _device_index(item: Item) -> int:
    return item.item("Attachment").number("DeviceIndex") or 0


def internet_gateway(item: Item) -> Gateway:
    """Return an internet gateway."""
    return Gateway(id=item.text("InternetGatewayId"), vpc_ids=_attached(item), tags=item.tags())


def egress_only_gateway(item: Item) -> Gateway:
    """Return an egress-only internet gateway."""
    key = "EgressOnlyInternetGatewayId"
    return Gateway(id=item.text(key), vpc_ids=_attached(item), egress_only=True, tags=item.tags())


def _attached(item: Item) -> tuple[str, ...]:
    links = (one for one in item.items("Attachments") if one.maybe("State") not in _GONE)
    return tuple(sorted({link.text("VpcId") for link in links}))


def nat_gateway(item: Item) -> NatGateway:
    """Return a NAT gateway with its addresses."""
    return NatGateway(
        id=item.text("NatGatewayId"),
        vpc_id=item.text("VpcId"),
        subnet_id=item.maybe("SubnetId") or "",
        state=item.text("State"),
        public=item.maybe("ConnectivityType") != "private",
        public_ips=_addresses(item.items("NatGatewayAddresses"), "PublicIp"),
        tags=item.tags(),
        private_ips=_addresses(item.items("NatGatewayAddresses"), "PrivateIp"),
    )


def vpc_endpoint(item: Item) -> VpcEndpoint:
    """Return a VPC endpoint; its state in lower case, as the documentation writes it."""
    return VpcEndpoint(
        id=item.text("VpcEndpointId"),
        vpc_id=item.text("VpcId"),
        service_name=item.maybe("ServiceName") or "",
        kind=item.maybe("VpcEndpointType") or "Gateway",
        state=(item.maybe("State") or "available").lower(),
        route_table_ids=item.texts("RouteTableIds"),
        subnet_ids=item.texts("SubnetIds"),
        tags=item.tags(),
        interface_ids=item.texts("NetworkInterfaceIds"),
        private_dns=item.flag("PrivateDnsEnabled") and not _for_others_only(item),
        policy=document(item, "PolicyDocument"),
    )


def _for_others_only(endpoint: Item) -> bool:
    """Return whether the service's names mean the endpoint on premises only: in its VPC, they mean the gateway's way.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html#private-dns
    """
    return endpoint.item("DnsOptions").flag("PrivateDnsOnlyForInboundResolverEndpoint")
