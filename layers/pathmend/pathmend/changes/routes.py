"""A route table with a route more, one replaced, or one less; routes stay in the order in which tables are read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Route, RouteTable


def with_route(table: RouteTable, route: Route) -> RouteTable:
    """Return the table with the route, ahead of the first one that comes after it in order; others stay in place."""
    place = next((i for i, one in enumerate(table.routes) if _order(one) > _order(route)), len(table.routes))
    return replace(table, routes=(*table.routes[:place], route, *table.routes[place:]))


def without_route(table: RouteTable, route: Route) -> RouteTable:
    """Return the table without the routes of that destination and target."""
    slot = (route.destination, route.target)
    return replace(table, routes=tuple(one for one in table.routes if (one.destination, one.target) != slot))


def replaced_route(table: RouteTable, old: Route, new: Route) -> RouteTable:
    """Return the table with one route in the place of another."""
    return replace(table, routes=tuple(new if one == old else one for one in table.routes))


def _order(route: Route) -> tuple[str, str]:
    return str(route.destination), route.target
