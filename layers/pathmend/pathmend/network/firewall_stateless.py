"""What a firewall's stateless rules do with the packets of one leg: pass, drop, or hand over to the stateful rules.

Source: https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-policy-processing.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pathmend.network.flow import Leg
from pathmend.network.packets import WITH_PORTS
from pathmend.network.ports import ALL_PORTS, NO_PORTS, PortSet
from pathmend.snapshot.parse_firewall import STATELESS_ACTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.network.firewall_book import Book, Packet
    from pathmend.network.firewall_match import Connection
    from pathmend.snapshot.firewall import StatelessRule
    from pathmend.snapshot.resources import Address, Network

_FLAGS = "its TCP flags"
_UNREAD = "its rules were not read"


class Sorted(NamedTuple):
    """What becomes of the packets with these ports of the client, and by which rule of which group or policy.

    An action that is None is not known; `why` says what is in doubt.
    """

    ports: PortSet
    action: str | None
    element_id: str
    label: str
    why: str = ""


def sort_packets(book: Book, connection: Connection, leg: Leg) -> Iterator[Sorted]:
    """Yield what the first rule that matches does, for all of the client's ports, each once."""
    left = connection.client_ports
    asked: list[tuple[Packet, PortSet]] = []
    for packet in book.packets:
        ports = _matching(packet.rule, connection, leg) & left
        why = _doubt(packet.rule)
        if ports and why:
            # Whatever follows, this rule may have decided before it.
            asked.append((packet, ports))
        elif ports:
            label = _label(packet.rule)
            yield from _settled(ports, _action(packet.rule), (packet.group_arn, label), asked)
            left -= ports
    if left:
        default = _first(book.policy.stateless_defaults)
        yield from _settled(left, default, (book.policy.arn, default or "stateless default"), asked)


def _settled(
    ports: PortSet, action: str | None, by: tuple[str, str], doubts: list[tuple[Packet, PortSet]]
) -> Iterator[Sorted]:
    """Yield the action where no doubtful rule ahead might have done something else."""
    for packet, hit in doubts:
        if packet.rule is None or _action(packet.rule) != action:
            if hit & ports:
                yield Sorted(hit & ports, None, packet.group_arn, _label(packet.rule), _doubt(packet.rule))
            ports -= hit
    if ports:
        yield Sorted(ports, action, *by, "" if action else "what it does")


def _doubt(rule: StatelessRule | None) -> str:
    if rule is None:
        return _UNREAD
    return _FLAGS if rule.flags else ""


def _label(rule: StatelessRule | None) -> str:
    return (
        "all rules" if rule is None else f"priority {rule.priority}: {_first(rule.actions) or ', '.join(rule.actions)}"
    )


def _action(rule: StatelessRule | None) -> str | None:
    return _first(rule.actions) if rule else None


def _first(actions: tuple[str, ...]) -> str | None:
    """Return what becomes of the packet; actions of one's own only publish a metric."""
    return next((one for one in actions if one in STATELESS_ACTIONS), None)


def _matching(rule: StatelessRule | None, connection: Connection, leg: Leg) -> PortSet:
    """Return the ports of the client for which the rule matches; TCP flags are not asked for."""
    if rule is None:
        return ALL_PORTS
    if rule.protocols and int(connection.protocol) not in rule.protocols:
        return NO_PORTS
    source = rule.sources, rule.source_ports
    target = rule.destinations, rule.destination_ports
    (client, own), (server, far) = (source, target) if leg is Leg.FORWARD else (target, source)
    if not _within(client, connection.client) or not _within(server, connection.server):
        return NO_PORTS
    if connection.protocol not in WITH_PORTS:
        return ALL_PORTS
    return _ports(own) if connection.port in _ports(far) else NO_PORTS


def _within(networks: tuple[Network, ...], address: Address) -> bool:
    return not networks or any(address in network for network in networks)


def _ports(ranges: tuple[tuple[int, int], ...]) -> PortSet:
    return PortSet.union(ranges) if ranges else ALL_PORTS
