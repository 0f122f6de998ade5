"""Whether IAM lets a call through that leaves by its real way, and if not, which element is to blame.

What would be allowed by another way shows that the way is wrong; what the endpoint's policy alone refuses shows that
the policy is. Nothing here ever asks for a looser condition.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.access.evaluate import Verdict
from pathmend.access.policies import PolicyKind
from pathmend.diagnosis.dependency import Strength
from pathmend.diagnosis.finding import Certainty, EndpointPolicyGap, Evidence, NoMechanicalRepair
from pathmend.diagnosis.request_context import PATH_KEYS
from pathmend.diagnosis.service_call import said_by
from pathmend.diagnosis.trouble import Trouble
from pathmend.diagnosis.unused_endpoint import not_taken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.access.evaluate import Answer
    from pathmend.diagnosis.finding import Cause
    from pathmend.diagnosis.service_call import Call
    from pathmend.snapshot.resources import VpcEndpoint

POLICY_GAP = "VPCE_POLICY_RESTRICTION"
DENIED = "IAM_DENIED"
_GIVING = (PolicyKind.IDENTITY, PolicyKind.RESOURCE)
_LIMITS = (PolicyKind.BOUNDARY, PolicyKind.SERVICE_CONTROL, PolicyKind.RESOURCE_CONTROL, PolicyKind.RESOURCE)


def access_troubles(call: Call, answer: Answer) -> Iterator[Trouble]:
    """Yield what keeps the call from being allowed; nothing where it is allowed, or where that cannot be known."""
    if answer.verdict is not Verdict.DENIED:
        return
    found = [*_by_another_endpoint(call, answer), *_by_its_endpoint(call)]
    yield from found or _refused(call, answer)


def _by_another_endpoint(call: Call, answer: Answer) -> Iterator[Trouble]:
    """Yield an endpoint by which the same call would be allowed, and why requests do not go there."""
    for endpoint in call.other_endpoints():
        through = call.through(endpoint)
        there = through.answer_without_endpoint_policy()
        if not _would_pass(there):
            continue
        yield from not_taken(call, endpoint, says=_wish(answer), rows=_condition_rows(answer, there))
        yield from _policy_gap(through, endpoint, there)


def _would_pass(answer: Answer) -> bool:
    """Return whether it is allowed as far as is known: what was not read may take away, and something must give."""
    gives = any(one.effect == "Allow" and one.kind in _GIVING for one in answer.deciding)
    return answer.verdict is Verdict.ALLOWED or (answer.verdict is Verdict.UNKNOWN and gives)


def _wish(answer: Answer) -> str:
    """Say what the policies want of the way."""
    miss = next((one for one in answer.misses if one.key.lower() in PATH_KEYS), None)
    return miss.sentence if miss else "its policies allow it only by the endpoint"


def _condition_rows(answer: Answer, there: Answer) -> tuple[Evidence, ...]:
    misses = tuple(one for one in answer.misses if one.key.lower() in PATH_KEYS)[:1]
    return (
        *(Evidence(f"statement {one.statement}, by the way taken", one.policy_id, one.sentence) for one in misses),
        *(
            Evidence(f"by the endpoint: {one.kind.value}", one.policy_id or "what was read", one.sentence)
            for one in there.deciding
            if one.effect == "Allow"
        ),
    )


def _by_its_endpoint(call: Call) -> Iterator[Trouble]:
    """Yield the gap of the policy of the endpoint that the call goes by, where nothing else refuses it."""
    endpoint = call.snapshot.vpc_endpoints.get(call.way.endpoint_id or "")
    there = call.answer_without_endpoint_policy() if endpoint else None
    if endpoint and there and _would_pass(there):
        yield from _policy_gap(call, endpoint, there)


def _policy_gap(call: Call, endpoint: VpcEndpoint, there: Answer) -> Iterator[Trouble]:
    """Yield what the endpoint's policy refuses that all others allow."""
    answer = call.answer()
    if answer.verdict is not Verdict.DENIED:
        return
    said = said_by(answer, PolicyKind.ENDPOINT)
    callers = (answer.request.principal,)
    cause: Cause = EndpointPolicyGap(endpoint.id, (call.need.action,), (call.need.resource,), callers)
    if said is not None and said.effect == "Deny":
        advice = f"ask who wrote statement {said.statement} of the policy of {endpoint.id} whether the Deny is meant"
        cause = NoMechanicalRepair(advice)
    source = f"ec2:DescribeVpcEndpoints {endpoint.id}"
    rows = (
        Evidence("the endpoint's policy", source, said.sentence if said else "it allows that nowhere"),
        *(
            Evidence(one.kind.value, one.policy_id or "what was read", one.sentence)
            for one in there.deciding
            if one.effect == "Allow"
        ),
        Evidence(
            "why no message says so", "the policies", "what an endpoint's policy refuses is refused without a reason"
        ),
    )
    yield Trouble(POLICY_GAP, endpoint.id, cause, "does not allow it", call.who, call.dependency, rows)


def _refused(call: Call, answer: Answer) -> Iterator[Trouble]:
    """Yield what IAM refuses by any way: nothing that Pathmend changes, but a person wants to know it.

    What a role names in its own policies and may not do by those same policies is meant so, unless the way is at fault.
    """
    by = next((one for one in answer.deciding if one.effect in ("Deny", "implicit")), None)
    of_the_way = any(one.key.lower() in PATH_KEYS for one in answer.misses)
    limited = by is not None and by.kind in _LIMITS
    if call.dependency.strength is Strength.NAMED and not limited and not of_the_way:
        return
    sentence = _miss_words(answer) or (by.sentence if by else "no policy allows it")
    rows = tuple(
        Evidence(f"{one.kind.value}: {one.effect}", one.policy_id or "what was read", one.sentence)
        for one in answer.deciding
    )
    declared = call.dependency.strength is Strength.DECLARED
    yield Trouble(
        code=DENIED,
        resource=call.who.role_arn or call.who.first.id,
        cause=NoMechanicalRepair(f"decide whether {call.need.words} is to be allowed: {sentence}"),
        says=sentence,
        who=call.who,
        dependency=call.dependency,
        evidence=(*rows, call.way_row()),
        certainty=Certainty.PROVEN if declared else Certainty.POSSIBLE,
    )


def _miss_words(answer: Answer) -> str:
    """Say what is missing, in the caller's own policies first: without those nothing else helps."""
    own = (one for one in answer.misses if one.kind is PolicyKind.IDENTITY)
    nearest = next(own, next(iter(answer.misses), None))
    return nearest.sentence if nearest else ""
