"""Whether a statement is about a principal, and how directly it speaks to it.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from pathmend.access.caller import CallerKind, account_of
from pathmend.access.truth import NO, YES, Judged, all_of, any_of, known, maybe, opposite

if TYPE_CHECKING:
    from pathmend.access.caller import Caller
    from pathmend.access.document import Principals, Statement

_GATEWAY = "a gateway endpoint's policy names a principal, where AWS wants * and a condition on aws:PrincipalArn"


class Directness(Enum):
    """How a resource's policy names who asks, which says what else can limit what it grants.

    DIRECT: the user, the session, or everybody: nothing but an explicit Deny limits it. ROLE: the role, or the user for
    whose federated session it asks: a boundary and session policies limit it. ACCOUNT: the account, whose own policies
    must allow it too.
    """

    DIRECT = "direct"
    ROLE = "role"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Audience:
    """To whom a policy is read out: who asks, whether a boundary binds it, and whether a gateway endpoint asks.

    `in_session` says that session policies were passed: a user asks in a federated session then.
    """

    caller: Caller
    bounded: Judged = NO
    gateway: bool = False
    in_session: bool = False


def about(statement: Statement, audience: Audience) -> dict[Directness, Judged]:
    """Judge, by directness, whether a statement is about who asks. One without principals is about whoever it binds."""
    principals = statement.principals
    if principals is None:
        return {Directness.DIRECT: YES}
    if principals.excepted:
        return {Directness.DIRECT: _excepting(statement, principals, audience)}
    found: dict[Directness, Judged] = {}
    for kind, name in principals.values:
        how, judged = _named(kind, name, audience)
        found[how] = any_of([found.get(how, NO), judged])
    return found


def _named(kind: str, name: str, audience: Audience) -> tuple[Directness, Judged]:
    caller = audience.caller
    if kind == "CanonicalUser":
        return Directness.ACCOUNT, maybe(f"canonical user {name}: which account that is")
    if kind != "AWS":
        return Directness.DIRECT, NO
    if name == "*":
        return Directness.DIRECT, YES
    if _is_account(name, caller.account):
        root = caller.kind is CallerKind.ROOT
        # Source: https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
        return (Directness.DIRECT if root else Directness.ACCOUNT), known(root or not audience.gateway)
    how, judged = _by_arn(name, audience)
    return how, all_of([judged, maybe(_GATEWAY) if audience.gateway else YES])


def _by_arn(name: str, audience: Audience) -> tuple[Directness, Judged]:
    caller = audience.caller
    if name == caller.arn:
        limited = caller.kind is CallerKind.ROLE or audience.in_session
        return (Directness.ROLE if limited else Directness.DIRECT), YES
    if caller.kind is not CallerKind.ROLE or not caller.is_session(name):
        return Directness.DIRECT, NO
    if caller.session_arn is None:
        return Directness.DIRECT, maybe(f"whether the session of {caller.name} is {name.rpartition('/')[2]}")
    return Directness.DIRECT, known(name == caller.session_arn)


def _is_account(name: str, account: str) -> bool:
    return name == account or (name.endswith(":root") and account_of(name) == account)


def _excepting(statement: Statement, principals: Principals, audience: Audience) -> Judged:
    if audience.gateway:
        return maybe(_GATEWAY)
    names = [name for kind, name in principals.values if kind == "AWS"]
    excepted = _is_excepted(names, audience.caller)
    if statement.effect == "Allow":
        unsupported = maybe(f"statement {statement.name}: AWS does not support NotPrincipal with Allow")
        return all_of([opposite(excepted), unsupported])
    # "The NotPrincipal element with a Deny effect will always deny any IAM principal that has a permissions boundary."
    return any_of([audience.bounded, opposite(excepted)])


def _is_excepted(names: list[str], caller: Caller) -> Judged:
    if "*" in names:
        return YES
    account = any(_is_account(name, caller.account) for name in names)
    if caller.kind is CallerKind.ROOT:
        return known(account)
    if caller.arn not in names:
        return NO
    if not account:
        return maybe(f"whether NotPrincipal spares {caller.name} without naming its account")
    if caller.kind is CallerKind.USER or (caller.session_arn is not None and caller.session_arn in names):
        return YES
    return maybe(f"whether NotPrincipal spares the sessions of {caller.name}, which it does not name")
