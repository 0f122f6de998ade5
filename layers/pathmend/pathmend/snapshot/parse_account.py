"""What belongs to an account or a VPC as a whole: VPN gateways, DHCP options, addresses, public access."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.errors import InvalidSnapshotError
from pathmend.snapshot.transit import (
    DhcpOptions,
    ElasticIp,
    PublicAccessBlock,
    PublicAccessExclusion,
    VpnGateway,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pathmend.snapshot.item import Item

_GONE = ("detached", "detaching")
_NO_EXCLUSION = ("create-in-progress", "create-failed", "delete-complete", "disable-complete")


def vpn_gateway(item: Item) -> VpnGateway:
    """Return a virtual private gateway."""
    links = (link for link in item.items("VpcAttachments") if link.maybe("State") not in _GONE)
    return VpnGateway(
        id=item.text("VpnGatewayId"),
        state=item.maybe("State") or "available",
        vpc_ids=tuple(sorted({link.text("VpcId") for link in links})),
        tags=item.tags(),
    )


def dhcp_options(item: Item) -> DhcpOptions:
    """Return a set of DHCP options."""
    values = (
        value.text("Value")
        for one in item.items("DhcpConfigurations")
        if one.maybe("Key") == "domain-name-servers"
        for value in one.items("Values")
    )
    return DhcpOptions(item.text("DhcpOptionsId"), tuple(sorted(values)))


def elastic_ip(item: Item) -> ElasticIp:
    """Return an Elastic IP address; one of EC2-Classic has no id of its own but its address."""
    address = item.address("PublicIp")
    if address is None:
        raise InvalidSnapshotError(f"{item.at('PublicIp')}: is missing")
    return ElasticIp(
        id=item.maybe("AllocationId") or str(address),
        public_ip=address,
        interface_id=item.maybe("NetworkInterfaceId"),
        private_ip=item.address("PrivateIpAddress"),
    )


def public_access_block(item: Item) -> PublicAccessBlock:
    """Return an account's VPC Block Public Access in a Region."""
    account, region = item.maybe("AwsAccountId") or "", item.maybe("AwsRegion") or ""
    mode = item.maybe("InternetGatewayBlockMode") or "off"
    return PublicAccessBlock(f"{account}/{region}", account, region, mode)


def public_access_exclusions(items: Iterable[Item]) -> Iterator[PublicAccessExclusion]:
    """Return the exclusions in force."""
    for item in items:
        if item.maybe("State") not in _NO_EXCLUSION:
            resource = item.text("ResourceArn").rsplit("/", 1)[-1]
            yield PublicAccessExclusion(item.text("ExclusionId"), resource, item.text("InternetGatewayExclusionMode"))
