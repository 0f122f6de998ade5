"""`pathmend trace`: where a packet goes between two ends, in a saved folder or in the live account."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - typer reads the annotation
from typing import TYPE_CHECKING, Annotated, NoReturn
from urllib.parse import urlsplit

import typer
from rich.console import Console

from pathmend.channels.trace_record import trace_record
from pathmend.channels.trace_tree import print_trace
from pathmend.cli.application import BAD_INPUT, AsJson, app, print_json
from pathmend.cli.desk import desk_of
from pathmend.cli.ends import may_be_balancer
from pathmend.cli.folder import opened
from pathmend.cli.pair import needs_port
from pathmend.cli.question import Question, answered
from pathmend.network.flow import Application, Verdict
from pathmend.network.ports import LAST_PORT, LINUX_EPHEMERAL, LOAD_BALANCER_EPHEMERAL, WINDOWS_EPHEMERAL, PortSet
from pathmend.snapshot.protocols import ALL, TCP, UDP, number_of

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot

_EXIT_CODES = {Verdict.OPEN: 0, Verdict.BLOCKED: 1, Verdict.PARTIAL: 1, Verdict.UNKNOWN: BAD_INPUT}
_UNBROKEN = 1000
_AUTO = "auto"
_SYSTEMS = {"any": LOAD_BALANCER_EPHEMERAL, "linux": LINUX_EPHEMERAL, "windows": WINDOWS_EPHEMERAL}
_ANY = {"any": "all"}

_PORT_HELP = "The destination port. Of a load balancer: all its listeners', and of its targets, their own, if none."
_FROM_HELP = "Instance, interface, IP address, load balancer (name, DNS name or ARN: every node), or internet."
_TO_HELP = (
    "The same (of a load balancer: its nodes, and from there its targets), the ARN of a target group, s3, dynamodb, or "
    "the id of a prefix list."
)
_SOURCE_PORTS_HELP = (
    "Ports that the client may send from: auto (by its operating system), any (1024-65535), linux, windows, or ranges: "
    "1024-2000,3000."
)

_URL_HELP = (
    "What the client asks for, http://HOST or https://HOST: network firewalls may judge by that, on the way to a load "
    "balancer, not behind it."
)
_CARRIED = {"http": "http", "https": "tls"}


@app.command()
def trace(  # noqa: PLR0913 - typer makes an option of each
    ctx: typer.Context,
    *,
    source: Annotated[str, typer.Option("--from", metavar="X", help=_FROM_HELP)],
    destination: Annotated[str, typer.Option("--to", metavar="Y", help=_TO_HELP)],
    port: Annotated[int | None, typer.Option(help=_PORT_HELP)] = None,
    protocol: Annotated[str, typer.Option(help="tcp, udp, icmp, a number, or any.")] = "tcp",
    source_ports: Annotated[str, typer.Option(help=_SOURCE_PORTS_HELP)] = _AUTO,
    url: Annotated[str | None, typer.Option(help=_URL_HELP, show_default=False)] = None,
    snapshot: Annotated[Path | None, typer.Option(help="A folder of describe answers.", show_default=False)] = None,
    live: Annotated[bool, typer.Option("--live", help="Read the account that your credentials are of.")] = False,
    as_json: AsJson = False,
) -> None:
    """Trace a connection and its replies: every hop, every blocker with its cure. Reads only.

    Exit status: 0 open, 1 blocked wholly or in part, 2 unknown or bad input.
    """
    protocol = _ANY.get(protocol.strip().lower(), protocol)
    question = Question(source.strip(), destination.strip(), protocol, port, _ports(source_ports), _carried(url))
    _check(question)
    if (snapshot is None) is not live:
        _refuse("give either --snapshot FOLDER or --live")
    answer = answered(opened(snapshot) if snapshot else _account(ctx, question), question)
    if as_json:
        print_json(trace_record(answer))
    else:
        print_trace(_console(), answer)
    raise typer.Exit(_EXIT_CODES[answer.verdict])


def _console() -> Console:
    """Return a console as wide as the terminal; the lines of a pipe are not broken, so that they can be searched."""
    return Console() if sys.stdout.isatty() else Console(width=_UNBROKEN)


def _account(ctx: typer.Context, question: Question) -> Snapshot:
    return desk_of(ctx).snapshots.between((question.source, question.destination)).world()


def _check(question: Question) -> None:
    """Refuse what no packet can be, before anything is read."""
    port, number = question.port, number_of(question.protocol)
    if number is None:
        _refuse(f"{question.protocol} is not a protocol: give tcp, udp, icmp, a number up to 255, or any")
    if port is not None and not (0 <= port <= LAST_PORT):
        _refuse(f"{port} is not a port: give one from 1 to {LAST_PORT}")
    if port == 0 and number in (ALL, TCP, UDP):
        _refuse(f"nothing can be sent to port 0: give --port from 1 to {LAST_PORT}")
    words = question.source, question.destination
    if not all(words):
        _refuse("give --from and --to: the two ends of the path")
    if port is None and not any(may_be_balancer(word) for word in words):
        needs_port(question.protocol)


def _carried(url: str | None) -> Application | None:
    """Return what a client of the URL sends: the protocol by its scheme, the host without port and path."""
    if url is None:
        return None
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in _CARRIED or not parts.hostname:
        _refuse(f"{url} is not the URL of a host: give http://HOST or https://HOST")
    return Application(_CARRIED[parts.scheme], parts.hostname)


def _ports(text: str) -> PortSet | None:
    word = text.strip().lower()
    if word == _AUTO:
        return None
    if word in _SYSTEMS:
        return _SYSTEMS[word]
    try:
        return PortSet.union(_range(part) for part in word.split(","))
    except ValueError:
        _refuse(
            f"{text} is not a set of source ports: give auto, any, linux, windows, or ranges such as 1024-2000,3000"
        )


def _range(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    return int(first), int(last or first)


def _refuse(message: str) -> NoReturn:
    raise typer.BadParameter(message)
