"""`make invoke`: a function in Lambda's own container, asked about the lab's world."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import engine

REPOSITORY = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.container, pytest.mark.lab, pytest.mark.enable_socket]


@pytest.fixture(scope="module", autouse=True)
def container_engine() -> None:
    """Skip where no container engine is, and none can be started."""
    try:
        engine.find()
    except engine.NoEngineError:
        pytest.skip("no container engine answers here, and sam local invoke runs functions in containers")


def _invoke(function: str, event: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "tools.invoke", function, event],
        cwd=REPOSITORY,
        env=os.environ | {"FAULT": "2"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_triage_in_its_container_finds_the_cause_in_the_labs_world() -> None:
    """The sample alarm, about a world whose health check answers 299, starts an incident with that cause.

    Where somebody left a lab running, its own alarm may have been first: then the event joins that incident.
    """
    done = _invoke("triage", "events/cloudwatch/unhealthy_hosts.alarm.json")

    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["incident_id"]
    if answer["outcome"] == "started":
        assert any("answer the health check /healthcheck with 299" in sentence for sentence in answer["summary"])
    else:
        assert answer["outcome"] == "joined"


def test_a_function_that_raises_fails_the_call() -> None:
    """An incident that does not exist is no input for the state machine's functions; SAM itself would exit with 0."""
    done = _invoke("apply_plan", "tests/e2e/no_such_incident.json")

    assert done.returncode == 1, done.stdout + done.stderr
    assert json.loads(done.stdout)["errorType"] == "NotFoundError"
