"""Network firewalls, their policies and rule groups from their describe answers."""

from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING

from pathmend.errors import InvalidSnapshotError
from pathmend.snapshot.firewall import (
    DomainList,
    Firewall,
    FirewallPolicy,
    GroupReference,
    RuleGroup,
    StandardRule,
    StatelessRule,
    SuricataText,
)
from pathmend.snapshot.item import Item, wrong

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pathmend.snapshot.firewall import RuleSource, Variables
    from pathmend.snapshot.resources import Network

FORWARD, PASS, DROP = "aws:forward_to_sfe", "aws:pass", "aws:drop"
STATELESS_ACTIONS = (FORWARD, PASS, DROP)
"""What becomes of a packet; the other actions of a rule only count it."""

_LARGEST_PRIORITY = 65535
_EVERYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))


def firewall(item: Item) -> Firewall:
    """Return a network firewall: the whole answer of DescribeFirewall, or only its "Firewall"."""
    own = item.item("Firewall") if "Firewall" in item.values else item
    states = item.item("FirewallStatus").item("SyncStates")
    ends = (states.item(zone).item("Attachment").maybe("EndpointId") for zone in states.values)
    return Firewall(
        id=own.text("FirewallArn"),
        name=own.maybe("FirewallName") or "",
        vpc_id=own.maybe("VpcId") or "",
        endpoint_ids=tuple(sorted(end for end in ends if end)),
        tags=own.tags(),
        policy_arn=own.maybe("FirewallPolicyArn") or "",
    )


def policies(items: Iterable[Item]) -> Iterator[FirewallPolicy]:
    """Return the policies of whole answers of DescribeFirewallPolicy; what only lists their names is passed over."""
    return (_policy(item) for item in items if not _is_name(item))


def rule_groups(items: Iterable[Item]) -> Iterator[RuleGroup]:
    """Return the rule groups of whole answers of DescribeRuleGroup; what only lists their names is passed over."""
    return (_rule_group(item) for item in items if not _is_name(item))


def _is_name(item: Item) -> bool:
    return "Arn" in item.values


def _policy(item: Item) -> FirewallPolicy:
    told, own = item.item("FirewallPolicyResponse"), item.item("FirewallPolicy")
    return FirewallPolicy(
        arn=told.text("FirewallPolicyArn"),
        name=told.maybe("FirewallPolicyName") or "",
        stateless_groups=_references(own.items("StatelessRuleGroupReferences")),
        stateless_defaults=own.texts("StatelessDefaultActions"),
        stateful_groups=_references(own.items("StatefulRuleGroupReferences")),
        stateful_defaults=own.texts("StatefulDefaultActions"),
        strict=own.item("StatefulEngineOptions").maybe("RuleOrder") == "STRICT_ORDER",
        home_net=dict(_variables(own.item("PolicyVariables").item("RuleVariables"))).get("HOME_NET"),
        inspects_tls=own.maybe("TLSInspectionConfigurationArn") is not None,
        tags=told.tags(),
    )


def _references(items: Iterable[Item]) -> tuple[GroupReference, ...]:
    found = (
        GroupReference(
            arn=item.text("ResourceArn"),
            priority=item.number("Priority") or 0,
            only_alerts=item.item("Override").maybe("Action") == "DROP_TO_ALERT",
        )
        for item in items
    )
    return tuple(sorted(found, key=lambda one: (one.priority, one.arn)))


def _variables(sets: Item) -> Variables:
    return tuple((name, _listed(sets.item(name), "Definition")) for name in sorted(sets.values))


def _listed(item: Item, key: str) -> tuple[str, ...]:
    """Return a list of texts in its order: that of settings counts."""
    item.texts(key)
    value = item.values.get(key)
    return tuple(value) if isinstance(value, list | tuple) else ()


def _rule_group(item: Item) -> RuleGroup:
    told = item.item("RuleGroupResponse")
    group = RuleGroup(
        arn=told.text("RuleGroupArn"),
        name=told.maybe("RuleGroupName") or "",
        stateful=told.maybe("Type") != "STATELESS",
        source=None,
        update_token=item.maybe("UpdateToken") or "",
        tags=told.tags(),
        settings=_settings(told),
    )
    return _with_rules(group, item.item("RuleGroup"))


