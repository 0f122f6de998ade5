"""The walk along a flow's legs: asks each element, and keeps hops, blockers and what is unknown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from pathmend.network.flow import Blocker, Flow, Hop, Latent, Leg, Trace, Verdict
from pathmend.network.packets import WITH_PORTS, WITH_TYPES, icmp_ports
from pathmend.network.ports import ALL_PORTS, NO_PORTS, PortSet
from pathmend.snapshot.protocols import ICMP

if TYPE_CHECKING:
    from pathmend.network.acl import AclDecision, AclTable
    from pathmend.network.firewall import Inspected
    from pathmend.network.journey import Journey
    from pathmend.network.place import Place
    from pathmend.network.routing import Choice
    from pathmend.network.spans import Span
    from pathmend.snapshot.resources import NatGateway, NetworkInterface
    from pathmend.snapshot.world import Snapshot

# Echo request and reply, of ICMP and of ICMPv6.
_ECHO = {Leg.FORWARD: (8, 128), Leg.RETURN: (0, 129)}
_SHAPES = 64


class Stop(NamedTuple):
    """Where and why an element stops all of the flow."""

    code: str
    kind: str
    element_id: str
    rule: str | None = None
    direction: str | None = None
    subnet_id: str | None = None
    interface_id: str | None = None


class Piece(NamedTuple):
    """What one element says to flows of one shape: the same for all of them, so it is kept and used again."""

    hop: Hop
    open_ports: PortSet | None = None
    blockers: tuple[Blocker, ...] = ()
    gateway_ports: PortSet | None = None


class Gate(NamedTuple):
    """One direction of a subnet's ACL: its table, its name as a stop, what is odd in it, and what it said before."""

    table: AclTable
    where: Stop
    latent: tuple[Latent, ...]
    pieces: dict[tuple[bool, Span, PortSet | None], Piece]


Pieces: TypeAlias = "dict[tuple[object, ...], Piece]"
Gates: TypeAlias = "dict[tuple[str, bool], Gate]"
_Shape: TypeAlias = "tuple[str, int, PortSet]"


def _shapes(_: Snapshot) -> dict[_Shape, tuple[Pieces, Gates]]:
    return {}


