"""Sets of ports as sorted, disjoint, inclusive ranges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LAST_PORT = 65535


@dataclass(frozen=True, slots=True, order=True)
class PortSet:
    """An immutable set of ports; build it with `of` or `union`, which keep its ranges sorted, disjoint and apart.

    ICMP uses the same sets: a packet of type t and code c stands at t * 256 + c.
    """

    ranges: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, first: int, last: int | None = None) -> PortSet:
        """Return the ports `first` to `last`, both included; one port without `last`."""
        return cls.union([(first, first if last is None else last)])

    @classmethod
    def union(cls, ranges: Iterable[tuple[int, int]]) -> PortSet:
        """Return the ports of any ranges, in any order, overlapping or not.

        Raises:
            ValueError: a range is empty or leaves 0-65535.
        """
        merged: list[tuple[int, int]] = []
        for first, last in sorted(ranges):
            if not 0 <= first <= last <= LAST_PORT:
                raise ValueError(f"{first}-{last} is not a port range")
            if merged and first <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(merged[-1][1], last))
            else:
                merged.append((first, last))
        return cls(tuple(merged))

    def __or__(self, other: PortSet) -> PortSet:
        return PortSet.union((*self.ranges, *other.ranges))

    def __and__(self, other: PortSet) -> PortSet:
        shared: list[tuple[int, int]] = []
        mine, theirs = iter(self.ranges), iter(other.ranges)
        one, two = next(mine, None), next(theirs, None)
        while one and two:
            first, last = max(one[0], two[0]), min(one[1], two[1])
            if first <= last:
                shared.append((first, last))
            if one[1] < two[1]:
                one = next(mine, None)
            else:
                two = next(theirs, None)
        return PortSet(tuple(shared))

    def __sub__(self, other: PortSet) -> PortSet:
        return self & other.complement()

    def complement(self) -> PortSet:
        """Return all ports that are not in this set."""
        gaps: list[tuple[int, int]] = []
        start = 0
        for first, last in self.ranges:
            if start < first:
                gaps.append((start, first - 1))
            start = last + 1
        if start <= LAST_PORT:
            gaps.append((start, LAST_PORT))
        return PortSet(tuple(gaps))

    def count(self) -> int:
        """Return how many ports are in the set."""
        return sum(last - first + 1 for first, last in self.ranges)

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __contains__(self, port: int) -> bool:
        return any(first <= port <= last for first, last in self.ranges)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(self.ranges)

    def __str__(self) -> str:
        return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in self.ranges) or "none"


NO_PORTS = PortSet()
ALL_PORTS = PortSet.of(0, LAST_PORT)

# Source: https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html (ephemeral ports)
LOAD_BALANCER_EPHEMERAL = PortSet.of(1024, 65535)
"""What Elastic Load Balancing, NAT gateways and Lambda send from."""
LINUX_EPHEMERAL = PortSet.of(32768, 60999)
"""The kernel's default; AWS's page rounds its end up to 61000."""
WINDOWS_EPHEMERAL = PortSet.of(49152, 65535)
