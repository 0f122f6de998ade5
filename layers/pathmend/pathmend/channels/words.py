"""The small words that mail, page and terminal share: names, times, states; and foreign text made harmless."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, assert_never

from pathmend.incidents.incident import Answer, Channel, State, Verdict
from pathmend.plans.plan import Risk
from pathmend.snapshot.acl_words import protocol_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pathmend.incidents.incident import Incident
    from pathmend.network.difference import Reach, Reroute

LONGEST_TEXT = 240
_LONGEST_REASON = 600


def plain(text: str, limit: int = LONGEST_TEXT) -> str:
    """Return foreign text as one line without control characters, in which no mail program finds a link.

    Names and tags are written by others; a line break could forge a line of ours, and an address a link of ours.
    """
    visible = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    line = " ".join(visible.split()).replace("://", ":/ /")
    return line if len(line) <= limit else f"{line[: limit - 3]}..."


def ascii_line(text: str, limit: int) -> str:
    """Return the text as one line of printable ASCII, at most `limit` long: what a subject of SNS may hold."""
    folded = unicodedata.normalize("NFKD", plain(text, 4 * limit)).encode("ascii", "replace").decode("ascii")
    return plain(folded, limit)


def sentence(text: str, limit: int = LONGEST_TEXT) -> str:
    """Return foreign text as a sentence: capital first, where it begins with a word and not an id, full stop last."""
    line = plain(text, limit)
    first = line.partition(" ")[0].rstrip(",:;.!?")
    begun = f"{line[:1].upper()}{line[1:]}" if first.isalpha() else line
    return f"{begun}{'' if line.endswith(('.', '!', '?')) else '.'}"


def name_of(incident: Incident) -> str:
    """Return the name a person knows the subject by; the ARN itself when it has none."""
    parts = incident.subject.split("/")
    return plain(parts[-2] if len(parts) >= 3 else incident.subject)  # noqa: PLR2004 - .../app/NAME/ID


def moment(at: datetime) -> str:
    """Say a time to the minute, in UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def clock_time(at: datetime) -> str:
    """Say a time of day to the second, in UTC."""
    return f"{at:%H:%M:%S}"


def state_words(incident: Incident) -> str:
    """Say in one sentence where the incident stands."""
    if incident.state is State.AWAITING_APPROVAL and incident.answer:
        return "The decision is taken and about to be carried out."
    if incident.applied and incident.state in _LATER_ROUNDS:
        return f"{_LATER_ROUNDS[incident.state]}; what was changed before it, as the journal says, stays."
    return _STATES[incident.state]


_STATES = {
    State.OPEN: "Pathmend is looking into it.",
    State.AWAITING_APPROVAL: "A repair is proposed and waits for a decision.",
    State.APPLYING: "The repair is being applied.",
    State.VERIFYING: "The repair is applied; Pathmend is checking that it worked.",
    State.ROLLING_BACK: "What was changed is being undone.",
    State.RESOLVED: "Repaired and verified.",
    State.PARTLY_RECOVERED: "The repair helped some of the targets and stays; a person must look at the rest.",
    State.ROLLED_BACK: "What was changed was undone.",
    State.ROLLBACK_FAILED: "What was changed could not be undone: a person must undo it now.",
    State.REFUSED: "The repair may not be applied now; nothing was changed.",
    State.REJECTED: "The repair was rejected; nothing was changed.",
    State.EXPIRED: "Nobody decided in time; nothing was changed.",
    State.STALE: "What was proposed does not hold any more, so it was not applied.",
    State.RECOVERED_BY_ITSELF: "It recovered by itself; nothing was changed.",
    State.REPORTED: "Reported only; nothing was changed.",
    State.FAILED: "Pathmend could not finish; a person must look.",
}

_LATER_ROUNDS = {
    State.REJECTED: "The further repair was rejected",
    State.EXPIRED: "Nobody decided about the further repair in time",
    State.STALE: "The further repair could not be applied any more",
    State.REFUSED: "The further repair may not be applied now",
    State.RECOVERED_BY_ITSELF: "It recovered before the further repair was decided",
    State.REPORTED: "What else was found is reported only",
}
"""Where an incident ends whose first repairs hold and did not suffice."""


def answer_words(answer: Answer) -> str:
    """Say who decided what, how and when."""
    match answer.verdict:
        case Verdict.APPROVED:
            what = "Approved"
        case Verdict.REJECTED:
            what = "Rejected"
        case Verdict.RECOVERED_BY_ITSELF:
            return f"Withdrawn at {moment(answer.at)}, because it recovered by itself."
        case _:
            assert_never(answer.verdict)
    how = {Channel.PAGE: "on the page", Channel.CLI: "by command line", Channel.SIGNAL: "by signal"}[answer.channel]
    return f"{what} by {plain(answer.who)}, {how}, at {moment(answer.at)}."


def superseded_words(incident: Incident) -> tuple[str, ...]:
    """Say why a former proposal was not applied: somebody may have approved it."""
    if not incident.superseded:
        return ()
    dropped = f"The proposal of round {incident.round - 1} was not applied, and nothing of it was changed."
    return (dropped, sentence(incident.superseded, _LONGEST_REASON))


def risk_words(risk: Risk) -> str:
    """Say what a risk means for the one who decides."""
    return {
        Risk.LOW: "Low: it opens only what the repair needs, and closes and cuts nothing.",
        Risk.MEDIUM: "Medium: it opens only what the repair needs, but it closes, reroutes or cuts something.",
        Risk.HIGH: "High: it opens more than the repair needs. Have a second person look.",
    }[risk]


def reach_words(alike: Sequence[Reach]) -> str:
    """Say who reaches what, of reaches that differ only in their peers: "TCP 1024-32767 from 10.0.11.0/24"."""
    reach = alike[0]
    ports = "" if reach.ports is None else f" {reach.ports}"
    way = "to" if reach.direction == "egress" else "from"
    peers = ", ".join(str(one.peer) for one in alike)
    return plain(f"{protocol_name(reach.protocol)}{ports} {way} {peers}", 2 * LONGEST_TEXT)


def reach_place(reach: Reach) -> str:
    """Say where a reach holds: the rules' owner and its subnets."""
    subnets = f", for {', '.join(reach.subnet_ids)}" if reach.subnet_ids else ""
    return plain(f"{reach.direction} of {reach.element_id}{subnets}")


def reroute_words(reroute: Reroute) -> str:
    """Say which way a subnet's packets take from now on."""
    wider = "the next wider route, if any,"
    before, after = reroute.before or wider.rstrip(","), reroute.after or wider
    return plain(f"packets of {reroute.subnet_id} to {reroute.destination} leave by {after} instead of {before}")
