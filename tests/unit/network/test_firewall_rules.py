"""A firewall's stateful rules decide about connections as Network Firewall's engine does."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from pathmend.network.firewall_rules import rules_of
from pathmend.network.firewall_terms import Names
from pathmend.network.flow import Application
from pathmend.network.ports import PortSet
from pathmend.snapshot.firewall import GroupReference
from pathmend.snapshot.transit import PrefixList
from tests.unit.network.walls import (
    DENY,
    STRICT,
    a_group,
    a_list,
    a_text,
    a_wall,
    labels,
    packets,
    passes,
    says,
    tls,
)

ANY = "any any -> any any"
DROP_HOST = f'drop http {ANY} (http.host; content:"a.example"; startswith; endswith; sid:1;)'


@pytest.mark.parametrize("policy", [{}, STRICT])
def test_a_firewall_without_rules_lets_everything_pass(policy: dict[str, Any]) -> None:
    """Unless its policy says otherwise."""
    assert passes(says(a_wall(**policy)))
    assert passes(says(a_wall(a_text(), **policy), "a.example"))


def test_a_rule_drops_by_addresses_ports_and_protocol() -> None:
    """The request's and the reply's packets each by their own."""
    for rule in ("drop tcp 10.0.1.0/24 any -> any 80", "reject ip any any -> 198.51.100.7 any"):
        assert labels(says(a_wall(a_text(rule)))) == [("forward", "sid 1")]
    assert labels(says(a_wall(a_text("drop tcp 198.51.100.0/24 80 -> any any")))) == [("return", "sid 1")]
    assert labels(says(a_wall(a_text("drop tcp any 80 <> any any")))) == [("forward", "sid 1")]
    assert labels(says(a_wall(a_text("drop tcp any any -> 10.0.0.0/8 any")))) == [("return", "sid 1")]
    for rule in (
        "drop udp any any -> any any",
        "drop tcp any any -> any 81",
        "drop tcp 10.0.2.0/24 any -> any any",
        "drop tcp any any -> 10.0.2.0/24 any",
        "drop icmp any any -> any any",
        "drop ipv6 any any -> any any",
        "alert tcp any any -> any any",
    ):
        assert passes(says(a_wall(a_text(rule)))), rule
    assert labels(says(a_wall(a_text("drop ip4 any any -> any any")))) == [("forward", "sid 1")]


def test_a_rule_about_some_of_the_clients_ports_refuses_those() -> None:
    """The others are asked on."""
    world = a_wall(a_text("drop tcp any 1024:2047 -> any any", "drop tcp any [4000:5000,!4500] -> any any"))
    found = says(world)
    assert [one.ports for one in found.refusals] == [
        PortSet.of(1024, 2047),
        PortSet.union([(4000, 4499), (4501, 5000)]),
    ]
    assert says(a_wall(a_text("drop tcp any 80 -> any 2000:2001"))).refusals[0].ports == PortSet.of(2000, 2001)


def test_by_default_a_rule_that_passes_beats_one_that_drops() -> None:
    """Wherever it stands, and whatever its priority; strict order takes them as they stand."""
    rules = ("drop tcp any any -> any any", "pass tcp any any -> any 80")
    assert passes(says(a_wall(a_text(*rules))))
    assert labels(says(a_wall(a_text(*rules), **STRICT))) == [("forward", "sid 1")]
    assert passes(says(a_wall(a_text(*reversed(rules)), **STRICT)))


def test_of_rules_of_one_action_the_lowest_priority_decides() -> None:
    """A drop before a reject; all that stop the connection come out."""
    rules = (
        f"drop tcp {ANY} (sid:1; priority:5;)",
        f"drop tcp {ANY} (sid:2;)",
        f"reject tcp {ANY} (sid:3; priority:1;)",
    )
    assert [one for _, one in labels(says(a_wall(a_text(*rules))))] == ["sid 2", "sid 1", "sid 3"]


def test_groups_are_asked_by_their_priority() -> None:
    """In strict order."""
    passing, dropping = a_text(f"pass tcp {ANY}", name="p"), a_text(f"drop tcp {ANY}", name="d")
    assert passes(says(a_wall(passing, dropping, **STRICT)))
    assert labels(says(a_wall(dropping, passing, **STRICT))) == [("forward", "sid 1")]


@pytest.mark.parametrize(
    ("rule", "refused"),
    [
        (DROP_HOST, True),
        (f'drop tcp {ANY} (content:"a.example"; http_host; sid:1;)', True),
        (f'reject http {ANY} (http.host; dotprefix; content:".example"; endswith; sid:1;)', True),
        (f'drop http {ANY} (http.host; content:"b.example"; sid:1;)', False),
        (f'drop tls {ANY} (tls.sni; content:"a.example"; sid:1;)', False),
        (f"drop tls {ANY} (sid:1;)", False),
        (f"drop http {ANY} (sid:1;)", True),
        (f"drop tcp {ANY} (app-layer-protocol:!tls; sid:1;)", True),
        (f"drop tcp {ANY} (app-layer-protocol:!http; sid:1;)", False),
        (f"drop ssh {ANY} (sid:1;)", False),
        (f"drop quic {ANY} (sid:1;)", False),
        ("drop http any any -> any 8080 (flow:to_server; sid:1;)", False),
        (f'drop http {ANY} (flow:to_client; http.host; content:!"x"; sid:1;)', False),
    ],
)
def test_a_rule_drops_by_what_the_connection_carries(rule: str, refused: object) -> None:
    """The handshake passes, the request does not."""
    found = says(a_wall(a_text(rule), **STRICT), "a.example")
    assert labels(found) == ([("forward", "sid 1")] if refused else [])


def test_a_server_name_is_judged_by_rules_for_tls_only() -> None:
    """The other way round, too."""
    world = a_wall(a_text(f'drop tls {ANY} (ssl_state:client_hello; tls.sni; content:"a.example"; nocase; sid:7;)'))
    assert labels(says(world, application=tls("A.example"))) == [("forward", "sid 7")]
    assert passes(says(world, "a.example"))
    assert passes(says(a_wall(a_text(DROP_HOST)), application=tls("a.example")))


def test_without_a_host_a_rule_that_names_one_is_no_blocker() -> None:
    """The connection is opened; what it carries may be dropped, which is noted."""
    found = says(a_wall(a_text(DROP_HOST)))
    assert (found.refusals, found.unknown) == ((), ())
    assert [(one.element_id, one.drops) for one in found.notes] == [("arn:rulegroup/group", True)]


def test_where_nothing_but_named_hosts_pass_a_connection_without_one_is_opened() -> None:
    """Its data would be dropped, unless it is for one of them."""
    world = a_wall(a_text(f'pass tls {ANY} (tls.sni; content:"a.example"; sid:1;)'), **DENY)
    found = says(world)
    assert (found.refusals, [one.drops for one in found.notes]) == ((), [False])
    assert passes(says(world, application=tls("a.example")))
    assert labels(says(world, application=tls("b.example"))) == [("forward", "aws")]


def test_a_rule_for_addresses_passes_the_whole_connection() -> None:
    """A rule about its host comes too late; one about packets lets it be asked."""
    assert passes(says(a_wall(a_text(f"pass tcp {ANY} (sid:2;)", DROP_HOST), **STRICT), "a.example"))
    for options in ("flow:to_server; sid:2;", "flow:not_established; sid:2;", "flow:stateless; sid:2;"):
        late = a_text(DROP_HOST, f"pass tcp {ANY} ({options})")
        assert labels(says(a_wall(late, **DENY), "a.example"))[0] == ("forward", "sid 1"), options
        assert passes(says(a_wall(a_text(DROP_HOST, f"pass tcp {ANY} ({options})"), **STRICT), "b.example"))


def test_a_reply_that_passes_by_its_addresses_passes_the_rest() -> None:
    """It is the first packet of its direction."""
    world = a_wall(a_text("pass tcp 198.51.100.7 80 -> any any (sid:2;)", DROP_HOST), **STRICT)
    assert passes(says(world, "a.example"))


def test_whether_a_rule_that_excepts_addresses_passes_packets_or_connections_is_unknown_where_it_counts() -> None:
    """Network Firewall's documentation says packets, the engine's says connections."""
    excepting = "pass tcp $HOME_NET any -> $EXTERNAL_NET any (sid:2;)"
    assert passes(says(a_wall(a_text(excepting), **DENY), "a.example"))
    found = says(a_wall(a_text(DROP_HOST, excepting), **STRICT), "a.example")
    assert found.refusals == ()
    assert "sid 2" in found.unknown[0]
    assert "whether it judges the whole connection or single packets" in found.unknown[0]
    assert passes(says(a_wall(a_text(DROP_HOST, excepting), **STRICT), "b.example"))


@pytest.mark.parametrize(
    ("default", "connection", "legs"),
    [
        ("aws:drop_strict", {}, ["forward"]),
        ("aws:drop_established", {}, ["forward"]),
        ("aws:drop_established_app_layer", {}, ["forward"]),
        ("aws:drop_established_app_layer_to_server", {}, ["forward"]),
        ("aws:drop_established", {"protocol": "17"}, ["forward"]),
        ("aws:alert_strict", {}, []),
    ],
)
def test_defaults_drop_what_no_rule_speaks_of(default: str, connection: dict[str, Any], legs: list[str]) -> None:
    """In strict order only."""
    found = says(a_wall(**STRICT, stateful_defaults=(default,)), **connection)
    assert [(one.leg.value, one.kind, one.label) for one in found.refusals] == [
        (leg, "firewall-policy", default) for leg in legs
    ]
    assert passes(says(a_wall(stateful_defaults=(default,)), **connection))


def test_a_default_for_established_connections_lets_replies_pass() -> None:
    """One for the application's layer is not clear about them where only packets were passed."""
    sent = a_text(f"pass tcp {ANY} (flow:to_server; sid:1;)")
    assert passes(says(a_wall(sent, **DENY)))
    layered = {**STRICT, "stateful_defaults": ("aws:drop_established_app_layer",)}
    assert says(a_wall(sent, **layered)).unknown == (
        "arn:firewall-policy/rules aws:drop_established_app_layer: whether it drops the reply",
    )
    assert passes(says(a_wall(a_text(f"pass http {ANY}"), **layered), "a.example"))
    strange = {**STRICT, "stateful_defaults": ("aws:drop_someday",)}
    assert "whether it drops the request" in says(a_wall(**strange)).unknown[0]


