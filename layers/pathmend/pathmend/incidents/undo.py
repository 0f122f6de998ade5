"""Undo later: a person has the changes of an incident that is over undone, and sees before what that does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pathmend.errors import ConflictError, NotFoundError, PermanentError
from pathmend.guardrails.decide import refusals_of_undo
from pathmend.incidents.answer import AnswerResult
from pathmend.incidents.gathering import at_hand
from pathmend.incidents.incident import Incident, State
from pathmend.incidents.journaling import known, note
from pathmend.plans.no_plan import NoPlan
from pathmend.plans.undo import undo_plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pathmend.incidents.ports import Ports
    from pathmend.plans.plan import Plan, PlannedChange

STAGE = "undo"
_ANY = 2**160
"""More than there are addresses times ports."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What undoing would do, as a plan; `refusals` are why it may not be done."""

    plan: Plan
    refusals: tuple[str, ...]


def preview(incident_id: str, ports: Ports) -> Preview | NoPlan:
    """Return what undoing the incident's changes would do to the world as it is now, or why there is nothing to undo.

    Raises:
        NotFoundError: there is no such incident.
        TemporaryError: AWS throttled or did not answer.
    """
    incident = known(ports, incident_id)
    steps = [step for index, step in enumerate(incident.applied) if index not in incident.undone]
    refusal = _not_to_be_undone(incident, steps)
    if refusal:
        return NoPlan(f"incident {incident_id} is {incident.state.value.replace('_', ' ')}: {refusal}")
    try:
        snapshot = ports.world.read(incident.subject)
    except NotFoundError as exc:
        return NoPlan(f"{exc}, so what to undo cannot be looked at; its journal names each change")
    plan = undo_plan(steps, snapshot, incident.subject)
    if isinstance(plan, NoPlan):
        return plan
    circumstances = at_hand(incident.subject, plan, snapshot, ports, changed=())
    # How much was open before is no choice of ours; what must never be opened stays forbidden.
    rules = replace(ports.rules, most_opened=_ANY)
    return Preview(plan, refusals_of_undo(plan, snapshot, rules, circumstances))


def _not_to_be_undone(incident: Incident, steps: Sequence[PlannedChange]) -> str:
    """Say why the incident is none to undo: the rounds of one that expired or was rejected later may have changed some.

    What a rollback could not undo has had its one execution.
    """
    if not incident.state.closed:
        return "look again when it is over"
    if incident.state is State.ROLLBACK_FAILED:
        return "undo by hand what is left, as its notice says"
    return "" if steps else "nothing that it changed stands"


def request_undo(incident_id: str, who: str, fingerprint: str, ports: Ports) -> AnswerResult:
    """Have the workflow undo the incident's changes, if what was shown is still what it would do.

    Asked again, as after a crash, it hands over once more what was asked for, and changes nothing else.

    Raises:
        NotFoundError: there is no such incident.
        TemporaryError: AWS throttled; asking again carries on.
    """
    incident = known(ports, incident_id)
    if incident.state is State.ROLLING_BACK and incident.reason:
        ports.workflow.start_rollback(incident_id, incident.reason)
        return AnswerResult(accepted=True, sentence=f"incident {incident_id} is being undone already")
    shown = preview(incident_id, ports)
    refusal = _refusal(shown, fingerprint)
    if refusal:
        return AnswerResult(accepted=False, sentence=refusal)
    return _reopened(incident, who, ports)


def _refusal(shown: Preview | NoPlan, fingerprint: str) -> str:
    if isinstance(shown, NoPlan):
        return shown.reason
    if shown.plan.fingerprint != fingerprint:
        return "what it would do is not what you saw any more: look at it again"
    return "; ".join(shown.refusals)


def _reopened(incident: Incident, who: str, ports: Ports) -> AnswerResult:
    """Open the incident again as one that is being undone, all of its rounds, and wake the workflow.

    The reason stays with it: it tells this rollback from one that a repair's own workflow makes.
    """
    reason = f"{who} asked for it to be undone"
    try:
        saved = ports.store.reopen(
            replace(
                incident,
                state=State.ROLLING_BACK,
                verified=0,
                closed_at=None,
                reason=reason,
                waiting_since=None,
                updated_at=ports.clock.now(),
            )
        )
    except ConflictError:
        sentence = f"another incident about {incident.subject} is open, or somebody else was faster: look again later"
        return AnswerResult(accepted=False, sentence=sentence)
    _hand_over(incident, saved, ports)
    note(ports, incident.id, STAGE, reason)
    return AnswerResult(accepted=True, sentence=f"incident {incident.id} is being undone: pathmend watch {incident.id}")


def _hand_over(before: Incident, saved: Incident, ports: Ports) -> None:
    """Wake the workflow; where that is refused for good, as to who may not start it, leave the incident as it was.

    Raises:
        PermanentError: nobody is undoing anything.
        TemporaryError: asking again hands it over.
    """
    try:
        ports.workflow.start_rollback(saved.id, saved.reason)
    except PermanentError:
        ports.store.save(replace(before, version=saved.version))
        raise
