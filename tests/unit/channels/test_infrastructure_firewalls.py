"""Rules of a firewall are written as templates and Terraform spell them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pathmend.changes.set_firewall_rules import SetFirewallRules
from pathmend.channels.infrastructure_code.cloudformation import cloudformation_patch
from tests.unit.channels.patched import (
    GROUP_ARN,
    RULES_TEXT,
    blocks_of,
    planned,
    resources_of,
)

if TYPE_CHECKING:
    from pathmend.plans.plan import PlannedChange

STATEFUL = {
    "RuleVariables": {"IPSets": {"HOME": {"Definition": ["10.0.0.0/8"]}}, "PortSets": {"WEB": {"Definition": ["443"]}}},
    "ReferenceSets": {"IPSetReferences": {"LIST": {"ReferenceArn": "arn:aws:ec2:::prefix-list/pl-1"}}},
    "RulesSource": {
        "StatefulRules": [
            {
                "Action": "PASS",
                "Header": {
                    "Protocol": "TCP", "Source": "ANY", "SourcePort": "ANY", "Direction": "FORWARD",
                    "Destination": "10.0.0.1", "DestinationPort": "443",
                },
                "RuleOptions": [{"Keyword": "sid", "Settings": ["1"]}, {"Keyword": "msg"}],
            }
        ]
    },
    "StatefulRuleOptions": {"RuleOrder": "STRICT_ORDER"},
}  # fmt: skip
STATELESS = {
    "RulesSource": {
        "StatelessRulesAndCustomActions": {
            "StatelessRules": [
                {
                    "Priority": 1,
                    "RuleDefinition": {
                        "Actions": ["aws:pass", "Count"],
                        "MatchAttributes": {
                            "Sources": [{"AddressDefinition": "10.0.0.0/8"}],
                            "DestinationPorts": [{"FromPort": 443, "ToPort": 443}],
                            "Protocols": [6],
                            "TCPFlags": [{"Flags": ["SYN"], "Masks": ["SYN", "ACK"]}],
                        },
                    },
                }
            ],
            "CustomActions": [
                {
                    "ActionName": "Count",
                    "ActionDefinition": {"PublishMetricAction": {"Dimensions": [{"Value": "v"}]}},
                }
            ],
        }
    }
}
DOMAINS = {
    "RulesSource": {
        "RulesSourceList": {"Targets": [".example.com"], "TargetTypes": ["TLS_SNI"], "GeneratedRulesType": "ALLOWLIST"}
    }
}


def rule_group(rules: dict[str, Any]) -> PlannedChange:
    """Return the step that gives the group these rules."""
    return planned(SetFirewallRules(GROUP_ARN, json.dumps(rules)), SetFirewallRules(GROUP_ARN, json.dumps(DOMAINS)))


@pytest.mark.parametrize("rules", [STATEFUL, STATELESS, DOMAINS])
def test_firewall_rules_are_in_a_template_as_the_api_has_them(rules: dict[str, Any]) -> None:
    """CloudFormation spells them alike, and its schema takes them."""
    [made] = resources_of(rule_group(rules)).values()
    assert made["Properties"] == {"RuleGroup": rules}


def test_firewall_rules_are_nested_blocks_in_terraform() -> None:
    """What has a name is a block with a key; what is in a list is a block several times over."""
    [(_, group)] = blocks_of(rule_group(STATEFUL)).items()
    [[held]] = group["rule_group"]
    assert held["rule_variables"][0][0]["ip_sets"] == [
        ({"key": "HOME", "ip_set": [({"definition": ["10.0.0.0/8"]},)]},)
    ]
    assert held["rule_variables"][0][0]["port_sets"][0][0]["port_set"] == [({"definition": ["443"]},)]
    [[references]] = held["reference_sets"]
    assert references["ip_set_references"][0][0]["ip_set_reference"][0][0] == {
        "reference_arn": "arn:aws:ec2:::prefix-list/pl-1"
    }
    [[rule]] = held["rules_source"][0][0]["stateful_rule"]
    assert rule["header"][0][0]["destination_port"] == "443"
    assert rule["rule_option"] == [({"keyword": "sid", "settings": ["1"]},), ({"keyword": "msg"},)]
    assert held["stateful_rule_options"] == [({"rule_order": "STRICT_ORDER"},)]


def test_stateless_rules_are_nested_blocks_in_terraform() -> None:
    """With their match attributes in the singular."""
    [(_, group)] = blocks_of(rule_group(STATELESS)).items()
    [[held]] = group["rule_group"][0][0]["rules_source"][0][0]["stateless_rules_and_custom_actions"]
    [[match]] = held["stateless_rule"][0][0]["rule_definition"][0][0]["match_attributes"]
    assert match == {
        "source": [({"address_definition": "10.0.0.0/8"},)],
        "destination_port": [({"from_port": 443, "to_port": 443},)],
        "protocols": [6],
        "tcp_flag": [({"flags": ["SYN"], "masks": ["SYN", "ACK"]},)],
    }
    [[action]] = held["custom_action"]
    assert action["action_definition"][0][0]["publish_metric_action"] == [({"dimension": [({"value": "v"},)]},)]


def test_suricata_rules_stay_readable_lines() -> None:
    """A template has them as a block of text; Terraform as lines, nested or as the whole group's rules."""
    step = rule_group({"RulesSource": {"RulesString": RULES_TEXT}})
    assert "\n            # kept\n\n            drop ip" in cloudformation_patch(step).text
    [made] = resources_of(step).values()
    assert made["Properties"]["RuleGroup"]["RulesSource"]["RulesString"] == RULES_TEXT
    nested, whole = blocks_of(step).values()
    assert nested["rule_group"][0][0]["rules_source"][0][0]["rules_string"] == RULES_TEXT
    assert whole == {"rules": RULES_TEXT}


def test_what_was_there_is_cut_when_it_is_long() -> None:
    """It is there for recognition; what will be there is whole."""
    many = {"RulesSource": {"RulesString": "\n".join(f"pass ip any any -> any any (sid:{n};)" for n in range(100))}}
    step = planned(SetFirewallRules(GROUP_ARN, json.dumps(DOMAINS)), SetFirewallRules(GROUP_ARN, json.dumps(many)))
    assert "#   and 63 lines more" in cloudformation_patch(step).text