def test_handshakes_must_pass_before_data_is_looked_at() -> None:
    """Where everything is dropped that no rule passes."""
    strict = {**STRICT, "stateful_defaults": ("aws:drop_strict",)}
    by_host = f'pass http {ANY} (http.host; content:"a.example"; sid:2;)'
    assert labels(says(a_wall(a_text(by_host), **strict), "a.example")) == [("forward", "aws")]
    shaking = "pass tcp any any <> any any (flow:not_established; sid:1;)"
    replies = f"pass tcp {ANY} (flow:to_client; sid:3;)"
    assert passes(says(a_wall(a_text(shaking, by_host, replies), **strict), "a.example"))


def test_home_is_the_policys_else_the_vpcs_and_a_group_may_have_its_own() -> None:
    """What is not home is outside by the policy, whatever the group calls home."""
    rule = "drop tcp $HOME_NET any -> $EXTERNAL_NET any"
    assert labels(says(a_wall(a_text(rule)))) == [("forward", "sid 1")]
    assert passes(says(a_wall(a_text(rule), home_net=("192.168.0.0/16",))))
    far: dict[str, Any] = {"RuleVariables": {"IPSets": {"HOME_NET": {"Definition": ["172.16.0.0/12"]}}}}
    found: dict[str, Any] = {"client": ip_address("172.16.0.9")}
    assert labels(says(a_wall(a_text(rule, **far)), **found)) == [("forward", "sid 1")]
    assert passes(says(a_wall(a_text(rule)), **found))
    nowhere = replace(a_wall(a_text(rule)), vpcs={})
    assert says(nowhere).unknown == (
        "arn:rulegroup/group sid 1: drop tcp $HOME_NET any -> $EXTERNAL_NET any (sid:1;): $EXTERNAL_NET, $HOME_NET",
    )


