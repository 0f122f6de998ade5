"""Set which route tables lead to a gateway endpoint."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from pathmend.changes.change import ApiRequest, Parameter
from pathmend.changes.lookup import existing
from pathmend.changes.routes import with_route, without_route
from pathmend.snapshot.resources import Route

if TYPE_CHECKING:
    from pathmend.snapshot.resources import VpcEndpoint
    from pathmend.snapshot.world import Snapshot


@dataclass(frozen=True, slots=True)
class AssociateEndpointTables:
    """The gateway endpoint is on each of these route tables, or on none of them.

    The route to the service's prefix list comes and goes with the association; nobody can edit it by itself.
    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html#gateway-endpoint-routing
    """

    endpoint_id: str
    table_ids: tuple[str, ...]
    associated: bool = True

    kind: ClassVar[str] = "AssociateEndpointTables"
    iam_actions: ClassVar[frozenset[str]] = frozenset({"ec2:ModifyVpcEndpoint"})
    source_url: ClassVar[str] = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpoint.html"

    @property
    def resources(self) -> tuple[str, ...]:
        """Return the endpoint and the tables."""
        return (self.endpoint_id, *self.table_ids)

    @property
    def summary(self) -> str:
        """Name the endpoint and the tables."""
        doing = "associate endpoint {} with" if self.associated else "take endpoint {} off"
        return f"{doing.format(self.endpoint_id)} {_tables(self.table_ids)}"

    def before(self, snapshot: Snapshot) -> str:
        """Name those of the tables that the endpoint is on now."""
        held = set(_endpoint(snapshot, self.endpoint_id).route_table_ids)
        on = tuple(one for one in self.table_ids if one in held)
        return (
            f"{self.endpoint_id} is on {_tables(on)}" if on else f"{self.endpoint_id} is on none of these route tables"
        )

    def after(self, snapshot: Snapshot) -> Snapshot:
        """Put the tables on the endpoint, or take them off, and the routes with them."""
        endpoint, moved = _endpoint(snapshot, self.endpoint_id), self._moved(snapshot)
        held = {*endpoint.route_table_ids, *moved} if self.associated else {*endpoint.route_table_ids} - {*moved}
        world = snapshot.having("vpc_endpoints", replace(endpoint, route_table_ids=tuple(sorted(held))))
        for prefix_list in _lists(snapshot, endpoint):
            route = Route(prefix_list, endpoint.id)
            for table_id in moved:
                table = world.route_tables[table_id]
                edited = with_route(table, route) if self.associated else without_route(table, route)
                world = world.having("route_tables", edited)
        return world

    def inverse(self, snapshot: Snapshot) -> AssociateEndpointTables:
        """Return the opposite for the tables that the change moves: all, unless somebody did part of it already."""
        moved = self._moved(snapshot)
        return replace(self, table_ids=moved, associated=not self.associated) if moved else self

    def requests(self, snapshot: Snapshot) -> tuple[ApiRequest, ...]:
        """Modify the endpoint by the tables that are not as wanted."""
        moved = self._moved(snapshot)
        if not moved:
            return ()
        key = "AddRouteTableIds" if self.associated else "RemoveRouteTableIds"
        parameters: dict[str, Parameter] = {"VpcEndpointId": self.endpoint_id, key: list(moved)}
        return (ApiRequest("ec2", "ModifyVpcEndpoint", parameters),)

    def disrupts(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Say whose open connections to the service are dropped: they leave from another address from now on.

        Source: https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-ddb.html (considerations)
        """
        service = _endpoint(snapshot, self.endpoint_id).service_name
        return tuple(f"open TCP connections to {service} of subnets that use {one}" for one in self._moved(snapshot))

    def _moved(self, snapshot: Snapshot) -> tuple[str, ...]:
        held = set(_endpoint(snapshot, self.endpoint_id).route_table_ids)
        for table_id in self.table_ids:
            existing(snapshot.route_tables, table_id, what="route table")
        return tuple(one for one in self.table_ids if (one in held) is not self.associated)


def _tables(table_ids: tuple[str, ...]) -> str:
    return f"route table{'s' if len(table_ids) > 1 else ''} {', '.join(table_ids)}"


def _endpoint(snapshot: Snapshot, endpoint_id: str) -> VpcEndpoint:
    return existing(snapshot.vpc_endpoints, endpoint_id, what="VPC endpoint")


def _lists(snapshot: Snapshot, endpoint: VpcEndpoint) -> tuple[str, ...]:
    """Return the service's prefix lists by name, or else by the routes that lead to the endpoint already.

    Where neither is known no route can be written; the network model takes it from the association then.
    """
    named = {one.id for one in snapshot.prefix_lists.values() if one.name == endpoint.service_name}
    routes = (route for table in snapshot.route_tables.values() for route in table.routes)
    led = {str(route.destination) for route in routes if route.target == endpoint.id}
    return tuple(sorted(named or led))
