"""The answer to "does X reach Y?": one traced flow per pair of ends, and what they come to together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from pathmend.network.flow import Verdict

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


@dataclass(frozen=True, slots=True)
class TracedFlow:
    """One flow between two ends, traced."""

    source: NamedEnd
    destination: NamedEnd
    trace: Trace


@dataclass(frozen=True, slots=True)
class Answer:
    """All flows that a question means; several where an end is a load balancer, one per node. Never empty."""

    source: str
    destination: str
    flows: tuple[TracedFlow, ...]

    @property
    def verdict(self) -> Verdict:
        """Return what all flows share; PARTIAL where some provably fail and others may not.

        A flow that is unknown makes the answer unknown, unless another is proven blocked.
        """
        verdicts = {flow.trace.verdict for flow in self.flows}
        if len(verdicts) == 1:
            return verdicts.pop()
        return Verdict.PARTIAL if verdicts & {Verdict.BLOCKED, Verdict.PARTIAL} else Verdict.UNKNOWN

    @property
    def open_ports(self) -> PortSet:
        """Return the source ports that work on every flow."""
        return reduce(lambda one, other: one & other, (flow.trace.open_ports for flow in self.flows))

    @property
    def unknown(self) -> tuple[str, ...]:
        """Return what the snapshot could not tell, each once."""
        return tuple(dict.fromkeys(why for flow in self.flows for why in flow.trace.unknown))

    @property
    def latent(self) -> tuple[Latent, ...]:
        """Return what is odd on the way and stops none of the flows, each once."""
        return tuple(dict.fromkeys(odd for flow in self.flows for odd in flow.trace.latent))
