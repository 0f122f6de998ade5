"""Whether clients reach every node of the load balancer, and which subnet is the odd one out.

Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
("Clients cannot connect to an internet-facing load balancer").
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from pathmend.diagnosis.blocked_paths import share
from pathmend.diagnosis.finding import Certainty, Evidence, Finding, NoMechanicalRepair, WrongRouteTable
from pathmend.network.flow import Verdict
from pathmend.snapshot.names import named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pathmend.network.flow import Blocker
    from pathmend.network.load_balancer import BalancerFlow
    from pathmend.snapshot.resources import RouteTable
    from pathmend.snapshot.world import Snapshot


def client_reachability(snapshot: Snapshot, flows: Sequence[BalancerFlow]) -> tuple[Finding, ...]:
    """Return one finding per element that keeps clients from a node, subnets compared with their siblings."""
    by_element: dict[tuple[str | None, ...], list[tuple[BalancerFlow, Blocker]]] = defaultdict(list)
    for flow in flows:
        for blocker in flow.trace.blockers:
            # A route table is right for one subnet and wrong for another; a filter is what it is for all it guards.
            subnet_id = blocker.subnet_id if blocker.kind == "route-table" else None
            by_element[(blocker.code, blocker.element_id, blocker.direction, subnet_id)].append((flow, blocker))
    return tuple(_finding(snapshot, flows, hits) for hits in by_element.values())


def _finding(
    snapshot: Snapshot, flows: Sequence[BalancerFlow], hits: Sequence[tuple[BalancerFlow, Blocker]]
) -> Finding:
    flow, blocker = hits[0]
    if blocker.kind == "route-table":
        return _route_finding(snapshot, flows, hits)
    way = f"{blocker.direction} " if blocker.direction else ""
    nodes = sorted({str(flow.trace.flow.destination.address) for flow, _ in hits})
    return Finding(
        code=blocker.code,
        resource=blocker.element_id,
        sentence=f"{blocker.kind.replace('-', ' ')} {blocker.element_id} keeps clients from {_nodes(hits)}",
        evidence=(
            Evidence(f"deciding {way}rule", blocker.element_id, blocker.rule or "none matches"),
            Evidence(
                "client ports dropped",
                "the network model, all source ports",
                f"{blocker.blocked_ports}: {share(blocker.blocked_ports, flow.trace.flow.source_ports)}",
            ),
            Evidence("nodes that clients do not reach", "the network model", ", ".join(nodes)),
        ),
        certainty=Certainty.PROVEN,
        cause=NoMechanicalRepair(
            f"decide whether clients may reach the listener through {blocker.element_id}: "
            "what the internet may open is never changed by Pathmend"
        ),
    )


def _route_finding(
    snapshot: Snapshot, flows: Sequence[BalancerFlow], hits: Sequence[tuple[BalancerFlow, Blocker]]
) -> Finding:
    _, blocker = hits[0]
    subnet_id = str(blocker.subnet_id)
    table = snapshot.route_tables[blocker.element_id]
    right = _right_table(snapshot, flows)
    return Finding(
        code=blocker.code,
        resource=subnet_id,
        sentence=(
            f"clients get no reply from {_nodes(hits)} of {len({flow.node.id for flow in flows})}: subnet "
            f"{named(snapshot, subnet_id)} is associated with route table {named(snapshot, table.id)}, "
            "which does not lead back to the internet gateway"
        ),
        evidence=tuple(_route_evidence(snapshot, flows, blocker, right)),
        certainty=Certainty.PROVEN,
        cause=WrongRouteTable(subnet_id, table.id, right.id if right else None),
    )


def _route_evidence(
    snapshot: Snapshot, flows: Sequence[BalancerFlow], blocker: Blocker, right: RouteTable | None
) -> Iterator[Evidence]:
    subnet_id = str(blocker.subnet_id)
    table = snapshot.route_tables[blocker.element_id]
    route = next((r for r in table.routes if str(r.destination) == blocker.rule), None)
    leads = f"{route.destination} -> {route.target} ({route.state})" if route else "no route to the client"
    source = f"ec2:DescribeRouteTables {table.id}"
    yield Evidence(f"where {named(snapshot, subnet_id)} sends replies to clients", source, leads)
    working = {s for s, flow_ok in _verdicts(flows).items() if flow_ok}
    for sibling in sorted(working):
        used = snapshot.route_table_of(sibling)
        yield Evidence(
            f"route table of its sibling {named(snapshot, sibling)}, which clients reach",
            "ec2:DescribeRouteTables",
            named(snapshot, used.id) if used else "?",
        )
    if right:
        yield Evidence("route table of the siblings", f"ec2:DescribeRouteTables {right.id}", _default_routes(right))
    others = sorted(a.subnet_id for a in table.associations if a.subnet_id and a.subnet_id != subnet_id)
    if others:
        names = ", ".join(named(snapshot, other) for other in others)
        yield Evidence("other subnets that use the same table, whose routes must stay", source, names)


def _right_table(snapshot: Snapshot, flows: Sequence[BalancerFlow]) -> RouteTable | None:
    """Return the table that every reachable sibling uses; None when there is no sibling, or they do not agree."""
    working = [s for s, reachable in _verdicts(flows).items() if reachable]
    tables = Counter(table.id for s in working if (table := snapshot.route_table_of(s)))
    return snapshot.route_tables[next(iter(tables))] if len(tables) == 1 else None


def _verdicts(flows: Sequence[BalancerFlow]) -> dict[str, bool]:
    """Return, per subnet with a node, whether clients reach every listener there."""
    verdicts: dict[str, bool] = {}
    for flow in flows:
        subnet_id = flow.node.subnet_id
        verdicts[subnet_id] = verdicts.get(subnet_id, True) and flow.trace.verdict is Verdict.OPEN
    return verdicts


def _default_routes(table: RouteTable) -> str:
    return ", ".join(f"{r.destination} -> {r.target}" for r in table.routes if r.target != "local")


def _nodes(hits: Sequence[tuple[BalancerFlow, Blocker]]) -> str:
    count = len({flow.node.id for flow, _ in hits})
    return f"{count} load balancer node{'s' if count > 1 else ''}"
