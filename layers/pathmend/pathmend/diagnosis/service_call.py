"""One call to AWS by the way that it takes, and what all policies say of it by this way and by others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pathmend.access.evaluate import Verdict, evaluate
from pathmend.access.policies import PolicyKind
from pathmend.diagnosis.actions import service_of
from pathmend.diagnosis.finding import Evidence
from pathmend.diagnosis.request_context import region_of, request_of
from pathmend.diagnosis.service_way import Kind, Way, endpoints_of

if TYPE_CHECKING:
    from pathmend.access.evaluate import Answer, Deciding
    from pathmend.access.policies import Policies
    from pathmend.access.request import Request
    from pathmend.diagnosis.dependency import AwsNeed, Dependency, Dependents
    from pathmend.snapshot.resources import VpcEndpoint
    from pathmend.snapshot.world import Snapshot


_CONTROL = (PolicyKind.SERVICE_CONTROL, PolicyKind.RESOURCE_CONTROL)
"""Policies that only ever take away: those that were not read cannot make a denial untrue."""


@dataclass(frozen=True, slots=True)
class Call:
    """Who asks for what, by which way."""

    snapshot: Snapshot
    who: Dependents
    dependency: Dependency
    need: AwsNeed
    way: Way

    def answer(self) -> Answer:
        """Return what all policies say of it."""
        return self._evaluated(_CONTROL)

    def answer_without_endpoint_policy(self) -> Answer:
        """Return what all policies but the endpoint's say of it."""
        return self._evaluated((*_CONTROL, PolicyKind.ENDPOINT), endpoint=False)

    def allowed_in_own_account(self) -> bool:
        """Return whether it is allowed if the resource is the caller's own: a bucket's ARN names no account."""
        request, policies = self._asked(_CONTROL)
        values = {**request.context.values, "aws:resourceaccount": (self.who.account,)}
        own = replace(request, context=replace(request.context, values=values))
        return evaluate(own, policies).verdict is Verdict.ALLOWED

    def _evaluated(self, without: tuple[PolicyKind, ...], *, endpoint: bool = True) -> Answer:
        request, policies = self._asked(without)
        return evaluate(request, policies if endpoint else replace(policies, endpoint=None))

    def _asked(self, without: tuple[PolicyKind, ...]) -> tuple[Request, Policies]:
        request, policies = request_of(self.snapshot, self.who, self.need, self.way)
        unread = {kind: why for kind, why in policies.unread.items() if kind not in without}
        return request, replace(policies, unread=unread)

    def through(self, endpoint: VpcEndpoint) -> Call:
        """Return the same call by an endpoint."""
        kind = Kind.GATEWAY_ENDPOINT if endpoint.kind == "Gateway" else Kind.INTERFACE_ENDPOINT
        way = Way(kind, self.way.trace, endpoint.id, list_id=self.way.list_id)
        return replace(self, way=way)

    def other_endpoints(self) -> tuple[VpcEndpoint, ...]:
        """Return the VPC's endpoints of the service that the call does not go by, but for those that do not work."""
        region = region_of(self.who, self.need)
        found = endpoints_of(self.snapshot, self.who.interface.vpc_id, service_of(self.need.action), region)
        return tuple(one for one in found if one.id != self.way.endpoint_id and one.state == "available")

    def way_row(self) -> Evidence:
        """Say as evidence where the call leaves."""
        table = self.snapshot.route_table_of(self.who.interface.subnet_id)
        source = f"the network model, ec2:DescribeRouteTables {table.id}" if table else "the network model"
        return Evidence(f"the way of requests from {self.who.first.id}", source, self.way.words(self.snapshot))


def said_by(answer: Answer, kind: PolicyKind) -> Deciding | None:
    """Return what one kind of policy says."""
    return next((one for one in answer.deciding if one.kind is kind), None)
