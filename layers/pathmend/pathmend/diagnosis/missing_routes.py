"""Routes that a table should have: to a network behind a transit gateway or a peering connection, and to the internet.

What siblings have, and what the transit gateway's own table knows, shows what is missing. Nothing is guessed: where two
ways would do, none is named.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html
"""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

from pathmend.diagnosis.finding import RouteGap
from pathmend.network.routing import RouteLookups, is_blackhole
from pathmend.network.security_group import networks_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pathmend.snapshot.resources import Address, NatGateway, Network, Route, RouteTable
    from pathmend.snapshot.transit import PeeringEnd
    from pathmend.snapshot.world import Snapshot

INTERNET = ip_network("0.0.0.0/0")
_IGW = "igw-"


def peer_route(snapshot: Snapshot, table: RouteTable, address: Address) -> RouteGap | None:
    """Return the route by which the table's VPC reaches an address of another network that it is attached to.

    None where the table has it, where no network that is attached holds the address, or where several do.
    """
    ways = dict(_ways(snapshot, table.vpc_id, address))
    chosen = snapshot.derived(RouteLookups).of(table).choose(address)
    if len(ways) != 1 or (chosen and chosen.target in ways and not is_blackhole(chosen.route)):
        return None
    ((target, networks),) = ways.items()
    by_siblings = _smallest(_of_siblings(snapshot, table, target, address))
    destination = by_siblings or _smallest(networks)
    if destination is None:
        return None
    return RouteGap((table.id,), str(destination), target, _present(table, destination))


def _ways(snapshot: Snapshot, vpc_id: str, address: Address) -> Iterator[tuple[str, tuple[Network, ...]]]:
    """Yield the transit gateways and peering connections that lead to the address, with the networks that hold it."""
    for one in snapshot.transit_gateway_attachments.values():
        if one.kind == "vpc" and one.resource_id == vpc_id and one.state == "available":
            networks = tuple(_behind_gateway(snapshot, one.table_id or "", {one.id}, address))
            if networks:
                yield one.transit_gateway_id, networks
    for peering in snapshot.peerings.values():
        ends = {peering.requester.vpc_id: peering.accepter, peering.accepter.vpc_id: peering.requester}
        far = ends.get(vpc_id)
        networks = tuple(_behind_peering(snapshot, far, address)) if far and peering.state == "active" else ()
        if networks:
            yield peering.id, networks


def _behind_gateway(snapshot: Snapshot, table_id: str, own: set[str], address: Address) -> Iterator[Network]:
    table = snapshot.transit_gateway_route_tables.get(table_id)
    for route in (table.routes or ()) if table else ():
        onward = [one for one in route.attachment_ids if one not in own]
        if route.state != "active" or not onward:
            continue
        holding = [net for net in networks_of(snapshot, route.destination) or () if address in net and net.prefixlen]
        yield from holding
        attachment = snapshot.transit_gateway_attachments.get(onward[0])
        if holding and attachment and attachment.kind == "vpc":
            yield from _subnet_blocks(snapshot, attachment.resource_id, address)


def _behind_peering(snapshot: Snapshot, far: PeeringEnd, address: Address) -> Iterator[Network]:
    vpc = snapshot.vpcs.get(far.vpc_id)
    blocks = [block for block in far.cidrs or (vpc.cidrs if vpc else ()) if address in block]
    yield from blocks
    if blocks:
        yield from _subnet_blocks(snapshot, far.vpc_id, address)


def _subnet_blocks(snapshot: Snapshot, vpc_id: str, address: Address) -> Iterator[Network]:
    subnet = snapshot.subnet_at(vpc_id, address)
    yield from (block for block in (subnet.cidrs if subnet else ()) if address in block)


def _of_siblings(snapshot: Snapshot, table: RouteTable, target: str, address: Address) -> Iterator[Network]:
    for other in snapshot.route_tables.values():
        if other.vpc_id == table.vpc_id and other.id != table.id:
            yield from (net for net in _destinations(other, target) if address in net)


def _destinations(table: RouteTable, target: str) -> Iterator[Network]:
    for route in table.routes:
        if route.target == target and not isinstance(route.destination, str) and not is_blackhole(route):
            yield route.destination


def _smallest(networks: Iterable[Network]) -> Network | None:
    return max(networks, key=lambda one: (one.prefixlen, str(one)), default=None)


def _present(table: RouteTable, destination: Network) -> str | None:
    return next((route.target for route in table.routes if route.destination == destination), None)


def nat_route(snapshot: Snapshot, table: RouteTable, subnet_id: str, sibling_ids: Iterable[str]) -> RouteGap | None:
    """Return the route to the internet by a NAT gateway that works, in place of one that is dead or missing.

    A dead one shows that the way was meant; a missing one is only known to be where a sibling's table has one.
    """
    present = _present(table, INTERNET)
    meant = present is not None and present.startswith("nat-")
    gateways = list(_working(snapshot, table.vpc_id))
    used = {route.target for route in _defaults(snapshot, sibling_ids)}
    if not meant:
        gateways = [one for one in gateways if one.id in used] if present is None else []
    zone = _zone(snapshot, subnet_id)
    best = min(
        gateways, key=lambda one: (_zone(snapshot, one.subnet_id) != zone, one.id not in used, one.id), default=None
    )
    if best is None or best.id == present:
        return None
    return RouteGap((table.id,), str(INTERNET), best.id, present)


def _working(snapshot: Snapshot, vpc_id: str) -> Iterator[NatGateway]:
    for nat in snapshot.nat_gateways.values():
        if nat.vpc_id == vpc_id and nat.state == "available" and nat.public and is_public(snapshot, nat.subnet_id):
            yield nat


def is_public(snapshot: Snapshot, subnet_id: str) -> bool:
    """Return whether the subnet's table leads to the internet by an internet gateway."""
    return any(route.target.startswith(_IGW) and not is_blackhole(route) for route in _defaults(snapshot, (subnet_id,)))


def _defaults(snapshot: Snapshot, subnet_ids: Iterable[str]) -> Iterator[Route]:
    for subnet_id in subnet_ids:
        table = snapshot.route_table_of(subnet_id) if subnet_id in snapshot.subnets else None
        yield from (route for route in (table.routes if table else ()) if route.destination == INTERNET)


def _zone(snapshot: Snapshot, subnet_id: str) -> str:
    subnet = snapshot.subnets.get(subnet_id)
    return subnet.availability_zone if subnet else ""
