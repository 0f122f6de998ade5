"""The policies of resources that roles or tags name: of buckets, tables, keys, queues, topics and secrets."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pathmend.aws.describe_calls import whole
from pathmend.aws.errors import code_of
from pathmend.errors import PermanentError, TemporaryError
from pathmend.snapshot.parse import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pathmend.aws.clients import Clients
    from pathmend.aws.describe_calls import Items, Read, Reads
    from pathmend.aws.snapshots_reading import Reading

MOST_RESOURCES = 50
"""More than a role of one application names; a role that names hundreds must not make a reading slow."""
_NOT_LITERAL = re.compile(r"[*?$]")
_PARTS, _REGION, _ACCOUNT, _RESOURCE = 6, 3, 4, 5


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a service is asked: what follows of the operation, how an ARN's last part leads to the resource.

    `none` are the error codes by which it says that there is no policy; `path` is where it stands in the answer.
    """

    operation: str
    parameters: Callable[[Any, str], dict[str, Any]]
    resource: str
    path: tuple[str, ...]
    none: tuple[str, ...] = ()


def _last(arn: str) -> str:
    return arn.split(":", _RESOURCE)[-1]


def _queue(sqs: Any, arn: str) -> dict[str, Any]:  # noqa: ANN401 - boto3 makes clients at run time
    account, name = arn.split(":")[_ACCOUNT:]
    return {"QueueUrl": f"{sqs.meta.endpoint_url}/{account}/{name}", "AttributeNames": ["Policy"]}


# The codes: the pages of the operations under https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html,
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetResourcePolicy.html
_KINDS: Mapping[str, _Kind] = {
    "s3": _Kind(
        "get_bucket_policy", lambda _, arn: {"Bucket": _last(arn)}, r"[^/:]+", ("Policy",), ("NoSuchBucketPolicy",)
    ),
    "dynamodb": _Kind(
        "get_resource_policy",
        lambda _, arn: {"ResourceArn": arn},
        r"table/[^/]+",
        ("Policy",),
        ("PolicyNotFoundException",),
    ),
    "kms": _Kind("get_key_policy", lambda _, arn: {"KeyId": arn, "PolicyName": "default"}, r"key/[^/]+", ("Policy",)),
    "sqs": _Kind("get_queue_attributes", _queue, r"[^/:]+", ("Attributes", "Policy")),
    "sns": _Kind("get_topic_attributes", lambda _, arn: {"TopicArn": arn}, r"[^/:]+", ("Attributes", "Policy")),
    "secretsmanager": _Kind(
        "get_resource_policy", lambda _, arn: {"SecretId": arn}, r"secret:[^:]+", ("ResourcePolicy",)
    ),
}


def holder_of(arn: str) -> str | None:
    """Return the resource whose policy decides about an ARN: an object's bucket, an index's table.

    None where the ARN leaves open which one it is, or the service has no such policies that we know.
    """
    parts = arn.split(":", _PARTS - 1)
    kind = _KINDS.get(parts[2]) if len(parts) == _PARTS and parts[0] == "arn" else None
    found = re.match(kind.resource, parts[_RESOURCE]) if kind else None
    if found is None:
        return None
    holder = ":".join([*parts[:_RESOURCE], found[0]])
    return None if _NOT_LITERAL.search(holder) or _is_nowhere(parts) else holder


def _is_nowhere(parts: list[str]) -> bool:
    """Say whether an ARN lacks its place; buckets have none, and access points, which are no buckets, have one."""
    return (parts[2] == "s3") == bool(parts[_REGION] or parts[_ACCOUNT])


def named_in(reading: Reading) -> Iterator[str]:
    """Yield what the policies of the principals that were read allow by name."""
    kinds = ("RoleDetailList", "UserDetailList", "GroupDetailList", "Policies")
    snapshot = parse({key: reading.answers[key] for key in kinds if key in reading.answers})
    for principal in snapshot.principals.values():
        for policy in principal.policies or ():
            for statement in _listed(json.loads(policy.document).get("Statement", ())):
                if isinstance(statement, dict) and statement.get("Effect") == "Allow":
                    yield from (one for one in _listed(statement.get("Resource", ())) if isinstance(one, str))


def _listed(value: Any) -> Any:  # noqa: ANN401 - AWS takes one where it takes a list
    return value if isinstance(value, list) else [value]


def resource_policies_of(clients: Clients, declared: Iterable[str], named: Iterable[str]) -> Reads:
    """Return the calls for the policies of resources: of those that people declared first, of so many and no more."""
    holders = dict.fromkeys(holder for arns in (declared, sorted(named)) for arn in arns if (holder := holder_of(arn)))
    wanted, spared = list(holders)[:MOST_RESOURCES], list(holders)[MOST_RESOURCES:]
    why = f"no more than {MOST_RESOURCES} resources are asked for their policies"
    rest: list[Read] = [lambda: [{"ResourceArn": arn, "Unread": why} for arn in spared]] if spared else []
    return {"ResourcePolicies": [*(_policy(clients, arn) for arn in wanted), *rest]} if wanted else {}


def _policy(clients: Clients, arn: str) -> Read:
    service, region = arn.split(":")[2:4]
    kind, client = _KINDS[service], clients.named(service)
    here = client.meta.region_name

    def read() -> Items:
        if region not in {"", here}:
            return [{"ResourceArn": arn, "Unread": f"it stands in {region}, and {here} was read"}]
        try:
            answer: Any = whole(client, kind.operation, **kind.parameters(client, arn))
        except (PermanentError, TemporaryError) as exc:
            has_none = code_of(exc) in kind.none
            return [{"ResourceArn": arn, **({"Policy": None} if has_none else {"Unread": str(exc)})}]
        for key in kind.path:
            answer = answer.get(key) or {}
        return [{"ResourceArn": arn, "Policy": answer or None}]

    return read
