"""What the use cases need of the world. Each port has an AWS adapter, an in-memory fake and one contract suite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pathmend.changes.change import ApiRequest
    from pathmend.guardrails.rules import Rules
    from pathmend.incidents.incident import Incident, JournalEntry, Trigger, Verdict
    from pathmend.incidents.ports_of_restraint import Ledger, Locks, Ownership, ServiceEvents
    from pathmend.signals.signal import AlarmState, Compliance
    from pathmend.snapshot.figures import Figure, MetricQuery
    from pathmend.snapshot.world import Snapshot


class Clock(Protocol):
    """The time of day."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""


class Ids(Protocol):
    """A source of new incident ids."""

    def new(self) -> str:
        """Return an id never returned before: sortable by time, valid as an execution name (1-80 of A-Za-z0-9-_)."""


class IncidentStore(Protocol):
    """Incidents and their journals. Every write is conditional, so that two writers never both win."""

    def open(self, incident: Incident) -> Incident:
        """Store a new incident and take hold of its subject, or return the open incident that holds the subject."""

    def get(self, incident_id: str) -> Incident | None:
        """Return the incident as last saved (consistent read), or None."""

    def holding(self, subject: str) -> Incident | None:
        """Return the open incident that holds the subject, or None."""

    def save(self, incident: Incident) -> Incident:
        """Store the incident if its version is still the stored one, and return it with the next version.

        An incident in a closed state lets go of its subject in the same transaction.

        Raises:
            ConflictError: somebody saved it meanwhile.
        """

    def join(self, incident_id: str, trigger: Trigger) -> None:
        """Add a trigger to the incident; an event id that is known changes nothing. Never conflicts with a save.

        `get` and `holding` return the incident with the triggers that joined it.
        """

    def write_journal(self, incident_id: str, entries: Sequence[JournalEntry]) -> None:
        """Append entries, in order, after all that are there."""

    def journal(self, incident_id: str) -> tuple[JournalEntry, ...]:
        """Return the journal in order of writing."""

    def recent(self, limit: int) -> tuple[Incident, ...]:
        """Return the incidents opened last, newest first."""

    def reopen(self, incident: Incident) -> Incident:
        """Store a closed incident that is open again, like `save`, and take hold of its subject again.

        Raises:
            ConflictError: somebody saved it meanwhile, or another open incident holds the subject.
        """


class World(Protocol):
    """The resources of the account, read only."""

    def read(self, load_balancer_arn: str) -> Snapshot:
        """Return the load balancer with everything that its flows depend on.

        A kind that may not be read is named in the snapshot's `unread`.

        Raises:
            NotFoundError: the load balancer does not exist (any more).
            TemporaryError: AWS throttled or did not answer.
        """

    def load_balancers_of(self, target_group: str) -> tuple[str, ...]:
        """Return the ARNs of the load balancers that use the target group (its ARN or its CloudWatch dimension)."""

    def load_balancers(self) -> tuple[str, ...]:
        """Return the ARNs of all application load balancers of the account and Region."""


class Figures(Protocol):
    """Measurements of the last minutes."""

    def read(self, queries: Sequence[MetricQuery]) -> tuple[Figure, ...]:
        """Return one figure per query, in their order; a value of None where nothing was published."""


@dataclass(frozen=True, slots=True)
class AlarmStatus:
    """What an alarm says now. `window_seconds` is period x evaluation periods: how long it needs to change its mind.

    `dimensions` are those of its metrics (load balancers, target groups) as sorted pairs.
    """

    arn: str
    name: str
    state: AlarmState
    window_seconds: int
    dimensions: tuple[tuple[str, str], ...] = ()


class Alarms(Protocol):
    """CloudWatch alarms, read only."""

    def status(self, alarm_arns: Sequence[str]) -> tuple[AlarmStatus, ...]:
        """Return the alarms that still exist; a composite alarm has the window and dimensions of its children."""


