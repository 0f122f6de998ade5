"""Record what each function asks of AWS, as the IAM action and the resources that its role must allow.

The hook sits in botocore's own list of handlers, so that it hears every client made while it is installed: ours, and
those that a library would make behind our back.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

from botocore import handlers

from tests.integration.story.named import resources, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pytest

    Parameters = Mapping[str, Any]
    Need = tuple[str, tuple[str, ...]]

# A client is signed under one name and, for CloudWatch, allowed under another.
_PREFIXES = {"monitoring": "cloudwatch"}

# Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
_TRANSACTED = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
    "Get": "dynamodb:GetItem",
}

# Operations that are allowed under the name of their single form.
_BATCHES = {"sns:PublishBatch": "sns:Publish", "sqs:SendMessageBatch": "sqs:SendMessage"}


@dataclass(frozen=True, slots=True)
class Call:
    """One permission that a function needed."""

    function: str
    action: str
    resources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What botocore takes for an HTTP response where a handler answers in AWS's place."""

    status_code: int


@dataclass
class Recorder:
    """Writes down calls while `function` is set; answers an operation named in `failing` with that error code.

    `handed_over` holds the task tokens that were answered, with the decision.
    """

    calls: list[Call] = field(default_factory=list)
    function: str = ""
    failing: dict[str, str] = field(default_factory=dict)
    handed_over: list[tuple[str, str]] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let every session made from now on, until the patch is undone, tell this recorder."""
        ours = [("provide-client-params", self._record), ("before-call", self._fail)]
        monkeypatch.setattr(handlers, "BUILTIN_HANDLERS", [*handlers.BUILTIN_HANDLERS, *ours])

    def actions(self, function: str) -> set[str]:
        """Return the actions that a function has needed so far."""
        return {call.action for call in self.calls if call.function == function}

    # botocore calls its handlers by these names; an answer of None lets the call go on.
    def _record(self, params: Parameters, model: Any, **_: object) -> None:
        if not self.function:
            return
        with self._lock:
            found = needs(model.service_model.signing_name, model.name, params)
            self.calls += [Call(self.function, action, resources) for action, resources in found]
            if model.name == "SendTaskSuccess":
                self.handed_over.append((params["taskToken"], json.loads(params["output"])["decision"]))

    def _fail(self, model: Any, **_: object) -> tuple[Answer, dict[str, Any]] | None:
        code = self.failing.get(model.name) if self.function else None
        if code is None:
            return None
        return Answer(503), {"Error": {"Code": code, "Message": "as the story wants it"}, "ResponseMetadata": {}}


def needs(signing_name: str, operation: str, parameters: Parameters) -> list[Need]:
    """Return the actions, each with its resources, that IAM asks for when an operation is called."""
    if signing_name == "dynamodb" and "TransactItems" in parameters:
        return list(_transacted(parameters["TransactItems"]))
    named = f"{_PREFIXES.get(signing_name, signing_name)}:{operation}"
    action = _BATCHES.get(named, named)
    return [(action, resources(action, parameters))]


def _transacted(items: Sequence[Mapping[str, Any]]) -> Iterator[Need]:
    for item in items:
        for kind, parameters in item.items():
            yield _TRANSACTED[kind], table(parameters)
