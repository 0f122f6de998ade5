"""Whether a network firewall lets an HTTP request for a host pass: a naive reading of Suricata's `http.host` rules.

Source: https://docs.aws.amazon.com/network-firewall/latest/developerguide/suricata-rule-evaluation-order.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lab.packets import within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lab.atlas import Record

_RULE = re.compile(
    r"^(pass|drop|reject|alert)\s+(http|tcp|ip)\s+(\S+)\s+(\S+)\s+->\s+(\S+)\s+(\S+)\s*\((.*)\)\s*$", re.MULTILINE
)
_CONTENT = re.compile(r'http\.host;\s*(?:bsize:\d+;\s*)?(dotprefix;\s*)?content:"([^"]+)";(.*)')
_STRICT = "STRICT_ORDER"


def lets(groups: Iterable[Record], host: str, sender: str, receiver: str) -> bool:
    """Say whether the stateful groups behind an endpoint let a request pass; without a match, they do."""
    held = list(groups)
    strict = any(one.get("StatefulRuleOptions", {}).get("RuleOrder") == _STRICT for one in held)
    actions = [action for group in held for action in _actions(group, host, (sender, receiver))]
    if not strict:
        # Pass before drop before reject, whatever stands first.
        return "pass" in actions or not {"drop", "reject"} & set(actions)
    return next((one for one in actions if one != "alert"), "pass") == "pass"


def _actions(group: Record, host: str, ends: tuple[str, str]) -> Iterator[str]:
    source = group["RulesSource"]
    if listed := source.get("RulesSourceList"):
        held = any(_listed(host, name) for name in listed["Targets"])
        denies = listed["GeneratedRulesType"] == "DENYLIST"
        if held:
            yield "drop" if denies else "pass"
        elif not denies:
            yield "drop"
        return
    for action, _, sender, _, receiver, _, options in _RULE.findall(source.get("RulesString", "")):
        if _at(sender, ends[0]) and _at(receiver, ends[1]) and _matches(options, host):
            yield action


def _listed(host: str, name: str) -> bool:
    return host == name or (name.startswith(".") and f".{host}".endswith(name))


def _at(written: str, address: str) -> bool:
    """Say whether an address is meant by a rule's header: `any`, a variable, a block or a list of blocks."""
    if written == "any" or written.startswith("$"):
        return True
    blocks = written.strip("[]").split(",")
    return any(within(address, block.strip()) for block in blocks if not block.strip().startswith("!"))


def _matches(options: str, host: str) -> bool:
    """Say whether a rule's options speak of this host; a rule without any host test speaks of each."""
    found = _CONTENT.search(options)
    if found is None:
        return "http." not in options
    dotted, content, rest = found.groups()
    text, content = f".{host}" if dotted else host, content.lower()
    if "startswith" in rest and "endswith" in rest:
        return bool(text == content)
    if "startswith" in rest:
        return bool(text.startswith(content))
    return bool(text.endswith(content) if "endswith" in rest else content in text)
