"""On random rules, the sets of ports agree with a naive engine that sends one packet after the other from one port."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pathmend.network.flow import Application
from pathmend.network.ports import PortSet
from tests.unit.network.walls import INSIDE, OUTSIDE, a_text, a_wall, says

PORTS = range(2000, 2008)
HOSTS = ("a.example", "b.example")
# Per packet of a TCP connection: from whom, whether the connection stands, whether there is data.
COURSE = (("client", False, False), ("server", False, False), ("client", True, True), ("server", True, True))
DEFAULTS = (None, "aws:drop_strict", "aws:drop_established")


@dataclass(frozen=True)
class _Rule:
    """One rule, told without the language it is written in."""

    action: str
    application: str
    source: str
    ports: tuple[int, int] | None
    flow: tuple[str, ...]
    host: str
    priority: int

    def text(self, sid: int) -> str:
        ports = f"{self.ports[0]}:{self.ports[1]}" if self.ports else "any"
        flow = f"flow:{','.join(self.flow)};" if self.flow else ""
        key = "http.host" if self.application == "http" else "tls.sni"
        host = f'{key}; content:"{self.host}"; startswith; endswith;' if self.host else ""
        options = f"{flow}{host}priority:{self.priority}; sid:{sid};"
        return f"{self.action} {self.application} {self.source} {ports} -> any any ({options})"

    @property
    def plain(self) -> bool:
        return self.application == "tcp" and not self.flow

    def matches(self, packet: tuple[str, bool, bool], port: int, carried: Application) -> bool:
        """Return whether one packet of the connection from this port is one that the rule speaks of."""
        sender, stands, data = packet
        address, sends_from = (INSIDE, port) if sender == "client" else (OUTSIDE, 80)
        if self.source not in ("any", address) or (self.ports and not self.ports[0] <= sends_from <= self.ports[1]):
            return False
        said = {"to_server": sender == "client", "to_client": sender == "server"}
        said |= {"established": stands, "not_established": not stands}
        if not all(said[word] for word in self.flow):
            return False
        if self.plain:
            return not stands
        if self.application == "tcp":
            return True
        if not data or self.application != carried.protocol:
            return False
        return not self.host or (sender == "client" and self.host == carried.host)


RULES = st.lists(
    st.builds(
        _Rule,
        action=st.sampled_from(("pass", "drop", "reject", "alert")),
        application=st.sampled_from(("tcp", "http", "tls")),
        source=st.sampled_from(("any", INSIDE, OUTSIDE)),
        ports=st.none()
        | st.tuples(st.sampled_from(PORTS), st.sampled_from(PORTS)).map(lambda ends: (min(ends), max(ends))),
        flow=st.sampled_from(
            ((), ("to_server",), ("to_client",), ("established",), ("not_established",), ("to_server", "established"))
        ),
        host=st.sampled_from(("", *HOSTS)),
        priority=st.integers(1, 3),
    ).map(lambda rule: rule if rule.application != "tcp" else _without_host(rule)),
    max_size=6,
)
CARRIED = st.builds(Application, st.sampled_from(("http", "tls")), st.sampled_from(HOSTS))


def _without_host(rule: _Rule) -> _Rule:
    return _Rule(rule.action, rule.application, rule.source, rule.ports, rule.flow, "", rule.priority)


def _dropped(rules: list[_Rule], port: int, carried: Application, policy: dict[str, Any]) -> bool:
    """Send the connection's packets one by one, each past all rules."""
    order = list(rules)
    if not policy["strict"]:
        order.sort(key=lambda rule: (("pass", "drop", "reject", "alert").index(rule.action), rule.priority))
    for packet in COURSE:
        first = next((one for one in order if one.action != "alert" and one.matches(packet, port, carried)), None)
        if first is None:
            default = policy["stateful_defaults"]
            established = packet[1] and packet[0] == "client"
            if policy["strict"] and default and (default[0] == "aws:drop_strict" or established):
                return True
        elif first.action != "pass":
            return True
        elif first.plain or first.application != "tcp":
            return False
    return False


@settings(max_examples=400, deadline=None)
@given(RULES, CARRIED, st.booleans(), st.sampled_from(DEFAULTS))
def test_sets_of_ports_agree_with_single_packets(
    rules: list[_Rule], carried: Application, strict: object, default: str | None
) -> None:
    """For every port of the client, in both orders, with every default."""
    policy = {"strict": bool(strict), "stateful_defaults": (default,) if default else ()}
    world = a_wall(a_text(*(rule.text(sid) for sid, rule in enumerate(rules, start=1))), **policy)
    found = says(world, application=carried, client_ports=PortSet.of(PORTS[0], PORTS[-1]))
    assert not found.unknown
    dropped = [port for port in PORTS if _dropped(rules, port, carried, policy)]
    assert [port for port in PORTS if port in found.blocked] == dropped


@settings(max_examples=200, deadline=None)
@given(RULES, CARRIED, st.booleans(), st.sampled_from(("pass", "drop")))
def test_a_rule_ahead_that_passes_never_stops_and_one_that_drops_never_opens(
    rules: list[_Rule], carried: Application, strict: object, action: str
) -> None:
    """In either order of evaluation."""
    texts = [rule.text(sid) for sid, rule in enumerate(rules, start=1)]
    more = f"{action} tcp {INSIDE} 2003:2005 -> any any (sid:99;)"
    ports = PortSet.of(PORTS[0], PORTS[-1])
    before, after = (
        says(a_wall(a_text(*some), strict=bool(strict)), application=carried, client_ports=ports).blocked
        for some in (texts, [more, *texts])
    )
    assert not (after - before if action == "pass" else before - after)


@settings(max_examples=200, deadline=None)
@given(RULES, CARRIED)
def test_without_a_host_nothing_is_proven_that_a_host_could_refute(rules: list[_Rule], carried: Application) -> None:
    """What is stopped for want of an answer is stopped whatever the connection carries."""
    world = a_wall(a_text(*(rule.text(sid) for sid, rule in enumerate(rules, start=1))), strict=True)
    ports = PortSet.of(PORTS[0], PORTS[-1])
    open_question = says(world, client_ports=ports)
    assert not open_question.blocked - says(world, application=carried, client_ports=ports).blocked
