"""Mails: the proposal and the outcome as text that a person reads on a phone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from pathmend.channels.by_hand import to_undo_by_hand
from pathmend.channels.sections import headline, proposal_sections
from pathmend.channels.tokens import Grant
from pathmend.channels.words import (
    answer_words,
    ascii_line,
    clock_time,
    name_of,
    plain,
    sentence,
    state_words,
    superseded_words,
)
from pathmend.incidents.incident import Channel, State
from pathmend.incidents.ports import Notice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pathmend.channels.infrastructure_code.slot import Patch
    from pathmend.channels.sections import Section
    from pathmend.channels.tokens import TokenSigner
    from pathmend.incidents.incident import Incident, JournalEntry

# SNS takes less than 100 characters of ASCII.
_LONGEST_SUBJECT = 99
_JOURNAL_LINES = 40
_LONGEST_REASON = 600

_NO_REPAIR = frozenset(set(State) - {State.RESOLVED})
# A proposal may have five steps; SNS takes 256 KiB.
_LONGEST_CODE = 6_000

_NEXT_STEPS = {
    State.ROLLED_BACK: "What was found is above; the cause may be another one. A new alarm starts a new diagnosis.",
    State.EXPIRED: "If it is still broken, diagnose it again with: pathmend diagnose --load-balancer {subject}",
    State.STALE: "If it is still broken, diagnose it again with: pathmend diagnose --load-balancer {subject}",
    State.REPORTED: "Pathmend changes nothing here: please decide what to do with what was found.",
    State.PARTLY_RECOVERED: "Look at the targets that are not healthy; pathmend rollback {id} undoes what was changed.",
    State.REFUSED: "If it is still broken when nothing forbids a repair any more, the next alarm proposes one again.",
    State.FAILED: "Look at the journal, and check by hand the resources named above.",
}


class Announcer:
    """Puts incidents into mails; with a signer its proposals hold a link, without one they name the command."""

    def __init__(self, base_url: str, signer: TokenSigner | None) -> None:
        self._base_url = base_url.rstrip("/")
        self._signer = signer

    def proposal(self, incident: Incident) -> Notice:
        """Return the mail that asks for a decision."""
        link = self._link(incident)
        lines = [*_opening(incident), *superseded_words(incident), *_body(incident), *_how_to_decide(incident, link)]
        return _notice(incident, "Approve?", lines, (("approve_url", link),) if link else ())

    def outcome(self, incident: Incident, journal: Sequence[JournalEntry]) -> Notice:
        """Return the mail that says how the incident ended."""
        loud = incident.state is State.ROLLBACK_FAILED
        begun = [*_opening(incident), *_ending(incident), *(_by_hand(incident) if loud else _tried(incident))]
        lines = [*begun, *superseded_words(incident), *_body(incident), *_history(journal), *_next_step(incident)]
        if loud:
            return _loudest(incident, lines)
        label = incident.state.value.replace("_", " ").capitalize()
        return _notice(incident, f"{label}:", lines, ())

    def _link(self, incident: Incident) -> str | None:
        if self._signer is None or incident.plan is None or incident.expires_at is None:
            return None
        expires_at = int(incident.expires_at.timestamp())
        grant = Grant(incident.id, incident.plan.fingerprint, incident.round, Channel.PAGE, expires_at)
        return f"{self._base_url}/incidents/{quote(incident.id, safe='')}?token={self._signer.sign(grant)}"


def _notice(incident: Incident, label: str, lines: Sequence[str], more: tuple[tuple[str, str], ...]) -> Notice:
    subject = ascii_line(f"[Pathmend] {label} {name_of(incident)}: {headline(incident)}", _LONGEST_SUBJECT)
    attributes = (("incident_id", incident.id), ("state", incident.state.value), *more)
    return Notice(subject, "\n".join(lines) + "\n", attributes)


def _loudest(incident: Incident, lines: Sequence[str]) -> Notice:
    """Return the notice that nothing may drown: who filters by anything must see it."""
    notice = _notice(incident, "", lines, (("severity", "critical"),))
    subject = f"ACTION REQUIRED: {name_of(incident)}: Pathmend could not undo what it changed"
    return replace(notice, subject=ascii_line(subject, _LONGEST_SUBJECT))


def _opening(incident: Incident) -> Iterator[str]:
    yield f"{name_of(incident)}: {state_words(incident)}"


def _by_hand(incident: Incident) -> Iterator[str]:
    yield ""
    yield "UNDO THIS BY HAND, NOW, IN THIS ORDER"
    yield "First look whether somebody has changed it since; these commands set it back to what it was."
    yield from to_undo_by_hand(incident)


def _tried(incident: Incident) -> Iterator[str]:
    """Say what was changed on the way to an ending that is no repair, and what of it stands."""
    if incident.state not in _NO_REPAIR or not incident.applied:
        return
    yield ""
    yield "WHAT WAS TRIED"
    # Undone, or left alone as somebody else has changed it since: which of them, the reason tells.
    gone = "does not stand any more" if incident.state is State.ROLLED_BACK else "did not take effect"
    for index, step in enumerate(incident.applied):
        fate = gone if index in incident.undone else "stands"
        yield f"- {sentence(step.change.summary, _LONGEST_REASON)} ({fate})"


def _body(incident: Incident) -> Iterator[str]:
    for section in proposal_sections(incident):
        if section.brief:
            yield from _section(section)


def _section(section: Section) -> Iterator[str]:
    yield ""
    yield section.title.upper()
    for line in section.lines[: section.brief]:
        yield f"- {line.text}"
        if line.detail:
            yield f"  ({line.detail})"
    rest = len(section.lines) - section.brief
    if rest > 0:
        yield f"- and {rest} more: pathmend show, or the page, has them all"
    for patch in section.owners_code:
        yield from _code(patch)


def _code(patch: Patch) -> Iterator[str]:
    """Return the whole of an edit or none of it: nobody can paste a part."""
    yield ""
    yield f"{patch.title}:"
    if len(patch.text) > _LONGEST_CODE:
        yield "(longer than a mail should be: pathmend show, or the page, has it)"
        return
    yield from patch.text.splitlines()


def _how_to_decide(incident: Incident, link: str | None) -> Iterator[str]:
    yield ""
    yield "APPROVE OR REJECT"
    if link:
        yield "Opening this link changes nothing; the page behind it asks you."
        yield "Do not forward it: whoever holds it may decide."
        yield link
    yield f"Or by command line: pathmend show {incident.id}"
    yield f"then: pathmend approve {incident.id}, or: pathmend reject {incident.id}"
    yield ""
    yield from _ids(incident)


def _ids(incident: Incident) -> Iterator[str]:
    yield f"Incident {incident.id}, round {incident.round}"
    yield f"Load balancer {plain(incident.subject)}"
    if incident.plan:
        yield f"Plan {incident.plan.fingerprint}"


def _ending(incident: Incident) -> Iterator[str]:
    if incident.reason:
        yield sentence(incident.reason)
    if incident.answer:
        yield answer_words(incident.answer)


def _history(journal: Sequence[JournalEntry]) -> Iterator[str]:
    if not journal:
        return
    yield ""
    yield "WHAT HAPPENED"
    if len(journal) > _JOURNAL_LINES:
        yield f"- {len(journal) - _JOURNAL_LINES} earlier lines: pathmend show has them all"
    for entry in journal[-_JOURNAL_LINES:]:
        yield f"- {clock_time(entry.at)} {plain(entry.stage)}: {plain(entry.text)}"


def _next_step(incident: Incident) -> Iterator[str]:
    step = _NEXT_STEPS.get(incident.state)
    healthy = incident.diagnosis is not None and incident.diagnosis.healthy
    if step and not healthy:
        yield ""
        yield step.format(subject=plain(incident.subject), id=incident.id)
    yield ""
    yield from _ids(incident)
