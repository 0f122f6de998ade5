"""Where an endpoint of a flow stands in the snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathmend.network.addresses import private_kind
from pathmend.network.public_addresses import private_of

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
    """Return where the endpoint stands: in the VPC of the other one, else in the one that alone has its address.

    None is outside, or in one of several VPCs whose addresses overlap: the way there will tell which.
    """
    if endpoint.interface:
        return _of_interface(snapshot, endpoint.interface, endpoint.address)
    if other.interface is None:
        return _anywhere(snapshot, endpoint.address)
    near = place_at(snapshot, other.interface.vpc_id, endpoint.address)
    return near or _anywhere(snapshot, endpoint.address)


def _anywhere(snapshot: Snapshot, address: Address) -> Place | None:
    owners = snapshot.interfaces_with(address)
    # A public address is reached by way of the internet, whoever owns it.
    if len(owners) != 1 or (private_kind(address) is None and address in owners[0].public_ips):
        return None
    return _of_interface(snapshot, owners[0], address)


def _of_interface(snapshot: Snapshot, interface: NetworkInterface, address: Address) -> Place:
    # Filters in the VPC see the private address: the internet gateway translates the public one.
    if address in interface.public_ips:
        address = private_of(snapshot, interface, address).address or address
    return Place(interface.vpc_id, address, interface.subnet_id, interface)


def place_at(snapshot: Snapshot, vpc_id: str, address: Address) -> Place | None:
    """Return where an address stands in a VPC; None when it is none of the VPC's."""
    interface = snapshot.interface_at(vpc_id, address)
    if interface:
        return _of_interface(snapshot, interface, address)
    vpc = snapshot.vpcs.get(vpc_id)
    if vpc and not any(address in block for block in vpc.cidrs):
        return None
    subnet = snapshot.subnet_at(vpc_id, address)
    if subnet is None and vpc is None:
        return None
    return Place(vpc_id, address, subnet.id if subnet else "", None)
