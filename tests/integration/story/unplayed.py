"""What a role allows though no story needs it, and why it stays."""

from __future__ import annotations

_RUNTIME = "called by the Lambda runtime, not by our code"
_FAILED = "called by Lambda with the function's role, when an event has failed for the last time"
_PASSED = "no operation of its own: IAM asks for it when a profile is associated, and by default for no role"
_NO_NODES = "moto calls no target unused for its zone; tests/contract makes the call, and undoes it"

ALWAYS = {
    "logs:CreateLogStream": _RUNTIME,
    "logs:PutLogEvents": _RUNTIME,
    "xray:PutTelemetryRecords": "called by the tracer where X-Ray is on; there is no daemon here",
    "xray:PutTraceSegments": "called by the tracer where X-Ray is on; there is no daemon here",
}

UNPLAYED: dict[str, dict[str, str]] = {
    "audit": {"sqs:SendMessage": _FAILED},
    "apply_plan": {
        "ec2:DeleteRoute": "no candidate removes a route; plan and undo share one policy",
        "ec2:DisassociateIamInstanceProfile": "no candidate takes a profile away; plan and undo share one policy",
        "ec2:DisassociateRouteTable": "no candidate removes an association; plan and undo share one policy",
        "ec2:RevokeSecurityGroupEgress": "no candidate removes a rule; plan and undo share one policy",
        "ec2:RevokeSecurityGroupIngress": "no candidate removes a rule; plan and undo share one policy",
        "elasticloadbalancing:SetSubnets": _NO_NODES,
        "iam:PassRole": _PASSED,
    },
    "request_approval": {
        "states:SendTaskSuccess": "ends its own wait when the alarm recovers within the moment before people are asked",
    },
    "roll_back": {
        "ec2:AssociateIamInstanceProfile": "undoes a profile taken away, which no plan does; kept as in apply_plan",
        "ec2:AuthorizeSecurityGroupEgress": "undoes a removed rule, which no plan makes; kept as in apply_plan",
        "ec2:AuthorizeSecurityGroupIngress": "undoes a removed rule, which no plan makes; kept as in apply_plan",
        "ec2:CreateRoute": "undoes a removed route, which no plan makes; kept as in apply_plan",
        "elasticloadbalancing:SetSubnets": _NO_NODES,
        "iam:PassRole": _PASSED,
        "ec2:AssociateRouteTable": "undoes a removed association, which no plan makes; kept as in apply_plan",
    },
}
