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

UNPLAYED: dict[str, dict[str, str]] = {
    "audit": {"sqs:SendMessage": _FAILED},
    "apply_plan": {
        "ec2:DisassociateRouteTable": "no candidate removes an association; plan and undo share one policy",
    },
    "request_approval": {
        "states:SendTaskSuccess": "ends its own wait when the alarm recovers within the moment before people are asked",
    },
    "roll_back": {
        "ec2:AssociateRouteTable": "undoes a removed association, which no plan makes; kept as in apply_plan",
    },
}
