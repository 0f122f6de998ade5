"""Access says what policies decide on a request by the way that it takes; what it cannot know is not allowed."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from typer.testing import CliRunner

from pathmend import cli
from pathmend.aws.snapshots import AwsSnapshots
from pathmend.snapshot.load import load
from tests.builders import a_workshop, allow_tcp, fault_4, with_entry
from tests.fakes import FakePorts
from tests.unit.cli.access_worlds import (
    BUCKET,
    EVERYTHING,
    OBJECT,
    OTHER_ROLE,
    READ_BY_ENDPOINT,
    ROLE,
    TABLE,
    USER,
    a_role,
    save_access,
)

if TYPE_CHECKING:
    from typer.testing import Result

    from pathmend.snapshot.world import Snapshot

GOLDEN = Path(__file__).parent / "golden"
SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "access.schema.json").read_text(encoding="utf-8"))
ITEM = ("--principal", ROLE, "--action", "dynamodb:GetItem", "--resource", TABLE)
PICTURE = ("--action", "s3:GetObject", "--resource", OBJECT)
FROM = ("--from", "i-app-a")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of the healthy world."""
    return save_access(tmp_path / "world")


def ask(folder: Path, *arguments: str) -> Result:
    """Ask in a folder."""
    return CliRunner().invoke(cli.app, ["access", "--snapshot", str(folder), *arguments])


def found(result: Result) -> Any:
    """Return the JSON answer, which fits its schema."""
    answer = json.loads(result.stdout)
    jsonschema.Draft202012Validator(SCHEMA).validate(answer)
    return answer


def test_the_way_of_the_request_gives_its_context(folder: Path) -> None:
    """By the gateway endpoint the request carries it, so the role's condition holds; status 0."""
    answer = found(result := ask(folder, *ITEM, *FROM, "--json"))
    assert (answer["verdict"], result.exit_code) == ("allowed", 0)
    assert answer["way"]["endpoint"] == "vpce-dynamodb"
    assert answer["context"]["aws:sourcevpce"] == ["vpce-dynamodb"]
    assert "aws:sourceip" not in answer["context"]
    assert answer["context"]["aws:principaltag/team"] == ["web"]
    assert [(one["kind"], one["effect"]) for one in answer["deciding"]] == [
        ("identity policy", "Allow"),
        ("resource policy", "implicit"),
        ("endpoint policy", "Allow"),
        ("service control policy", "Allow"),
    ]


def test_a_request_past_the_endpoint_lacks_its_key(tmp_path: Path) -> None:
    """Fault 4: the request leaves by NAT, and the nearest miss names statement and key; status 1."""
    answer = found(result := ask(save_access(tmp_path, fault_4(a_workshop())), *ITEM, *FROM, "--json"))
    assert (answer["verdict"], result.exit_code) == ("denied", 1)
    assert (answer["way"]["gateway"], answer["way"]["source_ip"]) == ("nat-a", "203.0.113.30")
    assert "aws:sourcevpce" not in answer["context"]
    [miss] = answer["misses"]
    assert (miss["statement"], miss["key"], miss["wanted"], miss["found"]) == (
        "ddbReadOnly", "aws:sourcevpce", ["vpce-dynamodb"], None,
    )  # fmt: skip


@pytest.mark.parametrize(("name", "more"), [("access_fault_4.txt", ()), ("access_fault_4.json", ("--json",))])
def test_the_answer_to_fault_4_reads_as_reviewed(tmp_path: Path, name: str, more: tuple[str, ...]) -> None:
    """The whole answer, as a reader approved it."""
    result = ask(save_access(tmp_path, fault_4(a_workshop())), *ITEM, *FROM, *more)
    assert result.stdout == (GOLDEN / name).read_text(encoding="utf-8")


