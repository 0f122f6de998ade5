"""What grants: the principal's own policies, the resource's policy, or both, as the accounts and the service want it.

| the resource's policy allows | limited by an implicit deny of |
| --- | --- |
| the user, the session, or everybody | nothing |
| the role, the user of a federated session | the boundary, session policies |
| the account | the identity policies, the boundary, session policies |

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.access.caller import CallerKind
from pathmend.access.policies import PolicyKind
from pathmend.access.principals import Directness
from pathmend.access.services import must_be_named_by_policy
from pathmend.access.truth import YES, Truth, all_of, any_of, maybe

if TYPE_CHECKING:
    from pathmend.access.layers import Case
    from pathmend.access.truth import Judged

LIMITS = (PolicyKind.SERVICE_CONTROL, PolicyKind.RESOURCE_CONTROL, PolicyKind.ENDPOINT)
"""What grants nothing, and must allow what others grant."""


def granted(case: Case) -> Judged:
    """Judge whether something grants the request."""
    crosses = case.crosses_accounts
    if crosses.truth is Truth.MAYBE:
        both = (within(case), across(case))
        if both[0].truth is both[1].truth and both[0].truth is not Truth.MAYBE:
            return both[0]
        return maybe(*dict.fromkeys([*crosses.why, *both[0].why, *both[1].why]))
    return across(case) if crosses.truth is Truth.YES else within(case)


def personal(case: Case) -> Judged:
    """Judge what the principal's own policies allow; the root user needs none."""
    if case.caller.kind is CallerKind.ROOT:
        return YES
    return all_of([*(layer.allows for layer in case.of(PolicyKind.IDENTITY)), limited(case)])


def limited(case: Case) -> Judged:
    """Judge whether the boundary and the session policies let it through."""
    return all_of(layer.allows for kind in (PolicyKind.BOUNDARY, PolicyKind.SESSION) for layer in case.of(kind))


def within(case: Case) -> Judged:
    """Judge a request inside one account: one grant suffices, but for what must be named by the resource's policy."""
    own = personal(case)
    if must_be_named_by_policy(case.request.service, case.request.resource):
        own = all_of([_by_resource(case, Directness.ACCOUNT), own])
    by_role = all_of([_by_resource(case, Directness.ROLE), limited(case)])
    return any_of([_by_resource(case, Directness.DIRECT), by_role, own])


def across(case: Case) -> Judged:
    """Judge a request to another account: both sides must allow it."""
    theirs = any_of(layer.allows for layer in case.of(PolicyKind.RESOURCE))
    return all_of([personal(case), theirs])


def _by_resource(case: Case, how: Directness) -> Judged:
    return any_of(layer.grants(how) for layer in case.of(PolicyKind.RESOURCE))
