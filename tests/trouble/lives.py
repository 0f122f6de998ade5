"""Lives of incidents: from the alarm through the state machine to the end, with a nature that answers to repairs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pathmend.incidents.incident import Incident, State
from pathmend.incidents.journaling import known
from pathmend.incidents.triage import triage
from pathmend.signals.signal import AlarmState
from tests.fakes import FakePorts
from tests.trouble.injected import forked
from tests.trouble.memory import FewWorlds
from tests.trouble.remediation import Execution, executions_of
from tests.trouble.small_world import plain, with_health
from tests.unit.incidents.stories import ALARM_ARN, an_alarm, approve

if TYPE_CHECKING:
    from collections.abc import Callable

    from pathmend.incidents.ports import Ports
    from pathmend.snapshot.world import Snapshot

PAUSE = 240
"""Seconds between two looks at what waits: longer than any wait of the machine, shorter than its patience."""

LONGEST = 2_000
"""States that one life may pass through: a loop that waits for something that never comes ends here."""


@dataclass
class Life:
    """Ports, and the executions over them; `heals` says whether a world without its faults makes targets healthy."""

    ports: FakePorts
    heals: Callable[[Snapshot], bool]
    executions: dict[str, Execution] = field(default_factory=dict)

    def nature(self) -> None:
        """Let the targets' health and the alarm follow the world."""
        well = self.heals(self.ports.world.snapshot)
        self.ports.world.snapshot = with_health(self.ports.world.snapshot, "healthy" if well else "unhealthy")
        self.ports.alarms.set(ALARM_ARN, AlarmState.OK if well else AlarmState.ALARM)

    def run(self, seen: Ports | None = None, *, until: Callable[[Execution], bool] = lambda _: False) -> None:
        """Carry every execution on until it is over, or where `until` says; `seen` are the ports that functions get."""
        for _ in range(LONGEST):
            self.nature()
            going = [one for one in executions_of(self.ports.workflow, self.executions).values() if not one.over]
            going = [one for one in going if not until(one)]
            if not going:
                return
            for one in going:
                if not one.advance(seen or self.ports, self.ports.workflow):
                    self.ports.clock.advance(PAUSE)
        raise AssertionError(f"no end: {[(one.name, one.visited[-8:]) for one in self.executions.values()]}")

    def forked(self) -> Life:
        """Return a life that goes on from here by itself."""
        copies = {
            name: replace(one, visited=list(one.visited), payloads=dict(one.payloads))
            for name, one in self.executions.items()
        }
        return Life(forked(self.ports), self.heals, copies)

    @property
    def incident(self) -> Incident:
        """Return the first incident."""
        return known(self.ports, min(self.ports.store.incidents))

    @property
    def journal(self) -> str:
        """Return the incident's journal as one text."""
        return "\n".join(f"{one.stage}: {one.text}" for one in self.ports.store.journal(self.incident.id))


def waits_for_an_answer(execution: Execution) -> bool:
    """Say whether the proposal is before people."""
    return execution.state == "RequestApproval" and execution.entered_at is not None


def proposed_life(world: Snapshot, *, heals: Callable[[Snapshot], bool]) -> Life:
    """Return a life up to its proposal."""
    life = Life(FakePorts(FewWorlds(with_health(world, "unhealthy"))), heals)
    life.nature()
    triage(an_alarm(), life.ports)
    life.run(until=waits_for_an_answer)
    assert life.incident.state is State.AWAITING_APPROVAL, life.incident.decision
    return life


def approved_life(world: Snapshot, *, heals: Callable[[Snapshot], bool]) -> Life:
    """Return a life whose proposal was approved, just before it is applied."""
    life = proposed_life(world, heals=heals)
    approve(life.incident, life.ports)
    life.run(until=lambda one: one.state == "ApplyPlan")
    return life


def same_network(one: Snapshot, other: Snapshot) -> bool:
    """Say whether two worlds are the same but for what AWS makes up and the health of targets."""
    return plain(with_health(one, "healthy")) == plain(with_health(other, "healthy"))
