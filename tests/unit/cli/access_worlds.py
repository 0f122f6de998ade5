"""The workshop with who may do what: the application's role, its endpoints' policies, and the organization's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.builders import REGION, a_workshop
from tests.unit.cli.saving import answers_of

if TYPE_CHECKING:
    from pathlib import Path

    from pathmend.snapshot.world import Snapshot

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/WebApp-Role"
OTHER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/ops/Other"
USER = f"arn:aws:iam::{ACCOUNT}:user/alice"
PROFILE = f"arn:aws:iam::{ACCOUNT}:instance-profile/WebApp"
TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/items"
BUCKET = "arn:aws:s3:::pictures"
OBJECT = f"{BUCKET}/green.png"
EVERYTHING_ALLOWED = {"Effect": "Allow", "Action": "*", "Resource": "*"}
EVERYTHING = {**EVERYTHING_ALLOWED, "Principal": "*"}
READ_BY_ENDPOINT = {
    "Sid": "ddbReadOnly",
    "Effect": "Allow",
    "Action": "dynamodb:GetItem",
    "Resource": TABLE,
    "Condition": {"StringEquals": {"aws:sourceVpce": "vpce-dynamodb"}},
}
READ_PICTURE = {"Sid": "pictures", "Effect": "Allow", "Action": "s3:GetObject", "Resource": OBJECT}


def a_document(*statements: object) -> dict[str, Any]:
    """Return a policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def a_role(arn: str = ROLE, *statements: object, **more: Any) -> dict[str, Any]:
    """Return a role as IAM answers it, with one inline policy."""
    policy = {"PolicyName": "app-data", "PolicyDocument": a_document(*(statements or (READ_BY_ENDPOINT, READ_PICTURE)))}
    own = {"Arn": arn, "RoleId": "AROAEXAMPLE", "RoleName": arn.rsplit("/", 1)[-1], "RolePolicyList": [policy]}
    return {**own, "AttachedManagedPolicies": [], "Tags": [{"Key": "team", "Value": "web"}], **more}


def identities(**overrides: Any) -> dict[str, list[Any]]:
    """Return who may do what, by the describe keys; None leaves a key out."""
    answers: dict[str, list[Any] | None] = {
        "RoleDetailList": [a_role(), a_role(OTHER_ROLE, READ_PICTURE)],
        "UserDetailList": [
            {
                "Arn": USER,
                "UserId": "AIDAEXAMPLE",
                "UserName": "alice",
                "UserPolicyList": [],
                "AttachedManagedPolicies": [],
            }
        ],
        "GroupDetailList": [],
        "Policies": [],
        "InstanceProfiles": [{"Arn": PROFILE, "InstanceProfileName": "WebApp", "Roles": [{"Arn": ROLE}]}],
        "ResourcePolicies": [{"ResourceArn": TABLE, "Policy": None}, {"ResourceArn": BUCKET, "Policy": None}],
        "AccountOrganizations": [
            {
                "AccountId": ACCOUNT,
                "OrganizationId": "o-example",
                "ServiceControlPolicies": [[{"Id": "p-FullAWSAccess", "Content": a_document(EVERYTHING_ALLOWED)}]],
                "ResourceControlPolicies": [],
            }
        ],
        **overrides,
    }
    return {key: items for key, items in answers.items() if items is not None}


def save_access(
    folder: Path,
    world: Snapshot | None = None,
    *,
    policy: object = EVERYTHING,
    profile: str | None = PROFILE,
    **more: Any,
) -> Path:
    """Save the world with its identities; `policy` is the statement of each endpoint."""
    answers = answers_of(world or a_workshop())
    for endpoint in answers["VpcEndpoints"]:
        endpoint["PolicyDocument"] = json.dumps(a_document(policy))
    for instance in answers["Reservations"][0]["Instances"]:
        instance["IamInstanceProfile"] = {"Arn": profile} if profile else None
    lists = (world or a_workshop()).prefix_lists.values()
    answers["PrefixLists"] = [
        {"PrefixListId": one.id, "PrefixListName": one.name, "Cidrs": [str(block) for block in one.networks or ()]}
        for one in lists
    ]
    folder.mkdir(exist_ok=True)
    for key, items in {**answers, **identities(**more)}.items():
        (folder / f"{key}.json").write_text(json.dumps({key: items}), encoding="utf-8")
    return folder