def test_an_endpoints_policy_takes_part_where_the_request_passes_it(tmp_path: Path) -> None:
    """Fault 5: only the endpoint's policy refuses; the object that it does name is said."""
    other = {**EVERYTHING, "Sid": "objects", "Action": "s3:GetObject", "Resource": f"{BUCKET}/blue.png"}
    folder = save_access(tmp_path, policy=other)
    context = ("--context", "aws:ResourceAccount=123456789012")
    result = ask(folder, "--principal", "WebApp-Role", *PICTURE, *FROM, *context)
    assert result.exit_code == 1
    assert "- endpoint policy: no statement of the endpoint policy allows s3:GetObject" in result.stdout
    assert f"statement objects of the endpoint policy of vpce-s3 allows it on {BUCKET}/blue.png" in result.stdout
    assert "+ identity policy: statement pictures of policy app-data allows it" in result.stdout


def test_without_a_way_its_keys_are_unknown(folder: Path) -> None:
    """A condition on the way is neither met nor missed; what to give is said; status 2."""
    result = ask(folder, *ITEM)
    assert result.exit_code == 2
    assert result.stdout.startswith("UNKNOWN")
    assert "aws:sourceVpce: which way the request takes is not known: give --from" in result.stdout
    assert "asked of no way: the policies of VPC endpoints took no part" in result.stdout


@pytest.mark.parametrize(
    ("given", "verdict", "open_keys"),
    [
        (("aws:SourceVpce=vpce-dynamodb",), "allowed", {"aws:vpcsourceip"}),
        (("AWS:sourcevpce=vpce-dynamodb", "aws:SourceVpc=vpc-x"), "allowed", {"aws:vpcsourceip"}),
        (("aws:SourceVpce=",), "denied", {"aws:sourceip"}),
        (("aws:SourceVpce=", "aws:SourceIp=203.0.113.9"), "denied", set()),
        (("aws:SourceVpce=vpce-other", "dynamodb:LeadingKeys=a", "dynamodb:LeadingKeys=b"), "denied", None),
    ],
)
def test_the_user_may_say_what_the_request_carries(
    folder: Path, given: tuple[str, ...], verdict: str, open_keys: set[str] | None
) -> None:
    """A key's case does not count; one without a value is absent; a policy of the endpoint that is named takes part."""
    answer = found(ask(folder, *ITEM, "--json", *(part for one in given for part in ("--context", one))))
    assert answer["verdict"] == verdict
    assert answer["notes"] == []
    if open_keys is not None:
        assert set(answer["context_unknown"]) == open_keys
    kinds = [one["kind"] for one in answer["deciding"]]
    assert ("endpoint policy" in kinds) == (not given[0].endswith("="))


def test_what_is_given_goes_before_what_is_not_known(tmp_path: Path) -> None:
    """A condition on a key of the single request is unknown with --from, until the user says it."""
    limited = {**READ_BY_ENDPOINT, "Condition": {"StringEquals": {"dynamodb:Attributes": "name"}}}
    folder = save_access(tmp_path, RoleDetailList=[a_role(ROLE, limited)])
    assert found(ask(folder, *ITEM, *FROM, "--json"))["verdict"] == "unknown"
    said = found(ask(folder, *ITEM, *FROM, "--json", "--context", "dynamodb:Attributes=name"))
    assert (said["verdict"], said["context_unknown"]) == ("allowed", {})


def test_the_network_on_the_way_is_told_beside_the_verdict(tmp_path: Path) -> None:
    """Policies allow what the network stops: both are said."""
    world = with_entry(a_workshop(), "acl-app", allow_tcp(90, "52.94.0.0/22", (443, 443), egress=True, action="deny"))
    folder = save_access(tmp_path, world)
    result = ask(folder, *ITEM, *FROM)
    assert result.exit_code == 0
    assert "the network on this way: blocked; SUBNET_ACL_RESTRICTION at acl-app" in result.stdout
    answer = found(ask(folder, *ITEM, *FROM, "--json"))
    assert answer["way"]["network"]["verdict"] == "blocked"
    assert answer["way"]["network"]["blockers"][0]["id"] == "acl-app"


