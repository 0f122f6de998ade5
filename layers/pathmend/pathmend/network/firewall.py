"""What an AWS Network Firewall does with a connection that a route leads through one of its endpoints.

Source: https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-policy-processing.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pathmend.network.firewall_book import Book, book_of
from pathmend.network.firewall_stateful import GROUP, POLICY, Findings, Refusal, judge
from pathmend.network.firewall_stateless import Sorted, sort_packets
from pathmend.network.flow import Latent, Leg
from pathmend.snapshot.parse_firewall import DROP, FORWARD, PASS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pathmend.network.firewall_match import Connection
    from pathmend.network.firewall_stateful import Note
    from pathmend.snapshot.firewall import Firewall
    from pathmend.snapshot.world import Snapshot

CODE = "FIREWALL_RULES_RESTRICTION"
"""Source: https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html"""

_MOST_REASONS = 5


@dataclass(frozen=True, slots=True)
class Inspected:
    """A connection that a firewall saw on the way there, and what its rules say of it.

    `one_sided` says what is unknown if the firewall never sees the replies; empty where that changes nothing.
    """

    connection: Connection
    findings: Findings
    one_sided: str = ""


def firewall_of(snapshot: Snapshot, endpoint_id: str) -> Firewall | None:
    """Return the network firewall that owns the endpoint, if it was read."""
    return snapshot.derived(_by_endpoint).get(endpoint_id)


def _by_endpoint(snapshot: Snapshot) -> dict[str, Firewall]:
    return {end: wall for wall in snapshot.firewalls.values() for end in wall.endpoint_ids}


def inspect(snapshot: Snapshot, firewall: Firewall, connection: Connection) -> Inspected | None:
    """Return what the firewall's rules say of a connection whose both legs pass it; None where they were not read."""
    book = book_of(snapshot, firewall)
    if book is None:
        return None
    connection = replace(connection, decrypted=book.policy.inspects_tls)
    legs = {leg: tuple(sort_packets(book, connection, leg)) for leg in Leg}
    found = Findings(tuple(one for leg, results in legs.items() for one in _dropped(book, leg, results)))
    handed = False
    for there in legs[Leg.FORWARD]:
        for back in legs[Leg.RETURN]:
            found += _both(book, connection, there, back)
            handed = handed or FORWARD in (there.action, back.action)
    one_sided = f"the replies do not come by the network firewall {firewall.name or firewall.id}, which saw the request"
    return Inspected(connection, found, one_sided if handed else "")


def _dropped(book: Book, leg: Leg, results: Iterable[Sorted]) -> Iterator[Refusal]:
    for one in results:
        if one.action == DROP:
            kind = POLICY if one.element_id == book.policy.arn else GROUP
            yield Refusal(leg, one.ports, kind, one.element_id, one.label)


def _both(book: Book, connection: Connection, there: Sorted, back: Sorted) -> Findings:
    """Return what becomes of packets of both legs that the stateless rules let through."""
    ports = there.ports & back.ports
    if not ports or DROP in (there.action, back.action):
        return Findings()
    unclear = [f"{one.element_id} {one.label}: {one.why}" for one in (there, back) if one.action is None]
    if unclear:
        return Findings(unknown=tuple(dict.fromkeys(unclear)))
    if there.action == back.action == FORWARD:
        return judge(book, replace(connection, client_ports=ports))
    if there.action == back.action == PASS:
        return Findings()
    one = there if there.action == FORWARD else back
    why = f"{one.element_id} {one.label}: it hands only one direction of the connection to the stateful rules"
    return Findings(unknown=(why,))


def inspect_replies(snapshot: Snapshot, firewall: Firewall, connection: Connection) -> Findings | None:
    """Return what the rules say of replies to a connection that the firewall has not seen; None where unread."""
    book = book_of(snapshot, firewall)
    if book is None:
        return None
    results = tuple(sort_packets(book, connection, Leg.RETURN))
    name = firewall.name or firewall.id
    handed = any(one.action not in (PASS, DROP) for one in results)
    why = (f"the replies come by the network firewall {name}, which has not seen the request",) if handed else ()
    return Findings(tuple(_dropped(book, Leg.RETURN, results)), why)


def reasons_of(findings: Findings) -> tuple[str, ...]:
    """Return what is unknown, the first few of many by name."""
    reasons = tuple(dict.fromkeys(findings.unknown))
    more = len(reasons) - _MOST_REASONS
    return reasons if more <= 0 else (*reasons[:_MOST_REASONS], f"{more} more rules like these")


def latent_of(findings: Findings) -> Iterator[Latent]:
    """Yield what may become of the data that the connection carries, once per group."""
    groups: dict[tuple[str, bool], list[Note]] = {}
    for note in dict.fromkeys(findings.notes):
        groups.setdefault((note.element_id, note.drops), []).append(note)
    for (element_id, drops), notes in groups.items():
        what = "drop what the connection carries" if drops else "alone let pass what the connection carries"
        many = f" and {len(notes) - 1} more" if len(notes) > 1 else ""
        text = f"rules may {what}, by its protocol and host, which were not given: {notes[0].label}{many}"
        yield Latent(CODE, GROUP, element_id, notes[0].label, text)
