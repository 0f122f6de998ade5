"""The smallest edit of a firewall's rule group that lets one host through and leaves everything else as it is.

Source: https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_UpdateRuleGroup.html
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from pathmend.network.firewall_rules import ALERT, ALLOW_LIST, DROP, REJECT, TARGET_TYPES, Rule, rules_of
from pathmend.network.firewall_stateful import GROUP
from pathmend.network.firewall_terms import Names
from pathmend.network.firewall_text import Option, rules_in
from pathmend.snapshot.firewall import DomainList, StandardRule, SuricataText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pathmend.network.firewall_hosts import HostTest
    from pathmend.network.flow import Application, Blocker
    from pathmend.snapshot.firewall import RuleGroup
    from pathmend.snapshot.world import Snapshot

_BUFFERS = ("http.host", "tls.sni", "tls_sni")
_DOTPREFIX = "dotprefix"
_ACTION = re.compile(r"^\s*\w+")
_SOURCE = "RulesSource"


@dataclass(frozen=True, slots=True)
class RuleGroupEdit:
    """A rule group's record as it is and as it should be, both as JSON text; `what` says the difference in words.

    An update sends the whole record: `snapshot.parse_firewall.with_record` gives the group as it is then.
    """

    group_arn: str
    before: str
    after: str
    what: str


@dataclass(frozen=True, slots=True)
class NoEdit:
    """There is no edit that lets this host through and nothing else."""

    reason: str


class _Narrowing(NamedTuple):
    """How one rule leaves one host out: without the option at this index, or asking for longer ones right after it."""

    at: int
    longer_than: int | None = None

    @property
    def words(self) -> str:
        return f"bsize:>{self.longer_than}" if self.longer_than else f"no {_DOTPREFIX}"


def letting_through(snapshot: Snapshot, blocker: Blocker, wanted: Application) -> RuleGroupEdit | NoEdit:
    """Return the edit after which the blocker's rule no longer stops what is wanted; others may still do."""
    if blocker.kind != GROUP:
        return _by_allow_list(snapshot, blocker.element_id, wanted)
    group = snapshot.rule_groups.get(blocker.element_id)
    rules = rules_of(group, Names(), strict=False) if group else ()
    rule = next((one for one in rules if one.label == blocker.rule), None)
    if group is None or rule is None:
        return NoEdit(f"the stateful rules of {blocker.element_id} were not read, or do not hold {blocker.rule}")
    if isinstance(group.source, DomainList):
        return _in_list(group, group.source, rule, wanted)
    return _in_rules(group, rule, wanted)


def _by_allow_list(snapshot: Snapshot, policy_arn: str, wanted: Application) -> RuleGroupEdit | NoEdit:
    """Name the host in the first allow list of a policy whose default drops it."""
    policy = snapshot.firewall_policies.get(policy_arn)
    for reference in policy.stateful_groups if policy else ():
        group = snapshot.rule_groups.get(reference.arn)
        source = group.source if group else None
        if group and isinstance(source, DomainList) and source.kind == ALLOW_LIST and _lists(source, wanted):
            return _allowing(group, source, wanted)
    return NoEdit(f"no rule drops {wanted.host}, but the default of {policy_arn}, which has no allow list to add it to")


def _lists(source: DomainList, wanted: Application) -> bool:
    return wanted.protocol in {TARGET_TYPES.get(kind) for kind in source.target_types}


def _in_list(group: RuleGroup, source: DomainList, rule: Rule, wanted: Application) -> RuleGroupEdit | NoEdit:
    if rule.place < 0:
        return _allowing(group, source, wanted)
    target = source.targets[rule.place]
    if target.startswith("."):
        return NoEdit(f"the target {target} of {group.name} means subdomains, too: a list cannot except one host")
    kept = [one for one in source.targets if one.lower() != target.lower()]
    if not kept:
        # A list without targets is none: it is kept, and no longer drops.
        return _edited(group, ("RulesSourceList", "GeneratedRulesType"), "ALERTLIST", f"only alert about {target}")
    return _edited(group, ("RulesSourceList", "Targets"), kept, f"take the target {target} off the list")


def _allowing(group: RuleGroup, source: DomainList, wanted: Application) -> RuleGroupEdit:
    targets = [*source.targets, wanted.host.lower()]
    return _edited(group, ("RulesSourceList", "Targets"), targets, f"add the target {wanted.host.lower()} to the list")


def _in_rules(group: RuleGroup, rule: Rule, wanted: Application) -> RuleGroupEdit | NoEdit:
    reason = _untouchable(rule, wanted)
    if reason:
        return NoEdit(f"{rule.label.partition(':')[0]} of {group.name} {reason}")
    if any(test.means_only(wanted.host) for test in rule.conditions.hosts):
        return _without(group, rule)
    narrowing = _narrowing(_options(group, rule), rule.conditions.hosts, wanted.host)
    if narrowing is None:
        hosts = f"matches other hosts than {wanted.host}, too, and cannot be narrowed by that one"
        return NoEdit(f"{rule.label.partition(':')[0]} of {group.name} {hosts}")
    return _narrowed(group, rule, narrowing)


