"""The policies that take part in a decision, each in its kind, and where a snapshot holds them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from pathmend.access.caller import CallerKind, account_of, caller_of
from pathmend.access.services import may_have_policy
from pathmend.snapshot.identity import Policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pathmend.access.caller import Caller
    from pathmend.access.request import Request
    from pathmend.snapshot.identity import Organization, Principal, ResourcePolicy
    from pathmend.snapshot.world import Snapshot

_NOT_GIVEN = "not given"
_BOUNDARY_FIRST = "permissions boundary"
_IDENTITY_FIRST = ("inline policy ", "managed policy ", "group ", "RolePolicyList", "UserPolicyList", "AttachedManaged")
"""How what was not read of a principal begins where it tells what it is."""


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
    no levels mean that none apply. `gateway_endpoint` says that the endpoint is one of type Gateway.
    """

    identity: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    session: tuple[Policy, ...] | None = None
    resource: ResourcePolicy | None = None
    endpoint: Policy | None = None
    service_control: tuple[tuple[Policy, ...], ...] = ()
    resource_control: tuple[tuple[Policy, ...], ...] = ()
    unread: Mapping[PolicyKind, str] = field(default_factory=dict)
    gateway_endpoint: bool = False


def policies_for(
    snapshot: Snapshot, request: Request, *, endpoint_id: str | None, session: tuple[Policy, ...] | None = None
) -> Policies:
    """Collect from the snapshot what bears on this request when it goes through `endpoint_id` (None: through none).

    Raises:
        InvalidEventError: who asks is no principal.
    """
    search = _Search(snapshot, request, caller_of(request))
    unread: dict[PolicyKind, str] = {}
    identity, boundary = search.own(unread)
    endpoint = search.endpoint(endpoint_id, unread)
    found = snapshot.vpc_endpoints.get(endpoint_id or "")
    return Policies(
        identity=identity,
        boundary=boundary,
        session=session,
        resource=search.resource(unread),
        endpoint=endpoint,
        service_control=search.service_control(unread),
        resource_control=search.resource_control(unread),
        unread=unread,
        gateway_endpoint=found is not None and found.kind == "Gateway",
    )


def policy_holder(resource: str) -> str:
    """Return the ARN of the resource whose policy speaks of this one: an object's bucket, an index's table."""
    head, _, rest = resource.partition(":::")
    if head.endswith(":s3") and rest:
        return f"{head}:::{rest.partition('/')[0]}"
    table, index, _ = resource.partition("/index/")
    return table if index and ":dynamodb:" in table else resource


def _by_kind(principal: Principal) -> dict[PolicyKind, list[str]]:
    """Say of which kind is what was not read; what does not tell, as a refused call, may be either."""
    kinds = {
        PolicyKind.IDENTITY: [why for why in principal.unread if not why.startswith(_BOUNDARY_FIRST)],
        PolicyKind.BOUNDARY: [why for why in principal.unread if not why.startswith(_IDENTITY_FIRST)],
    }
    if principal.boundary is not None:
        # There is one at most.
        del kinds[PolicyKind.BOUNDARY]
    return {kind: reasons for kind, reasons in kinds.items() if reasons}


@dataclass(frozen=True, slots=True)
class _Search:
    """Looks things up; each method says in `unread` what it could not find."""

    snapshot: Snapshot
    request: Request
    caller: Caller

    def own(self, unread: dict[PolicyKind, str]) -> tuple[tuple[Policy, ...], Policy | None]:
        if self.caller.kind is CallerKind.ROOT:
            return (), None
        found = self.snapshot.principals.get(self.caller.arn)
        if found is None or found.policies is None:
            key = "RoleDetailList" if self.caller.kind is CallerKind.ROLE else "UserDetailList"
            why = f"{self.caller.arn}: {self.snapshot.unread.get(key, _NOT_GIVEN)}"
            told = ", ".join(found.unread) if found is not None and found.unread else why
            unread[PolicyKind.IDENTITY] = unread[PolicyKind.BOUNDARY] = told
            return (), None if found is None else found.boundary
        for kind, reasons in _by_kind(found).items():
            unread[kind] = ", ".join(reasons)
        return found.policies, found.boundary

    def endpoint(self, endpoint_id: str | None, unread: dict[PolicyKind, str]) -> Policy | None:
        if endpoint_id is None:
            return None
        found = self.snapshot.vpc_endpoints.get(endpoint_id)
        if found is None or found.policy is None:
            unread[PolicyKind.ENDPOINT] = f"{endpoint_id}: {self.snapshot.unread.get('VpcEndpoints', _NOT_GIVEN)}"
            return None
        return Policy(endpoint_id, found.policy, "endpoint")

    def resource(self, unread: dict[PolicyKind, str]) -> ResourcePolicy | None:
        owner = self._owner()
        crosses = owner is not None and owner != self.caller.account
        if self.request.resource == "*" or not may_have_policy(self.request.service, crosses_accounts=crosses):
            return None
        arn = policy_holder(self.request.resource)
        found = self.snapshot.resource_policies.get(arn)
        if found is None:
            unread[PolicyKind.RESOURCE] = f"{arn}: {self._why('ResourcePolicies', arn)}"
        return found

    def service_control(self, unread: dict[PolicyKind, str]) -> tuple[tuple[Policy, ...], ...]:
        """Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html."""
        if self.caller.service_linked:
            return ()
        found = self._organization(self.caller.account, PolicyKind.SERVICE_CONTROL, unread)
        return found.service_control if found is not None else ()

    def resource_control(self, unread: dict[PolicyKind, str]) -> tuple[tuple[Policy, ...], ...]:
        """Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html."""
        if self.caller.service_linked:
            return ()
        owner = self.caller.account if self.request.resource == "*" else self._owner()
        if owner is None:
            unread[PolicyKind.RESOURCE_CONTROL] = f"the account that owns {self.request.resource}: {_NOT_GIVEN}"
            return ()
        found = self._organization(owner, PolicyKind.RESOURCE_CONTROL, unread)
        return found.resource_control if found is not None else ()

    def _organization(self, account: str, kind: PolicyKind, unread: dict[PolicyKind, str]) -> Organization | None:
        found = self.snapshot.organizations.get(account)
        if found is None:
            unread[kind] = f"account {account}: {self._why('AccountOrganizations', account)}"
            return None
        return None if found.management_account == account else found

    def _owner(self) -> str | None:
        named = self.request.context.found("aws:ResourceAccount")
        return named[0] if named else account_of(self.request.resource)

    def _why(self, key: str, one: str) -> str:
        unread = self.snapshot.unread
        return unread.get(f"{key} {one}") or unread.get(key) or _NOT_GIVEN
