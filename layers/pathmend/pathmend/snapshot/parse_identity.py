"""Roles, users and instance profiles from their describe answers, with the policies that each of them holds.

Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pathmend.snapshot.documents import document
from pathmend.snapshot.identity import InstanceProfile, Policy, Principal
from pathmend.snapshot.item import wrong

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from pathmend.snapshot.item import Item

NOT_GIVEN = "not given"
_ATTACHED = "AttachedManagedPolicies"
_ACCOUNT = 4
"""Where the account stands among an ARN's parts."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of principal calls its fields."""

    name: str
    id_key: str
    inline_key: str


ROLE = Kind("role", "RoleId", "RolePolicyList")
USER = Kind("user", "UserId", "UserPolicyList")
_GROUP = Kind("group", "GroupId", "GroupPolicyList")


@dataclass(frozen=True, slots=True)
class Sources:
    """What principals refer to: managed policies' documents by ARN (or why not), groups by account and name."""

    managed: Mapping[str, str]
    reasons: Mapping[str, str]
    groups: Mapping[tuple[str, str], Item]


@dataclass(slots=True)
class _Held:
    policies: list[Policy] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def add_inline(self, name: str, text: str | None, via: str) -> None:
        if text is None:
            self.unread.append(f"inline policy {name}: {NOT_GIVEN}")
        else:
            self.policies.append(Policy(name, text, via))

    def add_managed(self, arn: str, known: Sources, via: str) -> None:
        policy = self.managed(arn, known, via=via, what="managed policy")
        self.policies.extend([policy] if policy else [])

    def managed(self, arn: str, known: Sources, *, via: str, what: str) -> Policy | None:
        if arn in known.managed:
            return Policy(arn, known.managed[arn], via)
        self.unread.append(f"{what} {arn}: {known.reasons.get(arn, NOT_GIVEN)}")
        return None


def arn_in(item: Item, key: str) -> str:
    """Return an ARN that must be there."""
    arn = item.text(key)
    if not arn.startswith("arn:") or arn.count(":") <= _ACCOUNT:
        raise wrong(item.at(key), arn, "an ARN")
    return arn


def sources(policies: Collection[Item], groups: Iterable[Item]) -> Sources:
    """Return what principals refer to. A policy that is only listed has no document, and is as if it were not given."""
    documents = sorted(pair for item in policies for pair in _managed(item))
    reasons = {arn_in(item, "Arn"): why for item in policies if (why := item.maybe("Unread"))}
    named = {(_account_of(arn_in(item, "Arn")), item.text("GroupName")): item for item in groups}
    return Sources(dict(documents), reasons, named)


def _managed(item: Item) -> Iterator[tuple[str, str]]:
    for version in item.items("PolicyVersionList"):
        text = document(version, "Document")
        if version.flag("IsDefaultVersion") and text is not None:
            yield arn_in(item, "Arn"), text


def principal(item: Item, kind: Kind, known: Sources) -> Principal:
    """Return a role or user. `Unread` is ours: a list of what could not be read of it, and why."""
    arn = arn_in(item, "Arn")
    held = _held(item, kind.inline_key, known)
    for group in item.texts("GroupList"):
        _take_group(held, group, known.groups.get((_account_of(arn), group)), known)
    boundary = _boundary(item, held, known)
    given = kind.inline_key in item.values or _ATTACHED in item.values
    return Principal(
        arn=arn,
        kind=kind.name,
        policies=_ordered(held.policies) if given else None,
        boundary=boundary,
        trust=document(item, "AssumeRolePolicyDocument"),
        unique_id=item.maybe(kind.id_key) or "",
        tags=item.tags(),
        unread=tuple(sorted({*item.texts("Unread"), *held.unread})),
    )


def _ordered(policies: Iterable[Policy]) -> tuple[Policy, ...]:
    return tuple(sorted(set(policies), key=lambda one: (one.id, one.via, one.document)))


def _account_of(arn: str) -> str:
    return arn.split(":")[_ACCOUNT]


def _held(item: Item, inline_key: str, known: Sources, *, via: str = "") -> _Held:
    held = _Held()
    for one in item.items(inline_key):
        text = document(one, "PolicyDocument")
        held.add_inline(one.text("PolicyName"), text, via or "inline")
    for one in item.items(_ATTACHED):
        held.add_managed(arn_in(one, "PolicyArn"), known, via or "attached")
    missing = [key for key in (inline_key, _ATTACHED) if key not in item.values]
    # What says itself what was not read of it need not be told that it lacks that.
    if not item.texts("Unread"):
        held.unread.extend(f"{key}: {NOT_GIVEN}" for key in missing)
    return held


def _take_group(held: _Held, name: str, group: Item | None, known: Sources) -> None:
    if group is None:
        held.unread.append(f"group {name}: {NOT_GIVEN}")
        return
    own = _held(group, _GROUP.inline_key, known, via=f"group {name}")
    held.policies.extend(own.policies)
    held.unread.extend(f"group {name}: {why}" for why in own.unread)


def _boundary(item: Item, held: _Held, known: Sources) -> Policy | None:
    arn = item.item("PermissionsBoundary").maybe("PermissionsBoundaryArn")
    return held.managed(arn, known, via="boundary", what="permissions boundary") if arn else None


def instance_profile(item: Item) -> InstanceProfile:
    """Return an instance profile."""
    return InstanceProfile(
        arn=arn_in(item, "Arn"),
        name=item.maybe("InstanceProfileName") or "",
        role_arns=tuple(sorted({arn_in(role, "Arn") for role in item.items("Roles")})),
        tags=item.tags(),
    )
