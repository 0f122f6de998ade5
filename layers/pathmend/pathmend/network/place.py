"""Where an endpoint of a flow stands in the snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathmend.network.flow import Endpoint
    from pathmend.snapshot.resources import Address, NetworkInterface
    from pathmend.snapshot.world import Snapshot


@dataclass(frozen=True, slots=True)
class Place:
    """A position inside a VPC: the address that filters see there, its subnet, and the interface that owns it.

    `subnet_id` is empty, and `interface` None, where the snapshot does not say.
    """

    vpc_id: str
    address: Address
    subnet_id: str
    interface: NetworkInterface | None


def place_of(snapshot: Snapshot, endpoint: Endpoint, other: Endpoint) -> Place | None:
    """Return where the endpoint stands, in its own VPC or in that of the other one; None when it is outside."""
    if endpoint.interface:
        return _of_interface(endpoint.interface, endpoint.address)
    if other.interface is None:
        return None
    return _by_address(snapshot, other.interface.vpc_id, endpoint.address)


def _of_interface(interface: NetworkInterface, address: Address) -> Place:
    # Filters in the VPC see the private address: the internet gateway translates the public one.
    private = next((ip for ip in interface.private_ips if ip.version == address.version), address)
    seen = private if address in interface.public_ips else address
    return Place(interface.vpc_id, seen, interface.subnet_id, interface)


def _by_address(snapshot: Snapshot, vpc_id: str, address: Address) -> Place | None:
    interface = snapshot.interface_at(vpc_id, address)
    if interface:
        return _of_interface(interface, address)
    vpc = snapshot.vpcs.get(vpc_id)
    if vpc and not any(address in block for block in vpc.cidrs):
        return None
    subnet = snapshot.subnet_at(vpc_id, address)
    if subnet is None and vpc is None:
        return None
    return Place(vpc_id, address, subnet.id if subnet else "", None)
