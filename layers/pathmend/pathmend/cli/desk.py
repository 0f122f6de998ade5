"""What the commands work with, made when a command first needs it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias, cast

import boto3

from pathmend.aws.clients import Clients
from pathmend.aws.errors import translated
from pathmend.aws.snapshots import AwsSnapshots
from pathmend.bootstrap import LivePorts, Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    import typer

    from pathmend.incidents.ports import Ports


@dataclass(frozen=True, slots=True)
class Options:
    """What the user set, by option or environment; the rest is boto3's own configuration."""

    table: str = ""
    rules_parameter: str = ""
    region: str | None = None
    profile: str | None = None
    state_machine: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the commands work with: the ports, the name of whoever sits here, their account, and a way to wait."""

    ports: Ports
    caller: Callable[[], str]
    snapshots: AwsSnapshots
    pause: Callable[[float], None] = time.sleep


Connect: TypeAlias = "Callable[[Options], Desk]"


class Seat:
    """A place that becomes a desk when a command sits down: what works on files alone needs no AWS."""

    def __init__(self, make: Connect, options: Options) -> None:
        self._make = make
        self._options = options

    @cached_property
    def desk(self) -> Desk:
        """Return the desk, connected once."""
        return self._make(self._options)


def desk_of(ctx: typer.Context) -> Desk:
    """Return the desk of the running command."""
    return cast("Seat", ctx.obj).desk


def connect(options: Options) -> Desk:
    """Return the desk on AWS, with the caller's own credentials."""
    with translated("open a session"):
        session = boto3.Session(profile_name=options.profile, region_name=options.region)
    clients = Clients(session)
    named = (("INCIDENTS_TABLE", options.table), ("STATE_MACHINE_ARN", options.state_machine))
    given = tuple((name, value) for name, value in named if value)
    ports = LivePorts(Settings(given=given, rules_parameter=options.rules_parameter), clients)
    return Desk(ports, lambda: _caller_arn(clients), AwsSnapshots(clients, ports.clock))


def _caller_arn(clients: Clients) -> str:
    with translated("ask AWS who you are"):
        return str(clients.named("sts").get_caller_identity()["Arn"])
