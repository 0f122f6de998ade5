"""Set where a route table sends what is for one destination."""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import IPv6Network
from typing import TYPE_CHECKING, ClassVar

from pathmend.changes.change import ApiRequest, Parameter
from pathmend.changes.lookup import existing
from pathmend.changes.route_targets import parameter_of, state_of
from pathmend.changes.routes import replaced_route, with_route
from pathmend.snapshot.resources import Route

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Network, RouteTable
    from pathmend.snapshot.world import Snapshot

_PROPAGATED = "EnableVgwRoutePropagation"


@dataclass(frozen=True, slots=True)
class SetRoute:
    """The table's own route to `destination` (a network, or a prefix list's id) leads to `target`; None is no route.

    What a virtual private gateway propagates is no route of the table's own: it stands beside it and comes second.
    Source: https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
    """

    table_id: str
    destination: Network | str
    target: str | None

    kind: ClassVar[str] = "SetRoute"
    iam_actions: ClassVar[frozenset[str]] = frozenset({"ec2:CreateRoute", "ec2:DeleteRoute", "ec2:ReplaceRoute"})
    source_url: ClassVar[str] = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html"

    @property
    def resources(self) -> tuple[str, ...]:
        """Return the table and what the route leads to."""
        return (self.table_id, self.target) if self.target and self.target != "local" else (self.table_id,)

    @property
    def summary(self) -> str:
        """Say where the route leads."""
        if self.target is None:
            return f"remove the route to {self.destination} from {self.table_id}"
        return f"route {self.destination} by {self.target} in {self.table_id}"

    def before(self, snapshot: Snapshot) -> str:
        """Say where the route leads now."""
        route = self._present(snapshot)
        if route is None:
            return f"{self.table_id} has no route to {self.destination}"
        blackhole = " (blackhole)" if route.state == "blackhole" else ""
        return f"{self.table_id} routes {self.destination} by {route.target}{blackhole}"

    def after(self, snapshot: Snapshot) -> Snapshot:
        """Put the route in place."""
        table, present = _table(snapshot, self.table_id), self._present(snapshot)
        if (present.target if present else None) == self.target:
            return snapshot
        return snapshot.having("route_tables", self._edited(snapshot, table, present))

    def _edited(self, snapshot: Snapshot, table: RouteTable, present: Route | None) -> RouteTable:
        if self.target is None:
            return replace(table, routes=tuple(one for one in table.routes if one != present))
        route = Route(self.destination, self.target, state_of(snapshot, self.target))
        if present is None:
            return with_route(table, route)
        return replaced_route(table, present, replace(route, origin=present.origin))

    def inverse(self, snapshot: Snapshot) -> SetRoute:
        """Return the route as it is now."""
        present = self._present(snapshot)
        return replace(self, target=present.target if present else None)

    def requests(self, snapshot: Snapshot) -> tuple[ApiRequest, ...]:
        """Create, replace or delete the route, whichever the present state asks for.

        A route into a black hole is still there, so that another cannot be created in its place.
        """
        present = self._present(snapshot)
        if (present.target if present else None) == self.target:
            return ()
        slot: dict[str, Parameter] = {"RouteTableId": self.table_id, self._key(): str(self.destination)}
        if self.target is None:
            return (ApiRequest("ec2", "DeleteRoute", slot),)
        return (ApiRequest("ec2", "ReplaceRoute" if present else "CreateRoute", slot | parameter_of(self.target)),)

    def disrupts(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Name the subnets whose open connections to the destination take another way from now on, if they had one."""
        if not self.requests(snapshot):
            return ()
        subnets = (one.id for one in snapshot.subnets.values() if self._is_used_by(snapshot, one.id))
        return tuple(f"open connections of {subnet_id} to {self.destination}" for subnet_id in sorted(subnets))

    def _is_used_by(self, snapshot: Snapshot, subnet_id: str) -> bool:
        table = snapshot.route_table_of(subnet_id)
        return table is not None and table.id == self.table_id

    def _present(self, snapshot: Snapshot) -> Route | None:
        own = (route for route in _table(snapshot, self.table_id).routes if route.origin != _PROPAGATED)
        return next((route for route in own if route.destination == self.destination), None)

    def _key(self) -> str:
        if isinstance(self.destination, str):
            return "DestinationPrefixListId"
        return "DestinationIpv6CidrBlock" if isinstance(self.destination, IPv6Network) else "DestinationCidrBlock"


def _table(snapshot: Snapshot, table_id: str) -> RouteTable:
    return existing(snapshot.route_tables, table_id, what="route table")
