"""What a firewall's stateful rules do with a connection, packet by packet, on sets of the client's ports.

A rule that passes judges the whole connection where it speaks of an application or only of addresses, and single
packets otherwise. A rule that is in doubt counts only where it would change the answer.

Source: https://docs.aws.amazon.com/network-firewall/latest/developerguide/suricata-rule-evaluation-order.html and
https://docs.suricata.io/en/latest/rules/rule-types.html (the scope of actions)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from pathmend.network.firewall_match import (
    OTHER_STAGES,
    TCP_STAGES,
    Connection,
    Hit,
    Stage,
    excepts_addresses,
    hits,
    is_of_application,
    is_plain,
)
from pathmend.network.firewall_rules import DROP, PASS, REJECT, Rule
from pathmend.network.flow import Leg
from pathmend.network.ports import PortSet
from pathmend.snapshot.protocols import TCP

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pathmend.network.firewall_book import Book

GROUP, POLICY = "firewall-rule-group", "firewall-policy"
_DROPS = "aws:drop_"
_STRICT, _ESTABLISHED = "aws:drop_strict", "aws:drop_established"
_APPLICATION_LAYER, _TO_SERVER = "aws:drop_established_app_layer", "aws:drop_established_app_layer_to_server"
_MOST_ROUNDS = 20


class Refusal(NamedTuple):
    """Packets of a leg are dropped for these ports of the client, by a rule of a group or a policy's default."""

    leg: Leg
    ports: PortSet
    kind: str
    element_id: str
    label: str


class Note(NamedTuple):
    """A rule may decide by what the connection carries, which was not asked about."""

    element_id: str
    label: str
    drops: bool


@dataclass(frozen=True, slots=True)
class Findings:
    """What the rules say of some of the client's ports; without anything they pass."""

    refusals: tuple[Refusal, ...] = ()
    unknown: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()

    def __add__(self, other: Findings) -> Findings:
        return Findings((*self.refusals, *other.refusals), (*self.unknown, *other.unknown), (*self.notes, *other.notes))

    @property
    def blocked(self) -> PortSet:
        """Return the ports of which packets are dropped."""
        return PortSet.union(span for one in self.refusals for span in one.ports)


_PASSES = Findings()


class _Ruling(NamedTuple):
    """The first rule that surely matches (None: the default), and those ahead of it that may."""

    ports: PortSet
    rule: Rule | None
    doubts: tuple[tuple[Rule, Hit], ...]


def judge(book: Book, connection: Connection) -> Findings:
    """Return all that stops the connection: also what would, were the rules that do so first not there."""
    found = _certain(book, connection, frozenset())
    without: frozenset[tuple[str, str]] = frozenset()
    following = found
    for _ in range(_MOST_ROUNDS):
        deciding = {(one.element_id, one.label) for one in following.refusals if one.kind == GROUP}
        if not deciding:
            break
        without |= deciding
        following = _certain(book, connection, without)
        found = Findings((*found.refusals, *following.refusals), found.unknown, found.notes)
    return found


def _certain(book: Book, connection: Connection, without: frozenset[tuple[str, str]]) -> Findings:
    """Return what holds whether or not rules that except addresses judge whole connections.

    Network Firewall's documentation says that they judge packets, the engine's that they judge connections.
    """
    rules = tuple(rule for rule in book.rules if (rule.group_arn, rule.label) not in without)
    found = _Course(book, connection, rules, whole=True).found()
    either = next((rule for rule in rules if is_plain(rule) and excepts_addresses(rule)), None)
    if either is None:
        return found
    other = _Course(book, connection, rules, whole=False).found()
    if (found.blocked, found.unknown) == (other.blocked, other.unknown):
        return found
    why = f"{either.group_arn} {either.label}: whether it judges the whole connection or single packets"
    return Findings(unknown=tuple(dict.fromkeys((*found.unknown, *other.unknown, why))))


