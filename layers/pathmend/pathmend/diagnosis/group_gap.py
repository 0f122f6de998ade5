"""The security group rule that a blocked flow of the load balancer lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.diagnosis.finding import GroupGap
from pathmend.snapshot.protocols import number_of
from pathmend.snapshot.resources import SecurityGroupRule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pathmend.network.flow import Blocker, Flow
    from pathmend.snapshot.world import Snapshot


def group_gap(snapshot: Snapshot, flow: Flow, blocker: Blocker) -> GroupGap | None:
    """Return the smallest rule that lets the flow pass: this port, and the other end's group; None where it has none.

    An interface with several groups is let through by a rule in any of them: the one that the trace names gets it.
    Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html
    """
    egress = blocker.direction == "egress"
    end = flow.destination if egress else flow.source
    peer = narrowest_group(snapshot, end.interface.group_ids if end.interface else ())
    if peer is None:
        return None
    protocol = number_of(flow.protocol) or flow.protocol
    return GroupGap(blocker.element_id, SecurityGroupRule(egress, protocol, (flow.port, flow.port), peer))


def narrowest_group(snapshot: Snapshot, group_ids: Iterable[str]) -> str | None:
    """Return the group that the fewest interfaces carry, as all of them would be let in, or led to; the first of some.

    None where there is no group.
    """
    return min(group_ids, key=lambda one: len(snapshot.addresses_of_group(one)), default=None)
