"""Small words about resources: entries said aloud, relations of networks, figures as values."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

import pytest

from pathmend.snapshot.acl_words import describe, direction
from pathmend.snapshot.figures import Figure, MetricQuery
from pathmend.snapshot.networks import contains, is_private
from tests.builders import allow_tcp, an_acl_entry


def test_an_entry_is_said_in_words() -> None:
    """One port, a range, all of them, and none at all."""
    assert describe(allow_tcp(1, "10.0.0.0/16", (80, 80))) == "allow TCP 80 from 10.0.0.0/16"
    assert describe(allow_tcp(1, "10.0.0.0/16", (80, 81), egress=True)) == "allow TCP 80-81 to 10.0.0.0/16"
    assert describe(an_acl_entry(1, protocol="47", action="deny")) == "deny protocol 47 from 0.0.0.0/0"
    assert describe(None) == "no rule"
    assert [direction(egress=egress) for egress in (True, False)] == ["egress", "ingress"]


@pytest.mark.parametrize(
    ("outer", "inner", "holds"),
    [
        ("10.0.0.0/8", "10.1.0.0/16", True),
        ("10.1.0.0/16", "10.0.0.0/8", False),
        ("::/0", "fd00::/8", True),
        ("::/0", "10.0.0.0/8", False),
    ],
)
def test_networks_contain_others_of_their_version(outer: str, inner: str, *, holds: bool) -> None:
    """Two versions have nothing in common."""
    assert contains(ip_network(outer), ip_network(inner)) is holds


def test_private_networks_are_those_that_the_internet_does_not_route() -> None:
    """The documentation ranges are not among them."""
    assert [is_private(ip_network(one)) for one in ("10.9.0.0/16", "198.51.100.0/24", "fd00::/8")] == [
        True,
        False,
        True,
    ]


def test_a_figure_is_a_value() -> None:
    """Equal when all of it is."""
    figure = Figure(MetricQuery("AWS/EC2", "CPUUtilization", (), "Average", "i-1"), 1.0, 300)
    assert figure == replace(figure)
    assert figure != replace(figure, value=None)
