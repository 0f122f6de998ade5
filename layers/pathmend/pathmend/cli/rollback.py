"""The command that undoes what an incident repaired: it shows what that does, and asks."""

from __future__ import annotations

from typing import Annotated

import typer

from pathmend.channels.terminal import print_sections
from pathmend.channels.undoing import undo_sections
from pathmend.cli.application import BAD_INPUT, app, wide_console
from pathmend.cli.desk import desk_of
from pathmend.cli.incidents import IncidentId  # noqa: TC001 - typer reads it at run time
from pathmend.incidents.undo import Preview, preview, request_undo


@app.command()
def rollback(
    ctx: typer.Context,
    incident_id: IncidentId,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; needs --fingerprint.")] = False,
    fingerprint: Annotated[
        str, typer.Option(help="Undo only if it still does what you saw: the fingerprint that was shown.")
    ] = "",
) -> None:
    """Undo what a repaired incident changed: see what the model says of it, then confirm."""
    if yes and not fingerprint:
        typer.echo("pathmend: --yes needs --fingerprint, which the command shows without --yes", err=True)
        raise typer.Exit(BAD_INPUT)
    desk = desk_of(ctx)
    shown = preview(incident_id, desk.ports)
    if isinstance(shown, Preview):
        _show(shown)
        if not yes:
            typer.confirm("Undo it now?", abort=True)
        fingerprint = fingerprint or shown.plan.fingerprint
    result = request_undo(incident_id, desk.caller(), fingerprint, desk.ports)
    typer.echo(result.sentence, err=not result.accepted)
    if not result.accepted:
        raise typer.Exit(1)


def _show(shown: Preview) -> None:
    print_sections(wide_console(), undo_sections(shown.plan, shown.refusals))
    typer.echo(f"\nfingerprint {shown.plan.fingerprint}")
    if shown.refusals:
        raise typer.Exit(1)
