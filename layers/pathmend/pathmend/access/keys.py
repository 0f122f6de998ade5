"""Which condition keys a request may carry that nobody told: their values are not known, not absent.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.access.request import Context

_SENT = (
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalTag/*",
    "aws:RequestedRegion",
    "aws:RequestTag/*",
    "aws:SecureTransport",
    "aws:TagKeys",
    "aws:UserAgent",
    "aws:ViaAWSService",
    "aws:referer",
    "aws:userid",
)
_OF_THE_ACCOUNTS = (
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:ResourceAccount",
    "aws:ResourceOrgID",
    "aws:ResourceOrgPaths",
    "aws:ResourceTag/*",
)
_BY_ENDPOINT = (
    "aws:SourceVpc",
    "aws:SourceVpcArn",
    "aws:VpceAccount",
    "aws:VpceOrgID",
    "aws:VpceOrgPaths",
    "aws:VpcSourceIp",
)
_OF_A_ROLES_SESSION = ("aws:TokenIssueTime", "ec2:RoleDelivery")
_OF_ANOTHER_SESSION = (
    "aws:AssumedRoot",
    "aws:ChatbotSourceArn",
    "aws:EC2InstanceSourcePrivateIPv4",
    "aws:EC2InstanceSourceVpc",
    "aws:FederatedProvider",
    "aws:SourceIdentity",
    "accounts.google.com:*",
    "codebuild:*",
    "cognito-identity.amazonaws.com:*",
    "ec2:SourceInstanceArn",
    "glue:*",
    "graph.facebook.com:*",
    "identitystore:*",
    "lambda:SourceFunctionArn",
    "saml:*",
    "ssm:SourceInstanceArn",
    "www.amazon.com:*",
)
"""What the credentials of an instance's own role do not carry, or what says that they are these."""


def possible_keys(context: Context, *, service: str, session: bool) -> Iterator[str]:
    """Yield the keys, in lower case, that a request may carry beside those of its context; `session` is a role's.

    A name that ends in "*" stands for all that begin so. Where `aws:SourceVpce` is absent the request goes by no
    endpoint; where `ec2:SourceInstanceArn` is given, even as not known, the session is an instance's.
    """
    names = [*_SENT, *_OF_THE_ACCOUNTS, f"{service}:*"]
    if context.found("aws:SourceVpce") or context.why_unknown("aws:SourceVpce"):
        names += _BY_ENDPOINT
    if not context.found("aws:SourceVpce"):
        names.append("aws:SourceIp")
    if context.found("aws:ViaAWSService") != ("false",):
        names.append("aws:CalledVia*")
    if session:
        names += _OF_A_ROLES_SESSION
    if session and not (context.found("ec2:SourceInstanceArn") or context.why_unknown("ec2:SourceInstanceArn")):
        names += _OF_ANOTHER_SESSION
    return (name.lower() for name in names if name.lower() not in context.values)
