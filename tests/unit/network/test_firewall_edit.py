"""A host that a firewall drops is let through by the smallest edit of one rule group, or not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pathmend.network.firewall_edit import NoEdit, RuleGroupEdit, letting_through
from pathmend.network.flow import Application, Blocker
from pathmend.network.ports import PortSet
from pathmend.snapshot.parse_firewall import with_record
from tests.unit.network.walls import DENY, POLICY, STRICT, a_group, a_list, a_text, a_wall, packets, passes, says

if TYPE_CHECKING:
    from pathmend.network.firewall_stateful import Findings
    from pathmend.snapshot.firewall import RuleGroup
    from pathmend.snapshot.world import Snapshot

ANY = "any any -> any any"
HOST = "a.example"
OTHERS = ("b.example", "x.a.example", "xa.example", "a.example.org", "xa.example.org", "example", "A.EXAMPLE.ORG")
OTHER_RULE = f'drop http {ANY} (http.host; content:"b.example"; startswith; endswith; sid:2;)'


def _blocker(world: Snapshot, wanted: Application) -> Blocker:
    refusal = says(world, application=wanted).refusals[0]
    return Blocker(
        "FIREWALL_RULES_RESTRICTION", refusal.kind, refusal.element_id, refusal.leg, None, refusal.label, *(None, None),
        blocked_ports=PortSet(),
    )  # fmt: skip


def _edit(world: Snapshot, host: str = HOST, protocol: str = "http") -> RuleGroupEdit | NoEdit:
    wanted = Application(protocol, host)
    return letting_through(world, _blocker(world, wanted), wanted)


def _applied(world: Snapshot, edit: RuleGroupEdit | NoEdit) -> Snapshot:
    assert isinstance(edit, RuleGroupEdit)
    group = world.rule_groups[edit.group_arn]
    assert edit.before == group.record
    return world.having("rule_groups", with_record(group, edit.after))


def _all_others(world: Snapshot, *, but: str = HOST) -> list[Findings]:
    applications = [Application(kind, host) for kind in ("http", "tls") for host in OTHERS]
    return [says(world, application=one) for one in applications if one.host != but]


def _hosts(options: str, *more: str) -> RuleGroup:
    return a_text(f"drop http {ANY} ({options} sid:1;)", *more)


@pytest.mark.parametrize(
    ("options", "after"),
    [
        ('http.host; content:"a.example"; startswith; endswith;', None),
        ('http.host; content:"a.example"; bsize:9;', None),
        ('http.host; dotprefix; content:".a.example"; startswith; endswith;', None),
        ('http.host; content:"a.example";', 'http.host; bsize:>9; content:"a.example";'),
        ('http.host; content:"a.example"; endswith;', 'http.host; bsize:>9; content:"a.example"; endswith;'),
        ('http.host; content:"a.example"; startswith;', 'http.host; bsize:>9; content:"a.example"; startswith;'),
        ('http.host; dotprefix; content:".a.example"; endswith;', 'http.host; content:".a.example"; endswith;'),
    ],
)
@pytest.mark.parametrize("more", [(), (OTHER_RULE,)])
def test_a_rule_that_drops_the_host_goes_or_is_narrowed_by_it(
    options: str, after: str | None, more: tuple[str, ...]
) -> None:
    """The host passes, and no other fares otherwise than before."""
    group = _hosts(options, *more)
    world = a_wall(group)
    edit = _edit(world)
    edited = _applied(world, edit)
    assert passes(says(edited, HOST))
    if after is None:
        first: tuple[str, ...] = () if more else (f"alert http {ANY} ({options} sid:1;)",)
    else:
        first = (f"drop http {ANY} ({after} sid:1;)",)
    assert isinstance(edit, RuleGroupEdit)
    assert json.loads(edit.after)["RulesSource"]["RulesString"].splitlines() == [*first, *more]
    labels_before = [bool(one.refusals) for one in _all_others(world)]
    assert [bool(one.refusals) for one in _all_others(edited)] == labels_before


def test_a_server_name_is_let_through_likewise() -> None:
    """In whatever capitals the rule has it."""
    rule = f'reject tls {ANY} (tls.sni; content:"A.Example"; nocase; sid:1;)'
    world = a_wall(a_text(rule, OTHER_RULE))
    edit = _edit(world, protocol="tls")
    assert isinstance(edit, RuleGroupEdit)
    assert edit.what == "narrow sid 1 (bsize:>9) in group"
    edited = _applied(world, edit)
    assert passes(says(edited, application=Application("tls", HOST)))
    assert not passes(says(edited, application=Application("tls", "xa.example")))


def test_lines_around_the_rule_stay_as_they_are() -> None:
    """Comments, empty lines, line ends, and rules that go on in the next line."""
    before, behind = "# first\r\n\r\n", f"\r\n  {OTHER_RULE}\n# last"
    broken = f'drop http {ANY} \\\r\n (http.host; content:"a.example"; sid:1;)'
    world = a_wall(a_group({"RulesString": f"{before}{broken}{behind}"}))
    edit = _edit(world)
    assert isinstance(edit, RuleGroupEdit)
    text = json.loads(edit.after)["RulesSource"]["RulesString"]
    assert text == f'{before}drop http {ANY} (http.host; bsize:>9; content:"a.example"; sid:1;){behind}'
    exact = broken.replace('content:"a.example";', 'content:"a.example"; startswith; endswith;')
    gone = _edit(a_wall(a_group({"RulesString": f"{before}{exact}{behind}"})))
    assert isinstance(gone, RuleGroupEdit)
    assert json.loads(gone.after)["RulesSource"]["RulesString"] == f"{before}{behind.removeprefix(chr(13) + chr(10))}"
    assert gone.what == "take sid 1 out in group"


def test_nothing_but_the_rules_changes_in_the_record() -> None:
    """Its variables and order go back to AWS as they were."""
    more: dict[str, Any] = {"StatefulRuleOptions": {"RuleOrder": "STRICT_ORDER"}, "RuleVariables": {"IPSets": {}}}
    world = a_wall(a_text(f'drop http {ANY} (http.host; content:"a.example"; sid:1;)', **more), **STRICT)
    edit = _edit(world)
    assert isinstance(edit, RuleGroupEdit)
    before, after = json.loads(edit.before), json.loads(edit.after)
    assert {**before, "RulesSource": None} == {**after, "RulesSource": None}


def _standard(*options: tuple[str, str | None]) -> dict[str, Any]:
    header = {
        "Protocol": "HTTP",
        "Source": "ANY",
        "SourcePort": "ANY",
        "Direction": "FORWARD",
        "Destination": "ANY",
        "DestinationPort": "ANY",
    }
    written = [{"Keyword": one, **({"Settings": [value]} if value else {})} for one, value in options]
    return {"Action": "DROP", "Header": header, "RuleOptions": written}


EXACT = _standard(("http.host", None), ("content", '"a.example"'), ("bsize", "9"))
LOOSE = _standard(("http.host", None), ("content", '"a.example"'), ("sid", "3"))
DOTTED = _standard(("http.host", None), ("dotprefix", None), ("content", '".a.example"'), ("endswith", None))
LAST = _standard(("http.host", None), ("content", '"b.example"'), ("sid", "4"))


@pytest.mark.parametrize(
    ("rules", "after"),
    [
        ([EXACT], [{**EXACT, "Action": "ALERT"}]),
        ([EXACT, LAST], [LAST]),
        (
            [LAST, LOOSE],
            [LAST, _standard(("http.host", None), ("bsize", ">9"), ("content", '"a.example"'), ("sid", "3"))],
        ),
        ([DOTTED], [_standard(("http.host", None), ("content", '".a.example"'), ("endswith", None))]),
    ],
)
def test_standard_rules_are_edited_likewise(rules: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    """In their own form."""
    world = a_wall(a_group({"StatefulRules": rules}))
    edit = _edit(world)
    assert isinstance(edit, RuleGroupEdit)
    assert json.loads(edit.after)["RulesSource"]["StatefulRules"] == after
    edited = _applied(world, edit)
    assert passes(says(edited, HOST))
    assert [bool(one.refusals) for one in _all_others(edited)] == [bool(one.refusals) for one in _all_others(world)]


def test_one_target_is_taken_off_a_deny_list() -> None:
    """The others, and their order, stay; the last one is only alerted about."""
    for kind in ("DENYLIST", "REJECTLIST"):
        world = a_wall(a_list(kind, "z.example", HOST, ".b.example"))
        edit = _edit(world)
        assert isinstance(edit, RuleGroupEdit)
        assert json.loads(edit.after)["RulesSource"]["RulesSourceList"]["Targets"] == ["z.example", ".b.example"]
        assert edit.what == "take the target a.example off the list in group"
        assert passes(says(_applied(world, edit), HOST))
    alone = a_wall(a_list("DENYLIST", HOST))
    edit = _edit(alone)
    assert isinstance(edit, RuleGroupEdit)
    assert json.loads(edit.after)["RulesSource"]["RulesSourceList"]["GeneratedRulesType"] == "ALERTLIST"
    assert passes(says(_applied(alone, edit), HOST))


def test_one_target_is_added_to_an_allow_list() -> None:
    """Whether its own rule drops the rest or the policy's default does."""
    for policy in ({}, DENY):
        world = a_wall(a_text(name="other"), a_list("ALLOWLIST", "good.example"), **policy)
        edit = _edit(world, "A.Example")
        assert isinstance(edit, RuleGroupEdit)
        targets = json.loads(edit.after)["RulesSource"]["RulesSourceList"]["Targets"]
        assert targets == ["good.example", "a.example"]
        edited = _applied(world, edit)
        assert passes(says(edited, HOST))
        assert not any(passes(one) for one in _all_others(edited))


