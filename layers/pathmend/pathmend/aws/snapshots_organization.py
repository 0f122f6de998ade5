"""What an organization lets an account do: service and resource control policies, by level from the root down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pathmend.aws.describe_calls import called, dicts, reading, whole
from pathmend.aws.errors import code_of
from pathmend.errors import PermanentError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pathmend.aws.clients import Clients
    from pathmend.aws.describe_calls import Items, Read, Reads

_KINDS = {"ServiceControlPolicies": "SERVICE_CONTROL_POLICY", "ResourceControlPolicies": "RESOURCE_CONTROL_POLICY"}
_LEFT_OUT = "whether the organization's policies allow it is read by `pathmend snapshot` only"


def membership_of(clients: Clients, account: str) -> Reads:
    """Return the one call that says whether an organization binds this account; its policies are left unread."""
    return {"AccountOrganizations": [_organization(clients.named("organizations"), account)]}


def policies_over(clients: Clients, account: str) -> Reads:
    """Return the calls for the policies that bind the account: only management and delegated accounts may make them."""
    return {"AccountOrganizations": [_with_policies(clients.named("organizations"), account)]}


def caller_account(clients: Clients) -> str:
    """Return the account that is read: an organization is asked about it, and IAM answers for no other."""
    with reading("the caller's account (get_caller_identity)"):
        return str(clients.named("sts").get_caller_identity()["Account"])


def _organization(client: Any, account: str) -> Read:  # noqa: ANN401 - boto3 makes clients at run time
    """Return the call for the organization of an account. Its policies do not bind the management account.

    Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
    and https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
    """

    def read() -> Items:
        try:
            [told] = dicts(called(client, "describe_organization", "Organization"))
        except PermanentError as exc:
            if code_of(exc) == "AWSOrganizationsNotInUseException":
                return [{"AccountId": account}]
            raise
        found = {"AccountId": account, "OrganizationId": told["Id"], "ManagementAccountId": told["MasterAccountId"]}
        free = account == told["MasterAccountId"]
        return [{**found, **(dict.fromkeys(_KINDS, ()) if free else {"Unread": _LEFT_OUT})}]

    return read


def _with_policies(client: Any, account: str) -> Read:  # noqa: ANN401 - boto3 makes clients at run time
    def read() -> Items:
        [item] = dicts(_organization(client, account)())
        if "Unread" not in item:
            return [item]
        known = {key: value for key, value in item.items() if key != "Unread"}
        try:
            targets = _way_down(client, account)
            return [{**known, **{key: _levels(client, targets, kind) for key, kind in _KINDS.items()}}]
        except PermanentError as exc:
            return [{**known, "Unread": str(exc)}]

    return read


def _way_down(client: Any, account: str) -> list[str]:  # noqa: ANN401 - boto3 makes clients at run time
    """Return the root, the organizational units and the account, in this order."""
    way = [account]
    while not way[0].startswith("r-"):
        [parent] = dicts(called(client, "list_parents", "Parents", ChildId=way[0]))
        way.insert(0, str(parent["Id"]))
    return way


def _levels(client: Any, targets: Iterable[str], kind: str) -> list[list[dict[str, Any]]]:  # noqa: ANN401 - as above
    """Return the policies by level; none where no level has any: then the organization does not use the kind."""
    levels = [_attached(client, target, kind) for target in targets]
    return levels if any(levels) else []


def _attached(client: Any, target: str, kind: str) -> list[dict[str, Any]]:  # noqa: ANN401 - as above
    found = called(client, "list_policies_for_target", "Policies", TargetId=target, Filter=kind)
    told = (whole(client, "describe_policy", PolicyId=one["Id"])["Policy"] for one in dicts(found))
    return [{"Id": one["PolicySummary"]["Id"], "Content": one["Content"]} for one in told]
