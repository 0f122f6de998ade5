"""What the network does to a flow that a target needs: every blocker on both legs, with the cause of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import ip_network
from typing import TYPE_CHECKING

from pathmend.diagnosis.dependency import HostNeed
from pathmend.diagnosis.finding import (
    AclGap,
    Evidence,
    FirewallDrop,
    GroupGap,
    NoMechanicalRepair,
    WrongRouteTable,
)
from pathmend.diagnosis.group_gap import narrowest_group
from pathmend.diagnosis.missing_routes import is_public, nat_route, peer_route, return_route
from pathmend.diagnosis.trouble import Trouble
from pathmend.network.firewall_edit import RuleGroupEdit, letting_through
from pathmend.network.flow import Leg
from pathmend.network.ports import LOAD_BALANCER_EPHEMERAL, PortSet
from pathmend.network.security_group import networks_of
from pathmend.network.trace import trace as trace_flow
from pathmend.snapshot.names import named
from pathmend.snapshot.protocols import number_of
from pathmend.snapshot.resources import Route, SecurityGroupRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pathmend.diagnosis.dependency import Dependency, Dependents
    from pathmend.diagnosis.finding import Cause, RouteGap
    from pathmend.network.flow import Blocker, Trace
    from pathmend.snapshot.resources import Network
    from pathmend.snapshot.world import Snapshot

ROUTE_MISSING = "NO_ROUTE_TO_DESTINATION"
_TO_INTERNET = ("internet-gateway",)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A flow that a target needs, as it was traced; `siblings` are the subnets of all targets.

    Without `addresses` the destination's addresses are not known.
    """

    snapshot: Snapshot
    who: Dependents
    dependency: Dependency
    trace: Trace
    siblings: tuple[str, ...] = ()
    known: bool = True


def path_troubles(attempt: Attempt) -> Iterator[Trouble]:
    """Yield each thing that stops the flow; a missing route comes with what stops it behind that route.

    Where all that stops the flow stops it behind that route, too, the way that it takes is not what is wrong.
    """
    gap = _peer_gap(attempt)
    mended = _with_route(attempt.snapshot, gap) if gap else attempt.snapshot
    behind = trace_flow(mended, attempt.trace.flow).blockers if gap else ()
    if gap is None or _places(attempt.trace.blockers) <= _places(behind):
        for blocker in attempt.trace.blockers:
            yield from _of(attempt, blocker)
        return
    yield _route_trouble(attempt, gap)
    for blocker in behind:
        yield from _of(replace(attempt, snapshot=mended), blocker)


def _places(blockers: Iterable[Blocker]) -> set[tuple[object, ...]]:
    return {(one.code, one.element_id, one.leg, one.direction, one.rule) for one in blockers}


def _peer_gap(attempt: Attempt) -> RouteGap | None:
    """Return the missing route to a network that the VPC is attached to, where the flow leaves by another way."""
    flow, snapshot = attempt.trace.flow, attempt.snapshot
    table = snapshot.route_table_of(attempt.who.interface.subnet_id)
    if not attempt.trace.blockers or table is None or flow.destination.prefix_list:
        return None
    return peer_route(snapshot, table, flow.destination.address)


def _with_route(snapshot: Snapshot, gap: RouteGap) -> Snapshot:
    destination = ip_network(gap.destination)
    for table_id in gap.table_ids:
        table = snapshot.route_tables[table_id]
        kept = tuple(route for route in table.routes if route.destination != destination)
        snapshot = snapshot.having("route_tables", replace(table, routes=(*kept, Route(destination, gap.target))))
    return snapshot


def _route_trouble(attempt: Attempt, gap: RouteGap) -> Trouble:
    rows = (
        Evidence("the way taken instead", "the network model", _taken(attempt)),
        Evidence("where it leads", f"what is attached to {gap.target}", f"{gap.destination} by {gap.target}"),
    )
    says = f"requests leave {_taken(attempt)}"
    return Trouble(ROUTE_MISSING, gap.table_ids[0], gap, says, attempt.who, attempt.dependency, rows)


def _taken(attempt: Attempt) -> str:
    gateways = [h for h in attempt.trace.forward if h.kind in ("nat-gateway", "internet-gateway", "transit-gateway")]
    return f"by {named(attempt.snapshot, gateways[0].element_id)}" if gateways else "nowhere"


def _of(attempt: Attempt, blocker: Blocker) -> Iterator[Trouble]:
    match blocker.kind:
        case "network-acl":
            cause: Cause = _acl_gap(attempt, blocker)
        case "security-group":
            cause = _group_gap(attempt, blocker)
        case "route-table":
            cause = _route_gap(attempt, blocker)
        case "nat-gateway":
            cause = _nat_gap(attempt) or _advice(attempt, blocker)
        case "firewall-rule-group" | "firewall-policy":
            cause = _firewall_drop(attempt, blocker)
        case _:
            cause = _advice(attempt, blocker)
    rows = (
        Evidence(f"deciding rule or route on the {blocker.leg.value} leg", blocker.element_id, blocker.rule or "none"),
        Evidence("the flow", "the network model", _flow_words(attempt)),
    )
    yield Trouble(
        blocker.code, blocker.element_id, cause, _says(attempt, blocker), attempt.who, attempt.dependency, rows
    )


