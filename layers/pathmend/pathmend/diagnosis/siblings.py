"""Siblings: the rules and tables of the neighbours that work, which show what the odd one should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.network.ports import PortSet
from pathmend.snapshot.networks import contains

if TYPE_CHECKING:
    from pathmend.diagnosis.finding import AclGap
    from pathmend.snapshot.resources import AclEntry, NetworkAcl

ALL_PROTOCOLS = "-1"


def entry_ports(entry: AclEntry) -> PortSet:
    """Return the ports that an entry speaks of: all of them where it names none."""
    return PortSet.of(*entry.ports) if entry.ports else PortSet.of(0, 65535)


def sibling_entries(acl: NetworkAcl, gap: AclGap) -> tuple[AclEntry, ...]:
    """Return the entries that allow, for other networks of the peers' size, all that the gap's flow needs."""
    sizes = {peer.prefixlen for peer in gap.peers}
    return tuple(
        e
        for e in _allows(acl, gap)
        if e.cidr.prefixlen in sizes and e.cidr not in gap.peers and not (gap.needed - entry_ports(e))
    )


def half_open_entries(acl: NetworkAcl, gap: AclGap) -> tuple[AclEntry, ...]:
    """Return the entries that reach all the gap's peers and allow a part of the ports they need: the odd ones."""
    return tuple(
        e
        for e in _allows(acl, gap)
        if all(contains(e.cidr, peer) for peer in gap.peers)
        and entry_ports(e) & gap.needed
        and gap.needed - entry_ports(e)
    )


def shadowing_denies(acl: NetworkAcl, gap: AclGap) -> tuple[AclEntry, ...]:
    """Return the explicit deny entries that decide over a part of the gap."""
    return tuple(
        e
        for e in acl.entries
        if e.egress == gap.egress and e.action == "deny" and str(e.rule_number) == gap.rule and _speaks_of(e, gap)
    )


def _allows(acl: NetworkAcl, gap: AclGap) -> tuple[AclEntry, ...]:
    return tuple(e for e in acl.entries if e.egress == gap.egress and e.action == "allow" and _speaks_of(e, gap))


def _speaks_of(entry: AclEntry, gap: AclGap) -> bool:
    return entry.protocol in {gap.protocol, ALL_PROTOCOLS}
