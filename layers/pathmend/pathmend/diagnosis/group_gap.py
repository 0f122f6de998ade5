"""The security group rule that a blocked flow of the load balancer lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.diagnosis.finding import GroupGap
from pathmend.snapshot.protocols import number_of
from pathmend.snapshot.resources import SecurityGroupRule

if TYPE_CHECKING:
    from pathmend.network.flow import Blocker, Endpoint, Flow


def group_gap(flow: Flow, blocker: Blocker) -> GroupGap | None:
    """Return the smallest rule that lets the flow pass: this port, and the other end's group; None where it has none.

    An interface with several groups is let through by a rule in any of them: the one that the trace names gets it.
    Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html
    """
    egress = blocker.direction == "egress"
    peer = _group_of(flow.destination if egress else flow.source)
    if peer is None:
        return None
    protocol = number_of(flow.protocol) or flow.protocol
    return GroupGap(blocker.element_id, SecurityGroupRule(egress, protocol, (flow.port, flow.port), peer))


def _group_of(end: Endpoint) -> str | None:
    groups = end.interface.group_ids if end.interface else ()
    return groups[0] if groups else None
