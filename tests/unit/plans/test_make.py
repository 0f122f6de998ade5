"""The smallest right repair of each fault, and the repairs that are never chosen."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest

from pathmend.changes.associate_route_table import AssociateRouteTable
from pathmend.changes.modify_matcher import ModifyMatcher
from pathmend.changes.set_acl_entry import SetAclEntry
from pathmend.diagnosis.diagnose import diagnose
from pathmend.plans.make import NoPlan, make_plan
from pathmend.plans.plan import Plan, Risk
from tests.builders import (
    EVERYWHERE,
    LOAD_BALANCER_ARN,
    TARGET_GROUP_ARN,
    a_listener,
    a_workshop,
    allow_tcp,
    an_acl_entry,
    an_interface,
    decoys,
    fault_1,
    fault_2,
    fault_3,
    with_association,
    with_entry,
)
from tests.unit.diagnosis.worlds import on_ipv6, with_health, without_entry

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


def denied(*denies: tuple[int, str, tuple[int, int] | None]) -> Snapshot:
    """Return the workshop with deny entries in the load balancer's ACL; without ports they deny everything."""
    world = a_workshop()
    for number, cidr, ports in denies:
        deny = an_acl_entry(number, cidr, action="deny", protocol="6" if ports else "-1", ports=ports)
        world = with_entry(world, "acl-alb", deny)
    return world


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
    assert refused(world) == "choose the route table of subnet-alb-b: no siblings that clients reach agree on one"


def test_without_siblings_nothing_is_guessed() -> None:
    """A route in a table that others share is never the answer."""
    world = a_workshop()
    for zone in "abc":
        world = with_association(world, f"subnet-alb-{zone}", f"rtb-app-{zone}")
    assert "choose the route table of subnet-alb-a" in refused(world)


def test_an_interface_that_leaves_by_nat_keeps_its_way_out() -> None:
    """Another interface in the subnet, without a public address, would lose the internet."""
    world = with_neighbour(fault_1(a_workshop()))
    assert refused(world) == "no safe change clears NO_ROUTE_TO_DESTINATION of subnet-alb-b"


def without_endpoint_routes(world: Snapshot) -> Snapshot:
    """Return the world whose application table b has networks only."""
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
    assert refused(full) == "no safe change clears SUBNET_ACL_RESTRICTION of acl-alb"
    assert changes(crowded(with_neighbour(fault_3(a_workshop())), 14)) == (ingress(4100, "10.0.11.0/24"),)


def test_a_full_acl_can_still_have_an_entry_replaced() -> None:
    """A replacement needs no room."""
    assert changes(crowded(fault_3(a_workshop()), 15)) == (ingress(1100, "10.0.11.0/24"),)


def test_each_peer_of_a_gap_gets_an_entry() -> None:
    """Two application subnets broken at once are repaired at once."""
    world = without_entry(without_entry(a_workshop(), "acl-alb", 1100), "acl-alb", 1200)
    plan = planned(world)
    assert plan.changes == (ingress(1400, "10.0.11.0/24"), ingress(1500, "10.0.12.0/24"))
    assert plan.beyond == ()
    assert plan.risk is Risk.LOW


def test_two_peers_need_two_free_slots() -> None:
    """Half a repair is none."""
    world = without_entry(without_entry(a_workshop(), "acl-alb", 1100), "acl-alb", 1200)
    assert "no safe change" in refused(crowded(world, 16))
    assert len(changes(crowded(world, 15))) == 2


@pytest.mark.parametrize(
    ("last", "numbers"), [(32600, (32601, 32602)), (32764, (32765, 32766)), (32500, (32600, 32700))]
)
def test_at_the_end_of_the_numbers_entries_move_closer(last: int, numbers: tuple[int, int]) -> None:
    """Steps of a hundred are a habit, not a need."""
    world = without_entry(without_entry(a_workshop(), "acl-alb", 1100), "acl-alb", 1200)
    world = crowded(world, 1, first=last)
    assert changes(world) == (ingress(numbers[0], "10.0.11.0/24"), ingress(numbers[1], "10.0.12.0/24"))


def test_without_numbers_behind_the_others_nothing_is_added() -> None:
    """One number is left and two are needed."""
    world = without_entry(without_entry(a_workshop(), "acl-alb", 1100), "acl-alb", 1200)
    assert "no safe change" in refused(crowded(world, 1, first=32765))


def test_a_deny_of_exactly_the_gap_is_deleted() -> None:
    """Both ways open the same, and fewer entries are the smaller change."""
    assert changes(denied((1050, "10.0.11.0/24", EPHEMERAL))) == (removed(1050),)


def test_a_deny_of_more_than_the_gap_is_preceded() -> None:
    """Deleting it would open what nobody needs."""
    world = with_entry(denied((1050, "10.0.11.0/24", None)), "acl-alb", an_acl_entry(2000, "10.0.0.0/16"))
    plan = planned(world)
    assert plan.changes == (ingress(1049, "10.0.11.0/24"),)
    assert plan.beyond == ()