@pytest.mark.parametrize(
    ("groups", "policy", "reason"),
    [
        ((a_list("DENYLIST", ".a.example"),), {}, "means subdomains, too: a list cannot except one host"),
        ((a_text(f"drop tcp {ANY}"),), {}, "drops by addresses, ports or protocol, and not by host"),
        ((a_text(f"drop http {ANY}"),), {}, "drops by addresses, ports or protocol, and not by host"),
        ((_hosts('http.host; content:"example"; endswith;'),), {}, "sid 1 of group matches other hosts than a.example"),
        ((_hosts('http.host; dotprefix; content:".example"; endswith;'),), {}, "cannot be narrowed by that one"),
        ((_hosts('http.host; dotprefix; content:".a.example";'),), {}, "cannot be narrowed by that one"),
        ((_hosts('content:"a.example"; http_host;'),), {}, "cannot be narrowed by that one"),
        ((_hosts('http.host; bsize:>3; content:"a.example";'),), {}, "cannot be narrowed by that one"),
        (
            (_hosts('http.host; content:"a."; http.host; content:"a.example";'),),
            *({}, "cannot be narrowed by that one"),
        ),
        ((), DENY, "no rule drops a.example, but the default of arn:firewall-policy/rules"),
        ((a_list("ALLOWLIST", "b.example", types=("TLS_SNI",)),), DENY, "which has no allow list to add it to"),
        ((packets((1, "aws:drop", {})),), {}, "the stateful rules of arn:rulegroup/packets were not read, or do not"),
    ],
)
def test_what_would_open_more_is_not_proposed(
    groups: tuple[RuleGroup, ...], policy: dict[str, Any], reason: str
) -> None:
    """The reason says why."""
    found = _edit(a_wall(*groups, **policy))
    assert isinstance(found, NoEdit)
    assert reason in found.reason


