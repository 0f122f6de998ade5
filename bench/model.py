"""Time on the model alone: a whole triage in memory, and the tracing of one flow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measure import CPU, Row, timed
from pathmend.incidents.triage import triage
from pathmend.network.load_balancer import client_flows, target_flows
from tests import builders
from tests.fakes import FakePorts, FakeWorld

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pathmend.snapshot.world import Snapshot

EVENT = Path(__file__).resolve().parent.parent / "events" / "cloudwatch" / "unhealthy_hosts.alarm.json"
_FAULTS: dict[str, Callable[[Snapshot], Snapshot]] = {
    "healthy world": lambda world: world,
    "fault 1: a subnet's route table": builders.fault_1,
    "fault 2: the matcher": builders.fault_2,
    "fault 3: a network ACL entry": builders.fault_3,
}
RUNS = 100


def rows() -> Iterator[Row]:
    """Measure triage for each fault, then the flows of the workshop."""
    event = json.loads(EVENT.read_text(encoding="utf-8"))
    for name, fault in _FAULTS.items():
        world = fault(builders.a_workshop())
        timing = timed(lambda world=world: triage(event, FakePorts(FakeWorld(world))), runs=RUNS)  # type: ignore[misc]
        yield Row("warm triage, in memory", name, timing.median_ms, CPU, timing.spread)
    yield _tracing(builders.fault_3(builders.a_workshop()))


def _tracing(world: Snapshot) -> Row:
    balancer = world.load_balancers[builders.LOAD_BALANCER_ARN]
    flows = len(client_flows(world, balancer)) + len(target_flows(world, balancer))
    timing = timed(lambda: (client_flows(world, balancer), target_flows(world, balancer)), runs=RUNS)
    proportion = f"{flows} flows, both legs, in {timing.median_ms:.2f} ms"
    return Row("tracing", "one flow", timing.median_ms / flows, CPU, proportion)
