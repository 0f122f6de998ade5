"""The state machine's own definition, carried out here over the use cases: no second telling of what follows what."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonata import Jsonata  # type: ignore[import-untyped] # ministack brings it, without types

from pathmend.incidents.apply import apply_plan
from pathmend.incidents.close import close_incident, outcome_of
from pathmend.incidents.request_approval import request_approval
from pathmend.incidents.roll_back import roll_back
from pathmend.incidents.verify import verify_recovery
from tests.trouble.injected import Killed

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pathmend.incidents.ports import Ports

DEFINITION = Path(__file__).parents[2] / "statemachine" / "remediation.asl.json"
STARTED, ENDED = "-", "end"

KILLED = "Lambda.Unknown"
"""What Step Functions says of a function whose process went away."""


@cache
def states() -> dict[str, Any]:
    """Return the states of the definition; the one number that the template puts in is taken from the ports."""
    text = DEFINITION.read_text().replace("${ApprovalTimeoutSeconds}", "0")
    found: dict[str, Any] = json.loads(text)
    return {STARTED: {"Type": "Pass", "Next": found["StartAt"]}, **found["States"]}


def _closed(payload: dict[str, Any], ports: Ports) -> dict[str, Any]:
    outcome = outcome_of(payload["outcome"])
    return {"state": close_incident(payload["incident_id"], outcome, payload.get("reason", ""), ports).value}


def _asked(payload: dict[str, Any], ports: Ports) -> dict[str, Any]:
    return {"asked": request_approval(payload["incident_id"], payload["task_token"], ports)}


def _told(result: Any) -> dict[str, Any]:
    return {key: value for key, value in asdict(result).items() if value is not None}


FUNCTIONS: dict[str, Callable[[dict[str, Any], Ports], dict[str, Any]]] = {
    "${RequestApprovalFunctionArn}": _asked,
    "${ApplyPlanFunctionArn}": lambda given, ports: _told(apply_plan(given["incident_id"], ports)),
    "${VerifyRecoveryFunctionArn}": lambda given, ports: _told(verify_recovery(given["incident_id"], ports)),
    "${RollBackFunctionArn}": lambda given, ports: _told(
        roll_back(given["incident_id"], given.get("reason", ""), ports)
    ),
    "${CloseIncidentFunctionArn}": _closed,
}
"""What the handlers do, by the placeholder that the template fills with their ARN."""


@cache
def _evaluated(expression: str, given: str) -> Any:
    machine = Jsonata(expression)
    machine.assign("states", json.loads(given))
    return machine.evaluate(None)


def evaluated(value: Any, given: dict[str, Any]) -> Any:
    """Return the value with its JSONata expressions replaced by what they say of `$states`."""
    match value:
        case dict():
            return {key: evaluated(one, given) for key, one in value.items()}
        case str() if value.startswith("{%"):
            return _evaluated(value.removeprefix("{%").removesuffix("%}").strip(), json.dumps(given, sort_keys=True))
        case _:
            return value


@dataclass
class Execution:
    """One execution: where it is, with what input, and until when it waits."""

    name: str
    given: dict[str, Any]
    state: str = STARTED
    input: dict[str, Any] | None = None
    attempts: int = 0
    tokens: int = 0
    entered_at: datetime | None = None
    ready_at: datetime | None = None
    visited: list[str] = field(default_factory=list)
    payloads: dict[str, dict[str, Any]] = field(default_factory=dict)
    stopped: bool = False

    def __post_init__(self) -> None:
        if self.input is None:
            self.input = dict(self.given)

    @property
    def over(self) -> bool:
        """Say whether it has ended."""
        return self.state == ENDED

    @property
    def token(self) -> str:
        """Return the token of the present wait."""
        return f"{self.name}#{self.tokens}"

    def call_again(self, step: str, ports: Ports) -> None:
        """Call a step's function with what it was called with last; nobody waits for the answer."""
        FUNCTIONS[states()[step]["Arguments"]["FunctionName"]](self.payloads[step], ports)

    def stop(self) -> None:
        """End it, as somebody can in the console."""
        self.state, self.stopped = ENDED, True

    def advance(self, ports: Ports, workflow: Any) -> bool:
        """Carry out one state, or one try of it; False when it waits for the time or for an answer."""
        state, now = states()[self.state], ports.clock.now()
        match state["Type"]:
            case "Pass":
                self._go(state["Next"], evaluated(state.get("Output", self.input), self._seen()))
            case "Choice":
                self._go(self._chosen(state), self.input)
            case "Wait":
                return self._waited(state, now)
            case "Fail":
                self.state = ENDED
            case _ if "waitForTaskToken" in state["Resource"]:
                return self._asked(state, ports, workflow)
            case _:
                self._tried(state, ports)
        return True

    def _seen(self, **more: Any) -> dict[str, Any]:
        context = {"Execution": {"Input": self.given}, "Task": {"Token": self.token}}
        return {"input": self.input, "context": context, **more}

    def _chosen(self, state: dict[str, Any]) -> str:
        for choice in state["Choices"]:
            if evaluated(choice["Condition"], self._seen()) is True:
                return str(choice["Next"])
        return str(state["Default"])

    def _waited(self, state: dict[str, Any], now: datetime) -> bool:
        if self.ready_at is None:
            self.ready_at = now + timedelta(seconds=float(evaluated(state["Seconds"], self._seen())))
        if now < self.ready_at:
            return False
        self._go(state["Next"], evaluated(state.get("Output", self.input), self._seen()))
        return True

    def _go(self, place: str, given: Any) -> None:
        self.visited.append(place)
        self.state, self.input = place, given
        self.attempts, self.entered_at, self.ready_at = 0, None, None

    def _tried(self, state: dict[str, Any], ports: Ports) -> None:
        moment = (len(self.visited), self.attempts, self.state)
        result, error, cause = self._outcome(state, ports)
        if moment != (len(self.visited), self.attempts, self.state):
            # It was called once more meanwhile, as its answer was given up: the later answer is the one that counts.
            return
        if error:
            self.failed(state, error, cause)
        else:
            self._done(state, {"Payload": result})

    def _outcome(self, state: dict[str, Any], ports: Ports) -> tuple[dict[str, Any], str, str]:
        """Return the function's answer, or the error and its cause."""
        try:
            return self._called(state, ports), "", ""
        except Killed:
            return {}, KILLED, "the process is gone"
        except Exception as exc:  # noqa: BLE001 - as Lambda: whatever a function raises is named by its class
            return {}, type(exc).__name__, str(exc)

    def _called(self, state: dict[str, Any], ports: Ports) -> dict[str, Any]:
        arguments = evaluated(state["Arguments"], self._seen())
        self.payloads[self.state] = arguments["Payload"]
        return FUNCTIONS[arguments["FunctionName"]](arguments["Payload"], ports)

    def _done(self, state: dict[str, Any], result: dict[str, Any]) -> None:
        output = evaluated(state["Output"], self._seen(result=result))
        if state.get("End"):
            self.state, self.input = ENDED, output
            return
        self._go(state["Next"], output)

    def failed(self, state: dict[str, Any], error: str, cause: str) -> None:
        """Try again later, or go where the failure is caught: as the definition says."""
        for retry in state.get("Retry", ()):
            if error in retry["ErrorEquals"] and self.attempts < retry["MaxAttempts"]:
                self.attempts, self.entered_at = self.attempts + 1, None
                return
        for way in state.get("Catch", ()):
            if error in way["ErrorEquals"] or "States.ALL" in way["ErrorEquals"]:
                said = {"Error": error, "Cause": cause}
                self._go(way["Next"], evaluated(way["Output"], self._seen(errorOutput=said)))
                return
        self.state = ENDED

    def _asked(self, state: dict[str, Any], ports: Ports, workflow: Any) -> bool:
        if self.entered_at is None:
            return self._begin_to_ask(state, ports, workflow)
        if self.token in workflow.answers:
            answer = {"decision": workflow.answers[self.token].value}
            self._go(state["Next"], evaluated(state["Output"], self._seen(result=answer)))
            return True
        if ports.clock.now() >= self.entered_at + timedelta(seconds=ports.approval_seconds):
            workflow.waiting.discard(self.token)
            self.failed(state, "States.Timeout", "")
            return True
        return False

    def _begin_to_ask(self, state: dict[str, Any], ports: Ports, workflow: Any) -> bool:
        self.tokens, self.entered_at = self.tokens + 1, ports.clock.now()
        workflow.waiting.add(self.token)
        token = self.token
        _, error, cause = self._outcome(state, ports)
        if error and token == self.token and token not in workflow.answers:
            workflow.waiting.discard(token)
            self.failed(state, error, cause)
        return True


def executions_of(workflow: Any, known: dict[str, Execution]) -> dict[str, Execution]:
    """Add the executions that were started since; names are those that the adapter gives them."""
    for incident_id, decision in workflow.executions.items():
        given = {"incident_id": incident_id, "decision": decision}
        known.setdefault(incident_id, Execution(incident_id, given))
    for incident_id, reason in workflow.rollbacks.items():
        name = f"{incident_id}-rollback"
        given = {"incident_id": incident_id, "decision": "roll_back", "reason": reason}
        known.setdefault(name, Execution(name, given))
    return known
