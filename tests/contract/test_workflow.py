"""What every workflow does; moto runs no waiting tasks, so Step Functions' answers to tokens are given by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

from pathmend.aws.workflow import StepFunctionsWorkflow
from pathmend.errors import PermanentError, TemporaryError
from pathmend.incidents.incident import Verdict
from tests.fakes import FakeWorkflow

if TYPE_CHECKING:
    from pathmend.aws.clients import Clients

SEND = "send_task_success"


def test_an_incident_has_one_execution_named_after_it(clients: Clients) -> None:
    """Started twice, it runs once, with the first decision."""
    states: Any = clients.stepfunctions
    definition = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Pass", "End": True}}})
    machine = states.create_state_machine(
        name="remediation", definition=definition, roleArn="arn:aws:iam::123456789012:role/states"
    )["stateMachineArn"]
    fake = FakeWorkflow()
    for workflow in (StepFunctionsWorkflow(clients.stepfunctions, machine), fake):
        workflow.start("inc-1", "ask")
        workflow.start("inc-1", "act")
    executions = states.list_executions(stateMachineArn=machine)["executions"]
    assert [one["name"] for one in executions] == ["inc-1"]
    execution = states.describe_execution(executionArn=executions[0]["executionArn"])
    assert json.loads(execution["input"]) == {"incident_id": "inc-1", "decision": "ask"}
    assert fake.executions == {"inc-1": "ask"}


def test_a_start_that_fails_is_told(clients: Clients) -> None:
    """Only that it runs already is success."""
    with Stubber(clients.stepfunctions) as stub:
        stub.add_client_error("start_execution", "ThrottlingException")
        with pytest.raises(TemporaryError, match="inc-1"):
            StepFunctionsWorkflow(clients.stepfunctions, "arn:aws:states:machine").start("inc-1", "ask")


def test_a_start_without_a_state_machine_names_the_setting(clients: Clients) -> None:
    """An answer needs none, so the setting may be missing."""
    with pytest.raises(PermanentError, match="STATE_MACHINE_ARN"):
        StepFunctionsWorkflow(clients.stepfunctions).start_rollback("inc-1", "ada asked")


def test_an_answer_reaches_the_waiting_task_once(clients: Clients) -> None:
    """The verdict is the task's output; the second answer finds nobody waiting."""
    with Stubber(clients.stepfunctions) as stub:
        stub.add_response(SEND, {}, {"taskToken": "token", "output": '{"decision": "approved"}'})
        stub.add_client_error(SEND, "TaskTimedOut")
        live = StepFunctionsWorkflow(clients.stepfunctions)
        for workflow in (live, FakeWorkflow(waiting={"token"})):
            assert workflow.answer("token", Verdict.APPROVED)
            assert not workflow.answer("token", Verdict.APPROVED)


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_a_token_that_nobody_waits_for_is_a_no(clients: Clients, code: str) -> None:
    """An expected no is a value."""
    with Stubber(clients.stepfunctions) as stub:
        stub.add_client_error(SEND, code)
        assert not StepFunctionsWorkflow(clients.stepfunctions).answer("token", Verdict.REJECTED)


def test_an_answer_that_may_pass_is_told(clients: Clients) -> None:
    """A throttled answer is to be given again."""
    with Stubber(clients.stepfunctions) as stub:
        stub.add_client_error(SEND, "ThrottlingException")
        with pytest.raises(TemporaryError):
            StepFunctionsWorkflow(clients.stepfunctions).answer("token", Verdict.REJECTED)
