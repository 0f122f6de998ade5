"""Drift at any resource that a plan touches, relies on or would go back to makes another fingerprint, and is named."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest

from pathmend.plans.fingerprint import drifted, fingerprint
from pathmend.snapshot.balancing import TargetGroup
from pathmend.snapshot.firewall import RuleGroup
from pathmend.snapshot.resources import Instance, RouteTable, RouteTableAssociation, Subnet
from tests.builders import (
    TARGET_GROUP_ARN,
    VPC_ID,
    a_subnet,
    fault_1,
    fault_2,
    fault_3,
    fault_4,
    fault_6,
    with_association,
)
from tests.unit.diagnosis.needs import PROFILE, ROLE, a_needy_workshop, fault_5, fault_7, fault_8
from tests.unit.diagnosis.worlds import with_health
from tests.unit.plans.planning import planned
from tests.unit.plans.test_dependency_plans import without_ingress, without_metadata, without_names, without_profile

if TYPE_CHECKING:
    from collections.abc import Callable

    from pathmend.plans.plan import Plan
    from pathmend.snapshot.world import Resource, Snapshot

FAULTS: dict[str, Callable[[Snapshot], Snapshot]] = {
    "a subnet's route table": fault_1,
    "the matcher": fault_2,
    "an ACL entry": fault_3,
    "an endpoint's tables": fault_4,
    "an endpoint's policy": fault_5,
    "a deny": fault_6,
    "routes": fault_7,
    "a firewall": fault_8,
    "name resolution": without_names,
    "an instance profile": without_profile,
    "a metadata service": without_metadata,
    "a group's rule": without_ingress,
}
MADE_UP = {
    (TargetGroup, "targets"),
    (TargetGroup, "targets_read"),
    (RouteTable, "associations"),
    (Instance, "profile_association_id"),
    (RuleGroup, "update_token"),
    (Subnet, "free_addresses"),
}
"""What moves by itself, was made up by AWS, or is looked at in another way."""


def _worlds() -> dict[str, tuple[Snapshot, Plan]]:
    worlds = {name: fault(a_needy_workshop()) for name, fault in FAULTS.items()}
    return {name: (world, planned(world)) for name, world in worlds.items()}


WORLDS = _worlds()


def kind_of(world: Snapshot, resource: Resource) -> str:
    """Return the name of the snapshot's field that holds the resource."""
    return next(
        field.name
        for field in fields(world)
        if field.name not in {"unread", "given", "attributes"} and resource in getattr(world, field.name).values()
    )


