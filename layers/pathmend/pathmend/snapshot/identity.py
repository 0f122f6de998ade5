"""Who acts and what speaks of it: principals, instance profiles, and the policies that bind them.

Documents are kept as the JSON text that was read; `access` gives them their meaning.
Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Tags


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy: `id` is its ARN, or its name where it is inline; `via` says how it came ("inline", "group ops")."""

    id: str
    document: str
    via: str = ""


@dataclass(frozen=True, slots=True)
class Principal:
    """A role or user; `policies` is None where they were not read, and `boundary` is None where there is none.

    `trust` is a role's trust policy. `unread` says what of it could not be read, and why.
    """

    arn: str
    kind: str
    policies: tuple[Policy, ...] | None = None
    boundary: Policy | None = None
    trust: str | None = None
    unique_id: str = ""
    tags: Tags = ()
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InstanceProfile:
    """An instance profile and the roles in it (one at most, on AWS)."""

    arn: str
    name: str
    role_arns: tuple[str, ...] = ()
    tags: Tags = ()


@dataclass(frozen=True, slots=True)
class ResourcePolicy:
    """What was read about a resource's own policy: `document` is None where it has none.

    Without `tags_read` its tags were not asked for: that there are none then proves nothing.
    """

    arn: str
    document: str | None = None
    tags: Tags = ()
    tags_read: bool = True


@dataclass(frozen=True, slots=True)
class Organization:
    """The organization's policies for one account, by level from the root down to the account itself.

    `id` is the account's. Without an organization `organization_id` is empty and there are no levels.
    """

    id: str
    organization_id: str = ""
    service_control: tuple[tuple[Policy, ...], ...] = ()
    resource_control: tuple[tuple[Policy, ...], ...] = ()
    management_account: str = ""
    tags: Tags = ()


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """An edge of X-Ray's service graph: what an instance's application calls, how often it failed and how fast.

    `failed_seconds` is the median duration of failed calls, None where it is not known.
    """

    id: str
    caller: str
    name: str
    kind: str
    calls: int
    failures: int
    failed_seconds: float | None = None
    tags: Tags = ()