def test_variables_and_references_of_a_group() -> None:
    """A prefix list that was not read, and a name that is not defined, are unknown where they would count."""
    more: dict[str, Any] = {
        "RuleVariables": {
            "IPSets": {"SERVERS": {"Definition": ["198.51.100.0/24"]}},
            "PortSets": {"WEB": {"Definition": ["80", "8080"]}},
        },
        "ReferenceSets": {"IPSetReferences": {"LIST": {"ReferenceArn": "arn:aws:ec2:x:1:prefix-list/pl-1"}}},
    }
    assert labels(says(a_wall(a_text("drop tcp any any -> $SERVERS $WEB", **more)))) == [("forward", "sid 1")]
    listed = a_wall(a_text("drop tcp any any -> @LIST any", **more))
    known = listed.having("prefix_lists", PrefixList("pl-1", "x", (ip_network("198.51.100.0/24"),)))
    assert labels(says(known)) == [("forward", "sid 1")]
    for world in (listed, listed.having("prefix_lists", PrefixList("pl-1", "x", None))):
        assert says(world).unknown[0].endswith(": @LIST")
    for rule in ("drop tcp any $GONE -> any any", "drop tcp any any -> any $GONE"):
        assert says(a_wall(a_text(rule))).unknown[0].endswith(": $GONE")
    assert passes(says(a_wall(a_text("drop tcp any $GONE -> any 81"))))


