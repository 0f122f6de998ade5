"""The policies that take part in a decision, each in its kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pathmend.access.request import Request
    from pathmend.snapshot.identity import Policy, ResourcePolicy
    from pathmend.snapshot.world import Snapshot


class PolicyKind(Enum):
    """What a policy is attached to, which says what it can grant and what it can only limit."""

    IDENTITY = "identity policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"
    RESOURCE = "resource policy"
    ENDPOINT = "endpoint policy"
    SERVICE_CONTROL = "service control policy"
    RESOURCE_CONTROL = "resource control policy"


@dataclass(frozen=True, slots=True)
class Policies:
    """All that was read; `unread` maps a kind, of which there may be more than is given here, to the reason.

    `session` is None where no session policy was passed, `endpoint` where the request passes no endpoint, `resource`
    where the resource can have no policy. Control policies are levels from the organization's root down to the account;
    no levels mean that none apply.
    """

    identity: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    session: tuple[Policy, ...] | None = None
    resource: ResourcePolicy | None = None
    endpoint: Policy | None = None
    service_control: tuple[tuple[Policy, ...], ...] = ()
    resource_control: tuple[tuple[Policy, ...], ...] = ()
    unread: Mapping[PolicyKind, str] = field(default_factory=dict)


def policies_for(
    snapshot: Snapshot, request: Request, *, endpoint_id: str | None, session: tuple[Policy, ...] | None = None
) -> Policies:
    """Collect from the snapshot what bears on this request when it goes through `endpoint_id` (None: through none)."""
    raise NotImplementedError
