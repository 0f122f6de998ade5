"""A local call sends an event about the lab's world, and tells a crash from an answer."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from tools import invoke

EVENTS = Path(__file__).resolve().parents[3] / "events"
WORLD = {"load_balancer": "app/WebApp-ALB/0123456789abcdef", "target_group": "targetgroup/WebApp-TG/fedcba9876543210"}


def test_a_sample_event_becomes_one_about_the_labs_load_balancer() -> None:
    """No sample id is left, also not inside ARNs, and the event was never sent before."""
    sample = (EVENTS / "cloudwatch" / "unhealthy_hosts.alarm.json").read_text()

    first, second = (json.loads(invoke.about_lab(sample, WORLD)) for _ in range(2))

    dimensions = first["detail"]["configuration"]["metrics"][0]["metricStat"]["metric"]["dimensions"]
    assert dimensions == {"LoadBalancer": WORLD["load_balancer"], "TargetGroup": WORLD["target_group"]}
    assert invoke.SAMPLE_LOAD_BALANCER not in json.dumps(first)
    assert len({first["id"], second["id"], json.loads(sample)["id"]}) == 3


def test_an_event_that_is_no_event_is_passed_on_as_it_is() -> None:
    """What a task of the state machine gets has no id, and a list is a list."""
    assert json.loads(invoke.about_lab('{"incident_id": "i-1"}', WORLD)) == {"incident_id": "i-1"}
    assert json.loads(invoke.about_lab("[1]", WORLD)) == [1]


def test_the_last_line_of_json_is_the_answer() -> None:
    """Whatever the function printed before it."""
    result = invoke.outcome('{"level": "INFO"}\nhello\n{"outcome": "started"}\n', "log")

    assert result.answer == {"outcome": "started"}
    assert not result.failed


@pytest.mark.parametrize(
    "stdout",
    [
        '{"errorMessage": "no", "errorType": "ValueError", "stackTrace": []}',
        '{"errorMessage": "timed out"}',
        "",
        "null",
    ],
)
def test_a_function_that_raised_or_died_has_failed(stdout: str) -> None:
    """SAM's exit status says nothing of that, so ours must: 1, and the log is shown."""
    result = invoke.outcome(stdout, "the log")
    notes = StringIO()

    assert result.failed
    assert invoke.show(result, Console(file=StringIO()), Console(file=notes)) == invoke.FUNCTION_FAILED
    assert "the log" in notes.getvalue()


def test_an_answer_is_printed_as_json() -> None:
    """A pipe into another program works."""
    printed = StringIO()

    status = invoke.show(invoke.Outcome({"outcome": "started"}, ""), Console(file=printed), Console(file=StringIO()))

    assert status == invoke.DONE
    assert json.loads(printed.getvalue()) == {"outcome": "started"}


def test_bad_arguments_are_answered_with_their_cure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is built or started for a function or an event that is not there, or is no JSON."""
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    with pytest.raises(invoke.CannotRunError, match="samples are in events/"):
        invoke.event_text(tmp_path / "missing.json")
    with pytest.raises(invoke.CannotRunError, match="is no JSON"):
        invoke.event_text(broken)
    with pytest.raises(invoke.CannotRunError, match="FAULT may be 1, 2, 3"):
        invoke.fault_name("9")

    assert invoke.main(["no_such_function", str(broken)]) == invoke.CANNOT_RUN
    assert invoke.main([]) == invoke.CANNOT_RUN
    assert "FUNCTION may be" in " ".join(capsys.readouterr().err.split())


def test_the_variables_are_declared_in_a_copy_of_the_built_template(tmp_path: Path) -> None:
    """SAM passes no variable that the template does not declare; the built template stays as it was."""
    built = tmp_path / "template.yaml"
    built.write_text("Resources: {TriageFunction: {Properties: {Environment: {Variables: {A: {Ref: B}}}}}}")
    before = built.read_text()

    copy = invoke.declaring(built, "TriageFunction", {"A": "b", "AWS_ENDPOINT_URL": "http://x"})

    assert "AWS_ENDPOINT_URL: http://x" in copy.read_text()
    assert built.read_text() == before
