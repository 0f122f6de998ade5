"""Plans of the workshop's faults, and the rules that let every one of them act."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pathmend.aws.catalogue import KINDS
from pathmend.diagnosis.diagnose import diagnose
from pathmend.guardrails.circumstances import Circumstances
from pathmend.guardrails.decide import decide
from pathmend.guardrails.decision import Mode
from pathmend.guardrails.rules import Rules
from pathmend.network.difference import Difference
from pathmend.plans.make import make_plan
from pathmend.plans.plan import Plan, PlannedChange, Risk
from tests.builders import LOAD_BALANCER_ARN, a_workshop, fault_1, fault_2, fault_3
from tests.fakes import NOON

if TYPE_CHECKING:
    from pathmend.changes.change import Change
    from pathmend.guardrails.decision import Decision
    from pathmend.snapshot.resources import Tags
    from pathmend.snapshot.world import Snapshot

CALM = Circumstances(LOAD_BALANCER_ARN, NOON)
FREE = Rules(ceiling=Mode.ACT, by_kind=tuple((kind, Mode.ACT) for kind in KINDS))
ROUTES = fault_1(a_workshop())
MATCHER = fault_2(a_workshop())
FILTERS = fault_3(a_workshop())


def _made(world: Snapshot) -> Plan:
    plan = make_plan(diagnose(world, LOAD_BALANCER_ARN), world)
    assert isinstance(plan, Plan)
    return plan


_PLANS = {id(world): _made(world) for world in (ROUTES, MATCHER, FILTERS)}


def planned(world: Snapshot) -> Plan:
    """Return the plan that repairs the world."""
    return _PLANS.get(id(world)) or _made(world)


def plan_of(*changes: Change, world: Snapshot) -> Plan:
    """Return a plan of just these changes, whatever they are for."""
    steps = tuple(PlannedChange(one, one.before(world), one.inverse(world), one.requests(world)) for one in changes)
    resources = tuple(dict.fromkeys(resource for one in changes for resource in one.resources))
    return Plan(steps, (), (), Difference((), (), ()), (), Risk.LOW, resources, "f")


def decided(world: Snapshot, rules: Rules = FREE, circumstances: Circumstances = CALM) -> Decision:
    """Return the decision about the plan that repairs the world."""
    return decide(planned(world), world, rules, circumstances)


def with_tags(world: Snapshot, resource_id: str, *tags: tuple[str, str]) -> Snapshot:
    """Return the world in which the resource has exactly these tags."""
    resource = world.find(resource_id)
    assert resource is not None
    kinds = ("network_acls", "subnets", "vpcs", "load_balancers", "route_tables", "target_groups", "security_groups")
    (kind,) = (kind for kind in kinds if resource_id in getattr(world, kind))
    found: Tags = tags
    return world.having(kind, replace(resource, tags=found))
