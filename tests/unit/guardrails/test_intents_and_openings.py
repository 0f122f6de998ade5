"""What somebody may have meant is always asked about, and some openings are only ever reported."""

from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest

from pathmend.aws.catalogue import KINDS
from pathmend.changes.set_endpoint_policy import SetEndpointPolicy
from pathmend.changes.set_firewall_rules import SetFirewallRules
from pathmend.changes.set_group_rule import SetGroupRule
from pathmend.changes.set_instance_profile import SetInstanceProfile
from pathmend.changes.set_metadata_options import SetMetadataOptions
from pathmend.changes.set_route import SetRoute
from pathmend.changes.set_vpc_attribute import SetVpcAttribute
from pathmend.guardrails.circumstances import Circumstances
from pathmend.guardrails.decide import decide
from pathmend.guardrails.decision import Decision, Mode
from pathmend.guardrails.rules import Rules
from pathmend.network.difference import Difference
from pathmend.plans.plan import Plan, PlannedChange, Risk
from tests.builders import LOAD_BALANCER_ARN, VPC_ID, a_group_rule
from tests.fakes import NOON
from tests.unit.changes import faults
from tests.unit.changes.faults import furnished

if TYPE_CHECKING:
    from pathmend.changes.change import Change
    from pathmend.snapshot.resources import SecurityGroupRule
    from pathmend.snapshot.world import Snapshot

CALM = Circumstances(LOAD_BALANCER_ARN, NOON)
FREE = Rules(ceiling=Mode.ACT, by_kind=tuple((kind, Mode.ACT) for kind in KINDS))
EVERYBODY: dict[str, Any] = {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"], "Resource": ["arn:1"]}


def decided(change: Change, world: Snapshot | None = None) -> Decision:
    """Return what rules that let everything act decide about a plan of this one change."""
    world = world or furnished()
    step = PlannedChange(change, change.before(world), change.inverse(world), change.requests(world))
    plan = Plan((step,), (), (), Difference((), (), ()), (), Risk.LOW, change.resources, "f")
    return decide(plan, world, FREE, CALM)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (SetEndpointPolicy("vpce-s3", faults.POLICY), "whoever wrote it may have left this out on purpose"),
        (SetFirewallRules(faults.GROUP_ARN, faults.DROPS), "whoever keeps the firewall may have meant to stop this"),
        (SetInstanceProfile("i-app-b", faults.OTHER_PROFILE_ARN), "whoever took it away may have meant to"),
        (SetMetadataOptions("i-app-b", enabled=True, hop_limit=3), "whoever closed it may have hardened it"),
    ],
)
def test_a_security_intent_is_asked_whatever_the_rules_allow(change: Change, words: str) -> None:
    """The sentence says whose it may be."""
    decision = decided(change)
    assert decision.mode is Mode.ASK
    assert words in decision.reasons[0]


@pytest.mark.parametrize(
    "change",
    [
        SetRoute("rtb-app-b", ip_network("10.2.4.0/24"), "pcx-1"),
        SetVpcAttribute(VPC_ID, "dns_hostnames", enabled=False),
        SetGroupRule("sg-app", a_group_rule("sg-alb", (443, 443))),
        SetGroupRule("sg-app", a_group_rule("0.0.0.0/0", (22, 22)), present=False),
        SetGroupRule("sg-app", a_group_rule("198.51.100.0/24", (443, 443), egress=True)),
    ],
)
def test_what_only_repairs_may_act_where_the_rules_say_so(change: Change) -> None:
    """Routes, names and rules between groups are nobody's secret intent."""
    assert decided(change).mode is Mode.ACT


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (a_group_rule("0.0.0.0/0", (80, 80)), "outside private networks"),
        (a_group_rule("::/0", (80, 80)), "outside private networks"),
        (a_group_rule("pl-unread", (80, 80)), "outside private networks"),
        (a_group_rule("pl-s3", (80, 80)), "outside private networks"),
        (a_group_rule("sg-alb", (22, 22)), "administration port"),
        (a_group_rule("10.0.0.0/8", (3000, 4000)), "administration port"),
        (a_group_rule("sg-alb"), "administration port"),
    ],
)
def test_a_group_is_never_opened_to_the_internet_or_to_administration(rule: SecurityGroupRule, words: str) -> None:
    """Whether or not an interface carries the group today."""
    decision = decided(SetGroupRule("sg-app", rule))
    assert decision.mode is Mode.REPORT
    assert any(words in reason for reason in decision.reasons)


def test_a_private_subnet_never_gets_a_way_to_the_internet() -> None:
    """A table that has one already may get another."""
    everywhere = ip_network("0.0.0.0/0")
    decision = decided(SetRoute("rtb-app-b", everywhere, "igw-workshop"))
    assert decision.mode is Mode.REPORT
    assert "rtb-app-b, which leads to no internet gateway" in decision.reasons[0]
    assert decided(SetRoute("rtb-public", ip_network("192.0.2.0/24"), "igw-workshop")).mode is Mode.ACT
    assert decided(SetRoute("rtb-app-b", everywhere, None)).mode is Mode.ACT


