"""Where Terraform has rules of security groups and of firewalls."""

from __future__ import annotations

from ipaddress import IPv6Network
from typing import TYPE_CHECKING

from pathmend.changes.set_firewall_rules import SetFirewallRules
from pathmend.changes.set_group_rule import SetGroupRule
from pathmend.channels.infrastructure_code.addresses import reference, snake_name, terraform_address
from pathmend.channels.infrastructure_code.literals import Block
from pathmend.channels.infrastructure_code.slot import Slot, Standing
from pathmend.channels.infrastructure_code.terraform_firewall import firewall_slots
from pathmend.snapshot.acl_words import direction
from pathmend.snapshot.protocols import ALL, TCP, UDP, name_of

if TYPE_CHECKING:
    from pathmend.changes.change import Change
    from pathmend.channels.infrastructure_code.slot import Value
    from pathmend.guardrails.ownership import Owner
    from pathmend.snapshot.resources import SecurityGroupRule

_GROUPS = ("aws_security_group", "aws_default_security_group")
_ALL_PORTS = (0, 65535)


def security_slots(change: Change, owner: Owner | None) -> tuple[Slot, ...] | None:
    """Return where the change's value stands in code; None for a change that is about something else."""
    match change:
        case SetGroupRule():
            return (_own_rule(change, owner), _older_rule(change, owner), _listed_rule(change, owner))
        case SetFirewallRules():
            return firewall_slots(change, owner)
        case _:
            return None


def _own_rule(change: SetGroupRule, owner: Owner | None) -> Slot:
    """Return the rule as a resource of its own, of the kind that has one peer.

    Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/vpc_security_group_ingress_rule
    """
    rule = change.rule
    ends = _ends(rule)
    held: dict[str, Value] = {"security_group_id": _group_id(change, owner), "ip_protocol": _protocol(rule)}
    if ends:
        held |= {"from_port": ends[0], "to_port": ends[1]}
    held[_peer_argument(rule)] = str(rule.peer)
    return Slot(
        f"aws_vpc_security_group_{direction(egress=rule.egress)}_rule",
        "",
        _made_up(change, owner),
        f"of {change.group_id} ({_said(rule)})",
        held if change.present else None,
        Standing.RESOURCE,
        when="where each rule is a resource of its own",
    )


def _older_rule(change: SetGroupRule, owner: Owner | None) -> Slot:
    """Return the rule as a resource of the older kind, which always has ports.

    Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/security_group_rule
    """
    rule = change.rule
    ends = _ends(rule) or (0, 0)
    held: dict[str, Value] = {
        "security_group_id": _group_id(change, owner),
        "type": direction(egress=rule.egress),
        "protocol": _protocol(rule),
        "from_port": ends[0],
        "to_port": ends[1],
    }
    if rule.peer == change.group_id:
        held["self"] = True
    elif isinstance(rule.peer, str) and not rule.peer.startswith("pl-"):
        held["source_security_group_id"] = rule.peer
    else:
        held |= _listed_peer(rule)
    return Slot(
        "aws_security_group_rule",
        "",
        _made_up(change, owner),
        f"of {change.group_id} ({_said(rule)})",
        held if change.present else None,
        Standing.RESOURCE,
        when="where rules are resources of the older kind",
    )


def _listed_rule(change: SetGroupRule, owner: Owner | None) -> Slot:
    """Return the rule as a block of its group.

    Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/security_group
    """
    rule, group = change.rule, terraform_address(owner, change.group_id, *_GROUPS)
    ends = _ends(rule) or (0, 0)
    block: dict[str, Value] = {"protocol": _protocol(rule), "from_port": ends[0], "to_port": ends[1]}
    block |= {"self": True} if rule.peer == change.group_id else _listed_peer(rule)
    return Slot(
        group.resource_type if group else _GROUPS[0],
        group.name if group else "",
        "name_of_the_group",
        f"{change.group_id} ({_said(rule)})",
        {direction(egress=rule.egress): Block(block)} if change.present else None,
        Standing.ITEM,
        when="where the group has its rules as blocks",
    )


def _group_id(change: SetGroupRule, owner: Owner | None) -> Value:
    return reference(terraform_address(owner, change.group_id, *_GROUPS), change.group_id)


def _made_up(change: SetGroupRule, owner: Owner | None) -> str:
    group = terraform_address(owner, change.group_id, *_GROUPS)
    way = direction(egress=change.rule.egress)
    return snake_name(group.name if group else change.group_id, way, _said(change.rule))


def _said(rule: SecurityGroupRule) -> str:
    ends = _ends(rule)
    protocol = "all" if rule.protocol == ALL else name_of(rule.protocol)
    ports = f" {ends[0]}-{ends[1]}" if ends else ""
    return f"{protocol}{ports} {'to' if rule.egress else 'from'} {rule.peer}"


def _ends(rule: SecurityGroupRule) -> tuple[int, int] | None:
    return rule.ports or (_ALL_PORTS if rule.protocol in (TCP, UDP) else None)


def _protocol(rule: SecurityGroupRule) -> str:
    return rule.protocol if rule.protocol == ALL else name_of(rule.protocol)


def _peer_argument(rule: SecurityGroupRule) -> str:
    if not isinstance(rule.peer, str):
        return "cidr_ipv6" if isinstance(rule.peer, IPv6Network) else "cidr_ipv4"
    return "prefix_list_id" if rule.peer.startswith("pl-") else "referenced_security_group_id"


def _listed_peer(rule: SecurityGroupRule) -> dict[str, Value]:
    if not isinstance(rule.peer, str):
        return {"ipv6_cidr_blocks" if isinstance(rule.peer, IPv6Network) else "cidr_blocks": [str(rule.peer)]}
    return {"prefix_list_ids" if rule.peer.startswith("pl-") else "security_groups": [rule.peer]}
