"""Relations between networks of either IP version."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Network

# Not ipaddress's is_private, which counts the documentation ranges in.
PRIVATE = tuple(ip_network(b) for b in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"))


def contains(outer: Network, inner: Network) -> bool:
    """Say whether every address of `inner` is in `outer`; networks of two IP versions have none in common."""
    if isinstance(outer, IPv4Network) and isinstance(inner, IPv4Network):
        return inner.subnet_of(outer)
    return isinstance(outer, IPv6Network) and isinstance(inner, IPv6Network) and inner.subnet_of(outer)


def is_private(network: Network) -> bool:
    """Say whether the whole network lies in a range that is not routed on the internet."""
    return any(contains(block, network) for block in PRIVATE)
