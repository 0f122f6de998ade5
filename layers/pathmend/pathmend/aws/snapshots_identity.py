"""Who acts: instance profiles, roles, users and groups, each read once, as GetAccountAuthorizationDetails answers them.

That call itself has no filter and would read the whole account. What of a principal may not be read is named in its
"Unread", and the rest of it is read all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pathmend.aws.describe_calls import called, dicts, whole
from pathmend.errors import NotFoundError, PermanentError, TemporaryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pathmend.aws.clients import Clients
    from pathmend.aws.describe_calls import Items, Read, Reads
    from pathmend.aws.snapshots_reading import Reading

KEYS = {"Role": "RoleDetailList", "User": "UserDetailList", "Group": "GroupDetailList"}
"""What IAM calls the kinds of principals, and the snapshot's keys."""
# What a principal last did changes from reading to reading, and decides nothing.
_LEFT_OUT = ("RoleLastUsed", "PasswordLastUsed")


def profiles_of(clients: Clients, arns: Iterable[str]) -> Reads:
    """Return the calls for instance profiles, each once; none without any."""
    wanted = sorted(set(arns))
    return {"InstanceProfiles": [_profile(clients.named("iam"), arn) for arn in wanted]} if wanted else {}


def _profile(iam: Any, arn: str) -> Read:  # noqa: ANN401 - boto3 makes clients at run time
    def read() -> Items:
        try:
            return [whole(iam, "get_instance_profile", InstanceProfileName=_name(arn))["InstanceProfile"]]
        except NotFoundError:
            # It was deleted, and the instance still names it.
            return ()
        except (PermanentError, TemporaryError) as exc:
            return [{"Arn": arn, "Unread": str(exc)}]

    return read


def _name(arn: str) -> str:
    return arn.rsplit("/", 1)[-1]


def principals_of(clients: Clients, reading: Reading, more: Iterable[str] = ()) -> Reads:
    """Return the calls for the roles of the profiles that were read, and for more of this account's principals."""
    profiles = dicts(reading.answers.get("InstanceProfiles", ()))
    arns = sorted({*more, *(role["Arn"] for profile in profiles for role in profile.get("Roles", ()))})
    reads: Reads = {}
    for arn in arns:
        kind = "User" if ":user/" in arn else "Role"
        reads.setdefault(KEYS[kind], []).append(_principal(clients.named("iam"), kind, _name(arn), {"Arn": arn}))
    return reads


def groups_of_users(clients: Clients, reading: Reading) -> Reads:
    """Return the calls for the groups of the users that were read."""
    users = dicts(reading.answers.get(KEYS["User"], ()))
    names = sorted({name for user in users for name in user.get("GroupList", ())})
    return {KEYS["Group"]: [_principal(clients.named("iam"), "Group", name, {}) for name in names]} if names else {}


def _principal(iam: Any, kind: str, name: str, known: dict[str, Any]) -> Read:  # noqa: ANN401 - as above
    def read() -> Items:
        detail: dict[str, Any] = {**known, f"{kind}Name": name}
        unread: list[str] = []
        parts = [_own, _attached, _inline, *([_groups] if kind == "User" else [])]
        try:
            for part in parts:
                _add(detail, unread, lambda part=part: part(iam, kind, name, unread))  # type: ignore[misc]
        except NotFoundError:
            return ()
        # A group that only its name is known of has no place among ARNs; its members say that it is missing.
        return [{**detail, **({"Unread": unread} if unread else {})}] if "Arn" in detail else ()

    return read


def _add(detail: dict[str, Any], unread: list[str], part: Callable[[], dict[str, Any]]) -> None:
    try:
        detail.update(part())
    except NotFoundError:
        raise
    except (PermanentError, TemporaryError) as exc:
        unread.append(str(exc))


def _asked(kind: str, name: str) -> dict[str, str]:
    return {f"{kind}Name": name}


def _own(iam: Any, kind: str, name: str, _: list[str]) -> dict[str, Any]:  # noqa: ANN401 - as above
    told = whole(iam, f"get_{kind.lower()}", **_asked(kind, name))[kind]
    return {key: value for key, value in told.items() if key not in _LEFT_OUT}


def _attached(iam: Any, kind: str, name: str, _: list[str]) -> dict[str, Any]:  # noqa: ANN401 - as above
    operation = f"list_attached_{kind.lower()}_policies"
    return {"AttachedManagedPolicies": list(called(iam, operation, "AttachedPolicies", **_asked(kind, name)))}


def _inline(iam: Any, kind: str, name: str, unread: list[str]) -> dict[str, Any]:  # noqa: ANN401 - as above
    found: list[dict[str, Any]] = []
    for policy in called(iam, f"list_{kind.lower()}_policies", "PolicyNames", **_asked(kind, name)):
        asked = {**_asked(kind, name), "PolicyName": str(policy)}
        entry: dict[str, Any] = {"PolicyName": policy}
        _add(entry, unread, lambda asked=asked: _document(iam, kind, asked))  # type: ignore[misc]
        found.append(entry)
    return {f"{kind}PolicyList": found}


def _document(iam: Any, kind: str, asked: dict[str, str]) -> dict[str, Any]:  # noqa: ANN401 - as above
    return {"PolicyDocument": whole(iam, f"get_{kind.lower()}_policy", **asked)["PolicyDocument"]}


def _groups(iam: Any, kind: str, name: str, _: list[str]) -> dict[str, Any]:  # noqa: ANN401 - as above
    found = dicts(called(iam, "list_groups_for_user", "Groups", **_asked(kind, name)))
    return {"GroupList": [one["GroupName"] for one in found]}


def managed_of(clients: Clients, reading: Reading) -> Reads:
    """Return the calls for the managed policies and boundaries of what was read; none where nothing was."""
    arns = sorted(set(_managed_arns(reading)))
    return {"Policies": [_managed(clients.named("iam"), arn) for arn in arns]} if arns else {}


def _managed_arns(reading: Reading) -> Iterator[str]:
    for item in (one for key in KEYS.values() for one in dicts(reading.answers.get(key, ()))):
        yield from (policy["PolicyArn"] for policy in item.get("AttachedManagedPolicies", ()))
        yield from filter(None, [item.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")])


def _managed(iam: Any, arn: str) -> Read:  # noqa: ANN401 - as above
    def read() -> Items:
        try:
            policy = whole(iam, "get_policy", PolicyArn=arn)["Policy"]
            version = whole(iam, "get_policy_version", PolicyArn=arn, VersionId=policy["DefaultVersionId"])
        except NotFoundError:
            raise
        except (PermanentError, TemporaryError) as exc:
            return [{"Arn": arn, "Unread": str(exc)}]
        return [{**policy, "PolicyVersionList": [version["PolicyVersion"]]}]

    return read
