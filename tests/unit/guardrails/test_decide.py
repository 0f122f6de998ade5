"""What may be done with a plan: the strictest rule, tag or refusal wins, and says why."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING, TypeAlias

import pytest

from pathmend.changes.associate_route_table import AssociateRouteTable
from pathmend.changes.set_acl_entry import SetAclEntry
from pathmend.diagnosis.diagnose import diagnose
from pathmend.guardrails.circumstances import Circumstances
from pathmend.guardrails.decide import decide
from pathmend.guardrails.decision import Decision, Mode
from pathmend.guardrails.rules import Rules
from pathmend.network.difference import Difference, Reach
from pathmend.network.ports import PortSet
from pathmend.plans.make import NoPlan, make_plan
from pathmend.plans.plan import Plan, PlannedChange
from tests.builders import (
    LOAD_BALANCER_ARN,
    TARGET_GROUP_ARN,
    a_workshop,
    allow_tcp,
    an_acl_entry,
    fault_1,
    fault_2,
    fault_3,
    with_entry,
)
from tests.fakes import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from pathmend.snapshot.resources import AclEntry
    from pathmend.snapshot.world import Snapshot

CALM = Circumstances(LOAD_BALANCER_ARN, NOON)
FREE = Rules(
    ceiling=Mode.ACT,
    by_kind=(("SetAclEntry", Mode.ACT), ("AssociateRouteTable", Mode.ACT), ("ModifyMatcher", Mode.ACT)),
)


def planned(world: Snapshot) -> Plan:
    """Return the plan that repairs the world."""
    plan = make_plan(diagnose(world, LOAD_BALANCER_ARN), world)
    assert isinstance(plan, Plan)
    return plan


def decided(world: Snapshot, rules: Rules = FREE, *, quiet: str | None = None) -> Decision:
    """Return the decision about the plan that repairs the world."""
    return decide(planned(world), world, rules, replace(CALM, quiet=quiet))


def opening(peer: str, ports: PortSet | None, *, direction: str = "ingress", beyond: bool = False) -> Decision:
    """Return the decision about a plan that opens this as well."""
    world = fault_3(a_workshop())
    plan = planned(world)
    reach = Reach("acl-alb", direction, ip_network(peer), "6" if ports else "-1", ports, ("subnet-alb-a",))
    effect = Difference((*plan.effect.opened, reach), plan.effect.closed, plan.effect.rerouted)
    return decide(replace(plan, effect=effect, beyond=(reach,) if beyond else ()), world, FREE, CALM)


def of_one_step(change: SetAclEntry, world: Snapshot) -> Decision:
    """Return the decision about a plan of one change of an ACL."""
    step = PlannedChange(change, change.before(world), change.inverse(world), change.requests(world))
    plan = planned(fault_3(a_workshop()))
    return decide(replace(plan, steps=(step,), resources=change.resources), world, FREE, CALM)


Fault: TypeAlias = "Callable[[Snapshot], Snapshot]"
FAULTS = [pytest.param(fault, id=fault.__name__) for fault in (fault_1, fault_2, fault_3)]


@pytest.mark.parametrize("fault", FAULTS)
def test_out_of_the_box_every_change_is_asked_about(fault: Fault) -> None:
    """Nothing acts by itself until a rule allows it."""
    decision = decided(fault(a_workshop()), Rules())
    assert decision.mode is Mode.ASK
    assert "the account-wide mode is ask" in decision.reasons


@pytest.mark.parametrize("fault", FAULTS)
def test_where_ceiling_and_kind_allow_it_the_plan_may_act(fault: Fault) -> None:
    """Both have to be loosened by the user."""
    assert decided(fault(a_workshop())).mode is Mode.ACT


@pytest.mark.parametrize("ceiling", list(Mode))
def test_nothing_exceeds_the_account_wide_mode(ceiling: Mode) -> None:
    """A kind that may act is held back by the ceiling, and the ceiling is the reason."""
    decision = decided(fault_2(a_workshop()), replace(FREE, ceiling=ceiling))
    assert decision.mode is ceiling
    assert f"the account-wide mode is {ceiling.value}" in decision.reasons


def test_a_kind_that_is_not_listed_is_asked_about() -> None:
    """The ceiling alone lets nothing act."""
    decision = decided(fault_3(a_workshop()), Rules(ceiling=Mode.ACT, by_kind=(("ModifyMatcher", Mode.ACT),)))
    assert decision == Decision(Mode.ASK, ("the rule for SetAclEntry is ask",))


def test_a_kind_may_be_forbidden() -> None:
    """A rule may be stricter than the ceiling."""
    decision = decided(fault_1(a_workshop()), Rules(by_kind=(("AssociateRouteTable", Mode.REPORT),)))
    assert decision == Decision(Mode.REPORT, ("the rule for AssociateRouteTable is report",))


def test_of_several_changes_the_strictest_rule_decides() -> None:
    """A plan is made whole or not at all."""
    rules = replace(FREE, by_kind=(*FREE.by_kind, ("ModifyMatcher", Mode.REPORT)))
    assert decided(fault_3(fault_2(a_workshop())), rules).mode is Mode.REPORT


def test_the_kill_switch_stops_everything() -> None:
    """One switch, whatever the rules say."""
    decision = decided(fault_3(a_workshop()), replace(FREE, kill_switch=True))
    assert decision == Decision(Mode.REPORT, ("the kill switch is on: nothing is changed",))


def test_a_quiet_alarm_is_reported_and_never_acted_on() -> None:
    """A mute or a suppression is somebody's word."""
    decision = decided(fault_3(a_workshop()), quiet="the alarm is muted by x")
    assert decision == Decision(Mode.REPORT, ("the alarm is muted by x",))


