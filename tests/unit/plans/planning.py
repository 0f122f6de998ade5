"""Plans for worlds, and the changes that are expected in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pathmend.changes.set_acl_entry import SetAclEntry
from pathmend.diagnosis.diagnose import diagnose
from pathmend.plans.make import NoPlan, make_plan
from pathmend.plans.plan import Plan
from tests.builders import (
    LOAD_BALANCER_ARN,
    allow_tcp,
    an_interface,
    with_entry,
)

if TYPE_CHECKING:
    from pathmend.changes.change import Change
    from pathmend.snapshot.world import Snapshot


EPHEMERAL = (1024, 65535)


def planned(world: Snapshot) -> Plan:
    """Return the plan for the world."""
    plan = make_plan(diagnose(world, LOAD_BALANCER_ARN), world)
    assert isinstance(plan, Plan), plan
    return plan


def changes(world: Snapshot) -> tuple[Change, ...]:
    """Return the changes of the plan for the world."""
    return planned(world).changes


def refused(world: Snapshot) -> str:
    """Return why there is no plan for the world."""
    plan = make_plan(diagnose(world, LOAD_BALANCER_ARN), world)
    assert isinstance(plan, NoPlan), plan
    return plan.reason


def ingress(number: int, cidr: str, ports: tuple[int, int] = EPHEMERAL) -> SetAclEntry:
    """Return a change that lets replies from `cidr` into the load balancer's subnets."""
    return SetAclEntry("acl-alb", egress=False, rule_number=number, entry=allow_tcp(number, cidr, ports))


def removed(number: int) -> SetAclEntry:
    """Return a change that removes an ingress entry of the load balancer's ACL."""
    return SetAclEntry("acl-alb", egress=False, rule_number=number, entry=None)


def with_neighbour(world: Snapshot, **fields: Any) -> Snapshot:
    """Return the world with another interface than the load balancer's in its subnet b."""
    neighbour = an_interface("10.0.2.77", **{"id": "eni-neighbour", "subnet_id": "subnet-alb-b", **fields})
    return world.having("interfaces", neighbour)


def crowded(world: Snapshot, count: int, *, first: int = 4000) -> Snapshot:
    """Return the world with so many more ingress entries in the load balancer's ACL, which decide nothing."""
    for number in range(first, first + count):
        world = with_entry(world, "acl-alb", allow_tcp(number, "192.0.2.0/24", (9, 9)))
    return world
