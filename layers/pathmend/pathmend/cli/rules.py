"""The commands about rules: check them before they count, and show those that do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from pathmend.aws.rules import as_json, rules_from
from pathmend.cli.application import AsJson, app, print_json
from pathmend.cli.desk import desk_of
from pathmend.errors import PermanentError
from pathmend.guardrails.decision import Mode

rules_commands = typer.Typer(no_args_is_help=True, help="Check rules before they count, and show those that do.")
app.add_typer(rules_commands, name="rules")

_OUT_OF_THE_BOX = "out of the box: no parameter was named (--rules-parameter or RULES_PARAMETER)"

RulesFile = Annotated[
    Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True, help="The rules, as JSON.")
]


@rules_commands.command()
def check(file: RulesFile) -> None:
    """Check rules in a file, offline: exit code 0 when they are valid, 1 when not, with all that is wrong."""
    where = f"file {file}"
    try:
        rules = rules_from(file.read_text(encoding="utf-8"), ceiling=Mode.ACT, where=where)
    except UnicodeDecodeError as exc:
        typer.echo(f"the rules in the {where} are invalid: they are not UTF-8 text", err=True)
        raise typer.Exit(1) from exc
    except PermanentError as exc:
        typer.echo(str(exc), err=True)
        raise typer.Exit(1) from exc
    typer.echo(f"valid: {rules.version}")


@rules_commands.command()
def show(ctx: typer.Context, *, machine: AsJson = False) -> None:
    """Show the rules in force, with every key, and their version.

    Their ceiling is shown no looser than ask: this command does not know the stack's own Mode, which bounds it.
    """
    rules = desk_of(ctx).ports.rules
    version = rules.version or _OUT_OF_THE_BOX
    if machine:
        print_json({"version": version, "rules": as_json(rules)})
    else:
        typer.echo(f"{version}\n{json.dumps(as_json(rules), indent=2, ensure_ascii=False)}")