def test_every_reason_for_the_strictest_mode_is_given_once() -> None:
    """The user sees all that has to be loosened, not the first of it."""
    rules = Rules(ceiling=Mode.REPORT, by_kind=(("SetAclEntry", Mode.REPORT),), kill_switch=True)
    decision = decided(fault_3(a_workshop()), rules, quiet="muted")
    assert decision.reasons == (
        "the kill switch is on: nothing is changed",
        "muted",
        "the account-wide mode is report",
        "the rule for SetAclEntry is report",
    )


def test_without_a_plan_the_reason_is_reported() -> None:
    """There is nothing to allow."""
    reason = "nothing to repair"
    assert decide(NoPlan(reason), a_workshop(), FREE, replace(CALM, quiet="muted")) == Decision(Mode.REPORT, (reason,))


def tagged(world: Snapshot, key: str, value: str) -> Snapshot:
    """Return the world with a tag on what the plans of the faults touch."""
    tags = ((key, value),)
    world = world.having("network_acls", replace(world.network_acls["acl-alb"], tags=tags))
    return world.having("target_groups", replace(world.target_groups[TARGET_GROUP_ARN], tags=tags))


@pytest.mark.parametrize("key", ["managedByFIS", "managedbyFIS", "ManagedByFis"])
@pytest.mark.parametrize("value", ["true", "True"])
def test_what_fault_injection_manages_is_left_alone(key: str, value: str) -> None:
    """An experiment is a fault on purpose; AWS spells its tag in two ways."""
    decision = decided(tagged(fault_3(a_workshop()), key, value))
    assert decision.mode is Mode.REPORT
    words = f"acl-alb is managed by AWS Fault Injection Service (tag {key}={value}): an experiment runs"
    assert decision.reasons == (words,)


def test_what_fault_injection_managed_once_is_free_again() -> None:
    """Only a tag that says true is an experiment."""
    assert decided(tagged(fault_3(a_workshop()), "managedByFIS", "false")).mode is Mode.ACT


def test_a_subnet_on_a_table_of_fault_injection_is_left_alone() -> None:
    """The table that the subnet would leave is touched as well: FIS swaps tables in as it swaps ACLs."""
    world = fault_1(a_workshop())
    table = world.route_tables["rtb-app-b"]
    world = world.having("route_tables", replace(table, tags=(("managedByFIS", "true"),)))
    decision = decided(world)
    assert decision.mode is Mode.REPORT
    assert "rtb-app-b is managed by AWS Fault Injection Service" in decision.reasons[0]


@pytest.mark.parametrize(
    ("value", "mode"),
    [
        ("report", Mode.REPORT),
        ("ask", Mode.ASK),
        (" Act ", Mode.ACT),
        ("never!", Mode.REPORT),
        ("", Mode.REPORT),
    ],
)
def test_a_tag_on_the_resource_restricts(value: str, mode: Mode) -> None:
    """Whoever wrote a value that is none wanted a restriction, so it is the strictest."""
    decision = decided(tagged(fault_2(a_workshop()), "pathmend:mode", value))
    assert decision.mode is mode
    assert any("pathmend:mode" in reason for reason in decision.reasons)


def test_a_tag_that_allows_loosens_nothing() -> None:
    """Tags restrict below the rules, never above them."""
    assert decided(tagged(fault_2(a_workshop()), "pathmend:mode", "act"), Rules()).mode is Mode.ASK


def test_other_tags_mean_nothing() -> None:
    """Names and tiers are not rules."""
    assert decided(tagged(fault_3(a_workshop()), "Name", "report")).mode is Mode.ACT


def test_what_the_tags_of_an_unread_resource_forbid_is_unknown() -> None:
    """So somebody is asked."""
    world = fault_3(a_workshop())
    plan = planned(world)
    decision = decide(plan, replace(world, network_acls={}), FREE, CALM)
    words = "the tags of acl-alb were not read, so what they forbid is unknown"
    assert (decision.mode, decision.reasons) == (Mode.ASK, (words,))


