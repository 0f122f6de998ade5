"""A trace in a world, as a person runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from typer.testing import CliRunner

from pathmend import cli
from tests.unit.cli.saving import save

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

    from pathmend.snapshot.world import Snapshot

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "trace.schema.json").read_text(encoding="utf-8"))


def found(result: Result) -> Any:
    """Return the JSON answer, which fits its schema."""
    answer = json.loads(result.stdout)
    jsonschema.Draft202012Validator(SCHEMA).validate(answer)
    return answer


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Result]:
    """Return a function that saves a world and traces in it."""

    def run_it(world: Snapshot, *arguments: str, without: tuple[str, ...] = ()) -> Result:
        folder = save(world, tmp_path, *without)
        command = ["trace", "--snapshot", str(folder), *arguments]
        return CliRunner().invoke(cli.app, command)

    return run_it
