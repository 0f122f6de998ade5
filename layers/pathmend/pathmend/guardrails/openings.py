"""What no plan may open, whoever wants it: such a plan is reported and never carried out."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

from pathmend.changes.set_endpoint_policy import SetEndpointPolicy
from pathmend.changes.set_firewall_rules import SetFirewallRules
from pathmend.changes.set_group_rule import SetGroupRule
from pathmend.guardrails.firewall_edits import widened
from pathmend.guardrails.inside import is_inside
from pathmend.guardrails.policy_edits import loosened
from pathmend.guardrails.public_ways import forbidden_ways
from pathmend.network.packets import WITH_TYPES, rule_ports
from pathmend.network.ports import ALL_PORTS, NO_PORTS, PortSet
from pathmend.network.security_group import networks_of
from pathmend.snapshot.networks import contains
from pathmend.snapshot.protocols import ALL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.network.difference import Reach
    from pathmend.plans.plan import Plan, PlannedChange
    from pathmend.snapshot.resources import Network, SecurityGroupRule
    from pathmend.snapshot.world import Snapshot

ADMIN_PORTS = (22, 3389)
_ADMIN = "an administration port (22, 3389)"
_ANYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))
_MOST_PORTS = 64_512
"""Replies may need 1024-65535; whatever is more than that is all ports, one left out or not."""

_FEWEST_FOR_REPLIES = 16_383
"""No system sends from fewer: from 49152 to 65535, as Windows does."""


def forbidden_openings(plan: Plan, snapshot: Snapshot, *, most: int) -> Iterator[str]:
    """Yield a sentence for each thing that the plan would open and must not; `most` bounds addresses times ports."""
    for reach in plan.effect.opened:
        if reach.direction == "ingress" and not is_inside(reach.peer, snapshot):
            yield f"the plan would open {_words(reach)} to addresses outside private networks"
        if _all_ports(_together(reach, plan.effect.opened)):
            yield f"the plan would open all ports: {_words(reach)}, together with what else it opens there"
    for reach in (*plan.effect.opened, *(one for one in plan.beyond if one not in plan.effect.opened)):
        if _administers(reach.protocol, reach.ports) and (reach in plan.beyond or not _for_replies(reach.ports)):
            yield f"the plan would open {_words(reach)}, which includes {_ADMIN}"
    opened = sum(reach.peer.num_addresses * (reach.ports or ALL_PORTS).count() for reach in plan.beyond)
    if opened > most:
        yield f"the plan would open {opened} addresses times ports beyond the repair: the rules allow {most}"
    for step in plan.steps:
        yield from _of_step(step, snapshot)


def _together(reach: Reach, opened: tuple[Reach, ...]) -> PortSet:
    """Return the ports that a filter opens to the reach's peer in all: two halves make a whole."""
    ports = NO_PORTS
    for other in opened:
        same = (other.element_id, other.direction) == (reach.element_id, reach.direction)
        if same and other.protocol in (reach.protocol, ALL) and contains(other.peer, reach.peer):
            ports |= _opened_ports(other.protocol, other.ports)
    return ports


def _opened_ports(protocol: str, ports: PortSet | None) -> PortSet:
    """Return the ports that are opened; ICMP has none, and a protocol without ports may carry what has any."""
    if protocol in WITH_TYPES:
        return NO_PORTS
    return ALL_PORTS if ports is None else ports


def _all_ports(ports: PortSet) -> bool:
    return ports.count() > _MOST_PORTS


def _administers(protocol: str, ports: PortSet | None) -> bool:
    """Say whether the ports hold one of administration; a protocol without ports may carry any of them."""
    return any(port in _opened_ports(protocol, ports) for port in ADMIN_PORTS)


def _for_replies(ports: PortSet | None) -> bool:
    """Say whether the ports are those that replies come to: a wide range, which holds 3389 by chance, and never 22."""
    ssh, rdp = ADMIN_PORTS
    if ports is None or ssh in ports:
        return False
    return any(first <= rdp <= last and last - first >= _FEWEST_FOR_REPLIES for first, last in ports)


def _of_step(step: PlannedChange, snapshot: Snapshot) -> Iterator[str]:
    change, undo = step.change, step.undo
    if isinstance(change, SetEndpointPolicy) and isinstance(undo, SetEndpointPolicy):
        yield from (f"the new policy of {change.endpoint_id} {what}" for what in loosened(undo, change))
    elif isinstance(change, SetFirewallRules) and isinstance(undo, SetFirewallRules):
        group = change.rule_group_arn.rsplit("/", 1)[-1]
        yield from (f"the new rules of {group} {what}" for what in widened(undo.rules, change.rules))
    elif isinstance(change, SetGroupRule) and change.present:
        yield from _of_rule(change, snapshot)
    else:
        yield from forbidden_ways(change, snapshot)


def _of_rule(change: SetGroupRule, snapshot: Snapshot) -> Iterator[str]:
    """The rule itself is looked at, too: a group that no interface carries today may be carried tomorrow."""
    rule, words = change.rule, f"{change.group_id} to {change.rule.peer}"
    if not rule.egress and not all(is_inside(peer, snapshot) for peer in _peers(rule, snapshot)):
        yield f"the plan would open {words}, which holds addresses outside private networks"
    ports = _opened_ports(rule.protocol, rule_ports(rule.protocol, rule.ports))
    if _all_ports(ports):
        yield f"the plan would open {words} for all ports"
    if any(port in ports for port in ADMIN_PORTS):
        yield f"the plan would open {words} for {_ADMIN}"


def _peers(rule: SecurityGroupRule, snapshot: Snapshot) -> tuple[Network, ...]:
    """Return whom the rule lets in: a group's members are within, and a list that was not read may hold anybody."""
    if isinstance(rule.peer, str) and rule.peer.startswith("sg-"):
        return ()
    found = networks_of(snapshot, rule.peer)
    return _ANYWHERE if found is None else tuple(found)


def _words(reach: Reach) -> str:
    return f"{reach.direction} of {reach.element_id} for {reach.peer} ports {reach.ports or 'all'}"
