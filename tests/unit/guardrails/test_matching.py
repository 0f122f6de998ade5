"""A rule holds where all that it names is so; what is unknown never lets act, and always holds back."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from typing import TYPE_CHECKING, Any

import pytest

from pathmend.changes.set_group_rule import SetGroupRule
from pathmend.guardrails.decide import decide
from pathmend.guardrails.decision import Decision, Mode
from pathmend.guardrails.rules import Hours, Rule, Rules
from tests.builders import LOAD_BALANCER_ARN, S3_PREFIX_LIST, TARGET_GROUP_ARN, VPC_ID, a_group_rule, a_workshop
from tests.unit.guardrails.cases import CALM, FILTERS, MATCHER, ROUTES, decided, plan_of, planned, with_tags

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot

LUNCH = Hours("lunch", (6,), time(11), time(13))
NIGHT = Hours("night", (6,), time(0), time(6))


def by(*rules: Rule, world: Snapshot = FILTERS) -> Decision:
    """Return what only these rules decide."""
    return decided(world, Rules(ceiling=Mode.ACT, rules=rules, hours=(LUNCH, NIGHT)))


@pytest.mark.parametrize(
    "conditions",
    [
        {},
        {"kinds": ("ModifyMatcher", "SetAclEntry")},
        {"accounts": ("123456789012",)},
        {"regions": ("eu-west-1", "us-east-1")},
        {"hours": "lunch"},
        {"kinds": ("SetAclEntry",), "accounts": ("123456789012",), "regions": ("us-east-1",), "hours": "lunch"},
    ],
)
def test_a_rule_holds_where_all_that_it_names_is_so(conditions: dict[str, Any]) -> None:
    """In either direction."""
    assert by(Rule(Mode.ACT, **conditions)).mode is Mode.ACT
    assert by(Rule(Mode.ACT), Rule(Mode.REPORT, **conditions)).mode is Mode.REPORT


@pytest.mark.parametrize(
    "conditions",
    [
        {"kinds": ("ModifyMatcher",)},
        {"accounts": ("210987654321",)},
        {"regions": ("eu-west-1",)},
        {"hours": "night"},
        {"kinds": ("SetAclEntry",), "regions": ("eu-west-1",)},
        {"tags": (("team", "web"),)},
    ],
)
def test_a_rule_does_not_hold_where_anything_that_it_names_is_not_so(conditions: dict[str, Any]) -> None:
    """What no rule is about is asked."""
    asked = Decision(Mode.ASK, ("the rule for SetAclEntry is ask",))
    assert by(Rule(Mode.ACT, **conditions)) == asked
    assert by(Rule(Mode.ACT), Rule(Mode.REPORT, **conditions)).mode is Mode.ACT


def test_the_strictest_rule_that_holds_counts() -> None:
    """Wherever it stands, and its number says where."""
    rules = (Rule(Mode.ACT), Rule(Mode.REPORT, kinds=("SetAclEntry",), regions=("us-east-1",)), Rule(Mode.ASK))
    words = "rule 2 (kinds SetAclEntry; regions us-east-1) says report for SetAclEntry"
    assert by(*rules) == Decision(Mode.REPORT, (words,))


def test_a_kinds_own_mode_is_a_rule_like_any_other() -> None:
    """A rule that asks never loosens what is said of the kind, nor does one that acts."""
    for mode in Mode:
        rules = Rules(ceiling=Mode.ACT, by_kind=(("SetAclEntry", Mode.REPORT),), rules=(Rule(mode),))
        assert decided(FILTERS, rules).mode is Mode.REPORT


def test_a_rule_about_everything_says_so() -> None:
    """Its words name no condition."""
    assert by(Rule(Mode.REPORT)).reasons == ("rule 1 (everywhere) says report for SetAclEntry",)


@pytest.mark.parametrize("subject", ["", "webapp", "arn:aws:elasticloadbalancing:::loadbalancer/app/x/1"])
@pytest.mark.parametrize("conditions", [{"accounts": ("123456789012",)}, {"regions": ("us-east-1",)}])
def test_an_unknown_account_or_region_is_taken_on_the_safe_side(subject: str, conditions: dict[str, Any]) -> None:
    """An acting rule does not hold, a restricting one does and says what is unknown."""
    plan, unknown = planned(FILTERS), replace(CALM, subject=subject)
    rules = Rules(ceiling=Mode.ACT, rules=(Rule(Mode.ACT, **conditions),))
    assert decide(plan, FILTERS, rules, unknown).mode is Mode.ASK
    rules = Rules(ceiling=Mode.ACT, rules=(Rule(Mode.ACT), Rule(Mode.REPORT, **conditions)))
    decision = decide(plan, FILTERS, rules, unknown)
    assert decision.mode is Mode.REPORT
    assert "unknown, so on the safe side: " in decision.reasons[0]


def test_hours_that_nobody_defined_are_unknown() -> None:
    """Rules that were read have none of those."""
    assert by(Rule(Mode.ACT, hours="tea")).mode is Mode.ASK
    assert by(Rule(Mode.ACT), Rule(Mode.REPORT, hours="tea")).mode is Mode.REPORT


@pytest.mark.parametrize("place", ["acl-alb", VPC_ID, LOAD_BALANCER_ARN])
@pytest.mark.parametrize("key", ["environment", "Environment"])
@pytest.mark.parametrize("value", ["dev", " Dev "])
def test_the_environment_is_that_of_the_resource_its_vpc_or_the_load_balancer(place: str, key: str, value: str) -> None:
    """However it is capitalised."""
    world = with_tags(FILTERS, place, (key, value))
    assert by(Rule(Mode.ACT, environments=("dev",)), world=world).mode is Mode.ACT
    assert by(Rule(Mode.ACT, environments=("prod",)), world=world).mode is Mode.ASK
    assert by(Rule(Mode.ACT), Rule(Mode.REPORT, environments=("dev",)), world=world).mode is Mode.REPORT
    assert by(Rule(Mode.ACT), Rule(Mode.REPORT, environments=("prod",)), world=world).mode is Mode.ACT


def test_the_nearest_environment_counts() -> None:
    """A resource of production in a VPC for everything is production."""
    world = with_tags(with_tags(FILTERS, VPC_ID, ("environment", "dev")), "acl-alb", ("environment", "prod"))
    assert by(Rule(Mode.ACT, environments=("dev",)), world=world).mode is Mode.ASK


def test_an_environment_that_nothing_names_is_unknown() -> None:
    """It may be production."""
    assert by(Rule(Mode.ACT, environments=("dev",))).mode is Mode.ASK
    decision = by(Rule(Mode.ACT), Rule(Mode.REPORT, environments=("prod",)))
    words = "rule 2 (environments prod) says report for SetAclEntry; unknown, so on the safe side: environment"
    assert decision == Decision(Mode.REPORT, (words,))


@pytest.mark.parametrize("value", ["", " "])
def test_a_tag_that_names_no_environment_leaves_it_unknown(value: str) -> None:
    """Whoever left it blank did not say that it is the VPC's."""
    world = with_tags(with_tags(FILTERS, VPC_ID, ("environment", "dev")), "acl-alb", ("environment", value))
    assert by(Rule(Mode.ACT, environments=("dev",)), world=world).mode is Mode.ASK
    assert by(Rule(Mode.ACT), Rule(Mode.REPORT, environments=("prod",)), world=world).mode is Mode.REPORT


