"""Run one function in its Lambda container against the lab: `python -m tools.invoke FUNCTION EVENT`.

The event may be one of events/: its ids are replaced by those of the lab's world, so that the answer is a real one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import yaml
from rich.console import Console

from lab import deploy, faults, ministack, world_alarms
from lab.clients import for_lab
from lab.emulators import HOME, REPOSITORY, LabError
from tools import engine, session
from tools.forwarder import Forwarder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lab.emulators import Endpoints

DONE, FUNCTION_FAILED, CANNOT_RUN = 0, 1, 2
DEFAULT_FAULT = "2"
FOLDER = HOME / "invoke"
CONTAINERS_HOST = "host.docker.internal"
_SAM = REPOSITORY / ".venv-sam" / "bin" / "sam"

# What the samples in events/ are about; see events/README.md.
SAMPLE_LOAD_BALANCER = "app/WebApp-ALB/50dc6c495c0c9188"
SAMPLE_TARGET_GROUP = "targetgroup/WebApp-TG/73e2d6bc24d8a067"
SAMPLE_ACCOUNT = "123456789012"
SAMPLE_ALARM = "WebApp-UnhealthyHostCount"


class CannotRunError(RuntimeError):
    """The call cannot be made; the message names the cure."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a function answered: `answer` is None when it died without one; `log` is what it and SAM wrote."""

    answer: Any
    log: str

    @property
    def failed(self) -> bool:
        """Say whether the function raised, or ended without an answer; SAM's exit status is 0 all the same."""
        died = self.answer is None
        return died or (isinstance(self.answer, dict) and {"errorType", "errorMessage"} & self.answer.keys() != set())


def logical_id(function: str) -> str:
    """Return the template's name of a function folder: `apply_plan` is `ApplyPlanFunction`.

    Raises:
        CannotRunError: There is no such folder.
    """
    folders = sorted(path.parent.name for path in (REPOSITORY / "functions").glob("*/handler.py"))
    if function not in folders:
        raise CannotRunError(f"there is no function {function!r}; FUNCTION may be {', '.join(folders)}")
    return "".join(word.capitalize() for word in function.split("_")) + "Function"


def fault_name(given: str | None) -> str:
    """Return the fault to break a lab with that is started for the call.

    Raises:
        CannotRunError: There is no such fault.
    """
    name = given or DEFAULT_FAULT
    if name not in faults.NAMES:
        raise CannotRunError(f"there is no fault {name!r}; FAULT may be {', '.join(faults.NAMES)}")
    return name


def event_text(path: Path) -> str:
    """Return the event of a file.

    Raises:
        CannotRunError: The file is missing or no JSON.
    """
    try:
        text = path.read_text(encoding="utf-8")
        json.loads(text)
    except FileNotFoundError:
        raise CannotRunError(f"there is no file {path}; EVENT may be any JSON file, samples are in events/") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as exc:
        raise CannotRunError(f"{path} is no JSON, and Lambda passes nothing else to a function: {exc}") from exc
    return text


def about_lab(text: str, world: Mapping[str, Any]) -> str:
    """Return a sample event as the lab would send it: about its load balancer, and never sent before."""
    replacements = {
        SAMPLE_LOAD_BALANCER: world["load_balancer"],
        SAMPLE_TARGET_GROUP: world["target_group"],
        SAMPLE_ACCOUNT: ministack.ACCOUNT_ID,
        SAMPLE_ALARM: world_alarms.UNHEALTHY,
    }
    for sample, real in replacements.items():
        text = text.replace(sample, real)
    event = json.loads(text)
    if isinstance(event, dict) and "id" in event:
        # A function answers a repeated event from memory; after an edit of its code that would be the old answer.
        event["id"] = str(uuid.uuid4())
    return json.dumps(event)


def outcome(stdout: str, stderr: str) -> Outcome:
    """Read what `sam local invoke` printed: the answer is the last line of its output that is JSON."""
    for line in reversed(stdout.splitlines()):
        try:
            return Outcome(json.loads(line), stderr)
        except json.JSONDecodeError:
            continue
    return Outcome(None, stdout + stderr)


def environment(endpoints: Endpoints, function: str, ports: Mapping[int, int]) -> dict[str, str]:
    """Return the variables of the function as deployed in the lab, with addresses as a container sees them."""
    physical = deploy.resources(endpoints, "AWS::Lambda::Function")[function]
    found = for_lab(endpoints, "lambda").get_function_configuration(FunctionName=physical)
    reached = {name: _from_container(value, ports) for name, value in endpoints.variables().items()}
    return {**found.get("Environment", {}).get("Variables", {}), **reached}


