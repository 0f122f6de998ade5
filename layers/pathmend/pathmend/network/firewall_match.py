"""Which packets of a connection a stateful rule matches, for which of the client's ports, and what is in doubt.

Source: https://docs.suricata.io/en/suricata-7.0.8/rules/intro.html and
https://docs.aws.amazon.com/network-firewall/latest/developerguide/suricata-limitations-caveats.html (IP-only rules)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from pathmend.network.firewall_hosts import HTTP, TLS
from pathmend.network.firewall_options import application_named
from pathmend.network.firewall_terms import holds, is_any, negates, ports_of
from pathmend.network.firewall_text import BOTH_WAYS
from pathmend.network.flow import Leg
from pathmend.network.packets import WITH_PORTS
from pathmend.network.ports import NO_PORTS, PortSet
from pathmend.snapshot.protocols import ICMP, ICMP_V6, TCP, UDP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.network.firewall_rules import Rule
    from pathmend.network.firewall_terms import Names
    from pathmend.network.firewall_text import Header
    from pathmend.network.flow import Application
    from pathmend.snapshot.resources import Address

_CARRIED = {"ip": None, "tcp": (TCP,), "udp": (UDP,), "icmp": (ICMP, ICMP_V6), "icmpv6": (ICMP_V6,)}
"""The protocols that a header's word means; None means all. Other words are applications'."""
_VERSIONS = {"ipv4": 4, "ip4": 4, "ipv6": 6, "ip6": 6}
_BY_UDP = frozenset(("quic", "tftp", "ntp", "dhcp", "ikev2", "ike"))
_BY_TCP = frozenset(("http", "http2", "tls", "ssh", "smtp", "ftp", "ftp-data", "smb", "imap", "msn", "dcerpc"))
_BY_BOTH = frozenset(("dns", "krb5"))
_IN_TLS = (HTTP, "http2")
_APPLICATIONS = _BY_UDP | _BY_TCP | _BY_BOTH


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection as the firewall sees it; `protocol` is a number as text, `port` the server's.

    Only TCP has an `application`. `decrypted` is whether the firewall may look into TLS.
    """

    protocol: str
    client: Address
    client_ports: PortSet
    server: Address
    port: int
    application: Application | None = None
    decrypted: bool = False


class Stage(NamedTuple):
    """A packet of the connection: its leg, whether both sides have spoken before, whether it carries data.

    `first` is whether it is the first of its leg.
    """

    leg: Leg
    established: bool
    data: bool
    first: bool


TCP_STAGES = (
    Stage(Leg.FORWARD, established=False, data=False, first=True),
    Stage(Leg.RETURN, established=False, data=False, first=True),
    Stage(Leg.FORWARD, established=True, data=True, first=False),
    Stage(Leg.RETURN, established=True, data=True, first=False),
)
OTHER_STAGES = (
    Stage(Leg.FORWARD, established=False, data=True, first=True),
    Stage(Leg.RETURN, established=True, data=True, first=True),
    Stage(Leg.FORWARD, established=True, data=True, first=False),
)


class Hit(NamedTuple):
    """A rule matches for these ports of the client: certainly without `doubts`, unless it `asks` what is not known.

    That is the application: what the connection carries, for whom.
    """

    ports: PortSet
    doubts: tuple[str, ...] = ()
    asks: bool = False


def is_of_application(rule: Rule) -> bool:
    """Return whether the rule speaks of what a connection carries: it then judges the whole connection."""
    return bool(_applications(rule))


def _applications(rule: Rule) -> tuple[tuple[str, bool], ...]:
    word = application_named(rule.header.protocol) if rule.header else ""
    return (*rule.conditions.applications, *([(word, True)] if word in _APPLICATIONS else []))


def is_plain(rule: Rule) -> bool:
    """Return whether the rule asks for addresses, ports and protocol only."""
    return rule.header is not None and rule.conditions.plain and not is_of_application(rule)


def excepts_addresses(rule: Rule) -> bool:
    """Return whether a plain rule leaves addresses out: AWS and Suricata differ on whether it judges connections."""
    return rule.header is not None and _excepts(rule.header, rule.names)