def another(value: Any) -> Any:
    """Return another value of the same shape."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return f"{value} " if value.startswith("{") else f"{value}x"
        case tuple():
            return () if value else ("another",)
        case None:
            return "something"
        case _ if is_dataclass(value):
            name = fields(value)[0].name
            return replace(value, **{name: another(getattr(value, name))})  # type: ignore[type-var]
        case _:
            raise AssertionError(value)


def with_drift(world: Snapshot, resource_id: str, name: str) -> Snapshot:
    """Return the world in which one field of one resource is another."""
    resource = world.find(resource_id)
    assert resource is not None, f"{resource_id} is not in the world"
    kind = kind_of(world, resource)
    other = replace(resource, **{name: another(getattr(resource, name))})
    return replace(world, **{kind: {**getattr(world, kind), resource_id: other}})


DRIFTS = [
    (name, resource_id, field.name)
    for name, (world, plan) in WORLDS.items()
    for resource_id in plan.resources
    for field in fields(world.find(resource_id))  # type: ignore[arg-type]
    if (type(world.find(resource_id)), field.name) not in MADE_UP
]


@pytest.mark.parametrize(("fault", "resource_id", "field"), DRIFTS)
def test_any_field_of_any_resource_of_a_plan_is_drift(fault: str, resource_id: str, field: str) -> None:
    """Tags, too: rules and owners speak by them."""
    world, plan = WORLDS[fault]
    other = with_drift(world, resource_id, field)
    assert fingerprint(plan.changes, other) != plan.fingerprint
    assert resource_id in drifted(plan, other)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_resource_that_is_gone_is_drift(fault: str) -> None:
    """Each of them."""
    world, plan = WORLDS[fault]
    for resource_id in plan.resources:
        resource = world.find(resource_id)
        kind = kind_of(world, resource)
        rest = {key: one for key, one in getattr(world, kind).items() if key != resource_id}
        gone = replace(world, **{kind: rest})
        assert fingerprint(plan.changes, gone) != plan.fingerprint
        assert resource_id in drifted(plan, gone)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_same_world_has_not_drifted(fault: str) -> None:
    """Neither has one whose targets fare otherwise, or whose resources AWS gave other ids to."""
    world, plan = WORLDS[fault]
    sick = with_health(world, "Target.Timeout", zones="c")
    ids = {key: replace(one, profile_association_id="iip-assoc-new") for key, one in world.instances.items()}
    tokens = {key: replace(one, update_token="new") for key, one in world.rule_groups.items()}
    for same in (world, sick, replace(world, instances=ids), replace(world, rule_groups=tokens)):
        assert fingerprint(plan.changes, same) == plan.fingerprint
        assert drifted(plan, same) == ()


def test_the_table_that_a_subnet_leaves_is_part_of_it() -> None:
    """An undo goes back there: what it holds then is what was agreed to."""
    world, plan = WORLDS["a subnet's route table"]
    assert plan.resources == ("subnet-alb-b", "rtb-public", "rtb-app-b")
    assert drifted(plan, with_drift(world, "rtb-app-b", "routes")) == ("subnet-alb-b", "rtb-app-b")


def test_the_main_table_that_a_subnet_leaves_is_part_of_it() -> None:
    """A subnet without association of its own uses it, and goes back to it."""
    world = with_association(a_needy_workshop(), "subnet-alb-b", None)
    plan = planned(world)
    assert drifted(plan, with_drift(world, "rtb-main", "routes")) == ("subnet-alb-b",)


@pytest.mark.parametrize("fault", ["an endpoint's tables", "routes"])
def test_who_uses_a_table_whose_routes_change_is_part_of_it(fault: str) -> None:
    """One subnet more is moved along, and nobody agreed to that."""
    world, plan = WORLDS[fault]
    more = with_association(world, "subnet-db-a", "rtb-app-a")
    assert drifted(plan, more) == ("rtb-app-a",)


def test_who_uses_the_main_table_is_part_of_it_where_its_routes_change() -> None:
    """A subnet that is made anew, and associated with nothing, uses it."""
    world, plan = WORLDS["routes"]
    table = world.route_tables["rtb-app-a"]
    main = replace(table, associations=(*table.associations, RouteTableAssociation("a-main", main=True)))
    others = {key: one for key, one in world.route_tables.items() if key != "rtb-main"}
    world = replace(world, route_tables={**others, main.id: main})
    before = fingerprint(plan.changes, world)
    fresh = a_subnet(id="subnet-new", vpc_id=VPC_ID, cidrs=(ip_network("10.0.99.0/24"),))
    assert fingerprint(plan.changes, world.having("subnets", fresh)) != before


def test_the_attributes_of_what_is_touched_are_part_of_it() -> None:
    """They are read apart from the resource itself."""
    world, plan = WORLDS["the matcher"]
    other = replace(world, attributes={TARGET_GROUP_ARN: (("stickiness.enabled", "true"),)})
    assert drifted(plan, other) == (TARGET_GROUP_ARN,)


def test_what_the_role_of_a_profile_may_do_is_part_of_it() -> None:
    """Who is given the profile may do that."""
    world, plan = WORLDS["an instance profile"]
    assert drifted(plan, with_drift(world, ROLE, "policies")) == (PROFILE,)


def test_drift_of_a_plan_whose_states_are_not_known_is_drift_of_everything() -> None:
    """A plan that an older version stored."""
    _, plan = WORLDS["a subnet's route table"]
    assert drifted(replace(plan, states=(), fingerprint="old"), a_needy_workshop()) == plan.resources
