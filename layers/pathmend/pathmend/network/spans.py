"""Address ranges within which a set of networks makes no difference, found by bisection."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pathmend.snapshot.resources import Address, Network

Span: TypeAlias = tuple[int, int]
"""The IP version, and the number of the range among those of the version."""


class Spans:
    """The ranges between the edges of some networks; all addresses of a range lie in the same of these networks."""

    __slots__ = ("_edges",)

    def __init__(self, networks: Iterable[Network]) -> None:
        edges: dict[int, set[int]] = {4: {0}, 6: {0}}
        for network in networks:
            edges[network.version] |= {int(network.network_address), int(network.broadcast_address) + 1}
        self._edges = {version: sorted(own) for version, own in edges.items()}

    def of(self, address: Address) -> Span:
        """Return the range that holds the address."""
        version = address.version
        return version, bisect_right(self._edges[version], int(address)) - 1

    def first(self, span: Span) -> int:
        """Return the number of a range's first address."""
        version, index = span
        return self._edges[version][index]