@pytest.mark.parametrize("peer", ["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "::/0", "203.0.113.7/32", "8.0.0.0/6"])
def test_what_opens_to_the_internet_is_refused(peer: str) -> None:
    """No incident is worth a hole, whole or in halves."""
    decision = opening(peer, PortSet.of(443))
    assert decision.mode is Mode.REPORT
    assert decision.reasons[0].startswith(f"the plan would open ingress of acl-alb for {peer} ports 443 to addresses")


@pytest.mark.parametrize("peer", ["10.0.12.0/24", "192.168.7.0/24", "2001:db8::/64", "fd00::/8"])
def test_what_opens_to_private_networks_is_not_refused_for_its_peer(peer: str) -> None:
    """Private ranges and the VPC's own blocks are inside."""
    assert opening(peer, PortSet.of(443)).mode is Mode.ACT


def test_what_opens_outwards_is_no_hole() -> None:
    """Egress lets nobody in."""
    assert opening("0.0.0.0/0", PortSet.of(1024, 65535), direction="egress").mode is Mode.ACT


@pytest.mark.parametrize("ports", [PortSet.of(22), PortSet.of(3000, 4000), None])
def test_an_administration_port_beyond_the_need_is_refused(ports: PortSet | None) -> None:
    """Remote shells and desktops are not what a load balancer's path needs."""
    decision = opening("10.0.0.0/8", ports, beyond=True)
    assert decision.mode is Mode.REPORT
    assert any("administration port" in reason for reason in decision.reasons)


def test_an_ordinary_port_beyond_the_need_is_not_refused() -> None:
    """It is shown as risk, and rules decide."""
    assert opening("10.0.0.0/16", PortSet.of(443), beyond=True).mode is Mode.ACT


DENY = an_acl_entry(1050, "10.0.11.0/24", action="deny")
ASKED = Decision(Mode.ASK, ("removing a deny of acl-alb is asked: somebody may have meant it",))


def test_removing_a_deny_is_asked_even_where_the_kind_may_act() -> None:
    """A deny may be deliberate."""
    world = with_entry(a_workshop(), "acl-alb", DENY)
    assert of_one_step(SetAclEntry("acl-alb", egress=False, rule_number=1050, entry=None), world) == ASKED


def test_replacing_a_deny_is_asked() -> None:
    """What overwrites a deny removes it."""
    world = with_entry(a_workshop(), "acl-alb", DENY)
    entry = allow_tcp(1050, "10.0.11.0/24", (1024, 65535))
    assert of_one_step(SetAclEntry("acl-alb", egress=False, rule_number=1050, entry=entry), world) == ASKED


def before_the_deny(entry: AclEntry, deny: AclEntry = DENY) -> Decision:
    """Return the decision about putting the entry into an ACL with the deny."""
    world = with_entry(a_workshop(), "acl-alb", deny)
    return of_one_step(SetAclEntry("acl-alb", egress=entry.egress, rule_number=entry.rule_number, entry=entry), world)


@pytest.mark.parametrize("cidr", ["10.0.11.0/24", "10.0.0.0/16", "10.0.11.7/32"])
def test_going_ahead_of_a_deny_is_asked(cidr: str) -> None:
    """An allow that comes first removes the deny in effect, for the whole or for a part."""
    assert before_the_deny(allow_tcp(1049, cidr, (1024, 65535))) == ASKED


@pytest.mark.parametrize(
    ("entry", "deny"),
    [
        (allow_tcp(1060, "10.0.11.0/24", (1024, 65535)), DENY),
        (allow_tcp(1049, "10.0.12.0/24", (1024, 65535)), DENY),
        (allow_tcp(1049, "2001:db8::/64", (1024, 65535)), DENY),
        (allow_tcp(1049, "10.0.11.0/24", (1024, 65535), egress=True), DENY),
        (allow_tcp(1049, "10.0.11.0/24", (1024, 65535)), replace(DENY, protocol="17", ports=(53, 53))),
        (allow_tcp(1049, "10.0.11.0/24", (1024, 65535)), replace(DENY, protocol="6", ports=(22, 22))),
        (an_acl_entry(1049, "10.0.11.0/24", action="deny"), DENY),
    ],
)
def test_what_leaves_a_deny_as_it_is_may_act(entry: AclEntry, deny: AclEntry) -> None:
    """Behind it, beside it, or a deny itself."""
    assert before_the_deny(entry, deny).mode is Mode.ACT


def test_the_final_deny_of_every_acl_is_nobodys_intent() -> None:
    """AWS puts it there; every allow comes before it."""
    assert decided(fault_3(a_workshop())).mode is Mode.ACT


def test_removing_an_association_is_no_removal_of_a_deny() -> None:
    """Only ACL entries deny."""
    world = fault_1(a_workshop())
    assert isinstance(planned(world).changes[0], AssociateRouteTable)
    assert decided(world).mode is Mode.ACT


@pytest.mark.parametrize("kind", ["NetworkInterfaces", "RouteTables", "TagDescriptions"])
def test_what_could_not_be_read_is_not_taken_for_harmless(kind: str) -> None:
    """Without the interfaces nobody is there to be cut off, without the tags nobody forbids it: that proves nothing."""
    world = replace(fault_2(a_workshop()), unread={kind: "the role lacks the permission"})
    decision = decided(world)
    assert decision.mode is Mode.REPORT
    assert kind in decision.reasons[0]


def test_what_no_plan_is_weighed_by_may_be_unread() -> None:
    """A kind that was never asked for is no reason."""
    world = replace(fault_2(a_workshop()), unread={"VpcEndpoints": "the role lacks the permission"})
    assert decided(world).mode is Mode.ACT
