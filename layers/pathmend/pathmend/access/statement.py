"""Whether a statement is about a request, element by element.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pathmend.access.conditions import meets
from pathmend.access.principals import about
from pathmend.access.truth import NO, YES, Judged, Truth, all_of, any_of, known, maybe, opposite
from pathmend.access.variables import anywhere, resolved
from pathmend.access.wildcards import matches_action, matches_resource

if TYPE_CHECKING:
    from collections.abc import Callable

    from pathmend.access.document import Names, Statement
    from pathmend.access.operators import Condition
    from pathmend.access.principals import Audience, Directness
    from pathmend.access.request import Context, Request


@dataclass(frozen=True)
class Reading:
    """What each element of a statement says of a request; its conditions are judged when they are asked for."""

    statement: Statement
    action: Judged
    resource: Judged
    principal: dict[Directness, Judged]
    context: Context

    @cached_property
    def conditions(self) -> tuple[tuple[Condition, Judged], ...]:
        """Return each condition with its judgement."""
        variables = self.statement.variables
        return tuple((one, meets(one, self.context, variables=variables)) for one in self.statement.conditions)

    @cached_property
    def applies(self) -> Judged:
        """Judge whether the statement is about the request."""
        return self._with(any_of(self.principal.values()))

    def applies_as(self, how: Directness) -> Judged:
        """Judge whether it is, and names who asks as directly as this."""
        return self._with(self.principal.get(how, NO))

    def _with(self, principal: Judged) -> Judged:
        named = all_of((self.action, self.resource, principal))
        # Most statements are about other things: that is known without their conditions.
        return NO if named.truth is Truth.NO else all_of((named, *(judged for _, judged in self.conditions)))


def read(statement: Statement, request: Request, context: Context, audience: Audience) -> Reading:
    """Read a statement to a request."""
    return Reading(
        statement,
        action=_listed(statement.actions, lambda pattern: known(matches_action(pattern, request.action))),
        resource=_resource(statement, request, context),
        principal=about(statement, audience),
        context=context,
    )


def _listed(names: Names, judge: Callable[[str], Judged]) -> Judged:
    found = any_of(judge(pattern) for pattern in names.values)
    return opposite(found) if names.excepted else found


def _resource(statement: Statement, request: Request, context: Context) -> Judged:
    resources = statement.resources
    if resources is None:
        return YES

    def judge(pattern: str) -> Judged:
        if not statement.variables:
            return known(matches_resource(pattern, request.resource))
        whole = resolved(pattern, context)
        if isinstance(whole, Judged):
            return _if_it_could_match(pattern, whole, request.resource)
        if whole is None:
            return maybe(f"{pattern} has no value in this request") if resources.excepted else NO
        return known(matches_resource(whole, request.resource))

    return _listed(resources, judge)


def _if_it_could_match(pattern: str, unknown: Judged, resource: str) -> Judged:
    # Whatever the variable stands for, it stands in one place of the pattern.
    return unknown if matches_resource(anywhere(pattern), resource) else NO