def test_white_space_about_the_key_hides_no_environment() -> None:
    """It is production all the same."""
    world = with_tags(with_tags(FILTERS, VPC_ID, ("environment", "dev")), "acl-alb", ("Environment ", "prod"))
    assert by(Rule(Mode.ACT), Rule(Mode.REPORT, environments=("prod",)), world=world).mode is Mode.REPORT


def test_the_environment_of_what_was_not_read_is_unknown() -> None:
    """Its own tag may say production whatever the load balancer says; so may that of a VPC."""
    world = with_tags(FILTERS, LOAD_BALANCER_ARN, ("environment", "dev"))
    plan, unread = planned(FILTERS), replace(world, vpcs={})
    acting = Rules(ceiling=Mode.ACT, rules=(Rule(Mode.ACT, environments=("dev",)),))
    assert decide(plan, world, acting, CALM).mode is Mode.ACT
    assert "the rule for SetAclEntry is ask" in decide(plan, unread, acting, CALM).reasons
    held = Rules(ceiling=Mode.ACT, rules=(Rule(Mode.REPORT, environments=("prod",)),))
    assert decide(plan, unread, held, CALM).mode is Mode.REPORT


def test_every_resource_must_be_in_the_environment_to_act_and_one_is_enough_to_hold_back() -> None:
    """The table that a subnet leaves counts, too."""
    world = ROUTES
    for place in ("subnet-alb-b", "rtb-public"):
        world = with_tags(world, place, ("environment", "dev"))
    world = with_tags(world, "rtb-app-b", ("environment", "prod"))
    assert by(Rule(Mode.ACT, environments=("dev",)), world=world).mode is Mode.ASK
    assert by(Rule(Mode.ACT), Rule(Mode.REPORT, environments=("prod",)), world=world).mode is Mode.REPORT
    both = with_tags(world, "rtb-app-b", ("environment", "dev"))
    assert by(Rule(Mode.ACT, environments=("dev",)), world=both).mode is Mode.ACT