@pytest.mark.parametrize(
    ("profile", "principal", "note"),
    [
        (None, ROLE, "i-app-a has no instance profile: asked as if it had one with"),
        ("arn:aws:iam::123456789012:instance-profile/WebApp", OTHER_ROLE, f"i-app-a has the role {ROLE}: asked as if"),
    ],
)
def test_a_role_that_the_instance_does_not_have_is_noted(
    tmp_path: Path, profile: str | None, principal: str, note: str
) -> None:
    """The question is hypothetical then, and says so."""
    answer = found(ask(save_access(tmp_path, profile=profile), "--principal", principal, *PICTURE, *FROM, "--json"))
    assert answer["notes"][0].startswith(note)


@pytest.mark.parametrize(
    ("word", "principal", "session"),
    [
        ("Other", OTHER_ROLE, None),
        ("alice", USER, None),
        ("arn:aws:sts::123456789012:assumed-role/Other/me", OTHER_ROLE, "me"),
        ("arn:aws:sts::123456789012:assumed-role/Gone/me", "arn:aws:iam::123456789012:role/Gone", "me"),
        ("arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:root", None),
    ],
)
def test_who_asks_may_be_named_in_many_ways(folder: Path, word: str, principal: str, session: str | None) -> None:
    """By name, by ARN, and by the ARN of a role's session, whose role may have a path."""
    answer = found(ask(folder, "--principal", word, *PICTURE, "--json"))
    assert (answer["principal"], answer["session"]) == (principal, session)


@pytest.mark.parametrize(
    ("word", "user_id"),
    [("alice", "AIDAEXAMPLE"), ("arn:aws:sts::123456789012:assumed-role/Other/me", "AROAEXAMPLE:me"), ("Other", None)],
)
def test_an_id_is_known_of_users_and_of_sessions(folder: Path, word: str, user_id: str | None) -> None:
    """aws:userid needs the session's name."""
    context = found(ask(folder, "--principal", word, *PICTURE, "--json"))["context"]
    assert context.get("aws:userid") == ([user_id] if user_id else None)
    assert context["aws:principalorgid"] == ["o-example"]


