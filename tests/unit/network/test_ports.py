"""Port sets obey the algebra of sets."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given

from pathmend.network.ports import ALL_PORTS, LINUX_EPHEMERAL, LOAD_BALANCER_EPHEMERAL, NO_PORTS, PortSet
from tests.unit.network.strategies import packet_ports, port_sets


@given(port_sets, port_sets, packet_ports)
def test_union_intersection_difference_and_complement_are_those_of_sets(one: PortSet, two: PortSet, port: int) -> None:
    """Port by port."""
    assert (port in one | two) == (port in one or port in two)
    assert (port in one & two) == (port in one and port in two)
    assert (port in one - two) == (port in one and port not in two)
    assert (port in one.complement()) == (port not in one)


@given(port_sets, port_sets)
def test_equal_sets_are_equal_values(one: PortSet, two: PortSet) -> None:
    """There is one way to write a set: sorted ranges that do not touch."""
    assert (one - two) | (one & two) == one
    assert one & two == two & one
    for left, right in pairwise(one.ranges):
        assert left[1] + 1 < right[0]


@given(port_sets, port_sets)
def test_counts_add_up(one: PortSet, two: PortSet) -> None:
    """Inclusion and exclusion."""
    assert (one | two).count() == one.count() + two.count() - (one & two).count()


def test_sets_read_well() -> None:
    """As people write ports."""
    assert str(PortSet.union([(443, 443), (1024, 32767)])) == "443, 1024-32767"
    assert str(NO_PORTS) == "none"
    assert list(PortSet.of(80)) == [(80, 80)]
    assert not NO_PORTS
    assert ALL_PORTS.count() == 65536
    assert ALL_PORTS.complement() == NO_PORTS


def test_rule_04_the_share_of_ephemeral_ports_is_counted_on_the_whole_range() -> None:
    """Fault 3 drops 31,744 of the load balancer's 64,512 ports, though none of a Linux client's."""
    allowed = PortSet.of(32768, 65535)
    assert (LOAD_BALANCER_EPHEMERAL - allowed).count() == 31744
    assert LOAD_BALANCER_EPHEMERAL.count() == 64512
    assert not LINUX_EPHEMERAL - allowed


@pytest.mark.parametrize("ends", [(80, 79), (-1, 5), (0, 65536)])
def test_what_is_no_range_is_refused(ends: tuple[int, int]) -> None:
    """Silence would open or close something."""
    with pytest.raises(ValueError, match="is not a port range"):
        PortSet.of(*ends)