def test_a_resource_of_two_environments_is_held_back_by_either() -> None:
    """Two keys that differ in case only are two tags to AWS."""
    world = with_tags(FILTERS, "acl-alb", ("environment", "dev"), ("Environment", "prod"))
    assert by(Rule(Mode.ACT, environments=("dev",)), world=world).mode is Mode.ASK
    assert by(Rule(Mode.ACT, environments=("dev", "prod")), world=world).mode is Mode.ACT
    assert by(Rule(Mode.ACT), Rule(Mode.REPORT, environments=("prod",)), world=world).mode is Mode.REPORT


def test_the_users_own_key_names_the_environment() -> None:
    """The rules say which tag it is."""
    world = with_tags(FILTERS, "acl-alb", ("stage", "dev"))
    rules = Rules(ceiling=Mode.ACT, rules=(Rule(Mode.ACT, environments=("dev",)),), environment_tag="stage")
    assert decided(world, rules).mode is Mode.ACT


WEB = (("team", "web"), ("tier", "*"))


def test_a_rule_that_acts_wants_all_of_its_tags_on_every_resource() -> None:
    """A star stands for any value."""
    tags = (("team", "web"), ("tier", "alb"))
    rule = Rule(Mode.ACT, tags=WEB)
    world = with_tags(with_tags(ROUTES, "subnet-alb-b", *tags), "rtb-public", *tags)
    assert by(rule, world=world).mode is Mode.ASK
    assert by(rule, world=with_tags(world, "rtb-app-b", *tags)).mode is Mode.ACT
    assert by(rule, world=with_tags(world, "rtb-app-b", ("team", "web"))).mode is Mode.ASK
    assert by(rule, world=with_tags(world, "rtb-app-b", ("team", "shop"), ("tier", "alb"))).mode is Mode.ASK


@pytest.mark.parametrize("place", ["rtb-app-b", "subnet-alb-b", "rtb-public", VPC_ID, LOAD_BALANCER_ARN])
def test_a_rule_that_holds_back_wants_its_tags_anywhere(place: str) -> None:
    """On one of the resources, or on what is around them."""
    world = with_tags(ROUTES, place, ("team", "web"), ("tier", "alb"))
    assert by(Rule(Mode.ACT), Rule(Mode.REPORT, tags=WEB), world=world).mode is Mode.REPORT
    halves = with_tags(ROUTES, place, ("team", "web"))
    assert by(Rule(Mode.ACT), Rule(Mode.REPORT, tags=WEB), world=halves).mode is Mode.ACT


def test_tags_that_were_not_read_are_unknown() -> None:
    """Of a target group that is gone, say."""
    plan, world = planned(MATCHER), replace(MATCHER, target_groups={})
    rules = Rules(ceiling=Mode.ACT, rules=(Rule(Mode.ACT, tags=(("team", "web"),)),))
    assert "the rule for ModifyMatcher is ask" in decide(plan, world, rules, CALM).reasons
    rules = Rules(ceiling=Mode.ACT, rules=(Rule(Mode.ACT), Rule(Mode.REPORT, tags=(("team", "web"),))))
    decision = decide(plan, world, rules, CALM)
    assert decision.mode is Mode.REPORT
    assert decision.reasons[0].endswith("unknown, so on the safe side: tags")
    assert TARGET_GROUP_ARN in plan.resources


def test_nobody_needs_to_tag_what_is_awss_own() -> None:
    """Prefix lists of services cannot be tagged."""
    world = with_tags(a_workshop(), "sg-app", ("team", "web"))
    change = SetGroupRule("sg-app", a_group_rule(S3_PREFIX_LIST, (443, 443), egress=True))
    rules = Rules(ceiling=Mode.ACT, rules=(Rule(Mode.ACT, tags=(("team", "web"),)),))
    assert decide(plan_of(change, world=world), world, rules, CALM).mode is Mode.ACT
