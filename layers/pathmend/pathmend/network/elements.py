"""The elements of a VPC that a walk meets: interface with its groups, subnet's ACL, subnet's route table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathmend.network import routing, security_group
from pathmend.network.flow import Leg
from pathmend.network.walk import Stop, Walk

if TYPE_CHECKING:
    from pathmend.network.packets import Packets
    from pathmend.network.place import Place
    from pathmend.snapshot.resources import Address, NetworkInterface, Route, RouteTable
    from pathmend.snapshot.world import Snapshot


@dataclass(frozen=True, slots=True)
class Choice:
    """A live route, and the table that it stands in."""

    table: RouteTable
    route: Route

    @property
    def target(self) -> str:
        """Return what carries the packet on."""
        return self.route.target

    @property
    def destination(self) -> str:
        """Return the matched destination as text."""
        return str(self.route.destination)


def groups(snapshot: Snapshot, walk: Walk, place: Place, peer: Address, *, egress: bool) -> None:
    """Ask the groups of the interface that opens (egress) or takes (ingress) the connection."""
    leg = Leg.FORWARD
    if place.interface is None:
        where = f"no interface with the address {place.address} was read"
        walk.cannot_tell(leg, "interface", str(place.address), why=where)
        return
    walk.passes(leg, "interface", place.interface.id)
    if place.interface.group_ids:
        _ask_groups(snapshot, walk, place.interface, walk.packets(leg, peer, egress=egress))


def _ask_groups(snapshot: Snapshot, walk: Walk, interface: NetworkInterface, packets: Packets) -> None:
    decision = security_group.decide(snapshot, interface, packets)
    leg, name = Leg.FORWARD, interface.group_ids[0]
    if not packets.ports - decision.passing:
        walk.passes(leg, "security-group", decision.group_ids[0])
    elif decision.unknown:
        walk.cannot_tell(leg, "security-group", name, why=decision.unknown[0])
    else:
        code = "ENI_SG_RULES_MISMATCH" if decision.has_rules else "SG_HAS_NO_RULES"
        direction = "egress" if packets.egress else "ingress"
        stop = Stop(code, "security-group", name, None, direction, interface.subnet_id, interface.id)
        walk.stops(leg, stop)


def acl(snapshot: Snapshot, walk: Walk, subnet_id: str, packets: Packets, *, leg: Leg) -> None:
    """Ask the subnet's network ACL about packets that cross the subnet's edge."""
    found = snapshot.network_acl_of(subnet_id) if subnet_id in snapshot.subnets else None
    if found is None:
        walk.cannot_tell(leg, "network-acl", subnet_id, why=_unread("the network ACL", subnet_id))
    else:
        walk.ask_acl(leg, found, packets, subnet_id=subnet_id)


def _unread(what: str, subnet_id: str) -> str:
    return f"{what} of {subnet_id or 'an unknown subnet'} was not read"


def route(snapshot: Snapshot, walk: Walk, subnet_id: str, to: Address, *, leg: Leg) -> Choice | None:
    """Return the live route that the subnet's table has to an address; None when the walk ends here, which is noted."""
    table = snapshot.route_table_of(subnet_id) if subnet_id in snapshot.subnets else None
    if table is None:
        walk.cannot_tell(leg, "route-table", subnet_id, why=_unread("the route table", subnet_id))
        return None
    chosen = routing.choose(table, to)
    if _may_go_elsewhere(walk, table, chosen, leg=leg):
        return None
    if chosen is None:
        walk.stops(leg, table_stop("NO_ROUTE_TO_DESTINATION", table, None, subnet_id))
        return None
    if routing.is_blackhole(chosen):
        walk.stops(leg, table_stop("BAD_STATE_ROUTE", table, chosen, subnet_id))
        return None
    return Choice(table, chosen)


def _may_go_elsewhere(walk: Walk, table: RouteTable, chosen: Route | None, *, leg: Leg) -> bool:
    unknown = routing.prefix_list_routes(table)
    if not unknown or (chosen is not None and chosen.target == routing.LOCAL):
        return False
    why = f"the addresses of {unknown[0].destination}, a destination in {table.id}, were not read"
    walk.cannot_tell(leg, "route-table", table.id, why=why)
    return True


def table_stop(code: str, table: RouteTable, chosen: Route | None, subnet_id: str) -> Stop:
    """Return the stop at a subnet's route table; the rule is the matched route's destination."""
    rule = str(chosen.destination) if chosen else None
    return Stop(code, "route-table", table.id, rule, "egress", subnet_id)
