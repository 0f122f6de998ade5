"""What a role allows though no story needs it, and why it stays."""

from __future__ import annotations

_RUNTIME = "called by the Lambda runtime, not by our code"
_FAILED = "called by Lambda with the function's role, when an event has failed for the last time"

ALWAYS = {
    "logs:CreateLogStream": _RUNTIME,
    "logs:PutLogEvents": _RUNTIME,
    "xray:PutTelemetryRecords": "called by the tracer where X-Ray is on; there is no daemon here",
    "xray:PutTraceSegments": "called by the tracer where X-Ray is on; there is no daemon here",
}

_ELSEWHERE = "the workshop has none; tests/contract reads one"
_WORLD = {
    "ec2:DescribeVpnGateways": _ELSEWHERE,
    "iam:GetPolicy": _ELSEWHERE,
    "iam:GetPolicyVersion": _ELSEWHERE,
    "kms:GetKeyPolicy": _ELSEWHERE,
    "secretsmanager:GetResourcePolicy": _ELSEWHERE,
    "sns:GetTopicAttributes": _ELSEWHERE,
    "sqs:GetQueueAttributes": _ELSEWHERE,
    "xray:GetServiceGraph": "asked where a tag says that X-Ray knows the application; tests/contract has the tag",
}
"""What every reader of the world may read, and the workshop's world does not have."""

UNPLAYED: dict[str, dict[str, str]] = {
    "audit": {"sqs:SendMessage": _FAILED},
    "triage": _WORLD,
    "verify_recovery": _WORLD,
    "apply_plan": {
        **_WORLD,
        "ec2:DisassociateRouteTable": "no candidate removes an association; plan and undo share one policy",
    },
    "request_approval": {
        "states:SendTaskSuccess": "ends its own wait when the alarm recovers within the moment before people are asked",
    },
    "roll_back": {
        **_WORLD,
        "ec2:AssociateRouteTable": "undoes a removed association, which no plan makes; kept as in apply_plan",
    },
}
