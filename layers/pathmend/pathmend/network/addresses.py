"""What kinds of addresses there are, as far as gateways treat them differently."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Address

# Not ipaddress.is_private, which counts the documentation ranges in: those are outside addresses to us.
_RFC1918 = tuple(ip_network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
_RFC6598 = (ip_network("100.64.0.0/10"),)
_UNIQUE_LOCAL = (ip_network("fc00::/7"),)
_LINK_LOCAL = (ip_network("169.254.0.0/16"), ip_network("fe80::/10"))


def private_kind(address: Address) -> str | None:
    """Return "RFC1918" or "RFC6598" for what internet gateways refuse, None for a public address."""
    if any(address in block for block in (*_RFC1918, *_UNIQUE_LOCAL, *_LINK_LOCAL)):
        return "RFC1918"
    return "RFC6598" if any(address in block for block in _RFC6598) else None
