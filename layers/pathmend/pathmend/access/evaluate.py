"""AWS's decision: whether a request is allowed by all the policies that bear on it.

S3's access control lists and KMS's grants are no policies and take no part; nor do the trust policies of roles.
Two conditions on one key that is not known are judged apart, so an answer may be unknown where it could not change.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.access.answer import Answer, Deciding, Miss, Verdict
from pathmend.access.case import case_of
from pathmend.access.grant import LIMITS, granted
from pathmend.access.misses import misses_of
from pathmend.access.sentences import decided
from pathmend.access.truth import Truth, all_of, any_of, opposite

if TYPE_CHECKING:
    from pathmend.access.layers import Case
    from pathmend.access.policies import Policies
    from pathmend.access.request import Request
    from pathmend.access.truth import Judged

__all__ = ["Answer", "Deciding", "Miss", "Verdict", "evaluate"]

_VERDICTS = {Truth.YES: Verdict.ALLOWED, Truth.NO: Verdict.DENIED, Truth.MAYBE: Verdict.UNKNOWN}


def evaluate(request: Request, policies: Policies) -> Answer:
    """Decide as AWS does, and say what decided.

    Raises:
        InvalidSnapshotError: a document is malformed; says which policy, statement and key.
        InvalidEventError: who asks is no principal.
    """
    case = case_of(request, policies)
    judged = _judged(case)
    verdict = _VERDICTS[judged.truth]
    return Answer(
        request,
        verdict,
        deciding=decided(case),
        misses=misses_of(case) if verdict is Verdict.DENIED else (),
        unknown=judged.why,
    )


def _judged(case: Case) -> Judged:
    denied = any_of(layer.denies for layer in case.layers)
    within = (layer.allows for kind in LIMITS for layer in case.of(kind))
    return all_of([opposite(denied), *within, granted(case)])
