"""An incident: one subject, its signals, what was found, planned, decided and done."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from pathmend.diagnosis.finding import Diagnosis
    from pathmend.guardrails.decision import Decision
    from pathmend.plans.plan import Plan, PlannedChange


class State(Enum):
    """The states of an incident. The first five are open: their incident holds its subject."""

    OPEN = "open"
    AWAITING_APPROVAL = "awaiting_approval"
    APPLYING = "applying"
    VERIFYING = "verifying"
    ROLLING_BACK = "rolling_back"
    RESOLVED = "resolved"
    PARTLY_RECOVERED = "partly_recovered"
    ROLLED_BACK = "rolled_back"
    ROLLBACK_FAILED = "rollback_failed"
    REFUSED = "refused"
    REJECTED = "rejected"
    EXPIRED = "expired"
    STALE = "stale"
    RECOVERED_BY_ITSELF = "recovered_by_itself"
    REPORTED = "reported"
    FAILED = "failed"

    @property
    def closed(self) -> bool:
        """Say whether the incident is over."""
        return self not in _OPEN


_OPEN = frozenset({State.OPEN, State.AWAITING_APPROVAL, State.APPLYING, State.VERIFYING, State.ROLLING_BACK})


class Channel(Enum):
    """How an answer reached us."""

    PAGE = "page"
    CLI = "cli"
    SIGNAL = "signal"


class Verdict(Enum):
    """What became of a proposal."""

    APPROVED = "approved"
    REJECTED = "rejected"
    RECOVERED_BY_ITSELF = "recovered_by_itself"


@dataclass(frozen=True, slots=True)
class Answer:
    """Who decided what, how and when, about which fingerprint."""

    verdict: Verdict
    who: str
    channel: Channel
    at: datetime
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Trigger:
    """What a signal leaves in its incident: `source` is the alarm's ARN, the Config rule's name, or "audit"."""

    event_id: str
    kind: str
    source: str
    at: datetime
    text: str = ""

    @property
    def words(self) -> str:
        """Name the alarm, rule or audit, and say what it said."""
        name = self.source.rsplit(":alarm:", 1)[-1]
        who = {"alarm": f"alarm {name}", "compliance": f"Config rule {name}"}.get(self.kind, "an audit")
        return f"{who}: {self.text}" if self.text else who


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line of an incident's journal, in order of writing; `stage` is the use case that wrote it."""

    at: datetime
    stage: str
    text: str


@dataclass(frozen=True, slots=True)
class Incident:
    """One open question about one subject (a load balancer's ARN). `version` counts the saves, for conditional writes.

    `round` counts the plans, from 1. `applied` are the steps that were begun, of all rounds, oldest first: a rollback
    undoes those and no other, but for the first `verified` ones, which were seen to help. `verify_until` is when
    waiting for recovery ends. `api_calls` is what the triage cost.

    `undone` are the indices in `applied` of the steps that were undone. `healthy_before` counts the healthy targets
    when the first change was begun. `superseded` says why a proposal that was made before this one holds no more.
    `waiting_since` is since when another incident's lease keeps this one from being applied. `made_before` counts the
    steps in `applied` that rounds before this one began.
    """

    id: str
    subject: str
    state: State
    opened_at: datetime
    updated_at: datetime
    version: int = 0
    triggers: tuple[Trigger, ...] = ()
    diagnosis: Diagnosis | None = None
    plan: Plan | None = None
    decision: Decision | None = None
    round: int = 1
    task_token: str | None = None
    answer: Answer | None = None
    proposed_at: datetime | None = None
    expires_at: datetime | None = None
    applied_at: datetime | None = None
    verify_until: datetime | None = None
    closed_at: datetime | None = None
    reason: str = ""
    applied: tuple[PlannedChange, ...] = ()
    api_calls: int = 0
    verified: int = 0
    undone: tuple[int, ...] = ()
    healthy_before: int | None = None
    superseded: str = ""
    waiting_since: datetime | None = None
    made_before: int = 0

    @property
    def begun(self) -> tuple[PlannedChange, ...]:
        """Return the steps that this round began."""
        return self.applied[self.made_before :]

    @property
    def outstanding(self) -> tuple[int, ...]:
        """Return the indices of the steps that a rollback has to undo yet, newest first."""
        return tuple(i for i in reversed(range(self.verified, len(self.applied))) if i not in self.undone)

    @property
    def alarm_arns(self) -> tuple[str, ...]:
        """Return the alarms that led to the incident."""
        return tuple(dict.fromkeys(t.source for t in self.triggers if t.kind == "alarm"))

    @property
    def config_rules(self) -> tuple[str, ...]:
        """Return the names of the Config rules that led to the incident."""
        return tuple(dict.fromkeys(t.source for t in self.triggers if t.kind == "compliance"))
