"""What a request carries to IAM: what its path gives it, and what the caller gives it.

`access` knows which of the other keys are absent from a request, and which may have any value.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pathmend.access.policies import PolicyKind, policies_for
from pathmend.access.request import Context, Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pathmend.access.policies import Policies
    from pathmend.diagnosis.dependency import AwsNeed, Dependents
    from pathmend.diagnosis.service_way import Way
    from pathmend.snapshot.identity import Principal
    from pathmend.snapshot.world import Snapshot

_BY_ENDPOINT = ("aws:sourcevpce", "aws:sourcevpc", "aws:vpcsourceip")
PATH_KEYS = frozenset({*_BY_ENDPOINT, "aws:sourceip"})
"""The keys that the way of a request gives it."""
_EACH_ITS_OWN = frozenset(
    {"aws:ec2instancesourceprivateipv4", "aws:userid", "aws:vpcsourceip", "ec2:sourceinstancearn"}
)

_REGION = 3


def request_of(snapshot: Snapshot, who: Dependents, need: AwsNeed, way: Way) -> tuple[Request, Policies]:
    """Return the request that the dependents make by this way, and all policies that bear on it.

    Where they may take another way, what a way gives the request and an endpoint's policy are not known.
    """
    unknown = dict.fromkeys(PATH_KEYS, way.unsure) if way.unsure else {}
    given = {} if way.unsure else _of_way(who, way)
    values = {**_of_caller(snapshot, who), **_of_call(who, need), **given}
    differing = _of_one(values, who, way)
    context = Context({key: value for key, value in values.items() if key not in differing}, {**unknown, **differing})
    session = who.first.id if len(who.instances) == 1 else None
    request = Request(who.role_arn or "", need.action, need.resource, context, session)
    if not way.unsure:
        return request, policies_for(snapshot, request, endpoint_id=way.endpoint_id)
    policies = policies_for(snapshot, request, endpoint_id=None)
    return request, replace(policies, unread={**policies.unread, PolicyKind.ENDPOINT: way.unsure})


def _of_one(values: Mapping[str, object], who: Dependents, way: Way) -> dict[str, str]:
    """Return why keys are not known that each of several dependents gives its own value."""
    if len(who.instances) == 1:
        return {}
    own = {*_EACH_ITS_OWN} if way.source_ip not in who.interface.public_ips else {*_EACH_ITS_OWN, "aws:sourceip"}
    return dict.fromkeys(own & set(values), f"each of {len(who.instances)} targets has its own")


def _of_caller(snapshot: Snapshot, who: Dependents) -> dict[str, tuple[str, ...]]:
    principal = snapshot.principals.get(who.role_arn or "")
    tags = tags_of(principal)
    own = {
        "aws:ec2instancesourcevpc": (who.interface.vpc_id,),
        "aws:ec2instancesourceprivateipv4": (str(who.interface.private_ips[0]),),
        "ec2:sourceinstancearn": (f"arn:{who.partition}:ec2:{who.region}:{who.account}:instance/{who.first.id}",),
    }
    if principal and principal.unique_id:
        own["aws:userid"] = (f"{principal.unique_id}:{who.first.id}",)
    organization = snapshot.organizations.get(who.account)
    if organization and organization.organization_id:
        own["aws:principalorgid"] = (organization.organization_id,)
    return {**tags, **own}


def _of_call(who: Dependents, need: AwsNeed) -> dict[str, tuple[str, ...]]:
    return {
        "aws:requestedregion": (region_of(who, need),),
        "aws:securetransport": ("true",),
        "aws:viaawsservice": ("false",),
        "aws:principalisawsservice": ("false",),
        "aws:referer": (),
    }


def tags_of(principal: Principal | None) -> dict[str, tuple[str, ...]]:
    """Return the tags of a principal as keys, with that there are no others; nothing where they were not read."""
    if principal is None:
        return {}
    tags: dict[str, tuple[str, ...]] = {f"aws:principaltag/{key}".lower(): (value,) for key, value in principal.tags}
    return {**tags, "aws:principaltag/*": ()}


def region_of(who: Dependents, need: AwsNeed) -> str:
    """Return the Region that is asked: the resource's, or the caller's own where its ARN names none."""
    return need.resource.split(":")[_REGION] or who.region


def _of_way(who: Dependents, way: Way) -> dict[str, tuple[str, ...]]:
    if way.endpoint_id:
        given = (way.endpoint_id, who.interface.vpc_id, str(who.interface.private_ips[0]))
        return {key: (value,) for key, value in zip(_BY_ENDPOINT, given, strict=True)}
    return {"aws:sourceip": (str(way.source_ip),)} if way.source_ip else {}