def test_what_was_not_read_is_unknown_by_name(tmp_path: Path) -> None:
    """A role whose policies are not there is neither allowed nor denied."""
    folder = save_access(tmp_path, RoleDetailList=None)
    (folder / "unread.json").write_text(json.dumps({"Unread": {"RoleDetailList": "the role lacks iam:GetRole"}}))
    result = ask(folder, *ITEM, *FROM)
    assert result.exit_code == 2
    assert "What could not be told" in result.stdout
    assert "RoleDetailList: the role lacks iam:GetRole" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((*ITEM[:2], "--action", "dynamodb:Get*", *ITEM[4:]), "is not one action"),
        ((*ITEM[:4], "--resource", "items"), "is not the ARN of one resource"),
        ((*ITEM[:4], "--resource", f"{TABLE}*"), "is not the ARN of one resource"),
        ((*ITEM[:4], "--resource", "*", *FROM), "--from needs the ARN of a resource"),
        (("--principal", " ", *ITEM[2:]), "give --principal"),
        ((*ITEM, "--from", "eni-app-a"), "is not the id of an instance"),
        ((*ITEM, "--context", "team=web"), "is not KEY=VALUE"),
        ((*ITEM, "--context", "aws:SourceVpce"), "is not KEY=VALUE"),
        ((*ITEM, *FROM, "--context", "aws:SourceVpce=vpce-1"), "aws:sourcevpce follows from the way of --from"),
        (("--principal", USER, *ITEM[2:], *FROM), "--from is the way of an instance's role"),
        (("--principal", "nobody", *ITEM[2:]), "no role or user named nobody was read: give its ARN"),
        ((*ITEM, "--from", "i-gone"), "there is no instance i-gone with a network interface in what was read"),
        ((*ITEM, "--live"), "give either --snapshot FOLDER or --live"),
    ],
)
def test_bad_input_ends_with_two_and_a_sentence(folder: Path, arguments: tuple[str, ...], message: str) -> None:
    """What to give instead is said on stderr, and stdout stays empty."""
    result = ask(folder, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in " ".join(result.stderr.replace("│", " ").split())


def test_a_name_of_several_is_refused(tmp_path: Path) -> None:
    """Paths and accounts differ, names need not."""
    twin = a_role(OTHER_ROLE.replace("ops", "dev"))
    result = ask(save_access(tmp_path, RoleDetailList=[a_role(OTHER_ROLE), twin]), "--principal", "Other", *PICTURE)
    assert result.exit_code == 2
    assert "Other is the name of several" in result.stderr


def test_a_malformed_policy_is_named(tmp_path: Path) -> None:
    """The policy, the statement and what is wrong in it; status 2."""
    broken = {**READ_BY_ENDPOINT, "Condition": {"StringEqual": {"aws:sourceVpce": "vpce-1"}}}
    result = ask(save_access(tmp_path, RoleDetailList=[a_role(ROLE, broken)]), *ITEM)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "app-data" in result.stderr
    assert "ddbReadOnly" in result.stderr


def test_an_instance_in_a_zone_that_was_not_read_has_no_region(tmp_path: Path) -> None:
    """Endpoints are of a Region, so the way is not guessed."""
    folder = save_access(tmp_path)
    (folder / "Subnets.json").unlink()
    result = ask(folder, *ITEM, *FROM)
    assert result.exit_code == 2
    assert "the zone of subnet subnet-app-a was not read" in result.stderr


def test_hostile_names_are_inert(tmp_path: Path) -> None:
    """A Sid or a tag reaches the terminal without escape sequences and without forged lines."""
    hostile = "\x1b]0;owned\x07\x1b[2J[red]x[/red]\nALLOWED  everything"
    statement = {**READ_BY_ENDPOINT, "Sid": hostile}
    folder = save_access(tmp_path, RoleDetailList=[a_role(ROLE, statement, Tags=[{"Key": "k", "Value": hostile}])])
    for more in ((), ("--json",)):
        stdout = ask(folder, *ITEM, *FROM, *more).stdout
        assert not set(stdout) & set("\x1b\x07")
        assert "\nALLOWED  everything" not in stdout
    assert "[red]x[/red]" in ask(folder, *ITEM, *FROM).stdout


@dataclass
class FakeSnapshots(AwsSnapshots):
    """Answers from a folder, and remembers what was asked for."""

    folder: Path
    asked: tuple[str, str, str | None] | None = None

    def access(self, principal: str, resource: str, instance_id: str | None) -> Any:
        """Return what the folder holds as what was read."""
        self.asked = (principal, resource, instance_id)
        return self

    def world(self) -> Snapshot:
        """Return the world in the folder."""
        return replace(load(self.folder))


@pytest.mark.parametrize(
    ("word", "read"),
    [(ROLE, ROLE), ("arn:aws:sts::123456789012:assumed-role/WebApp-Role/me", ROLE)],
)
def test_the_live_account_is_asked_for_what_matters(folder: Path, word: str, read: str) -> None:
    """The principal, of a session its role, the resource and the instance are what is read."""
    snapshots = FakeSnapshots(folder)
    desk = cli.Desk(FakePorts(), lambda: USER, snapshots)
    command = ["access", "--live", "--principal", word, *ITEM[2:], *FROM, "--json"]
    result = CliRunner().invoke(cli.app, command, obj=lambda _: desk)
    assert found(result)["verdict"] == "allowed"
    assert snapshots.asked == (read, TABLE, "i-app-a")


@pytest.mark.parametrize("word", ["Other", "arn:aws:iam::123456789012:root"])
def test_the_live_account_needs_an_arn(folder: Path, word: str) -> None:
    """A name alone says no account, and a root user has no policies to read."""
    desk = cli.Desk(FakePorts(), lambda: USER, FakeSnapshots(folder))
    result = CliRunner().invoke(cli.app, ["access", "--live", "--principal", word, *PICTURE], obj=lambda _: desk)
    assert result.exit_code == 2
    assert "--live needs one" in " ".join(result.stderr.replace("│", " ").split())
