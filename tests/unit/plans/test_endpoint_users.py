"""An endpoint takes everybody who uses its tables, and its policy is for all of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathmend.changes.associate_endpoint_tables import AssociateEndpointTables
from pathmend.guardrails.decide import decide
from pathmend.guardrails.decision import Mode
from pathmend.guardrails.rules import Rules
from pathmend.plans.intents import intent_against
from pathmend.plans.make import make_plan
from pathmend.plans.plan import Plan
from tests.builders import fault_4
from tests.unit.diagnosis.needs import TABLE, a_needy_workshop, document, needy, statement, with_endpoint
from tests.unit.guardrails.test_decide import CALM

ENDPOINT = "vpce-dynamodb"
LEAD = AssociateEndpointTables(ENDPOINT, ("rtb-app-a",))
ALL = statement("*", "*", Principal="*")


@pytest.mark.parametrize(
    "policy",
    [
        document(ALL),
        document(statement("DynamoDB:*", ["*"], Principal={"AWS": "*"})),
        document(statement("dynamodb:GetItem", TABLE, Principal="*"), ALL),
    ],
)
def test_an_endpoint_that_lets_everything_through_takes_nothing_from_anybody(policy):
    """The default policy leaves all decisions to the others: nobody need be asked."""
    assert intent_against(LEAD, with_endpoint(fault_4(a_needy_workshop()), ENDPOINT, policy=policy)) is None


@pytest.mark.parametrize(
    "policy",
    [
        document(statement("dynamodb:GetItem", TABLE, Principal="*")),
        document(statement("dynamodb:*", TABLE, Principal="*")),
        document(
            ALL, statement("*", "*", Effect="Deny", Principal="*", Condition={"Null": {"aws:PrincipalArn": "true"}})
        ),
        document(statement("*", "*", Principal="*", Condition={"Bool": {"aws:SecureTransport": "true"}})),
        document(statement("*", "*", Principal={"AWS": "123456789012"})),
        document({"Effect": "Allow", "Principal": "*", "NotAction": "*", "Resource": "*"}),
        document({"Effect": "Allow", "Principal": "*", "Action": "*"}),
        document({"Effect": "Allow", "Action": "*", "Resource": "*"}),
        "no JSON",
        None,
    ],
)
def test_a_policy_that_may_refuse_others_is_asked_about(policy):
    """Who shares the tables reaches the service by another way now; what they ask for is not known."""
    world = with_endpoint(fault_4(a_needy_workshop()), ENDPOINT, policy=policy)
    assert "may refuse others" in str(intent_against(LEAD, world))
    assert intent_against(replace(LEAD, associated=False), world) is None


def test_rules_that_let_everything_act_do_not_lead_others_by_a_narrow_endpoint():
    """The plan is the same, and a person decides."""
    narrow = document(statement("dynamodb:GetItem", TABLE, Principal="*"))
    world = with_endpoint(fault_4(a_needy_workshop()), ENDPOINT, policy=narrow)
    plan = make_plan(needy(world), world)
    assert isinstance(plan, Plan)
    assert [change.kind for change in plan.changes] == ["AssociateEndpointTables"]
    free = Rules(ceiling=Mode.ACT, by_kind=(("AssociateEndpointTables", Mode.ACT),))
    assert decide(plan, world, free, CALM).mode is Mode.ASK
