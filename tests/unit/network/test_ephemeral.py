"""Rule 4: which ports a client sends from."""

from __future__ import annotations

import pytest

from pathmend.network.ephemeral import usual_source_ports
from pathmend.network.ports import LINUX_EPHEMERAL, LOAD_BALANCER_EPHEMERAL, WINDOWS_EPHEMERAL
from tests.builders import a_world, an_instance, an_interface


@pytest.mark.parametrize(("platform", "ports"), [("", LINUX_EPHEMERAL), ("windows", WINDOWS_EPHEMERAL)])
def test_rule_04_an_instance_sends_from_its_systems_range(platform, ports):
    """AWS names the platform of Windows alone."""
    world = a_world(an_instance(id="i-1", platform=platform))
    assert usual_source_ports(world, an_interface(instance_id="i-1")) == ports


def test_rule_04_all_others_may_send_from_any_port():
    """Load balancers, NAT gateways, the internet, and instances that were not read."""
    for interface in (None, an_interface(), an_interface(instance_id="i-unread")):
        assert usual_source_ports(a_world(), interface) == LOAD_BALANCER_EPHEMERAL
