"""Which destinations leave a subnet another way after a change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import collapse_addresses
from typing import TYPE_CHECKING, TypeAlias

from pathmend.network.routing import effective_routes, is_blackhole, networks_of

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Network, Route, RouteTable
    from pathmend.snapshot.world import Snapshot

_Way: TypeAlias = tuple[str | None, str | None]
_Change: TypeAlias = tuple[str, str | None, str | None]


@dataclass(frozen=True, slots=True, order=True)
class Reroute:
    """A destination of a subnet and the target that carried it before and after; None is no route.

    More specific destinations of either table go their own way and are listed by themselves where that changed.
    """

    subnet_id: str
    destination: str
    before: str | None
    after: str | None


def reroutes(before: Snapshot, after: Snapshot) -> tuple[Reroute, ...]:
    """Return the destinations whose target differs, for the subnets in both worlds whose tables are known."""
    found: list[Reroute] = []
    for subnet_id in sorted(before.subnets.keys() & after.subnets.keys()):
        old, new = _effective(before, subnet_id), _effective(after, subnet_id)
        if old is None or new is None or old.routes == new.routes:
            continue
        found += [Reroute(subnet_id, *change) for change in (*_by_network(old, new), *_by_list(old, new))]
    return tuple(found)


def _effective(snapshot: Snapshot, subnet_id: str) -> RouteTable | None:
    """Return the subnet's table with the routes in force: those to gateway endpoints follow from the endpoints."""
    table = snapshot.route_table_of(subnet_id)
    return replace(table, routes=tuple(effective_routes(snapshot, table))) if table else None


def _by_network(old: RouteTable, new: RouteTable) -> list[_Change]:
    was, now = networks_of(old), networks_of(new)
    networks = sorted({*was, *now}, key=lambda net: (net.version, net.prefixlen, int(net.network_address)))
    ways = {network: (_way(was, network), _way(now, network)) for network in networks}
    return [
        (str(network), *way)
        for network, way in ways.items()
        if way[0] != way[1] and _parent_way(network, ways) != way and not _is_covered(network, networks)
    ]


def _way(routes: dict[Network, Route], network: Network) -> str | None:
    """Return the target that carries what belongs to this network and to nothing more specific."""
    holders = [route for held, route in routes.items() if _contains(held, network)]
    best = max(holders, key=_length, default=None)
    return _target(best) if best else None


def _length(route: Route) -> int:
    return -1 if isinstance(route.destination, str) else route.destination.prefixlen


def _target(route: Route) -> str:
    return f"{route.target} (blackhole)" if is_blackhole(route) else route.target


def _contains(outer: Network, inner: Network) -> bool:
    return outer.version == inner.version and outer.prefixlen <= inner.prefixlen and inner.network_address in outer


def _parent_way(network: Network, ways: dict[Network, _Way]) -> _Way | None:
    """Return what happens to the next less specific destination, which says it for this one too if it is the same."""
    outer = [other for other in ways if other != network and _contains(other, network)]
    return ways[max(outer, key=lambda other: other.prefixlen)] if outer else None


def _is_covered(network: Network, networks: list[Network]) -> bool:
    """Return whether more specific destinations leave nothing of the network, as two halves do."""
    inner = [other for other in networks if other != network and _contains(network, other)]
    # All of one version, since they lie in one network.
    return network in collapse_addresses(inner)  # type: ignore[type-var]


def _by_list(old: RouteTable, new: RouteTable) -> list[_Change]:
    was, now = _lists(old), _lists(new)
    return [(name, was.get(name), now.get(name)) for name in sorted({*was, *now}) if was.get(name) != now.get(name)]


def _lists(table: RouteTable) -> dict[str, str]:
    return {route.destination: _target(route) for route in table.routes if isinstance(route.destination, str)}
