"""What kinds of addresses there are, as far as gateways treat them differently."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Address
    from pathmend.snapshot.world import Snapshot

# Not ipaddress.is_private, which counts the documentation ranges in: those are outside addresses to us.
_RFC1918 = tuple(ip_network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
_RFC6598 = (ip_network("100.64.0.0/10"),)
_UNIQUE_LOCAL = (ip_network("fc00::/7"),)
_LINK_LOCAL = (ip_network("169.254.0.0/16"), ip_network("fe80::/10"))
_IPV4 = 4
_LINK_LOCAL_V4, _LINK_LOCAL_V6 = 0xA9FE, 0x3FA
_HOST_SERVICES_V6 = (ip_address("fd00:ec2::253"), ip_address("fd00:ec2::254"), ip_address("fd00:ec2::123"))

_RESOLVERS = (ip_address("169.254.169.253"), ip_address("fd00:ec2::253"))


def private_kind(address: Address) -> str | None:
    """Return "RFC1918" or "RFC6598" for what internet gateways refuse, None for a public address."""
    if any(address in block for block in (*_RFC1918, *_UNIQUE_LOCAL, *_LINK_LOCAL)):
        return "RFC1918"
    return "RFC6598" if any(address in block for block in _RFC6598) else None


def is_host_service(snapshot: Snapshot, vpc_id: str, address: Address) -> bool:
    """Return whether the address is the VPC's resolver, the instance metadata or the time service.

    Neither security groups nor network ACLs filter those.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
    """
    number = int(address)
    if address.version == _IPV4:
        return number >> 16 == _LINK_LOCAL_V4 or number in snapshot.derived(_resolvers).get(vpc_id, ())
    return number >> 118 == _LINK_LOCAL_V6 or address in _HOST_SERVICES_V6


def is_resolver(snapshot: Snapshot, vpc_id: str, address: Address) -> bool:
    """Return whether the address is the VPC's resolver, under whichever of its names.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
    """
    known = snapshot.derived(_resolvers).get(vpc_id, ())
    return address in _RESOLVERS or (address.version == _IPV4 and int(address) in known)


def _resolvers(snapshot: Snapshot) -> dict[str, tuple[int, ...]]:
    """Return the resolvers of each VPC, at the third address of its blocks."""
    return {
        vpc.id: tuple(int(block.network_address) + 2 for block in vpc.cidrs if block.version == _IPV4)
        for vpc in snapshot.vpcs.values()
    }
