"""A world in memory that requests really change: the executor's effects, written from AWS's words for the requests.

Nothing here asks a `Change` what it does, so that a change's `after` can be held against it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any, cast

from pathmend.errors import ConflictError, NotFoundError, PermanentError
from pathmend.snapshot.resources import AclEntry, NetworkAcl, RouteTable, RouteTableAssociation
from tests.fake_edits import EDITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pathmend.changes.change import ApiRequest, Parameter
    from pathmend.snapshot.world import Snapshot


@dataclass
class FakeWorld:
    """A snapshot that can be replaced (`snapshot = ...`) and that requests change; `reads` counts the readings."""

    snapshot: Snapshot
    reads: int = 0
    error: Exception | None = None
    _associations: int = 0

    def read(self, load_balancer_arn: str) -> Snapshot:
        """Return the snapshot, or raise `error` where one is set."""
        self.reads += 1
        if self.error:
            raise self.error
        if load_balancer_arn not in self.snapshot.load_balancers:
            raise NotFoundError(f"load balancer {load_balancer_arn} does not exist (any more)")
        return self.snapshot

    def load_balancers_of(self, target_group: str) -> tuple[str, ...]:
        """Return the load balancers that the group is attached to or forwarded to."""
        groups = [g for g in self.snapshot.target_groups.values() if target_group in {g.arn, g.full_name}]
        arns = {arn for group in groups for arn in group.load_balancer_arns}
        return tuple(sorted(arns))

    def load_balancers(self) -> tuple[str, ...]:
        """Return the application load balancers."""
        found = self.snapshot.load_balancers.values()
        return tuple(sorted(balancer.arn for balancer in found if balancer.kind == "application"))

    def carry_out(self, request: ApiRequest) -> None:
        """Change the snapshot as AWS changes the world."""
        given = cast("Mapping[str, Parameter]", request.parameters)
        match request.operation:
            case "ReplaceRouteTableAssociation":
                self._associate(self._remove_association(str(given["AssociationId"])), str(given["RouteTableId"]))
            case "AssociateRouteTable":
                self._associate(str(given["SubnetId"]), str(given["RouteTableId"]))
            case "DisassociateRouteTable":
                self._remove_association(str(given["AssociationId"]))
            case "CreateNetworkAclEntry" | "ReplaceNetworkAclEntry" | "DeleteNetworkAclEntry":
                self._edit_acl(request.operation, given)
            case "ModifyTargetGroup":
                self._modify_target_group(given)
            case other if other in EDITS:
                self.snapshot = EDITS[other](self.snapshot, given)
            case other:
                raise PermanentError(f"{other} is not an operation that Pathmend may call")

    def _remove_association(self, association_id: str) -> str:
        for table in self.snapshot.route_tables.values():
            for link in table.associations:
                if link.id == association_id and link.subnet_id:
                    rest = tuple(one for one in table.associations if one != link)
                    self.snapshot = self.snapshot.having("route_tables", replace(table, associations=rest))
                    return link.subnet_id
        raise NotFoundError(f"InvalidAssociationID.NotFound: {association_id}")

    def _associate(self, subnet_id: str, table_id: str) -> None:
        table = self._table(table_id)
        self._associations += 1
        link = RouteTableAssociation(f"rtbassoc-made-{self._associations}", subnet_id=subnet_id)
        self.snapshot = self.snapshot.having("route_tables", replace(table, associations=(*table.associations, link)))

    def _table(self, table_id: str) -> RouteTable:
        if table_id not in self.snapshot.route_tables:
            raise NotFoundError(f"InvalidRouteTableID.NotFound: {table_id}")
        return self.snapshot.route_tables[table_id]

    def _edit_acl(self, operation: str, given: Mapping[str, Parameter]) -> None:
        acl = self._acl(str(given["NetworkAclId"]))
        slot = (bool(given["Egress"]), cast("int", given["RuleNumber"]))
        others = [entry for entry in acl.entries if (entry.egress, entry.rule_number) != slot]
        exists = len(others) < len(acl.entries)
        if operation == "CreateNetworkAclEntry" and exists:
            raise ConflictError(f"NetworkAclEntryAlreadyExists: {slot[1]}")
        if operation != "CreateNetworkAclEntry" and not exists:
            raise NotFoundError(f"InvalidNetworkAclEntry.NotFound: {slot[1]}")
        added = [] if operation == "DeleteNetworkAclEntry" else [_entry(given)]
        entries = sorted([*others, *added], key=lambda entry: (entry.egress, entry.rule_number))
        self.snapshot = self.snapshot.having("network_acls", replace(acl, entries=tuple(entries)))

    def _acl(self, acl_id: str) -> NetworkAcl:
        if acl_id not in self.snapshot.network_acls:
            raise NotFoundError(f"InvalidNetworkAclID.NotFound: {acl_id}")
        return self.snapshot.network_acls[acl_id]

    def _modify_target_group(self, given: Mapping[str, Parameter]) -> None:
        arn = str(given["TargetGroupArn"])
        if arn not in self.snapshot.target_groups:
            raise NotFoundError(f"TargetGroupNotFound: {arn}")
        group = self.snapshot.target_groups[arn]
        check = group.health_check
        if "Matcher" in given:
            check = replace(check, matcher=str(cast("Mapping[str, Parameter]", given["Matcher"])["HttpCode"]))
        asked = {"protocol": "HealthCheckProtocol", "port": "HealthCheckPort", "path": "HealthCheckPath"}
        moved: dict[str, Any] = {field: str(given[key]) for field, key in asked.items() if key in given}
        check = replace(check, **moved)
        self.snapshot = self.snapshot.having("target_groups", replace(group, health_check=check))


def _entry(given: Mapping[str, Parameter]) -> AclEntry:
    ports = cast("Mapping[str, int] | None", given.get("PortRange"))
    icmp = cast("Mapping[str, int] | None", given.get("IcmpTypeCode"))
    return AclEntry(
        rule_number=cast("int", given["RuleNumber"]),
        egress=bool(given["Egress"]),
        protocol=str(given["Protocol"]),
        action=str(given["RuleAction"]),
        cidr=ip_network(str(given.get("CidrBlock") or given["Ipv6CidrBlock"])),
        ports=(ports["From"], ports["To"]) if ports else None,
        icmp=(icmp["Type"], icmp["Code"]) if icmp else None,
    )


@dataclass
class Failure:
    """How a call fails: with this error, before AWS did anything or, as when an answer is lost, after."""

    error: BaseException
    after_effect: bool = False


@dataclass
class FakeExecutor:
    """Records requests, carries them out on the world, and fails at the calls (from 1) that `failures` names."""

    world: FakeWorld
    requests: list[ApiRequest] = field(default_factory=list)
    failures: dict[int, Failure] = field(default_factory=dict)

    def fail(self, at: int, error: BaseException, *, after_effect: bool = False) -> None:
        """Make call number `at` fail."""
        self.failures[at] = Failure(error, after_effect=after_effect)

    def call(self, request: ApiRequest) -> None:
        """Carry the request out; what is to be removed and is gone already is success."""
        self.requests.append(request)
        failure = self.failures.get(len(self.requests))
        if failure and not failure.after_effect:
            raise failure.error
        try:
            self.world.carry_out(request)
        except NotFoundError:
            if not request.operation.startswith(("Delete", "Disassociate", "Revoke")):
                raise
        if failure:
            raise failure.error