@pytest.mark.parametrize(
    ("rule", "doubt"),
    [
        (f"drop tcp {ANY} (geoip:dst,RU; sid:1;)", "geoip:dst,RU"),
        (f'drop http {ANY} (http.host; content:"a"; pcre:"/x/"; sid:1;)', 'pcre:"/x/"'),
        (f"drop tcp {ANY} (flowbits:isset,x; sid:1;)", "flowbits:isset,x"),
        (f"drop sip {ANY} (sid:1;)", "the protocol sip"),
        ("drop tcp any any any any (sid:1;)", "the rule itself"),
        (f"quarantine tcp {ANY} (sid:1;)", "what quarantine does"),
    ],
)
def test_what_is_not_understood_and_would_count_is_unknown_by_name(rule: str, doubt: str) -> None:
    """Group, rule and option; never guessed."""
    found = says(a_wall(a_text(rule), **STRICT), "a.example")
    assert found.refusals == ()
    assert found.unknown[0].startswith("arn:rulegroup/group ")
    assert found.unknown[0].endswith(doubt)


@pytest.mark.parametrize(
    "rules",
    [
        ("drop tcp any any -> any 81 (geoip:dst,RU; sid:1;)",),
        (f"drop tls {ANY} (ssl_version:tls1.0; sid:1;)",),
        (f"alert tcp {ANY} (geoip:dst,RU; sid:1;)",),
        (f"pass tcp {ANY} (sid:1;)", f"drop tcp {ANY} (geoip:dst,RU; sid:2;)"),
        (f"pass tcp {ANY} (geoip:dst,RU; sid:1;)", f"pass tcp {ANY} (sid:2;)"),
        (f'drop http {ANY} (http.host; content:"b.example"; pcre:"/x/"; sid:1;)',),
    ],
)
def test_what_is_not_understood_and_changes_nothing_is_passed_over(rules: tuple[str, ...]) -> None:
    """Another port, another protocol, another host, or a rule ahead of it that decides."""
    assert passes(says(a_wall(a_text(*rules), **STRICT), "a.example"))


def test_a_doubtful_drop_ahead_of_a_certain_one_changes_nothing() -> None:
    """Dropped it is, either way."""
    rules = (f"drop tcp {ANY} (geoip:dst,RU; sid:1;)", f"drop tcp {ANY} (sid:2;)")
    assert labels(says(a_wall(a_text(*rules), **STRICT)))[0] == ("forward", "sid 2")


def test_a_doubtful_pass_with_unknown_consequences_is_unknown() -> None:
    """It may let a packet go on to a rule that is in doubt itself."""
    rules = (
        f"pass tcp {ANY} (flow:not_established,to_server; geoip:dst,RU; sid:1;)",
        f"drop tcp {ANY} (flow:not_established,to_server; sid:2;)",
    )
    assert "geoip" in says(a_wall(a_text(*rules), **STRICT)).unknown[0]


