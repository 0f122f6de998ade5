"""The network firewalls of some VPCs, the policies they follow, and the rule groups of these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pathmend.aws.describe_calls import called, dicts, whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pathmend.aws.clients import Clients
    from pathmend.aws.describe_calls import Items, Read, Reads
    from pathmend.aws.snapshots_reading import Reading

SERVICE = "network-firewall"
_MANAGED = ":aws-managed:"
_REFERENCES = ("StatelessRuleGroupReferences", "StatefulRuleGroupReferences")


def firewalls_in(clients: Clients, vpc_ids: Sequence[str]) -> Read:
    """Return the calls for the network firewalls of some VPCs."""
    client = clients.named(SERVICE)

    def read() -> Items:
        found = called(client, "list_firewalls", "Firewalls", VpcIds=list(vpc_ids))
        return [whole(client, "describe_firewall", FirewallArn=one["FirewallArn"]) for one in dicts(found)]

    return read


def policies_of(clients: Clients, reading: Reading) -> Reads:
    """Return the calls for the policies of the firewalls, if those were asked for."""
    if "Firewalls" not in {*reading.answers, *reading.unread}:
        return {}
    told = (item.get("Firewall", {}) for item in dicts(reading.answers.get("Firewalls", ())))
    known = _answered(reading, "FirewallPolicies", "FirewallPolicyResponse", "FirewallPolicyArn")
    arns = sorted({one["FirewallPolicyArn"] for one in told if one.get("FirewallPolicyArn")} - known)
    return {"FirewallPolicies": [_one(clients, "describe_firewall_policy", FirewallPolicyArn=arn) for arn in arns]}


def groups_of(clients: Clients, reading: Reading) -> Reads:
    """Return the calls for the rule groups of the policies, if those were asked for; AWS keeps its own to itself.

    Source: https://docs.aws.amazon.com/network-firewall/latest/developerguide/nwfw-managed-rule-groups.html
    """
    if "FirewallPolicies" not in {*reading.answers, *reading.unread}:
        return {}
    known = _answered(reading, "RuleGroups", "RuleGroupResponse", "RuleGroupArn")
    arns = sorted({arn for arn in _referred(reading) if _MANAGED not in arn} - known)
    return {"RuleGroups": [_one(clients, "describe_rule_group", RuleGroupArn=arn) for arn in arns]}


def _answered(reading: Reading, key: str, told: str, name: str) -> set[str]:
    """Return what an earlier wave has read already."""
    return {item[told][name] for item in dicts(reading.answers.get(key, ()))}


def _referred(reading: Reading) -> Iterator[str]:
    for item in dicts(reading.answers.get("FirewallPolicies", ())):
        for key in _REFERENCES:
            yield from (one["ResourceArn"] for one in item["FirewallPolicy"].get(key, ()))


def _one(clients: Clients, operation: str, **parameters: Any) -> Read:  # noqa: ANN401 - boto3's parameters
    return lambda: [whole(clients.named(SERVICE), operation, **parameters)]
