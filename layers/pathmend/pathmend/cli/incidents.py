"""The commands about incidents: list, show, answer and watch them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from pathmend.channels.record import record
from pathmend.channels.terminal import print_entry, print_incident, print_incidents
from pathmend.channels.words import state_words
from pathmend.cli.application import AsJson, app, print_json
from pathmend.cli.desk import desk_of
from pathmend.errors import NotFoundError
from pathmend.incidents.answer import answer
from pathmend.incidents.incident import Channel, Incident, State, Verdict

if TYPE_CHECKING:
    from pathmend.cli.desk import Desk
    from pathmend.incidents.ports import Ports

_GOOD_ENDS = frozenset({State.RESOLVED, State.RECOVERED_BY_ITSELF, State.REPORTED})
_WATCH_SECONDS = 2.0

IncidentId = Annotated[str, typer.Argument(metavar="INCIDENT", help="The incident's id.")]
Fingerprint = Annotated[
    str | None, typer.Option(help="Answer only if the plan still has this fingerprint, as you saw it.")
]


@app.command()
def incidents(
    ctx: typer.Context,
    *,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the incidents that were opened last."""
    found = desk_of(ctx).ports.store.recent(limit)
    if as_json:
        print_json([record(incident) for incident in found])
    else:
        print_incidents(Console(), found)


@app.command()
def show(ctx: typer.Context, incident_id: IncidentId, *, as_json: AsJson = False) -> None:
    """Show one incident: what is broken, the proof, the plan, and what happened so far."""
    ports = desk_of(ctx).ports
    incident = _known(ports, incident_id)
    journal = ports.store.journal(incident_id)
    if as_json:
        print_json(record(incident, journal))
    else:
        print_incident(Console(), incident, journal)


@app.command()
def approve(ctx: typer.Context, incident_id: IncidentId, *, fingerprint: Fingerprint = None) -> None:
    """Approve the plan that the incident proposes, as your AWS identity."""
    _decide(desk_of(ctx), incident_id, Verdict.APPROVED, fingerprint)


@app.command()
def reject(ctx: typer.Context, incident_id: IncidentId, *, fingerprint: Fingerprint = None) -> None:
    """Reject the plan that the incident proposes, as your AWS identity."""
    _decide(desk_of(ctx), incident_id, Verdict.REJECTED, fingerprint)


@app.command()
def watch(ctx: typer.Context, incident_id: IncidentId) -> None:
    """Follow an incident's journal until it is closed."""
    desk = desk_of(ctx)
    console = Console()
    seen = 0
    while True:
        # The incident before its journal: what is read after the close is the whole journal.
        incident = _known(desk.ports, incident_id)
        journal = desk.ports.store.journal(incident_id)
        for entry in journal[seen:]:
            print_entry(console, entry)
        seen = len(journal)
        if incident.state.closed:
            break
        desk.pause(_WATCH_SECONDS)
    typer.echo(state_words(incident))
    if incident.state not in _GOOD_ENDS:
        raise typer.Exit(1)


def _known(ports: Ports, incident_id: str) -> Incident:
    incident = ports.store.get(incident_id)
    if incident is None:
        raise NotFoundError(f"there is no incident {incident_id}: `pathmend incidents` lists them")
    return incident


def _decide(desk: Desk, incident_id: str, verdict: Verdict, fingerprint: str | None) -> None:
    incident = _known(desk.ports, incident_id)
    shown = fingerprint or (incident.plan.fingerprint if incident.plan else "")
    result = answer(incident_id, verdict, who=desk.caller(), channel=Channel.CLI, fingerprint=shown, ports=desk.ports)
    typer.echo(result.sentence, err=not result.accepted)
    if not result.accepted:
        raise typer.Exit(1)
