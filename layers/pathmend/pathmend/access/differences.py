"""In what a statement differs from a request, element by element, and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathmend.access.answer import Miss
from pathmend.access.sentences import listed, named, phrase
from pathmend.access.truth import NO, Truth, any_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.access.document import Names
    from pathmend.access.layers import Case
    from pathmend.access.operators import Condition
    from pathmend.access.policies import PolicyKind
    from pathmend.access.principals import Directness
    from pathmend.access.statement import Reading


@dataclass(frozen=True, slots=True)
class Compared:
    """One statement of one policy, beside the request that it was read to."""

    case: Case
    kind: PolicyKind
    policy_id: str
    reading: Reading

    @property
    def words(self) -> str:
        """Return how a sentence names the statement."""
        return named(self.kind, self.policy_id, self.reading)

    @property
    def name(self) -> str:
        """Return the statement's name."""
        return self.reading.statement.name

    def differences(self, how: tuple[Directness, ...]) -> tuple[Miss, ...]:
        """Return in what an Allow differs from the request; nothing where it is about other things altogether.

        `how` says as how directly named the statement must see who asks.
        """
        return (*self._action(), *self._resource(), *self._principal(how), *self._conditions()) if self._near() else ()

    def denial(self) -> tuple[Miss, ...]:
        """Return the conditions on which a Deny rests, any of which would have to differ; without any, itself."""
        resting = [self._condition(one, "denies") for one, _ in self.reading.conditions]
        request = self.case.request
        sentence = f"{self.words} denies it whatever the circumstances: {request.action} on {request.resource}"
        return tuple(resting) or (Miss(self.kind, self.policy_id, self.name, "deny", "", (), None, sentence),)

    def _near(self) -> bool:
        if self.reading.action.truth is not Truth.NO:
            return True
        service = f"{self.case.request.service}:"
        speaks_of_it = any(one.lower().startswith(service) for one in self.reading.statement.actions.values)
        return speaks_of_it and self.reading.resource.truth is not Truth.NO

    def _action(self) -> Iterator[Miss]:
        if self.reading.action.truth is Truth.NO:
            names, found = self.reading.statement.actions, self.case.request.action
            sentence = f"{self.words} allows {_names(names)}, not {found}"
            yield Miss(self.kind, self.policy_id, self.name, "action", "", names.values, (found,), sentence)

    def _resource(self) -> Iterator[Miss]:
        names, found = self.reading.statement.resources, self.case.request.resource
        if self.reading.resource.truth is Truth.NO and names is not None:
            sentence = f"{self.words} allows it on {_names(names)}, not on {found}"
            yield Miss(self.kind, self.policy_id, self.name, "resource", "", names.values, (found,), sentence)

    def _principal(self, how: tuple[Directness, ...]) -> Iterator[Miss]:
        principals, caller = self.reading.statement.principals, self.case.caller.arn
        seen = any_of(self.reading.principal.get(one, NO) for one in how)
        if seen.truth is Truth.NO and principals is not None:
            names = tuple(name for _, name in principals.values)
            whom = f"everybody but {listed(names)}" if principals.excepted else listed(names)
            sentence = f"{self.words} allows it to {whom}, not to {caller}"
            yield Miss(self.kind, self.policy_id, self.name, "principal", "", names, (caller,), sentence)

    def _conditions(self) -> Iterator[Miss]:
        for one, judged in self.reading.conditions:
            if judged.truth is Truth.NO:
                yield self._condition(one, "allows")

    def _condition(self, one: Condition, does: str) -> Miss:
        found = self.case.context.found(one.key)
        has = f"the request has no {one.key}" if found is None else f"the request's is {listed(found, last='and')}"
        sentence = f"{self.words} {does} it when {phrase(one)}; {has}"
        return Miss(self.kind, self.policy_id, self.name, "condition", one.key.lower(), one.values, found, sentence)


def _names(names: Names) -> str:
    return f"everything but {listed(names.values)}" if names.excepted else listed(names.values, last="and")