@lru_cache(maxsize=4096)
def _excepts(header: Header, names: Names) -> bool:
    return any(negates(term, names) for term in (header.source, header.destination))


def hits(rule: Rule, connection: Connection, stage: Stage) -> Iterator[Hit]:
    """Yield for which of the client's ports the rule matches the packet, certainly or not."""
    if rule.header is None:
        yield Hit(connection.client_ports, rule.conditions.doubts)
        return
    doubts = _carried(rule, connection)
    if doubts is None or not _fits_stage(rule, stage):
        return
    answer = _application(rule, connection, stage)
    if answer is False:
        return
    for leg in Leg if rule.header.arrow == BOTH_WAYS else (stage.leg,):
        hit = _by_header(rule.header, rule.names, connection, leg)
        if hit.ports:
            yield hit._replace(doubts=(*doubts, *rule.conditions.doubts, *hit.doubts), asks=answer is None)


def _fits_stage(rule: Rule, stage: Stage) -> bool:
    asked = rule.conditions
    if asked.leg not in (None, stage.leg) or (asked.request and stage.leg is Leg.RETURN):
        return False
    if asked.established not in (None, stage.established):
        return False
    return stage.data or not (asked.data or is_of_application(rule))


def _carried(rule: Rule, connection: Connection) -> tuple[str, ...] | None:
    """Return what is in doubt about the protocol below the application's; None where it is another one."""
    word = rule.header.protocol if rule.header else ""
    if any((number == connection.protocol) is not wanted for number, wanted in rule.conditions.ip_protocols):
        return None
    if word in _VERSIONS:
        return () if _VERSIONS[word] == connection.client.version else None
    carried = _CARRIED.get(word)
    if carried and connection.protocol not in carried:
        return None
    return () if word in _CARRIED or application_named(word) in _APPLICATIONS else (f"the protocol {word}",)


def _application(rule: Rule, connection: Connection, stage: Stage) -> bool | None:
    """Return whether the connection carries what the rule speaks of; None where that is not known."""
    asked = _applications(rule)
    if not asked:
        return True
    if not stage.data or not _may_carry(connection.protocol, asked):
        return False
    known = connection.application
    if known is None or (connection.decrypted and known.protocol == TLS and asked[0][0] in _IN_TLS):
        return None
    if any((name == known.protocol) is not wanted for name, wanted in asked):
        return False
    return all(test.matches(known.host) for test in rule.conditions.hosts)


def _may_carry(protocol: str, asked: tuple[tuple[str, bool], ...]) -> bool:
    beyond = {TCP: _BY_UDP, UDP: _BY_TCP}.get(protocol)
    return beyond is not None and not any(wanted and name in beyond for name, wanted in asked)


# Most rules of a group speak of the same addresses and ports, and the same packets come by at every endpoint.
@lru_cache(maxsize=4096)
def _by_header(header: Header, names: Names, connection: Connection, leg: Leg) -> Hit:
    """Return the ports for which addresses and ports of the header are those of a packet of this leg."""
    ends = ((header.source, header.source_ports), (header.destination, header.destination_ports))
    (client, client_ports), (server, server_ports) = ends if leg is Leg.FORWARD else reversed(ends)
    meant = ((client, connection.client), (server, connection.server))
    found = [(term, holds(term, address, names)) for term, address in meant]
    if any(value is False for _, value in found):
        return Hit(NO_PORTS)
    hit = _client_ports((client_ports, server_ports), names, connection)
    # In one order, whichever leg it is.
    return hit._replace(doubts=(*sorted(term for term, value in found if value is None), *hit.doubts))


def _client_ports(terms: tuple[str, str], names: Names, connection: Connection) -> Hit:
    """Return for which of the client's ports its own and the server's are those that the terms mean."""
    if connection.protocol not in WITH_PORTS:
        return Hit(connection.client_ports if all(map(is_any, terms)) else NO_PORTS)
    own, far = (ports_of(term, names) for term in terms)
    if far is not None and connection.port not in far:
        return Hit(NO_PORTS)
    doubts = tuple(term for term, ports in zip(terms, (own, far), strict=True) if ports is None)
    return Hit(connection.client_ports if own is None else own & connection.client_ports, doubts)
