"""The ports that hold Pathmend back: leases on resources, the record of its own changes, what others own and say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pathmend.guardrails.circumstances import Breaker, OwnChange, ServiceEvent
    from pathmend.guardrails.ownership import Owned
    from pathmend.guardrails.rules import Rules
    from pathmend.snapshot.world import Snapshot


class Locks(Protocol):
    """Leases on resources, so that two incidents never change one at the same time."""

    def hold(self, resource_ids: Sequence[str], incident_id: str, *, until: datetime) -> str | None:
        """Take or renew the lease on all of the resources, or on none; a lease that has run out is free.

        Returns the id of another incident that holds one of them, or None when all are held.

        Raises:
            TemporaryError: the store did not answer, or somebody took or gave back a lease at this very moment.
        """

    def release(self, resource_ids: Sequence[str], incident_id: str) -> None:
        """Give back those of the leases that the incident holds; others stay."""


@dataclass(frozen=True, slots=True)
class Record:
    """The own changes since some moment, oldest first; `version` counts the writes to the whole record."""

    changes: tuple[OwnChange, ...]
    version: int


class Ledger(Protocol):
    """What Pathmend changed lately, and where it stopped trusting itself."""

    def since(self, moment: datetime) -> Record:
        """Return the own changes since the moment (consistent read)."""

    def record(self, changes: Sequence[OwnChange], *, version: int) -> None:
        """Add own changes if nobody did since `version` was read: a limit that was checked then still holds.

        The same change (incident, resource and time) again is stored once.

        Raises:
            ConflictError: somebody recorded changes meanwhile.
        """

    def breakers(self, now: datetime) -> tuple[Breaker, ...]:
        """Return the breakers that are open now, oldest first."""

    def open_breaker(self, breaker: Breaker) -> None:
        """Open a breaker; one per incident: a later one of the same incident takes its place."""

    def close_breaker(self, incident_id: str) -> bool:
        """Close the incident's breaker; False when there is none."""


class ServiceEvents(Protocol):
    """The AWS Health events that EventBridge told of, in no certain order: what was told last of an event counts."""

    def note(self, event: ServiceEvent, *, told_at: datetime) -> None:
        """Keep an event that is open."""

    def ended(self, arn: str, *, told_at: datetime) -> None:
        """Forget an event, known or not."""

    def ongoing(self) -> tuple[ServiceEvent, ...]:
        """Return the events that are open, as far as is known."""


class Ownership(Protocol):
    """Which infrastructure code owns a resource, read only."""

    def owners(self, resource_ids: Sequence[str], snapshot: Snapshot, rules: Rules) -> Owned:
        """Return who owns the resources: by their tags in the snapshot, by CloudFormation, by Terraform's states.

        What may not be read is said in `unknown`, never raised.

        Raises:
            TemporaryError: AWS throttled or did not answer.
        """
