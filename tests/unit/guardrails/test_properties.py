"""Whatever is added to hold Pathmend back, no decision gets looser by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from pathmend.guardrails.circumstances import Breaker, ServiceEvent
from pathmend.guardrails.decide import decide, refusals, refusals_of_undo
from pathmend.guardrails.decision import Mode
from pathmend.guardrails.ownership import Owned, Owner, Tool
from pathmend.guardrails.rules import Freeze, Hours, Rule, Rules
from tests.builders import LOAD_BALANCER_ARN, VPC_ID
from tests.fakes import NOON
from tests.unit.guardrails.cases import CALM, FILTERS, MATCHER, ROUTES, planned, with_tags

if TYPE_CHECKING:
    from pathmend.plans.plan import Plan
    from pathmend.snapshot.world import Snapshot

CASES = tuple((world, planned(world)) for world in (FILTERS, MATCHER, ROUTES))
ORDER = (Mode.REPORT, Mode.ASK, Mode.ACT)
HOURS = (Hours("now", (6,), time(11), time(13)), Hours("later", (6,), time(13), time(14)))
KINDS = ("AssociateRouteTable", "ModifyMatcher", "SetAclEntry")
MODES = st.sampled_from(ORDER)
TAGS = (
    ("environment", "dev"),
    ("Environment", "prod"),
    ("team", "web"),
    ("pathmend:mode", "ask"),
    ("managedByFIS", ""),
)
PLACES = ("acl-alb", "subnet-alb-b", "rtb-public", VPC_ID, LOAD_BALANCER_ARN)


Case: TypeAlias = "tuple[Snapshot, Plan]"
Put: TypeAlias = "list[tuple[str, tuple[str, str]]]"
FEW = settings(max_examples=40)
"""Each example decides several times over a whole world."""


def some(*values: str) -> st.SearchStrategy[tuple[str, ...]]:
    """Return none, some or all of the values."""
    return st.lists(st.sampled_from(values), unique=True).map(tuple)


PATTERNS = st.lists(st.sampled_from((("team", "web"), ("team", "*"), ("tier", "x"))), unique=True, max_size=2).map(
    tuple
)
RULE = st.builds(
    Rule,
    MODES,
    some(*KINDS),
    some("123456789012", "210987654321"),
    some("us-east-1", "eu-west-1"),
    some("dev", "prod"),
    PATTERNS,
    st.sampled_from(("", "now", "later", "undefined")),
)
RULES = st.builds(
    Rules,
    ceiling=MODES,
    by_kind=st.dictionaries(st.sampled_from(KINDS), MODES).map(lambda found: tuple(found.items())),
    rules=st.lists(RULE, max_size=3).map(tuple),
    hours=st.just(HOURS),
    excluded=PATTERNS,
)
PUT = st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(TAGS)), max_size=3)
RESTRICTING = RULE.map(lambda rule: replace(rule, mode=Mode.REPORT if rule.mode is Mode.ACT else rule.mode))


@FEW
@given(st.sampled_from(CASES), PUT, RULES, RESTRICTING, st.data())
def test_adding_a_restriction_never_loosens(
    case: Case, put: Put, rules: Rules, rule: Rule, data: st.DataObject
) -> None:
    """A rule that restricts, an exclusion, a freeze, an owner, a breaker, an issue of AWS: all only tighten."""
    world, plan = case
    for place, tag in put:
        world = with_tags(world, place, tag)
    before = decide(plan, world, rules, CALM)
    number = data.draw(st.integers(0, len(rules.rules)))
    tighter = data.draw(
        st.sampled_from(
            (
                replace(rules, rules=(*rules.rules[:number], rule, *rules.rules[number:])),
                replace(rules, excluded=(*rules.excluded, ("team", "*"))),
                replace(rules, freezes=(Freeze(NOON, NOON + timedelta(hours=1), "x"),)),
                replace(rules, kill_switch=True),
                replace(rules, most_opened=0),
                replace(rules, ceiling=data.draw(st.sampled_from(ORDER[: ORDER.index(rules.ceiling) + 1]))),
            )
        )
    )
    assert ORDER.index(decide(plan, world, tighter, CALM).mode) <= ORDER.index(before.mode)
    moment = data.draw(
        st.sampled_from(
            (
                replace(CALM, quiet="muted"),
                replace(CALM, breakers=(Breaker("i", "x", ("acl-alb",), NOON, NOON + timedelta(hours=1)),)),
                replace(CALM, service_events=(ServiceEvent("a", "EC2", "x", "us-east-1", NOON),)),
                replace(CALM, owned=Owned((Owner("acl-alb", Tool.TERRAFORM, ""),))),
                replace(CALM, owned=Owned((), ("x",))),
            )
        )
    )
    assert ORDER.index(decide(plan, world, rules, moment).mode) <= ORDER.index(before.mode)


@FEW
@given(st.sampled_from(CASES), PUT, RULES)
def test_a_plan_is_refused_exactly_where_it_is_only_reported(case: Case, put: Put, rules: Rules) -> None:
    """So an approval never meets at its application what the proposal did not say; an undoing meets no more."""
    world, plan = case
    for place, tag in put:
        world = with_tags(world, place, tag)
    decision = decide(plan, world, rules, CALM)
    refused = refusals(plan, world, rules, CALM)
    assert (decision.mode is Mode.REPORT) is bool(refused)
    assert set(refused) <= set(decision.reasons) or not refused
    assert set(refusals_of_undo(plan, world, rules, CALM)) <= set(refused)


@FEW
@given(st.sampled_from(CASES), RULES)
def test_nothing_acts_unless_a_rule_says_so(case: Case, rules: Rules) -> None:
    """Not by the absence of rules, nor by what is unknown."""
    world, plan = case
    silent = replace(rules, by_kind=(), rules=tuple(one for one in rules.rules if one.mode is not Mode.ACT))
    assert decide(plan, world, silent, CALM).mode is not Mode.ACT
    assert decide(plan, world, replace(rules, ceiling=Mode.ASK), CALM).mode is not Mode.ACT


@FEW
@given(st.sampled_from(CASES), RULES)
def test_deciding_twice_is_deciding_once(case: Case, rules: Rules) -> None:
    """Every decision can be replayed."""
    world, plan = case
    assert decide(plan, world, rules, CALM) == decide(plan, world, rules, CALM)