def test_a_number_in_use_before_a_deny_is_passed_over() -> None:
    """The next lower one does as well."""
    world = with_entry(denied((1050, "10.0.11.0/24", None)), "acl-alb", an_acl_entry(2000, "10.0.0.0/16"))
    world = crowded(world, 1, first=1049)
    assert changes(world) == (ingress(1048, "10.0.11.0/24"),)


def test_before_a_deny_at_rule_1_there_is_no_number() -> None:
    """Then deleting it is the only way, and what it opens beyond is said."""
    world = with_entry(denied((1, "10.0.11.0/24", None)), "acl-alb", an_acl_entry(2000, "10.0.0.0/16"))
    plan = planned(world)
    assert plan.changes == (removed(1),)
    assert plan.beyond
    assert plan.risk is Risk.HIGH


def test_what_opens_for_another_protocol_is_beyond_the_need() -> None:
    """The same ports of UDP serve no flow of the load balancer."""
    world = with_entry(
        denied((1, "10.0.11.0/24", None)), "acl-alb", an_acl_entry(2000, "10.0.11.0/24", protocol="17", ports=EPHEMERAL)
    )
    plan = planned(world)
    assert plan.changes == (removed(1),)
    assert [str(reach) for reach in plan.beyond if reach.protocol == "17"] == ["10.0.11.0/24 udp 1024-65535 ingress"]


def test_two_denies_in_the_way_are_both_dealt_with() -> None:
    """One after the other, each on the world that the one before leaves."""
    world = denied((1040, "10.0.11.0/24", (2000, 2999)), (1050, "10.0.12.0/24", EPHEMERAL))
    assert set(changes(world)) == {removed(1040), removed(1050)}


def test_a_gap_of_ipv6_is_closed_with_ipv6_entries() -> None:
    """IPv4 entries say nothing of IPv6."""
    world = with_entry(on_ipv6(), "acl-app", an_acl_entry(110, "::/0"))
    world = with_entry(world, "acl-app", an_acl_entry(110, "::/0", egress=True))
    world = with_entry(world, "acl-alb", allow_tcp(110, "2001:db8::/56", (80, 80), egress=True))
    plan = planned(world)
    assert plan.changes == tuple(ingress(1300 + 100 * n, f"2001:db8:0:{15 + n:x}::/64") for n in (1, 2, 3))
    assert all("Ipv6CidrBlock" in step.requests[0].parameters for step in plan.steps)
    assert plan.beyond == ()


def test_neighbouring_peers_are_needed_as_one_network() -> None:
    """Two halves of a /23 are not beyond the need because they are told as one."""
    plan = planned(without_entry(without_entry(a_workshop(), "acl-alb", 1200), "acl-alb", 1300))
    assert [str(reach) for reach in plan.effect.opened] == ["10.0.12.0/23 tcp 1024-65535 ingress"]
    assert (plan.beyond, plan.risk) == ((), Risk.LOW)


def test_the_way_out_of_the_load_balancer_is_repaired_too() -> None:
    """One egress entry per application subnet, on the traffic port alone."""
    plan = planned(without_entry(a_workshop(), "acl-alb", 100, egress=True))
    entries = [change.entry for change in plan.changes if isinstance(change, SetAclEntry)]
    expected = [(f"10.0.{n}.0/24", (80, 80), True) for n in (11, 12, 13)]
    assert [(str(e.cidr), e.ports, e.egress) for e in entries if e] == expected


def test_what_clients_may_reach_is_never_opened() -> None:
    """A listener that nobody may reach is advice, whatever rule is missing."""
    assert "what the internet may open is never changed" in refused(without_entry(a_workshop(), "acl-alb", 100))
    tls = a_workshop().having("listeners", a_listener(arn="listener-443", protocol="HTTPS", port=443))
    assert "what the internet may open is never changed" in refused(tls)


def test_a_plan_opens_the_internet_to_nothing() -> None:
    """Every repair of a fault stays inside the VPC."""
    world = fault_3(fault_2(fault_1(a_workshop())))
    vpc = ip_network("10.0.0.0/16")
    assert all(reach.peer.subnet_of(vpc) for reach in planned(world).effect.opened)  # type: ignore[arg-type]
    assert EVERYWHERE not in repr(planned(world).changes)


def test_a_finding_that_an_earlier_change_cleared_needs_none() -> None:
    """A finding of a diagnosis that the world has outgrown is not repaired again."""
    found = diagnose(fault_3(a_workshop()), LOAD_BALANCER_ARN)
    assert isinstance(make_plan(found, a_workshop()), NoPlan)


def test_a_second_load_balancer_in_the_same_subnets_is_a_neighbour() -> None:
    """Its interfaces use the same ACL for flows that were not looked at."""
    world = with_neighbour(fault_3(a_workshop()), description="ELB app/Other/0123456789abcdef")
    assert changes(world) == (ingress(1400, "10.0.11.0/24"),)
