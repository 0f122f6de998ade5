"""Which public addresses an interface has, and of which of its private ones, by all the answers that speak of it.

Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterface.html,
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Address.html and
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Instance.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from pathmend.snapshot.item import sorted_addresses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pathmend.snapshot.item import Item
    from pathmend.snapshot.resources import Address
    from pathmend.snapshot.transit import ElasticIp

Said: TypeAlias = "tuple[Address | None, Address]"
"""A private address, or None where the answer names none, and its public one."""
Pairs: TypeAlias = "tuple[tuple[Address, Address], ...]"


def said_elsewhere(addresses: Iterable[ElasticIp], reservations: Iterable[Item]) -> dict[str, list[Said]]:
    """Return what Elastic IP addresses and instances say, by interface."""
    found: dict[str, list[Said]] = {}
    for one in addresses:
        if one.interface_id:
            found.setdefault(one.interface_id, []).append((one.private_ip, one.public_ip))
    for reservation in reservations:
        for instance in reservation.items("Instances"):
            for interface_id, said in _of_instance(instance):
                found.setdefault(interface_id, []).append(said)
    return found


def _of_instance(item: Item) -> Iterator[tuple[str, Said]]:
    """Return what an instance says of its primary interface: its public address is that of the primary private one."""
    public = item.address("PublicIpAddress")
    if public is None:
        return
    for one in item.items("NetworkInterfaces"):
        name, attachment = one.maybe("NetworkInterfaceId"), one.item("Attachment")
        if name and not attachment.number("DeviceIndex") and not attachment.number("NetworkCardIndex"):
            yield name, (item.address("PrivateIpAddress"), public)


def public_addresses(item: Item, own: tuple[Item, ...], elsewhere: Iterable[Said]) -> tuple[tuple[Address, ...], Pairs]:
    """Return an interface's public addresses, and (private, public) for those that any answer pairs; both in one order.

    The association of the interface itself is that of its primary address, unless it is listed beside another one.
    """
    said = [*_listed(own), *elsewhere]
    first = _public(item)
    if first is not None and first not in [public for _, public in _listed(own)]:
        said.append((item.address("PrivateIpAddress"), first))
    if not said:
        return (), ()
    pairs = {(private, public) for private, public in said if private is not None}
    return sorted_addresses({public for _, public in said}), tuple(sorted(pairs, key=_order))


def _listed(own: tuple[Item, ...]) -> list[Said]:
    found = ((one.address("PrivateIpAddress"), _public(one)) for one in own if "Association" in one.values)
    return [(private, public) for private, public in found if public is not None]


def _public(item: Item) -> Address | None:
    return item.item("Association").address("PublicIp") if "Association" in item.values else None


def _order(pair: tuple[Address, Address]) -> tuple[int, int]:
    private, public = pair
    return int(private), int(public)
