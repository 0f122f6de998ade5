"""Rules are checked before they count, and those that count can be seen."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from pathmend import cli
from pathmend.aws.rules import rules_from
from pathmend.guardrails.decision import Mode
from pathmend.guardrails.rules import Rules
from tests.unit.cli.test_incidents import FakeDesk

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

VERSION = "parameter /pathmend/rules, version 7 (sha256 4f1c0a9d2b77)"


def check(folder: Path, content: bytes) -> Result:
    """Return what is said of rules in a file; no AWS is needed."""
    path = folder / "rules.json"
    path.write_bytes(content)
    return CliRunner().invoke(cli.app, ["rules", "check", str(path)])


def test_valid_rules_are_named_by_their_digest(tmp_path: Path) -> None:
    """The parameter's decisions name the same one."""
    result = check(tmp_path, b"{}")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"valid: file {tmp_path / 'rules.json'} (sha256 44136fa355b3)\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"kill_switch": "no", "ceiling": "maybe"}', ("rules.kill_switch", "rules.ceiling")),
        (b"{", ("Expecting",)),
        (b'{"environment_tag": "\xff"}', ("they are not UTF-8 text",)),
    ],
)
def test_invalid_rules_fail_with_all_that_is_wrong(tmp_path: Path, content: bytes, words: tuple[str, ...]) -> None:
    """So that a pipeline stops before they stop everything."""
    result = check(tmp_path, content)
    assert (result.exit_code, result.stdout) == (1, "")
    assert all(word in result.stderr for word in words)


def test_a_file_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    """Which is another exit code than that of wrong rules."""
    assert CliRunner().invoke(cli.app, ["rules", "check", str(tmp_path / "none.json")]).exit_code == 2


def test_the_rules_in_force_are_shown_with_their_version() -> None:
    """As JSON that can be edited and put back."""
    desk = FakeDesk()
    desk.ports.rules = Rules(by_kind=(("ModifyMatcher", Mode.REPORT),), excluded=(("team", "é"),), version=VERSION)
    result = desk.run("rules", "show")
    first, _, rest = result.stdout.partition("\n")
    assert (result.exit_code, first) == (0, VERSION)
    assert "é" in rest
    assert rules_from(rest, ceiling=Mode.ACT, where="x") == replace(
        desk.ports.rules, version=rules_from(rest, ceiling=Mode.ACT, where="x").version
    )


def test_the_rules_in_force_are_shown_to_machines() -> None:
    """Where there is no parameter, the version says so."""
    answer = json.loads(FakeDesk().run("rules", "show", "--json").stdout)
    assert answer["version"].startswith("out of the box")
    assert answer["rules"]["limits"] == {"per_resource": 5, "per_vpc": 40, "per_account": 100}
