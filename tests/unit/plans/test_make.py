"""The smallest right repair of each fault, and the repairs that are never chosen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pathmend.changes.associate_route_table import AssociateRouteTable
from pathmend.changes.modify_matcher import ModifyMatcher
from pathmend.diagnosis.diagnose import diagnose
from pathmend.plans.plan import Risk
from tests.builders import (
    LOAD_BALANCER_ARN,
    TARGET_GROUP_ARN,
    a_workshop,
    an_interface,
    decoys,
    fault_1,
    fault_2,
    fault_3,
    with_association,
)
from tests.unit.diagnosis.worlds import with_health

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot
from tests.unit.plans.planning import changes, crowded, ingress, planned, refused, with_neighbour


def test_a_healthy_world_needs_no_plan() -> None:
    """Neither does one with what is odd and harmless."""
    assert refused(a_workshop()) == refused(decoys(a_workshop())) == "nothing to repair"


def test_fault_1_is_repaired_by_the_association_alone() -> None:
    """The subnet moves to its siblings' table; the application's table, which others use, keeps its routes."""
    world = fault_1(a_workshop())
    plan = planned(world)
    assert plan.changes == (AssociateRouteTable("subnet-alb-b", "rtb-public"),)
    (request,) = plan.steps[0].requests
    assert request.operation == "ReplaceRouteTableAssociation"
    assert request.parameters == {"AssociationId": "rtbassoc-subnet-alb-b", "RouteTableId": "rtb-public"}
    assert {one.subnet_id for one in plan.effect.rerouted} == {"subnet-alb-b"}
    assert (plan.effect.opened, plan.effect.closed, plan.beyond) == ((), (), ())
    assert plan.risk is Risk.MEDIUM
    assert plan.disrupts == ("connections of subnet-alb-b whose route changes",)


def test_fault_2_is_repaired_by_the_one_success_code() -> None:
    """The matcher keeps what it had and gets what was observed."""
    plan = planned(fault_2(a_workshop()))
    assert plan.changes == (ModifyMatcher(TARGET_GROUP_ARN, "200,299"),)
    assert plan.risk is Risk.LOW
    assert plan.resources == (TARGET_GROUP_ARN,)


def test_fault_3_is_repaired_by_replacing_the_odd_entry() -> None:
    """Rule 1100 becomes what its siblings are, opens what was missing and nothing else."""
    plan = planned(fault_3(a_workshop()))
    assert plan.changes == (ingress(1100, "10.0.11.0/24"),)
    (request,) = plan.steps[0].requests
    assert request.operation == "ReplaceNetworkAclEntry"
    assert [str(reach) for reach in plan.effect.opened] == ["10.0.11.0/24 tcp 1024-32767 ingress"]
    assert plan.beyond == ()
    assert plan.effect.closed
    assert plan.risk is Risk.MEDIUM


def test_a_step_carries_what_was_there_and_its_undo() -> None:
    """What is approved can be taken back."""
    world = fault_3(a_workshop())
    (step,) = planned(world).steps
    assert step.before == "ingress rule 1100: allow TCP 32768-65535 from 10.0.0.0/16"
    assert step.undo.after(step.change.after(world)) == world


def test_all_faults_at_once_are_repaired_by_one_plan() -> None:
    """Each by its own change, and what it repairs and leaves is said in the findings' words."""
    world = fault_3(fault_2(fault_1(a_workshop())))
    plan = planned(world)
    assert {change.kind for change in plan.changes} == {"AssociateRouteTable", "ModifyMatcher", "SetAclEntry"}
    assert len(plan.repairs) == 3
    assert plan.leaves == ()
    for change in plan.changes:
        world = change.after(world)
    assert diagnose(world, LOAD_BALANCER_ARN).healthy


def test_what_only_a_person_repairs_is_left_and_said() -> None:
    """A plan for one finding does not claim the other."""
    world = with_health(fault_3(a_workshop()), "Target.InvalidState", state="unused", zones="c")
    plan = planned(world)
    assert [change.kind for change in plan.changes] == ["SetAclEntry"]
    assert len(plan.repairs) == len(plan.leaves) == 1
    assert "are stopped or terminated" in plan.leaves[0]


@pytest.mark.parametrize("code", ["400", "404", "499", "500", "503", "200,404"])
def test_an_error_code_is_never_admitted(code: str) -> None:
    """The alternative to a repair is no plan, not a lie."""
    says = f"Health checks failed with these codes: [{code}]"
    assert "never admitted" in refused(with_health(a_workshop(), "Target.ResponseCodeMismatch", says=says))


