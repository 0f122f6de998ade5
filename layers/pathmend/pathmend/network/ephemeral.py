"""The ports that a client sends from, by what it runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.network.ports import LINUX_EPHEMERAL, LOAD_BALANCER_EPHEMERAL, WINDOWS_EPHEMERAL

if TYPE_CHECKING:
    from pathmend.network.ports import PortSet
    from pathmend.snapshot.resources import NetworkInterface
    from pathmend.snapshot.world import Snapshot

WINDOWS = "windows"


def usual_source_ports(snapshot: Snapshot, interface: NetworkInterface | None) -> PortSet:
    """Return the default range of an instance's operating system, and 1024-65535 for everything else.

    AWS names the platform of Windows instances only; all others have the Linux kernel's range. Load balancers, NAT
    gateways, Lambda, and whatever is outside, may use any port from 1024.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html (ephemeral ports)
    """
    instance = snapshot.instances.get(interface.instance_id or "") if interface else None
    if instance is None:
        return LOAD_BALANCER_EPHEMERAL
    return WINDOWS_EPHEMERAL if instance.platform == WINDOWS else LINUX_EPHEMERAL