def test_rules_that_nobody_has_read_may_do_anything() -> None:
    """Unless a rule ahead of them decides, or the policy has turned their drops off."""
    hidden = GroupReference("arn:managed", 9)
    world = a_wall(**STRICT, stateful_groups=(hidden,))
    assert says(world).unknown == ("arn:managed all rules: its rules were not read",)
    denied = replace(world, unread={"RuleGroups": "denied"})
    assert says(denied).unknown == ("arn:managed all rules: its rules were not read: denied",)
    assert passes(says(a_wall(**STRICT, stateful_groups=(GroupReference("arn:managed", 9, only_alerts=True),))))
    first = a_text(f"pass tcp {ANY}")
    ahead = a_wall(first, **STRICT)
    policy = next(iter(ahead.firewall_policies.values()))
    both = ahead.having("firewall_policies", replace(policy, stateful_groups=(*policy.stateful_groups, hidden)))
    assert passes(says(both))
    undisclosed = a_wall(a_group({}))
    assert "its rules were not read" in says(undisclosed).unknown[0]


def test_a_deny_list_drops_its_targets() -> None:
    """With a dot in front their subdomains, too; a list of rejected ones likewise, one of alerts drops nothing."""
    for kind in ("DENYLIST", "REJECTLIST"):
        world = a_wall(a_list(kind, ".evil.example", "bad.example"))
        dropped = ("evil.example", "x.evil.example", "BAD.example")
        assert [bool(says(world, host).refusals) for host in dropped] == [True] * 3
        assert all(passes(says(world, host)) for host in ("x.bad.example", "notevil.example"))
        assert says(world, application=tls("bad.example")).refusals[0].label == f"{kind} TLS_SNI bad.example"
    assert passes(says(a_wall(a_list("ALERTLIST", "bad.example")), "bad.example"))
    http = a_wall(a_list("DENYLIST", "bad.example", types=("HTTP_HOST",)))
    assert passes(says(http, application=tls("bad.example")))


def test_a_list_of_a_kind_that_is_not_known_is_unknown() -> None:
    """For its targets."""
    world = a_wall(a_list("MAYBELIST", "bad.example"))
    assert says(world, "bad.example").unknown == (
        "arn:rulegroup/group MAYBELIST HTTP_HOST bad.example: what MAYBELIST does",
    )
    assert passes(says(world, "good.example"))


def test_an_allow_list_drops_all_other_hosts_of_its_protocols() -> None:
    """And nothing that is neither HTTP nor TLS."""
    world = a_wall(a_list("ALLOWLIST", ".good.example"))
    assert passes(says(world, "x.good.example"))
    assert labels(says(world, "bad.example")) == [("forward", "ALLOWLIST HTTP_HOST")]
    assert labels(says(world, application=tls("bad.example"))) == [("forward", "ALLOWLIST TLS_SNI")]
    assert passes(says(world, protocol="17"))
    assert [one.drops for one in says(world).notes] == [True, True]


def test_under_strict_order_a_default_drops_what_an_allow_list_does_not_name() -> None:
    """Without one AWS does not say what becomes of it."""
    listed = a_list("ALLOWLIST", "good.example")
    denied = a_wall(listed, **DENY)
    assert passes(says(denied, "good.example"))
    assert labels(says(denied, "bad.example")) == [("forward", "aws")]
    found = says(a_wall(listed, **STRICT), "bad.example")
    assert found.unknown[0].endswith("whether an allow list drops the rest under strict order")
    second = a_list("ALLOWLIST", "more.example", name="second")
    assert says(a_wall(listed, second, **DENY), "more.example").unknown


