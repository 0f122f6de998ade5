"""What the workshop's page reads: a table's item, objects of a bucket, a parameter; and the policies that allow it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lab import ministack

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TABLE = "WebApp-Recommendations"
ITEM = {"product": "green-checkmark"}
BUCKET = f"webapp-assets-{ministack.ACCOUNT_ID}"
CHECKMARK = "images/s3_get_green_checkmark.png"
OBJECTS = (CHECKMARK, "images/webapp_logo.png", "styles/webapp.css")
PARAMETER = "/webapp/recommendations/mode"
TABLE_ARN = f"arn:aws:dynamodb:{ministack.REGION}:{ministack.ACCOUNT_ID}:table/{TABLE}"
PARAMETER_ARN = f"arn:aws:ssm:{ministack.REGION}:{ministack.ACCOUNT_ID}:parameter{PARAMETER}"
VERSION = "2012-10-17"
Document = dict[str, Any]
_PNG = bytes.fromhex("89504e470d0a1a0a")


def object_arn(key: str) -> str:
    """Return the ARN of an object of the bucket."""
    return f"arn:aws:s3:::{BUCKET}/{key}"


def build(make: Callable[[str], Any]) -> dict[str, str]:
    """Make table, bucket and parameter with clients that `make` returns; return their names for people."""
    dynamodb, s3, ssm = make("dynamodb"), make("s3"), make("ssm")
    dynamodb.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "product", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "product", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.put_item(TableName=TABLE, Item=typed(ITEM | {"recommended": "yes"}))
    s3.create_bucket(Bucket=BUCKET)
    for key in OBJECTS:
        s3.put_object(Bucket=BUCKET, Key=key, Body=_PNG)
    ssm.put_parameter(Name=PARAMETER, Type="String", Value="popular-first")
    return {"table": TABLE, "bucket": BUCKET, "parameter": PARAMETER}


def typed(item: dict[str, str]) -> dict[str, dict[str, str]]:
    """Return an item of texts in DynamoDB's own shape."""
    return {name: {"S": value} for name, value in item.items()}


def role_policies(table_endpoint_id: str) -> dict[str, Document]:
    """Return the inline policies of the instances' role: the table by its endpoint only, the very objects."""
    by_endpoint = {"StringEquals": {"aws:sourceVpce": table_endpoint_id}}
    return {
        "ReadRecommendations": document(
            "TableByEndpoint", ["dynamodb:GetItem"], [TABLE_ARN], Principal=None, Condition=by_endpoint
        ),
        "ReadAssets": document("Assets", ["s3:GetObject"], [object_arn(key) for key in OBJECTS], Principal=None),
        "ReadSettings": document("Mode", ["ssm:GetParameter"], [PARAMETER_ARN], Principal=None),
    }


def assets_by_endpoint(keys: Sequence[str] = OBJECTS) -> Document:
    """Return the S3 endpoint's policy: these objects of the bucket, and no others."""
    return document("WebAppAssets", ["s3:GetObject"], [object_arn(key) for key in keys])


def document(sid: str, actions: Sequence[str], resources: Sequence[str], **more: object) -> Document:
    """Return a policy of one statement that allows; `more` adds elements to it, None takes one away."""
    statement: Document = {"Sid": sid, "Effect": "Allow", "Principal": "*", "Action": [*actions]}
    statement |= {"Resource": [*resources], **more}
    return {"Version": VERSION, "Statement": [{key: value for key, value in statement.items() if value is not None}]}


def as_text(policy: Document) -> str:
    """Return a policy as the APIs take it."""
    return json.dumps(policy, indent=1)
