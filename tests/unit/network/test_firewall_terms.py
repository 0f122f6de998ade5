"""Addresses and ports of firewall rules mean what Suricata and Network Firewall say they mean."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from pathmend.network.firewall_terms import Names, holds, is_any, negates, ports_of
from pathmend.network.ports import PortSet

NAMES = Names(
    {
        "HOME_NET": ("10.0.0.0/16", "!10.0.9.0/24"),
        "EXTERNAL_NET": ("![10.0.0.0/16]",),
        "@LIST": ("192.0.2.0/24",),
        "EMPTY": (),
        "LOOP": ("$LOOP",),
        "VIA": ("$EXTERNAL_NET",),
    },
    {"WEB": ("80", "8080:8090"), "LOOP": ("$LOOP",)},
)


@pytest.mark.parametrize(
    ("term", "address", "meant"),
    [
        ("any", "10.0.0.1", True),
        ("ANY", "2001:db8::1", True),
        ("10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("10.0.0.0/24", "10.0.0.200", True),
        ("10.0.0.0/24", "2001:db8::1", False),
        ("10.0.0.5-10.0.0.9", "10.0.0.7", True),
        ("10.0.0.5 - 10.0.0.9", "10.0.0.10", False),
        ("10.0.0.5-nine", "10.0.0.7", None),
        ("somewhere", "10.0.0.7", None),
        ("!10.0.0.0/24", "10.0.0.7", False),
        ("!$NOBODY", "10.0.0.7", None),
        ("[10.0.0.0/24, 10.0.1.0/24]", "10.0.1.7", True),
        ("[10.0.0.0/16,![10.0.1.0/24,10.0.2.0/24]]", "10.0.2.7", False),
        ("[!10.0.1.0/24,!10.0.2.0/24]", "10.0.3.7", True),
        ("[10.0.0.0/24,$NOBODY]", "10.0.0.7", True),
        ("[10.0.0.0/24,$NOBODY]", "10.0.1.7", None),
        ("[10.0.0.0/24,!$NOBODY]", "10.0.0.7", None),
        ("$HOME_NET", "10.0.1.7", True),
        ("$HOME_NET", "10.0.9.7", False),
        ("$EXTERNAL_NET", "198.51.100.7", True),
        ("$EXTERNAL_NET", "10.0.1.7", False),
        ("@LIST", "192.0.2.9", True),
        ("@GONE", "192.0.2.9", None),
        ("$EMPTY", "192.0.2.9", False),
        ("$LOOP", "192.0.2.9", None),
        ("!" * 20 + "any", "192.0.2.9", None),
    ],
)
def test_an_address_is_meant_or_not_or_nobody_knows(term: str, address: str, meant: object) -> None:
    """A name that is not defined leaves only what does not hang on it."""
    assert holds(term, ip_address(address), NAMES) is meant


@pytest.mark.parametrize(
    ("term", "ranges"),
    [
        ("any", ((0, 65535),)),
        ("80", ((80, 80),)),
        ("1024:", ((1024, 65535),)),
        (":1023", ((0, 1023),)),
        ("[80, 443:444]", ((80, 80), (443, 444))),
        ("!80", ((0, 79), (81, 65535))),
        ("![80,81]", ((0, 79), (82, 65535))),
        ("[1:100,!80]", ((1, 79), (81, 100))),
        ("[!80,!81]", ((0, 79), (82, 65535))),
        ("$WEB", ((80, 80), (8080, 8090))),
        ("[]", ()),
    ],
)
def test_ports_are_sets(term: str, ranges: tuple[tuple[int, int], ...]) -> None:
    """Exact, also where they except others."""
    assert ports_of(term, NAMES) == PortSet(ranges)


@pytest.mark.parametrize("term", ["http", "80:70", "70000", "$GONE", "!$GONE", "[80,$GONE]", "[!$GONE]", "$LOOP"])
def test_ports_that_are_none_are_unknown(term: str) -> None:
    """Never taken as none or all."""
    assert ports_of(term, NAMES) is None


def test_a_term_that_excepts_is_known_through_its_variables() -> None:
    """However deep they stand."""
    assert [negates(one, NAMES) for one in ("!10.0.0.1", "$VIA", "[10.0.0.1,$EXTERNAL_NET]")] == [True] * 3
    assert not any(negates(one, NAMES) for one in ("any", "10.0.0.1", "$NOBODY", "$LOOP", "@LIST"))
    assert (is_any(" Any "), is_any("$ANY")) == (True, False)
