"""The commands by which a person undoes a repair, and closes a breaker after a look."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from pathmend import cli
from pathmend.aws.clients import Clients
from pathmend.aws.snapshots import AwsSnapshots
from pathmend.cli.desk import connect
from pathmend.guardrails.circumstances import Breaker
from pathmend.guardrails.rules import Freeze, Rules
from pathmend.incidents.apply import apply_plan
from pathmend.incidents.close import close_incident
from pathmend.incidents.incident import State
from pathmend.incidents.undo import Preview, preview
from tests.builders import a_workshop, fault_3
from tests.fakes import FakePorts
from tests.unit.incidents.stories import approved, ports_over

ID = "inc-0001"
ADA = "arn:aws:sts::123456789012:assumed-role/Operator/ada"


@dataclass
class _Desk:
    ports: FakePorts = field(default_factory=FakePorts)

    def run(self, *arguments, keys=""):
        """Run the command line with what is typed."""
        desk = cli.Desk(self.ports, lambda: ADA, AwsSnapshots(Clients()))
        return CliRunner().invoke(cli.app, arguments, obj=lambda _: desk, input=keys)


@pytest.fixture
def desk():
    """A desk at which fault 3 was repaired."""
    ports = ports_over(fault_3(a_workshop()))
    assert approved(ports).id == ID
    apply_plan(ID, ports)
    close_incident(ID, State.RESOLVED, "verified", ports)
    return _Desk(ports)


def _fingerprint(desk):
    shown = preview(ID, desk.ports)
    assert isinstance(shown, Preview)
    return shown.plan.fingerprint


def test_a_rollback_shows_what_it_does_and_asks(desk):
    """What it undoes, breaks, opens and closes, the exact calls, and only then a question."""
    fingerprint = _fingerprint(desk)
    result = desk.run("rollback", ID, keys="y\n")
    assert result.exit_code == 0, result.output
    for said in (
        "What would be undone",
        "Set ingress rule 1100 of acl-alb to: allow TCP 32768-65535 from 10.0.0.0/16.",
        "What breaks again",
        "acl-alb drops 49 % of the replies from 10.0.11.0/24",
        "What it opens",
        "What it closes",
        "What it cuts",
        "ec2:ReplaceNetworkAclEntry",
        f"fingerprint {fingerprint}",
        "Undo it now?",
        f"incident {ID} is being undone",
    ):
        assert said in result.output
    assert desk.ports.workflow.rollbacks == {ID: f"{ADA} asked for it to be undone"}


def test_a_no_changes_nothing(desk):
    """Nothing is handed to the workflow."""
    result = desk.run("rollback", ID, keys="n\n")
    assert result.exit_code == 1
    assert desk.ports.workflow.rollbacks == {}


def test_a_script_says_yes_to_what_somebody_saw(desk):
    """With the fingerprint that was shown nobody is asked; without it, or with another, nothing is done."""
    blind = desk.run("rollback", ID, "--yes")
    assert (blind.exit_code, desk.ports.workflow.rollbacks) == (2, {})
    assert "--yes needs --fingerprint" in blind.output
    other = desk.run("rollback", ID, "--yes", "--fingerprint", "another")
    assert (other.exit_code, desk.ports.workflow.rollbacks) == (1, {})
    result = desk.run("rollback", ID, "--yes", "--fingerprint", _fingerprint(desk))
    assert result.exit_code == 0
    assert "Undo it now?" not in result.output
    assert ID in desk.ports.workflow.rollbacks


def test_asked_again_it_is_handed_over_again(desk):
    """The first try may have died before it did."""
    desk.run("rollback", ID, keys="y\n")
    desk.ports.workflow.rollbacks.clear()
    result = desk.run("rollback", ID)
    assert (result.exit_code, ID in desk.ports.workflow.rollbacks) == (0, True)
    assert "is being undone already" in result.output


def test_what_is_forbidden_is_shown_and_not_asked(desk):
    """A freeze holds for people, too."""
    now = desk.ports.clock.now()
    desk.ports.rules = Rules(freezes=(Freeze(now, now + timedelta(hours=1), "release day"),))
    result = desk.run("rollback", ID, keys="y\n")
    assert result.exit_code == 1
    assert "Why it may not be done" in result.output
    assert "release day" in result.output
    assert "Undo it now?" not in result.output
    assert desk.ports.workflow.rollbacks == {}


def test_what_is_no_repair_says_why_not(desk):
    """Exit code 1, and the reason; an incident that is not there is bad input."""
    desk.ports.world.snapshot = fault_3(a_workshop())
    result = desk.run("rollback", ID)
    assert result.exit_code == 1
    assert "nothing is left to undo" in result.output
    assert desk.run("rollback", "inc-none").exit_code == 2


def test_breakers_are_listed_and_closed(desk):
    """Which, on what, until when and why; who closes one is noted."""
    now = desk.ports.clock.now()
    desk.ports.ledger.open_breaker(Breaker(ID, "it was undone", ("acl-alb",), now, now + timedelta(hours=1)))
    listed = desk.run("breaker", "list").output
    assert "2026-11-22 13:00 UTC" in listed
    assert "acl-alb" in listed
    assert "it was undone" in listed
    (record,) = json.loads(desk.run("breaker", "list", "--json").output)
    assert record == {
        "incident_id": ID,
        "reason": "it was undone",
        "resources": ["acl-alb"],
        "opened_at": "2026-11-22T12:00:00+00:00",
        "until": "2026-11-22T13:00:00+00:00",
    }
    assert desk.run("breaker", "close", ID).output == f"the breaker of incident {ID} is closed\n"
    assert desk.ports.ledger.open_breakers == {}
    assert desk.run("breaker", "close", ID).exit_code == 1
    assert desk.run("breaker", "list").output == "No breaker is open.\n"


def test_the_state_machine_is_what_an_option_or_the_environment_names(monkeypatch):
    """Only the rollback needs it, so that nobody else has to name it."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    arn = "arn:aws:states:us-east-1:123456789012:stateMachine:remediation"
    workflow = connect(cli.Options(table="incidents", state_machine=arn)).ports.workflow
    assert vars(workflow)["_state_machine_arn"] == arn
