"""Where CloudFormation has rules of security groups and of firewalls."""

from __future__ import annotations

import json
from ipaddress import IPv6Network
from typing import TYPE_CHECKING

from pathmend.changes.set_firewall_rules import SetFirewallRules
from pathmend.changes.set_group_rule import SetGroupRule
from pathmend.channels.infrastructure_code.addresses import camel_name, logical_id
from pathmend.channels.infrastructure_code.documents import with_lines
from pathmend.channels.infrastructure_code.literals import Reference
from pathmend.channels.infrastructure_code.slot import Slot, Standing
from pathmend.snapshot.acl_words import direction
from pathmend.snapshot.protocols import ALL, TCP, UDP, name_of

if TYPE_CHECKING:
    from pathmend.changes.change import Change
    from pathmend.channels.infrastructure_code.slot import Value
    from pathmend.guardrails.ownership import Owner
    from pathmend.snapshot.resources import SecurityGroupRule

_ALL_PORTS = (0, 65535)


def security_slots(change: Change, owner: Owner | None) -> tuple[Slot, ...] | None:
    """Return where the change's value stands in a template; None for a change that is about something else."""
    match change:
        case SetGroupRule():
            return _group_rule(change, owner)
        case SetFirewallRules():
            return (_firewall_rules(change, owner),)
        case _:
            return None


def _group_rule(change: SetGroupRule, owner: Owner | None) -> tuple[Slot, ...]:
    """Return both places: CloudFormation takes a rule as a resource and as an item of its group's list.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html
    """
    way = direction(egress=change.rule.egress).capitalize()
    kind = f"AWS::EC2::SecurityGroup{way}"
    group = logical_id(owner, change.group_id, "AWS::EC2::SecurityGroup")
    rule = _rule(change.rule)
    said = ", ".join(f"{key} {value}" for key, value in rule.items())
    group_id: Value = Reference(group) if group else change.group_id
    alone = Slot(
        kind,
        "",
        camel_name(group or change.group_id, way, *rule.values()),
        f"of {change.group_id} ({said})",
        {"GroupId": group_id, **rule} if change.present else None,
        Standing.RESOURCE,
        when="where the rule is a resource of its own",
    )
    listed = Slot(
        "AWS::EC2::SecurityGroup",
        group,
        "LogicalIdOfTheGroup",
        f"{change.group_id} ({said})",
        {f"SecurityGroup{way}": [rule]} if change.present else None,
        Standing.ITEM,
        when="where the group itself lists its rules",
    )
    return alone, listed


def _rule(rule: SecurityGroupRule) -> dict[str, Value]:
    """Return the rule as CloudFormation writes it: without ports where everything passes."""
    ends = rule.ports or (_ALL_PORTS if rule.protocol in (TCP, UDP) else None)
    written: dict[str, Value] = {"IpProtocol": rule.protocol if rule.protocol == ALL else name_of(rule.protocol)}
    if ends:
        written |= {"FromPort": ends[0], "ToPort": ends[1]}
    return {**written, _peer_key(rule): str(rule.peer)}


def _peer_key(rule: SecurityGroupRule) -> str:
    if not isinstance(rule.peer, str):
        return "CidrIpv6" if isinstance(rule.peer, IPv6Network) else "CidrIp"
    side = "Destination" if rule.egress else "Source"
    return f"{side}{'PrefixListId' if rule.peer.startswith('pl-') else 'SecurityGroupId'}"


def _firewall_rules(change: SetFirewallRules, owner: Owner | None) -> Slot:
    """Return the group's rules, which CloudFormation spells as the API does.

    Source:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-networkfirewall-rulegroup-rulegroup.html
    """
    kind = "AWS::NetworkFirewall::RuleGroup"
    held: dict[str, Value] = {"RuleGroup": with_lines(json.loads(change.rules))}
    name = logical_id(owner, change.rule_group_arn, kind)
    return Slot(kind, name, "LogicalIdOfTheRuleGroup", change.rule_group_arn, held)
