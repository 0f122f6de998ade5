"""Targets in zones that the load balancer is not enabled in, and the subnet that would enable one."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest

from pathmend.diagnosis.disabled_zones import CODE
from pathmend.diagnosis.finding import Certainty, NoMechanicalRepair, ZoneNotEnabled
from pathmend.plans.intents import intent_against
from pathmend.plans.make import NoPlan, make_plan
from pathmend.plans.plan import Plan
from tests.builders import (
    LOAD_BALANCER_ARN,
    TARGET_GROUP_ARN,
    a_subnet,
    a_workshop,
    an_interface,
    decoys,
    with_association,
)
from tests.unit.diagnosis.worlds import (
    codes,
    diagnosis,
    evidence,
    findings,
    only,
    with_group,
    with_health,
    without_entry,
)

if TYPE_CHECKING:
    from pathmend.diagnosis.finding import Finding
    from pathmend.snapshot.world import Snapshot

NOT_IN_USE = "Target.NotInUse"


def a_roomy_workshop(free: int | None = 200) -> Snapshot:
    """Return the workshop with the number of free addresses of each subnet read."""
    world = a_workshop()
    for subnet in tuple(world.subnets.values()):
        world = world.having("subnets", replace(subnet, free_addresses=free))
    return world


def without_zone(world: Snapshot, zone: str = "b", *, alone: bool = True) -> Snapshot:
    """Return the world whose load balancer is not enabled in the zone, where all targets are, or one of three."""
    balancer = world.load_balancers[LOAD_BALANCER_ARN]
    kept = tuple(one for one in balancer.subnet_ids if one != f"subnet-alb-{zone}")
    interfaces = {key: one for key, one in world.interfaces.items() if key != f"eni-alb-{zone}"}
    world = replace(world, interfaces=interfaces).having("load_balancers", replace(balancer, subnet_ids=kept))
    world = with_health(world, NOT_IN_USE, state="unused", zones=zone)
    targets = world.target_groups[TARGET_GROUP_ARN].targets
    return with_group(world, targets=tuple(t for t in targets if t.reason)) if alone else world


def with_subnet(world: Snapshot, subnet_id: str, **fields: Any) -> Snapshot:
    """Return the world with other fields in the subnet."""
    return world.having("subnets", replace(world.subnets[subnet_id], **fields))


def advice(finding: Finding) -> str:
    """Return what a person is to decide."""
    assert isinstance(finding.cause, NoMechanicalRepair)
    return finding.cause.advice


def test_a_zone_that_is_not_enabled_is_enabled_by_the_subnet_that_is_like_the_others() -> None:
    """All targets are there, so nobody is served; one subnet of the zone has the ACL and the way out of the others."""
    finding = only(findings(without_zone(a_roomy_workshop())))
    assert (finding.code, finding.resource, finding.certainty) == (CODE, TARGET_GROUP_ARN, Certainty.PROVEN)
    assert finding.cause == ZoneNotEnabled(LOAD_BALANCER_ARN, ("subnet-alb-b",))
    assert finding.sentence == (
        "1 of 1 targets of WebApp-TG get no requests: they are in us-east-1b, where WebApp-ALB is not enabled"
    )
    rows = evidence(finding)
    assert rows["zones that the load balancer is enabled in"] == "us-east-1a, us-east-1c"
    assert rows["Target.NotInUse in us-east-1b"] == "i-app-b"
    assert rows["free addresses in WebApp-ALB1-b (subnet-alb-b)"] == "200"


def test_the_plan_keeps_the_other_zones_and_asks() -> None:
    """The whole list, with one more; whoever left the zone out may have meant to."""
    world = without_zone(a_roomy_workshop())
    plan = make_plan(diagnosis(world), world)
    assert isinstance(plan, Plan)
    (step,) = plan.steps
    (request,) = step.requests
    assert request.parameters["Subnets"] == ["subnet-alb-a", "subnet-alb-b", "subnet-alb-c"]
    (undo,) = step.undo.requests(step.change.after(world))
    assert undo.parameters["Subnets"] == ["subnet-alb-a", "subnet-alb-c"]
    assert (plan.leaves, plan.beyond, plan.disrupts) == ((), (), ())
    assert "the zones of WebApp-ALB is asked" in str(intent_against(step.change, world))


def test_targets_in_two_zones_need_two_subnets() -> None:
    """One change enables both."""
    world = a_roomy_workshop()
    both = without_zone(without_zone(world, "b", alone=False), "c", alone=False)
    targets = tuple(t for t in both.target_groups[TARGET_GROUP_ARN].targets if t.reason)
    both = with_group(both, targets=targets)
    assert only(findings(both)).cause == ZoneNotEnabled(LOAD_BALANCER_ARN, ("subnet-alb-b", "subnet-alb-c"))
    assert isinstance(make_plan(diagnosis(both), both), Plan)


def test_a_part_of_the_targets_may_be_left_out_on_purpose() -> None:
    """The others are served; a person decides about these."""
    world = without_zone(a_roomy_workshop(), alone=False)
    assert "decide whether WebApp-ALB is to be enabled in us-east-1b" in advice(only(findings(world)))
    assert isinstance(make_plan(diagnosis(world), world), NoPlan)


def test_a_zone_without_targets_is_no_fault() -> None:
    """Nobody is missing there, however few zones are enabled."""
    world = without_zone(a_roomy_workshop(), alone=False)
    targets = tuple(t for t in world.target_groups[TARGET_GROUP_ARN].targets if not t.reason)
    assert diagnosis(decoys(with_group(world, targets=targets))).healthy


@pytest.mark.parametrize("free", [None, 0, 7])
def test_a_subnet_without_room_is_not_taken(free: int | None) -> None:
    """A load balancer needs eight free addresses; a number that was not read proves none."""
    says = advice(only(findings(without_zone(a_roomy_workshop(free)))))
    assert says.startswith("make room in WebApp-ALB1-b (subnet-alb-b): WebApp-ALB needs 8 free addresses")


def test_two_subnets_that_are_alike_are_a_persons_choice() -> None:
    """Both are named."""
    world = without_zone(a_roomy_workshop())
    twin = a_subnet(id="subnet-twin", availability_zone="us-east-1b", cidrs=(ip_network("10.0.99.0/24"),))
    world = with_association(world.having("subnets", twin), "subnet-twin", "rtb-public")
    acl = world.network_acls["acl-alb"]
    world = world.having("network_acls", replace(acl, subnet_ids=(*acl.subnet_ids, "subnet-twin")))
    assert advice(only(findings(world))).endswith("like its own are WebApp-ALB1-b (subnet-alb-b), subnet-twin")


@pytest.mark.parametrize(
    "otherwise",
    [
        lambda w: with_association(w, "subnet-alb-b", "rtb-app-b"),
        lambda w: with_association(w, "subnet-alb-b", "rtb-main"),
        lambda w: with_subnet(w, "subnet-alb-b", availability_zone="us-east-1d"),
        lambda w: with_subnet(w, "subnet-alb-b", vpc_id="vpc-other"),
    ],
    ids=["by NAT", "no way out", "another zone", "another VPC"],
)
def test_without_a_subnet_like_the_others_none_is_named(otherwise: Any) -> None:
    """A subnet that leads elsewhere is never the answer."""
    found = only(findings(otherwise(without_zone(a_roomy_workshop()))))
    assert advice(found) == "choose a subnet of us-east-1b for WebApp-ALB: like its own are none"


def test_a_subnet_with_fewer_ip_versions_is_not_like_the_others() -> None:
    """The load balancer may have addresses of both."""
    world = without_zone(a_roomy_workshop())
    for zone in "ac":
        blocks = (*world.subnets[f"subnet-alb-{zone}"].cidrs, ip_network(f"2001:db8:0:{zone}::/64"))
        world = with_subnet(world, f"subnet-alb-{zone}", cidrs=blocks)
    assert "like its own are none" in advice(only(findings(world)))


@pytest.mark.parametrize("unread", ["network_acls", "route_tables", "gateways"])
def test_subnets_whose_filters_or_ways_were_not_read_are_like_nothing(unread: str) -> None:
    """Nobody is like what nobody knows."""
    world = replace(without_zone(a_roomy_workshop()), **{unread: {}})
    found = next(one for one in findings(world) if one.code == CODE)
    assert "do not agree on a network ACL and a way out" in advice(found)


def test_siblings_that_disagree_leave_the_choice_to_a_person() -> None:
    """Two ways out are two opinions."""
    world = without_zone(a_roomy_workshop())
    acls = world.network_acls
    moved = replace(acls["acl-shared"], subnet_ids=(*acls["acl-shared"].subnet_ids, "subnet-alb-c"))
    kept = replace(acls["acl-alb"], subnet_ids=("subnet-alb-a", "subnet-alb-b"))
    world = world.having("network_acls", moved).having("network_acls", kept)
    assert "do not agree" in advice(only(findings(world)))


def test_a_node_that_would_not_reach_its_targets_is_no_repair() -> None:
    """Enabling the zone would bring the next fault."""
    world = without_entry(without_zone(a_roomy_workshop()), "acl-app", 100)
    found = next(one for one in findings(world) if one.code == CODE)
    assert advice(found).startswith("look at what keeps a node of WebApp-ALB in WebApp-ALB1-b (subnet-alb-b)")


def test_a_subnet_whose_addresses_are_all_taken_has_none_for_a_node() -> None:
    """Whatever the number says that was read a moment ago."""
    world = without_zone(a_roomy_workshop())
    block = ip_network("10.0.2.0/28")
    world = with_subnet(world, "subnet-alb-b", cidrs=(block,))
    for number in range(4, 15):
        one = an_interface(str(block[number]), id=f"eni-{number}", subnet_id="subnet-alb-b")
        world = world.having("interfaces", one)
    assert "look at what keeps a node" in advice(only(findings(world)))


def test_an_internal_load_balancer_goes_by_the_route_table_of_its_subnets() -> None:
    """It has no way out to compare."""
    world = without_zone(a_roomy_workshop())
    balancer = world.load_balancers[LOAD_BALANCER_ARN]
    world = world.having("load_balancers", replace(balancer, scheme="internal"))
    assert only(findings(world)).cause == ZoneNotEnabled(LOAD_BALANCER_ARN, ("subnet-alb-b",))


@pytest.mark.parametrize(
    ("kind", "availability_zone"),
    [("instance", "us-east-1b"), ("ip", "us-east-1b"), ("ip", "all"), ("ip", None), ("instance", "us-east-1a")],
)
def test_where_a_target_is_comes_from_aws_or_from_its_instance(kind: str, availability_zone: str | None) -> None:
    """An address outside the VPC is in no zone, and one in a zone that is enabled is unused for another reason."""
    world = without_zone(a_roomy_workshop())
    (target,) = world.target_groups[TARGET_GROUP_ARN].targets
    name = "i-app-b" if kind == "instance" else "10.0.12.10"
    moved = replace(target, target_id=name, availability_zone=availability_zone)
    expected = CODE if availability_zone == "us-east-1b" else "TARGET_NOT_IN_USE"
    assert codes(with_group(world, kind=kind, targets=(moved,))) == [expected]


def test_an_instance_that_was_not_read_is_nowhere() -> None:
    """What is not known is not blamed on a zone."""
    world = without_zone(a_roomy_workshop())
    instances = {key: one for key, one in world.instances.items() if key != "i-app-b"}
    assert codes(replace(world, instances=instances)) == ["TARGET_NOT_IN_USE"]
    instance = replace(world.instances["i-app-b"], subnet_id=None)
    assert codes(world.having("instances", instance)) == ["TARGET_NOT_IN_USE"]


@pytest.mark.parametrize("fields", [{"kind": "network"}, {"subnet_ids": ()}, {"subnet_ids": ("subnet-unread",)}])
def test_zones_that_are_not_known_are_not_called_disabled(fields: dict[str, Any]) -> None:
    """Of a Network Load Balancer the list of subnets says too little; of subnets that were not read, nothing."""
    world = without_zone(a_roomy_workshop())
    balancer = replace(world.load_balancers[LOAD_BALANCER_ARN], **fields)
    assert CODE not in codes(world.having("load_balancers", balancer))
