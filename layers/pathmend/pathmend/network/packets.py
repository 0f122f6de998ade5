"""Packets that filters judge together: alike in all but their destination port."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathmend.network.ports import ALL_PORTS, PortSet
from pathmend.snapshot.protocols import ALL, ICMP, ICMP_V6, TCP, UDP

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Address, Network

WITH_PORTS = frozenset((TCP, UDP))
WITH_TYPES = frozenset((ICMP, ICMP_V6))
_CODES = 256


@dataclass(frozen=True, slots=True)
class Packets:
    """What a filter sees: the direction as seen from the subnet or interface, the peer, the destination ports.

    ICMP types and codes stand in `ports` (see PortSet); protocols that have neither carry all ports. `peer_groups` are
    the security groups by which references know the peer; None leaves it to the interface that has its address.
    """

    egress: bool
    protocol: str
    peer: Address
    ports: PortSet = ALL_PORTS
    peer_groups: tuple[str, ...] | None = None


def icmp_ports(kind: int, code: int) -> PortSet:
    """Return where an ICMP type and code stand in a PortSet, -1 meaning all."""
    if kind < 0:
        return ALL_PORTS
    first = kind * _CODES
    return PortSet.of(first, first + _CODES - 1) if code < 0 else PortSet.of(first + code)


def rule_ports(protocol: str, ports: tuple[int, int] | None) -> PortSet:
    """Return what a rule of this protocol covers, from its port range or its ICMP type and code."""
    if ports is None:
        return ALL_PORTS
    return icmp_ports(*ports) if protocol in WITH_TYPES else PortSet.of(*ports)


def covers(rule_protocol: str, protocol: str) -> bool:
    """Return whether a rule speaks of the protocol at all."""
    return rule_protocol in (ALL, protocol)


def interval(network: Network) -> tuple[int, int, int]:
    """Return a network as its IP version and the numbers of its first and last address."""
    return network.version, int(network.network_address), int(network.broadcast_address)
