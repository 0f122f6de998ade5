"""CloudFormation's answer to whose a resource is: moto asks for a stack's name where AWS takes a physical id."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore import handlers

from tests.integration.story.recorder import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest


@dataclass
class Stacks:
    """Which stack made a resource, by its physical id: the stack's name, the logical id and the type."""

    made: dict[str, tuple[str, str, str]] = field(default_factory=dict)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Answer every session made from now on, until the patch is undone."""
        ours = [("before-call.cloudformation.DescribeStackResources", self._answer)]
        monkeypatch.setattr(handlers, "BUILTIN_HANDLERS", [*handlers.BUILTIN_HANDLERS, *ours])

    def _answer(self, params: Mapping[str, Any], **_: object) -> tuple[Answer, dict[str, Any]]:
        physical_id = params["body"]["PhysicalResourceId"]
        if physical_id not in self.made:
            error = {"Code": "ValidationError", "Message": f"Stack for {physical_id} does not exist"}
            return Answer(400), {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400}}
        stack, logical_id, kind = self.made[physical_id]
        row = {"StackName": stack, "LogicalResourceId": logical_id, "ResourceType": kind}
        status = {"PhysicalResourceId": physical_id, "ResourceStatus": "CREATE_COMPLETE"}
        return Answer(200), {"StackResources": [row | status]}