@dataclass(slots=True)
class Walk:
    """What is found so far. Every element is asked about the whole flow, so that all blockers come out.

    `references` is whether security group references still know the source: they do not survive gateways that
    translate and appliances in between. `origin` and `end` are where source and destination stand, as far as that is
    known; `nats` are the NAT gateways on the way there, and `appliance` is the last interface that forwarded.
    `gateway_ports` are those that a NAT gateway may pick so that its replies come back. `inspected` are the connections
    whose replies a firewall endpoint, the key, must see too. `torn` is a table's choice that nobody can know;
    `crossed` are the decisions of transit gateways so far.
    """

    snapshot: Snapshot
    flow: Flow
    protocol: str
    pieces: Pieces
    gates: Gates
    forward: list[Hop]
    back: list[Hop]
    blockers: list[Blocker]
    unknown: list[str]
    latent: dict[Latent, None]
    open_ports: PortSet
    references: bool = True
    origin: Place | None = None
    end: Place | None = None
    nats: list[NatGateway] = field(default_factory=list)
    appliance: NetworkInterface | None = None
    gateway_ports: PortSet = ALL_PORTS
    inspected: dict[str, Inspected] = field(default_factory=dict)
    torn: Choice | None = None
    crossed: set[tuple[object, ...]] = field(default_factory=set)

    def hops(self, leg: Leg) -> list[Hop]:
        """Return the hops of a leg so far."""
        return self.forward if leg is Leg.FORWARD else self.back

    def add(self, piece: Piece) -> None:
        """Note what an element says."""
        hop, open_ports, blockers, gateway_ports = piece
        (self.forward if hop.leg is Leg.FORWARD else self.back).append(hop)
        if open_ports is not None:
            self.open_ports &= open_ports
            self.blockers += blockers
        if gateway_ports is not None:
            self.gateway_ports &= gateway_ports
            if not self.gateway_ports:
                self.open_ports = NO_PORTS

    def passes(self, leg: Leg, kind: str, element_id: str, *, rule: str | None = None) -> Piece:
        """Note an element that lets the whole flow pass."""
        key = leg is Leg.FORWARD, kind, element_id, rule
        piece = self.pieces.get(key)
        if piece is None:
            hop = Hop(kind, element_id, Verdict.OPEN, leg, rule, self.flow.source_ports)
            piece = self.pieces[key] = Piece(hop)
        self.add(piece)
        return piece

    def stops(self, leg: Leg, stop: Stop) -> None:
        """Note an element that stops the whole flow."""
        hop = Hop(stop.kind, stop.element_id, Verdict.BLOCKED, leg, stop.rule, NO_PORTS)
        self.add(Piece(hop, NO_PORTS, (_blocker(leg, stop, self.flow.source_ports),)))

    def cannot_tell(self, leg: Leg, kind: str, element_id: str, *, why: str) -> None:
        """Note an element of which the snapshot does not say enough."""
        self.hops(leg).append(Hop(kind, element_id, Verdict.UNKNOWN, leg, None, self.flow.source_ports))
        self.unknown.append(why)

    def ports(self, leg: Leg) -> PortSet:
        """Return the destination ports of the flow's packets on this leg; replies go to the flow's source ports."""
        if self.protocol in WITH_PORTS:
            return PortSet(((self.flow.port, self.flow.port),)) if leg is Leg.FORWARD else self.flow.source_ports
        if self.protocol in WITH_TYPES:
            return icmp_ports(_ECHO[leg][self.protocol != ICMP], 0)
        return ALL_PORTS

    def acl_piece(self, journey: Journey, decisions: tuple[AclDecision, ...], where: Stop) -> Piece:
        """Return what an ACL's decisions mean for the flow; `where` names the ACL, its subnet and the direction."""
        leg = journey.leg
        denies = [decision for decision in decisions if not decision.allowed]
        blocked, blockers = NO_PORTS, []
        for deny in denies:
            part = self._share(leg, deny.ports)
            blockers.append(_blocker(leg, where._replace(rule=deny.rule), part))
            blocked |= part
        passing = None
        if journey.ports is None:
            left = self.flow.source_ports - blocked
        else:
            # A NAT gateway picks ports of its own: only when it has none left is every source port hit.
            passing = journey.ports - blocked
            left = self.flow.source_ports if passing else NO_PORTS
        verdict = Verdict.OPEN if not denies else Verdict.PARTIAL if left else Verdict.BLOCKED
        rule = ", ".join(decision.rule for decision in denies or decisions)
        hop = Hop("network-acl", where.element_id, verdict, leg, rule, left)
        return Piece(hop, left if denies else None, tuple(blockers), passing)

    def _share(self, leg: Leg, denied: PortSet) -> PortSet:
        """Return the source ports that a denial hits: on the way there, and without ports, it hits them all."""
        if leg is Leg.RETURN and self.protocol in WITH_PORTS:
            return denied
        return self.flow.source_ports

    def circles(self, leg: Leg, stop: Stop) -> None:
        """Note that the leg has come back to where it was: lost for good, unless something unknown lies in between."""
        if any(hop.verdict is Verdict.UNKNOWN for hop in self.hops(leg)):
            self.cannot_tell(leg, stop.kind, stop.element_id, why=f"the {leg.value} leg goes round in circles")
        else:
            self.stops(leg, stop)

    def trace(self) -> Trace:
        """Return the finished answer."""
        self.unknown += [one.one_sided for one in self.inspected.values() if one.one_sided]
        return Trace(
            self.flow,
            self._verdict(),
            tuple(self.forward),
            tuple(self.back),
            tuple(self.blockers),
            tuple(dict.fromkeys(self.unknown)) if self.unknown else (),
            self.open_ports,
            tuple(self.latent),
            self.gateway_ports,
        )

    def _verdict(self) -> Verdict:
        if self.blockers:
            return Verdict.PARTIAL if self.open_ports else Verdict.BLOCKED
        return Verdict.UNKNOWN if self.unknown else Verdict.OPEN


def start(snapshot: Snapshot, flow: Flow, protocol: str) -> Walk:
    """Return a walk of which nothing is known yet, all of the flow's ports open."""
    shapes = snapshot.derived(_shapes)
    shape = protocol, flow.port, flow.source_ports
    known = shapes.get(shape)
    if known is None:
        if len(shapes) >= _SHAPES:
            shapes.clear()
        known = shapes[shape] = ({}, {})
    return Walk(snapshot, flow, protocol, *known, [], [], [], [], {}, flow.source_ports)


def _blocker(leg: Leg, stop: Stop, blocked: PortSet) -> Blocker:
    return Blocker(
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