def test_siblings_that_disagree_leave_the_choice_to_a_person() -> None:
    """Two tables that work are two opinions."""
    world = fault_1(a_workshop())
    world = world.having("route_tables", replace(world.route_tables["rtb-public"], id="rtb-other", associations=()))
    world = with_association(world, "subnet-alb-c", "rtb-other")
    says = "WebApp-ALB1-a (subnet-alb-a) uses WebApp-Public-RTB (rtb-public); "
    says += "WebApp-ALB1-c (subnet-alb-c) uses WebApp-Public-RTB (rtb-other)"
    advice = "choose the route table of subnet-alb-b: no siblings that clients reach agree on one"
    assert refused(world) == f"{advice} ({says})"


def test_without_siblings_nothing_is_guessed() -> None:
    """A route in a table that others share is never the answer."""
    world = a_workshop()
    for zone in "abc":
        world = with_association(world, f"subnet-alb-{zone}", f"rtb-app-{zone}")
    assert "choose the route table of subnet-alb-a" in refused(world)


def test_an_interface_that_leaves_by_nat_keeps_its_way_out() -> None:
    """Another interface in the subnet, without a public address, would lose the internet."""
    world = with_neighbour(fault_1(a_workshop()))
    tried = "associate subnet subnet-alb-b with rtb-public: would end the way to 0.0.0.0/0 by nat-b for eni-neighbour"
    decide = "decide whether they may lose that, or give them a subnet, a table or an ACL of their own"
    assert (
        refused(world) == f"no safe change clears NO_ROUTE_TO_DESTINATION of subnet-alb-b: {tried}. To decide: {decide}"
    )


def without_endpoint_routes(world: Snapshot) -> Snapshot:
    """Return the world whose application table b has networks only, and no endpoint."""
    for endpoint in world.vpc_endpoints.values():
        kept = tuple(one for one in endpoint.route_table_ids if one != "rtb-app-b")
        world = world.having("vpc_endpoints", replace(endpoint, route_table_ids=kept))
    table = world.route_tables["rtb-app-b"]
    routes = tuple(route for route in table.routes if not isinstance(route.destination, str))
    return world.having("route_tables", replace(table, routes=routes))


def test_a_gateway_endpoint_that_a_neighbour_may_use_is_not_taken_away() -> None:
    """With a public address it keeps the internet, and would lose the endpoints."""
    neighbour = {"public_ips": an_interface().private_ips}
    assert "no safe change" in refused(with_neighbour(fault_1(a_workshop()), **neighbour))
    assert changes(without_endpoint_routes(with_neighbour(fault_1(a_workshop()), **neighbour)))


@pytest.mark.parametrize("blackhole", [True, False])
def test_a_neighbour_that_had_no_way_loses_none(*, blackhole: bool) -> None:
    """What leads nowhere cuts nobody off."""
    world = without_endpoint_routes(with_neighbour(fault_1(a_workshop())))
    table = world.route_tables["rtb-app-b"]
    kept = tuple(
        replace(route, state="blackhole") if blackhole else route
        for route in table.routes
        if route.target == "local" or blackhole
    )
    world = world.having(
        "route_tables",
        replace(table, routes=tuple(r if r.target != "local" else replace(r, state="active") for r in kept)),
    )
    assert changes(world) == (AssociateRouteTable("subnet-alb-b", "rtb-public"),)


def test_a_replacement_that_closes_what_a_neighbour_may_use_is_not_chosen() -> None:
    """Then an entry is added, behind the others, and the odd one stays."""
    assert changes(with_neighbour(fault_3(a_workshop()))) == (ingress(1400, "10.0.11.0/24"),)


def test_a_full_acl_gets_no_entry_more() -> None:
    """With a neighbour to spare and no room to add, a person decides."""
    full = crowded(with_neighbour(fault_3(a_workshop())), 15)
    assert "no safe change clears SUBNET_ACL_RESTRICTION of acl-alb: " in refused(full)
    assert changes(crowded(with_neighbour(fault_3(a_workshop())), 14)) == (ingress(4100, "10.0.11.0/24"),)


def test_a_full_acl_can_still_have_an_entry_replaced() -> None:
    """A replacement needs no room."""
    assert changes(crowded(fault_3(a_workshop()), 15)) == (ingress(1100, "10.0.11.0/24"),)


@pytest.mark.parametrize("reason", ["Target.Timeout", "Target.FailedHealthChecks"])
def test_a_target_that_is_sick_because_of_the_block_does_not_bar_its_repair(reason: str) -> None:
    """What the load balancer says of a target it cannot reach is out of date once the path is open."""
    world = with_health(fault_3(a_workshop()), reason, zones="a")
    assert changes(world) == changes(fault_3(a_workshop()))
    assert planned(world).leaves == ()


def test_a_sick_target_elsewhere_is_left_and_said() -> None:
    """A time-out behind an open path is another fault, which the repair does not hide."""
    world = with_health(fault_3(a_workshop()), "Target.Timeout", zones="c")
    assert changes(world) == changes(fault_3(a_workshop()))
    assert "do not answer the health check in time" in planned(world).leaves[0]
