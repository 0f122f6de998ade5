"""Set which route table a subnet uses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from pathmend.changes.change import ApiRequest
from pathmend.errors import NotFoundError
from pathmend.snapshot.resources import RouteTable, RouteTableAssociation

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot


@dataclass(frozen=True, slots=True)
class AssociateRouteTable:
    """The subnet uses `route_table_id`; None means no association of its own, so the VPC's main table.

    The association's id changes with every replacement, so it is looked up in the state at hand and never stored.
    """

    subnet_id: str
    route_table_id: str | None

    kind: ClassVar[str] = "AssociateRouteTable"
    iam_actions: ClassVar[frozenset[str]] = frozenset(
        {"ec2:AssociateRouteTable", "ec2:DisassociateRouteTable", "ec2:ReplaceRouteTableAssociation"}
    )
    source_url: ClassVar[str] = (
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRouteTableAssociation.html"
    )

    @property
    def resources(self) -> tuple[str, ...]:
        """Return the subnet and the table it is to use."""
        return (self.subnet_id, self.route_table_id) if self.route_table_id else (self.subnet_id,)

    @property
    def summary(self) -> str:
        """Name the subnet and its new table."""
        table = self.route_table_id or "the VPC's main route table (no association of its own)"
        return f"associate subnet {self.subnet_id} with {table}"

    def before(self, snapshot: Snapshot) -> str:
        """Name the table that the subnet is associated with now."""
        _, table = _association(snapshot, self.subnet_id)
        return f"{self.subnet_id} is associated with {table.id}" if table else f"{self.subnet_id} has no association"

    def after(self, snapshot: Snapshot) -> Snapshot:
        """Move the subnet's association to the table."""
        old, table = _association(snapshot, self.subnet_id)
        if table and table.id != self.route_table_id:
            kept = tuple(a for a in table.associations if a.subnet_id != self.subnet_id)
            snapshot = snapshot.having("route_tables", replace(table, associations=kept))
        if self.route_table_id is None or (table and table.id == self.route_table_id):
            return snapshot
        new = RouteTableAssociation(old.id if old else f"planned-{self.subnet_id}", subnet_id=self.subnet_id)
        target = _table(snapshot, self.route_table_id)
        # In the order in which tables are read, so that the way back ends in the very same table.
        links = tuple(sorted((*target.associations, new), key=lambda link: link.id))
        return snapshot.having("route_tables", replace(target, associations=links))

    def inverse(self, snapshot: Snapshot) -> AssociateRouteTable:
        """Return the association as it is now."""
        _, table = _association(snapshot, self.subnet_id)
        return AssociateRouteTable(self.subnet_id, table.id if table else None)

    def requests(self, snapshot: Snapshot) -> tuple[ApiRequest, ...]:
        """Replace, make or remove the association, whichever the present state asks for."""
        old, table = _association(snapshot, self.subnet_id)
        wanted = self.route_table_id
        if wanted is None:
            return (_request("DisassociateRouteTable", AssociationId=old.id),) if old else ()
        if table and table.id == wanted:
            return ()
        table_id = _table(snapshot, wanted).id
        if old:
            return (_request("ReplaceRouteTableAssociation", AssociationId=old.id, RouteTableId=table_id),)
        return (_request("AssociateRouteTable", SubnetId=self.subnet_id, RouteTableId=table_id),)

    def disrupts(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Name the subnet: connections whose packets take another way from now on are cut."""
        return (f"connections of {self.subnet_id} whose route changes",) if self.requests(snapshot) else ()


def _request(operation: str, **parameters: str) -> ApiRequest:
    return ApiRequest("ec2", operation, dict(parameters))


def _association(snapshot: Snapshot, subnet_id: str) -> tuple[RouteTableAssociation | None, RouteTable | None]:
    if subnet_id not in snapshot.subnets:
        raise NotFoundError(f"subnet {subnet_id} does not exist (any more)")
    table = snapshot.explicit_route_table_of(subnet_id)
    if table is None:
        return None, None
    return next(a for a in table.associations if a.subnet_id == subnet_id), table


def _table(snapshot: Snapshot, table_id: str) -> RouteTable:
    try:
        return snapshot.route_tables[table_id]
    except KeyError:
        raise NotFoundError(f"route table {table_id} does not exist (any more)") from None
