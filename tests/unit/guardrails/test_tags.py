"""What tags forbid, on what is touched and on what is around it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathmend.changes.associate_endpoint_tables import AssociateEndpointTables
from pathmend.changes.set_acl_entry import SetAclEntry
from pathmend.changes.set_group_rule import SetGroupRule
from pathmend.changes.set_metadata_options import SetMetadataOptions
from pathmend.changes.set_route import SetRoute
from pathmend.guardrails.decide import decide, refusals
from pathmend.guardrails.decision import Decision, Mode
from pathmend.guardrails.rules import Rule, Rules
from pathmend.guardrails.touched import tags_of
from pathmend.snapshot.identity import ResourcePolicy
from tests.builders import EVERYWHERE, LOAD_BALANCER_ARN, S3_PREFIX_LIST, VPC_ID, a_group_rule, a_workshop
from tests.unit.changes.faults import furnished
from tests.unit.guardrails.cases import CALM, FILTERS, FREE, ROUTES, decided, plan_of, planned, with_tags

AROUND = ("acl-alb", "subnet-alb-a", VPC_ID, LOAD_BALANCER_ARN)


@pytest.mark.parametrize("place", AROUND)
def test_a_mode_may_be_set_on_all_that_is_around_a_change(place: str) -> None:
    """The resource, a subnet whose traffic goes by it, the VPC, the load balancer."""
    decision = decided(with_tags(FILTERS, place, ("pathmend:mode", "report")))
    assert decision == Decision(Mode.REPORT, (f"{place} is tagged pathmend:mode=report",))
    assert decided(with_tags(FILTERS, place, ("Pathmend:Mode", "ask"))).mode is Mode.ASK


def test_what_is_elsewhere_says_nothing() -> None:
    """Another subnet's mode is for that subnet."""
    assert decided(with_tags(FILTERS, "subnet-app-a", ("pathmend:mode", "report"))).mode is Mode.ACT


def test_the_other_subnets_of_a_table_do_not_forbid_one_more() -> None:
    """The table stays as it is for them; the subnet that moves is asked."""
    assert decided(with_tags(ROUTES, "subnet-alb-a", ("pathmend:mode", "report"))).mode is Mode.ACT
    assert decided(with_tags(ROUTES, "subnet-alb-b", ("pathmend:mode", "report"))).mode is Mode.REPORT


def test_every_subnet_of_a_table_may_forbid_an_edit_of_it() -> None:
    """Those of the VPC that have no table of their own use the main one."""
    world = with_tags(furnished(), "subnet-db-a", ("pathmend:mode", "report"))
    edit = plan_of(SetRoute("rtb-main", "pl-s3", "vpce-s3"), world=world)
    assert decide(edit, world, FREE, CALM).mode is Mode.REPORT
    other = plan_of(SetRoute("rtb-app-b", "pl-s3", "vpce-s3"), world=world)
    assert decide(other, world, FREE, CALM).mode is Mode.ACT


def test_every_subnet_whose_table_gets_an_endpoint_may_forbid_it() -> None:
    """The route comes with the association."""
    change = AssociateEndpointTables("vpce-s3", ("rtb-app-a", "rtb-app-b"))
    for place, forbids in (("subnet-app-b", True), ("subnet-app-c", False)):
        world = with_tags(a_workshop(), place, ("pathmend:mode", "report"))
        assert bool(refusals(plan_of(change, world=world), world, FREE, CALM)) is forbids


def test_the_subnet_of_an_instance_may_forbid_an_edit_of_it() -> None:
    """It is where the instance is."""
    world = with_tags(furnished(), "subnet-app-b", ("pathmend:mode", "report"))
    plan = plan_of(SetMetadataOptions("i-app-b", enabled=True, hop_limit=3), world=world)
    assert decide(plan, world, FREE, CALM).mode is Mode.REPORT


@pytest.mark.parametrize("place", AROUND)
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("managedByFIS", "true"),
        ("managedbyFIS", "True"),
        ("MANAGED-BY-FIS", "yes"),
        ("managed_by_fis", ""),
        ("aws:fis:managed", "true"),
        ("managed by FIS", "1"),
        ("ManagedBy", "FIS"),
        ("managed-by", "aws-fis"),
        ("Managed_By", "AWS Fault Injection Service"),
        ("created-by", "fis.amazonaws.com"),
        ("managed-by", "FIS experiment EXP1"),
        ("managed-by", "AWS-Fault-Injection-Simulator/template"),
    ],
)
def test_what_fault_injection_manages_is_left_alone_in_any_spelling(place: str, key: str, value: str) -> None:
    """An experiment is a fault on purpose."""
    words = f"{place} is managed by AWS Fault Injection Service (tag {key}={value}): an experiment runs"
    assert decided(with_tags(FILTERS, place, (key, value))) == Decision(Mode.REPORT, (words,))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("managedByFIS", "false"),
        ("managed-by-fis", "No"),
        ("ManagedBy", "terraform"),
        ("ManagedBy", "fiscal team"),
        ("Name", "managedByFIS"),
        ("DisruptSubnet", "Allowed"),
    ],
)
def test_what_fault_injection_does_not_manage_is_free(key: str, value: str) -> None:
    """A plain no, another manager, and what an experiment may choose but has not."""
    assert decided(with_tags(FILTERS, "acl-alb", (key, value))).mode is Mode.ACT


