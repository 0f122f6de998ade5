"""What rules permit, as exact sets over protocol, address and port, and the few boxes that describe a difference."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, summarize_address_range
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from pathmend.network.packets import covers
from pathmend.network.ports import ALL_PORTS, NO_PORTS, PortSet
from pathmend.snapshot.protocols import ALL, name_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pathmend.snapshot.resources import Network

OTHER = "other"
"""The protocols that no rule at hand names: they all fare alike."""
_BITS = {4: 32, 6: 128}
Span: TypeAlias = tuple[int, int]
Column: TypeAlias = list[PortSet]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a filter: what it speaks of, and whether it allows it."""

    protocol: str
    network: Network
    ports: PortSet
    allows: bool = True


@dataclass(frozen=True, slots=True)
class Box:
    """A network, a protocol, and the ports of it. `protocol` is a number, "-1", or "all but" and numbers."""

    peer: Network
    protocol: str
    ports: PortSet


def newly_permitted(before: Sequence[Rule], after: Sequence[Rule]) -> tuple[Box, ...]:
    """Return what `after` permits and `before` does not. Rules are in order: the first that matches decides.

    Exact, and in few boxes: neighbours that gain the same ports are one network where they make one.
    """
    return tuple(box for version in _BITS for box in _of_version(before, after, version))


def _of_version(before: Sequence[Rule], after: Sequence[Rule], version: int) -> Iterator[Box]:
    old = [rule for rule in before if rule.network.version == version]
    new = [rule for rule in after if rule.network.version == version]
    spans = _spans([rule.network for rule in (*old, *new)], version)
    named = sorted({rule.protocol for rule in (*old, *new)} - {ALL}, key=int)
    gains = {protocol: _gain(old, new, spans, protocol) for protocol in (*named, OTHER)}
    for protocol, column in _with_all(gains, spans).items():
        said = f"all but {', '.join(name_of(number) for number in named)}" if protocol == OTHER else protocol
        for network, ports in _boxes(column, spans, version):
            yield Box(network, said, ports)


def _spans(networks: Iterable[Network], version: int) -> list[Span]:
    """Return the address ranges within which all rules see no difference."""
    edges = {0, 1 << _BITS[version]}
    for network in networks:
        edges |= {int(network.network_address), int(network.broadcast_address) + 1}
    ordered = sorted(edges)
    return [(first, end - 1) for first, end in pairwise(ordered)]


def _gain(old: Sequence[Rule], new: Sequence[Rule], spans: list[Span], protocol: str) -> Column:
    return [_permitted(new, span, protocol) - _permitted(old, span, protocol) for span in spans]


def _permitted(rules: Sequence[Rule], span: Span, protocol: str) -> PortSet:
    permitted, left = NO_PORTS, ALL_PORTS
    for rule in rules:
        if covers(rule.protocol, protocol) and _holds(rule.network, span):
            if rule.allows:
                permitted |= left & rule.ports
            left = left - rule.ports
    return permitted


def _holds(network: Network, span: Span) -> bool:
    return int(network.network_address) <= span[0] and span[1] <= int(network.broadcast_address)


def _with_all(gains: dict[str, Column], spans: list[Span]) -> dict[str, Column]:
    """Return the gains with those of all protocols alike taken out of the single ones, under "-1"."""
    alike = [all(column[index] == ALL_PORTS for column in gains.values()) for index in range(len(spans))]
    rest = {
        protocol: [NO_PORTS if same else ports for ports, same in zip(column, alike, strict=True)]
        for protocol, column in gains.items()
    }
    return {ALL: [ALL_PORTS if same else NO_PORTS for same in alike], **rest}


def _boxes(column: Column, spans: list[Span], version: int) -> list[tuple[Network, PortSet]]:
    """Return the fewer of two exact descriptions: whole port sets by network, or whole networks by port range."""
    described = (
        [
            (network, ports)
            for ports, indices in groups
            for network in _networks([spans[index] for index in indices], version)
        ]
        for groups in (_by_ports_of_address(column), _by_addresses_of_port(column))
    )
    return min(described, key=len)


def _by_ports_of_address(column: Column) -> list[tuple[PortSet, list[int]]]:
    groups: dict[PortSet, list[int]] = {}
    for index, ports in enumerate(column):
        if ports:
            groups.setdefault(ports, []).append(index)
    return sorted(groups.items())


def _by_addresses_of_port(column: Column) -> list[tuple[PortSet, list[int]]]:
    edges = sorted({edge for ports in column for first, last in ports for edge in (first, last + 1)})
    groups: dict[tuple[int, ...], PortSet] = {}
    for first, end in pairwise(edges):
        indices = tuple(index for index, ports in enumerate(column) if first in ports)
        if indices:
            groups[indices] = groups.get(indices, NO_PORTS) | PortSet.of(first, end - 1)
    return sorted((ports, list(indices)) for indices, ports in groups.items())


def _networks(spans: list[Span], version: int) -> Iterator[Network]:
    kind = IPv4Address if version == 4 else IPv6Address  # noqa: PLR2004 - the IP version
    joined: list[Span] = []
    for first, last in spans:
        if joined and joined[-1][1] + 1 == first:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    for first, last in joined:
        yield from summarize_address_range(kind(first), kind(last))
