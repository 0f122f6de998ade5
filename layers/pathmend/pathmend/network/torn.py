"""A flow whose way AWS picks at random: all the ways it may take, and whether they come to the same.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html (of several prefix lists that hold
the same block, one is chosen at random, and stays chosen)
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pathmend.network.flow import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from pathmend.network.flow import Flow, Trace
    from pathmend.network.routing import Choice
    from pathmend.snapshot.resources import Route
    from pathmend.snapshot.world import Snapshot


def settled(snapshot: Snapshot, found: Trace, choice: Choice, trace: Callable[[Snapshot, Flow], Trace]) -> Trace:
    """Return one way's trace where all ways say the same of the same ports, else `found`, which names them."""
    contenders = (choice.route, *choice.rivals)
    if any(one.target in snapshot.vpc_endpoints for one in contenders):
        return found
    traces = [trace(_where_only(snapshot, choice, one), found.flow) for one in contenders]
    first = traces[0]
    same = first.verdict is not Verdict.UNKNOWN and all(
        (one.verdict, one.open_ports) == (first.verdict, first.open_ports) for one in traces
    )
    return first if same else found


def _where_only(snapshot: Snapshot, choice: Choice, chosen: Route) -> Snapshot:
    others = [one for one in (choice.route, *choice.rivals) if one is not chosen]
    table = choice.table
    kept = tuple(route for route in table.routes if route not in others)
    return snapshot.having("route_tables", replace(table, routes=kept))
