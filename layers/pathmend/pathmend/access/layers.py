"""The policies of a decision in layers: each says of one request whether it denies and whether it allows it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pathmend.access.truth import NO, YES, Judged, all_of, any_of, known, maybe, opposite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.access.caller import Caller
    from pathmend.access.policies import PolicyKind
    from pathmend.access.principals import Directness
    from pathmend.access.request import Context, Request
    from pathmend.access.statement import Reading


@dataclass(frozen=True)
class Layer:
    """Policies that answer together: those of one kind, or of one level of an organization.

    `unread` says why there may be more of them, and `reach` whether they bear on the request at all.
    """

    kind: PolicyKind
    label: str
    readings: tuple[tuple[str, Reading], ...] = ()
    unread: str | None = None
    reach: Judged = YES

    @cached_property
    def denies(self) -> Judged:
        """Judge whether a Deny of this layer applies."""
        return all_of([self.reach, any_of([*(one.applies for _, one in self.of("Deny")), *self._more])])

    @cached_property
    def allows(self) -> Judged:
        """Judge whether an Allow of this layer applies, however it names who asks."""
        allowed = any_of([*(one.applies for _, one in self.of("Allow")), *self._more])
        return any_of([opposite(self.reach), allowed])

    def grants(self, how: Directness) -> Judged:
        """Judge whether an Allow applies that names who asks as directly as this."""
        return any_of([*(one.applies_as(how) for _, one in self.of("Allow")), *self._more])

    def of(self, effect: str) -> Iterator[tuple[str, Reading]]:
        """Yield the readings of this effect, with their policies' ids."""
        return ((policy_id, one) for policy_id, one in self.readings if one.statement.effect == effect)

    @property
    def _more(self) -> list[Judged]:
        return [maybe(self.unread)] if self.unread is not None else []


@dataclass(frozen=True, slots=True)
class Case:
    """A request with all that bears on it."""

    request: Request
    caller: Caller
    context: Context
    layers: tuple[Layer, ...] = ()

    def of(self, kind: PolicyKind) -> tuple[Layer, ...]:
        """Return the layers of a kind."""
        return tuple(layer for layer in self.layers if layer.kind is kind)

    @property
    def crosses_accounts(self) -> Judged:
        """Judge whether the resource belongs to another account than who asks."""
        if self.request.resource == "*":
            return NO
        why = self.context.why_unknown("aws:ResourceAccount")
        if why is not None:
            return maybe(f"aws:ResourceAccount: {why}")
        return known(self.context.found("aws:ResourceAccount") != (self.caller.account,))
