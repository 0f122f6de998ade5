"""What a plan touches, where that lies, and what the tags there say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.changes.associate_endpoint_tables import AssociateEndpointTables
from pathmend.changes.set_group_rule import SetGroupRule
from pathmend.changes.set_instance_profile import SetInstanceProfile
from pathmend.changes.set_route import SetRoute
from pathmend.snapshot.resources import RouteTable, Vpc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pathmend.changes.change import Change
    from pathmend.plans.plan import Plan, PlannedChange
    from pathmend.snapshot.resources import Tags
    from pathmend.snapshot.world import Snapshot

_OF_AWS = "com.amazonaws."
"""Prefix lists of this name are AWS's own: nobody can tag them.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html
"""


def touched_by(step: PlannedChange) -> tuple[str, ...]:
    """Return what a step touches or relies on, and what its undo would change: the table that a subnet leaves, too."""
    return _once((*step.change.resources, *_changed(step.undo)))


def touched(plan: Plan) -> tuple[str, ...]:
    """Return what a plan touches or relies on, and what its undo would change."""
    return _once(one for step in plan.steps for one in touched_by(step))


def changed(plan: Plan) -> tuple[str, ...]:
    """Return what a plan changes: not what a route leads to, nor whom a rule names, nor a role that is given."""
    return _once(one for step in plan.steps for change in (step.change, step.undo) for one in _changed(change))


def _changed(change: Change) -> tuple[str, ...]:
    relies = isinstance(change, SetRoute | SetGroupRule | SetInstanceProfile)
    return change.resources[:1] if relies else change.resources


def taggable(resource_ids: Iterable[str], snapshot: Snapshot) -> tuple[str, ...]:
    """Return those that a user can tag: all but AWS's own prefix lists."""
    lists = snapshot.prefix_lists
    return tuple(one for one in resource_ids if one not in lists or not lists[one].name.startswith(_OF_AWS))


def tags_of(resource_id: str, snapshot: Snapshot) -> Tags | None:
    """Return a resource's tags, or None where they were not read."""
    resource = snapshot.find(resource_id)
    if resource is None or not getattr(resource, "tags_read", True):
        return None
    tags: Tags = resource.tags
    return tags


def vpc_of(resource_id: str, snapshot: Snapshot) -> str:
    """Return the id of the VPC that a resource is or belongs to; empty where it belongs to none, or none is known."""
    resource = snapshot.find(resource_id)
    if isinstance(resource, Vpc):
        return resource.id
    subnet = snapshot.subnets.get(getattr(resource, "subnet_id", None) or "")
    return getattr(resource, "vpc_id", None) or (subnet.vpc_id if subnet else "")


def surroundings(resource_ids: Iterable[str], snapshot: Snapshot, load_balancer_arn: str) -> tuple[str, ...]:
    """Return the VPCs of some resources, and the load balancer that they are touched for."""
    vpcs = (vpc_of(one, snapshot) for one in resource_ids)
    return _once((*filter(None, vpcs), load_balancer_arn))


def affected_subnets(steps: Iterable[PlannedChange], snapshot: Snapshot) -> tuple[str, ...]:
    """Return the subnets whose traffic goes by what the steps change, or which hold it."""
    return _once(subnet for step in steps for one in _edited(step.change) for subnet in _subnets_of(one, snapshot))


def _edited(change: Change) -> tuple[str, ...]:
    """Only what is edited matters here: a table that one more subnet uses stays as it is for its other subnets."""
    return change.resources if isinstance(change, AssociateEndpointTables) else change.resources[:1]


def _subnets_of(resource_id: str, snapshot: Snapshot) -> Iterator[str]:
    resource = snapshot.find(resource_id)
    if isinstance(resource, RouteTable):
        yield from (subnet for subnet in snapshot.subnets if snapshot.route_table_of(subnet) is resource)
    else:
        yield from getattr(resource, "subnet_ids", ())
        yield from filter(None, [getattr(resource, "subnet_id", None)])


def _once(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))
