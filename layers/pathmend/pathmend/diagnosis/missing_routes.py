"""Routes that a table should have: to a network behind a transit gateway or a peering connection, and to the internet.

What siblings have, and what the transit gateway's own table knows, shows what is missing. Nothing is guessed: where two
ways would do, none is named.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html
"""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, NamedTuple

from pathmend.diagnosis.finding import RouteGap
from pathmend.network.routing import RouteLookups, is_blackhole
from pathmend.network.security_group import networks_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pathmend.snapshot.resources import Address, NatGateway, Network, Route, RouteTable
    from pathmend.snapshot.transit import TransitGatewayRoute
    from pathmend.snapshot.world import Snapshot

INTERNET = ip_network("0.0.0.0/0")
_IGW = "igw-"


class _Way(NamedTuple):
    """What leads to an address: the networks that hold it by the way's own tables, and by the subnets behind it."""

    target: str
    networks: tuple[Network, ...]
    subnets: tuple[Network, ...]


def peer_route(snapshot: Snapshot, table: RouteTable, address: Address) -> RouteGap | None:
    """Return the route by which the table's VPC reaches an address of another network that it is attached to.

    None where the table has it, where no network that is attached holds the address, or where several do.
    """
    way = _missing(snapshot, table, address)
    if way is None:
        return None
    siblings = tuple(_of_siblings(snapshot, table, way.target, address))
    return _gap(table, way, siblings or (*way.networks, *way.subnets))


def return_route(snapshot: Snapshot, table: RouteTable, address: Address) -> RouteGap | None:
    """Return the route by which replies come back to an address: to all that lies behind the way, not to one subnet."""
    way = _missing(snapshot, table, address)
    return _gap(table, way, way.networks) if way else None


def _gap(table: RouteTable, way: _Way, networks: Sequence[Network]) -> RouteGap:
    destination = max(networks, key=lambda one: (one.prefixlen, str(one)))
    return RouteGap((table.id,), str(destination), way.target, _present(table, destination))


def _missing(snapshot: Snapshot, table: RouteTable, address: Address) -> _Way | None:
    ways = [*_by_gateways(snapshot, table.vpc_id, address), *_by_peerings(snapshot, table.vpc_id, address)]
    chosen = snapshot.derived(RouteLookups).of(table).choose(address)
    has_it = chosen is not None and not is_blackhole(chosen.route) and chosen.target in {way.target for way in ways}
    return ways[0] if len(ways) == 1 and not has_it else None


def _by_gateways(snapshot: Snapshot, vpc_id: str, address: Address) -> Iterator[_Way]:
    for own in snapshot.transit_gateway_attachments.values():
        if own.kind != "vpc" or own.resource_id != vpc_id or own.state != "available":
            continue
        table = snapshot.transit_gateway_route_tables.get(own.table_id or "")
        routes = [one for one in (table.routes or ()) if own.id not in one.attachment_ids] if table else []
        held = [(net, one) for one in routes if one.state == "active" for net in _holding(snapshot, one, address)]
        if held:
            names = dict.fromkeys(name for _, route in held for name in route.attachment_ids)
            known = (snapshot.transit_gateway_attachments.get(name) for name in names)
            vpcs = [one.resource_id for one in known if one and one.kind == "vpc"]
            subnets = tuple(block for vpc in vpcs for block in _subnet_blocks(snapshot, vpc, address))
            yield _Way(own.transit_gateway_id, tuple(net for net, _ in held), subnets)


def _holding(snapshot: Snapshot, route: TransitGatewayRoute, address: Address) -> Iterator[Network]:
    # A default route says nothing of what is there.
    networks = networks_of(snapshot, route.destination) or ()
    yield from (network for network in networks if address in network and network.prefixlen)


def _by_peerings(snapshot: Snapshot, vpc_id: str, address: Address) -> Iterator[_Way]:
    for peering in snapshot.peerings.values():
        ends = {peering.requester.vpc_id: peering.accepter, peering.accepter.vpc_id: peering.requester}
        far = ends.get(vpc_id)
        if far is None or peering.state != "active":
            continue
        vpc = snapshot.vpcs.get(far.vpc_id)
        blocks = tuple(block for block in far.cidrs or (vpc.cidrs if vpc else ()) if address in block)
        if blocks:
            yield _Way(peering.id, blocks, tuple(_subnet_blocks(snapshot, far.vpc_id, address)))


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
