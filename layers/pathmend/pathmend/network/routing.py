"""Which route carries a packet: the longest prefix, then static over propagated; a blackhole wins like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Address, Network, Route, RouteTable

LOCAL = "local"
_PROPAGATED = "EnableVgwRoutePropagation"


def choose(table: RouteTable, address: Address) -> Route | None:
    """Return the route that the table applies to the address, or None.

    Routes to a prefix list take no part: which addresses it holds is not in the snapshot (see `prefix_list_routes`).

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
    """
    best, best_rank = None, (-1, False)
    for route in table.routes:
        network = route.destination
        if isinstance(network, str) or address not in network:
            continue
        rank = (network.prefixlen, route.origin != _PROPAGATED)
        if rank > best_rank:
            best, best_rank = route, rank
    return best


def prefix_list_routes(table: RouteTable) -> tuple[Route, ...]:
    """Return the routes that may carry a packet in a way that the snapshot cannot tell.

    Gateway endpoints are left out: they carry only S3's and DynamoDB's own addresses, which nobody names by number.
    """
    return tuple(
        route for route in table.routes if isinstance(route.destination, str) and not route.target.startswith("vpce-")
    )


def is_blackhole(route: Route) -> bool:
    """Return whether the route drops what it matches."""
    return route.state == "blackhole"


def networks_of(table: RouteTable) -> dict[Network, Route]:
    """Return the table's routes by network, the one that applies where two share a network."""
    found: dict[Network, Route] = {}
    for route in sorted(table.routes, key=lambda one: one.origin != _PROPAGATED):
        if not isinstance(route.destination, str):
            found[route.destination] = route
    return found