class ComplianceRules(Protocol):
    """AWS Config rules."""

    def evaluate(self, rule_name: str) -> None:
        """Ask for a new evaluation; one that is under way already is as good."""

    def compliance(self, rule_name: str, resource_id: str) -> Compliance | None:
        """Return what the rule says of the resource, or None when it says nothing."""


class Executor(Protocol):
    """The one hand that changes something."""

    def call(self, request: ApiRequest) -> None:
        """Make the call. A resource that is gone, on a removal, is success.

        Raises:
            AccessDeniedError, NotFoundError, PermanentError: the call failed for good.
            TemporaryError: it may succeed later.
        """


class Workflow(Protocol):
    """The state machine that carries an incident on."""

    def start(self, incident_id: str, decision: str) -> None:
        """Start the incident's one execution; that it runs already is success."""

    def start_rollback(self, incident_id: str, reason: str) -> None:
        """Start the one execution that undoes a closed incident; that it runs already is success."""

    def answer(self, task_token: str, verdict: Verdict) -> bool:
        """Hand the answer to the waiting task; False when it waits no more."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A message to people: `attributes` are for filters and machines."""

    subject: str
    text: str
    attributes: tuple[tuple[str, str], ...]


class Notifier(Protocol):
    """The way to people."""

    def publish(self, notice: Notice) -> None:
        """Publish the notice to all subscribers."""


class Announcer(Protocol):
    """Puts an incident into words; the channels room implements it."""

    def proposal(self, incident: Incident) -> Notice:
        """Return the notice that asks for a decision, with its links."""

    def outcome(self, incident: Incident, journal: Sequence[JournalEntry]) -> Notice:
        """Return the notice that says how the incident ended."""


class AuditRequests(Protocol):
    """Where an audit asks for diagnoses."""

    def request(self, load_balancer_arns: Sequence[str]) -> None:
        """Ask for a diagnosis of each load balancer."""


class DeadLetters(Protocol):
    """Where an event is kept that nothing can be made of."""

    def keep(self, event: object, reason: str) -> None:
        """Keep the event with the reason, for a person to look at; one that is too large is cut and says so."""


class Meter(Protocol):
    """Counts the calls to AWS."""

    def calls(self) -> int:
        """Return how many calls were made since this process began."""


class Ports(Protocol):
    """All ports, as one use case receives them; an implementation may make each on first use."""

    @property
    def store(self) -> IncidentStore:
        """Return the incidents."""

    @property
    def locks(self) -> Locks:
        """Return the leases on resources."""

    @property
    def ledger(self) -> Ledger:
        """Return the record of own changes."""

    @property
    def service_events(self) -> ServiceEvents:
        """Return the open AWS Health events."""

    @property
    def ownership(self) -> Ownership:
        """Return who tells which code owns a resource."""

    @property
    def world(self) -> World:
        """Return the reader of resources."""

    @property
    def figures(self) -> Figures:
        """Return the reader of metrics."""

    @property
    def alarms(self) -> Alarms:
        """Return the reader of alarms."""

    @property
    def compliance(self) -> ComplianceRules:
        """Return the Config rules."""

    @property
    def executor(self) -> Executor:
        """Return the hand that changes."""

    @property
    def workflow(self) -> Workflow:
        """Return the state machine."""

    @property
    def notifier(self) -> Notifier:
        """Return the way to people."""

    @property
    def announcer(self) -> Announcer:
        """Return the words for people."""

    @property
    def audit_requests(self) -> AuditRequests:
        """Return where audits are asked for."""

    @property
    def dead_letters(self) -> DeadLetters:
        """Return where unusable events are kept."""

    @property
    def clock(self) -> Clock:
        """Return the clock."""

    @property
    def ids(self) -> Ids:
        """Return the source of ids."""

    @property
    def meter(self) -> Meter:
        """Return the counter of calls."""

    @property
    def rules(self) -> Rules:
        """Return the rules in force."""

    @property
    def approval_seconds(self) -> int:
        """Return how long a proposal waits for its answer."""
