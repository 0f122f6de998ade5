"""Everything that may happen to two load balancers behind one network ACL, one thing at a time, in any order.

Events arrive twice, late and in the wrong order; people answer, twice and to what is superseded; others change the ACL;
functions are throttled and killed, called again, and cut in on at any call. A history is a row of bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from pathmend.errors import PathmendError
from pathmend.guardrails.rules import Rules
from pathmend.incidents.journaling import known
from pathmend.incidents.triage import TriageResult, triage
from pathmend.signals.signal import AlarmState
from tests.builders import LOAD_BALANCER_ARN, TARGET_GROUP_ARN, allow_tcp, with_entry
from tests.fakes import FakePorts
from tests.trouble.injected import Injected, Killed, Trouble
from tests.trouble.memory import the_same
from tests.trouble.remediation import Execution, executions_of
from tests.trouble.small_world import (
    ACL,
    REPLIES,
    SECOND_BALANCER_ARN,
    SECOND_GROUP_ARN,
    a_small_world,
    with_health,
    with_second_balancer,
)
from tests.trouble.watched import WatchedStore, WatchedWorld
from tests.unit.incidents.stories import an_alarm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pathmend.incidents.incident import Incident, Verdict
    from pathmend.snapshot.world import Snapshot

SUBJECTS = (LOAD_BALANCER_ARN, SECOND_BALANCER_ARN)
ALARMS = {one: f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:alarm-{i}" for i, one in enumerate(SUBJECTS)}
GROUPS = dict(zip(SUBJECTS, (TARGET_GROUP_ARN, SECOND_GROUP_ARN), strict=True))
NUMBERS = dict(zip(SUBJECTS, (REPLIES, REPLIES + 100), strict=True))
CIDRS = dict(zip(SUBJECTS, ("10.0.11.0/24", "10.0.12.0/24"), strict=True))
VALUES = ((1024, 65535), (32768, 65535), (40000, 65535))
"""What the rule about a balancer's replies may hold: the first one is right, the others are what people set."""


@cache
def a_world_with(first: int, second: int, health: tuple[str, str]) -> Snapshot:
    """Return the world whose rules hold these of the values, and whose targets have this health."""
    world = with_second_balancer(a_small_world())
    for subject, value in zip(SUBJECTS, (first, second), strict=True):
        world = with_entry(world, ACL, a_rule(subject, value))
    for subject, state in zip(SUBJECTS, health, strict=True):
        world = with_health(world, state, arn=GROUPS[subject])
    return the_same(world)


@cache
def a_rule(subject: str, value: int) -> Any:
    """Return the rule about the replies to a balancer, with that one of the values."""
    return allow_tcp(NUMBERS[subject], CIDRS[subject], VALUES[value])


@dataclass
class Interplay:
    """One history: the ports, the executions, what was delivered and said, and who changed what."""

    ports: FakePorts = field(default_factory=lambda: FakePorts(WatchedWorld(a_world_with(1, 1, ("unhealthy",) * 2))))
    executions: dict[str, Execution] = field(default_factory=dict)
    events: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    results: list[tuple[str, TriageResult]] = field(default_factory=list)
    undelivered: list[dict[str, Any]] = field(default_factory=list)
    accepted: dict[tuple[str, str], set[Verdict]] = field(default_factory=dict)
    trouble: Trouble | None = None
    trouble_at: int = 0
    depth: int = 0
    happened: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ports.store = WatchedStore()
        for subject in SUBJECTS:
            self.ports.alarms.set(ALARMS[subject], AlarmState.ALARM)

    @property
    def world(self) -> WatchedWorld:
        """Return the world with what was done to it."""
        assert isinstance(self.ports.world, WatchedWorld)
        return self.ports.world

    @property
    def store(self) -> WatchedStore:
        """Return the store with every change of state."""
        assert isinstance(self.ports.store, WatchedStore)
        return self.ports.store

    def settle(self) -> None:
        """Let time pass, without any more trouble, until every execution is over and no incident is left open.

        What a dead workflow left behind is closed when its alarm rings much later, and its successor goes its way.
        """
        self.trouble = None
        self.ports.rules = Rules()
        self._go_to_the_end()
        for _ in range(3):
            left = [one for one in self.store.incidents.values() if not one.state.closed]
            self.ports.clock.advance(24 * 3_600)
            for one in left:
                self.deliver(self.alarm(one.subject, "ALARM"))
            self._go_to_the_end()

    def _go_to_the_end(self) -> None:
        for _ in range(300):
            moved = [self.advance(one) for one in self.going()]
            if not moved:
                return
            if not any(moved):
                self.ports.clock.advance(600)
        raise AssertionError(f"no end: {[(one.name, one.visited[-6:]) for one in self.going()]}")

    def advance(self, one: Execution) -> bool:
        """Carry an execution on by one state."""
        with self.world.acting(*self.actor(one.given["incident_id"], one.state)):
            return bool(self.with_trouble(lambda ports: one.advance(ports, self.ports.workflow)))

    def actor(self, incident_id: str, step: str) -> tuple[str, str, int]:
        """Return by what the world knows who changes it: incident, step and round."""
        return incident_id, step, self.store.incidents[incident_id].round

    def going(self) -> list[Execution]:
        """Return the executions that are not over."""
        return [one for one in executions_of(self.ports.workflow, self.executions).values() if not one.over]

    def alarm(self, subject: str, state: str) -> dict[str, Any]:
        """Return a new event of the balancer's alarm."""
        name = f"event-{len(self.events)}"
        dimensions = {"LoadBalancer": subject.split(":loadbalancer/")[1]}
        event = an_alarm(state, event_id=name, arn=ALARMS[subject], dimensions=dimensions)
        self.events.append((event, subject))
        return event

    def deliver(self, event: dict[str, Any]) -> None:
        """Triage the event; what fails is delivered again, twice at most at once, as Lambda does with its queue."""
        for _ in range(3):
            try:
                self.results.append((event["id"], self.with_trouble(lambda ports: triage(event, ports))))
            except (Killed, PathmendError):
                continue
            else:
                return
        self.undelivered.append(event)

    def with_trouble(self, call: Callable[[Any], Any]) -> Any:
        """Make the call with ports in which the trouble waits that was set before, if any was."""
        ports = Injected(self.ports, self.trouble_at, self.trouble)
        self.trouble = None
        return call(ports.as_ports)


def incidents_of(play: Interplay) -> Iterator[Incident]:
    """Yield every incident as it is stored now, with what joined it."""
    for incident_id in play.store.incidents:
        yield known(play.ports, incident_id)
