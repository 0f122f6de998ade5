"""The command line's frame: global options, exit codes, and errors in one line."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any, cast

import typer
from rich.console import Console
from typer.core import TyperGroup

from pathmend.bootstrap import SettingsError
from pathmend.cli.desk import Options, Seat, connect
from pathmend.errors import InvalidEventError, InvalidSnapshotError, NotFoundError, PathmendError, TemporaryError

EXIT_CODES = (
    "Exit codes: 0 done, or nothing is wrong, open (trace), allowed (access); 1 something is wrong (diagnose), blocked "
    "wholly or in part (trace), denied (access), the answer was not taken (approve, reject), nothing was undone or "
    "closed (rollback, breaker), or the incident ended without a repair (watch); 2 bad input, a missing "
    "setting, no such incident or resource, or unknown (trace, access); 3 AWS refused for good, "
    "such as a missing permission; 4 AWS was busy: try again."
)
BAD_INPUT = 2
_UNBROKEN = 1000


class _Plainspoken(TyperGroup):
    """Turns our errors into one line and an exit code."""

    def invoke(self, ctx: Any) -> object:  # noqa: ANN401 - typer keeps the context's class in a private module
        try:
            return super().invoke(ctx)
        except PathmendError as exc:
            typer.echo(f"pathmend: {_one_line(str(exc))}", err=True)
            raise typer.Exit(_exit_code(exc)) from exc


def _one_line(text: str) -> str:
    """Return the text without what a terminal would obey: it may quote a file or a name that others wrote."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _exit_code(error: PathmendError) -> int:
    if isinstance(error, NotFoundError | SettingsError | InvalidEventError | InvalidSnapshotError):
        return BAD_INPUT
    return 4 if isinstance(error, TemporaryError) else 3


# Typer's pretty tracebacks print local variables, and those may hold credentials.
app = typer.Typer(cls=_Plainspoken, pretty_exceptions_enable=False, no_args_is_help=True, epilog=EXIT_CODES)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


@app.callback()
def pathmend(  # noqa: PLR0913 - each is an option of every command
    ctx: typer.Context,
    *,
    table: Annotated[str, typer.Option(envvar="INCIDENTS_TABLE", help="The incidents table.")] = "",
    rules_parameter: Annotated[str, typer.Option(envvar="RULES_PARAMETER", help="The SSM parameter of rules.")] = "",
    state_machine: Annotated[
        str, typer.Option(envvar="STATE_MACHINE_ARN", help="The remediation state machine; only rollback needs it.")
    ] = "",
    region: Annotated[str | None, typer.Option(help="The AWS Region; boto3's own setting otherwise.")] = None,
    profile: Annotated[str | None, typer.Option(help="The AWS profile; boto3's own setting otherwise.")] = None,
) -> None:
    """See what Pathmend found, decide what it may do, diagnose a load balancer, and trace a path."""
    make = cast("Any", ctx.obj or connect)
    ctx.obj = Seat(make, Options(table, rules_parameter, region, profile, state_machine))


def wide_console() -> Console:
    """Return a console as wide as the terminal; the lines of a pipe are not broken, so that they can be searched."""
    return Console() if sys.stdout.isatty() else Console(width=_UNBROKEN)


def print_json(value: object) -> None:
    """Print a value for machines."""
    typer.echo(json.dumps(value, indent=2))
