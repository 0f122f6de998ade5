"""Which addresses and protocols the rules of network firewalls tell apart from others."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import TYPE_CHECKING

from pathmend.network.firewall_book import Book, book_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.network.firewall_rules import Rule
    from pathmend.snapshot.resources import Network
    from pathmend.snapshot.world import Snapshot

_NETWORK = re.compile(r"[0-9A-Fa-f.:]+(?:/\d+)?")


def networks_named(snapshot: Snapshot) -> Iterator[Network]:
    """Yield every network that a firewall's rule names, be it to except it."""
    for book in _books(snapshot):
        for packet in book.packets:
            if packet.rule is not None:
                yield from (*packet.rule.sources, *packet.rule.destinations)
        for term in {term for rule in book.rules for term in _terms(rule)}:
            yield from _networks(term)


def protocols_named(snapshot: Snapshot) -> Iterator[str]:
    """Yield every protocol, as a number, that a firewall's rule asks for by its number or name."""
    for book in _books(snapshot):
        for packet in book.packets:
            yield from map(str, packet.rule.protocols if packet.rule else ())
        for rule in book.rules:
            yield from (number for number, _ in rule.conditions.ip_protocols)


def _books(snapshot: Snapshot) -> Iterator[Book]:
    found = (book_of(snapshot, wall) for wall in snapshot.firewalls.values())
    return (book for book in found if book is not None)


def _terms(rule: Rule) -> Iterator[str]:
    if rule.header is not None:
        yield from (rule.header.source, rule.header.destination)
    for definition in rule.names.addresses.values():
        yield from definition


def _networks(term: str) -> Iterator[Network]:
    for word in _NETWORK.findall(term):
        try:
            yield ip_network(word, strict=False)
        except ValueError:
            # A part of a name that looks like a number.
            continue
