"""The walk along a flow's legs: asks each element, and keeps hops, blockers and what is unknown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pathmend.network import acl as acls
from pathmend.network.flow import Blocker, Flow, Hop, Leg, Trace, Verdict
from pathmend.network.packets import WITH_PORTS, WITH_TYPES, Packets, icmp_ports
from pathmend.network.ports import ALL_PORTS, NO_PORTS, PortSet
from pathmend.snapshot.protocols import ICMP

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Address, NetworkAcl

# Echo request and reply, of ICMP and of ICMPv6.
_ECHO = {Leg.FORWARD: (8, 128), Leg.RETURN: (0, 129)}


@dataclass(frozen=True, slots=True)
class Stop:
    """Where and why an element stops all of the flow."""

    code: str
    kind: str
    element_id: str
    rule: str | None = None
    direction: str | None = None
    subnet_id: str | None = None
    interface_id: str | None = None


@dataclass(slots=True)
class Walk:
    """What is found so far. Every element is asked about the whole flow, so that all blockers come out."""

    flow: Flow
    protocol: str
    hops: dict[Leg, list[Hop]] = field(default_factory=lambda: {Leg.FORWARD: [], Leg.RETURN: []})
    blockers: list[Blocker] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    open_ports: PortSet = ALL_PORTS

    def __post_init__(self) -> None:
        """Start with all of the flow's ports open."""
        self.open_ports = self.flow.source_ports

    def passes(self, leg: Leg, kind: str, element_id: str, *, rule: str | None = None) -> None:
        """Note an element that lets the whole flow pass."""
        self.hops[leg].append(Hop(kind, element_id, Verdict.OPEN, leg, rule, self.flow.source_ports))

    def stops(self, leg: Leg, stop: Stop) -> None:
        """Note an element that stops the whole flow."""
        ports = self.flow.source_ports
        self.hops[leg].append(Hop(stop.kind, stop.element_id, Verdict.BLOCKED, leg, stop.rule, NO_PORTS))
        self._block(leg, stop, blocked=ports)
        self.open_ports = NO_PORTS

    def cannot_tell(self, leg: Leg, kind: str, element_id: str, *, why: str) -> None:
        """Note an element of which the snapshot does not say enough."""
        self.hops[leg].append(Hop(kind, element_id, Verdict.UNKNOWN, leg, None, self.flow.source_ports))
        self.unknown.append(why)

    def _block(self, leg: Leg, stop: Stop, *, blocked: PortSet) -> None:
        self.blockers.append(
            Blocker(
                code=stop.code,
                kind=stop.kind,
                element_id=stop.element_id,
                leg=leg,
                direction=stop.direction,
                rule=stop.rule,
                subnet_id=stop.subnet_id,
                interface_id=stop.interface_id,
                blocked_ports=blocked,
            )
        )

    def packets(self, leg: Leg, peer: Address, *, egress: bool) -> Packets:
        """Return what a filter sees of the flow on this leg; replies go to the flow's source ports."""
        if self.protocol in WITH_TYPES:
            ports = icmp_ports(_ECHO[leg][self.protocol != ICMP], 0)
        elif self.protocol in WITH_PORTS:
            ports = PortSet.of(self.flow.port) if leg is Leg.FORWARD else self.flow.source_ports
        else:
            ports = ALL_PORTS
        return Packets(egress, self.protocol, peer, ports)

    def ask_acl(self, leg: Leg, acl: NetworkAcl, packets: Packets, *, subnet_id: str) -> None:
        """Ask a subnet's network ACL."""
        decisions = acls.decide(acl, packets)
        denies = [decision for decision in decisions if not decision.allowed]
        direction = "egress" if packets.egress else "ingress"
        blocked = NO_PORTS
        for deny in denies:
            part = self._share(leg, deny.ports)
            stop = Stop("SUBNET_ACL_RESTRICTION", "network-acl", acl.id, deny.rule, direction, subnet_id)
            self._block(leg, stop, blocked=part)
            blocked |= part
        # A NAT gateway picks ports of its own: only when it has none left is every source port hit.
        left = self.flow.source_ports - blocked if len(denies) < len(decisions) else NO_PORTS
        verdict = Verdict.OPEN if not denies else Verdict.PARTIAL if left else Verdict.BLOCKED
        rule = ", ".join(decision.rule for decision in denies or decisions)
        self.hops[leg].append(Hop("network-acl", acl.id, verdict, leg, rule, left))
        self.open_ports &= left

    def _share(self, leg: Leg, denied: PortSet) -> PortSet:
        """Return the source ports that a denial hits: on the way there, and without ports, it hits them all."""
        if leg is Leg.RETURN and self.protocol in WITH_PORTS:
            return denied
        return self.flow.source_ports

    def trace(self) -> Trace:
        """Return the finished answer."""
        return Trace(
            flow=self.flow,
            verdict=self._verdict(),
            forward=tuple(self.hops[Leg.FORWARD]),
            back=tuple(self.hops[Leg.RETURN]),
            blockers=tuple(self.blockers),
            unknown=tuple(dict.fromkeys(self.unknown)),
            open_ports=self.open_ports,
        )

    def _verdict(self) -> Verdict:
        if self.blockers:
            return Verdict.PARTIAL if self.open_ports else Verdict.BLOCKED
        return Verdict.UNKNOWN if self.unknown else Verdict.OPEN
