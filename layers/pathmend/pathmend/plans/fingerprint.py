"""What a plan is bound to: its changes and the state that they were made from."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from pathmend.snapshot.firewall import RuleGroup
from pathmend.snapshot.identity import InstanceProfile
from pathmend.snapshot.resources import Instance, RouteTable, SecurityGroup, Subnet, TargetGroup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pathmend.changes.change import Change
    from pathmend.snapshot.world import Resource, Snapshot

_VERSION = "2"
"""Part of the digest: a new way of computing it makes waiting proposals stale instead of wrongly matching."""


def resources_of(changes: Sequence[Change]) -> tuple[str, ...]:
    """Return the ids that the changes touch or rely on, each once."""
    return tuple(dict.fromkeys(resource for change in changes for resource in change.resources))


def fingerprint(changes: Sequence[Change], snapshot: Snapshot) -> str:
    """Return a digest of the changes and of the present state of what they touch or rely on (64 hex digits)."""
    states = [_state(snapshot, resource) for resource in resources_of(changes)]
    return sha256(repr((_VERSION, tuple(changes), states)).encode()).hexdigest()


def _state(snapshot: Snapshot, resource_id: str) -> object:
    """Return the part of a resource that a change depends on: not what others do with it, nor ids that AWS makes up."""
    resource = snapshot.find(resource_id)
    match resource:
        case TargetGroup():
            return replace(resource, targets=())
        case RouteTable():
            return replace(resource, associations=())
        case SecurityGroup():
            return replace(resource, rules=tuple(sorted((replace(rule, id="") for rule in resource.rules), key=repr)))
        case Subnet():
            table = snapshot.explicit_route_table_of(resource.id)
            return (resource, table.id if table else None)
        case _:
            return _other_state(snapshot, resource)


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
