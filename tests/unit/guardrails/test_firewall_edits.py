"""An edit of a firewall's rules lets one named host through; whatever does more is only reported."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pathmend.changes.set_firewall_rules import SetFirewallRules
from pathmend.guardrails.decide import refusals
from pathmend.guardrails.firewall_edits import widened
from tests.unit.changes import faults
from tests.unit.changes.faults import furnished
from tests.unit.guardrails.cases import CALM, FREE, plan_of

DROP = 'drop tls any any -> any any (tls.sni; content:"a.example"; sid:1;)'
OTHER = 'drop tls any any -> any any (tls.sni; content:"b.example"; sid:2;)'
PASS = "pass ip any any -> any any (sid:3;)"


def text(*lines: str, **more: Any) -> dict[str, Any]:
    """Return a record of rules as text."""
    return {"RulesSource": {"RulesString": "\n".join(lines)}, **more}


def hosts(kind: str, *targets: str) -> dict[str, Any]:
    """Return a record of a list of hosts."""
    return {"RulesSource": {"RulesSourceList": {"GeneratedRulesType": kind, "Targets": list(targets)}}}


def rules(*actions: str) -> dict[str, Any]:
    """Return a record of rules in AWS's easy form."""
    listed = [{"Action": action, "Header": {"Destination": str(number)}} for number, action in enumerate(actions)]
    return {"RulesSource": {"StatefulRules": listed}}


def wrong(before: object, after: object) -> list[str]:
    """Return what is wrong with the edit."""
    return list(widened(json.dumps(before), json.dumps(after)))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (text(DROP, OTHER), text(OTHER)),
        (
            text("drop tls any any -> any any (tls.sni; \\", '  content:"a.example"; \\', "  sid:1;)", OTHER),
            text(OTHER),
        ),
        (text(DROP), text(DROP.replace("drop", "alert"))),
        (text("# pass", DROP, PASS), text("# passes", DROP.replace("sni;", "sni; bsize:>9;"), PASS)),
        (rules("DROP", "PASS"), rules("ALERT", "PASS")),
        (hosts("ALLOWLIST", "a.example"), hosts("ALLOWLIST", "a.example", "b.example")),
        (hosts("DENYLIST", "a.example", ".b.example"), hosts("DENYLIST", ".b.example")),
        (hosts("DENYLIST", "a.example"), hosts("ALERTLIST", "a.example")),
    ],
)
def test_an_edit_of_one_rule_or_one_host_is_nothing_wrong(before: object, after: object) -> None:
    """It is asked about all the same."""
    assert wrong(before, after) == []


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (text(DROP), text(DROP, PASS), "let pass what was judged by other rules before"),
        (text(DROP), text(DROP.replace("drop", "Pass")), "let pass what was judged by other rules before"),
        (rules("DROP"), rules("PASS"), "let pass what was judged by other rules before"),
        (text(DROP, OTHER), text(""), "change more than one rule"),
        (rules("DROP", "DROP"), rules("ALERT", "ALERT"), "change more than one rule"),
        (hosts("ALLOWLIST", "a.example"), hosts("ALLOWLIST", "a.example", ".example"), "open a wildcard of hosts"),
        (hosts("ALLOWLIST"), hosts("ALLOWLIST", "*"), "open a wildcard of hosts"),
        (hosts("DENYLIST", ".b.example", "c"), hosts("DENYLIST", "c"), "open a wildcard of hosts"),
        (hosts("DENYLIST", "a", "b", "c"), hosts("DENYLIST", "c"), "change more than one target"),
        (text(DROP), text(DROP, RuleVariables={"IPSets": {}}), "change variables or options of the whole group"),
        (
            text(DROP),
            {"RulesSource": {"RulesString": DROP, "StatelessRulesAndCustomActions": {}}},
            "change rules for single packets",
        ),
        ([], text(DROP), "cannot be compared with the present ones"),
        (text(DROP), {}, "cannot be compared with the present ones"),
        (text(DROP), {"RulesSource": []}, "cannot be compared with the present ones"),
    ],
)
def test_an_edit_that_opens_more_is_wrong(before: object, after: object, words: str) -> None:
    """It says what it would do."""
    assert words in wrong(before, after)


def test_a_record_that_is_no_json_cannot_be_compared() -> None:
    """Nothing is taken for harmless."""
    assert list(widened("{", "{}")) == ["cannot be compared with the present ones"]


def test_such_an_edit_is_refused_whoever_approved_it() -> None:
    """The sentence names the rule group."""
    world = furnished()
    change = SetFirewallRules(faults.GROUP_ARN, json.dumps(text(PASS)))
    (sentence,) = refusals(plan_of(change, world=world), world, FREE, CALM)
    assert sentence == "the new rules of web let pass what was judged by other rules before"
