"""The answer to "does X reach Y?": one traced flow per pair of ends, and what they come to together."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import reduce
from typing import TYPE_CHECKING

from pathmend.network.flow import Verdict
from pathmend.network.ports import NO_PORTS

if TYPE_CHECKING:
    from pathmend.network.flow import Latent, Trace
    from pathmend.network.ports import PortSet
    from pathmend.snapshot.resources import Address


@dataclass(frozen=True, slots=True)
class NamedEnd:
    """One end of a flow for a person: the word it was asked by and what that word turned out to be.

    `address` is None for a service, whose addresses are those of a prefix list: `prefix_list`.
    """

    name: str
    address: Address | None
    interface: str | None = None
    subnet: str | None = None
    vpc: str | None = None
    prefix_list: str | None = None


class Role(Enum):
    """What a flow is for in the work of a load balancer."""

    CLIENT_TO_NODE = "client_to_node"
    NODE_TO_TARGET = "node_to_target"
    HEALTH_CHECK = "health_check"


@dataclass(frozen=True, slots=True)
class Part:
    """A flow's part in the work of a load balancer: its role, and the node (an interface) that it comes to or leaves.

    Of a client's flow, `listener` is what takes it, and `target_groups` are what that forwards to; of a node's,
    `target` and `target_group` are where it goes, and `kept_client` is the address that the target sees in place of the
    node's. Listeners and groups are named by their ARNs.
    """

    role: Role
    node: str
    listener: str | None = None
    target_groups: tuple[str, ...] = ()
    target: str | None = None
    target_group: str | None = None
    kept_client: Address | None = None


@dataclass(frozen=True, slots=True)
class TracedFlow:
    """One flow between two ends, traced; `part` is None where it is no load balancer's."""

    source: NamedEnd
    destination: NamedEnd
    trace: Trace
    part: Part | None = None

    @property
    def role(self) -> Role | None:
        """Return the role of the flow in the work of a load balancer."""
        return self.part.role if self.part else None

    @property
    def is_blocked(self) -> bool:
        """Say whether none of it passes."""
        return self.trace.verdict is Verdict.BLOCKED


@dataclass(frozen=True, slots=True)
class Answer:
    """All flows that a question means, first those from what was asked as the source. Never empty.

    Several where an end is a load balancer: one per node, and those to its targets. `notes` say in words what needs no
    flow. `unread` are the kinds that could not be read, and why.
    """

    source: str
    destination: str
    flows: tuple[TracedFlow, ...]
    notes: tuple[str, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()

    @property
    def leading(self) -> tuple[TracedFlow, ...]:
        """Return the flows from what was asked as the source; the others are a load balancer's own."""
        return tuple(flow for flow in self.flows if flow.role is self.flows[0].role)

    @property
    def verdict(self) -> Verdict:
        """Return what all flows share; BLOCKED also where no way leads to the end; PARTIAL where only some fail.

        A client's way leads through a node to one of its targets: it is blocked when it does not reach the node, and
        when the node reaches none of them. A health check that fails is no end of the way. A flow that is unknown makes
        the answer unknown, unless another is proven blocked.
        """
        verdicts = {flow.trace.verdict for flow in self.flows}
        if len(verdicts) == 1:
            return verdicts.pop()
        if verdicts & {Verdict.BLOCKED, Verdict.PARTIAL}:
            return Verdict.BLOCKED if all(self._ends_here(flow) for flow in self.leading) else Verdict.PARTIAL
        return Verdict.UNKNOWN

    def _ends_here(self, flow: TracedFlow) -> bool:
        """Say whether nothing that takes this flow gets through."""
        behind = [one for one in self.flows if _carries_on(flow, one)]
        return flow.is_blocked or (bool(behind) and all(one.is_blocked for one in behind))

    @property
    def open_ports(self) -> PortSet:
        """Return the source ports that work on every flow from what was asked as the source; none when all is blocked.

        A node sends to its targets from ports of its own.
        """
        if self.verdict is Verdict.BLOCKED:
            return NO_PORTS
        return reduce(lambda one, other: one & other, (flow.trace.open_ports for flow in self.leading))

    @property
    def unknown(self) -> tuple[str, ...]:
        """Return what the snapshot could not tell, each once."""
        return tuple(dict.fromkeys(why for flow in self.flows for why in flow.trace.unknown))

    @property
    def latent(self) -> tuple[Latent, ...]:
        """Return what is odd on the way and stops none of the flows, each once."""
        return tuple(dict.fromkeys(odd for flow in self.flows for odd in flow.trace.latent))


def _carries_on(flow: TracedFlow, other: TracedFlow) -> bool:
    """Say whether the other flow is how a node passes on what it takes from this one."""
    part, next_part = flow.part, other.part
    if part is None or next_part is None or part.role is not Role.CLIENT_TO_NODE:
        return False
    if next_part.role is not Role.NODE_TO_TARGET or part.node != next_part.node:
        return False
    return next_part.target_group is None or next_part.target_group in part.target_groups
