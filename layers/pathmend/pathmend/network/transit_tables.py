"""The route tables of transit gateways: which one decides, and which route it applies.

Source: https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html (associations, route evaluation order)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.network.routing import by_length, longest
from pathmend.network.security_group import networks_of
from pathmend.snapshot.transit import TransitGatewayRoute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.network.routing import Lengths
    from pathmend.snapshot.resources import Address, Network
    from pathmend.snapshot.transit import TransitGatewayAttachment, TransitGatewayRouteTable
    from pathmend.snapshot.world import Snapshot


def unread_of(snapshot: Snapshot, table: TransitGatewayRouteTable, route: TransitGatewayRoute | None) -> str | None:
    """Say what of the table may lead the packet elsewhere and was not read; None for nothing."""
    if table.routes is None:
        return None if route else f"the routes of {table.id} were not read"
    lists = (one.destination for one in table.routes if networks_of(snapshot, one.destination) is None)
    return next((f"the addresses of {name}, a destination in {table.id}, were not read" for name in lists), None)


def table_of(snapshot: Snapshot, attachment: TransitGatewayAttachment) -> TransitGatewayRouteTable | None:
    """Return the route table that decides for what comes by the attachment, where it was read."""
    tables = snapshot.transit_gateway_route_tables
    return tables.get(attachment.table_id or "") or snapshot.derived(_tables_by_attachment).get(attachment.id)


def _tables_by_attachment(snapshot: Snapshot) -> dict[str, TransitGatewayRouteTable]:
    return {name: table for table in snapshot.transit_gateway_route_tables.values() for name in table.associated}


def choose(snapshot: Snapshot, table: TransitGatewayRouteTable, to: Address) -> TransitGatewayRoute | None:
    """Return the route that the table applies: the longest prefix, then static over propagated."""
    compiled = snapshot.derived(_no_routes)
    lengths = compiled.get((table.id, to.version))
    if lengths is None:
        # Static ones last, so that they take the place of propagated ones to the same network.
        routes = sorted(_by_network(snapshot, table), key=lambda one: not one[1].propagated)
        lengths = compiled[table.id, to.version] = by_length(dict(routes), to.version)
    return longest(lengths, int(to))


def _no_routes(_: Snapshot) -> dict[tuple[str, int], Lengths[TransitGatewayRoute]]:
    return {}


def _by_network(snapshot: Snapshot, table: TransitGatewayRouteTable) -> Iterator[tuple[Network, TransitGatewayRoute]]:
    """Return the table's routes; what a VPC's attachment propagates is there whether or not the answer lists it."""
    for route in (*(table.routes or ()), *_propagated(snapshot, table)):
        for network in networks_of(snapshot, route.destination) or ():
            yield network, route


def _propagated(snapshot: Snapshot, table: TransitGatewayRouteTable) -> Iterator[TransitGatewayRoute]:
    for name in table.propagating:
        attachment = snapshot.transit_gateway_attachments.get(name)
        vpc = snapshot.vpcs.get(attachment.resource_id) if attachment else None
        for block in vpc.cidrs if vpc else ():
            yield TransitGatewayRoute(block, (name,), propagated=True)
