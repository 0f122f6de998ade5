"""Who may do what, timed: one decision against many statements, and the first one, which has to parse them."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING

from bench.measure import CPU, Row, timed
from pathmend.access.evaluate import evaluate
from pathmend.access.policies import Policies
from pathmend.access.request import Context, Request
from pathmend.snapshot.identity import Policy, ResourcePolicy

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUP = "access"
SIZES = (50, 1_000)
_PER_POLICY = 50
_ACCOUNT = "123456789012"
_TABLE = f"arn:aws:dynamodb:us-east-1:{_ACCOUNT}:table/items"
_RUNS, _COLD_RUNS = 200, 20


def rows() -> Iterator[Row]:
    """Measure decisions against 50 and 1,000 statements, warm and with their parsing, allowed and denied."""
    for size in SIZES:
        for verdict, request in (("allowed", _request("vpce-1")), ("denied", _request("vpce-2"))):
            policies = _policies(size, "warm")
            assert evaluate(request, policies).verdict.value == verdict
            timing = timed(lambda r=request, p=policies: evaluate(r, p), runs=_RUNS)  # type: ignore[misc]
            yield Row(GROUP, f"one decision, {size:,} statements, {verdict}", timing.median_ms, CPU, timing.spread)
        fresh = count()
        cold = timed(lambda s=size, f=fresh: evaluate(_request("vpce-1"), _policies(s, str(next(f)))), runs=_COLD_RUNS)  # type: ignore[misc]
        yield Row(GROUP, f"the first, {size:,} statements parsed", cold.median_ms, CPU, cold.spread)


def _request(endpoint: str) -> Request:
    context = Context(
        {
            "aws:SourceVpce": (endpoint,),
            "aws:SourceVpc": ("vpc-1",),
            "aws:VpcSourceIp": ("10.0.11.10",),
            "aws:SecureTransport": ("true",),
            "aws:ViaAWSService": ("false",),
            "aws:RequestedRegion": ("us-east-1",),
            "aws:ResourceAccount": (_ACCOUNT,),
        }
    )
    return Request(f"arn:aws:iam::{_ACCOUNT}:role/web", "dynamodb:GetItem", _TABLE, context, "i-1")


def _policies(statements: int, name: str) -> Policies:
    """Return policies of 50 statements each, of which the last one allows the request by one endpoint."""
    written = [_other(number) for number in range(statements - 1)] + [_right()]
    parts = [written[start : start + _PER_POLICY] for start in range(0, statements, _PER_POLICY)]
    identity = tuple(Policy(f"{name}-{number}", _document(part, name)) for number, part in enumerate(parts))
    everything: list[dict[str, object]] = [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]
    endpoint = Policy("vpce-1", _document(everything, name))
    return Policies(identity, resource=ResourcePolicy(_TABLE), endpoint=endpoint)


def _document(statements: list[dict[str, object]], name: str) -> str:
    return json.dumps({"Version": "2012-10-17", "Id": name, "Statement": statements})


def _right() -> dict[str, object]:
    condition = {"StringEquals": {"aws:sourceVpce": "vpce-1"}}
    return {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": _TABLE, "Condition": condition}


def _other(number: int) -> dict[str, object]:
    """Return a statement that nearly speaks of the request: other tables, other tags, a deny that does not match."""
    table = f"arn:aws:dynamodb:us-east-1:{_ACCOUNT}:table/other-{number}*"
    if number % 10 == 0:
        outside = {"NotIpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}, "Bool": {"aws:ViaAWSService": "false"}}
        return {"Effect": "Deny", "Action": "dynamodb:*", "Resource": "*", "Condition": outside}
    if number % 3 == 0:
        tagged = {"StringLike": {"aws:PrincipalTag/team": f"web-{number}-*"}}
        return {"Effect": "Allow", "Action": ["dynamodb:Get*", "s3:*"], "Resource": "*", "Condition": tagged}
    return {
        "Effect": "Allow",
        "Action": ["dynamodb:GetItem", "dynamodb:Query"],
        "Resource": [table, f"{table}/index/*"],
    }
