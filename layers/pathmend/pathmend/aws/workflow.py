"""The state machine that carries an incident on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pathmend.aws.errors import code_of, translated
from pathmend.errors import PathmendError, PermanentError

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

    from pathmend.incidents.incident import Verdict

# Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
_WAITS_NO_MORE = {"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"}


class StepFunctionsWorkflow:
    """Implements Workflow. Answering needs no `state_machine_arn`; starting does."""

    def __init__(self, client: SFNClient, state_machine_arn: str = "") -> None:
        self._client = client
        self._state_machine_arn = state_machine_arn

    def start(self, incident_id: str, decision: str) -> None:
        """Start the incident's one execution, named after it; that it runs (or ran) already is success."""
        self._start(incident_id, incident_id, {"decision": decision})

    def start_rollback(self, incident_id: str, reason: str) -> None:
        """Start the one execution that undoes a closed incident; that it runs (or ran) already is success."""
        self._start(f"{incident_id}-rollback", incident_id, {"decision": "roll_back", "reason": reason})

    def _start(self, name: str, incident_id: str, rest: dict[str, str]) -> None:
        if not self._state_machine_arn:
            raise PermanentError("STATE_MACHINE_ARN is not set: set it to the ARN of the remediation state machine")
        try:
            with translated(f"start the execution {name}"):
                self._client.start_execution(
                    stateMachineArn=self._state_machine_arn,
                    name=name,
                    input=json.dumps({"incident_id": incident_id, **rest}),
                )
        except PathmendError as exc:
            if code_of(exc) != "ExecutionAlreadyExists":
                raise

    def answer(self, task_token: str, verdict: Verdict) -> bool:
        """Hand the answer to the waiting task; False when it waits no more."""
        try:
            with translated("answer the waiting approval"):
                output = json.dumps({"decision": verdict.value})
                self._client.send_task_success(taskToken=task_token, output=output)
        except PathmendError as exc:
            if code_of(exc) in _WAITS_NO_MORE:
                return False
            raise
        return True
