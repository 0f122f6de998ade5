"""Terraform states in S3: which address stands for which resource. Nothing else is kept: a state holds secrets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pathmend.aws.errors import code_of, translated
from pathmend.errors import PermanentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pathmend.aws.clients import Clients

LARGEST_STATE = 50 * 1024 * 1024
"""More would not fit beside the world that a function has read."""

_FORMAT = 4
_NAMES_OF_ITSELF = ("id", "arn", "security_group_rule_id")
"""The attributes by which AWS knows what a resource of Terraform stands for."""


@dataclass(frozen=True, slots=True)
class Addressed:
    """What Terraform calls a resource: "module.net.aws_network_acl.web[0]", of the type "aws_network_acl"."""

    address: str
    resource_type: str


@dataclass(frozen=True, slots=True)
class _Known:
    etag: str
    addresses: Mapping[str, Addressed]


class TerraformStates:
    """Reads states ("s3://bucket/key"), each again only where it changed since."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._known: dict[str, _Known] = {}

    def addresses(self, location: str) -> Mapping[str, Addressed]:
        """Return the addresses in a state by the id (or ARN) of what they stand for.

        Raises:
            PermanentError: it may not be read, is too large, or is no state.
            TemporaryError: S3 did not answer.
        """
        known = self._known.get(location)
        found = self._read(location, known)
        self._known[location] = found
        return found.addresses

    def _read(self, location: str, known: _Known | None) -> _Known:
        bucket, key = _place(location)
        unless_same = {"IfNoneMatch": known.etag} if known else {}
        try:
            with translated(f"read the Terraform state {location}"):
                answer = self._clients.named("s3").get_object(Bucket=bucket, Key=key, **unless_same)
                body = _bounded(answer, location)
        except PermanentError as exc:
            if known and code_of(exc) in ("304", "NotModified"):
                return known
            raise
        return _Known(answer["ETag"], _addresses(body, location))


def _place(location: str) -> tuple[str, str]:
    bucket, _, key = location.removeprefix("s3://").partition("/")
    if not location.startswith("s3://") or not bucket or not key:
        raise PermanentError(f"the Terraform state {location!r} is not of the form s3://bucket/key")
    return bucket, key


def _bounded(answer: Mapping[str, Any], location: str) -> bytes:
    size = answer["ContentLength"]
    if size > LARGEST_STATE:
        answer["Body"].close()
        raise PermanentError(
            f"the Terraform state {location} has {size} bytes, and more than {LARGEST_STATE} are not read"
        )
    body: bytes = answer["Body"].read()
    return body


def _addresses(body: bytes, location: str) -> dict[str, Addressed]:
    # What a broken state says is never quoted: it may be a secret.
    try:
        state = json.loads(body)
        version = state["version"]
        if version == _FORMAT:
            return dict(_entries(state["resources"]))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise PermanentError(f"{location} is not a Terraform state that can be read") from None
    raise PermanentError(f"the Terraform state {location} is of a format other than version {_FORMAT}")


def _entries(resources: list[Mapping[str, Any]]) -> Iterator[tuple[str, Addressed]]:
    for resource in resources:
        if resource["mode"] != "managed":
            continue
        for instance in resource["instances"]:
            addressed = Addressed(_address(resource, instance), resource["type"])
            attributes = instance.get("attributes") or {}
            names = (attributes.get(name) for name in _NAMES_OF_ITSELF)
            yield from ((name, addressed) for name in names if isinstance(name, str) and name)


def _address(resource: Mapping[str, Any], instance: Mapping[str, Any]) -> str:
    """Return the address as Terraform writes it.

    Source: https://developer.hashicorp.com/terraform/cli/state/resource-addressing
    """
    module = f"{resource['module']}." if resource.get("module") else ""
    index = f"[{json.dumps(instance['index_key'])}]" if "index_key" in instance else ""
    return f"{module}{resource['type']}.{resource['name']}{index}"
