"""Answers about who may do what: a role, a user in a group, profiles, policies of resources and organizations."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/web"
USER = f"arn:aws:iam::{ACCOUNT}:user/ann"
PROFILE = f"arn:aws:iam::{ACCOUNT}:instance-profile/web"
MANAGED = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
BUCKET = "arn:aws:s3:::pictures"
TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/votes"
# Their keys are in order, as they are kept where AWS gives the object and not its text.
INLINE = {"Statement": [{"Action": "s3:GetObject", "Effect": "Allow", "Resource": "*"}], "Version": "2012-10-17"}
OPEN = {"Statement": {"Action": "*", "Effect": "Allow", "Resource": "*"}}


def a_role(**overrides: Any) -> dict[str, Any]:
    """Return a role as GetAccountAuthorizationDetails answers it."""
    return {
        "Arn": ROLE,
        "RoleName": "web",
        "RoleId": "AROAWEB",
        "AssumeRolePolicyDocument": quote(json.dumps(OPEN)),
        "RolePolicyList": [{"PolicyName": "pictures", "PolicyDocument": INLINE}],
        "AttachedManagedPolicies": [{"PolicyName": "AmazonSSMManagedInstanceCore", "PolicyArn": MANAGED}],
        "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": BOUNDARY},
        "Tags": [{"Key": "team", "Value": "web"}],
        **overrides,
    }


def a_policy(arn: str, document: object = OPEN) -> dict[str, Any]:
    """Return a managed policy with an old version and the one in force."""
    old = {"VersionId": "v1", "IsDefaultVersion": False, "Document": INLINE}
    return {
        "Arn": arn,
        "PolicyVersionList": [old, {"VersionId": "v2", "IsDefaultVersion": True, "Document": document}],
    }


def a_user(**overrides: Any) -> dict[str, Any]:
    """Return a user who is in the group "ops"."""
    return {
        "Arn": USER,
        "UserId": "AIDAANN",
        "UserPolicyList": [],
        "AttachedManagedPolicies": [],
        "GroupList": ["ops"],
        **overrides,
    }


def a_group(**overrides: Any) -> dict[str, Any]:
    """Return the group "ops"."""
    return {
        "Arn": f"arn:aws:iam::{ACCOUNT}:group/ops",
        "GroupName": "ops",
        "GroupPolicyList": [{"PolicyName": "all", "PolicyDocument": json.dumps(OPEN)}],
        "AttachedManagedPolicies": [{"PolicyArn": MANAGED}],
        **overrides,
    }


def identities() -> dict[str, Any]:
    """Return the answers of an account."""
    return {
        "RoleDetailList": [a_role()],
        "UserDetailList": [a_user()],
        "GroupDetailList": [a_group()],
        "Policies": [a_policy(MANAGED, quote(json.dumps(OPEN))), a_policy(BOUNDARY)],
        "InstanceProfiles": [{"Arn": PROFILE, "InstanceProfileName": "web", "Roles": [{"Arn": ROLE}], "Tags": []}],
    }


def a_graph() -> list[dict[str, Any]]:
    """Return X-Ray's graph of an application that calls a table: all its calls fail, and fast."""
    edge = {
        "ReferenceId": 1,
        "SummaryStatistics": {
            "OkCount": 0,
            "ErrorStatistics": {"ThrottleCount": 0, "OtherCount": 3, "TotalCount": 3},
            "FaultStatistics": {"OtherCount": 1, "TotalCount": 1},
            "TotalCount": 4,
        },
        "ResponseTimeHistogram": [
            {"Value": 0.144, "Count": 3},
            {"Value": 5, "Count": 1},
        ],
    }
    return [
        {"ReferenceId": 0, "Name": "recommend", "Type": "AWS::EC2::Instance", "Edges": [edge, {"ReferenceId": 9}]},
        {"ReferenceId": 1, "Name": "votes", "Type": "AWS::DynamoDB::Table", "Edges": []},
    ]
