"""A proposal in sections, written once: the mail, the page and the terminal only lay them out."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from pathmend.channels.edits import edit_lines
from pathmend.channels.infrastructure_code.owned import owner_words, owners_patches, patches
from pathmend.channels.words import (
    moment,
    plain,
    reach_place,
    reach_words,
    reroute_words,
    risk_words,
    sentence,
)
from pathmend.diagnosis.finding import Certainty, NoMechanicalRepair
from pathmend.incidents.incident import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pathmend.changes.change import ApiRequest
    from pathmend.channels.infrastructure_code.slot import Patch
    from pathmend.diagnosis.finding import Evidence, Finding
    from pathmend.incidents.incident import Incident
    from pathmend.network.difference import Reach
    from pathmend.plans.plan import Plan, PlannedChange

_STRONGEST = 3
# More would bury the rest of a mail on a phone; what is cut is counted, and the page has it all.
_READABLE = 12
# A finding about what targets need names a policy's statement, tables and ARNs.
_LONGEST_FINDING = 600
# An endpoint's policy may have 20,480 characters, and who approves it must see all of them.
_LONGEST_CALL = 32_000
# Eight IPv6 networks still fit into one line's limit.
_PEERS_PER_LINE = 8
_ORDER = tuple(Certainty)
_TO_BE_CODED = frozenset({State.RESOLVED, State.PARTLY_RECOVERED, State.REPORTED, State.REFUSED})
_EITHER = "No infrastructure code is known to own it; where some does, the page and --json have the edit."


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence for everybody, and beside it the detail (ids, where it was read) for those who want it."""

    text: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A question that the approver has, and its answer, of which a mail shows the first `brief` lines.

    `code` are edits of infrastructure code, `owners_code` those among them that the owners of a resource need.
    """

    title: str
    lines: tuple[Line, ...]
    brief: int = _READABLE
    code: tuple[Patch, ...] = ()
    owners_code: tuple[Patch, ...] = ()


def proposal_sections(incident: Incident) -> tuple[Section, ...]:
    """Return everything that is known and proposed, in the order in which a person decides."""
    sections = [
        _owners(incident),
        _broken(incident),
        _proof(incident),
        _ruled_out(incident),
        _unknown(incident),
        _unclear(incident),
    ]
    if incident.plan and incident.plan.steps:
        sections += _plan_sections(incident, incident.plan)
    sections.append(_advice(incident))
    # Who is asked needs to know whose intent a plan may go against; when all is over, the mail need not say it again.
    brief = 0 if incident.state.closed else _READABLE
    sections.append(Section("Why this decision", tuple(_reasons(incident)), brief))
    return tuple(section for section in sections if section.lines)


def headline(incident: Incident) -> str:
    """Return the one sentence that says what is broken."""
    findings = _findings(incident)
    if findings:
        return sentence(findings[0].sentence, _LONGEST_FINDING)
    healthy = incident.diagnosis is not None and incident.diagnosis.healthy
    return "Nothing is wrong." if healthy else "No cause was found."


def _owners(incident: Incident) -> Section:
    owners = incident.decision.owners if incident.decision else ()
    lines = tuple(Line(sentence(owner_words(owner), _LONGEST_FINDING)) for owner in owners)
    return Section("Owned by infrastructure code", lines, _READABLE if _code_matters(incident) else 0)


def _code_matters(incident: Incident) -> bool:
    """Say whether a change is proposed, made for good, or left to its owners: else their code is right as it is."""
    return not incident.state.closed or incident.state in _TO_BE_CODED


def _reasons(incident: Incident) -> Iterator[Line]:
    decision = incident.decision
    if decision:
        yield from (Line(sentence(reason)) for reason in decision.reasons)
        if decision.rules_version:
            yield Line(sentence(f"The rules in force: {decision.rules_version}"))


def _findings(incident: Incident) -> tuple[Finding, ...]:
    return incident.diagnosis.findings if incident.diagnosis else ()


def _broken(incident: Incident) -> Section:
    lines = tuple(
        Line(sentence(f.sentence, _LONGEST_FINDING), plain(f"{f.certainty.value}: {f.code} at {f.resource}"))
        for f in _findings(incident)
    )
    return Section(
        "What was found" if incident.state.closed else "What is broken", lines or (Line(headline(incident)),)
    )


def _proof(incident: Incident) -> Section:
    """Return all evidence: the strongest of each finding first, so that a mail proves each of them."""
    by_certainty = sorted(_findings(incident), key=lambda f: _ORDER.index(f.certainty))
    first = dict.fromkeys(row for f in by_certainty for row in f.evidence[:_STRONGEST])
    rows: dict[Evidence, None] = {**first, **dict.fromkeys(row for f in by_certainty for row in f.evidence)}
    lines = tuple(Line(plain(f"{row.fact}: {row.value}", _LONGEST_FINDING), plain(row.source)) for row in rows)
    return Section("The proof", lines, brief=min(len(first), _READABLE))


def _ruled_out(incident: Incident) -> Section:
    rows = incident.diagnosis.ruled_out if incident.diagnosis else ()
    return Section("Ruled out", tuple(Line(plain(f"{row.what}: {row.because}")) for row in rows), brief=_STRONGEST)


def _unknown(incident: Incident) -> Section:
    rows = incident.diagnosis.unknown if incident.diagnosis else ()
    return Section("Could not be read", tuple(Line(sentence(row)) for row in rows))


def _unclear(incident: Incident) -> Section:
    rows = incident.diagnosis.dependencies_unknown if incident.diagnosis else ()
    return Section("Not known of what the targets need", tuple(Line(sentence(row)) for row in rows), brief=_STRONGEST)


def _advice(incident: Incident) -> Section:
    causes = (finding.cause for finding in _findings(incident))
    advice = dict.fromkeys(cause.advice for cause in causes if isinstance(cause, NoMechanicalRepair))
    return Section("For a person to do", tuple(Line(sentence(text)) for text in advice))


def _plan_sections(incident: Incident, plan: Plan) -> list[Section]:
    return [
        Section(_change_title(incident, plan), tuple(line for step in plan.steps for line in _change(step))),
        _opens(plan),
        Section("What policies newly allow", tuple(Line(sentence(text, _LONGEST_FINDING)) for text in plan.grants)),
        Section("What it closes", or_nothing(reach_lines(plan.effect.closed))),
        Section("What it cuts", or_nothing(_cuts(plan))),
        Section("What stays broken", tuple(Line(sentence(text, _LONGEST_FINDING)) for text in _left(plan))),
        Section("Why no change repairs that", tuple(Line(sentence(text, _LONGEST_FINDING)) for text in plan.refusals)),
        Section("What waits for an approval of its own", _deferred(plan)),
        *(() if incident.state.closed else _prospects(incident, plan)),
        _as_code(incident, plan),
        Section("The exact calls to AWS", tuple(_calls(step.requests for step in plan.steps)), brief=0),
        Section("The exact calls that undo it", tuple(_calls(s.undo_requests for s in reversed(plan.steps))), brief=0),
    ]


def _as_code(incident: Incident, plan: Plan) -> Section:
    """Return the change as edits of code: in a mail those that its owners need, for as long as they do."""
    owners = incident.decision.owners if incident.decision else ()
    needed = tuple(patch for step in plan.steps for patch in owners_patches(step, owners))
    line = Line("Make the same change in the code: what is changed past it does not last." if needed else _EITHER)
    return Section(
        "The same change as code",
        (line,),
        brief=1 if needed and _code_matters(incident) else 0,
        code=tuple(patch for step in plan.steps for patch in patches(step, owners)),
        owners_code=needed,
    )


def _change_title(incident: Incident, plan: Plan) -> str:
    if not incident.state.closed:
        return "What will change"
    if incident.state is State.ROLLED_BACK:
        return "What was changed, and undone"
    begun = any(step in incident.applied for step in plan.steps)
    return "What was changed" if begun else "What was proposed, and not done"


def _left(plan: Plan) -> tuple[str, ...]:
    """Return what the plan leaves broken for good: what waits for its own approval is said there."""
    return tuple(text for text in plan.leaves if text not in plan.deferred)


def _deferred(plan: Plan) -> tuple[Line, ...]:
    return tuple(Line(sentence(text, _LONGEST_FINDING)) for text in plan.deferred)


def _prospects(incident: Incident, plan: Plan) -> tuple[Section, ...]:
    return (
        Section("Risk", (Line(risk_words(plan.risk)),)),
        Section("How it is verified", (Line(_verification(incident)),)),
        Section("How it is undone", tuple(_undo(plan))),
        Section("Expires", _expiry(incident)),
    )


def _change(step: PlannedChange) -> Iterator[Line]:
    yield Line(sentence(step.change.summary, _LONGEST_FINDING), plain(f"before: {step.before}"))
    yield from (Line(plain(text, _LONGEST_FINDING)) for text in edit_lines(step))


def _opens(plan: Plan) -> Section:
    repair = [reach for reach in plan.effect.opened if reach not in plan.beyond]
    wanted = (Line(f"The repair itself opens {line.text}", line.detail) for line in reach_lines(repair))
    return Section("What it opens beyond the repair", (*or_nothing(reach_lines(plan.beyond)), *wanted))


def reach_lines(reaches: Iterable[Reach]) -> tuple[Line, ...]:
    """Return a line per rule owner and ports, with the peers together: a closed block leaves many odd pieces."""
    alike: dict[tuple[object, ...], list[Reach]] = {}
    for reach in reaches:
        key = (reach.element_id, reach.direction, reach.protocol, reach.ports, reach.subnet_ids)
        alike.setdefault(key, []).append(reach)
    return tuple(
        Line(reach_words(group[start : start + _PEERS_PER_LINE]), reach_place(group[0]))
        for group in alike.values()
        for start in range(0, len(group), _PEERS_PER_LINE)
    )


def _cuts(plan: Plan) -> tuple[Line, ...]:
    rerouted = (Line(sentence(reroute_words(r))) for r in plan.effect.rerouted)
    return (*(Line(sentence(text)) for text in plan.disrupts), *rerouted)


def or_nothing(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Return the lines; that there are none is said, too."""
    return lines or (Line("Nothing."),)


def _verification(incident: Incident) -> str:
    alarms = [plain(arn.rsplit(":", 1)[-1]) for arn in incident.alarm_arns]
    judges = [f"alarm {name} back to OK" for name in alarms]
    judges += [f"Config rule {plain(name)} compliant" for name in incident.config_rules]
    *first, last = ["the path open", "the targets healthy", *judges]
    wanted = f"{', '.join(first)} and {last}"
    return f"Pathmend reads everything again and wants {wanted}. If that does not come, it undoes the change."


def _undo(plan: Plan) -> Iterator[Line]:
    for step in reversed(plan.steps):
        yield Line(sentence(step.undo.summary))


def _expiry(incident: Incident) -> tuple[Line, ...]:
    if incident.expires_at is None or incident.answer:
        return ()
    return (Line(f"At {moment(incident.expires_at)}. If nobody decides until then, nothing is changed."),)


def _calls(requests: Iterable[tuple[ApiRequest, ...]]) -> Iterator[Line]:
    for request in chain.from_iterable(requests):
        parameters = ", ".join(f"{key}={value}" for key, value in request.parameters.items())
        yield Line(f"{request.iam_action}", plain(parameters, _LONGEST_CALL))
