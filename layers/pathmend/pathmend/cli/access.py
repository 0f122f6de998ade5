"""`pathmend access`: whether a role or user may do something, in a saved folder or in the live account."""

from __future__ import annotations

import re
from pathlib import Path  # noqa: TC003 - typer reads the annotation
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from pathmend.access.answer import Verdict
from pathmend.channels.access_record import access_record
from pathmend.channels.access_text import print_access
from pathmend.cli.access_question import AccessQuestion, decided
from pathmend.cli.application import BAD_INPUT, AsJson, app, print_json, wide_console
from pathmend.cli.callers import to_read
from pathmend.cli.desk import desk_of
from pathmend.cli.folder import opened

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pathmend.snapshot.world import Snapshot

_EXIT_CODES = {Verdict.ALLOWED: 0, Verdict.DENIED: 1, Verdict.UNKNOWN: BAD_INPUT}
_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]+")
_KEY = re.compile(r"[A-Za-z0-9-]+:\S+")
_ARN_PARTS = 6

_PRINCIPAL_HELP = "The ARN of a role, of its session, or of a user; in a folder its name is enough."
_FROM_HELP = "The instance that asks with the role: the way of its request decides what policies get to see."
_CONTEXT_HELP = (
    "What the request carries, such as aws:SourceVpce=vpce-0a1; KEY= says that it is absent. May be given again."
)


@app.command()
def access(  # noqa: PLR0913 - typer makes an option of each
    ctx: typer.Context,
    *,
    principal: Annotated[str, typer.Option(help=_PRINCIPAL_HELP)],
    action: Annotated[str, typer.Option(help="One action: dynamodb:GetItem.")],
    resource: Annotated[str, typer.Option(help="The ARN of one resource, or * for an action without any.")],
    source: Annotated[str | None, typer.Option("--from", metavar="i-...", help=_FROM_HELP)] = None,
    context: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE", help=_CONTEXT_HELP)] = None,
    snapshot: Annotated[Path | None, typer.Option(help="A folder of describe answers.", show_default=False)] = None,
    live: Annotated[bool, typer.Option("--live", help="Read the account that your credentials are of.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say whether IAM lets a request through, which statements decide, and what is nearest to it. Reads only.

    Exit status: 0 allowed, 1 denied, 2 unknown or bad input.
    """
    question = AccessQuestion(principal.strip(), action.strip(), resource.strip(), source, _given(context or ()))
    _check(question)
    if (snapshot is None) is not live:
        _refuse("give either --snapshot FOLDER or --live")
    found = decided(opened(snapshot) if snapshot else _account(ctx, question), question)
    if as_json:
        print_json(access_record(found))
    else:
        print_access(wide_console(), found)
    raise typer.Exit(_EXIT_CODES[found.answer.verdict])


def _account(ctx: typer.Context, question: AccessQuestion) -> Snapshot:
    principal = to_read(question.principal)
    if principal is None:
        _refuse(f"{question.principal} is not the ARN of a role, a role's session or a user: --live needs one")
    return desk_of(ctx).snapshots.access(principal, question.resource, question.source).world()


def _check(question: AccessQuestion) -> None:
    if not _ACTION.fullmatch(question.action):
        _refuse(f"{question.action} is not one action: give it as service:Action, such as dynamodb:GetItem")
    is_arn = question.resource.startswith("arn:") and question.resource.count(":") >= _ARN_PARTS - 1
    if question.resource == "*" and question.source:
        _refuse("--from needs the ARN of a resource: the way depends on its Region")
    if question.resource != "*" and (not is_arn or any(one in question.resource for one in "*?")):
        _refuse(f"{question.resource} is not the ARN of one resource")
    if not question.principal:
        _refuse("give --principal: a role or user")
    if question.source is not None and not question.source.startswith("i-"):
        _refuse(f"{question.source} is not the id of an instance: it begins with i-")


def _given(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the keys that are given, in lower case; one that is given again has several values."""
    found: dict[str, tuple[str, ...]] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not _KEY.fullmatch(key):
            _refuse(f"{word} is not KEY=VALUE with a condition key such as aws:SourceVpce")
        known = found.get(key.lower(), ())
        found[key.lower()] = (*known, value) if value else known
    return found


def _refuse(message: str) -> NoReturn:
    raise typer.BadParameter(message)
