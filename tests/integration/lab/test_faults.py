"""Each fault of the workshop shows the symptoms that the workshop describes, and mending takes them away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lab import faults, judge
from lab.config_rules import RULE_NAME
from lab.health import target_interface
from tests.integration.lab.conftest import eventually

if TYPE_CHECKING:
    from tests.integration.lab.conftest import Lab

pytestmark = pytest.mark.lab


def test_a_healthy_world_serves_every_client(lab: Lab) -> None:
    """Packets find their way on every path, and the judge has no complaint."""
    assert eventually(lambda: judge.complaints(lab.endpoints), lambda seen: not seen) == []


def test_fault_1_makes_one_node_unreachable_and_no_other(lab: Lab) -> None:
    """Replies leave through a NAT gateway: clients of zone b time out, no request is counted there."""
    faults.break_("1", lab.endpoints, lab.world)
    seen = eventually(lab.requests, lambda seen: "us-east-1b client time-out" in seen)
    assert seen == {"us-east-1a target 200": 20, "us-east-1b client time-out": 20, "us-east-1c target 200": 20}
    assert set(lab.health()) == {"healthy"}


def test_fault_2_makes_every_target_unhealthy_while_clients_are_served(lab: Lab) -> None:
    """The description names the status, and the load balancer fails open."""
    faults.break_("2", lab.endpoints, lab.world)
    group = lab.world["target_group_arn"]
    eventually(lab.health, lambda seen: all("unhealthy" in state for state in seen))
    described = lab.aws("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert [one["TargetHealth"] for one in described] == [
        {
            "State": "unhealthy",
            "Reason": "Target.ResponseCodeMismatch",
            "Description": "Health checks failed with these codes: [299]",
        }
    ] * 3
    assert lab.outcomes() == {"target 200"}


def test_fault_3_loses_half_of_the_connections_to_one_zone(lab: Lab) -> None:
    """About one request in six gets a 504, and the Config rule turns NON_COMPLIANT on the bus."""
    lab.forget_events()
    faults.break_("3", lab.endpoints, lab.world)
    assert "504" in eventually(lab.outcomes, lambda seen: "504" in seen)
    event = lab.await_event(
        lambda one: one["detail"].get("newEvaluationResult", {}).get("complianceType") == "NON_COMPLIANT"
    )
    assert event["source"] == "aws.config"
    assert event["detail"]["resourceId"] == lab.world["load_balancer_arn"]
    assert event["detail"]["oldEvaluationResult"]["complianceType"] == "COMPLIANT"
    world = judge.read(lab.endpoints)
    group = world.target_groups[lab.world["target_group_arn"]]
    lost = {
        world.zone(target_interface(world, target["Id"])["SubnetId"]): [
            judge.lost_forwards(world, node, target, group) for node in world.nodes(lab.world["load_balancer_arn"])
        ]
        for target in world.targets[lab.world["target_group_arn"]]
    }
    assert all(0.35 < share < 0.65 for share in lost.pop("us-east-1a"))
    assert lost == {"us-east-1b": [0.0] * 3, "us-east-1c": [0.0] * 3}


def test_decoys_break_nothing(lab: Lab) -> None:
    """Odd but harmless: the judge has no complaint, though the world is not as it was."""
    before = judge.fingerprint(lab.endpoints)
    faults.break_("decoy", lab.endpoints, lab.world)
    assert judge.complaints(lab.endpoints) == []
    assert judge.fingerprint(lab.endpoints) != before


def test_config_answers_by_its_api(lab: Lab) -> None:
    """The operations moto lacks are answered: details and compliance by rule."""
    config = lab.aws("config")
    kinds = eventually(
        lambda: [
            one["Compliance"]["ComplianceType"]
            for one in config.describe_compliance_by_config_rule()["ComplianceByConfigRules"]
        ],
        lambda seen: seen == ["COMPLIANT"],
    )
    assert kinds == ["COMPLIANT"]
    details = config.get_compliance_details_by_config_rule(ConfigRuleName=RULE_NAME)["EvaluationResults"]
    assert [one["ComplianceType"] for one in details] == ["COMPLIANT"]