def _settings(told: Item) -> str:
    """Return what an update would put back to its default if it did not say it again.

    Source: https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_UpdateRuleGroup.html
    """
    description, encryption = told.maybe("Description"), told.item("EncryptionConfiguration").values
    kept = {"Description": description, "EncryptionConfiguration": dict(encryption)}
    return json.dumps({key: value for key, value in kept.items() if value}, sort_keys=True)


def with_record(group: RuleGroup, record: str) -> RuleGroup:
    """Return the group as it is once its "RuleGroup" is this JSON text.

    Raises:
        InvalidSnapshotError: the text is not a rule group.
    """
    try:
        values = json.loads(record)
    except ValueError as error:
        raise InvalidSnapshotError(f"the rule group for {group.arn} is not JSON: {error}") from error
    if not isinstance(values, dict):
        raise wrong("RuleGroup", values, "an object")
    return _with_rules(group, Item("RuleGroup", values))


def _with_rules(group: RuleGroup, item: Item) -> RuleGroup:
    sets, references = item.item("RuleVariables"), item.item("ReferenceSets").item("IPSetReferences")
    return replace(
        group,
        source=_source(item.item("RulesSource")),
        ip_sets=_variables(sets.item("IPSets")),
        port_sets=_variables(sets.item("PortSets")),
        ip_references=tuple(
            (name, references.item(name).text("ReferenceArn").rsplit("/", 1)[-1]) for name in sorted(references.values)
        ),
        record=json.dumps(dict(item.values), sort_keys=True),
    )


def _source(item: Item) -> RuleSource:
    text = item.maybe("RulesString")
    if text is not None:
        return SuricataText(text)
    if "RulesSourceList" in item.values:
        own = item.item("RulesSourceList")
        return DomainList(own.text("GeneratedRulesType"), _listed(own, "Targets"), own.texts("TargetTypes"))
    if "StatefulRules" in item.values:
        return tuple(_standard_rule(rule) for rule in item.items("StatefulRules"))
    if "StatelessRulesAndCustomActions" in item.values:
        rules = item.item("StatelessRulesAndCustomActions").items("StatelessRules")
        return tuple(sorted((_stateless_rule(rule) for rule in rules), key=lambda rule: rule.priority))
    # An empty text is a group without rules; nothing at all is a group that AWS keeps to itself.
    return SuricataText("") if item.values else None


def _standard_rule(item: Item) -> StandardRule:
    header = item.item("Header")
    return StandardRule(
        action=item.text("Action"),
        protocol=header.text("Protocol"),
        source=header.text("Source"),
        source_port=header.text("SourcePort"),
        direction=header.text("Direction"),
        destination=header.text("Destination"),
        destination_port=header.text("DestinationPort"),
        options=tuple((one.text("Keyword"), _listed(one, "Settings")) for one in item.items("RuleOptions")),
    )


def _stateless_rule(item: Item) -> StatelessRule:
    own = item.item("RuleDefinition")
    match = own.item("MatchAttributes")
    return StatelessRule(
        priority=item.number("Priority") or _LARGEST_PRIORITY,
        actions=own.texts("Actions"),
        protocols=_protocols(match),
        sources=_networks(match.items("Sources")),
        source_ports=_ports(match.items("SourcePorts")),
        destinations=_networks(match.items("Destinations")),
        destination_ports=_ports(match.items("DestinationPorts")),
        flags=bool(match.items("TCPFlags")),
    )


def _protocols(match: Item) -> tuple[int, ...]:
    listed = match.values.get("Protocols") or ()
    if not isinstance(listed, list | tuple) or not all(isinstance(one, int) for one in listed):
        raise wrong(match.at("Protocols"), listed, "a list of protocol numbers")
    return tuple(sorted(listed))


def _networks(items: Iterable[Item]) -> tuple[Network, ...]:
    return tuple(network for item in items for network in _network(item))


def _network(item: Item) -> tuple[Network, ...]:
    if item.text("AddressDefinition").upper() == "ANY":
        return _EVERYWHERE
    return tuple(filter(None, [item.network("AddressDefinition")]))


def _ports(items: Iterable[Item]) -> tuple[tuple[int, int], ...]:
    return tuple(_range(item) for item in items)


def _range(item: Item) -> tuple[int, int]:
    first, last = item.port("FromPort"), item.port("ToPort")
    if first is None or last is None or first > last:
        raise wrong(item.path, dict(item.values), "a range of ports")
    return first, last
