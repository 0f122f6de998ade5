"""Suricata's rules are taken apart as Suricata does it, and what cannot be is kept as it is."""

from __future__ import annotations

import pytest

from pathmend.network.firewall_text import Header, Option, RuleText, rules_in


def _one(text: str) -> RuleText:
    [rule] = rules_in(text)
    return rule


def test_a_rule_has_a_header_and_options() -> None:
    """Options know where they stand; the last needs no semicolon."""
    rule = _one('drop http $HOME_NET any -> any 80 (http.host;content:"a.example"; sid:7; rev:1)')
    assert rule.action == "drop"
    assert rule.header == Header("http", "$HOME_NET", "any", "->", "any", "80")
    assert [(one.keyword, one.value) for one in rule.options] == [
        ("http.host", ""),
        ("content", '"a.example"'),
        ("sid", "7"),
        ("rev", "1"),
    ]
    assert all(rule.text[one.start :].startswith(one.keyword) for one in rule.options)


def test_quotes_and_escapes_hide_semicolons() -> None:
    """And a colon in a value is none of the keyword."""
    rule = _one(r'alert tcp any any -> any any (msg:"a; b\"; c"; content:"x\;y"; reference:url,a.example; ;)')
    assert [one.value for one in rule.options] == [r'"a; b\"; c"', r'"x\;y"', "url,a.example"]


def test_lists_may_hold_spaces_and_arrows_need_none() -> None:
    """As AWS's own examples have them."""
    rule = _one("drop ip $HOME_NET any-> [10.1.0.0/16, [10.2.0.0/16, 10.3.0.0/16]] [80, 81] (sid:1;)")
    assert rule.header == Header(
        "ip", "$HOME_NET", "any", "->", "[10.1.0.0/16, [10.2.0.0/16, 10.3.0.0/16]]", "[80, 81]"
    )
    both = _one("PASS TCP any any <> any 80 (sid:1;)")
    assert (both.action, both.header) == ("pass", Header("tcp", "any", "any", "<>", "any", "80"))


def test_comments_and_empty_lines_are_no_rules_and_lines_may_go_on() -> None:
    """Each rule knows the lines it stands in."""
    went_on = "pass tcp any any \\\n  -> any any \\\n (sid:1;)"
    text = f"# drop everything \\\n\n{went_on}\n   # no\ndrop tcp any any -> any any (sid:2;)\n"
    assert [(rule.lines, rule.options) for rule in rules_in(text)] == [
        ((2, 5), (Option("sid", "1", 29),)),
        ((6, 7), (Option("sid", "2", 29),)),
    ]
    assert _one("pass tcp any any -> any any (sid:1;) \\").lines == (0, 1)


@pytest.mark.parametrize(
    "text",
    [
        "drop",
        "drop tcp any any any any (sid:1;)",
        "drop tcp any any <- any any (sid:1;)",
        "drop tcp any -> any any (sid:1;)",
        "drop tcp any any -> any (sid:1;)",
        "drop tcp any any -> any any",
        "drop tcp any any -> any any (sid:1;",
    ],
)
def test_what_cannot_be_taken_apart_has_no_header(text: str) -> None:
    """Its action is known all the same."""
    rule = _one(text)
    assert (rule.action, rule.header, rule.text) == ("drop", None, text)
    assert _one("(sid:1;)").action == ""
