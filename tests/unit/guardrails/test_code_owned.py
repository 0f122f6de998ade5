"""What infrastructure code owns is changed with a warning, or not at all where the rules say so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathmend.changes.set_route import SetRoute
from pathmend.guardrails.decide import decide
from pathmend.guardrails.decision import Decision, Mode
from pathmend.guardrails.ownership import Owned, Owner, Tool
from pathmend.plans.make import NoPlan
from tests.builders import a_workshop
from tests.unit.guardrails.cases import CALM, FILTERS, FREE, ROUTES, decided, plan_of

STACK = Owner("acl-alb", Tool.CLOUDFORMATION, "web", "WebAcl", "AWS::EC2::NetworkAcl")


def owned(*owners: Owner, unknown: tuple[str, ...] = ()) -> Decision:
    """Return the decision about the repair of the ACL with these owners."""
    return decided(FILTERS, circumstances=replace(CALM, owned=Owned(owners, unknown)))


@pytest.mark.parametrize("mode", list(Mode))
def test_the_rules_say_what_may_be_done_with_what_code_owns(mode: Mode) -> None:
    """The sentence names the owner and what its next deployment does."""
    rules = replace(FREE, owned_by_code=mode)
    decision = decided(FILTERS, rules, replace(CALM, owned=Owned((STACK,))))
    words = "acl-alb is owned by the CloudFormation stack web (WebAcl): its next deployment may undo the change"
    assert decision.mode is mode
    assert f"{words} (what code owns: {mode.value})" in decision.reasons
    assert decision.owners == (STACK,)


@pytest.mark.parametrize(
    ("owner", "words"),
    [
        (replace(STACK, address=""), "acl-alb is owned by the CloudFormation stack web: its next deployment may undo"),
        (Owner("acl-alb", Tool.TERRAFORM, ""), "acl-alb is owned by Terraform: its next apply would undo the change"),
        (
            Owner("acl-alb", Tool.TERRAFORM, "s3://states/net", "aws_network_acl.web"),
            "acl-alb is owned by Terraform as aws_network_acl.web in s3://states/net: its next apply would undo",
        ),
    ],
)
def test_the_owner_is_named_as_far_as_it_is_known(owner: Owner, words: str) -> None:
    """A tag says no more than that there is one."""
    assert owned(owner).reasons[0].startswith(words)


def test_who_owns_what_a_plan_only_relies_on_does_not_matter() -> None:
    """No deployment of it undoes the change."""
    world = a_workshop()
    plan = plan_of(SetRoute("rtb-app-b", "pl-s3", "nat-a"), world=world)
    for resource, mode in (("nat-a", Mode.ACT), ("rtb-app-b", Mode.ASK)):
        owners = Owned((replace(STACK, resource_id=resource),))
        decision = decide(plan, world, FREE, replace(CALM, owned=owners))
        assert (decision.mode, bool(decision.owners)) == (mode, mode is Mode.ASK)


def test_the_owner_of_the_table_that_a_subnet_leaves_matters() -> None:
    """The association is its own."""
    owners = Owned((replace(STACK, resource_id="rtb-app-b"),))
    assert decided(ROUTES, circumstances=replace(CALM, owned=owners)).mode is Mode.ASK


def test_what_could_not_be_looked_up_is_asked_about() -> None:
    """It may be owned."""
    decision = owned(unknown=("the role lacks cloudformation:DescribeStackResources",))
    words = "who owns what the plan changes is not fully known: the role lacks cloudformation:DescribeStackResources"
    assert decision == Decision(Mode.ASK, (words,))


def test_what_could_not_be_looked_up_is_left_alone_where_what_code_owns_is() -> None:
    """Hands off what may be owned: a person who approves knows no more than Pathmend."""
    circumstances = replace(CALM, owned=Owned((), ("the state may not be read",)))
    for mode, strictest in ((Mode.REPORT, Mode.REPORT), (Mode.ASK, Mode.ASK), (Mode.ACT, Mode.ASK)):
        assert decided(FILTERS, replace(FREE, owned_by_code=mode), circumstances).mode is strictest


def test_nobody_owns_what_was_looked_up_and_not_found() -> None:
    """Then the rules alone decide."""
    assert owned().mode is Mode.ACT


def test_a_decision_names_the_rules_that_it_was_made_by() -> None:
    """Whether there is a plan or not."""
    rules = replace(FREE, version="parameter /pathmend/rules, version 7")
    assert decided(FILTERS, rules).rules_version == rules.version
    assert decide(NoPlan("nothing to repair"), FILTERS, rules, CALM).rules_version == rules.version
