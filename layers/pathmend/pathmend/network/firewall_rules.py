"""The rules of firewall rule groups in one form, whichever way they were written.

Source: https://docs.aws.amazon.com/network-firewall/latest/developerguide/suricata-examples.html (what domain lists
become) and https://docs.aws.amazon.com/network-firewall/latest/developerguide/stateful-rule-groups-basic.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pathmend.network.firewall_hosts import HTTP, TLS, Content, HostTest
from pathmend.network.firewall_options import Conditions, conditions_of
from pathmend.network.firewall_terms import Names
from pathmend.network.firewall_text import BOTH_WAYS, FORWARDS, Header, Option, rules_in
from pathmend.network.flow import Leg
from pathmend.snapshot.firewall import DomainList, StandardRule, SuricataText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.snapshot.firewall import RuleGroup

PASS, DROP, REJECT, ALERT = "pass", "drop", "reject", "alert"
ALLOW_LIST = "ALLOWLIST"
LIST_ACTIONS = {ALLOW_LIST: PASS, "DENYLIST": DROP, "REJECTLIST": REJECT, "ALERTLIST": ALERT}
TARGET_TYPES = {"TLS_SNI": TLS, "HTTP_HOST": HTTP}
_HOME, _EXTERNAL = "$HOME_NET", "$EXTERNAL_NET"
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Rule:
    """One stateful rule. `header` is None where it could not be taken apart; `place` is where its group has it.

    The place is an index: of the rule in the text or the list of standard rules, of the target in a domain list (-1 for
    the rule about all that no target names).
    """

    group_arn: str
    label: str
    action: str
    header: Header | None
    conditions: Conditions
    place: int = 0
    names: Names = field(default_factory=Names, compare=False)


def rules_of(group: RuleGroup, names: Names, *, strict: bool) -> tuple[Rule, ...]:
    """Return the group's rules in their order; of a stateless group, and of one that is not disclosed, none."""
    if isinstance(group.source, SuricataText):
        return tuple(_of_text(group, group.source, names))
    if isinstance(group.source, DomainList):
        return tuple(_of_list(group, group.source, names, strict=strict))
    standard = (one for one in group.source or () if isinstance(one, StandardRule))
    return tuple(_of_standard(group, names, *one) for one in enumerate(standard))


def _of_text(group: RuleGroup, source: SuricataText, names: Names) -> Iterator[Rule]:
    for place, rule in enumerate(rules_in(source.text)):
        conditions = conditions_of(rule.options)
        if rule.header is None:
            conditions = Conditions(doubts=("the rule itself",), plain=False)
        name = f"sid {conditions.sid}" if conditions.sid else f"rule {place + 1}"
        label = f"{name}: {rule.text}"[:_LONGEST]
        yield Rule(group.arn, label, rule.action, rule.header, conditions, place, names)


def _of_standard(group: RuleGroup, names: Names, place: int, rule: StandardRule) -> Rule:
    options = tuple(Option(keyword, ",".join(settings), 0) for keyword, settings in rule.options)
    arrow = FORWARDS if rule.direction == "FORWARD" else BOTH_WAYS
    header = Header(
        rule.protocol.lower(), rule.source, rule.source_port, arrow, rule.destination, rule.destination_port
    )
    conditions = conditions_of(options)
    name = f"sid {conditions.sid}" if conditions.sid else f"rule {place + 1}"
    words = "; ".join(f"{one.keyword}:{one.value}" if one.value else one.keyword for one in options)
    label = f"{name}: {rule.action.lower()} {' '.join(header)} ({words})"[:_LONGEST]
    return Rule(group.arn, label, rule.action.lower(), header, conditions, place, names)


def _of_list(group: RuleGroup, source: DomainList, names: Names, *, strict: bool) -> Iterator[Rule]:
    action = LIST_ACTIONS.get(source.kind, source.kind)
    for kind, application in TARGET_TYPES.items():
        if kind not in source.target_types:
            continue
        for place, target in enumerate(source.targets):
            conditions = _asking(application, (host_test(application, target),))
            label = f"{source.kind} {kind} {target}"
            yield Rule(group.arn, label, action, _outward(application), conditions, place, names)
        if action == PASS:
            # AWS shows this rule for the default order only, and advises a default action for the strict one.
            doubts = ("whether an allow list drops the rest under strict order",) if strict else ()
            conditions = _asking(application, (), doubts)
            label = f"{source.kind} {kind}: no target"
            yield Rule(group.arn, label, DROP, _outward(application), conditions, -1, names)


def _outward(application: str) -> Header:
    return Header(application, _HOME, "any", FORWARDS, _EXTERNAL, "any")


def _asking(application: str, hosts: tuple[HostTest, ...], doubts: tuple[str, ...] = ()) -> Conditions:
    return Conditions(
        priority=1,
        leg=Leg.FORWARD,
        established=True,
        applications=((application, True),),
        hosts=hosts,
        request=True,
        data=True,
        plain=False,
        doubts=doubts,
    )


def host_test(application: str, target: str) -> HostTest:
    """Return what Network Firewall makes of a domain list's target: with a dot in front it means subdomains, too."""
    dotted = target.startswith(".")
    # The engine knows the Host header in lower case only.
    text = target.lower() if application == HTTP else target
    content = Content(text, nocase=application == TLS, starts=not dotted, ends=True)
    return HostTest(application, (content,), dotted=dotted)