def test_standard_rules_are_rules_like_others() -> None:
    """In AWS's easy form; "ANY" is both directions."""

    def rule(direction: str = "FORWARD", **header: str) -> dict[str, Any]:
        plain = {"Protocol": "TCP", "Source": "ANY", "SourcePort": "ANY", "Destination": "ANY", "DestinationPort": "80"}
        return {"Action": "DROP", "Header": {**plain, "Direction": direction, **header}}

    sid = {"RuleOptions": [{"Keyword": "sid", "Settings": ["7"]}]}
    assert labels(says(a_wall(a_group({"StatefulRules": [{**rule(), **sid}]})))) == [("forward", "sid 7")]
    assert labels(says(a_wall(a_group({"StatefulRules": [rule("ANY")]})))) == [("forward", "rule 1")]
    away = rule(Destination="10.0.0.0/8")
    assert passes(says(a_wall(a_group({"StatefulRules": [away]}))))
    host = [
        {"Keyword": "http.host"},
        {"Keyword": "content", "Settings": ['"a.example"']},
        {"Keyword": "sid", "Settings": ["8"]},
    ]
    by_host = {**rule(Protocol="HTTP"), "RuleOptions": host}
    world = a_wall(a_group({"StatefulRules": [by_host]}))
    assert labels(says(world, "a.example")) == [("forward", "sid 8")]
    assert says(world, "a.example").refusals[0].label == (
        'sid 8: drop http ANY ANY -> ANY 80 (http.host; content:"a.example"; sid:8)'
    )
    assert passes(says(world, "b.example"))


@pytest.mark.parametrize(
    ("protocol", "rule", "refused"),
    [
        ("17", f"drop udp {ANY}", True),
        ("17", f"drop udp {ANY} (flow:established; sid:1;)", True),
        ("17", f"drop tcp {ANY}", False),
        ("17", f"drop http {ANY}", False),
        ("1", f"drop icmp {ANY}", True),
        ("1", "drop ip any any -> any 80", False),
        ("1", f"drop dns {ANY}", False),
        ("58", f"drop icmp {ANY}", True),
        ("47", f"drop ip {ANY} (ip_proto:!TCP; ip_proto:!UDP; sid:1;)", True),
        ("47", f"drop ip {ANY} (ip_proto:50; sid:1;)", False),
    ],
)
def test_other_protocols_than_tcp(protocol: str, rule: str, refused: object) -> None:
    """Without a handshake; ports are of TCP and UDP only."""
    assert bool(labels(says(a_wall(a_text(rule)), protocol=protocol))) is refused


def test_what_datagrams_carry_is_never_known() -> None:
    """It is noted."""
    found = says(a_wall(a_text(f"drop dns {ANY}")), protocol="17")
    assert (found.refusals, len(found.notes)) == ((), 1)


def test_where_tls_is_inspected_rules_for_http_may_look_inside() -> None:
    """Whether they do is not in the snapshot."""
    world = a_wall(a_text(DROP_HOST), inspects_tls=True)
    assert says(world, application=tls("a.example")).unknown[0].endswith("what it carries inside TLS")
    assert labels(says(world, "a.example")) == [("forward", "sid 1")]
    assert passes(says(world, application=Application("tls", "a.example"), port=81)) is False


def test_of_very_many_rules_that_stop_a_connection_the_first_are_reported() -> None:
    """Each of them would have to go."""
    rules = [f"drop tcp {ANY} (sid:{sid};)" for sid in range(1, 31)]
    found = labels(says(a_wall(a_text(*rules), **STRICT)))
    assert [label for _, label in found] == [f"sid {sid}" for sid in range(1, 22)]


def test_a_doubt_about_some_ports_leaves_the_others_alone() -> None:
    """Neither does a rule about ports that are settled."""
    rules = (
        "drop tcp any 1024:2047 -> any any (geoip:dst,RU; sid:1;)",
        "drop tcp any 3000:3999 -> any any (sid:2;)",
        "drop tcp any 3000 -> any any (flow:to_server; sid:3;)",
    )
    found = says(a_wall(a_text(*rules), **STRICT))
    assert [one.ports for one in found.refusals] == [PortSet.of(3000, 3999), PortSet.of(3000)]
    assert len(found.unknown) == 1


def test_stateless_and_undisclosed_groups_have_no_stateful_rules() -> None:
    """Whoever asks must tell them from groups without rules."""
    for group in (packets((1, "aws:drop", {})), a_group({})):
        assert rules_of(group, Names(), strict=True) == ()