@dataclass(slots=True)
class _Course:
    """The connection's packets, one after the other, through the rules."""

    book: Book
    connection: Connection
    rules: tuple[Rule, ...]
    whole: bool
    known: dict[tuple[int, PortSet], Findings] = field(default_factory=dict)

    def found(self) -> Findings:
        """Return what the rules say of all of the client's ports."""
        return self._from(0, self.connection.client_ports)

    @property
    def _stages(self) -> tuple[Stage, ...]:
        return TCP_STAGES if self.connection.protocol == TCP else OTHER_STAGES

    def _from(self, index: int, ports: PortSet) -> Findings:
        """Return what becomes of the connection from this packet on."""
        if index == len(self._stages):
            return _PASSES
        found = self.known.get((index, ports))
        if found is None:
            found = _PASSES
            for ruling in self._rulings(self._stages[index], ports):
                found += self._settled(index, ruling)
            self.known[index, ports] = found
        return found

    def _rulings(self, stage: Stage, ports: PortSet) -> Iterator[_Ruling]:
        open_pieces: list[tuple[PortSet, tuple[tuple[Rule, Hit], ...]]] = [(ports, ())]
        for rule in self.rules:
            for hit in self._hits(rule, stage):
                pieces, open_pieces = open_pieces, []
                for left, doubts in pieces:
                    met = hit.ports & left
                    open_pieces += [(rest, doubts) for rest in [left - met] if rest]
                    if met and (hit.doubts or hit.asks):
                        open_pieces.append((met, (*doubts, (rule, hit))))
                    elif met:
                        yield _Ruling(met, rule, doubts)
        for left, doubts in open_pieces:
            yield _Ruling(left, None, doubts)

    def _hits(self, rule: Rule, stage: Stage) -> Iterable[Hit]:
        # Rules of nothing but addresses are asked about the first packet of each side only.
        return () if self._is_asked_first(rule) and not stage.first else hits(rule, self.connection, stage)

    def _is_asked_first(self, rule: Rule) -> bool:
        return is_plain(rule) and (self.whole or not excepts_addresses(rule))

    def _settled(self, index: int, ruling: _Ruling) -> Findings:
        """Return what follows from a ruling, weighed against what the doubtful rules ahead of it would do."""
        found = self._outcome(index, ruling.rule, ruling.ports)
        unknown, notes = list(found.unknown), list(found.notes)
        for rule, hit in ruling.doubts:
            other = self._outcome(index, rule, ruling.ports)
            if other.blocked == found.blocked and (found.unknown or not other.unknown):
                continue
            if hit.asks and self.connection.application is None:
                notes.append(Note(rule.group_arn, rule.label, rule.action != PASS))
            else:
                unknown.append(_why(rule, hit))
        if len(unknown) > len(found.unknown):
            return Findings(unknown=tuple(dict.fromkeys(unknown)))
        if len(notes) > len(found.notes):
            # The connection is opened all the same; what is dropped is what it carries.
            return Findings(unknown=found.unknown, notes=tuple(dict.fromkeys(notes)))
        return found

    def _outcome(self, index: int, rule: Rule | None, ports: PortSet) -> Findings:
        """Return what follows where the rule, or else the default, decides about the packet."""
        if rule is None:
            return self._by_default(index, ports)
        if rule.action in (DROP, REJECT):
            return Findings((Refusal(self._stages[index].leg, ports, GROUP, rule.group_arn, rule.label),))
        if rule.action != PASS:
            return Findings(unknown=(f"{rule.group_arn} {rule.label}: what {rule.action or 'it'} does",))
        judges_connection = is_of_application(rule) or self._is_asked_first(rule)
        return _PASSES if judges_connection else self._from(index + 1, ports)

    def _by_default(self, index: int, ports: PortSet) -> Findings:
        policy, stage = self.book.policy, self._stages[index]
        # Rules that are asked by their action have no default: what none of them stops goes on.
        default = next((one for one in policy.stateful_defaults if one.startswith(_DROPS)), None)
        drops = _drops(default, stage, self.connection.protocol) if default and policy.strict else False
        if drops is None:
            return Findings(unknown=(f"{policy.arn} {default}: whether it drops the {_PACKETS[stage.leg]}",))
        if drops:
            return Findings((Refusal(stage.leg, ports, POLICY, policy.arn, str(default)),))
        return self._from(index + 1, ports)


_PACKETS = {Leg.FORWARD: "request", Leg.RETURN: "reply"}


def _drops(default: str, stage: Stage, protocol: str) -> bool | None:
    """Return whether the default drops a packet that no rule speaks of; None where AWS does not say so clearly."""
    if default == _STRICT:
        return True
    if default not in (_ESTABLISHED, _APPLICATION_LAYER, _TO_SERVER):
        return None
    if protocol != TCP:
        return True
    if not stage.established:
        return False
    if stage.leg is Leg.FORWARD:
        return True
    return None if default == _APPLICATION_LAYER else False


def _why(rule: Rule, hit: Hit) -> str:
    doubts = ", ".join(hit.doubts) or "what it carries inside TLS"
    return f"{rule.group_arn} {rule.label}: {doubts}"
