"""The workshop's Config rule, evaluated: each load balancer subnet's ACL must let every application subnet answer.

Our own writing of the rule's published semantics: an ingress entry counts when it allows the application subnet's CIDR
*exactly* or 0.0.0.0/0, for TCP from 1024 or lower to 65535, or for all protocols. Deny entries are not looked at.
"""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lab import ministack

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab.atlas import Atlas, Record

RULE_NAME = "ConfigRuleForALBSubnetCheck"
RESOURCE_TYPE = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_LOWEST, _HIGHEST = 1024, 65535


def compliance(atlas: Atlas, balancer: Record) -> tuple[str, str]:
    """Return the compliance type of a load balancer, and an annotation when it is not compliant."""
    applications = [one for one in atlas.subnets.values() if _tag(one, "Tier") == "Application"]
    for zone in balancer["AvailabilityZones"]:
        entries = [one for one in atlas.acls[zone["SubnetId"]]["Entries"] if not one["Egress"]]
        for subnet in applications:
            if not any(_allows(entry, subnet["CidrBlock"]) for entry in entries):
                return "NON_COMPLIANT", f"{zone['SubnetId']} does not admit replies from {subnet['CidrBlock']}"
    return "COMPLIANT", ""


def _allows(entry: Record, network: str) -> bool:
    if entry["RuleAction"] != "allow" or entry.get("CidrBlock") not in {network, "0.0.0.0/0"}:
        return False
    if str(entry["Protocol"]) == "-1":
        return True
    ports = entry.get("PortRange", {})
    return str(entry["Protocol"]) == "6" and ports.get("From", 0) <= _LOWEST and ports.get("To", 0) >= _HIGHEST


def _tag(record: Record, key: str) -> str:
    return next((one["Value"] for one in record.get("Tags", []) if one["Key"] == key), "")


class ConfigRules:
    """Evaluates the rule when asked, and when a load balancer's configuration item changes; never for an ACL edit."""

    def __init__(self, config: Any, put_event: Callable[[dict[str, Any]], None]) -> None:  # noqa: ANN401 - boto3
        self._config = config
        self._put_event = put_event
        self._lock = threading.Lock()
        self._answered = 0
        self.asks = 0
        self._items: dict[str, str] = {}
        self._results: dict[str, dict[str, Any]] = {}

    def evaluate(self, rule_names: list[str]) -> None:
        """Evaluate at the next tick whose world is read from now on."""
        if not rule_names or RULE_NAME in rule_names:
            with self._lock:
                self.asks += 1

    def details(self, rule_name: str) -> list[dict[str, Any]]:
        """Return EvaluationResults with times in seconds, as the JSON protocol carries them."""
        found = list(self._results.values()) if rule_name == RULE_NAME else []
        return [
            {name: value.timestamp() if isinstance(value, datetime) else value for name, value in one.items()}
            for one in found
        ]

    def compliance(self) -> dict[str, str]:
        """Return the compliance type of the rule, once it was evaluated."""
        kinds = {one["ComplianceType"] for one in self._results.values()}
        return {RULE_NAME: "NON_COMPLIANT" if "NON_COMPLIANT" in kinds else "COMPLIANT"} if kinds else {}

    def tick(self, atlas: Atlas, asks: int) -> None:
        """Evaluate what is due; `asks` is the attribute from before the atlas was read, so no later ask is lost."""
        due = [one for one in atlas.balancers.values() if asks > self._answered or self._changed(one)]
        rule = self._rule() if due else None
        for balancer in due if rule else []:
            self._evaluate(atlas, balancer, rule or {})
            self._items[balancer["LoadBalancerArn"]] = _item(balancer)
        self._answered = asks

    def _changed(self, balancer: Record) -> bool:
        return self._items.get(balancer["LoadBalancerArn"]) != _item(balancer)

    def _rule(self) -> Record | None:
        rules = self._config.describe_config_rules()["ConfigRules"]
        found = next((one for one in rules if one["ConfigRuleName"] == RULE_NAME), None)
        if not found:
            # Created later: look at the load balancers again then.
            self._items.clear()
        return found

    def _evaluate(self, atlas: Atlas, balancer: Record, rule: Record) -> None:
        arn, now = balancer["LoadBalancerArn"], datetime.now(UTC)
        kind, annotation = compliance(atlas, balancer)
        result = _result(arn, kind, annotation, now)
        before = self._results.get(arn)
        if not before or before["ComplianceType"] != kind:
            self._put_event(_event(rule, result, before))
        # After the event: what the bus did not take is said again at the next tick.
        self._results[arn] = result


def _item(balancer: Record) -> str:
    return json.dumps(balancer, default=str, sort_keys=True)


def _result(arn: str, kind: str, annotation: str, now: datetime) -> dict[str, Any]:
    qualifier = {"ConfigRuleName": RULE_NAME, "ResourceType": RESOURCE_TYPE, "ResourceId": arn}
    shown: dict[str, Any] = {
        "EvaluationResultIdentifier": {
            "EvaluationResultQualifier": qualifier,
            "OrderingTimestamp": now.timestamp(),
        },
        "ComplianceType": kind,
        "ResultRecordedTime": now,
        "ConfigRuleInvokedTime": now,
    }
    return shown | ({"Annotation": annotation} if annotation else {})


def _event(rule: Record, result: dict[str, Any], before: dict[str, Any] | None) -> dict[str, Any]:
    """Return the PutEvents entry of a compliance change.

    Source: https://docs.aws.amazon.com/config/latest/developerguide/monitor-config-with-cloudwatchevents.html
    """
    qualifier = result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]
    detail: dict[str, Any] = {
        "resourceId": qualifier["ResourceId"],
        "resourceType": RESOURCE_TYPE,
        "awsRegion": ministack.REGION,
        "awsAccountId": ministack.ACCOUNT_ID,
        "configRuleName": RULE_NAME,
        "configRuleARN": rule["ConfigRuleArn"],
        "recordVersion": "1.0",
        "messageType": "ComplianceChangeNotification",
        "newEvaluationResult": _shown(result),
        "notificationCreationTime": _stamp(result["ResultRecordedTime"]),
    }
    if before:
        detail["oldEvaluationResult"] = _shown(before)
    return {
        "Source": "aws.config",
        "DetailType": "Config Rules Compliance Change",
        "Resources": [],
        "Detail": json.dumps(detail),
    }


def _shown(result: dict[str, Any]) -> dict[str, Any]:
    qualifier = result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]
    shown: dict[str, Any] = {
        "evaluationResultIdentifier": {
            "evaluationResultQualifier": {name[0].lower() + name[1:]: value for name, value in qualifier.items()},
            "orderingTimestamp": _stamp(result["ResultRecordedTime"]),
        },
        "complianceType": result["ComplianceType"],
        "resultRecordedTime": _stamp(result["ResultRecordedTime"]),
        "configRuleInvokedTime": _stamp(result["ConfigRuleInvokedTime"]),
    }
    return shown | ({"annotation": result["Annotation"]} if result.get("Annotation") else {})


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
