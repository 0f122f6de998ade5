"""All that bears on a request, read to it: the way from policies as they were read to layers that answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathmend.access.caller import CallerKind, caller_of, whole_context
from pathmend.access.document import statements
from pathmend.access.layers import Case, Layer
from pathmend.access.policies import PolicyKind
from pathmend.access.principals import Audience
from pathmend.access.services import reached_by_resource_control
from pathmend.access.statement import read
from pathmend.access.truth import NO, YES, maybe
from pathmend.errors import InvalidSnapshotError
from pathmend.snapshot.identity import Policy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.access.caller import Caller
    from pathmend.access.document import Statement
    from pathmend.access.policies import Policies
    from pathmend.access.request import Context, Request
    from pathmend.access.statement import Reading
    from pathmend.access.truth import Judged

_NAMING_NOBODY = frozenset({PolicyKind.IDENTITY, PolicyKind.BOUNDARY, PolicyKind.SESSION, PolicyKind.SERVICE_CONTROL})
_NAMING_SOMEBODY = frozenset({PolicyKind.RESOURCE, PolicyKind.ENDPOINT})


def case_of(request: Request, policies: Policies) -> Case:
    """Read all policies to a request.

    Raises:
        InvalidSnapshotError: a document is malformed; says which policy, statement and key.
        InvalidEventError: who asks is no principal.
    """
    caller = caller_of(request)
    context = whole_context(request, caller)
    return Case(request, caller, context, tuple(_Reader(request, context, policies, caller).layers()))


@dataclass(frozen=True, slots=True)
class _Reader:
    request: Request
    context: Context
    policies: Policies
    caller: Caller

    def layers(self) -> Iterator[Layer]:
        given = self.policies
        yield from self._levels(PolicyKind.SERVICE_CONTROL, given.service_control, YES)
        reach = reached_by_resource_control(self.request.service, self.request.action)
        yield from self._levels(PolicyKind.RESOURCE_CONTROL, given.resource_control, reach)
        yield from self._single(PolicyKind.ENDPOINT, given.endpoint)
        yield from self._resource()
        if self.caller.kind is not CallerKind.ROOT:
            yield self._layer(PolicyKind.IDENTITY, "the identity policies", given.identity)
        yield from self._single(PolicyKind.BOUNDARY, given.boundary)
        if given.session is not None or PolicyKind.SESSION in given.unread:
            yield self._layer(PolicyKind.SESSION, "the session policies", given.session or ())

    def _levels(self, kind: PolicyKind, levels: tuple[tuple[Policy, ...], ...], reach: Judged) -> Iterator[Layer]:
        what = kind.value.removesuffix("y") + "ies"
        for number, level in enumerate(levels, 1):
            label = f"the {what} of level {number} of {len(levels)} of the organization"
            yield Layer(kind, label, self._readings(kind, level), reach=reach)
        if kind in self.policies.unread:
            yield Layer(kind, f"the {what}", unread=self._why(kind), reach=reach)

    def _single(self, kind: PolicyKind, policy: Policy | None) -> Iterator[Layer]:
        if policy is not None or kind in self.policies.unread:
            yield self._layer(kind, f"the {kind.value}", () if policy is None else (policy,))

    def _resource(self) -> Iterator[Layer]:
        kind, given = PolicyKind.RESOURCE, self.policies.resource
        if given is not None:
            written = () if given.document is None else (Policy(given.arn, given.document),)
            yield self._layer(kind, f"the resource policy of {given.arn}", written)
        elif kind in self.policies.unread:
            yield self._layer(kind, f"the resource policy of {self.request.resource}", ())

    def _layer(self, kind: PolicyKind, label: str, policies: tuple[Policy, ...]) -> Layer:
        return Layer(kind, label, self._readings(kind, policies), self._why(kind))

    def _why(self, kind: PolicyKind) -> str | None:
        why = self.policies.unread.get(kind)
        return None if why is None else f"{kind.value}: {why}"

    def _readings(self, kind: PolicyKind, policies: tuple[Policy, ...]) -> tuple[tuple[str, Reading], ...]:
        audience = Audience(
            self.caller,
            self._bounded(),
            gateway=kind is PolicyKind.ENDPOINT and self.policies.gateway_endpoint,
            in_session=self.policies.session is not None,
        )
        return tuple(
            (policy.id, read(_fitting(one, kind, policy.id), self.request, self.context, audience))
            for policy in policies
            for one in statements(policy.id, policy.document)
        )

    def _bounded(self) -> Judged:
        why = self._why(PolicyKind.BOUNDARY)
        if self.policies.boundary is not None:
            return YES
        return NO if why is None else maybe(why)


def _fitting(statement: Statement, kind: PolicyKind, policy_id: str) -> Statement:
    where = f"policy {policy_id}, statement {statement.name}"
    if statement.resources is None and kind is not PolicyKind.RESOURCE:
        raise InvalidSnapshotError(f"{where}: has neither Resource nor NotResource")
    if statement.principals is None and kind in _NAMING_SOMEBODY:
        raise InvalidSnapshotError(f"{where}: has neither Principal nor NotPrincipal")
    if statement.principals is not None and kind in _NAMING_NOBODY:
        raise InvalidSnapshotError(f"{where}: has a Principal, which is not for a policy of this kind ({kind.value})")
    return statement
