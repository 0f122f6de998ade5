"""What undoing would do, in sections, for whoever is about to ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.channels.sections import Line, Section, or_nothing, reach_lines
from pathmend.channels.words import plain, reroute_words, sentence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pathmend.changes.change import ApiRequest
    from pathmend.plans.plan import Plan

_LONGEST = 600
_LONGEST_CALL = 32_000


def undo_sections(plan: Plan, refusals: Iterable[str]) -> tuple[Section, ...]:
    """Return what would be undone, what the model says of it, and what forbids it."""
    calls = (request for step in plan.steps for request in step.requests)
    cuts = (*plan.disrupts, *(reroute_words(one) for one in plan.effect.rerouted))
    return (
        Section("What would be undone", tuple(Line(_said(s.change.summary), plain(s.before)) for s in plan.steps)),
        Section("What breaks again", or_nothing(_sentences(plan.breaks))),
        Section("What it opens", or_nothing(reach_lines(plan.effect.opened))),
        Section("What it closes", or_nothing(reach_lines(plan.effect.closed))),
        Section("What it cuts", or_nothing(_sentences(cuts))),
        *_where_any("What policies newly allow", plan.grants),
        *_where_any("What it clears", plan.repairs),
        *_where_any("What is left as it is", plan.leaves),
        Section("The exact calls to AWS", tuple(_call(request) for request in calls)),
        *_where_any("Why it may not be done", refusals),
    )


def _call(request: ApiRequest) -> Line:
    given = ", ".join(f"{key}={value}" for key, value in request.parameters.items())
    return Line(request.iam_action, plain(given, _LONGEST_CALL))


def _where_any(title: str, texts: Iterable[str]) -> tuple[Section, ...]:
    lines = _sentences(texts)
    return (Section(title, lines),) if lines else ()


def _sentences(texts: Iterable[str]) -> tuple[Line, ...]:
    return tuple(Line(_said(text)) for text in texts)


def _said(text: str) -> str:
    return sentence(text, _LONGEST)
