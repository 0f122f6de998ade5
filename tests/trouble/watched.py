"""A store and a world that keep account of what was done to them, by whom, and whether it was allowed."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from pathmend.incidents.incident import State, Verdict
from tests.builders import with_entry
from tests.fakes import InMemoryIncidentStore
from tests.trouble.memory import FewWorlds, the_same
from tests.trouble.small_world import ACL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pathmend.changes.change import ApiRequest
    from pathmend.incidents.incident import Incident
    from pathmend.snapshot.resources import AclEntry
    from pathmend.snapshot.world import Snapshot

CLOSED = {state for state in State if state.closed}
UNDOABLE = CLOSED - {State.ROLLBACK_FAILED}
"""What a person may ask to be undone later, where anything of it stands."""

LEGAL: dict[State, set[State]] = {
    # A workflow that died is found by the next alarm; a proposal may be refused, or found stale, before it is begun.
    State.OPEN: {State.OPEN, State.AWAITING_APPROVAL, State.APPLYING, State.VERIFYING, State.ROLLING_BACK} | CLOSED,
    State.AWAITING_APPROVAL: {State.AWAITING_APPROVAL, State.APPLYING, State.OPEN, State.ROLLING_BACK} | CLOSED,
    State.APPLYING: {State.APPLYING, State.VERIFYING, State.ROLLING_BACK, State.OPEN} | CLOSED,
    State.VERIFYING: {State.VERIFYING, State.OPEN, State.ROLLING_BACK} | CLOSED,
    State.ROLLING_BACK: {State.ROLLING_BACK, State.ROLLED_BACK, State.ROLLBACK_FAILED, State.FAILED},
    **{state: {state} for state in CLOSED},
}
"""Which state may follow which; a closed incident is never opened again but by a person who wants it undone."""


@dataclass
class WatchedStore(InMemoryIncidentStore):
    """A store that notes what no incident may do.

    `begun` counts how often each plan was begun, `approved` are the rounds whose plan a person approved.
    """

    begun: dict[tuple[str, int, str], int] = field(default_factory=dict)
    approved: set[tuple[str, int]] = field(default_factory=set)
    violations: list[str] = field(default_factory=list)

    def save(self, incident: Incident) -> Incident:
        """Check what is saved against what was."""
        before = self.incidents.get(incident.id)
        if before and before.version == incident.version and not self._reopens(before, incident):
            if incident.state not in LEGAL[before.state]:
                # Raised here, it would be taken for a failure of the function that saves.
                self.violations.append(f"{incident.id}: {before.state.value} -> {incident.state.value}")
            self._count(before, incident)
        return super().save(incident)

    def _reopens(self, before: Incident, incident: Incident) -> bool:
        return before.state in UNDOABLE and incident.state is State.ROLLING_BACK

    def _count(self, before: Incident, incident: Incident) -> None:
        given, plan = incident.answer, incident.plan
        if given and plan and given.verdict is Verdict.APPROVED and given.fingerprint == plan.fingerprint:
            self.approved.add((incident.id, incident.round))
        if incident.state is State.APPLYING and before.state is not State.APPLYING and incident.plan:
            key = (incident.id, incident.round, incident.plan.fingerprint)
            self.begun[key] = self.begun.get(key, 0) + 1


@dataclass(frozen=True)
class Edit:
    """One change of a rule, by an incident's step in a round, or by others.

    `unseen` says that the slot was changed by somebody else after the actor's last look: no caller of AWS can know.
    """

    incident_id: str
    step: str
    round: int
    number: int
    before: AclEntry | None
    after: AclEntry | None
    unseen: bool = False

    @property
    def applied(self) -> bool:
        """Say whether it was made to repair something."""
        return self.step == "ApplyPlan"


@dataclass
class WatchedWorld(FewWorlds):
    """A world that keeps account of who wrote each rule, and whether it had seen what was there."""

    edits: list[Edit] = field(default_factory=list)
    actors: list[tuple[str, str, int]] = field(default_factory=list)
    seen: list[Snapshot | None] = field(default_factory=list)

    @contextmanager
    def acting(self, incident_id: str, step: str, number: int) -> Iterator[None]:
        """Let what is done meanwhile be done by this step of this incident, in its round of this number."""
        self.actors.append((incident_id, step, number))
        self.seen.append(None)
        try:
            yield
        finally:
            self.actors.pop()
            self.seen.pop()

    def read(self, load_balancer_arn: str) -> Snapshot:
        """Note what the actor saw."""
        seen = super().read(load_balancer_arn)
        if self.seen:
            self.seen[-1] = seen
        return seen

    def edited_by_others(self, entry: AclEntry) -> None:
        """Set a rule as somebody else does."""
        before = self.entry(entry.rule_number)
        self.snapshot = the_same(with_entry(self.snapshot, ACL, entry))
        if before != entry:
            self.edits.append(Edit("", "others", 0, entry.rule_number, before, entry))

    def entry(self, number: int) -> AclEntry | None:
        """Return the ingress rule of that number."""
        return _entry(self.snapshot, number)

    def carry_out(self, request: ApiRequest) -> None:
        """Change the rule, and note who did."""
        number = cast("int", cast("Mapping[str, object]", request.parameters)["RuleNumber"])
        before, seen = self.entry(number), self.seen[-1]
        super().carry_out(request)
        self.snapshot = the_same(self.snapshot)
        if self.entry(number) != before:
            unseen = seen is not None and _entry(seen, number) != before
            self.edits.append(Edit(*self.actors[-1], number, before, self.entry(number), unseen=unseen))


def _entry(world: Snapshot, number: int) -> AclEntry | None:
    acl = world.network_acls[ACL]
    return next((one for one in acl.entries if not one.egress and one.rule_number == number), None)
