"""`pathmend diagnose`: what is wrong with a load balancer, in a saved folder or in the live account."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - typer reads the annotation
from typing import TYPE_CHECKING, Annotated

import typer

from pathmend.bootstrap import SystemClock
from pathmend.channels.looked_at import dependencies_section, dependency_record
from pathmend.channels.record import record
from pathmend.channels.sections import proposal_sections
from pathmend.channels.terminal import print_sections
from pathmend.cli.application import AsJson, app, print_json, wide_console
from pathmend.cli.desk import desk_of
from pathmend.cli.folder import opened
from pathmend.cli.needs import needs_of
from pathmend.cli.unread import unread_words
from pathmend.diagnosis.diagnose import diagnose as diagnosed
from pathmend.diagnosis.diagnose import wanted_figures
from pathmend.errors import NotFoundError
from pathmend.guardrails.circumstances import Circumstances
from pathmend.guardrails.rules import Rules
from pathmend.incidents.assess import judged, planned_for
from pathmend.incidents.incident import Incident, State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pathmend.channels.looked_at import LookedAt
    from pathmend.diagnosis.finding import Diagnosis
    from pathmend.incidents.assess import Assessment
    from pathmend.incidents.ports import Ports
    from pathmend.snapshot.world import Snapshot

_KEYS = ("subject", "findings", "ruled_out", "unknown", "dependencies_unknown", "plan", "decision", "api_calls")


@dataclass(frozen=True, slots=True)
class _Seen:
    """An assessment, what it looked at, and how many calls it took."""

    found: Assessment
    needs: Sequence[LookedAt]
    api_calls: int = 0


@app.command()
def diagnose(
    ctx: typer.Context,
    *,
    load_balancer: Annotated[str, typer.Option(help="The ARN of an application load balancer.")],
    snapshot: Annotated[
        Path | None, typer.Option(help="A folder of describe answers in place of the account.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with a load balancer and what would be proposed. Reads only, changes nothing."""
    if not load_balancer.startswith("arn:") or ":loadbalancer/app/" not in load_balancer:
        raise typer.BadParameter(f"{load_balancer} is not the ARN of an application load balancer")
    seen = _in_folder(snapshot, load_balancer) if snapshot else _in_account(desk_of(ctx).ports, load_balancer)
    incident = _unsaved(load_balancer, seen)
    if as_json:
        whole = record(incident)
        looked = [dependency_record(one) for one in seen.needs]
        print_json({**{key: whole[key] for key in _KEYS}, "dependencies": looked})
    else:
        needs = [dependencies_section(seen.needs)] if seen.needs else []
        print_sections(wide_console(), (*proposal_sections(incident), *needs))
    if incident.diagnosis is None or not incident.diagnosis.healthy:
        raise typer.Exit(1)


def _in_account(ports: Ports, load_balancer_arn: str) -> _Seen:
    calls = ports.meter.calls()
    world = ports.world.read(load_balancer_arn)
    figures = ports.figures.read(wanted_figures(world, load_balancer_arn))
    found = _judged(diagnosed(world, load_balancer_arn, figures), world, ports.rules)
    return _Seen(found, needs_of(world, load_balancer_arn), ports.meter.calls() - calls)


def _judged(diagnosis: Diagnosis, world: Snapshot, rules: Rules) -> Assessment:
    """Judge by the rules alone: what Pathmend did lately, and who owns what, is known where it is deployed."""
    now = Circumstances(diagnosis.load_balancer_arn, SystemClock().now())
    return judged(diagnosis, planned_for(diagnosis, world), world, rules=rules, circumstances=now)


def _in_folder(folder: Path, load_balancer_arn: str) -> _Seen:
    """Assess a saved world by the rules out of the box: a folder knows neither figures nor the account's own rules."""
    world = opened(folder)
    if load_balancer_arn not in world.load_balancers:
        missing = unread_words(world, "LoadBalancers")
        raise NotFoundError(f"there is no load balancer {load_balancer_arn} in what was read{missing}")
    return _Seen(_judged(diagnosed(world, load_balancer_arn), world, Rules()), needs_of(world, load_balancer_arn))


def _unsaved(load_balancer_arn: str, seen: _Seen) -> Incident:
    """Return the assessment as an incident that nobody stores, so that it is shown like any other."""
    now = SystemClock().now()
    found = seen.found
    return Incident(
        id="",
        subject=load_balancer_arn,
        state=State.OPEN,
        opened_at=now,
        updated_at=now,
        diagnosis=found.diagnosis,
        plan=found.plan,
        decision=found.decision,
        api_calls=seen.api_calls,
    )