def test_a_table_that_is_gone_meanwhile_leads_nowhere() -> None:
    """The plan was made from another reading."""
    world = furnished()
    change = SetRoute("rtb-app-b", ip_network("192.0.2.0/24"), "igw-workshop")
    step = PlannedChange(change, "", change.inverse(world), ())
    plan = Plan((step,), (), (), Difference((), (), ()), (), Risk.LOW, change.resources, "f")
    assert decide(plan, replace(world, route_tables={}), FREE, CALM).mode is Mode.REPORT


def policy(*statements: dict[str, Any]) -> str:
    """Return a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def of_edit(before: str, after: str | None) -> Decision:
    """Return the decision about a change of the S3 endpoint's policy."""
    world = furnished()
    endpoint = replace(world.vpc_endpoints["vpce-s3"], policy=before)
    return decided(SetEndpointPolicy("vpce-s3", after), world.having("vpc_endpoints", endpoint))


SOME = {**EVERYBODY, "Principal": {"AWS": "arn:aws:iam::1:role/web"}}
NARROWED = {**EVERYBODY, "Condition": {"StringEquals": {"aws:PrincipalAccount": "1"}}}
DENY = {**EVERYBODY, "Effect": "Deny"}
NOBODY = {key: value for key, value in EVERYBODY.items() if key != "Principal"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([EVERYBODY], [{**EVERYBODY, "Resource": ["arn:1", "arn:2"]}]),
        ([EVERYBODY], [{**EVERYBODY, "Action": ["s3:GetObject", "s3:PutObject"]}]),
        ([EVERYBODY], [EVERYBODY, {**EVERYBODY, "Resource": "arn:2"}]),
        ([{**EVERYBODY, "Principal": {"AWS": "*"}}], [{**EVERYBODY, "Principal": {"AWS": "*"}}, EVERYBODY]),
        ([SOME], [SOME, {**SOME, "Resource": "arn:2"}]),
        ([NARROWED], [NARROWED, {**NARROWED, "Resource": "arn:2"}]),
    ],
)
def test_an_edit_by_names_is_asked(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    """One action or one resource more, for those who were meant before."""
    assert of_edit(policy(*before), policy(*after)).mode is Mode.ASK


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ([EVERYBODY], [{**EVERYBODY, "Resource": ["arn:1", "arn:*"]}], "opens the wildcard arn:* as Resource"),
        ([EVERYBODY], [{**EVERYBODY, "Action": "s3:*"}], "opens the wildcard s3:* as Action"),
        ([EVERYBODY], [EVERYBODY, {**EVERYBODY, "Resource": "*"}], "opens the wildcard *"),
        ([SOME], [EVERYBODY], "lets everybody through"),
        ([SOME], [SOME, EVERYBODY], "lets everybody through"),
        ([NARROWED], [NARROWED, EVERYBODY], "lets everybody through"),
        ([NARROWED], [EVERYBODY], "changes a condition"),
        ([EVERYBODY, DENY], [EVERYBODY], "touches a statement that denies"),
        ([EVERYBODY, DENY], [EVERYBODY, EVERYBODY], "touches a statement that denies"),
        ([EVERYBODY], [EVERYBODY, DENY], "touches a statement that denies"),
        ([SOME], [SOME, {**SOME, "Principal": {"AWS": ["arn:aws:iam::1:role/web", "*"]}}], "lets everybody through"),
        ([SOME], [SOME, {**SOME, "Principal": {"Service": "*"}}], "lets everybody through"),
        ([SOME], [SOME, {**SOME, "Principal": {"AWS": "arn:aws:iam::*:root"}}], "lets everybody through"),
        ([SOME], [SOME, {**SOME, "Principal": ["*"]}], "lets everybody through"),
        ([SOME], [SOME, NOBODY], "lets everybody through"),
        ([EVERYBODY], [{**EVERYBODY, "NotAction": "s3:PutObject"}], "changes what a statement leaves out"),
    ],
)
def test_an_edit_that_opens_more_is_only_reported(
    before: list[dict[str, Any]], after: list[dict[str, Any]], words: str
) -> None:
    """Wildcards, conditions and denies are for people to touch."""
    decision = of_edit(policy(*before), policy(*after))
    assert decision.mode is Mode.REPORT
    assert any(words in reason for reason in decision.reasons)


@pytest.mark.parametrize("after", [None, "no json", "[]", '{"Statement": ["text"]}', '{"Version": "x"}'])
def test_a_policy_that_cannot_be_compared_is_only_reported(after: str | None) -> None:
    """The default lets everything through."""
    assert of_edit(policy(EVERYBODY), after).mode is Mode.REPORT


def test_one_statement_stands_for_a_list_of_one() -> None:
    """Both spellings are AWS's."""
    before = json.dumps({"Statement": EVERYBODY})
    assert of_edit(before, policy({**EVERYBODY, "Resource": ["arn:1", "arn:2"]})).mode is Mode.ASK
