"""Needs inferred from a role: what its policies allow by name is what its application asks for.

A statement with a wildcard in its resource says what may be asked, not what is: nothing is inferred from it.
"""

from __future__ import annotations

import re
from fnmatch import translate
from functools import lru_cache
from typing import TYPE_CHECKING

from pathmend.access.document import statements
from pathmend.diagnosis.actions import actions_on
from pathmend.diagnosis.dependency import AwsNeed, Dependency, Strength
from pathmend.diagnosis.finding import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.access.document import Statement
    from pathmend.diagnosis.dependency import Dependents
    from pathmend.snapshot.world import Snapshot

_REGION, _ACCOUNT, _RESOURCE = 3, 4, 5
_UNSURE = re.compile(r"[*?]|\$\{")


def inferred(snapshot: Snapshot, who: Dependents) -> Iterator[Dependency]:
    """Yield the calls that the role's statements allow on resources that they name, in the policies' order.

    Raises:
        InvalidSnapshotError: a policy of the role is malformed.
    """
    principal = snapshot.principals.get(who.role_arn or "")
    found: dict[AwsNeed, Dependency] = {}
    for policy in (principal.policies or ()) if principal else ():
        for statement in statements(policy.id, policy.document):
            why = f"statement {statement.name} of {policy.id}"
            for need in _needs(who, statement):
                row = Evidence("the role allows it by name", why, need.words)
                found.setdefault(need, Dependency(need, Strength.NAMED, row))
    yield from found.values()


def unread_of(snapshot: Snapshot, who: Dependents) -> Iterator[str]:
    """Yield what of the targets' role was not read, and so may name more."""
    profile = snapshot.instance_profiles.get(who.profile_arn or "")
    principal = snapshot.principals.get(who.role_arn or "")
    if who.profile_arn and profile is None:
        yield f"instance profile {who.profile_arn} was not read"
    elif who.role_arn and (principal is None or principal.policies is None):
        yield f"role {who.role_arn} was not read"
    if principal:
        yield from (f"role {who.role_arn}: {why}" for why in principal.unread)


def _needs(who: Dependents, statement: Statement) -> Iterator[AwsNeed]:
    actions, resources = statement.actions, statement.resources
    if statement.effect == "Deny" or resources is None or actions.excepted or resources.excepted:
        return
    for resource in (_completed(one, who) for one in resources.values):
        if resource is None:
            continue
        known = actions_on(resource)
        named = [one for one in known if any(one.lower() == action.lower() for action in actions.values)]
        # "dynamodb:Get*" allows much; that the resource is read is all it tells.
        reads = [one for one in known[:1] if not named and any(_covers(action, one) for action in actions.values)]
        for action in named or reads:
            yield AwsNeed(action, resource)


def _completed(resource: str, who: Dependents) -> str | None:
    """Return the ARN with the caller's own Region and account where it leaves them open; None where it names no one."""
    parts = resource.split(":", _RESOURCE)
    if len(parts) <= _RESOURCE or _UNSURE.search(parts[_RESOURCE]):
        return None
    if parts[1] == "*":
        parts[1] = who.partition
    if parts[_REGION] == "*":
        parts[_REGION] = who.region
    if parts[_ACCOUNT] == "*":
        parts[_ACCOUNT] = who.account
    completed = ":".join(parts)
    return None if _UNSURE.search(completed) else completed


@lru_cache(maxsize=4096)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern.lower()))


def _covers(pattern: str, action: str) -> bool:
    return _pattern(pattern).fullmatch(action.lower()) is not None
