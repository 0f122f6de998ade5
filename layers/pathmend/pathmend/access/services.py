"""What services differ in: whose resources can have policies, whose must, and whose resource control policies reach."""

from __future__ import annotations

from pathmend.access.truth import NO, YES, Judged, maybe

_WITHOUT_POLICIES = frozenset(
    {
        "application-autoscaling",
        "autoscaling",
        "cloudformation",
        "cloudwatch",
        "ec2",
        "ec2messages",
        "ecs",
        "eks",
        "elasticache",
        "elasticloadbalancing",
        "rds",
        "rds-db",
        "route53",
        "ssmmessages",
        "tag",
        "xray",
    }
)
"""Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html"""
_SHARING_ONLY = frozenset({"ssm"})
"""Their policies only share with other accounts.

Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutResourcePolicy.html
"""
_UNDER_RESOURCE_CONTROL = frozenset({"aoss", "ecr", "kms", "s3", "secretsmanager", "sqs", "sts"})
"""Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html"""
_BEYOND_RESOURCE_CONTROL = frozenset({"kms:retiregrant"})


def may_have_policy(service: str, *, crosses_accounts: bool) -> bool:
    """Say whether a resource of this service can have a policy that bears on a request.

    What belongs to another account may have been shared, which no policy of its own need show.
    Source: https://docs.aws.amazon.com/ram/latest/userguide/shareable.html
    """
    return crosses_accounts or service not in _WITHOUT_POLICIES | _SHARING_ONLY


def must_be_named_by_policy(service: str, resource: str) -> bool:
    """Say whether a resource's own policy must allow even its own account: that of a KMS key, and a role's trust, must.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html
    """
    return (service == "kms" and ":key/" in resource) or (service == "sts" and ":role/" in resource)


def reached_by_resource_control(service: str, action: str) -> Judged:
    """Judge whether resource control policies bear on an action.

    AWS adds services; one that is not known to have been added is not known.
    """
    if action.lower() in _BEYOND_RESOURCE_CONTROL:
        return NO
    if service in _UNDER_RESOURCE_CONTROL:
        return YES
    return maybe(f"whether resource control policies reach {service}")
