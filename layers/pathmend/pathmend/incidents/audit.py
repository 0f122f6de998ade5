"""Audit: ask for a diagnosis of every load balancer, alarm or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathmend.incidents.ports import Ports


def audit(ports: Ports) -> int:
    """Ask for a diagnosis of each application load balancer and return how many there are.

    Raises:
        TemporaryError: AWS throttled.
    """
    load_balancers = ports.world.load_balancers()
    ports.audit_requests.request(load_balancers)
    return len(load_balancers)
