"""Which actions ask which resources, for the services whose data applications use.

Policies may name any action beside any resource; only pairs that AWS knows are calls that somebody can make.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_SERVICE, _RESOURCE = 2, 5


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A type of resource: what its ARN ends with, and the actions on it; the first one reads it."""

    service: str
    pattern: str
    actions: tuple[str, ...]

    def holds(self, service: str, resource: str) -> bool:
        """Return whether the ARN's service and resource part are of this type."""
        return service == self.service and re.fullmatch(self.pattern, resource) is not None


_TABLE = (
    *("GetItem", "BatchGetItem", "Query", "Scan", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"),
    *("ConditionCheckItem", "DescribeTable"),
)
_OBJECT = ("GetObject", "PutObject", "DeleteObject", "GetObjectTagging", "PutObjectTagging", "GetObjectVersion")
_KEY = ("Decrypt", "Encrypt", "GenerateDataKey", "DescribeKey", "ReEncryptFrom", "ReEncryptTo", "Sign", "Verify")
_QUEUE = ("SendMessage", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes", "ChangeMessageVisibility")
_STREAM = ("PutRecord", "PutRecords", "GetRecords", "GetShardIterator", "DescribeStreamSummary")

_TYPES = (
    ResourceType("dynamodb", r"table/[^/]+", _TABLE),
    ResourceType("dynamodb", r"table/[^/]+/index/[^/]+", ("Query", "Scan")),
    ResourceType("s3", r"[^/:]+/.+", _OBJECT),
    ResourceType("s3", r"[^/:]+", ("ListBucket", "GetBucketLocation")),
    ResourceType("ssm", r"parameter/.+", ("GetParameter", "GetParameters", "GetParametersByPath", "PutParameter")),
    ResourceType("secretsmanager", r"secret:.+", ("GetSecretValue", "DescribeSecret")),
    ResourceType("kms", r"key/.+", _KEY),
    ResourceType("sqs", r"[^/:]+", _QUEUE),
    ResourceType("sns", r"[^/:]+", ("Publish",)),
    ResourceType("kinesis", r"stream/[^/]+", _STREAM),
    ResourceType("firehose", r"deliverystream/[^/]+", ("PutRecord", "PutRecordBatch")),
    ResourceType("lambda", r"function:[^:]+(:[^:]+)?", ("InvokeFunction",)),
    ResourceType("states", r"stateMachine:[^:]+", ("StartExecution",)),
    ResourceType("events", r"event-bus/.+", ("PutEvents",)),
)

_ENDPOINT_NAMES = {"kinesis": "kinesis-streams", "firehose": "kinesis-firehose"}
"""Where the service's name in endpoints is not that in actions.

Source: https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
"""


@lru_cache(maxsize=4096)
def actions_on(arn: str) -> tuple[str, ...]:
    """Return the actions on the resource, in full ("s3:GetObject"); none where its type is not known."""
    parts = arn.split(":", _RESOURCE)
    if len(parts) <= _RESOURCE:
        return ()
    service = parts[_SERVICE]
    found = next((one for one in _TYPES if one.holds(service, parts[_RESOURCE])), None)
    return tuple(f"{service}:{action}" for action in found.actions) if found else ()


def reading_action(arn: str) -> str:
    """Return the action that reads the resource."""
    return actions_on(arn)[0]


def service_of(action: str) -> str:
    """Return the name that endpoints have for the service of an action."""
    name = action.partition(":")[0]
    return _ENDPOINT_NAMES.get(name, name)
