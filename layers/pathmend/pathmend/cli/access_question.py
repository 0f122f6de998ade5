"""What is asked with `pathmend access`, and the answer: the request with all that its way and its caller give it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import typer

from pathmend.access.evaluate import evaluate
from pathmend.access.policies import policies_for
from pathmend.access.request import Context, Request
from pathmend.channels.access_answer import ByWay, Decided
from pathmend.cli.callers import at_instance, principal_of
from pathmend.diagnosis.actions import service_of
from pathmend.diagnosis.dependency import AwsNeed
from pathmend.diagnosis.dependents import role_of
from pathmend.diagnosis.request_context import PATH_KEYS, region_of, request_of, tags_of
from pathmend.diagnosis.service_way import way_to
from pathmend.snapshot.parse import NOT_GIVEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pathmend.access.policies import Policies
    from pathmend.diagnosis.dependency import Dependents
    from pathmend.snapshot.world import Snapshot

_ENDPOINT = "aws:sourcevpce"
_SOURCE_IP = "aws:sourceip"
_NO_WAY = "which way the request takes is not known: give --from, or the key by --context"
_ASKED_OF_NO_WAY = (
    "asked of no way: the policies of VPC endpoints took no part; --from i-... asks by the way that the request takes"
)
_USUAL = {
    "aws:securetransport": ("true",),
    "aws:viaawsservice": ("false",),
    "aws:principalisawsservice": ("false",),
    "aws:referer": (),
}
"""What a call by an AWS SDK or the AWS CLI carries.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""


@dataclass(frozen=True, slots=True)
class AccessQuestion:
    """Who wants to do what; `source` is the instance that asks, `given` the keys that the user says it carries.

    A key with no values is said to be absent.
    """

    principal: str
    action: str
    resource: str
    source: str | None
    given: Mapping[str, tuple[str, ...]]


def decided(snapshot: Snapshot, question: AccessQuestion) -> Decided:
    """Return the verdict of all policies on the request.

    Raises:
        NotFoundError: the principal or the instance was not read.
        BadParameter: a key is given that the way of the request decides.
        InvalidSnapshotError: a policy is malformed.
    """
    principal, session = principal_of(snapshot, question.principal)
    # A kind that nobody asked for is named by the answer that misses it; of others there is a reason to tell.
    unread = tuple(sorted((kind, why) for kind, why in snapshot.unread.items() if why != NOT_GIVEN))
    found = (
        _by_way(snapshot, question, principal) if question.source else _plain(snapshot, question, principal, session)
    )
    return replace(found, unread=unread)


def _by_way(snapshot: Snapshot, question: AccessQuestion, role_arn: str) -> Decided:
    fixed = sorted(PATH_KEYS & set(question.given))
    if fixed:
        raise typer.BadParameter(f"{fixed[0]} follows from the way of --from: leave one of the two out")
    who = at_instance(snapshot, question.source or "", role_arn)
    need = AwsNeed(question.action, question.resource)
    way = way_to(snapshot, who.interface, service_of(need.action), region_of(who, need))
    request, policies = request_of(snapshot, who, need, way)
    given = Context(
        {**request.context.values, **question.given},
        {key: why for key, why in request.context.unknown.items() if key not in question.given},
    )
    answer = evaluate(replace(request, context=given), policies)
    by = ByWay(who.first.id, way, way.words(snapshot))
    return Decided(answer, by, tuple(_notes(snapshot, who)))


def _notes(snapshot: Snapshot, who: Dependents) -> Iterator[str]:
    own = role_of(snapshot, who.profile_arn)
    if who.profile_arn is None:
        yield f"{who.first.id} has no instance profile: asked as if it had one with {who.role_arn}"
    elif own and own != who.role_arn:
        yield f"{who.first.id} has the role {own}: asked as if it had {who.role_arn}"


def _plain(snapshot: Snapshot, question: AccessQuestion, principal: str, session: str | None) -> Decided:
    """Return the answer where only what is given is known of the way."""
    endpoints = question.given.get(_ENDPOINT, ())
    values = {**_of_caller(snapshot, principal, session), **_USUAL, **_of_endpoint(snapshot, endpoints)}
    values |= dict(question.given)
    context = Context(values, dict.fromkeys(_open(question, endpoints) - set(values), _NO_WAY))
    request = Request(principal, question.action, question.resource, context, session)
    policies: Policies = policies_for(snapshot, request, endpoint_id=next(iter(endpoints), None))
    notes = () if _ENDPOINT in question.given else (_ASKED_OF_NO_WAY,)
    return Decided(evaluate(request, policies), notes=notes)


def _open(question: AccessQuestion, endpoints: tuple[str, ...]) -> frozenset[str]:
    """Return the keys of the way that the request may carry: by an endpoint all but aws:SourceIp, else only that."""
    if _ENDPOINT not in question.given:
        return PATH_KEYS
    return PATH_KEYS - {_SOURCE_IP} if endpoints else frozenset({_SOURCE_IP})


def _of_caller(snapshot: Snapshot, arn: str, session: str | None) -> dict[str, tuple[str, ...]]:
    principal = snapshot.principals.get(arn)
    if principal is None:
        return {}
    values = tags_of(principal)
    if principal.kind == "role":
        # Whoever assumed it may have brought more.
        del values["aws:principaltag/*"]
    if principal.unique_id and principal.kind == "user":
        values["aws:userid"] = (principal.unique_id,)
    elif principal.unique_id and session:
        values["aws:userid"] = (f"{principal.unique_id}:{session}",)
    organization = snapshot.organizations.get(arn.split(":")[4])
    if organization and organization.organization_id:
        values["aws:principalorgid"] = (organization.organization_id,)
    return values


def _of_endpoint(snapshot: Snapshot, endpoints: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    endpoint = snapshot.vpc_endpoints.get(next(iter(endpoints), ""))
    return {"aws:sourcevpc": (endpoint.vpc_id,)} if endpoint else {}
