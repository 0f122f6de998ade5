"""The lab's Config rule loses no request to evaluate, and no event, whatever happens in between."""

from __future__ import annotations

from typing import Any

import pytest

from lab.atlas import Atlas
from lab.config_rules import RULE_NAME, ConfigRules

ALLOWS = {"Egress": False, "RuleAction": "allow", "CidrBlock": "0.0.0.0/0", "Protocol": "-1"}


class Config:
    """Knows one rule."""

    def describe_config_rules(self) -> dict[str, Any]:
        """Answer as AWS does."""
        return {"ConfigRules": [{"ConfigRuleName": RULE_NAME, "ConfigRuleArn": "arn:aws:config:rule"}]}


class Bus(list[str]):
    """Takes events, unless it is down."""

    down = False

    def put(self, entry: dict[str, Any]) -> None:
        """Keep the event's verdict."""
        if self.down:
            raise RuntimeError("the bus is down")
        self.append("NON_COMPLIANT" if '"complianceType": "NON_COMPLIANT"' in entry["Detail"] else "COMPLIANT")


def a_world(*entries: dict[str, Any]) -> Atlas:
    """Return one load balancer whose ACL has these entries, and one application subnet."""
    none: dict[str, Any] = {}
    application = {"CidrBlock": "10.0.11.0/24", "Tags": [{"Key": "Tier", "Value": "Application"}]}
    balancer = {"LoadBalancerArn": "arn:lb", "AvailabilityZones": [{"SubnetId": "subnet-lb"}]}
    return Atlas(
        subnets={"subnet-lb": {"CidrBlock": "10.0.1.0/24"}, "subnet-app": application},
        tables=none,
        acls={"subnet-lb": {"Entries": list(entries)}},
        groups=none,
        interfaces=none,
        instances=none,
        gateways=frozenset(),
        balancers={"arn:lb": balancer},
        listeners=none,
        target_groups=none,
        targets=none,
    )


def test_a_request_made_after_the_world_was_read_waits_for_the_next_reading() -> None:
    """An ACL edit and its evaluation that come in the middle of a tick are seen by the next one."""
    bus = Bus()
    rules = ConfigRules(Config(), bus.put)
    asks, before = rules.asks, a_world(ALLOWS)
    rules.evaluate([RULE_NAME])
    rules.tick(before, asks)
    assert rules.compliance() == {RULE_NAME: "COMPLIANT"}
    rules.tick(a_world(), rules.asks)
    assert rules.compliance() == {RULE_NAME: "NON_COMPLIANT"}


def test_an_acl_edit_alone_is_not_evaluated() -> None:
    """As on AWS, where it is not part of the load balancer's configuration item."""
    rules = ConfigRules(Config(), Bus().put)
    rules.tick(a_world(ALLOWS), rules.asks)
    rules.tick(a_world(), rules.asks)
    assert rules.compliance() == {RULE_NAME: "COMPLIANT"}


def test_an_event_the_bus_did_not_take_is_said_at_the_next_tick() -> None:
    """The result stays unknown until its event is out."""
    bus = Bus()
    rules = ConfigRules(Config(), bus.put)
    bus.down = True
    with pytest.raises(RuntimeError, match="the bus is down"):
        rules.tick(a_world(), rules.asks)
    bus.down = False
    rules.tick(a_world(), rules.asks)
    rules.tick(a_world(), rules.asks)
    assert bus == ["NON_COMPLIANT"]
