"""Every explanation code that the model uses has words and a cure."""

from __future__ import annotations

import re
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

import pathmend.network
from pathmend.channels.trace_words import cure, what_blocks
from pathmend.network.flow import Blocker, Endpoint, Flow, Leg
from pathmend.network.ports import LOAD_BALANCER_EPHEMERAL

FLOW = Flow(Endpoint(ip_address("10.0.1.10")), Endpoint(ip_address("10.0.2.20")), "tcp", 443)
_ROOM = Path(pathmend.network.__file__).parent
_CODE = re.compile(r'"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"')
# Names of protocols, and codes of oddities, which bring words of their own.
_OTHERS = {
    "HTTP_HOST",
    "TLS_SNI",
    "HOME_NET",
    "EXTERNAL_NET",
    "TCP_UDP",
    "TCP_QUIC",
    "DNS_ATTRIBUTE_OFF",
    "METADATA_OPTION",
}
CODES = sorted({code for path in _ROOM.glob("*.py") for code in _CODE.findall(path.read_text("utf-8"))} - _OTHERS)


def a_blocker(code: str, **overrides: Any) -> Blocker:
    """Return a blocker at an element on the way there."""
    fields = {"kind": "network-acl", "element_id": "acl-1", "leg": Leg.FORWARD, "direction": "ingress", "rule": None}
    places = {"subnet_id": "subnet-1", "interface_id": None, "blocked_ports": LOAD_BALANCER_EPHEMERAL}
    return Blocker(**{"code": code, **fields, **places, **overrides})


@pytest.mark.parametrize("code", CODES)
def test_each_code_of_the_model_has_words(code: str) -> None:
    """What the model can say, a person can read: no code falls through to the sentence for unknown ones."""
    blocker = a_blocker(code, rule="10.0.0.0/8")
    assert f"({code})" not in what_blocks(blocker, FLOW)
    assert "VPC Reachability Analyzer" not in cure(blocker, FLOW)


def test_the_codes_of_the_model_are_really_looked_at() -> None:
    """The test above would pass on nothing."""
    assert {"SUBNET_ACL_RESTRICTION", "NO_ROUTE_TO_DESTINATION", "ENI_SG_RULES_MISMATCH"} <= set(CODES)


def test_of_all_protocols_it_is_not_said_which() -> None:
    """A blocker of any protocol does not name its own."""
    blocker = a_blocker("SUBNET_ACL_RESTRICTION", rule="*")
    said = what_blocks(blocker, replace(FLOW, protocol="all"))
    assert said == "acl-1 drops ingress traffic of some protocol from 10.0.1.10: no rule allows it (rule *)"


def test_an_unknown_code_is_passed_on() -> None:
    """A person can look it up."""
    blocker = a_blocker("SOMETHING_NEW", leg=Leg.RETURN)
    assert what_blocks(blocker, FLOW) == "network acl acl-1 stops the reply (SOMETHING_NEW)"
    assert "look SOMETHING_NEW up" in cure(blocker, FLOW)


@pytest.mark.parametrize(
    ("leg", "direction", "expected"),
    [
        (Leg.FORWARD, "egress", "egress tcp 443 to 10.0.2.20"),
        (Leg.FORWARD, "ingress", "ingress tcp 443 from 10.0.1.10"),
        (Leg.RETURN, "egress", "egress tcp 1024-65535 to 10.0.1.10"),
        (Leg.RETURN, "ingress", "ingress tcp 1024-65535 from 10.0.2.20"),
    ],
)
def test_the_peer_is_the_one_that_the_acl_sees(leg: Leg, direction: str, expected: str) -> None:
    """Requests are told by their destination port, replies by the client's ports."""
    blocker = a_blocker("SUBNET_ACL_RESTRICTION", leg=leg, direction=direction, rule="*")
    assert what_blocks(blocker, FLOW) == f"acl-1 drops {expected}: no rule allows it (rule *)"
