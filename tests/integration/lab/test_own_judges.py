"""The lab's naive judges of policies, of firewall rules and of a server that does one thing at a time, without AWS."""

from __future__ import annotations

from typing import Any

import pytest

from lab import inspection, policies
from lab.single_thread import EVERY_SECONDS, VISITORS, Queues

ROLE = "arn:aws:iam::123456789012:role/web"
OBJECT = "arn:aws:s3:::shop/images/a.png"


def statement(**elements: object) -> dict[str, Any]:
    """Return a statement that allows the object to be read, with other elements where given."""
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": OBJECT, **elements}


def asks(*statements: dict[str, Any], **context: str) -> bool:
    """Say whether the statements let the role read the object."""
    known = {f"aws:{key}": value for key, value in context.items()}
    return policies.allowed(policies.Ask(ROLE, "s3:GetObject", OBJECT, known), [{"Statement": list(statements)}])


@pytest.mark.parametrize(
    ("elements", "allowed"),
    [
        ({}, True),
        ({"Action": ["S3:get*"]}, True),
        ({"Action": "s3:PutObject"}, False),
        ({"NotAction": "s3:PutObject", "Action": None}, True),
        ({"Resource": "arn:aws:s3:::shop/images/*"}, True),
        ({"Resource": "arn:aws:s3:::shop/?"}, False),
        ({"NotResource": OBJECT, "Resource": None}, False),
        ({"Principal": "*"}, True),
        ({"Principal": {"AWS": "arn:aws:iam::123456789012:root"}}, True),
        ({"Principal": {"AWS": ["123456789012"]}}, True),
        ({"Principal": {"AWS": "arn:aws:iam::123456789012:role/other"}}, False),
        ({"Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}}, True),
        ({"Condition": {"StringEquals": {"aws:sourceVpce": ["vpce-2", "vpce-1"]}}}, True),
        ({"Condition": {"StringEquals": {"aws:SourceVpce": "vpce-2"}}}, False),
        ({"Condition": {"StringEquals": {"aws:SourceIp": "192.0.2.1"}}}, False),
        ({"Condition": {"StringEqualsIfExists": {"aws:SourceIp": "192.0.2.1"}}}, True),
        ({"Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}}, False),
        ({"Condition": {"StringNotEquals": {"aws:SourceIp": "192.0.2.1"}}}, True),
        ({"Condition": {"StringEqualsIgnoreCase": {"aws:SourceVpce": "VPCE-1"}}}, True),
        ({"Condition": {"StringLike": {"aws:SourceVpce": "vpce-*"}}}, True),
        ({"Condition": {"Null": {"aws:SourceVpce": "false"}}}, True),
        ({"Condition": {"Null": {"aws:SourceVpce": "true"}}}, False),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, True),
        ({"Condition": {"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}}}, True),
    ],
)
def test_a_statement_allows_what_all_its_elements_mean(elements: dict[str, Any], allowed: bool) -> None:  # noqa: FBT001 - expectation
    """Wildcards, the other way round, principals, and each operator that occurs."""
    told = {key: value for key, value in statement(**elements).items() if value is not None}
    assert asks(told, sourcevpce="vpce-1", securetransport="true", vpcsourceip="10.0.11.10") is allowed


def test_a_deny_outweighs_every_allow() -> None:
    """Whatever stands first."""
    assert not asks(statement(), statement(Effect="Deny"))
    assert not asks(statement(Effect="Deny"), statement())


def test_an_operator_that_does_not_occur_is_an_error() -> None:
    """A judge that guesses is none."""
    with pytest.raises(KeyError, match="DateLessThan"):
        asks(statement(Condition={"DateLessThan": {"aws:CurrentTime": "2030-01-01"}}), currenttime="2026-01-01")


def group(rules: str, *, strict: bool = False) -> dict[str, Any]:
    """Return a stateful rule group."""
    order = "STRICT_ORDER" if strict else "DEFAULT_ACTION_ORDER"
    return {"RulesSource": {"RulesString": rules}, "StatefulRuleOptions": {"RuleOrder": order}}


def rule(action: str, options: str, ends: str = "any any -> any any") -> str:
    """Return a rule of Suricata's."""
    return f'{action} http {ends} (msg:"m"; {options} sid:1; rev:1;)\n'


WHOLE = 'http.host; content:"api.example"; startswith; endswith;'


@pytest.mark.parametrize(
    ("rules", "strict", "passes"),
    [
        ("", False, True),
        (rule("drop", WHOLE), False, False),
        (rule("reject", WHOLE), False, False),
        (rule("alert", WHOLE), False, True),
        (rule("drop", WHOLE) + rule("pass", WHOLE), False, True),
        (rule("drop", WHOLE) + rule("pass", WHOLE), True, False),
        (rule("pass", WHOLE) + rule("drop", WHOLE), True, True),
        (rule("drop", 'http.host; content:"example"; endswith;'), False, False),
        (rule("drop", 'http.host; content:"api"; startswith;'), False, False),
        (rule("drop", 'http.host; content:"pi.exam";'), False, False),
        (rule("drop", 'http.host; dotprefix; content:".example"; endswith;'), False, False),
        (rule("drop", 'http.host; content:"other.example"; startswith; endswith;'), False, True),
        (rule("drop", ""), False, False),
        (rule("drop", WHOLE, "[10.1.0.0/16,10.0.0.0/16] any -> $HOME_NET any"), False, False),
        (rule("drop", WHOLE, "10.1.0.0/16 any -> any any"), False, True),
        ("# " + rule("drop", WHOLE), False, True),
    ],
)
def test_rules_of_suricata_hold_for_their_host(rules: str, strict: bool, passes: bool) -> None:  # noqa: FBT001 - expectation
    """In the default order passes come first, in the strict one what stands first."""
    assert inspection.lets([group(rules, strict=strict)], "api.example", "10.0.11.10", "10.2.4.20") is passes


@pytest.mark.parametrize(
    ("kind", "targets", "passes"),
    [
        ("DENYLIST", ["api.example"], False),
        ("DENYLIST", [".example"], False),
        ("DENYLIST", ["other.example"], True),
        ("ALLOWLIST", ["api.example"], True),
        ("ALLOWLIST", ["other.example"], False),
    ],
)
def test_lists_of_domains_hold_for_their_hosts(kind: str, targets: list[str], passes: bool) -> None:  # noqa: FBT001 - expectation
    """A list that allows denies the rest."""
    held = {"RulesSource": {"RulesSourceList": {"Targets": targets, "GeneratedRulesType": kind}}}
    assert inspection.lets([held], "api.example", "10.0.11.10", "10.2.4.20") is passes


def test_a_quick_page_keeps_nobody_waiting() -> None:
    """All of a crowd are served before a health check loses its patience."""
    queues = Queues({"i-1": 0.6})
    assert (queues.waiting_seconds("i-1") < 3, queues.given_up("i-1", 15)) == (True, 0)


def test_a_page_of_five_seconds_fails_some_checks_and_some_visits_but_never_three_checks_in_a_row() -> None:
    """Two of four visitors get 504, in each minute; a target needs three failures to be unhealthy."""
    queues, waits, late = Queues({"i-1": 5.6}), list[bool](), 0
    for _ in range(3 * EVERY_SECONDS // 15):
        queues.advance(15)
        waits.append(queues.waiting_seconds("i-1") > 3)
        late += queues.given_up("i-1", 15)
    assert late == 3 * VISITORS // 2
    assert any(waits)
    assert not any(all(waits[place : place + 3]) for place in range(len(waits) - 2))
