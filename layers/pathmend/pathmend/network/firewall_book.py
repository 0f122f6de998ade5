"""All rules of a firewall's policy in the order in which its engines ask them.

Source: https://docs.aws.amazon.com/network-firewall/latest/developerguide/suricata-rule-evaluation-order.html and
https://docs.aws.amazon.com/network-firewall/latest/developerguide/suricata-limitations-caveats.html (variables)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathmend.network.firewall_options import Conditions
from pathmend.network.firewall_rules import ALERT, DROP, PASS, REJECT, Rule, rules_of
from pathmend.network.firewall_terms import Names
from pathmend.snapshot.firewall import StatelessRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.snapshot.firewall import Firewall, FirewallPolicy, GroupReference, RuleGroup
    from pathmend.snapshot.world import Snapshot

_BY_ACTION = (PASS, DROP, REJECT)
_HOME, _EXTERNAL = "HOME_NET", "EXTERNAL_NET"


@dataclass(frozen=True, slots=True)
class Packet:
    """A stateless rule with its group; without a rule the group was not read."""

    group_arn: str
    rule: StatelessRule | None


@dataclass(frozen=True, slots=True)
class Book:
    """A policy's rules, alerts left out: they stop nothing."""

    policy: FirewallPolicy
    packets: tuple[Packet, ...]
    rules: tuple[Rule, ...]


def _books(_: Snapshot) -> dict[str, Book]:
    return {}


def book_of(snapshot: Snapshot, firewall: Firewall) -> Book | None:
    """Return the rules that the firewall follows; None where its policy was not read."""
    policy = snapshot.firewall_policies.get(firewall.policy_arn)
    if policy is None:
        return None
    known = snapshot.derived(_books)
    found = known.get(firewall.id)
    if found is None:
        packets = tuple(one for reference in policy.stateless_groups for one in _packets(snapshot, reference))
        rules = tuple(_ordered(policy, _rules(snapshot, firewall, policy)))
        found = known[firewall.id] = Book(policy, packets, rules)
    return found


def _packets(snapshot: Snapshot, reference: GroupReference) -> Iterator[Packet]:
    group = snapshot.rule_groups.get(reference.arn)
    source = group.source if group is not None and isinstance(group.source, tuple) else None
    rules = [rule for rule in source or () if isinstance(rule, StatelessRule)]
    if source is None or len(rules) < len(source):
        yield Packet(reference.arn, None)
        return
    yield from (Packet(reference.arn, rule) for rule in rules)


def _rules(snapshot: Snapshot, firewall: Firewall, policy: FirewallPolicy) -> Iterator[Rule]:
    for reference in policy.stateful_groups:
        group = snapshot.rule_groups.get(reference.arn)
        if group is not None and group.source is not None:
            yield from rules_of(group, names_of(snapshot, firewall, group), strict=policy.strict)
        elif not reference.only_alerts:
            yield from _hidden(snapshot, reference.arn)


def _hidden(snapshot: Snapshot, arn: str) -> Iterator[Rule]:
    """Yield what stands for rules that nobody has read: they may pass or drop anything."""
    reason = snapshot.unread.get("RuleGroups")
    doubt = f"its rules were not read: {reason}" if reason else "its rules were not read"
    for action in (PASS, DROP):
        yield Rule(arn, "all rules", action, None, Conditions(doubts=(doubt,), plain=False))


def _ordered(policy: FirewallPolicy, rules: Iterator[Rule]) -> list[Rule]:
    kept = [rule for rule in rules if rule.action != ALERT]
    if policy.strict:
        return kept
    return sorted(kept, key=lambda rule: (_rank(rule.action), rule.conditions.priority))


def _rank(action: str) -> int:
    return _BY_ACTION.index(action) if action in _BY_ACTION else len(_BY_ACTION)


def names_of(snapshot: Snapshot, firewall: Firewall, group: RuleGroup) -> Names:
    """Return what the variables of the group mean: its own, else the policy's, else home is the firewall's VPC."""
    addresses = {f"@{name}": networks for name, networks in _references(snapshot, group)}
    home = _home(snapshot, firewall)
    if home is not None:
        # The policy's, whatever the group calls home.
        addresses |= {_HOME: home, _EXTERNAL: (f"![{','.join(home)}]",)}
    return Names({**addresses, **dict(group.ip_sets)}, dict(group.port_sets))


def _home(snapshot: Snapshot, firewall: Firewall) -> tuple[str, ...] | None:
    own = snapshot.firewall_policies[firewall.policy_arn].home_net
    if own is not None:
        return own
    vpc = snapshot.vpcs.get(firewall.vpc_id)
    return tuple(str(block) for block in vpc.cidrs) if vpc else None


def _references(snapshot: Snapshot, group: RuleGroup) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, list_id in group.ip_references:
        listed = snapshot.prefix_lists.get(list_id)
        if listed is not None and listed.networks is not None:
            yield name, tuple(str(network) for network in listed.networks)
