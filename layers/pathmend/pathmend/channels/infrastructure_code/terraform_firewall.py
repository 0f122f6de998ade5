"""Where Terraform has the rules of a Network Firewall rule group, and how it spells them.

Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/networkfirewall_rule_group
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from pathmend.channels.infrastructure_code.addresses import terraform_address
from pathmend.channels.infrastructure_code.documents import with_lines
from pathmend.channels.infrastructure_code.literals import Block
from pathmend.channels.infrastructure_code.slot import Slot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.changes.set_firewall_rules import SetFirewallRules
    from pathmend.channels.infrastructure_code.slot import Value
    from pathmend.guardrails.ownership import Owner

_KEYED = {"IPSets": "ip_set", "PortSets": "port_set", "IPSetReferences": "ip_set_reference"}
"""What the API has by name is a block with a `key`, and a block inside it."""

_REPEATED = {
    "CustomActions": "custom_action",
    "DestinationPorts": "destination_port",
    "Destinations": "destination",
    "Dimensions": "dimension",
    "RuleOptions": "rule_option",
    "SourcePorts": "source_port",
    "Sources": "source",
    "StatefulRules": "stateful_rule",
    "StatelessRules": "stateless_rule",
    "TCPFlags": "tcp_flag",
}
"""What the API has in a list is a block several times over, named in the singular."""

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+")


def firewall_slots(change: SetFirewallRules, owner: Owner | None) -> tuple[Slot, ...]:
    """Return the group's rules as nested blocks; a group of nothing but Suricata rules may have them as a text, too."""
    kind = "aws_networkfirewall_rule_group"
    address = terraform_address(owner, change.rule_group_arn, kind)
    rules = with_lines(json.loads(change.rules))
    name, found = address.name if address else "", change.rule_group_arn
    text = _only_text(rules)
    nested = Slot(
        kind,
        name,
        "name_of_the_rule_group",
        found,
        {"rule_group": _block(rules)},
        when="where the group has nested blocks" if text is not None else "",
    )
    if text is None:
        return (nested,)
    return nested, Slot(
        kind, name, "name_of_the_group_of_rules", found, {"rules": text}, when="where the group has its rules as a text"
    )


def _only_text(rules: Value) -> Value:
    """Return the Suricata rules of a group that is made of them alone, else None."""
    match rules:
        case {"RulesSource": {"RulesString": text, **others}, **rest} if not others and not rest:
            return text
        case _:
            return None


def _block(values: Value) -> Block:
    return Block(dict(_arguments(values)))


def _arguments(values: Value) -> Iterator[tuple[str, Value]]:
    for key, value in values.items() if isinstance(values, dict) else ():
        if key in _KEYED and isinstance(value, dict):
            yield f"{_KEYED[key]}s", [Block({"key": name, _KEYED[key]: _block(one)}) for name, one in value.items()]
        elif key in _REPEATED and isinstance(value, list):
            yield _REPEATED[key], [_block(one) for one in value]
        else:
            yield _spelled(key), _block(value) if isinstance(value, dict) else value


def _spelled(key: str) -> str:
    """Return the argument's name: the words of the API's key, in lower case."""
    return "_".join(_WORD.findall(key)).lower()
