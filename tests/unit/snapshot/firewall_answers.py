"""What AWS answers about a network firewall, its policy and its rule groups, as its CLI prints it."""

from __future__ import annotations

from typing import Any

ARN = "arn:aws:network-firewall:us-east-1:123456789012"
FIREWALL, POLICY = f"{ARN}:firewall/wall", f"{ARN}:firewall-policy/rules"
TEXT, LIST, STANDARD = (f"{ARN}:stateful-rulegroup/{name}" for name in ("text", "list", "standard"))
STATELESS = f"{ARN}:stateless-rulegroup/packets"
MANAGED = "arn:aws:network-firewall:us-east-1:aws-managed:stateful-rulegroup/MalwareDomainsStrictOrder"

DESCRIBE_FIREWALL: dict[str, Any] = {
    "UpdateToken": "t-0",
    "Firewall": {
        "FirewallArn": FIREWALL,
        "FirewallName": "wall",
        "FirewallPolicyArn": POLICY,
        "VpcId": "vpc-1",
        "SubnetMappings": [{"SubnetId": "subnet-fw"}],
        "Tags": [{"Key": "team", "Value": "net"}],
    },
    "FirewallStatus": {
        "SyncStates": {"us-east-1a": {"Attachment": {"EndpointId": "vpce-9", "Status": "READY"}}, "us-east-1b": {}}
    },
}

DESCRIBE_POLICY: dict[str, Any] = {
    "UpdateToken": "t-1",
    "FirewallPolicyResponse": {"FirewallPolicyArn": POLICY, "FirewallPolicyName": "rules", "Tags": []},
    "FirewallPolicy": {
        "StatelessRuleGroupReferences": [{"ResourceArn": STATELESS, "Priority": 10}],
        "StatelessDefaultActions": ["aws:forward_to_sfe"],
        "StatelessFragmentDefaultActions": ["aws:drop"],
        "StatefulRuleGroupReferences": [
            {"ResourceArn": LIST, "Priority": 2},
            {"ResourceArn": TEXT, "Priority": 1},
            {"ResourceArn": MANAGED, "Priority": 3, "Override": {"Action": "DROP_TO_ALERT"}},
        ],
        "StatefulDefaultActions": ["aws:drop_established"],
        "StatefulEngineOptions": {"RuleOrder": "STRICT_ORDER"},
        "PolicyVariables": {"RuleVariables": {"HOME_NET": {"Definition": ["10.0.0.0/8"]}}},
        "TLSInspectionConfigurationArn": f"{ARN}:tls-configuration/tls",
    },
}


def describe_group(arn: str, source: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the answer of DescribeRuleGroup for a group with these rules."""
    kind = "STATELESS" if "stateless" in arn else "STATEFUL"
    return {
        "UpdateToken": f"token of {arn.rsplit('/', 1)[-1]}",
        "RuleGroup": {"RulesSource": source, **more},
        "RuleGroupResponse": {"RuleGroupArn": arn, "RuleGroupName": arn.rsplit("/", 1)[-1], "Type": kind},
    }


STANDARD_RULE: dict[str, Any] = {
    "Action": "DROP",
    "Header": {
        "Protocol": "HTTP",
        "Source": "$HOME_NET",
        "SourcePort": "ANY",
        "Direction": "FORWARD",
        "Destination": "ANY",
        "DestinationPort": "80",
    },
    "RuleOptions": [{"Keyword": "sid", "Settings": ["7"]}, {"Keyword": "http.host"}],
}

STATELESS_RULE: dict[str, Any] = {
    "Priority": 5,
    "RuleDefinition": {
        "Actions": ["CountIt", "aws:drop"],
        "MatchAttributes": {
            "Sources": [{"AddressDefinition": "10.0.0.0/16"}, {"AddressDefinition": "any"}],
            "SourcePorts": [{"FromPort": 1024, "ToPort": 2047}],
            "Destinations": [{"AddressDefinition": "192.0.2.5"}],
            "DestinationPorts": [{"FromPort": 80, "ToPort": 80}],
            "Protocols": [17, 6],
            "TCPFlags": [{"Flags": ["SYN"], "Masks": ["SYN", "ACK"]}],
        },
    },
}
