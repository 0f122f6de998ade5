"""The ports of restraint in memory: leases, the record of own changes, AWS Health events, owners."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pathmend.errors import ConflictError
from pathmend.guardrails.ownership import Owned
from pathmend.incidents.ports_of_restraint import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from pathmend.guardrails.circumstances import Breaker, OwnChange, ServiceEvent
    from pathmend.guardrails.ownership import Owner
    from pathmend.guardrails.rules import Rules
    from pathmend.snapshot.world import Snapshot


@dataclass
class FakeLocks:
    """Leases by resource: who holds it, and until when."""

    now: Callable[[], datetime]
    leases: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    def hold(self, resource_ids: Sequence[str], incident_id: str, *, until: datetime) -> str | None:
        """Take or renew all of the leases, or none."""
        for resource_id in resource_ids:
            holder, end = self.leases.get(resource_id, (incident_id, until))
            if holder != incident_id and end > self.now():
                return holder
        self.leases |= dict.fromkeys(resource_ids, (incident_id, until))
        return None

    def release(self, resource_ids: Sequence[str], incident_id: str) -> None:
        """Give back what the incident holds."""
        for resource_id in resource_ids:
            if self.leases.get(resource_id, ("",))[0] == incident_id:
                del self.leases[resource_id]


@dataclass
class FakeLedger:
    """Own changes in order, and breakers by incident."""

    changes: list[OwnChange] = field(default_factory=list)
    version: int = 0
    open_breakers: dict[str, Breaker] = field(default_factory=dict)

    def since(self, moment: datetime) -> Record:
        """Return the changes since the moment."""
        found = sorted((one for one in self.changes if one.at >= moment), key=lambda one: one.at)
        return Record(tuple(found), self.version)

    def record(self, changes: Sequence[OwnChange], *, version: int) -> None:
        """Add changes, if nobody did since."""
        if version != self.version:
            raise ConflictError("somebody recorded changes meanwhile")
        self.changes += [one for one in dict.fromkeys(changes) if one not in self.changes]
        self.version += 1

    def breakers(self, now: datetime) -> tuple[Breaker, ...]:
        """Return those that are open."""
        found = (one for one in self.open_breakers.values() if one.until > now)
        return tuple(sorted(found, key=lambda one: one.opened_at))

    def open_breaker(self, breaker: Breaker) -> None:
        """Open the incident's breaker."""
        self.open_breakers[breaker.incident_id] = breaker

    def close_breaker(self, incident_id: str) -> bool:
        """Close the incident's breaker."""
        return self.open_breakers.pop(incident_id, None) is not None


@dataclass
class FakeServiceEvents:
    """Open events by ARN, and when each was told of last."""

    events: dict[str, ServiceEvent] = field(default_factory=dict)
    told: dict[str, datetime] = field(default_factory=dict)

    def note(self, event: ServiceEvent, *, told_at: datetime) -> None:
        """Keep the event, unless something newer is known."""
        if told_at >= self.told.get(event.arn, told_at):
            self.told[event.arn] = told_at
            self.events[event.arn] = event

    def ended(self, arn: str, *, told_at: datetime) -> None:
        """Forget the event, unless something newer is known."""
        if told_at >= self.told.get(arn, told_at):
            self.told[arn] = told_at
            self.events.pop(arn, None)

    def ongoing(self) -> tuple[ServiceEvent, ...]:
        """Return all that are open."""
        return tuple(sorted(self.events.values(), key=lambda one: one.started_at))


@dataclass
class FakeOwnership:
    """Owners by resource."""

    by_resource: dict[str, Owner] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()

    def owners(self, resource_ids: Sequence[str], _snapshot: Snapshot, _rules: Rules) -> Owned:
        """Return the owners of those that have one."""
        found = (self.by_resource[one] for one in resource_ids if one in self.by_resource)
        return Owned(tuple(found), self.unknown)
