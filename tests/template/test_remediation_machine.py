"""The state machine can be stopped by nothing that does not end in a closed incident."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from pathmend.errors import TemporaryError
from pathmend.incidents.incident import State
from pathmend.incidents.rounds import MOST_ROUNDS
from pathmend.incidents.stranded import GRACE
from tests.template.application import ROOT, approval_seconds, functions, machine, resources, template

STATES: dict[str, Any] = machine()["States"]
TASKS = [name for name, state in STATES.items() if state["Type"] == "Task"]
# Step Functions compares names: a subclass is retried only if it is listed itself.
TRANSIENT = {
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    # How a function that ran out of time is reported. Every step may be called again: it carries on.
    # https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    "Lambda.Unknown",
    "Sandbox.Timedout",
    # How one that was killed, as for its memory, may be reported: by the error that Lambda answers.
    "Runtime.ExitError",
    # https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html
    "Lambda.ClientExecutionTimeoutException",
    TemporaryError.__name__,
    *(kind.__name__ for kind in TemporaryError.__subclasses__()),
}
CHANGED_NOTHING_YET = {"Decide", "RequestApproval", "Answered"}
STEP_OF = {
    "RequestApproval": "request_approval",
    "ApplyPlan": "apply_plan",
    "VerifyRecovery": "verify_recovery",
    "RollBack": "roll_back",
    "Close": "close_incident",
}


def ways_out(name: str) -> Iterator[str]:
    """Yield every state that may come after a state, failures included."""
    state = STATES[name]
    yield from (place for place in (state.get("Next"), state.get("Default")) if place)
    yield from (way["Next"] for way in (*state.get("Choices", ()), *state.get("Catch", ())))


def reachable(start: str, *, without: str = "") -> set[str]:
    """Return every state that can be come to, with one state taken away if it is named."""
    found, todo = set(), [start]
    while todo:
        name = todo.pop()
        if name not in found and name != without:
            found.add(name)
            todo.extend(ways_out(name))
    return found


def ends() -> set[str]:
    """Return the states in which an execution ends."""
    return {name for name, state in STATES.items() if state.get("End") or state["Type"] in {"Succeed", "Fail"}}


def test_the_tasks_are_the_steps_of_the_design() -> None:
    """The tasks are the steps of the design."""
    assert set(TASKS) == set(STEP_OF)


@pytest.mark.parametrize("name", TASKS)
def test_a_task_has_a_time_out_longer_than_its_function(name: str) -> None:
    """A task has a time out longer than its function."""
    timeout = STATES[name]["TimeoutSeconds"]
    if name == "RequestApproval":
        assert timeout == int(approval_seconds())
    else:
        assert timeout > functions()[STEP_OF[name]]["Timeout"]


@pytest.mark.parametrize("name", TASKS)
def test_a_task_retries_what_passes_and_only_that(name: str) -> None:
    """A task retries what passes and only that."""
    (retry,) = STATES[name]["Retry"]
    # A proposal's own time-out is nobody's answer, and asking again would wait as long once more.
    assert set(retry["ErrorEquals"]) == TRANSIENT | ({"States.Timeout"} if name != "RequestApproval" else set())
    assert (retry["JitterStrategy"], retry["MaxDelaySeconds"]) == ("FULL", 30)


def test_undoing_is_given_up_later_than_anything_else() -> None:
    """AWS may throttle for minutes: a person is woken for a rollback only where nothing else helps."""
    attempts = {name: STATES[name]["Retry"][0]["MaxAttempts"] for name in TASKS}
    (retry,) = STATES["RollBack"]["Retry"]
    assert attempts["RollBack"] > max(count for name, count in attempts.items() if name != "RollBack")
    longest = (retry["MaxAttempts"] + 1) * (STATES["RollBack"]["TimeoutSeconds"] + retry["MaxDelaySeconds"])
    assert longest < GRACE.total_seconds()


@pytest.mark.parametrize("name", TASKS)
def test_a_task_catches_everything_else(name: str) -> None:
    """A task catches everything else."""
    assert STATES[name]["Catch"][-1]["ErrorEquals"] == ["States.ALL"]


@pytest.mark.parametrize("name", ["ApplyPlan", "VerifyRecovery"])
def test_a_failure_after_the_first_change_rolls_back(name: str) -> None:
    """A failure after the first change rolls back, once the change can be seen."""
    assert [way["Next"] for way in STATES[name]["Catch"]] == ["LetChangesSettle"]
    assert STATES["LetChangesSettle"]["Next"] == "RollBack"


def test_every_state_is_reachable() -> None:
    """Every state is reachable."""
    assert reachable(machine()["StartAt"]) == set(STATES)


def test_every_way_out_goes_through_close() -> None:
    """Every way out goes through close."""
    assert reachable(machine()["StartAt"], without="Close") & ends() == set()
    assert ends() == {"Close", "NotClosed"}


def test_nothing_is_changed_before_a_decision_or_an_exact_yes() -> None:
    """Nothing is changed before a decision or an exact yes."""
    doors = {name for name in STATES if "ApplyPlan" in ways_out(name)}
    assert doors == {"Decide", "Answered", "WaitForTurn"}
    for door in doors - {"WaitForTurn"}:
        assert STATES[door]["Default"] == "NotUnderstood"
    assert "ApplyPlan" not in {way["Next"] for name in CHANGED_NOTHING_YET for way in STATES[name].get("Catch", ())}


def choices(name: str) -> dict[str, str]:
    """Return where each word leads from a choice that looks at one word."""
    words = ((re.search(r"= '(\w+)'", way["Condition"]), way["Next"]) for way in STATES[name]["Choices"])
    return {found.group(1): where for found, where in words if found}


def test_who_waits_for_a_lease_changes_nothing_and_asks_again() -> None:
    """The wait for another incident leads back to the step that was busy, for as long as it says."""
    for choice, wait, step in (("Applied", "WaitForTurn", "ApplyPlan"), ("Undone", "WaitToUndo", "RollBack")):
        assert choices(choice)["busy"] == wait
        assert (STATES[wait]["Type"], STATES[wait]["Next"]) == ("Wait", step)
        assert "wait_seconds" in STATES[wait]["Seconds"]


def test_a_plan_that_holds_no_more_is_decided_anew() -> None:
    """Drift begins another round in the same execution; what is refused, or has no plan any more, ends."""
    assert choices("Applied") == {
        "applied": "WaitForRecovery",
        "busy": "WaitForTurn",
        "another_round": "Decide",
        "stale": "Stale",
        "refused": "Refused",
    }
    assert STATES["Applied"]["Default"] == "LetChangesSettle"


def test_a_repair_that_helped_some_is_not_undone() -> None:
    """Partly recovered goes to its own ending; any word that is not known is undone."""
    assert choices("Verified")["partly_recovered"] == "PartlyRecovered"
    assert "RollBack" not in reachable("PartlyRecovered")
    assert STATES["Verified"]["Default"] == "LetChangesSettle"


def test_an_execution_may_begin_with_undoing_and_then_changes_nothing_else() -> None:
    """What a person has undone later is closed after it, and never applied."""
    assert choices("Decide") == {
        "act": "ApplyPlan",
        "ask": "RequestApproval",
        "report": "Reported",
        "roll_back": "RollBack",
    }
    assert reachable("RollBack") & {"ApplyPlan", "RequestApproval", "VerifyRecovery"} == set()


def test_a_rollback_that_fails_in_whatever_way_ends_as_such() -> None:
    """Its own error, a word that nobody knows, and its own word lead to the loudest ending; nothing done does not."""
    assert [way["Next"] for way in STATES["RollBack"]["Catch"]] == ["RollbackFailed"]
    assert STATES["Undone"]["Default"] == "RollbackFailed"
    assert choices("Undone") == {"rolled_back": "RolledBack", "nothing_to_undo": "Failed", "busy": "WaitToUndo"}


def test_the_execution_outlives_all_of_its_rounds() -> None:
    """Five proposals that wait for the longest time that may be set, and their verifications, fit into it."""
    longest = max(int(one["Seconds"]) for one in template()["Mappings"]["ApprovalTimeout"].values())
    assert machine()["TimeoutSeconds"] > MOST_ROUNDS * (max(longest, 3 * 86_400) + 2 * 3_600)


def test_silence_is_no_approval() -> None:
    """Silence is no approval."""
    first = STATES["RequestApproval"]["Catch"][0]
    assert (first["ErrorEquals"], first["Next"]) == (["States.Timeout"], "Expired")


def test_close_is_told_a_state_that_incidents_have() -> None:
    """Close is told a state that incidents have."""
    told = {state["Output"]["outcome"] for state in STATES.values() if state["Type"] == "Pass"}
    assert told == {
        "reported",
        "rejected",
        "expired",
        "recovered_by_itself",
        "stale",
        "resolved",
        "rolled_back",
        "failed",
        "refused",
        "partly_recovered",
        "rollback_failed",
    }
    assert told == {state.value for state in State if state.closed}


def test_every_placeholder_of_the_definition_is_substituted_and_none_is_left_over() -> None:
    """Every placeholder of the definition is substituted and none is left over."""
    text = (ROOT / "statemachine" / "remediation.asl.json").read_text()
    given = resources("AWS::Serverless::StateMachine")["RemediationStateMachine"]["DefinitionSubstitutions"]
    assert set(re.findall(r"\$\{(\w+)\}", text)) == set(given)


def test_the_state_machine_may_run_exactly_its_steps() -> None:
    """The state machine may run exactly its steps."""
    statement = resources("AWS::IAM::Role")["RemediationRole"]["Policies"][0]["PolicyDocument"]["Statement"][0]
    steps = {f"{''.join(part.capitalize() for part in step.split('_'))}Function" for step in STEP_OF.values()}
    assert {one["Fn::GetAtt"][0] for one in statement["Resource"]} == steps
