"""The network model on large worlds: one flow, parsing, and all flows of a large target group, each beside its target.

Every time is also given as a multiple of a fixed loop that is timed at the same moment: on a busy or slow machine the
milliseconds move, that multiple hardly does.
"""

from __future__ import annotations

import random
import resource
import statistics
import subprocess
import sys
import time
import tracemalloc
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measure import CPU, Row
from pathmend.network.flow import Endpoint, Flow
from pathmend.network.load_balancer import SOME_CLIENT, target_flows
from pathmend.network.trace import trace
from pathmend.snapshot.parse import parse
from tests.worlds import LARGE_BALANCER_ARN, a_large_world, large_answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pathmend.snapshot.world import Snapshot

GROUP = "network model"
FLOW_TARGETS_MS = {1_000: 0.2, 10_000: 0.5}
PARSE_TARGET_MS, MEMORY_TARGET_MB, TARGETS_TARGET_MS = 1_000, 300, 100
_LARGEST = max(FLOW_TARGETS_MS)
_REPOSITORY = Path(__file__).resolve().parent.parent
_SEED = 7
_WARM_UP, _CHUNK, _CHUNKS = 2_000, 100, 20
_RUNS = 5
_LOOP = 20_000


@dataclass(frozen=True, slots=True)
class TargetRow(Row):
    """A row with the most that it may be, and how many times the reference loop it is (None for what is no time)."""

    target: float = 0
    times_reference: float | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """The middle of some times, and of those of the reference loop between them, in milliseconds."""

    median_ms: float
    worst_ms: float
    reference_ms: float


def rows() -> Iterator[Row]:
    """Measure one flow in worlds of two sizes, parsing, memory, and a group of 500 targets."""
    for interfaces, target in FLOW_TARGETS_MS.items():
        yield _one_flow(interfaces, target)
    answers = large_answers(_LARGEST)
    yield _timed(f"parsing {_LARGEST:,} interfaces", PARSE_TARGET_MS, _sample(lambda: parse(answers), runs=_RUNS))
    yield _memory()
    yield from _target_group(a_large_world(_LARGEST))


def _one_flow(interfaces: int, target: float) -> Row:
    """Trace flows that were never asked before, both legs, all source ports, in a world that is indexed."""
    world = a_large_world(interfaces)
    flows = _flows(world, _WARM_UP + _CHUNK * _CHUNKS)
    for flow in flows[:_WARM_UP]:
        trace(world, flow)
    rest = iter(flows[_WARM_UP:])
    sample = _sample(lambda: [trace(world, next(rest)) for _ in range(_CHUNK)], runs=_CHUNKS)
    one = Sample(sample.median_ms / _CHUNK, sample.worst_ms / _CHUNK, sample.reference_ms)
    return _timed(f"one flow, both legs, {interfaces:,} interfaces", target, one)


def _flows(world: Snapshot, count: int) -> Sequence[Flow]:
    """Return different flows: most within a VPC, some to another VPC, some to the internet and from it."""
    chance = random.Random(_SEED)  # noqa: S311 - the same flows again
    ends = [Endpoint(one.private_ips[0], one) for one in world.interfaces.values()]
    by_vpc: dict[str, list[Endpoint]] = {}
    for end in ends:
        if end.interface:
            by_vpc.setdefault(end.interface.vpc_id, []).append(end)
    outside = Endpoint(SOME_CLIENT)
    flows = []
    for index in range(count):
        one = chance.choice(ends)
        near = chance.choice(by_vpc[one.interface.vpc_id if one.interface else ""])
        other = (near, near, near, chance.choice(ends), outside)[index % 5]
        pair = (other, one) if other is outside and index % 2 else (one, other)
        flows.append(Flow(*pair, "tcp", chance.choice((80, 443, 5432, 22))))
    return flows


def _target_group(world: Snapshot) -> Iterator[Row]:
    balancer = world.load_balancers[LARGE_BALANCER_ARN]
    count = len(target_flows(world, balancer))
    what = f"{count:,} flows of 500 targets"
    # A copy knows no index yet: what a triage pays once.
    yield _timed(f"{what}, with indexing", None, _sample(lambda: target_flows(replace(world), balancer), runs=_RUNS))
    yield _timed(what, TARGETS_TARGET_MS, _sample(lambda: target_flows(world, balancer), runs=_RUNS))


def _timed(what: str, target: float | None, sample: Sample) -> Row:
    multiple = sample.median_ms / sample.reference_ms
    beside = f"{multiple:.3g} x the loop of {sample.reference_ms:.2f} ms; worst {sample.worst_ms:.3g} ms"
    return _beside(TargetRow(GROUP, what, sample.median_ms, CPU, beside, target or 0, multiple))


def _beside(row: TargetRow) -> Row:
    """Put the target in front of the proportion."""
    if not row.target:
        return row
    met = "met" if row.value <= row.target else "MISSED"
    proportion = f"target {row.target:g}: {met}, {row.value / row.target:.2f} of it"
    return replace(row, proportion=f"{proportion}; {row.proportion}" if row.proportion else proportion)


def _memory() -> Row:
    """Parse in a process of its own: what earlier parsing keeps for reuse would hide what this one takes."""
    command = [sys.executable, "-m", __name__]
    told = subprocess.run(command, cwd=_REPOSITORY, capture_output=True, text=True, check=True).stdout
    peak, whole = (float(number) for number in told.split())
    whole_process = f"whole process {whole:.0f} MB, its input included"
    what = f"peak memory of parsing {_LARGEST:,} interfaces"
    return _beside(TargetRow(GROUP, what, peak, "MB", whole_process, MEMORY_TARGET_MB))


def print_memory() -> None:
    """Print how many MB parsing takes at its peak, and how many this process does."""
    answers = large_answers(_LARGEST)
    tracemalloc.start()
    world = parse(answers)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert world.interfaces
    whole = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(peak / 1e6, whole / (1e6 if sys.platform == "darwin" else 1e3))


def _sample(action: Callable[[], object], *, runs: int) -> Sample:
    """Time an action and the reference loop by turns, so that a busy moment hits both."""
    spans, references = [], []
    for _ in range(runs):
        references.append(_span(_reference))
        spans.append(_span(action))
    return Sample(statistics.median(spans), max(spans), statistics.median(references))


def _span(action: Callable[[], object]) -> float:
    begun = time.process_time()
    action()
    return (time.process_time() - begun) * 1000


def _reference() -> int:
    """Do a fixed amount of what the model does: look numbers up, compare, add."""
    table = dict.fromkeys(range(0, _LOOP, 2), 1)
    return sum(table.get(number, 0) for number in range(_LOOP) if number & 3)


if __name__ == "__main__":
    print_memory()