@pytest.mark.parametrize("place", AROUND)
@pytest.mark.parametrize("value", ["payments", "*"])
def test_what_is_excluded_is_never_touched(place: str, value: str) -> None:
    """Nor is what is in it."""
    rules = replace(FREE, excluded=(("team", "ledger"), ("team", value)))
    words = f"{place} carries the excluded tag team={value}"
    assert decided(with_tags(FILTERS, place, ("team", "payments")), rules) == Decision(Mode.REPORT, (words,))
    assert decided(with_tags(FILTERS, place, ("teams", "payments")), rules).mode is Mode.ACT


@pytest.mark.parametrize("key", ["Team", "team ", " TEAM"])
@pytest.mark.parametrize("value", ["Payments", " payments", "PAYMENTS "])
def test_what_is_excluded_is_so_however_the_tag_is_written(key: str, value: str) -> None:
    """Case and white space are slips of whoever tagged it; the rule means them all."""
    world = with_tags(FILTERS, "acl-alb", (key, value))
    assert decided(world, replace(FREE, excluded=(("team", "payments"),))).mode is Mode.REPORT
    held = (*FREE.rules, Rule(Mode.REPORT, tags=(("team", "payments"),)))
    assert decided(world, replace(FREE, rules=held)).mode is Mode.REPORT


def test_only_the_exact_tag_lets_in() -> None:
    """A slip in a tag never widens the allow list, nor what may act."""
    world = with_tags(FILTERS, "acl-alb", ("Team", "web"))
    assert decided(world, replace(FREE, allowed=(("team", "web"),))).mode is Mode.REPORT
    acting = Rules(ceiling=Mode.ACT, rules=(Rule(Mode.ACT, tags=(("team", "web"),)),))
    assert decided(world, acting).mode is Mode.ASK


def test_tags_that_were_not_read_may_exclude() -> None:
    """Where something is excluded, nothing is changed on the strength of not knowing; otherwise somebody is asked."""
    plan, world = planned(FILTERS), replace(FILTERS, vpcs={})
    words = (f"the tags of {VPC_ID} were not read, so what they forbid is unknown",)
    assert decide(plan, world, FREE, CALM) == Decision(Mode.ASK, words)
    assert refusals(plan, world, replace(FREE, excluded=(("team", "x"),)), CALM) == words


def test_what_a_route_leads_to_need_not_be_read() -> None:
    """It is relied on, and not changed."""
    world = a_workshop()
    plan = plan_of(SetRoute("rtb-app-b", "pl-s3", "tgw-unread"), world=world)
    assert decide(plan, world, FREE, CALM).mode is Mode.ACT


def test_a_policy_whose_tags_were_not_asked_for_is_unknown() -> None:
    """That there are none then proves nothing."""
    policy = ResourcePolicy("arn:aws:kms:us-east-1:123456789012:key/1", tags_read=False)
    assert tags_of(policy.arn, a_workshop().having("resource_policies", policy)) is None


YES = ("pathmend", "yes")


def test_outside_the_allow_list_nothing_is_touched() -> None:
    """Everything that the plan touches must be in it: the table that the subnet leaves, too."""
    rules = replace(FREE, allowed=(YES, ("team", "*")))
    world = with_tags(with_tags(ROUTES, "subnet-alb-b", YES), "rtb-public", ("team", "web"))
    words = "rtb-app-b is outside the allow list: it carries none of pathmend=yes, team=*"
    assert decided(world, rules) == Decision(Mode.REPORT, (words,))
    assert decided(with_tags(world, "rtb-app-b", YES), rules).mode is Mode.ACT


def test_what_was_not_read_is_outside_the_allow_list() -> None:
    """Nobody knows that it is inside."""
    world = with_tags(a_workshop(), "rtb-app-b", YES)
    plan = plan_of(SetRoute("rtb-app-b", "pl-s3", "tgw-unread"), world=world)
    (sentence,) = refusals(plan, world, replace(FREE, allowed=(YES,)), CALM)
    assert sentence.startswith("tgw-unread is outside the allow list")


def test_awss_own_prefix_lists_are_in_every_allow_list() -> None:
    """Nobody can tag them; a user's own list is another matter."""
    world = with_tags(a_workshop(), "sg-app", YES)
    plan = plan_of(SetGroupRule("sg-app", a_group_rule(S3_PREFIX_LIST, (443, 443), egress=True)), world=world)
    rules = replace(FREE, allowed=(YES,))
    assert decide(plan, world, rules, CALM).mode is Mode.ACT
    own = world.having("prefix_lists", replace(world.prefix_lists[S3_PREFIX_LIST], name="our services"))
    assert decide(plan, own, rules, CALM).mode is Mode.REPORT


def test_a_plan_that_takes_an_entry_away_is_held_to_the_same() -> None:
    """Tags ask for nothing but the resource."""
    world = with_tags(a_workshop(), "acl-app", ("pathmend:mode", "report"))
    plan = plan_of(SetAclEntry("acl-app", egress=True, rule_number=100, entry=None), world=world)
    assert EVERYWHERE in plan.steps[0].before
    assert decide(plan, world, FREE, CALM).mode is Mode.REPORT
