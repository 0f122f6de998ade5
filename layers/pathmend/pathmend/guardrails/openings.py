"""What no plan may open, whoever wants it: such a plan is reported and never carried out."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

from pathmend.changes.set_endpoint_policy import SetEndpointPolicy
from pathmend.changes.set_group_rule import SetGroupRule
from pathmend.changes.set_route import SetRoute
from pathmend.guardrails.policy_edits import loosened
from pathmend.network.packets import rule_ports
from pathmend.network.security_group import networks_of
from pathmend.snapshot.networks import contains, is_private

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.network.difference import Reach
    from pathmend.plans.plan import Plan, PlannedChange
    from pathmend.snapshot.resources import Network, SecurityGroupRule
    from pathmend.snapshot.world import Snapshot

ADMIN_PORTS = (22, 3389)
_ADMIN = "an administration port (22, 3389)"
_INTERNET_GATEWAY = "igw-"
_ANYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))


def forbidden_openings(plan: Plan, snapshot: Snapshot) -> Iterator[str]:
    """Yield a sentence for each thing that the plan would open and must not."""
    for reach in plan.effect.opened:
        if reach.direction == "ingress" and not _internal(reach.peer, snapshot):
            yield f"the plan would open {_words(reach)} to addresses outside private networks"
    for reach in plan.beyond:
        if reach.ports is None or any(port in reach.ports for port in ADMIN_PORTS):
            yield f"the plan would open {_words(reach)}, which includes {_ADMIN}"
    for step in plan.steps:
        yield from _of_step(step, snapshot)


def _of_step(step: PlannedChange, snapshot: Snapshot) -> Iterator[str]:
    change, undo = step.change, step.undo
    if isinstance(change, SetEndpointPolicy) and isinstance(undo, SetEndpointPolicy):
        yield from (f"the new policy of {change.endpoint_id} {what}" for what in loosened(undo, change))
    elif isinstance(change, SetRoute):
        yield from _of_route(change, snapshot)
    elif isinstance(change, SetGroupRule) and change.present and not change.rule.egress:
        yield from _of_rule(change, snapshot)


def _of_route(change: SetRoute, snapshot: Snapshot) -> Iterator[str]:
    """A table that leads to no internet gateway is a private one, whatever the route that it lacks."""
    table = snapshot.route_tables.get(change.table_id)
    routes = table.routes if table else ()
    public = any(route.target.startswith(_INTERNET_GATEWAY) and route.state == "active" for route in routes)
    if change.target is not None and change.target.startswith(_INTERNET_GATEWAY) and not public:
        yield f"the plan would open {change.table_id}, which leads to no internet gateway, to the internet"


def _of_rule(change: SetGroupRule, snapshot: Snapshot) -> Iterator[str]:
    """The rule itself is looked at, too: a group that no interface carries today may be carried tomorrow."""
    words = f"{change.group_id} to {change.rule.peer}"
    if not all(_internal(peer, snapshot) for peer in _peers(change.rule, snapshot)):
        yield f"the plan would open {words}, which holds addresses outside private networks"
    ports = rule_ports(change.rule.protocol, change.rule.ports)
    if any(port in ports for port in ADMIN_PORTS):
        yield f"the plan would open {words} for {_ADMIN}"


def _peers(rule: SecurityGroupRule, snapshot: Snapshot) -> tuple[Network, ...]:
    """Return whom the rule lets in: a group's members are within, and a list that was not read may hold anybody."""
    if isinstance(rule.peer, str) and rule.peer.startswith("sg-"):
        return ()
    found = networks_of(snapshot, rule.peer)
    return _ANYWHERE if found is None else tuple(found)


def _internal(network: Network, snapshot: Snapshot) -> bool:
    """Say whether all of a network is private: by its address, or because it lies inside a VPC that was read."""
    blocks = (block for vpc in snapshot.vpcs.values() for block in vpc.cidrs)
    return is_private(network) or any(contains(block, network) for block in blocks)


def _words(reach: Reach) -> str:
    return f"{reach.direction} of {reach.element_id} for {reach.peer} ports {reach.ports or 'all'}"