def test_rules_that_are_not_understood_or_not_the_cause_are_left_alone() -> None:
    """Also where somebody asks for them, and where they were not read."""
    doubtful = f'drop http {ANY} (http.host; content:"a.example"; pcre:"/x/"; sid:1;)'
    world = a_wall(a_text(doubtful))
    known = _blocker(a_wall(_hosts('http.host; content:"a.example";')), Application("http", HOST))
    asked = replace(known, rule=f"sid 1: {doubtful}")
    found = letting_through(world, asked, Application("http", HOST))
    assert isinstance(found, NoEdit)
    assert "options that are not understood: pcre" in found.reason
    passing = f'pass http {ANY} (http.host; content:"a.example"; sid:1;)'
    for rule, wanted in (
        (passing, Application("http", HOST)),
        (f"drop{passing[4:]}", Application("tls", HOST)),
        (f"drop{passing[4:]}", Application("http", "c.example")),
    ):
        found = letting_through(a_wall(a_text(rule)), replace(known, rule=f"sid 1: {rule}"), wanted)
        assert isinstance(found, NoEdit)
        assert "does not drop" in found.reason
    nothing = letting_through(replace(world, rule_groups={}), asked, Application("http", HOST))
    assert isinstance(nothing, NoEdit)
    policy = replace(known, kind="firewall-policy", element_id=POLICY)
    unread = letting_through(replace(world, firewall_policies={}), policy, Application("http", HOST))
    assert isinstance(unread, NoEdit)
    hidden = letting_through(replace(world, rule_groups={}), policy, Application("http", HOST))
    assert isinstance(hidden, NoEdit)
