"""Why nothing safe clears a finding: what was tried, what stands against each, and what a person has to decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.diagnosis.finding import NoMechanicalRepair, WrongRouteTable
from pathmend.plans.obstacle import Obstacle
from pathmend.snapshot.names import named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.diagnosis.finding import Finding
    from pathmend.plans.simulated import Seen, Trials
    from pathmend.snapshot.world import Snapshot


def refusal(finding: Finding, seen: Seen, trials: Trials, load_balancer_arn: str) -> str:
    """Say per candidate why it was refused, and what is left to a person; advice where no change can help."""
    match finding.cause:
        case NoMechanicalRepair(advice):
            return advice
        case WrongRouteTable(subnet_id, _, None):
            said = "; ".join(_siblings_say(subnet_id, seen.world, load_balancer_arn))
            says = f" ({said})" if said else ""
            return f"choose the route table of {subnet_id}: no siblings that clients reach agree on one{says}"
        case _:
            return _tried(finding, seen, trials)


def _tried(finding: Finding, seen: Seen, trials: Trials) -> str:
    obstacles = [one for one in trials.of(finding, seen) if isinstance(one, Obstacle)]
    words = f"no safe change clears {finding.code} of {finding.resource}"
    if not obstacles:
        return words
    decide = dict.fromkeys(one.decide for one in obstacles)
    return f"{words}: {'; '.join(map(str, obstacles))}. To decide: {'; '.join(decide)}"


def _siblings_say(subnet_id: str, world: Snapshot, load_balancer_arn: str) -> Iterator[str]:
    """Yield which table each of the subnet's siblings uses: the load balancer's subnets, or those of NAT gateways."""
    own = world.load_balancers[load_balancer_arn].subnet_ids
    nats = {nat.subnet_id for nat in world.nat_gateways.values()}
    for sibling in own if subnet_id in own else sorted(nats):
        table = world.route_table_of(sibling) if sibling in world.subnets and sibling != subnet_id else None
        if table:
            yield f"{named(world, sibling)} uses {named(world, table.id)}"
