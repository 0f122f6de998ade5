"""The nearest misses of a denied request: what would have to differ, the fewest differences first."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from pathmend.access.answer import Miss
from pathmend.access.differences import Compared
from pathmend.access.grant import LIMITS, granted
from pathmend.access.policies import PolicyKind
from pathmend.access.principals import Directness
from pathmend.access.sentences import nothing_allows
from pathmend.access.services import must_be_named_by_policy
from pathmend.access.truth import Truth, all_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pathmend.access.layers import Case, Layer

_SHOWN = 3
"""How many statements of a layer are worth naming when they miss by as little."""
_PERSONAL = (PolicyKind.IDENTITY, PolicyKind.BOUNDARY, PolicyKind.SESSION)
_SUFFICING = (Directness.DIRECT, Directness.ROLE)


def misses_of(case: Case) -> tuple[Miss, ...]:
    """Return what would have to differ: what denies first, then what comes nearest in each layer without an Allow."""
    near = sorted(chain(_lacking(case), _instead(case)), key=len)
    return tuple(chain(_denials(case), *near))


def _denials(case: Case) -> Iterator[Miss]:
    for layer in case.layers:
        for policy_id, reading in layer.of("Deny"):
            if all_of([layer.reach, reading.applies]).truth is Truth.YES:
                yield from Compared(case, layer.kind, policy_id, reading).denial()


def _lacking(case: Case) -> Iterator[tuple[Miss, ...]]:
    grants = () if granted(case).truth is Truth.YES else _needed(case)
    for kind in (*LIMITS, *grants):
        for layer in case.of(kind):
            if layer.allows.truth is Truth.NO:
                yield from _nearest(case, layer) or [(_nothing(case, layer),)]
    if PolicyKind.RESOURCE in grants and not case.of(PolicyKind.RESOURCE):
        yield (_no_policy(case),)


def _needed(case: Case) -> tuple[PolicyKind, ...]:
    """Return the kinds of policies that must all allow it where none of them does so by itself."""
    return (*_PERSONAL, PolicyKind.RESOURCE) if _both_sides(case) else _PERSONAL


def _both_sides(case: Case) -> bool:
    crosses = case.crosses_accounts.truth is Truth.YES
    return crosses or must_be_named_by_policy(case.request.service, case.request.resource)


def _instead(case: Case) -> Iterable[tuple[Miss, ...]]:
    """Yield what the resource's policy would have to grant where its grant alone would do."""
    if _both_sides(case) or granted(case).truth is Truth.YES:
        return ()
    return chain.from_iterable(_nearest(case, layer, _SUFFICING) for layer in case.of(PolicyKind.RESOURCE))


def _nearest(case: Case, layer: Layer, how: tuple[Directness, ...] = tuple(Directness)) -> list[tuple[Miss, ...]]:
    found = [
        Compared(case, layer.kind, policy_id, reading).differences(how) for policy_id, reading in layer.of("Allow")
    ]
    near = [one for one in found if one]
    least = min(map(len, near), default=0)
    return [one for one in near if len(one) == least][:_SHOWN]


def _nothing(case: Case, layer: Layer) -> Miss:
    return Miss(layer.kind, "", "", "no statement", "", (), None, nothing_allows(case, layer))


def _no_policy(case: Case) -> Miss:
    sentence = f"{case.request.resource} has no policy that allows it, and its own account's rules must allow it too"
    return Miss(PolicyKind.RESOURCE, "", "", "no statement", "", (), None, sentence)
