"""A firewall's stateless rules sort the packets of both legs before its stateful ones see them."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from typing import Any

import pytest

from pathmend.network.ports import PortSet
from pathmend.snapshot.firewall import GroupReference
from tests.unit.network.walls import POLICY, STRICT, a_group, a_text, a_wall, labels, packets, passes, says

PASS, DROP, FORWARD = "aws:pass", "aws:drop", "aws:forward_to_sfe"
TO_WEB: dict[str, Any] = {"DestinationPorts": [{"FromPort": 80, "ToPort": 80}], "Protocols": [6]}
FROM_WEB: dict[str, Any] = {"SourcePorts": [{"FromPort": 80, "ToPort": 80}], "Protocols": [6]}
DROPPING = a_text("drop tcp any any -> any any", name="stateful")
GROUP = "arn:rulegroup/packets"


def test_what_is_passed_both_ways_meets_no_stateful_rule() -> None:
    """What is handed over both ways does."""
    assert passes(says(a_wall(packets((1, PASS, TO_WEB), (2, PASS, FROM_WEB)), DROPPING)))
    assert labels(says(a_wall(packets((1, FORWARD, TO_WEB), (2, FORWARD, FROM_WEB)), DROPPING))) == [
        ("forward", "sid 1")
    ]


def test_what_is_handed_over_one_way_only_is_unknown() -> None:
    """The stateful rules see half a connection."""
    found = says(a_wall(packets((1, PASS, TO_WEB)), DROPPING))
    assert found.refusals == ()
    assert found.unknown == (
        f"{POLICY} {FORWARD}: it hands only one direction of the connection to the stateful rules",
    )
    other = says(a_wall(packets((1, FORWARD, TO_WEB)), DROPPING, stateless_defaults=(PASS,)))
    assert other.unknown[0].startswith(f"{GROUP} priority 1: {FORWARD}: it hands only one direction")


def test_packets_are_dropped_by_leg_with_the_rule_that_does_it() -> None:
    """By the lowest priority that matches, else by the policy's default."""
    found = says(a_wall(packets((5, DROP, TO_WEB), (3, PASS, {"Sources": [{"AddressDefinition": "10.9.0.0/16"}]}))))
    assert [(one.leg.value, one.kind, one.element_id, one.label) for one in found.refusals] == [
        ("forward", "firewall-rule-group", GROUP, f"priority 5: {DROP}")
    ]
    assert labels(says(a_wall(packets((5, DROP, FROM_WEB))))) == [("return", "priority 5")]
    default = says(a_wall(packets((1, PASS, TO_WEB)), stateless_defaults=(DROP,)))
    assert [(one.leg.value, one.kind, one.element_id, one.label) for one in default.refusals] == [
        ("return", "firewall-policy", POLICY, DROP)
    ]


def test_a_rule_about_some_of_the_clients_ports_sorts_those() -> None:
    """Exactly, also where a rule ahead of it takes a part."""
    world = a_wall(
        packets(
            (1, FORWARD, {"SourcePorts": [{"FromPort": 1500, "ToPort": 1599}]}),
            (2, DROP, {"SourcePorts": [{"FromPort": 1024, "ToPort": 2047}]}),
        )
    )
    [refusal] = says(world).refusals
    assert refusal.ports == PortSet.union([(1024, 1499), (1600, 2047)])
    back = a_wall(packets((1, DROP, {"DestinationPorts": [{"FromPort": 3000, "ToPort": 3000}]})))
    assert says(back).refusals[0].ports == PortSet.of(3000)


