"""`make demo`: eight faults repaired, alone and together, and a healthy world left alone, judged by the lab."""

from __future__ import annotations

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

from lab import deploy, faults, judge, permissions, rounds, workshop, world_alarms
from lab.clients import for_lab
from lab.control import status
from lab.emulators import HOME, Emulators, LabError
from lab.inbox import Command, Inbox
from lab.screen import Screen
from lab.stage import Row, Stage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lab.emulators import Endpoints

# How each fault is answered when nobody is asked: by the page and by the command.
ANSWERS = {"1": "page", "2": "cli", "3": "page", "4": "cli", "5": "page", "6": "cli", "7": "page", "8": "cli"}
TOGETHER = "all"
READY_SECONDS = 60


def run(home: Path = HOME) -> int:
    """Run the demonstration; return the exit status, 0 only when every row is repaired and verified."""
    asks = os.environ.get("APPROVE") == "ask"
    screen, began = Screen(asks=asks), time.time()
    rows: list[Row] = []
    try:
        with Emulators(home) as emulators:
            stage = prepare(emulators.running, home, screen)
            _play(stage, rows, asks=asks)
    except LabError as error:
        screen.failure(str(error))
    screen.table(rows, time.time() - began)
    denied = permissions.denied(home)
    screen.permissions(permissions.used(home), denied)
    passed = not denied and [row.fault for row in rows if row.passed] == [*ANSWERS, TOGETHER, "decoy"]
    result = {
        "passed": passed,
        "seconds": round(time.time() - began, 1),
        "rows": [asdict(row) for row in rows],
        "permissions": {"used": permissions.used(home), "denied": denied},
    }
    (home / "demo.json").write_text(json.dumps(result, indent=2) + "\n")
    return 0 if passed else 1


def _play(stage: Stage, rows: list[Row], *, asks: bool) -> None:
    for fault, how in ANSWERS.items():
        _mended(stage, rows, fault, partial(rounds.repair_round, how="ask" if asks else how))
    _mended(stage, rows, TOGETHER, partial(rounds.rounds_until_well, how="ask" if asks else "page"))
    try:
        rows.append(rounds.decoy_round(stage))
    except LabError as error:
        rows.append(Row("decoy", notes=[str(error)]))
        raise


def _mended(stage: Stage, rows: list[Row], fault: str, play: Callable[[Stage, str], Row]) -> None:
    try:
        rows.append(play(stage, fault))
    except LabError as error:
        stage.screen.failure(str(error))
        rows.append(Row(fault, notes=[str(error)]))
    # The next fault starts from the workshop's own world, not from a repaired one.
    faults.mend(stage.endpoints, stage.world)
    await_calm_world(stage.endpoints)


def prepare(endpoints: Endpoints, home: Path, screen: Screen) -> Stage:
    """Build and deploy the application, build the world, wait until it lives.

    Raises:
        LabError: Something did not get ready.
    """
    began = time.time()
    screen.title("The lab: AWS on this machine")
    screen.stage(f"serverless plane {endpoints.serverless}, network plane {endpoints.network}", began)
    application = deploy.Application(build=home / "build")
    # The two planes have nothing to do with each other yet, so both are furnished at once.
    with ThreadPoolExecutor(1) as other:
        building = other.submit(workshop.build, endpoints, home)
        deploy.build(application, endpoints)
        screen.stage("sam build", began)
        world = building.result()
        screen.stage(f"the workshop's world: {world['load_balancer']}", began)
        outputs = deploy.deploy(application, endpoints)
        screen.stage("sam deploy", began)
    inbox = Inbox(endpoints, outputs["IncidentsTopicArn"])
    await_calm_world(endpoints)
    screen.stage("targets healthy, clients served, every alarm OK, the page passes", began)
    command = Command(endpoints, outputs, deploy.STACK)
    return Stage(endpoints, world, inbox, command, screen, outputs, home)


def await_calm_world(endpoints: Endpoints) -> None:
    """Wait until every target is healthy, every alarm of the world is OK and the page passes.

    Raises:
        LabError: That did not happen in time.
    """
    cloudwatch = for_lab(endpoints, "cloudwatch")
    deadline = time.time() + READY_SECONDS
    while time.time() < deadline:
        alarms = cloudwatch.describe_alarms(AlarmNames=list(world_alarms.ALL))["MetricAlarms"]
        health = [state for group in status(endpoints)["health"].values() for state in group.values()]
        calm = health and set(health) == {"healthy"} and {alarm["StateValue"] for alarm in alarms} == {"OK"}
        if calm and not judge.complaints(endpoints):
            return
        time.sleep(0.5)
    raise LabError(f"the world did not become healthy in {READY_SECONDS} s")
