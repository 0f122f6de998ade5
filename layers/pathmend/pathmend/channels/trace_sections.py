"""The flows of an answer put together by what they are for and how they fare, so that thousands read as a few."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathmend.channels.trace_answer import Role
from pathmend.network.flow import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pathmend.channels.trace_answer import Answer, TracedFlow
    from pathmend.network.flow import Hop

SHOWN_EACH = 4
"""So many flows are shown one by one; of more, one of each that fare alike."""
_TITLES = {
    Role.CLIENT_TO_NODE: "client to node",
    Role.NODE_TO_TARGET: "node to target",
    Role.HEALTH_CHECK: "health check",
}
_WORST_FIRST = (Verdict.BLOCKED, Verdict.PARTIAL, Verdict.UNKNOWN, Verdict.OPEN)


@dataclass(frozen=True, slots=True)
class Section:
    """The flows of one role; each group fares alike and stands for its first. `title` is empty for plain flows."""

    title: str
    groups: tuple[tuple[TracedFlow, ...], ...]


def sections_of(answer: Answer) -> tuple[Section, ...]:
    """Return the flows by role, in the order in which they happen."""
    by_role: dict[Role | None, list[TracedFlow]] = {}
    for flow in answer.flows:
        by_role.setdefault(flow.role, []).append(flow)
    return tuple(_section(role, flows, by_role.get(Role.NODE_TO_TARGET, ())) for role, flows in by_role.items())


def _section(role: Role | None, flows: Sequence[TracedFlow], traffic: Sequence[TracedFlow]) -> Section:
    if role is None:
        return Section("", _groups(flows))
    title = f"{_TITLES[role]}: {_counted(flows)}"
    if role is Role.HEALTH_CHECK and _repeats(flows, traffic):
        return Section(f"{title}, each as the traffic", ())
    return Section(title, _groups(flows))


def _counted(flows: Iterable[TracedFlow]) -> str:
    """Return "1,482 open, 18 blocked", the worst first."""
    found = Counter(flow.trace.verdict for flow in flows)
    return ", ".join(f"{found[verdict]:,} {verdict.value}" for verdict in _WORST_FIRST if verdict in found)


def _repeats(checks: Iterable[TracedFlow], traffic: Iterable[TracedFlow]) -> bool:
    """Say whether every check goes the very way of some traffic."""
    ways = {id(flow.trace) for flow in traffic}
    return all(id(flow.trace) in ways for flow in checks)


def _groups(flows: Sequence[TracedFlow]) -> tuple[tuple[TracedFlow, ...], ...]:
    if len(flows) <= SHOWN_EACH:
        return tuple((flow,) for flow in flows)
    alike: dict[object, list[TracedFlow]] = {}
    for flow in flows:
        alike.setdefault(_fate(flow), []).append(flow)
    ordered = sorted(alike.values(), key=lambda group: _WORST_FIRST.index(group[0].trace.verdict))
    return tuple(tuple(group) for group in ordered)


def _fate(flow: TracedFlow) -> object:
    """Return what flows that fare alike share: the verdict, and what on the way is not simply passed."""
    trace = flow.trace
    return trace.verdict, tuple(_felt(hop) for hop in (*trace.forward, *trace.back) if hop.verdict is not Verdict.OPEN)


def _felt(hop: Hop) -> object:
    # Each target has an interface of its own.
    element = "" if hop.kind == "interface" else hop.element_id
    return hop.leg, hop.kind, element, hop.rule, hop.verdict
