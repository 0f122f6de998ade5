"""`make invoke`: a function in Lambda's own container, asked about the lab's world."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from tools import engine, invoke, session

if TYPE_CHECKING:
    from collections.abc import Iterator

EVENTS = Path(__file__).resolve().parents[2] / "events"
pytestmark = [pytest.mark.container, pytest.mark.lab, pytest.mark.enable_socket]


@pytest.fixture(scope="module")
def container_engine() -> dict[str, str]:
    """Return the way to the container engine; skip where none is, and none can be started."""
    try:
        return engine.find()
    except engine.NoEngineError:
        pytest.skip("no container engine answers here, and sam local invoke runs functions in containers")


@pytest.fixture(scope="module")
def lab(container_engine: dict[str, str]) -> Iterator[session.Lab]:
    """Return a lab whose application answers health checks with 299."""
    del container_engine  # asked for only so that no lab is started where the tests will skip
    with session.lab("2", say=print) as running:
        yield running


def _status(result: invoke.Outcome) -> int:
    return invoke.show(result, Console(file=StringIO()), Console(file=StringIO()))


def test_triage_in_its_container_finds_the_cause_in_the_labs_world(
    lab: session.Lab, container_engine: dict[str, str]
) -> None:
    """The sample alarm starts an incident with that cause.

    Where the lab's own alarm was first, the event joins the incident that it opened.
    """
    event = (EVENTS / "cloudwatch" / "unhealthy_hosts.alarm.json").read_text()

    result = invoke.invoke("TriageFunction", event, lab, container_engine)

    assert _status(result) == invoke.DONE, result.log
    assert result.answer["incident_id"]
    if result.answer["outcome"] == "started":
        assert any("answer the health check /healthcheck with 299" in text for text in result.answer["summary"])
    else:
        assert result.answer["outcome"] == "joined"


def test_a_function_that_raises_fails_the_call(lab: session.Lab, container_engine: dict[str, str]) -> None:
    """An incident that does not exist is no input for apply_plan; SAM's own exit status would be 0."""
    event = '{"incident_id": "20260101T000000-000000"}'

    result = invoke.invoke("ApplyPlanFunction", event, lab, container_engine)

    assert _status(result) == invoke.FUNCTION_FAILED, result.answer
    assert result.answer["errorType"] == "NotFoundError"
