"""Who asks: the forms in which policies can name one principal, and the keys that its requests always carry.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from pathmend.access.keys import possible_keys
from pathmend.access.request import Context
from pathmend.errors import InvalidEventError

if TYPE_CHECKING:
    from pathmend.access.request import Request

_PARTS = 6
"""What an ARN consists of: arn, partition, service, region, account, resource."""
_SERVICE_LINKED = "role/aws-service-role/"
NOT_GIVEN = "its value was not given"


class CallerKind(Enum):
    """What kind of principal asks; the value is aws:PrincipalType."""

    ROLE = "AssumedRole"
    USER = "User"
    ROOT = "Account"


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal; `session_arn` is that of a role's session, None where it is not known or not a role."""

    arn: str
    kind: CallerKind
    account: str
    session_arn: str | None = None

    @property
    def name(self) -> str:
        """Return the friendly name: the last part of the path."""
        return self.arn.rpartition("/")[2]

    @property
    def service_linked(self) -> bool:
        """Say whether this is a service-linked role, which control policies do not bind."""
        return self.arn.split(":", _PARTS - 1)[-1].startswith(_SERVICE_LINKED)

    def is_session(self, arn: str) -> bool:
        """Say whether an ARN names some session of this role."""
        partition = self.arn.split(":")[1]
        return arn.startswith(f"arn:{partition}:sts::{self.account}:assumed-role/{self.name}/")


def account_of(arn: str) -> str | None:
    """Return the account that an ARN names, None where it names none, as S3's do not."""
    parts = arn.split(":", _PARTS - 1)
    return (parts[4] or None) if len(parts) == _PARTS else None


def caller_of(request: Request) -> Caller:
    """Return who asks.

    Raises:
        InvalidEventError: the principal is no role, user or root user.
    """
    parts = request.principal.split(":", _PARTS - 1)
    if len(parts) != _PARTS or parts[2] != "iam" or not parts[4]:
        raise _not_a_principal(request.principal)
    resource = parts[5]
    if resource == "root":
        return Caller(request.principal, CallerKind.ROOT, parts[4])
    if resource.startswith("user/"):
        return Caller(request.principal, CallerKind.USER, parts[4])
    if not resource.startswith("role/"):
        raise _not_a_principal(request.principal)
    caller = Caller(request.principal, CallerKind.ROLE, parts[4])
    session = f"arn:{parts[1]}:sts::{parts[4]}:assumed-role/{caller.name}/{request.session}"
    return replace(caller, session_arn=session if request.session else None)


def _not_a_principal(arn: str) -> InvalidEventError:
    return InvalidEventError(
        f"{arn!r:.200} is no principal: expected the ARN of a role, a user or an account's root user"
    )


def whole_context(request: Request, caller: Caller) -> Context:
    """Return the request's keys with those that follow from who asks for what.

    Keys that a request may carry are not known where they were not given: absent is only what Pathmend can know to be
    absent. A value of none for "aws:PrincipalTag/*" says that who asks has no other tags.
    """
    given = request.context
    follows = {key.lower(): value for key, value in _following(request, caller).items()}
    values = {key: (value,) for key, value in follows.items() if key not in given.unknown} | dict(given.values)
    known = Context(values, given.unknown)
    possible = possible_keys(known, service=request.service, session=caller.kind is CallerKind.ROLE)
    return Context(values, dict.fromkeys(possible, NOT_GIVEN) | dict(given.unknown))


def _following(request: Request, caller: Caller) -> dict[str, str]:
    account = account_of(request.resource)
    return {
        "aws:PrincipalArn": caller.arn,
        "aws:PrincipalAccount": caller.account,
        "aws:PrincipalType": caller.kind.value,
        "aws:PrincipalIsAWSService": "false",
        **({"aws:username": caller.name} if caller.kind is CallerKind.USER else {}),
        **({"aws:ResourceAccount": account} if account else {}),
    }
