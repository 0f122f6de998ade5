"""The command line tells, answers and diagnoses, and speaks plainly when it cannot."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
from moto import mock_aws
from typer.testing import CliRunner

from pathmend import cli
from pathmend.aws.clients import Clients
from pathmend.aws.snapshots import AwsSnapshots
from pathmend.diagnosis.finding import Evidence
from pathmend.errors import AccessDeniedError, ConflictError, PathmendError, TemporaryError
from pathmend.incidents.incident import Channel, Incident, JournalEntry, State, Verdict
from tests.builders import LOAD_BALANCER_ARN, a_workshop, fault_3
from tests.fakes import FakePorts, FakeWorld
from tests.unit.channels.proposals import FINGERPRINT, NOON, a_diagnosis, a_finding, a_journal, a_proposal, a_resolved

if TYPE_CHECKING:
    from typer.testing import Result

ID = a_proposal().id
ARN = "arn:aws:sts::123456789012:assumed-role/Operator/alice"


@dataclass
class FakeDesk:
    """A desk over a world in memory; each pause plays the next thing that happens meanwhile."""

    ports: FakePorts = field(default_factory=FakePorts)
    meanwhile: list[Incident] = field(default_factory=list)
    options: cli.Options | None = None

    def connect(self, options: cli.Options) -> cli.Desk:
        """Return the desk and remember the options."""
        self.options = options
        return cli.Desk(self.ports, lambda: ARN, AwsSnapshots(Clients()), self._pause)

    def run(self, *arguments: str, env: dict[str, str] | None = None) -> Result:
        """Run the command line."""
        return CliRunner().invoke(cli.app, arguments, obj=self.connect, env=env)

    def _pause(self, _seconds: float) -> None:
        self.ports.store.save(self.meanwhile.pop(0))


def a_desk(*incidents: Incident) -> FakeDesk:
    """Return a desk at noon with these incidents, or with one that waits for its answer."""
    desk = FakeDesk()
    desk.ports.clock.moment = NOON
    for incident in incidents or (a_proposal(),):
        desk.ports.store.open(incident)
        desk.ports.store.write_journal(incident.id, a_journal())
    desk.ports.workflow.waiting.add("task-token")
    return desk


def test_incidents_are_listed() -> None:
    """A row says what, since when and in which state."""
    result = a_desk().run("incidents", env={"COLUMNS": "400"})
    assert result.exit_code == 0
    for expected in (ID, "2026-11-22 12:00 UTC", "awaiting approval", "WebApp-ALB", "acl-alb drops ingress"):
        assert expected in result.stdout


def test_no_incidents_are_said_to_be_none() -> None:
    """An empty table would leave a doubt."""
    assert FakeDesk().run("incidents").stdout == "No incidents.\n"


def test_incidents_are_listed_for_machines() -> None:
    """The JSON is a list of records."""
    [listed] = json.loads(a_desk().run("incidents", "--json", "--limit", "1").stdout)
    assert (listed["id"], listed["state"]) == (ID, "awaiting_approval")


def test_show_says_everything() -> None:
    """All evidence, plan, exact calls, journal and ids."""
    result = a_desk(a_resolved()).run("show", ID, env={"COLUMNS": "400"})
    assert result.exit_code == 0
    for expected in (
        "WebApp-ALB: Repaired and verified.",
        "The path is open, the targets are healthy and the alarm is OK.",
        "Approved by alice, by command line",
        "ingress rule 1300, for a sibling",
        "ec2:ReplaceNetworkAclEntry",
        "12:03:00  apply: set ingress rule 1100 of acl-alb",
        FINGERPRINT,
    ):
        assert expected in result.stdout


def test_show_of_a_bare_incident_works() -> None:
    """An incident that has just been opened has neither diagnosis nor plan."""
    bare = a_proposal(state=State.OPEN, diagnosis=None, plan=None, decision=None, expires_at=None)
    result = a_desk(bare).run("show", ID)
    assert result.exit_code == 0
    assert "Pathmend is looking into it." in result.stdout


def test_show_for_machines_keeps_its_keys() -> None:
    """The keys are an interface."""
    shown = json.loads(a_desk(a_resolved()).run("show", ID, "--json").stdout)
    assert set(shown) == {
        "id", "state", "subject", "round", "opened_at", "proposed_at", "expires_at", "applied_at", "closed_at",
        "reason", "superseded", "api_calls", "findings", "ruled_out", "unknown", "dependencies_unknown", "plan",
        "decision", "answer", "journal",
    }  # fmt: skip
    assert set(shown["findings"][0]) == {"code", "resource", "sentence", "certainty", "evidence", "cause"}
    assert shown["findings"][0]["cause"] == {
        "kind": "AclGap", "acl_id": "acl-alb", "egress": False, "protocol": "6", "peers": ["10.0.11.0/24"],
        "ports": "1024-32767", "needed": "1024-65535", "rule": "*",
    }  # fmt: skip
    assert set(shown["findings"][0]["evidence"][0]) == {"fact", "source", "value"}
    assert shown["ruled_out"][0] == {"what": "saturation", "because": "CPU is at 4 % to 6 % on the 3 targets"}
    assert set(shown["plan"]) == {
        "fingerprint", "risk", "changes", "opens", "opens_beyond_repair", "closes", "rerouted", "disrupts", "leaves",
        "refusals", "grants", "deferred",
    }  # fmt: skip
    [change] = shown["plan"]["changes"]
    assert set(change) == {"kind", "summary", "before", "undo", "requests", "undo_requests", "patches"}
    assert change["requests"][0]["operation"] == "ReplaceNetworkAclEntry"
    assert change["requests"][0]["parameters"]["PortRange"] == {"From": 1024, "To": 65535}
    assert shown["plan"]["opens"][0]["ports"] == "1024-32767"
    assert set(shown["decision"]) == {"mode", "reasons", "rules_version", "owners"}
    assert shown["decision"]["mode"] == "ask"
    assert (shown["answer"]["verdict"], shown["answer"]["channel"]) == ("approved", "cli")
    assert shown["journal"][1] == {
        "at": "2026-11-22T12:03:00+00:00", "stage": "apply", "text": "set ingress rule 1100 of acl-alb",
    }  # fmt: skip


def test_show_for_machines_of_a_bare_incident_has_the_same_keys() -> None:
    """What is absent is None or empty, never missing."""
    bare = a_proposal(diagnosis=None, plan=None, decision=None, expires_at=None)
    shown = json.loads(a_desk(bare).run("show", ID, "--json").stdout)
    assert (shown["findings"], shown["plan"], shown["decision"], shown["answer"]) == ([], None, None, None)


def test_hostile_text_is_inert_in_the_terminal() -> None:
    """Neither escape sequences nor rich's markup of a name reach the terminal's interpreter."""
    hostile = "\x1b]0;owned\x07\x1b[2J[red]x[/red] [link=https://evil.example]y[/link]"
    finding = a_finding(sentence=hostile, evidence=(Evidence(hostile, hostile, hostile),))
    incident = a_proposal(subject=f"a/{hostile}/b", reason=hostile, diagnosis=a_diagnosis(finding))
    desk = a_desk(incident)
    desk.ports.store.write_journal(ID, [JournalEntry(NOON, hostile, hostile)])
    for arguments in (("show", ID), ("incidents",), ("show", ID, "--json")):
        stdout = desk.run(*arguments, env={"COLUMNS": "400"}).stdout
        assert "\x1b" not in stdout
        assert "\x07" not in stdout
        assert "[red]" in stdout


@pytest.mark.parametrize(("word", "verdict"), [("approve", Verdict.APPROVED), ("reject", Verdict.REJECTED)])
def test_an_answer_is_given_as_the_callers_aws_identity(word: str, verdict: Verdict) -> None:
    """Who decided is what STS says, and the state machine goes on."""
    desk = a_desk()
    result = desk.run(word, ID)
    incident = desk.ports.store.get(ID)
    assert result.exit_code == 0
    assert verdict.value in result.stdout
    assert incident is not None
    assert incident.answer is not None
    assert (incident.answer.verdict, incident.answer.who, incident.answer.channel) == (verdict, ARN, Channel.CLI)
    assert desk.ports.workflow.answers == {"task-token": verdict}


@pytest.mark.parametrize(
    ("incident", "arguments"),
    [
        (a_proposal(), ("--fingerprint", "e" * 64)),
        (a_proposal(plan=None), ()),
        (a_resolved(), ()),
    ],
    ids=["another plan", "no plan", "over"],
)
def test_an_answer_that_is_not_taken_ends_with_one(incident: Incident, arguments: tuple[str, ...]) -> None:
    """The reason is on stderr and nothing is changed."""
    desk = a_desk(incident)
    result = desk.run("approve", ID, *arguments)
    assert result.exit_code == 1
    assert result.stderr
    assert desk.ports.workflow.answers == {}


@pytest.mark.parametrize("command", ["show", "approve", "reject", "watch"])
def test_an_unknown_incident_is_bad_input(command: str) -> None:
    """One clear line on stderr with the way on, exit code 2."""
    result = a_desk().run(command, "nope")
    assert result.exit_code == 2
    assert result.stderr == "pathmend: there is no incident nope: `pathmend incidents` lists them\n"


def test_a_broken_load_balancer_is_diagnosed_and_nothing_is_changed() -> None:
    """Cause, proof and the plan that would be proposed are printed; the exit code says that something is wrong."""
    desk = FakeDesk(FakePorts(FakeWorld(fault_3(a_workshop()))))
    result = desk.run("diagnose", "--load-balancer", LOAD_BALANCER_ARN, env={"COLUMNS": "400"})
    assert result.exit_code == 1
    assert "acl-alb drops 49 % of the replies from 10.0.11.0/24 (ingress TCP 1024-32767)" in result.stdout
    assert "Set ingress rule 1100 of acl-alb to: allow TCP 1024-65535 from 10.0.11.0/24." in result.stdout
    assert "How it is undone" in result.stdout
    assert desk.ports.store.recent(9) == ()
    assert desk.ports.world.read(LOAD_BALANCER_ARN) == fault_3(a_workshop())


def test_a_healthy_load_balancer_is_said_to_be_healthy() -> None:
    """Nothing wrong is exit code 0."""
    desk = FakeDesk(FakePorts(FakeWorld(a_workshop())))
    result = desk.run("diagnose", "--load-balancer", LOAD_BALANCER_ARN)
    assert result.exit_code == 0
    assert "Nothing is wrong." in result.stdout


def test_a_diagnosis_for_machines_has_findings_and_plan() -> None:
    """The same keys as in `show --json`, without those of an incident's life."""
    desk = FakeDesk(FakePorts(FakeWorld(fault_3(a_workshop()))))
    result = desk.run("diagnose", "--load-balancer", LOAD_BALANCER_ARN, "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert found["findings"][0]["resource"] == "acl-alb"
    assert found["plan"]["changes"][0]["kind"] == "SetAclEntry"
    assert "journal" not in found


@pytest.mark.parametrize("arn", ["WebApp-ALB", "arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/net/x/1"])
def test_what_is_no_load_balancer_is_bad_input(arn: str) -> None:
    """A name or a network load balancer is refused before anything is read."""
    result = FakeDesk().run("diagnose", "--load-balancer", arn, env={"COLUMNS": "400"})
    assert result.exit_code == 2
    assert "is not the ARN of an application load balancer" in result.stderr


def test_a_load_balancer_that_is_gone_is_bad_input() -> None:
    """The message names it."""
    result = FakeDesk().run("diagnose", "--load-balancer", LOAD_BALANCER_ARN)
    assert result.exit_code == 2
    assert LOAD_BALANCER_ARN in result.stderr


@pytest.mark.parametrize(
    ("state", "code"), [(State.RESOLVED, 0), (State.RECOVERED_BY_ITSELF, 0), (State.FAILED, 1), (State.ROLLED_BACK, 1)]
)
def test_watch_follows_to_the_end_and_tells_it_by_its_exit_code(state: State, code: int) -> None:
    """Each line of the journal is printed once."""
    desk = a_desk()
    waiting = desk.ports.store.get(ID)
    assert waiting is not None
    verifying = replace(waiting, state=State.VERIFYING)
    desk.meanwhile = [verifying, replace(verifying, state=state, version=waiting.version + 1)]
    result = desk.run("watch", ID)
    assert result.exit_code == code
    assert result.stdout.count("opened by alarm WebApp-ELB-5XX") == 1
    assert desk.meanwhile == []


def test_settings_come_from_options_and_environment() -> None:
    """An option wins over its variable."""
    desk = FakeDesk()
    desk.run("incidents", env={"INCIDENTS_TABLE": "table-of-env", "RULES_PARAMETER": "/rules"})
    assert desk.options == cli.Options("table-of-env", "/rules")
    desk.run("--table", "t", "--region", "eu-west-1", "incidents", env={"INCIDENTS_TABLE": "table-of-env"})
    assert desk.options == cli.Options("t", "", "eu-west-1")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AccessDeniedError("the role lacks\nx:Y"), 3),
        (PathmendError("odd"), 3),
        (TemporaryError("busy"), 4),
        (ConflictError("conflict"), 4),
    ],
)
def test_our_errors_are_one_line_and_no_traceback(error: PathmendError, code: int) -> None:
    """The exit code says whether trying again can help."""

    def refuse(_options: cli.Options) -> cli.Desk:
        raise error

    result = CliRunner().invoke(cli.app, ["incidents"], obj=refuse)
    assert result.exit_code == code
    assert result.stderr == f"pathmend: {' '.join(str(error).split())}\n"


def test_a_missing_table_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    """The live desk needs no table until a command looks for incidents."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    result = CliRunner().invoke(cli.app, ["incidents"], env={"INCIDENTS_TABLE": ""})
    assert result.exit_code == 2
    assert result.stderr.startswith("pathmend: INCIDENTS_TABLE is not set")


def test_an_unknown_profile_is_said_plainly() -> None:
    """Botocore's own errors are translated."""
    result = CliRunner().invoke(cli.app, ["--profile", "no-such-profile", "incidents"])
    assert result.exit_code == 3
    assert "cannot open a session" in result.stderr


def test_the_help_documents_the_exit_codes(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """`pathmend --help` is where a script's author looks."""
    monkeypatch.setattr("sys.argv", ["pathmend", "--help"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
    assert "Exit codes: 0 done" in " ".join(capsys.readouterr().out.split())


def test_the_caller_is_who_sts_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """The live desk asks AWS for the identity behind the credentials."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        assert cli.connect(cli.Options()).caller().startswith("arn:aws:sts::123456789012:")
