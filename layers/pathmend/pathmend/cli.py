"""The command line: look at incidents, answer them, and diagnose a load balancer with one's own credentials."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, cast

import boto3
import typer
from rich.console import Console
from typer.core import TyperGroup

from pathmend.aws.clients import Clients
from pathmend.aws.errors import translated
from pathmend.bootstrap import LivePorts, Settings, SettingsError
from pathmend.channels.record import record
from pathmend.channels.sections import proposal_sections
from pathmend.channels.terminal import print_entry, print_incident, print_incidents, print_sections
from pathmend.channels.words import state_words
from pathmend.errors import NotFoundError, PathmendError, TemporaryError
from pathmend.incidents.answer import answer
from pathmend.incidents.assess import assess
from pathmend.incidents.incident import Channel, Incident, State, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from pathmend.incidents.ports import Ports

EXIT_CODES = (
    "Exit codes: 0 done, or nothing is wrong; 1 something is wrong (diagnose), the answer was not taken (approve, "
    "reject), or the incident ended without a repair (watch); 2 bad input, a missing setting, or no such incident or "
    "load balancer; 3 AWS refused for good, such as a missing permission; 4 AWS was busy: try again."
)

_GOOD_ENDS = frozenset({State.RESOLVED, State.RECOVERED_BY_ITSELF, State.REPORTED})
_WATCH_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Options:
    """What the user set, by option or environment; the rest is boto3's own configuration."""

    table: str = ""
    rules_parameter: str = ""
    region: str | None = None
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """What the commands work with: the ports, the name of whoever sits here, and a way to wait."""

    ports: Ports
    caller: Callable[[], str]
    pause: Callable[[float], None] = time.sleep


Connect: TypeAlias = "Callable[[Options], Desk]"


def connect(options: Options) -> Desk:
    """Return the desk on AWS, with the caller's own credentials."""
    with translated("open a session"):
        session = boto3.Session(profile_name=options.profile, region_name=options.region)
    clients = Clients(session)
    given = (("INCIDENTS_TABLE", options.table),) if options.table else ()
    ports = LivePorts(Settings(given=given, rules_parameter=options.rules_parameter), clients)
    return Desk(ports, lambda: _caller_arn(clients))


def _caller_arn(clients: Clients) -> str:
    with translated("ask AWS who you are"):
        return str(clients.named("sts").get_caller_identity()["Arn"])


class _Plainspoken(TyperGroup):
    """Turns our errors into one line and an exit code."""

    def invoke(self, ctx: Any) -> object:  # noqa: ANN401 - typer keeps the context's class in a private module
        try:
            return super().invoke(ctx)
        except PathmendError as exc:
            typer.echo(f"pathmend: {' '.join(str(exc).split())}", err=True)
            raise typer.Exit(_exit_code(exc)) from exc


def _exit_code(error: PathmendError) -> int:
    if isinstance(error, NotFoundError | SettingsError):
        return 2
    return 4 if isinstance(error, TemporaryError) else 3


# Typer's pretty tracebacks print local variables, and those may hold credentials.
app = typer.Typer(cls=_Plainspoken, pretty_exceptions_enable=False, no_args_is_help=True, epilog=EXIT_CODES)

IncidentId = Annotated[str, typer.Argument(metavar="INCIDENT", help="The incident's id.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Fingerprint = Annotated[
    str | None, typer.Option(help="Answer only if the plan still has this fingerprint, as you saw it.")
]


@app.callback()
def pathmend(
    ctx: typer.Context,
    *,
    table: Annotated[str, typer.Option(envvar="INCIDENTS_TABLE", help="The incidents table.")] = "",
    rules_parameter: Annotated[str, typer.Option(envvar="RULES_PARAMETER", help="The SSM parameter of rules.")] = "",
    region: Annotated[str | None, typer.Option(help="The AWS Region; boto3's own setting otherwise.")] = None,
    profile: Annotated[str | None, typer.Option(help="The AWS profile; boto3's own setting otherwise.")] = None,
) -> None:
    """See what Pathmend found, decide what it may do, and diagnose a load balancer."""
    ctx.obj = cast("Connect", ctx.obj or connect)(Options(table, rules_parameter, region, profile))


@app.command()
def incidents(
    ctx: typer.Context,
    *,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the incidents that were opened last."""
    found = _desk(ctx).ports.store.recent(limit)
    if as_json:
        _print_json([record(incident) for incident in found])
    else:
        print_incidents(Console(), found)


@app.command()
def show(ctx: typer.Context, incident_id: IncidentId, *, as_json: AsJson = False) -> None:
    """Show one incident: what is broken, the proof, the plan, and what happened so far."""
    ports = _desk(ctx).ports
    incident = _known(ports, incident_id)
    journal = ports.store.journal(incident_id)
    if as_json:
        _print_json(record(incident, journal))
    else:
        print_incident(Console(), incident, journal)


@app.command()
def approve(ctx: typer.Context, incident_id: IncidentId, *, fingerprint: Fingerprint = None) -> None:
    """Approve the plan that the incident proposes, as your AWS identity."""
    _decide(_desk(ctx), incident_id, Verdict.APPROVED, fingerprint)


@app.command()
def reject(ctx: typer.Context, incident_id: IncidentId, *, fingerprint: Fingerprint = None) -> None:
    """Reject the plan that the incident proposes, as your AWS identity."""
    _decide(_desk(ctx), incident_id, Verdict.REJECTED, fingerprint)


@app.command()
def diagnose(
    ctx: typer.Context,
    *,
    load_balancer: Annotated[str, typer.Option(help="The ARN of an application load balancer.")],
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with a load balancer and what would be proposed. Reads only, changes nothing."""
    if not load_balancer.startswith("arn:") or ":loadbalancer/app/" not in load_balancer:
        raise typer.BadParameter(f"{load_balancer} is not the ARN of an application load balancer")
    found = _diagnosed(_desk(ctx).ports, load_balancer)
    if as_json:
        keys = ("subject", "findings", "ruled_out", "unknown", "plan", "decision", "api_calls")
        whole = record(found)
        _print_json({key: whole[key] for key in keys})
    else:
        print_sections(Console(), proposal_sections(found))
    if found.diagnosis is None or not found.diagnosis.healthy:
        raise typer.Exit(1)


@app.command()
def watch(ctx: typer.Context, incident_id: IncidentId) -> None:
    """Follow an incident's journal until it is closed."""
    desk = _desk(ctx)
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


def _desk(ctx: typer.Context) -> Desk:
    return cast("Desk", ctx.obj)


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


def _diagnosed(ports: Ports, load_balancer_arn: str) -> Incident:
    """Return the assessment as an incident that nobody stores, so that it is shown like any other."""
    now = ports.clock.now()
    calls = ports.meter.calls()
    found = assess(load_balancer_arn, ports)
    return Incident(
        id="",
        subject=load_balancer_arn,
        state=State.OPEN,
        opened_at=now,
        updated_at=now,
        diagnosis=found.diagnosis,
        plan=found.plan,
        decision=found.decision,
        api_calls=ports.meter.calls() - calls,
    )


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=2))


def main() -> None:
    """Run the command line."""
    app()
