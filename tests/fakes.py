"""The ports in memory: state that behaves as AWS does, held to the adapters by tests/contract."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pathmend.errors import ConflictError
from pathmend.guardrails.rules import Rules
from pathmend.incidents.ports import AlarmStatus, Notice
from pathmend.snapshot.figures import Figure, MetricQuery
from pathmend.snapshot.world import Snapshot
from tests.fake_restraint import FakeLedger, FakeLocks, FakeOwnership, FakeServiceEvents
from tests.fake_world import Failure, FakeExecutor, FakeWorld

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pathmend.incidents.incident import Incident, JournalEntry, Trigger, Verdict
    from pathmend.signals.signal import AlarmState, Compliance

__all__ = [
    "Failure",
    "FakeAlarms",
    "FakeAnnouncer",
    "FakeAuditRequests",
    "FakeComplianceRules",
    "FakeDeadLetters",
    "FakeExecutor",
    "FakeFigures",
    "FakeLedger",
    "FakeLocks",
    "FakeMeter",
    "FakeNotifier",
    "FakeOwnership",
    "FakePorts",
    "FakeServiceEvents",
    "FakeWorkflow",
    "FakeWorld",
    "FixedClock",
    "InMemoryIncidentStore",
    "SequentialIds",
]

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass
class FixedClock:
    """A clock that stands until it is moved."""

    moment: datetime = NOON

    def now(self) -> datetime:
        """Return the moment."""
        return self.moment

    def advance(self, seconds: float) -> datetime:
        """Move on, and return the new moment."""
        self.moment += timedelta(seconds=seconds)
        return self.moment


@dataclass
class SequentialIds:
    """inc-0001, inc-0002, ..."""

    last: int = 0

    def new(self) -> str:
        """Return the next id."""
        self.last += 1
        return f"inc-{self.last:04}"


@dataclass
class InMemoryIncidentStore:
    """Incidents in a dictionary."""

    incidents: dict[str, Incident] = field(default_factory=dict)
    subjects: dict[str, str] = field(default_factory=dict)
    journals: dict[str, list[JournalEntry]] = field(default_factory=dict)
    joined: dict[str, list[Trigger]] = field(default_factory=dict)

    def open(self, incident: Incident) -> Incident:
        """Store the incident unless another holds its subject."""
        held = self.holding(incident.subject)
        if held:
            return held
        if incident.id in self.incidents:
            raise ConflictError(f"incident {incident.id} exists already")
        self.incidents[incident.id] = incident
        self.subjects[incident.subject] = incident.id
        return incident

    def get(self, incident_id: str) -> Incident | None:
        """Return the incident with the triggers that joined it."""
        incident = self.incidents.get(incident_id)
        if incident is None:
            return None
        known = {t.event_id for t in incident.triggers}
        late = [t for t in self.joined.get(incident_id, []) if t.event_id not in known]
        return replace(incident, triggers=(*incident.triggers, *late))

    def holding(self, subject: str) -> Incident | None:
        """Return the incident that holds the subject."""
        incident_id = self.subjects.get(subject)
        return self.get(incident_id) if incident_id else None

    def join(self, incident_id: str, trigger: Trigger) -> None:
        """Add the trigger unless its event is known."""
        late = self.joined.setdefault(incident_id, [])
        if trigger.event_id not in {t.event_id for t in late}:
            late.append(trigger)

    def save(self, incident: Incident) -> Incident:
        """Store the incident under its next version."""
        stored = self.incidents.get(incident.id)
        if stored is None or stored.version != incident.version:
            raise ConflictError(f"incident {incident.id} was changed by somebody else meanwhile")
        saved = replace(incident, version=incident.version + 1)
        self.incidents[saved.id] = saved
        if saved.state.closed and self.subjects.get(saved.subject) == saved.id:
            del self.subjects[saved.subject]
        return saved

    def reopen(self, incident: Incident) -> Incident:
        """Store the incident as open again, unless another holds its subject."""
        if self.subjects.get(incident.subject, incident.id) != incident.id:
            raise ConflictError(f"another open incident holds {incident.subject}")
        saved = self.save(incident)
        self.subjects[incident.subject] = incident.id
        return saved

    def write_journal(self, incident_id: str, entries: Sequence[JournalEntry]) -> None:
        """Append the entries."""
        self.journals.setdefault(incident_id, []).extend(entries)

    def journal(self, incident_id: str) -> tuple[JournalEntry, ...]:
        """Return the entries."""
        return tuple(self.journals.get(incident_id, ()))

    def recent(self, limit: int) -> tuple[Incident, ...]:
        """Return the newest incidents first."""
        newest = sorted(self.incidents.values(), key=lambda one: (one.opened_at, one.id), reverse=True)
        return tuple(newest[:limit])


@dataclass
class FakeFigures:
    """Values by query; a query without one has None."""

    values: dict[MetricQuery, float] = field(default_factory=dict)
    window_seconds: int = 300

    def read(self, queries: Sequence[MetricQuery]) -> tuple[Figure, ...]:
        """Return a figure per query."""
        return tuple(Figure(query, self.values.get(query), self.window_seconds) for query in queries)


@dataclass
class FakeAlarms:
    """Alarms by ARN."""

    alarms: dict[str, AlarmStatus] = field(default_factory=dict)

    def set(self, arn: str, state: AlarmState, *, window_seconds: int = 180) -> None:
        """Put the alarm into the state, making it where it is new; known dimensions stay."""
        dimensions = self.alarms[arn].dimensions if arn in self.alarms else ()
        name = arn.rsplit(":", 1)[-1]
        self.alarms[arn] = AlarmStatus(arn, name, state, window_seconds, dimensions)

    def status(self, alarm_arns: Sequence[str]) -> tuple[AlarmStatus, ...]:
        """Return those that exist."""
        return tuple(self.alarms[arn] for arn in dict.fromkeys(alarm_arns) if arn in self.alarms)


@dataclass
class FakeComplianceRules:
    """Compliance by rule and resource; `evaluated` names the rules that were asked to look again."""

    results: dict[tuple[str, str], Compliance] = field(default_factory=dict)
    evaluated: list[str] = field(default_factory=list)

    def evaluate(self, rule_name: str) -> None:
        """Note that an evaluation was asked for."""
        self.evaluated.append(rule_name)

    def compliance(self, rule_name: str, resource_id: str) -> Compliance | None:
        """Return the result, if there is one."""
        return self.results.get((rule_name, resource_id))


@dataclass
class FakeWorkflow:
    """Executions by incident (with their first decision), and the tokens that wait."""

    executions: dict[str, str] = field(default_factory=dict)
    rollbacks: dict[str, str] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    answers: dict[str, Verdict] = field(default_factory=dict)

    def start(self, incident_id: str, decision: str) -> None:
        """Start the execution, once."""
        self.executions.setdefault(incident_id, decision)

    def start_rollback(self, incident_id: str, reason: str) -> None:
        """Start the execution that undoes, once."""
        self.rollbacks.setdefault(incident_id, reason)

    def answer(self, task_token: str, verdict: Verdict) -> bool:
        """Answer a waiting task, once."""
        if task_token not in self.waiting:
            return False
        self.waiting.remove(task_token)
        self.answers[task_token] = verdict
        return True


@dataclass
class FakeNotifier:
    """Keeps the notices; raises `error` where one is set."""

    published: list[Notice] = field(default_factory=list)
    error: Exception | None = None

    def publish(self, notice: Notice) -> None:
        """Keep the notice."""
        if self.error:
            raise self.error
        self.published.append(notice)


@dataclass(frozen=True)
class FakeAnnouncer:
    """The shortest words that tell one notice from another."""

    def proposal(self, incident: Incident) -> Notice:
        """Name the incident and its plan."""
        fingerprint = incident.plan.fingerprint if incident.plan else ""
        return Notice(f"proposal {incident.id}", fingerprint, _attributes(incident))

    def outcome(self, incident: Incident, journal: Sequence[JournalEntry]) -> Notice:
        """Name the incident, its state and its journal."""
        text = "\n".join(entry.text for entry in journal)
        return Notice(f"outcome {incident.id} {incident.state.value}", text, _attributes(incident))


def _attributes(incident: Incident) -> tuple[tuple[str, str], ...]:
    return (("incident_id", incident.id), ("state", incident.state.value))


@dataclass
class FakeAuditRequests:
    """The load balancers whose diagnosis was asked for."""

    requested: list[str] = field(default_factory=list)

    def request(self, load_balancer_arns: Sequence[str]) -> None:
        """Keep the ARNs."""
        self.requested.extend(load_balancer_arns)


@dataclass
class FakeDeadLetters:
    """The events that nothing could be made of, with their reasons."""

    kept: list[tuple[object, str]] = field(default_factory=list)

    def keep(self, event: object, reason: str) -> None:
        """Keep the event."""
        self.kept.append((event, reason))


@dataclass
class FakeMeter:
    """A count that tests set."""

    count: int = 0

    def calls(self) -> int:
        """Return the count."""
        return self.count


@dataclass
class FakePorts:
    """All ports over one world: `FakePorts(FakeWorld(a_workshop()))`."""

    world: FakeWorld = field(default_factory=lambda: FakeWorld(Snapshot()))
    rules: Rules = field(default_factory=Rules)
    approval_seconds: int = 3_600
    store: InMemoryIncidentStore = field(default_factory=InMemoryIncidentStore)
    figures: FakeFigures = field(default_factory=FakeFigures)
    alarms: FakeAlarms = field(default_factory=FakeAlarms)
    compliance: FakeComplianceRules = field(default_factory=FakeComplianceRules)
    workflow: FakeWorkflow = field(default_factory=FakeWorkflow)
    notifier: FakeNotifier = field(default_factory=FakeNotifier)
    announcer: FakeAnnouncer = field(default_factory=FakeAnnouncer)
    audit_requests: FakeAuditRequests = field(default_factory=FakeAuditRequests)
    dead_letters: FakeDeadLetters = field(default_factory=FakeDeadLetters)
    clock: FixedClock = field(default_factory=FixedClock)
    ids: SequentialIds = field(default_factory=SequentialIds)
    meter: FakeMeter = field(default_factory=FakeMeter)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    service_events: FakeServiceEvents = field(default_factory=FakeServiceEvents)
    ownership: FakeOwnership = field(default_factory=FakeOwnership)
    executor: FakeExecutor = field(init=False)
    locks: FakeLocks = field(init=False)

    def __post_init__(self) -> None:
        self.executor = FakeExecutor(self.world)
        self.locks = FakeLocks(self.clock.now)