def _untouchable(rule: Rule, wanted: Application) -> str:
    """Return why the rule may not be edited for the host; empty where it may."""
    asked = rule.conditions
    if asked.doubts:
        return f"has options that are not understood: {', '.join(asked.doubts)}"
    if not asked.hosts:
        return "drops by addresses, ports or protocol, and not by host"
    if rule.action not in (DROP, REJECT) or not all(
        test.application == wanted.protocol and test.matches(wanted.host) for test in asked.hosts
    ):
        return f"does not drop {wanted.host}"
    return ""


def _options(group: RuleGroup, rule: Rule) -> tuple[Option, ...]:
    if isinstance(group.source, SuricataText):
        return tuple(rules_in(group.source.text))[rule.place].options
    rules = group.source if isinstance(group.source, tuple) else ()
    standard = [one for one in rules if isinstance(one, StandardRule)][rule.place]
    return tuple(Option(keyword, ",".join(settings), 0) for keyword, settings in standard.options)


def _narrowing(options: Sequence[Option], hosts: tuple[HostTest, ...], host: str) -> _Narrowing | None:
    named = {option.keyword.lower(): index for index, option in enumerate(options)}
    buffer = next((named[name] for name in _BUFFERS if name in named), None)
    if len(hosts) != 1 or buffer is None or hosts[0].sizes:
        return None
    test = hosts[0]
    seen = test.buffer(host)
    texts = [one for one in test.contents if not one.negated and len(one.text) == len(seen)]
    if not texts:
        return None
    if not test.dotted:
        # What holds the host's name and is not the host is longer.
        return _Narrowing(buffer, len(seen))
    # With the dot of its own a name ends in ".NAME" only if it is a subdomain.
    plain = len(test.contents) == 1 and texts[0].ends and not texts[0].starts
    return _Narrowing(named[_DOTPREFIX]) if plain else None


def _without(group: RuleGroup, rule: Rule) -> RuleGroupEdit:
    """Take the rule out; the only one of its group is left to alert, for AWS may not take a group without rules."""
    name = rule.label.partition(":")[0]
    if isinstance(group.source, SuricataText):
        rules = tuple(rules_in(group.source.text))
        alone = len(rules) == 1
        text = _ACTION.sub(ALERT, rules[rule.place].text) if alone else None
        after: Any = _with_lines(group.source.text, rules[rule.place].lines, text)
        key: tuple[str | int, ...] = ("RulesString",)
    else:
        listed = json.loads(group.record)[_SOURCE]["StatefulRules"]
        alone = len(listed) == 1
        after = [{**listed[0], "Action": ALERT.upper()}] if alone else listed[: rule.place] + listed[rule.place + 1 :]
        key = ("StatefulRules",)
    return _edited(group, key, after, f"let {name} only alert" if alone else f"take {name} out")


def _narrowed(group: RuleGroup, rule: Rule, narrowing: _Narrowing) -> RuleGroupEdit:
    what = f"narrow {rule.label.partition(':')[0]} ({narrowing.words})"
    if isinstance(group.source, SuricataText):
        found = tuple(rules_in(group.source.text))[rule.place]
        text = _with_option(found.text, found.options[narrowing.at], narrowing)
        return _edited(group, ("RulesString",), _with_lines(group.source.text, found.lines, text), what)
    options = json.loads(group.record)[_SOURCE]["StatefulRules"][rule.place]["RuleOptions"]
    index = narrowing.at
    if narrowing.longer_than is None:
        options = options[:index] + options[index + 1 :]
    else:
        longer = {"Keyword": "bsize", "Settings": [f">{narrowing.longer_than}"]}
        options = [*options[: index + 1], longer, *options[index + 1 :]]
    return _edited(group, ("StatefulRules", rule.place, "RuleOptions"), options, what)


def _with_option(text: str, option: Option, narrowing: _Narrowing) -> str:
    end = option.start + len(option.keyword)
    if narrowing.longer_than is not None:
        return f"{text[:end]}; bsize:>{narrowing.longer_than}{text[end:]}"
    return text[: option.start] + text[end:].lstrip(" ;")


def _with_lines(text: str, lines: tuple[int, int], instead: str | None) -> str:
    """Return the text with other words, or none, where these lines were; every other line stays as it is."""
    split = text.splitlines(keepends=True)
    first, after = lines
    ending = split[after - 1][len(split[after - 1].rstrip("\r\n")) :]
    middle = [] if instead is None else [instead + ending]
    return "".join((*split[:first], *middle, *split[after:]))


def _edited(group: RuleGroup, path: tuple[str | int, ...], value: object, what: str) -> RuleGroupEdit:
    record = json.loads(group.record)
    holder = record[_SOURCE]
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return RuleGroupEdit(group.arn, group.record, json.dumps(record, sort_keys=True), f"{what} in {group.name}")