def _says(attempt: Attempt, blocker: Blocker) -> str:
    where = f"{blocker.direction} " if blocker.direction else ""
    rule = f" by {blocker.rule}" if blocker.rule else ""
    kind = blocker.kind.replace("-", " ")
    return f"{kind} {named(attempt.snapshot, blocker.element_id)} stops {where}{blocker.leg.value} packets{rule}"


def _flow_words(attempt: Attempt) -> str:
    flow = attempt.trace.flow
    to = flow.destination.prefix_list or flow.destination.address
    return f"{attempt.who.first.id} ({flow.source.address}) -> {to} {flow.protocol} {flow.port}"


def _advice(attempt: Attempt, blocker: Blocker) -> NoMechanicalRepair:
    return NoMechanicalRepair(
        f"let {attempt.dependency.need.words} pass {blocker.element_id}, or say that it is not needed"
    )


def _peers(attempt: Attempt) -> tuple[Network, ...]:
    to = attempt.trace.flow.destination
    listed = networks_of(attempt.snapshot, to.prefix_list) if to.prefix_list else None
    return tuple(sorted(listed, key=str)) if listed else (ip_network(to.address),)


def _acl_gap(attempt: Attempt, blocker: Blocker) -> Cause:
    """Return the gap as the ACL sees it: what leaves for the destination, or what comes from where the flow began."""
    flow = attempt.trace.flow
    onward = blocker.leg is Leg.FORWARD
    outward = (blocker.direction == "egress") is onward
    if outward and not attempt.known:
        return _advice(attempt, blocker)
    needed = PortSet.of(flow.port) if onward else flow.source_ports
    ports = needed if onward else blocker.blocked_ports
    if ports - needed:
        needed = LOAD_BALANCER_EPHEMERAL
    protocol = number_of(flow.protocol) or flow.protocol
    peers = _peers(attempt) if outward else _own_blocks(attempt)
    return AclGap(
        blocker.element_id, blocker.direction == "egress", protocol, peers, ports, needed, blocker.rule or "*"
    )


def _own_blocks(attempt: Attempt) -> tuple[Network, ...]:
    address = attempt.who.interface.private_ips[0]
    subnet = attempt.snapshot.subnets[attempt.who.interface.subnet_id]
    return tuple(block for block in subnet.cidrs if address in block) or (ip_network(address),)


def _group_gap(attempt: Attempt, blocker: Blocker) -> Cause:
    flow, egress = attempt.trace.flow, blocker.direction == "egress"
    own = attempt.who.interface
    if egress and not attempt.known:
        return _advice(attempt, blocker)
    peer: Network | str
    if egress:
        peer = flow.destination.prefix_list or ip_network(flow.destination.address)
    else:
        group = attempt.snapshot.security_groups.get(blocker.element_id)
        near = group is not None and group.vpc_id == own.vpc_id
        named_group = narrowest_group(attempt.snapshot, own.group_ids) if near else None
        peer = named_group or ip_network(own.private_ips[0])
    protocol = number_of(flow.protocol) or flow.protocol
    return GroupGap(blocker.element_id, SecurityGroupRule(egress, protocol, (flow.port, flow.port), peer))


def _route_gap(attempt: Attempt, blocker: Blocker) -> Cause:
    snapshot, subnet_id = attempt.snapshot, str(blocker.subnet_id)
    table = snapshot.route_tables[blocker.element_id]
    own = attempt.who.interface
    gap: Cause | None
    if subnet_id == own.subnet_id:
        gap = _nat_gap(attempt)
    elif table.vpc_id == own.vpc_id:
        gap = _nat_subnet(snapshot, subnet_id, table.id)
    else:
        gap = return_route(snapshot, table, own.private_ips[0])
    return gap or _advice(attempt, blocker)


def _nat_gap(attempt: Attempt) -> RouteGap | None:
    own = attempt.who.interface.subnet_id
    table = attempt.snapshot.route_table_of(own)
    return nat_route(attempt.snapshot, table, own, attempt.siblings) if table else None


def _nat_subnet(snapshot: Snapshot, subnet_id: str, table_id: str) -> WrongRouteTable | None:
    """Return that a NAT gateway's subnet uses another table than its siblings, which lead to the internet."""
    vpc_id = snapshot.route_tables[table_id].vpc_id
    own = (nat for nat in snapshot.nat_gateways.values() if nat.vpc_id == vpc_id)
    subnets = sorted({nat.subnet_id for nat in own if nat.subnet_id in snapshot.subnets})
    if subnet_id not in subnets:
        return None
    tables = {t.id for s in subnets if is_public(snapshot, s) and (t := snapshot.route_table_of(s))}
    return WrongRouteTable(subnet_id, table_id, next(iter(tables)) if len(tables) == 1 else None)


def _firewall_drop(attempt: Attempt, blocker: Blocker) -> Cause:
    need, wanted = attempt.dependency.need, attempt.trace.flow.application
    if not isinstance(need, HostNeed) or wanted is None:
        return _advice(attempt, blocker)
    edit = letting_through(attempt.snapshot, blocker, wanted)
    if isinstance(edit, RuleGroupEdit):
        return FirewallDrop(edit.group_arn, wanted.host, edit.after)
    return NoMechanicalRepair(edit.reason)
