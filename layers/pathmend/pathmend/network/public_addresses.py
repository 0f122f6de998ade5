"""Which public address stands for which private one: an internet gateway translates each to its own.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html (one-to-one NAT) and
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing.html (one Elastic IP address for each
private address of an interface).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathmend.network.flow import Endpoint
    from pathmend.snapshot.resources import Address, NetworkInterface
    from pathmend.snapshot.world import Snapshot


@dataclass(frozen=True, slots=True)
class Pairing:
    """The address at the other side of the internet gateway, None for none; `doubt` says why it cannot be known."""

    address: Address | None = None
    doubt: str = ""


_NONE = Pairing()


def public_of(snapshot: Snapshot, interface: NetworkInterface, private: Address) -> Pairing:
    """Return the public address by which the internet knows a private one of the interface."""
    if not interface.public_ips:
        return _NONE
    claims = _claims(interface)
    publics = sorted({public for own, public in claims if own == private}, key=int)
    if len(publics) > 1:
        named = ", ".join(map(str, publics))
        return Pairing(doubt=f"the answers give {private} of {interface.id} two public addresses: {named}")
    if publics:
        return Pairing(publics[0], _contested(snapshot, interface, publics[0]))
    return next((_which(interface, public) for own, public in claims if own is None), _NONE)


def private_of(snapshot: Snapshot, interface: NetworkInterface, public: Address) -> Pairing:
    """Return the private address of the interface that a public one of it stands for."""
    owner = next(own for own, one in _claims(interface) if one == public)
    if owner is None:
        return _which(interface, public)
    return Pairing(owner, public_of(snapshot, interface, owner).doubt)


def doubt_of(snapshot: Snapshot, end: Endpoint) -> str:
    """Say why it is not known which address of its interface a public end of a flow means; empty where it is."""
    interface = end.interface
    if interface is None or end.address not in interface.public_ips:
        return ""
    return private_of(snapshot, interface, end.address).doubt


def _claims(interface: NetworkInterface) -> list[tuple[Address | None, Address]]:
    """Return (private, public) as the answers pair them; what they do not pair is of the only address left, or None's.

    The last address without a public one must have it, for none has two.
    """
    paired = {public for _, public in interface.public_pairs}
    taken = {private for private, _ in interface.public_pairs}
    left = [private for private in interface.private_ips if private not in taken]
    lone = left[0] if len(left) == 1 else None
    rest = [(lone, public) for public in interface.public_ips if public not in paired]
    return [*interface.public_pairs, *rest]


def _which(interface: NetworkInterface, public: Address) -> Pairing:
    return Pairing(doubt=f"which private address of {interface.id} has the public address {public} was not read")


def _contested(snapshot: Snapshot, interface: NetworkInterface, public: Address) -> str:
    """Say that more than one private address is said to have the public one; empty where none but one is."""
    owners = sorted({interface.id, *(one.id for one in snapshot.interfaces_with(public))})
    if len(owners) == 1 and sum(one == public for _, one in _claims(interface)) == 1:
        return ""
    return f"the answers give {public} to more than one private address: of {', '.join(owners)}"
