"""Take an answer to a proposal: exactly one counts, and only for what was shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pathmend.errors import ConflictError
from pathmend.incidents.incident import Answer, Channel, Incident, State, Verdict
from pathmend.incidents.journaling import note

if TYPE_CHECKING:
    from pathmend.incidents.ports import Ports

_DONE = {
    Verdict.APPROVED: "approved: the change is being applied",
    Verdict.REJECTED: "rejected: the change is not made",
    Verdict.RECOVERED_BY_ITSELF: "withdrawn: the trouble is over",
}


@dataclass(frozen=True, slots=True)
class AnswerResult:
    """Whether the answer counts, and the sentence to show to whoever gave it."""

    accepted: bool
    sentence: str


def answer(  # noqa: PLR0913 - who, how and about what are separate facts of one answer
    incident_id: str, verdict: Verdict, *, who: str, channel: Channel, fingerprint: str, ports: Ports
) -> AnswerResult:
    """Record the answer if the incident still waits for it and its plan is the one that was shown.

    Given again by the same person, the same answer is accepted again and changes nothing.
    """
    incident = ports.store.get(incident_id)
    if incident is None:
        return AnswerResult(accepted=False, sentence=f"there is no incident {incident_id}")
    refusal = _refusal(incident, fingerprint, ports)
    if refusal:
        return AnswerResult(accepted=False, sentence=refusal)
    given = Answer(verdict, who, channel, ports.clock.now(), fingerprint)
    if incident.answer:
        return _again(incident, given, ports)
    try:
        in_time = hand_over(incident, given, ports)
    except ConflictError:
        return AnswerResult(accepted=False, sentence="somebody else answered at the same moment: look at the incident")
    if not in_time:
        return AnswerResult(accepted=False, sentence="too late: the proposal expired and its change is not made")
    return AnswerResult(accepted=True, sentence=_DONE[verdict])


def hand_over(incident: Incident, given: Answer, ports: Ports) -> bool:
    """Save the answer, then wake the workflow; False when it waits no more.

    Raises:
        ConflictError: another answer was saved first.
    """
    saved = ports.store.save(replace(incident, answer=given, updated_at=given.at))
    # Nothing may fail between the save and the waking: a decision that wakes nobody is lost.
    in_time = ports.workflow.answer(saved.task_token or "", given.verdict)
    note(ports, saved.id, "answer", f"{given.verdict.value} by {given.who} ({given.channel.value})")
    return in_time


def wake_again(incident: Incident, ports: Ports) -> None:
    """Hand the saved answer over once more, in case the one who saved it died before; a second time does nothing."""
    if incident.answer:
        ports.workflow.answer(incident.task_token or "", incident.answer.verdict)


def _refusal(incident: Incident, fingerprint: str, ports: Ports) -> str | None:
    if incident.state is not State.AWAITING_APPROVAL:
        return f"incident {incident.id} waits for no answer: it is {incident.state.value.replace('_', ' ')}"
    if incident.plan is None or incident.plan.fingerprint != fingerprint:
        why = f" ({incident.superseded})" if incident.superseded else ""
        return f"the proposal was superseded by another{why}: look at the incident and answer what it says now"
    if incident.expires_at and ports.clock.now() >= incident.expires_at:
        return "the proposal has expired: its change is not made, and the next alarm makes a new one"
    return None


def _again(incident: Incident, given: Answer, ports: Ports) -> AnswerResult:
    """Answer who answers twice; whoever it is, the decision that was saved wakes the workflow again."""
    before = incident.answer
    wake_again(incident, ports)
    if before and before.verdict is given.verdict and before.who == given.who:
        return AnswerResult(accepted=True, sentence=_DONE[given.verdict])
    who, verdict = (before.who, before.verdict.value) if before else ("", "")
    return AnswerResult(accepted=False, sentence=f"already decided: {verdict} by {who}")
