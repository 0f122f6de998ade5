"""What was not read is unknown: it may overturn what would be found without it, so nothing is found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.diagnosis.needs import (
    PROFILE,
    TABLE,
    a_needy_workshop,
    found,
    needy,
    with_instances,
    with_tag,
    with_vpc,
)


@pytest.mark.parametrize("unread", [{}, {"DhcpOptions": "AccessDenied"}])
def test_a_resolver_that_is_off_is_no_fault_where_who_resolves_is_not_known(unread):
    """The DHCP options of the VPC were not read: they may name other servers, which answer all the same."""
    world = replace(with_vpc(a_needy_workshop(), dns_support=False, dhcp_options_id="dopt-1"), unread=unread)
    assert found(world) == ()
    assert "the DHCP options dopt-1 of vpc-workshop were not read" in " ".join(needy(world).dependencies_unknown)


def test_a_profile_that_was_not_read_is_not_called_the_wrong_one():
    """Whose role is not known may do all that is needed: that is unknown, and no finding."""
    world = with_instances(with_tag(a_needy_workshop(), TABLE), zones="b", profile_arn=f"{PROFILE}2")
    assert found(world) == ()
    assert f"instance profile {PROFILE}2 was not read" in needy(world).dependencies_unknown