@pytest.mark.parametrize(
    ("match", "asked", "dropped"),
    [
        ({"Sources": [{"AddressDefinition": "10.0.0.0/16"}]}, {}, True),
        ({"Destinations": [{"AddressDefinition": "10.0.9.0/24"}]}, {}, False),
        ({"Destinations": [{"AddressDefinition": "198.51.100.7"}]}, {}, True),
        ({"Protocols": [17]}, {}, False),
        ({"Protocols": [17]}, {"protocol": "17"}, True),
        ({"DestinationPorts": [{"FromPort": 443, "ToPort": 443}]}, {}, False),
        # Ports are of TCP and UDP only.
        ({"DestinationPorts": [{"FromPort": 443, "ToPort": 443}]}, {"protocol": "1"}, True),
        ({"Sources": [{"AddressDefinition": "ANY"}]}, {"client": ip_address("2001:db8::1")}, True),
    ],
)
def test_what_a_stateless_rule_matches(match: dict[str, Any], asked: dict[str, Any], dropped: object) -> None:
    """All that it names; nothing named is everything."""
    found = says(a_wall(packets((1, DROP, match))), **asked)
    assert any(one.leg.value == "forward" for one in found.refusals) is dropped


def test_flags_are_not_weighed_and_unknown_only_where_they_would_count() -> None:
    """A rule for some packets of a connection may or may not decide for it."""
    flagged = {**TO_WEB, "TCPFlags": [{"Flags": ["SYN"], "Masks": ["SYN", "ACK"]}]}
    found = says(a_wall(packets((1, DROP, flagged))))
    assert found.unknown == (f"{GROUP} priority 1: {DROP}: its TCP flags",)
    assert passes(says(a_wall(packets((1, FORWARD, flagged)))))
    assert labels(says(a_wall(packets((1, DROP, flagged), (2, DROP, {}))))) == [
        ("forward", "priority 2"),
        ("return", "priority 2"),
    ]
    part = {"TCPFlags": [{"Flags": ["SYN"]}], "SourcePorts": [{"FromPort": 2000, "ToPort": 2999}]}
    rest = says(a_wall(packets((1, DROP, part)), a_text("drop tcp any 5000 -> any any", name="s")))
    assert [one.ports for one in rest.refusals] == [PortSet.of(5000)]
    assert "its TCP flags" in rest.unknown[0]
    ahead = {"SourcePorts": [{"FromPort": 2000, "ToPort": 3000}]}
    sorted_before = packets((1, DROP, part), (2, DROP, ahead), (3, FORWARD, {}))
    assert [one.ports for one in says(a_wall(sorted_before)).refusals] == [PortSet.of(2000, 3000)]


def test_groups_and_actions_that_are_not_known() -> None:
    """A group that was not read may do anything; an action of one's own decides nothing."""
    world = a_wall(stateless_groups=(GroupReference("arn:gone", 1),))
    assert says(world).unknown == ("arn:gone all rules: its rules were not read",)
    undisclosed = replace(packets(), source=None)
    assert "its rules were not read" in says(a_wall(undisclosed)).unknown[0]
    counting = packets((1, "Count", TO_WEB))
    assert says(a_wall(counting)).unknown == (f"{GROUP} priority 1: Count: what it does",)
    assert says(a_wall(stateless_defaults=())).unknown == (f"{POLICY} stateless default: what it does",)
    standard = {
        "Protocol": "TCP",
        "Source": "ANY",
        "SourcePort": "ANY",
        "Direction": "ANY",
        "Destination": "ANY",
        "DestinationPort": "ANY",
    }
    wrong_kind = a_group({"StatefulRules": [{"Action": "DROP", "Header": standard}]}, stateful=False)
    assert "not read" in says(a_wall(wrong_kind)).unknown[0]
    stateful_by_mistake = replace(a_text("drop tcp any any -> any any"), stateful=False)
    assert "not read" in says(a_wall(stateful_by_mistake)).unknown[0]


def test_both_engines_report_what_they_stop() -> None:
    """Ports that the stateless rules drop are not asked about again."""
    half = packets((1, DROP, {"SourcePorts": [{"FromPort": 1024, "ToPort": 32767}]}))
    found = says(a_wall(half, DROPPING, **STRICT))
    assert [(one.element_id, one.ports) for one in found.refusals] == [
        (GROUP, PortSet.of(1024, 32767)),
        ("arn:rulegroup/stateful", PortSet.of(32768, 65535)),
    ]
