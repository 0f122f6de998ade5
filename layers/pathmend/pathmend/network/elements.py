"""The elements of a VPC that a walk meets: interface with its groups, subnet's ACL, subnet's route table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.network import latent, routing
from pathmend.network.acl import AclTables
from pathmend.network.flow import Leg
from pathmend.network.security_group import GroupTables
from pathmend.network.walk import Gate, Stop, Walk

if TYPE_CHECKING:
    from pathmend.network.journey import Journey
    from pathmend.network.place import Place
    from pathmend.network.routing import Choice, RouteLookup
    from pathmend.network.security_group import GroupDecision
    from pathmend.snapshot.resources import Address, NetworkInterface, RouteTable


def groups(walk: Walk, place: Place, peer: Address, peer_groups: tuple[str, ...] | None, *, egress: bool) -> None:
    """Ask the groups of the interface that opens (egress) or takes (ingress) the connection.

    `peer_groups` are those by which references know the peer; None where nobody knows them.
    """
    interface = place.interface
    if interface is None:
        where = f"no interface with the address {place.address} was read"
        walk.cannot_tell(Leg.FORWARD, "interface", str(place.address), why=where)
        return
    walk.passes(Leg.FORWARD, "interface", interface.id)
    if interface.group_ids:
        _ask_groups(walk, interface, peer, peer_groups, egress=egress)


def _ask_groups(
    walk: Walk, interface: NetworkInterface, peer: Address, peer_groups: tuple[str, ...] | None, *, egress: bool
) -> None:
    table = walk.snapshot.derived(GroupTables).of(interface.group_ids, walk.protocol, egress=egress)
    span = table.span(peer)
    key = interface.group_ids, egress, span, peer_groups
    piece = walk.pieces.get(key)
    if piece is not None:
        walk.add(piece)
        return
    ports = walk.ports(Leg.FORWARD)
    decision = table.decide((span, ports, peer_groups))
    if not ports - decision.passing:
        walk.pieces[key] = walk.passes(Leg.FORWARD, "security-group", decision.group_ids[0])
    else:
        _refused(walk, interface, decision, egress=egress)


def _refused(walk: Walk, interface: NetworkInterface, decision: GroupDecision, *, egress: bool) -> None:
    leg, name = Leg.FORWARD, interface.group_ids[0]
    if decision.unknown:
        walk.cannot_tell(leg, "security-group", name, why=decision.unknown[0])
        return
    code = "ENI_SG_RULES_MISMATCH" if decision.has_rules else "SG_HAS_NO_RULES"
    direction = "egress" if egress else "ingress"
    walk.stops(leg, Stop(code, "security-group", name, None, direction, interface.subnet_id, interface.id))


def acl(walk: Walk, subnet_id: str, journey: Journey, *, egress: bool) -> None:
    """Ask the subnet's network ACL about packets that cross the subnet's edge: by target out, by source in."""
    gate = walk.gates.get((subnet_id, egress)) or _gate(walk, subnet_id, egress=egress)
    if gate is None:
        walk.cannot_tell(journey.leg, "network-acl", subnet_id, why=_unread("the network ACL", subnet_id))
        return
    span = gate.table.span(journey.target if egress else journey.source)
    key = journey.leg is Leg.FORWARD, span, journey.ports
    piece = gate.pieces.get(key)
    if piece is None:
        decisions = gate.table.decide(span, walk.ports(journey.leg) if journey.ports is None else journey.ports)
        piece = gate.pieces[key] = walk.acl_piece(journey, decisions, gate.where)
    walk.add(piece)
    for odd in gate.latent:
        walk.latent[odd] = None


def _gate(walk: Walk, subnet_id: str, *, egress: bool) -> Gate | None:
    snapshot = walk.snapshot
    found = snapshot.network_acl_of(subnet_id) if subnet_id in snapshot.subnets else None
    if found is None:
        return None
    table = snapshot.derived(AclTables).of(found, walk.protocol, egress=egress)
    direction = "egress" if egress else "ingress"
    where = Stop("SUBNET_ACL_RESTRICTION", "network-acl", found.id, None, direction, subnet_id)
    gate = walk.gates[subnet_id, egress] = Gate(table, where, latent.of_acl(snapshot, found), {})
    return gate


def _unread(what: str, subnet_id: str) -> str:
    return f"{what} of {subnet_id or 'an unknown subnet'} was not read"


def route(walk: Walk, subnet_id: str, to: Address, *, leg: Leg) -> Choice | None:
    """Return the live route that the subnet's table has to an address; None when the walk ends here, which is noted."""
    lookup = walk.snapshot.derived(routing.RouteLookups).of_subnet(subnet_id)
    if lookup is None:
        walk.cannot_tell(leg, "route-table", subnet_id, why=_unread("the route table", subnet_id))
        return None
    chosen = lookup.choose(to)
    doubt = _doubt(walk, lookup, chosen, to=to, leg=leg) if lookup.unread or (chosen and chosen.rivals) else ""
    if doubt:
        walk.cannot_tell(leg, "route-table", lookup.table.id, why=doubt)
        return None
    if lookup.dead:
        latent.of_table(walk, lookup, chosen)
    if chosen is None:
        walk.stops(leg, table_stop("NO_ROUTE_TO_DESTINATION", lookup.table, None, subnet_id))
        return None
    if routing.is_blackhole(chosen.route):
        walk.stops(leg, table_stop("BAD_STATE_ROUTE", lookup.table, chosen, subnet_id))
        return None
    return chosen


def _doubt(walk: Walk, lookup: RouteLookup, chosen: Choice | None, *, to: Address, leg: Leg) -> str:
    """Say why it is not known which route the table applies; empty where it is."""
    # A reply goes to a client, and an address of the snapshot is its owner's: neither is a service of AWS.
    may_be_service = chosen is None or (leg is Leg.FORWARD and not walk.snapshot.interfaces_with(to))
    unread = lookup.doubts(to, chosen, may_be_service=may_be_service)
    if unread:
        return f"the addresses of {unread[0].destination}, a destination in {lookup.table.id}, were not read"
    if chosen is None or not chosen.rivals:
        return ""
    walk.torn = chosen
    ways = " or ".join(f"{one.destination} to {one.target}" for one in (chosen.route, *chosen.rivals))
    return f"which of its prefix lists {lookup.table.id} applies to {to}, AWS picks at random: {ways}"


def table_stop(code: str, table: RouteTable, chosen: Choice | None, subnet_id: str) -> Stop:
    """Return the stop at a subnet's route table; the rule is the matched route's destination."""
    rule = chosen.destination if chosen else None
    return Stop(code, "route-table", table.id, rule, "egress", subnet_id)
