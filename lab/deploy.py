"""Build the application with the SAM CLI and deploy it into ministack, as a user deploys it into an account."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from lab import control
from lab.clients import for_lab
from lab.emulators import REPOSITORY, LabError

if TYPE_CHECKING:
    from pathlib import Path

    from lab.emulators import Endpoints

STACK = "pathmend-lab"
_SAM = ".venv-sam/bin/sam"


@dataclass(frozen=True, slots=True)
class Application:
    """Where a template is, where its build goes, and what its parameters are in the lab."""

    template: Path = REPOSITORY / "template.yaml"
    build: Path = REPOSITORY / ".lab" / "build"
    overrides: tuple[tuple[str, str], ...] = ()


def build(application: Application, endpoints: Endpoints) -> None:
    """Run `sam build`.

    Raises:
        LabError: The build failed; the message ends with its output.
    """
    arguments = ["build", "--template-file", str(application.template), "--build-dir", str(application.build)]
    _sam([*arguments, "--no-cached", "--parallel"], endpoints)


def deploy(application: Application, endpoints: Endpoints) -> dict[str, str]:
    """Run `sam deploy`, lead the front door to the function URL, return the stack's outputs.

    Raises:
        LabError: The deployment failed; the message ends with its output.
    """
    wanted = dict(application.overrides) | {"ApprovalBaseUrl": endpoints.front_door + "/"}
    overrides = [f"{name}={value}" for name, value in wanted.items() if name in _parameters(application.template)]
    arguments = ["deploy", "--template-file", str(application.build / "template.yaml"), "--stack-name", STACK]
    arguments += ["--capabilities", "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
    arguments += ["--resolve-s3", "--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar"]
    if overrides:
        arguments += ["--parameter-overrides", *overrides]
    _sam(arguments, endpoints)
    found = outputs(endpoints)
    if url := next((value for value in found.values() if ".lambda-url." in value), None):
        control.open_front_door(endpoints, url)
    return found


def outputs(endpoints: Endpoints) -> dict[str, str]:
    """Return the outputs of the deployed stack."""
    stack = for_lab(endpoints, "cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
    return {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}


def resources(endpoints: Endpoints, kind: str) -> dict[str, str]:
    """Return physical ids by logical id of the stack's resources of one type."""
    pages = for_lab(endpoints, "cloudformation").get_paginator("list_stack_resources").paginate(StackName=STACK)
    return {
        one["LogicalResourceId"]: one["PhysicalResourceId"]
        for page in pages
        for one in page["StackResourceSummaries"]
        if one["ResourceType"] == kind
    }


class _Intrinsics(yaml.SafeLoader):
    """Reads a template while ignoring what its short-form functions mean."""


_Intrinsics.add_multi_constructor("!", lambda _loader, _suffix, _node: None)


def _parameters(template: Path) -> frozenset[str]:
    content = yaml.load(template.read_text(), Loader=_Intrinsics)  # noqa: S506 - a SafeLoader
    return frozenset(content.get("Parameters") or {})


def _sam(arguments: list[str], endpoints: Endpoints) -> None:
    """Run the SAM CLI beside the template, never with a user's own credentials or configuration."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment = kept | endpoints.variables() | {"SAM_CLI_TELEMETRY": "0"}
    command = [str(REPOSITORY / _SAM), *arguments]
    done = subprocess.run(
        command, env=environment, cwd=REPOSITORY / ".lab", capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LabError(f"sam {arguments[0]} failed:\n{done.stdout[-3000:]}\n{done.stderr[-5000:]}")