def _from_container(value: str, ports: Mapping[int, int]) -> str:
    for port, forwarded in ports.items():
        if value == f"http://127.0.0.1:{port}":
            return f"http://{CONTAINERS_HOST}:{forwarded}"
    return value


def _ports(endpoints: Endpoints) -> list[int]:
    return [int(urlsplit(url).port or 0) for url in (endpoints.serverless, endpoints.network)]


def _sam(arguments: list[str], variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(  # noqa: S603 - the SAM CLI of this repository
        [str(_SAM), *arguments],
        env={**kept, **variables, "SAM_CLI_TELEMETRY": "0"},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )


def build(function: str, variables: Mapping[str, str]) -> Path:
    """Build the function with its layer from the working tree; return the built template.

    Raises:
        CannotRunError: The build failed.
    """
    folder = FOLDER / "build"
    options = ["--build-dir", str(folder), "--cached", "--cache-dir", str(FOLDER / "cache")]
    done = _sam(["build", function, *options], variables)
    if done.returncode:
        raise CannotRunError(f"sam build failed:\n{done.stdout}{done.stderr}")
    return folder / "template.yaml"


def declaring(template: Path, function: str, variables: Mapping[str, str]) -> Path:
    """Write the built template with the variables declared, beside it: SAM passes no others."""
    content = yaml.safe_load(template.read_text(encoding="utf-8"))
    content["Resources"][function]["Properties"]["Environment"] = {"Variables": dict(variables)}
    path = template.with_name("invoke.yaml")
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def invoke(function: str, text: str, lab: session.Lab, engine_variables: Mapping[str, str]) -> Outcome:
    """Build the function and call it in a container."""
    host = engine_variables.get("DOCKER_HOST")
    variables = {**lab.endpoints.variables(), **engine_variables}
    built = build(function, variables)
    event = FOLDER / "event.json"
    event.write_text(about_lab(text, lab.world), encoding="utf-8")
    options = ["--event", str(event), "--add-host", f"{CONTAINERS_HOST}:host-gateway"]
    options += ["--parameter-overrides", f"Architecture={engine.architecture()}"]
    if engine.has_runtime_image(host):
        options.append("--skip-pull-image")
    with Forwarder(engine.bridge_address(host), _ports(lab.endpoints)) as forwarder:
        inside = environment(lab.endpoints, function, forwarder.ports_for)
        # The shell's variables, which lead SAM itself to the lab, win over the template's; this file wins over both.
        values = FOLDER / "environment.json"
        values.write_text(json.dumps({function: inside}), encoding="utf-8")
        options += ["--env-vars", str(values), "--template-file", str(declaring(built, function, inside))]
        done = _sam(["local", "invoke", function, *options], variables)
    return outcome(done.stdout, done.stderr)


def show(result: Outcome, terminal: Console, notes: Console) -> int:
    """Print the answer, and the log of a function that failed; return the exit status."""
    if result.answer is not None:
        terminal.print_json(data=result.answer)
    if not result.failed:
        return DONE
    notes.print(result.log, markup=False, highlight=False, soft_wrap=True)
    notes.print("[red]the function failed[/red]: its log is above")
    return FUNCTION_FAILED


def main(arguments: list[str]) -> int:
    """Run the call; 0: answered, 1: the function failed, 2: the call could not be made."""
    notes = Console(stderr=True)
    if len(arguments) != 2:  # noqa: PLR2004 - the function and the event
        notes.print("python -m tools.invoke FUNCTION EVENT", markup=False)
        return CANNOT_RUN
    try:
        function, text = logical_id(arguments[0]), event_text(Path(arguments[1]))
        fault = fault_name(os.environ.get("FAULT"))
        FOLDER.mkdir(parents=True, exist_ok=True)
        with notes.status("looking for a container engine") as status:
            found = engine.find()
            status.update("looking for the lab")
            with session.lab(fault, say=notes.print) as lab:
                status.update(f"sam local invoke {function}")
                result = invoke(function, text, lab, found)
    except (CannotRunError, engine.NoEngineError, LabError) as exc:
        notes.print(str(exc), markup=False, highlight=False, soft_wrap=True)
        return CANNOT_RUN
    return show(result, Console(), notes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
