"""Access is asked of the live account, and of the folder that was saved of it: the same answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from botocore.parsers import ResponseParserError
from typer.testing import CliRunner

from pathmend import cli
from pathmend.aws.snapshots import AwsSnapshots
from tests.contract.moto_identity import ROLE, TABLE, USER, give_identity
from tests.contract.moto_world import MotoWorld, make_world
from tests.fakes import FakePorts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

    from pathmend.aws.clients import Clients

READ = ("--action", "dynamodb:GetItem", "--resource", TABLE)


@pytest.fixture
def run(clients: Clients) -> Callable[..., Result]:
    """Return a function that runs the command line on moto's account."""
    desk = cli.Desk(FakePorts(), lambda: "nobody", AwsSnapshots(clients))
    return lambda *arguments: CliRunner().invoke(cli.app, arguments, obj=lambda _: desk)


@pytest.fixture
def made(clients: Clients) -> MotoWorld:
    """Make the small world; what moto does not know is answered as moto does as a server: by a page instead of XML."""
    for kind in ("Options", "Exclusions"):
        clients.named("ec2").meta.events.register(f"before-call.*.DescribeVpcBlockPublicAccess{kind}", _no_answer)
    return make_world(clients)


def _no_answer(**_: object) -> None:
    raise ResponseParserError("<!doctype html>")


def test_a_saved_world_decides_as_the_live_one(
    run: Callable[..., Result], made: MotoWorld, clients: Clients, tmp_path: Path
) -> None:
    """The role of an instance, by the way of its requests."""
    question = ("--principal", ROLE, *READ, "--from", give_identity(clients), "--json")
    live = run("access", "--live", *question)
    assert live.exit_code in (0, 2), live.output
    run("snapshot", "--vpc", made.vpc_id, "--out", str(tmp_path / "saved"))
    saved = run("access", "--snapshot", str(tmp_path / "saved"), *question)
    assert saved.exit_code == live.exit_code
    left_out = {"unread", "unknown"}
    one, other = json.loads(live.stdout), json.loads(saved.stdout)
    assert {k: v for k, v in one.items() if k not in left_out} == {k: v for k, v in other.items() if k not in left_out}
    assert (one["deciding"][0]["kind"], one["deciding"][0]["effect"]) == ("identity policy", "Allow")


def test_a_user_without_policies_may_do_nothing(run: Callable[..., Result], made: MotoWorld, clients: Clients) -> None:
    """Users are read with their groups; no statement is an implicit deny."""
    assert made.vpc_id
    give_identity(clients)
    clients.named("iam").create_user(UserName="bob")
    result = run("access", "--live", "--principal", USER.replace("ann", "bob"), *READ)
    assert result.exit_code == 1, result.output
    assert result.stdout.startswith("DENIED")
