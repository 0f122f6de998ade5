"""The recorder turns an operation into what IAM asks for."""

from __future__ import annotations

import pytest

from tests.integration.story.named import ANY, arn
from tests.integration.story.recorder import needs

TABLE = (arn("dynamodb", "table/t"),)


def test_each_item_of_a_transaction_needs_its_own_action() -> None:
    """Each item of a transaction needs its own action."""
    kinds = ("Put", "Update", "Delete", "ConditionCheck")
    found = needs("dynamodb", "TransactWriteItems", {"TransactItems": [{kind: {"TableName": "t"}} for kind in kinds]})
    assert found == [
        ("dynamodb:PutItem", TABLE),
        ("dynamodb:UpdateItem", TABLE),
        ("dynamodb:DeleteItem", TABLE),
        ("dynamodb:ConditionCheckItem", TABLE),
    ]


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "action", "resources"),
    [
        ("dynamodb", "Query", {"TableName": "t", "IndexName": "i"}, "dynamodb:Query", (f"{TABLE[0]}/index/i",)),
        ("monitoring", "GetMetricData", {}, "cloudwatch:GetMetricData", ANY),
        (
            "monitoring",
            "DescribeAlarms",
            {"AlarmNames": ["a"]},
            "cloudwatch:DescribeAlarms",
            (arn("cloudwatch", "alarm:a"),),
        ),
        ("monitoring", "DescribeAlarms", {"AlarmTypes": ["CompositeAlarm"]}, "cloudwatch:DescribeAlarms", ANY),
        ("elasticloadbalancing", "DescribeRules", {}, "elasticloadbalancing:DescribeRules", ANY),
        ("states", "SendTaskSuccess", {"taskToken": "t"}, "states:SendTaskSuccess", ANY),
        (
            "sqs",
            "SendMessageBatch",
            {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/q"},
            "sqs:SendMessage",
            (arn("sqs", "q"),),
        ),
        (
            "events",
            "PutEvents",
            {"Entries": [{"EventBusName": "default"}, {}]},
            "events:PutEvents",
            (arn("events", "event-bus/default"),) * 2,
        ),
        ("ssm", "GetParameter", {"Name": "/a/b"}, "ssm:GetParameter", (arn("ssm", "parameter/a/b"),)),
        (
            "ec2",
            "AssociateRouteTable",
            {"RouteTableId": "rtb-1", "SubnetId": "subnet-1"},
            "ec2:AssociateRouteTable",
            (arn("ec2", "route-table/rtb-1"), arn("ec2", "subnet/subnet-1")),
        ),
    ],
)
def test_an_operation_needs_the_action_of_its_name(
    service: str, operation: str, parameters: dict[str, object], action: str, resources: tuple[str, ...]
) -> None:
    """An operation needs the action of its name, for the resources that it names."""
    assert needs(service, operation, parameters) == [(action, resources)]
