"""The commands about breakers: where Pathmend stopped trusting itself, and how a person lets it go on."""

from __future__ import annotations

import typer
from rich.text import Text

from pathmend.channels.words import moment, plain
from pathmend.cli.application import AsJson, app, print_json, wide_console
from pathmend.cli.desk import desk_of
from pathmend.cli.incidents import IncidentId  # noqa: TC001 - typer reads it at run time
from pathmend.incidents.breakers import close_breaker

breaker = typer.Typer(no_args_is_help=True, help="List and close breakers: what is behind one, Pathmend only reports.")
app.add_typer(breaker, name="breaker")


@breaker.command("list")
def list_breakers(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """List the breakers that are open, with the incident whose changes opened them."""
    ports = desk_of(ctx).ports
    found = ports.ledger.breakers(ports.clock.now())
    if as_json:
        print_json(
            [
                {
                    "incident_id": one.incident_id,
                    "reason": one.reason,
                    "resources": list(one.resources),
                    "opened_at": one.opened_at.isoformat(),
                    "until": one.until.isoformat(),
                }
                for one in found
            ]
        )
        return
    console = wide_console()
    for one in found:
        console.print(Text(f"{one.incident_id}  until {moment(one.until)}  on {plain(', '.join(one.resources), 600)}"))
        console.print(Text(f"  {plain(one.reason, 600)}", style="dim"))
    if not found:
        typer.echo("No breaker is open.")


@breaker.command("close")
def close(ctx: typer.Context, incident_id: IncidentId) -> None:
    """Close an incident's breaker: you have looked, and Pathmend may change those resources again."""
    desk = desk_of(ctx)
    if not close_breaker(incident_id, desk.caller(), desk.ports):
        typer.echo(
            f"incident {incident_id} has no breaker: `pathmend breaker list` names those that are open", err=True
        )
        raise typer.Exit(1)
    typer.echo(f"the breaker of incident {incident_id} is closed")
