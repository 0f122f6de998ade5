"""`pathmend snapshot`: save what AWS says of some VPCs, so that others can trace in it without an account."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotation
from typing import Annotated

import typer

from pathmend.channels.words import plain
from pathmend.cli.application import app
from pathmend.cli.desk import desk_of
from pathmend.cli.folder import check_free, fill


@app.command()
def snapshot(
    ctx: typer.Context,
    *,
    vpc: Annotated[list[str], typer.Option(help="A VPC to save; give it again for more.")],
    out: Annotated[Path, typer.Option(help="The folder to write to; it must be empty or new.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the snapshot that the folder holds.")] = False,
) -> None:
    """Save what AWS says of VPCs as a folder for the commands that take --snapshot. Reads AWS only, never writes it.

    The files hold names, addresses, rules, tags and the policies of roles and resources, but no secrets and no values
    of parameters: treat them as you treat those.
    """
    for vpc_id in vpc:
        if not vpc_id.startswith("vpc-"):
            raise typer.BadParameter(f"{vpc_id} is not the id of a VPC: it begins with vpc-")
    check_free(out, force=force)
    reading = desk_of(ctx).snapshots.whole(tuple(dict.fromkeys(vpc)))
    files = fill(out, reading, force=force)
    typer.echo(f"{len(files)} files written to {out}")
    for what, why in reading.lacking():
        typer.echo(f"not read: {plain(what)}: {plain(why)}", err=True)
