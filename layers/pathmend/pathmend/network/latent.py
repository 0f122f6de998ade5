"""What is odd in the elements that a flow meets and does not stop the flow: worth a look, never the cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.network.acl import entries_in_order, entry_ports
from pathmend.network.flow import Latent
from pathmend.network.packets import covers
from pathmend.snapshot.networks import contains

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.network.place import Place
    from pathmend.network.routing import Choice, RouteLookup
    from pathmend.network.walk import Walk
    from pathmend.snapshot.resources import AclEntry, NetworkAcl
    from pathmend.snapshot.world import Snapshot


def _noted(_: Snapshot) -> dict[str, tuple[Latent, ...]]:
    return {}


def _of_ends(_: Snapshot) -> dict[tuple[str, tuple[str, ...]], tuple[Latent, ...]]:
    return {}


def of_acl(snapshot: Snapshot, acl: NetworkAcl) -> tuple[Latent, ...]:
    """Return the ACL's entries that no packet ever comes to, for one ahead of them says the contrary to all of it."""
    known = snapshot.derived(_noted)
    found = known.get(acl.id)
    if found is None:
        found = known[acl.id] = tuple(_shadowed(acl))
    return found


def _shadowed(acl: NetworkAcl) -> Iterator[Latent]:
    for egress in (False, True):
        entries = entries_in_order(acl, egress=egress)
        for index, entry in enumerate(entries):
            ahead = next((one for one in entries[:index] if _hides(one, entry)), None)
            if ahead is not None and ahead.action != entry.action:
                way = "egress" if egress else "ingress"
                note = f"{way} rule {entry.rule_number} is never reached: rule {ahead.rule_number} decides before it"
                yield Latent("SUBNET_ACL_RESTRICTION", "network-acl", acl.id, str(entry.rule_number), note)


def _hides(ahead: AclEntry, entry: AclEntry) -> bool:
    if not covers(ahead.protocol, entry.protocol) or not contains(ahead.cidr, entry.cidr):
        return False
    return not entry_ports(entry) - entry_ports(ahead)


def of_table(walk: Walk, lookup: RouteLookup, chosen: Choice | None) -> None:
    """Note the table's dead routes that this flow does not take."""
    for route in lookup.dead:
        if chosen is None or chosen.route != route:
            note = f"the route to {route.destination} leads to {route.target or 'nothing'}, which is gone"
            odd = Latent("BAD_STATE_ROUTE", "route-table", lookup.table.id, str(route.destination), note)
            walk.latent[odd] = None


def of_destination(walk: Walk, place: Place) -> None:
    """Note that the destination opens no connections itself, and that its VPC lacks names: neither stops a packet."""
    if place.interface is None:
        return
    key = place.vpc_id, place.interface.group_ids
    known = walk.snapshot.derived(_of_ends)
    found = known.get(key)
    if found is None:
        found = known[key] = (
            *_silent(walk.snapshot, place.interface.group_ids),
            *_nameless(walk.snapshot, place.vpc_id),
        )
    for one in found:
        walk.latent[one] = None


def _silent(snapshot: Snapshot, group_ids: tuple[str, ...]) -> Iterator[Latent]:
    groups = [snapshot.security_groups[one] for one in group_ids if one in snapshot.security_groups]
    if groups and not any(rule.egress for group in groups for rule in group.rules):
        note = "no egress rules: it answers, and opens no connections of its own"
        yield Latent("SG_HAS_NO_RULES", "security-group", groups[0].id, None, note)


def _nameless(snapshot: Snapshot, vpc_id: str) -> Iterator[Latent]:
    vpc = snapshot.vpcs.get(vpc_id)
    for name, value in (("support", vpc.dns_support), ("hostnames", vpc.dns_hostnames)) if vpc else ():
        if value is False:
            note = f"DNS {name} is off: names of endpoints and instances may be missing, packets are not stopped"
            yield Latent("DNS_ATTRIBUTE_OFF", "vpc", vpc_id, f"EnableDns{name.capitalize()}", note)
