"""The approval page: GET shows and never changes, POST decides, and a link that is no good says why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import parse_qs, quote

from pathmend.channels.pages import Form, Page, incident_page, message_page
from pathmend.channels.tokens import Grant, Purpose, Reason, Refusal
from pathmend.channels.words import plain, sentence
from pathmend.incidents.answer import answer
from pathmend.incidents.incident import Channel, State, Verdict

if TYPE_CHECKING:
    from pathmend.channels.tokens import TokenSigner
    from pathmend.incidents.incident import Incident
    from pathmend.incidents.ports import Ports

__all__ = ["Page", "get_page", "post_decision"]

# Two tokens and a word need less than 1 kB.
_LONGEST_BODY = 4096
_MOST_FIELDS = 8
# Long enough to read a proposal twice, short enough that a form does not lie about in a history.
_FORM_SECONDS = 900
# A decision takes a second or two to be carried out; one that woke nobody is handed over again by the next press.
_CARRIED_OUT_AFTER = timedelta(minutes=1)
_VERDICTS = {"approve": Verdict.APPROVED, "reject": Verdict.REJECTED}


@dataclass(frozen=True, slots=True)
class _Admission:
    """A link that is good: the incident, what it grants, and its own address."""

    incident: Incident
    grant: Grant
    address: str


@dataclass(frozen=True, slots=True)
class _Decision:
    """What the form said."""

    token: str
    guard: str
    verdict: Verdict


_Admitted: TypeAlias = "_Admission | Page"


def get_page(incident_id: str, token: str, ports: Ports, signer: TokenSigner) -> Page:
    """Return the page behind a link; it reads only, so that a scanner that opens every link changes nothing."""
    admitted = _admit(incident_id, token, ports, signer)
    if isinstance(admitted, Page):
        return admitted
    incident = admitted.incident
    form = None
    if incident.state is State.AWAITING_APPROVAL and not _taken(incident, ports):
        expires_at = ports.clock.now() + timedelta(seconds=_FORM_SECONDS)
        guard = signer.sign(_guard(admitted.grant, int(expires_at.timestamp())), purpose=Purpose.FORM)
        form = Form(f"/incidents/{quote(incident.id, safe='')}/decision", token, guard)
    return incident_page(incident, ports.store.journal(incident.id), form=form, follow=admitted.address)


def _taken(incident: Incident, ports: Ports) -> bool:
    return incident.answer is not None and ports.clock.now() - incident.answer.at <= _CARRIED_OUT_AFTER


def post_decision(incident_id: str, body: str, source_ip: str, ports: Ports, signer: TokenSigner) -> Page:
    """Decide as the form says, once; whatever is wrong with it is answered and changes nothing."""
    decision = _parse(body)
    if isinstance(decision, Page):
        return decision
    admitted = _admit(incident_id, decision.token, ports, signer)
    if isinstance(admitted, Page):
        return admitted
    if not _guarded(admitted, decision.guard, ports, signer):
        return _too_old(admitted)
    who = f"a holder of the mailed link, from {plain(source_ip, 64)}"
    result = answer(
        incident_id,
        decision.verdict,
        who=who,
        channel=Channel.PAGE,
        fingerprint=admitted.grant.fingerprint,
        ports=ports,
    )
    status = HTTPStatus.OK if result.accepted else HTTPStatus.CONFLICT
    title = "Your decision is recorded" if result.accepted else "Your decision was not taken"
    follow = (admitted.address, "Follow the incident")
    return message_page(status, title, sentences=(sentence(result.sentence),), follow=follow)


def _admit(incident_id: str, token: str, ports: Ports, signer: TokenSigner) -> _Admitted:
    grant = signer.read(token, ports.clock.now(), incident_id=incident_id)
    if isinstance(grant, Refusal):
        return _refused(grant, incident_id)
    if grant.channel is not Channel.PAGE:
        return _refused(Refusal(Reason.FOREIGN), incident_id)
    incident = ports.store.get(incident_id)
    if incident is None:
        return _gone()
    if not _current(incident, grant):
        return _superseded(incident_id)
    address = f"/incidents/{quote(incident_id, safe='')}?token={quote(token, safe='')}"
    return _Admission(incident, grant, address)


def _current(incident: Incident, grant: Grant) -> bool:
    shown = incident.plan.fingerprint if incident.plan else None
    return (incident.round, shown) == (grant.round, grant.fingerprint)


def _guard(grant: Grant, form_expires_at: int) -> Grant:
    expires_at = min(grant.expires_at, form_expires_at)
    return Grant(grant.incident_id, grant.fingerprint, grant.round, grant.channel, expires_at)


def _guarded(admitted: _Admission, guard: str, ports: Ports, signer: TokenSigner) -> bool:
    read = signer.read(guard, ports.clock.now(), incident_id=admitted.incident.id, purpose=Purpose.FORM)
    return isinstance(read, Grant) and (read.fingerprint, read.round) == (
        admitted.grant.fingerprint,
        admitted.grant.round,
    )


def _parse(body: str) -> _Decision | Page:
    if len(body) > _LONGEST_BODY:
        status, why = HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The form is larger than {_LONGEST_BODY} characters."
        return message_page(status, "That is too much", sentences=(why, "Nothing was decided."))
    try:
        fields = parse_qs(body, strict_parsing=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        return _malformed("The form could not be read.")
    if sorted(fields) != ["decision", "form", "token"] or any(len(values) > 1 for values in fields.values()):
        return _malformed("The form must hold token, form and decision, once each.")
    verdict = _VERDICTS.get(fields["decision"][0])
    if verdict is None:
        return _malformed("The decision must be approve or reject.")
    return _Decision(fields["token"][0], fields["form"][0], verdict)


def _malformed(why: str) -> Page:
    sentences = (why, "Nothing was decided. Open the link of the message and use its buttons.")
    return message_page(HTTPStatus.BAD_REQUEST, "That was no decision", sentences=sentences)


def _refused(refusal: Refusal, incident_id: str) -> Page:
    status, title, why = {
        Reason.INVALID: (
            HTTPStatus.FORBIDDEN,
            "This link is not valid",
            "It is incomplete or was changed: a mail program may have broken it. Copy it whole from the message.",
        ),
        Reason.EXPIRED: (
            HTTPStatus.GONE,
            "This link has expired",
            "Its time to decide is over, and it opens nothing any more. With AWS credentials you can still look:",
        ),
        Reason.FOREIGN: (
            HTTPStatus.FORBIDDEN,
            "This link belongs to something else",
            "It was made for another incident or another way of answering. Open the link of this one's message.",
        ),
    }[refusal.reason]
    command = f"pathmend show {plain(incident_id, 80)}" if refusal.reason is Reason.EXPIRED else ""
    return message_page(status, title, sentences=(why,), command=command)


def _gone() -> Page:
    why = "The incident is no longer kept. Closed incidents are deleted after the retention time."
    return message_page(HTTPStatus.NOT_FOUND, "This incident is gone", sentences=(why,), command="pathmend incidents")


def _superseded(incident_id: str) -> Page:
    why = "A newer proposal took the place of the one in your message. Open the link of the newest message, or look:"
    title = "This proposal was superseded"
    return message_page(HTTPStatus.GONE, title, sentences=(why,), command=f"pathmend show {incident_id}")


def _too_old(admitted: _Admission) -> Page:
    sentences = ("The page stood open too long, or was not opened here. Nothing was decided.",)
    follow = (admitted.address, "Open it again and decide")
    return message_page(HTTPStatus.FORBIDDEN, "Please look once more", sentences=sentences, follow=follow)
