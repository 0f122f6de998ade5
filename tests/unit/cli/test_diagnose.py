"""A diagnosis tells what the targets need and what becomes of it, in a folder as in an account."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from pathmend import cli
from pathmend.channels.looked_at import dependencies_section, dependency_record
from pathmend.cli.needs import needs_of
from pathmend.diagnosis.dependency import Observed
from pathmend.snapshot.load import load
from tests.builders import LOAD_BALANCER_ARN, a_workshop, fault_3, fault_4, fault_6
from tests.fakes import FakePorts, FakeWorld
from tests.unit.cli.access_worlds import READ_BY_ENDPOINT, ROLE, TABLE, a_role, save_access
from tests.unit.cli.test_incidents import FakeDesk

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

BALANCER = ("--load-balancer", LOAD_BALANCER_ARN)
TAG = "pathmend:depends-on"
NEED = f"dynamodb:GetItem on {TABLE}"
KEYS = {
    "instances", "words", "kind", "action", "resource", "scheme", "host", "port", "address", "service", "strength",
    "why", "observed", "way", "network", "access", "unknown",
}  # fmt: skip


def diagnose(folder: Path, *arguments: str) -> Result:
    """Diagnose in a folder, on a wide terminal."""
    command = ["diagnose", "--snapshot", str(folder), *BALANCER, *arguments]
    return CliRunner().invoke(cli.app, command, env={"COLUMNS": "400"})


def needs(result: Result) -> dict[str, Any]:
    """Return the first dependency of each need."""
    found: dict[str, Any] = {}
    for one in json.loads(result.stdout)["dependencies"]:
        assert set(one) == KEYS
        found.setdefault(one["words"], one)
    return found


def tagged(folder: Path, value: str) -> Path:
    """Declare needs by the tag of every instance in the folder."""
    path = folder / "Reservations.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    for instance in content["Reservations"][0]["Instances"]:
        instance["Tags"] = [{"Key": TAG, "Value": value}]
    path.write_text(json.dumps(content), encoding="utf-8")
    return folder


def test_a_healthy_folder_shows_what_it_looked_at(tmp_path: Path) -> None:
    """Nothing is wrong, status 0, and each need stands there with its way, once for all that fare alike."""
    result = diagnose(save_access(tmp_path))
    assert result.exit_code == 0
    assert "Nothing is wrong." in result.stdout
    line = f"{NEED}: by gateway endpoint vpce-dynamodb; the network open; IAM allowed, for i-app-a, i-app-b, i-app-c"
    assert result.stdout.count(line) == 1


def test_a_missing_association_is_found_in_a_folder(tmp_path: Path) -> None:
    """Fault 4: the endpoint, its tables and the statement; status 1."""
    result = diagnose(save_access(tmp_path, fault_4(a_workshop())))
    assert result.exit_code == 1
    assert "vpce-dynamodb is not associated with route tables rtb-app-a, rtb-app-b, rtb-app-c" in result.stdout
    assert f"{NEED}: by nat-b; the network open; IAM denied, for i-app-b" in result.stdout
    assert "statement ddbReadOnly of policy app-data allows it when aws:sourceVpce is vpce-dynamodb" in result.stdout


def test_a_diagnosis_for_machines_holds_needs_and_causes(tmp_path: Path) -> None:
    """What is not there is null or empty, never missing."""
    result = diagnose(save_access(tmp_path, fault_4(a_workshop())), "--json")
    found = json.loads(result.stdout)
    assert set(found) == {
        "subject", "findings", "ruled_out", "unknown", "dependencies_unknown", "plan", "decision", "api_calls",
        "dependencies",
    }  # fmt: skip
    assert found["findings"][0]["cause"]["kind"] == "EndpointWithoutTables"
    need = needs(result)[NEED]
    assert (need["kind"], need["action"], need["resource"], need["host"]) == ("aws", "dynamodb:GetItem", TABLE, None)
    assert (need["strength"], need["why"]["source"]) == ("named", "statement ddbReadOnly of app-data")
    assert (need["way"]["gateway"], need["network"]["verdict"]) == ("nat-a", "open")
    assert need["access"]["verdict"] == "denied"
    assert need["access"]["misses"][0]["key"] == "aws:sourcevpce"


def test_declared_hosts_and_host_services_are_needs(tmp_path: Path) -> None:
    """A host by its address, one whose address is not known, and the instance's own services."""
    folder = tagged(save_access(tmp_path, fault_6(a_workshop())), "http://1.1.1.1 tcp://db.example:5432 imds dns")
    result = diagnose(folder, "--json")
    found = needs(result)
    host = found["http://1.1.1.1:80"]
    assert (host["kind"], host["scheme"], host["host"], host["port"], host["address"]) == (
        "host", "http", "1.1.1.1", 80, "1.1.1.1",
    )  # fmt: skip
    assert (host["strength"], host["way"], host["access"]) == ("declared", None, None)
    assert [one["id"] for one in host["network"]["blockers"]] == ["acl-app"]
    named = found["tcp://db.example:5432"]
    assert named["network"] is None
    assert "which address db.example has" in named["unknown"][0]
    assert (found["metadata"]["kind"], found["metadata"]["service"]) == ("own_host", "metadata")
    text = diagnose(folder).stdout
    # An address is shown so that no mail program makes a link of it.
    assert "http:/ /1.1.1.1:80: the network blocked (SUBNET_ACL_RESTRICTION at acl-app), for i-app-a" in text


