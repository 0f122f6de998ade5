"""Which route carries a packet: the longest prefix, then static over prefix list over propagated; a blackhole wins too.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from pathmend.network.addresses import private_kind
from pathmend.network.security_group import networks_of as addresses_of
from pathmend.snapshot.networks import contains
from pathmend.snapshot.resources import Route

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pathmend.snapshot.resources import Address, Network, RouteTable, VpcEndpoint
    from pathmend.snapshot.world import Snapshot

LOCAL = "local"
_ENDPOINT = "vpce-"
_PROPAGATED = "EnableVgwRoutePropagation"
_BITS = {4: 32, 6: 128}
_OF_LIST = 1
"""The rank of a route to a prefix list: behind static routes to networks, before propagated ones."""
_Held = TypeVar("_Held")
Lengths: TypeAlias = "list[tuple[int, dict[int, _Held]]]"


@dataclass(frozen=True, slots=True)
class Choice:
    """A route, the lookup of the table that it stands in, and its destination as text.

    `rivals` are routes to other prefix lists that hold the same network and lead elsewhere: AWS picks one at random.
    """

    lookup: RouteLookup
    route: Route
    destination: str
    rivals: tuple[Route, ...] = ()

    @property
    def table(self) -> RouteTable:
        """Return the table."""
        return self.lookup.table

    @property
    def target(self) -> str:
        """Return what carries the packet on."""
        return self.route.target


class RouteLookup:
    """A route table by prefix length, longest first, with the prefix lists of its routes resolved.

    `dead` are blackholes.
    """

    __slots__ = ("_lengths", "_unknown", "dead", "table", "unread")

    def __init__(self, snapshot: Snapshot, table: RouteTable) -> None:
        self.table = table
        routes = tuple(effective_routes(snapshot, table))
        held: dict[Network, list[Route]] = {}
        for route in routes:
            for network in _networks(snapshot, table, route):
                held.setdefault(network, []).append(route)
        chosen = {network: self._choice(contenders) for network, contenders in held.items()}
        self._lengths = {version: by_length(chosen, version) for version in _BITS}
        self.dead = tuple(route for route in table.routes if is_blackhole(route))
        self.unread = tuple(route for route in routes if addresses_of(snapshot, route.destination) is None)
        self._unknown = tuple(route for route in self.unread if not route.target.startswith(_ENDPOINT))

    def _choice(self, contenders: list[Route]) -> Choice:
        first = max(contenders, key=_rank)
        lists = [one for one in contenders if _rank(one) == _rank(first) == _OF_LIST and one.target != first.target]
        return Choice(self, first, str(first.destination), tuple(lists))

    def choose(self, address: Address) -> Choice | None:
        """Return what the table applies to the address, or None."""
        return longest(self._lengths[address.version], int(address))

    def doubts(self, address: Address, chosen: Choice | None, *, may_be_service: bool = True) -> tuple[Route, ...]:
        """Return the routes to lists that were not read, where one of them may carry the packet instead.

        Lists of services, which lead to endpoints, hold public addresses only, each its own, and are longer than any
        default route.
        """
        target = chosen.target if chosen else ""
        if target == LOCAL:
            return ()
        public = may_be_service and private_kind(address) is None
        return self.unread if public and not target.startswith(_ENDPOINT) else self._unknown

    def holding(self, address: Address) -> Iterator[Route]:
        """Return all routes that hold the address, the one that applies first."""
        number = int(address)
        found = (choices.get(number >> shift) for shift, choices in self._lengths[address.version])
        return (choice.route for choice in found if choice)


def longest(lengths: Lengths[_Held], number: int) -> _Held | None:
    """Return what stands under the longest prefix that holds the address."""
    for shift, held in lengths:
        found = held.get(number >> shift)
        if found is not None:
            return found
    return None


def by_length(held: Mapping[Network, _Held], version: int) -> Lengths[_Held]:
    """Return what stands under each network by prefix length, the longest first: by how many bits it leaves open."""
    lengths: dict[int, dict[int, _Held]] = {}
    for network, one in held.items():
        if network.version == version:
            shift = _BITS[version] - network.prefixlen
            lengths.setdefault(shift, {})[int(network.network_address) >> shift] = one
    return sorted(lengths.items(), key=lambda one: one[0])


def _rank(route: Route) -> int:
    if route.origin == _PROPAGATED:
        return 0
    return _OF_LIST if isinstance(route.destination, str) else 2


def _networks(snapshot: Snapshot, table: RouteTable, route: Route) -> Iterator[Network]:
    """Return the networks that a route holds; entries of lists that lie within the VPC are ignored.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html (prefix lists)
    """
    vpc = snapshot.vpcs.get(table.vpc_id) if isinstance(route.destination, str) else None
    blocks = vpc.cidrs if vpc else ()
    for network in addresses_of(snapshot, route.destination) or ():
        if not any(contains(block, network) for block in blocks):
            yield network


def effective_routes(snapshot: Snapshot, table: RouteTable) -> Iterator[Route]:
    """Return the table's routes; those to gateway endpoints follow from the endpoint's association and nothing else.

    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html#gateway-endpoint-routing
    """
    for route in table.routes:
        endpoint = snapshot.vpc_endpoints.get(route.target)
        if endpoint is None or endpoint.kind != "Gateway" or table.id in endpoint.route_table_ids:
            yield route
    written = {route.target for route in table.routes}
    for endpoint in snapshot.derived(_gateway_endpoints).get(table.id, ()):
        if endpoint.id not in written:
            yield from _implied(snapshot, endpoint)


def _gateway_endpoints(snapshot: Snapshot) -> dict[str, list[VpcEndpoint]]:
    found: dict[str, list[VpcEndpoint]] = {}
    for endpoint in snapshot.vpc_endpoints.values():
        for table_id in endpoint.route_table_ids if endpoint.kind == "Gateway" else ():
            found.setdefault(table_id, []).append(endpoint)
    return found


def _implied(snapshot: Snapshot, endpoint: VpcEndpoint) -> Iterator[Route]:
    lists = [known.id for known in snapshot.prefix_lists.values() if known.name == endpoint.service_name]
    # A list that was not read is known by the service that it is of.
    return (Route(name, endpoint.id) for name in lists or [endpoint.service_name])


class RouteLookups:
    """The compiled route tables of a snapshot, by table and by subnet, each compiled when it is first asked."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._by_table: dict[str, RouteLookup] = {}
        self._by_subnet: dict[str, RouteLookup | None] = {}

    def of(self, table: RouteTable) -> RouteLookup:
        """Return the lookup of one of the snapshot's tables."""
        lookup = self._by_table.get(table.id)
        if lookup is None:
            lookup = self._by_table[table.id] = RouteLookup(self._snapshot, table)
        return lookup

    def of_subnet(self, subnet_id: str) -> RouteLookup | None:
        """Return the lookup of the subnet's table; None when it was not read."""
        if subnet_id not in self._by_subnet:
            known = subnet_id in self._snapshot.subnets
            table = self._snapshot.route_table_of(subnet_id) if known else None
            self._by_subnet[subnet_id] = self.of(table) if table else None
        return self._by_subnet[subnet_id]


def is_blackhole(route: Route) -> bool:
    """Return whether the route drops what it matches."""
    return route.state == "blackhole"


def networks_of(table: RouteTable) -> dict[Network, Route]:
    """Return the table's routes by network, the one that applies where two share a network."""
    found: dict[Network, Route] = {}
    for route in sorted(table.routes, key=_rank):
        if not isinstance(route.destination, str):
            found[route.destination] = route
    return found
