"""Network ACL entries in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.snapshot.protocols import ALL, ICMP, ICMP_V6, TCP, UDP

if TYPE_CHECKING:
    from pathmend.snapshot.resources import AclEntry

_NAMES = {ALL: "all traffic", ICMP: "ICMP", TCP: "TCP", UDP: "UDP", ICMP_V6: "ICMPv6"}


def describe(entry: AclEntry | None) -> str:
    """Say an entry in words: "allow TCP 1024-65535 from 10.0.11.0/24"."""
    if entry is None:
        return "no rule"
    ports = ""
    if entry.ports:
        low, high = entry.ports
        ports = f" {low}" if low == high else f" {low}-{high}"
    way = "to" if entry.egress else "from"
    return f"{entry.action} {protocol_name(entry.protocol)}{ports} {way} {entry.cidr}"


def protocol_name(protocol: str) -> str:
    """Return the usual name of a protocol number given as text."""
    return _NAMES.get(protocol, f"protocol {protocol}")


def direction(*, egress: bool) -> str:
    """Return AWS's word for the direction."""
    return "egress" if egress else "ingress"
