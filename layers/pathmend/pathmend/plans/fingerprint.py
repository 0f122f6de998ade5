"""What a plan is bound to: its changes and the state that they were made from, and what they would go back to.

The state of a resource is all that was read of it, its tags as well: rules and owners speak by them. Not part of it is
what moves by itself (the health of targets), what AWS makes up anew (ids of associations and rules, update tokens), and
what others do beside it: the other subnets of a table that a subnet moves to, the interfaces that carry a group.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from pathmend.changes.associate_endpoint_tables import AssociateEndpointTables
from pathmend.changes.set_route import SetRoute
from pathmend.errors import NotFoundError
from pathmend.snapshot.balancing import TargetGroup
from pathmend.snapshot.firewall import RuleGroup
from pathmend.snapshot.identity import InstanceProfile
from pathmend.snapshot.resources import Instance, RouteTable, SecurityGroup, Subnet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pathmend.changes.change import Change
    from pathmend.plans.plan import Plan
    from pathmend.snapshot.world import Resource, Snapshot

_VERSION = "3"
"""Part of the digest: a new way of computing it makes waiting proposals stale instead of wrongly matching."""


def resources_of(changes: Sequence[Change], snapshot: Snapshot) -> tuple[str, ...]:
    """Return the ids that the changes touch or rely on, then those that only their undos do, each once."""
    every = (*changes, *_undos(changes, snapshot))
    return tuple(dict.fromkeys(resource for change in every for resource in change.resources))


def _undos(changes: Iterable[Change], world: Snapshot) -> list[Change]:
    """Return the undos, as far as what they are about is still there."""
    found: list[Change] = []
    try:
        for change in changes:
            found.append(change.inverse(world))
            world = change.after(world)
    except NotFoundError:
        # The state of what is gone says so by itself.
        return found
    return found


def fingerprint(changes: Sequence[Change], snapshot: Snapshot) -> str:
    """Return a digest of the changes and of the present state of what they and their undos rely on (64 hex digits)."""
    return _digest((_VERSION, tuple(changes), states_of(changes, snapshot)))


def states_of(changes: Sequence[Change], snapshot: Snapshot) -> tuple[tuple[str, str], ...]:
    """Return what the changes and their undos touch or rely on, each with a digest of its present state."""
    return tuple((one, _digest(_state(snapshot, one, changes))) for one in resources_of(changes, snapshot))


def drifted(plan: Plan, snapshot: Snapshot) -> tuple[str, ...]:
    """Return the plan's resources whose state is another than when it was made; none where the fingerprint holds."""
    if fingerprint(plan.changes, snapshot) == plan.fingerprint:
        return ()
    found = [one for one, then in plan.states if _digest(_state(snapshot, one, plan.changes)) != then]
    return tuple(found) or plan.resources


def _digest(what: object) -> str:
    return sha256(repr(what).encode()).hexdigest()


def _state(snapshot: Snapshot, resource_id: str, changes: Iterable[Change]) -> object:
    """Return the part of a resource that a change depends on, with its attributes, which are read apart."""
    resource = snapshot.find(resource_id)
    users = _users(snapshot, resource_id) if resource_id in _with_other_routes(changes) else None
    return (_own_state(snapshot, resource), snapshot.attributes.get(resource_id), users)


def _with_other_routes(changes: Iterable[Change]) -> Iterator[str]:
    """Yield the route tables whose routes change: who uses them is who is moved, and part of what is approved."""
    for change in changes:
        match change:
            case SetRoute(table_id):
                yield table_id
            case AssociateEndpointTables(_, table_ids):
                yield from table_ids
            case _:
                pass


def _users(snapshot: Snapshot, table_id: str) -> tuple[str, ...]:
    tables = {subnet_id: snapshot.route_table_of(subnet_id) for subnet_id in snapshot.subnets}
    return tuple(sorted(subnet_id for subnet_id, table in tables.items() if table and table.id == table_id))


def _own_state(snapshot: Snapshot, resource: Resource) -> object:
    match resource:
        case TargetGroup():
            return replace(resource, targets=())
        case RouteTable():
            return replace(resource, associations=())
        case SecurityGroup():
            return replace(resource, rules=tuple(sorted((replace(rule, id="") for rule in resource.rules), key=repr)))
        case Subnet():
            return _subnet_state(snapshot, resource)
        case _:
            return _other_state(snapshot, resource)


def _subnet_state(snapshot: Snapshot, subnet: Subnet) -> object:
    """Return the subnet with the table it uses, by an association of its own or because that is the VPC's main one."""
    explicit = snapshot.explicit_route_table_of(subnet.id)
    in_force = explicit or snapshot.main_route_table_of(subnet.vpc_id)
    return (subnet, explicit.id if explicit else None, _own_state(snapshot, in_force))


def _other_state(snapshot: Snapshot, resource: Resource) -> object:
    match resource:
        case Instance():
            return replace(resource, profile_association_id=None)
        case RuleGroup():
            return replace(resource, update_token="")
        case InstanceProfile():
            # Who is given the profile may do what its roles may do: their policies are part of what is approved.
            return (resource, [snapshot.principals.get(arn) for arn in resource.role_arns])
        case _:
            return resource