def test_what_nobody_can_know_of_a_call_is_said(tmp_path: Path) -> None:
    """Without a role that was read, and with a policy that cannot be understood, IAM has no verdict."""
    without = tagged(save_access(tmp_path / "1", InstanceProfiles=[]), TABLE)
    assert needs(diagnose(without, "--json"))[NEED]["unknown"] == ["who asks: no role was read"]
    broken = {**READ_BY_ENDPOINT, "Condition": {"StringEqual": {"aws:sourceVpce": "x"}}}
    malformed = save_access(tmp_path / "2", RoleDetailList=[a_role(ROLE, broken)])
    found = needs(diagnose(tagged(malformed, TABLE), "--json"))[NEED]
    assert found["access"] is None
    assert "app-data" in found["unknown"][0]


def test_the_detail_says_what_is_not_known(tmp_path: Path) -> None:
    """A condition on the single request, and a way that was not read."""
    limited = {**READ_BY_ENDPOINT, "Condition": {"StringEquals": {"dynamodb:Attributes": "name"}}}
    folder = save_access(tmp_path, RoleDetailList=[a_role(ROLE, limited)])
    (folder / "NetworkAcls.json").unlink()
    text = diagnose(folder).stdout
    assert f"{NEED}: by gateway endpoint vpce-dynamodb; the network unknown; IAM unknown" in text
    assert "dynamodb:attributes: " in text.lower()


def test_a_load_balancer_that_is_not_in_the_folder_is_bad_input(tmp_path: Path) -> None:
    """What was not read is named."""
    folder = save_access(tmp_path)
    (folder / "LoadBalancers.json").unlink()
    result = diagnose(folder)
    assert result.exit_code == 2
    assert "there is no load balancer arn:aws:elasticloadbalancing" in result.stderr
    assert "LoadBalancers not given" in result.stderr


@pytest.mark.parametrize("faulty", [False, True])
def test_the_account_and_a_folder_of_it_say_the_same(tmp_path: Path, *, faulty: bool) -> None:
    """Findings, plan and needs; only what it cost differs."""
    folder = save_access(tmp_path, fault_3(a_workshop()) if faulty else None)
    live = FakeDesk(FakePorts(FakeWorld(load(folder)))).run("diagnose", *BALANCER, "--json")
    saved = diagnose(folder, "--json")
    assert live.exit_code == saved.exit_code == int(faulty)
    assert {**json.loads(live.stdout), "api_calls": 0} == json.loads(saved.stdout)


def test_what_becomes_of_one_need_stands_together(tmp_path: Path) -> None:
    """By three gateways, one after the other, and then the next need."""
    text = diagnose(save_access(tmp_path, fault_4(a_workshop()))).stdout.split("What the targets need")[1]
    said = [line.split(":", 1)[0].strip() for line in text.splitlines() if line.startswith("  ") and line[2] != " "]
    assert said == ["dynamodb", "dynamodb", "dynamodb", "s3"]


def test_observed_failures_are_told(tmp_path: Path) -> None:
    """How many calls failed, and after how long: fast is an authorization, slow a time-out."""
    [first, *_] = needs_of(load(save_access(tmp_path)), LOAD_BALANCER_ARN)
    for seconds, words in ((5.009, "12 of 40 calls failed after 5.009 s"), (None, "12 of 40 calls failed,")):
        seen = Observed("xray:GetServiceGraph", 40, 12, seconds)
        one = replace(first, dependency=replace(first.dependency, observed=seen))
        assert words in dependencies_section([one]).lines[0].text
        assert dependency_record(one)["observed"] == {
            "source": "xray:GetServiceGraph", "calls": 40, "failures": 12, "failed_seconds": seconds,
        }  # fmt: skip


def test_many_targets_share_a_line(tmp_path: Path) -> None:
    """Three are named, the rest counted."""
    [first, *_] = needs_of(load(save_access(tmp_path)), LOAD_BALANCER_ARN)
    crowd = replace(first, instances=tuple(f"i-{number}" for number in range(1003)))
    assert dependencies_section([crowd]).lines[0].text.endswith(", for i-0, i-1, i-2 and 1,000 more")
