"""A trace by way of a network firewall is answered from the files that AWS's CLI prints about it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from pathmend import cli
from tests.unit.cli.conftest import found
from tests.unit.cli.saving import save
from tests.unit.network.walls import walled_workshop
from tests.unit.snapshot.firewall_answers import (
    DESCRIBE_FIREWALL,
    POLICY,
    TEXT,
    describe_group,
)

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

RULE = 'drop http any any -> any any (http.host; content:"evil.example"; startswith; endswith; sid:7;)'
ASKED = ("--from", "i-app-a", "--to", "198.51.100.7", "--port", "80")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Save the workshop behind a firewall: its own answers are one file each, as the CLI prints them."""
    world = replace(walled_workshop(), firewalls={}, firewall_policies={}, rule_groups={})
    save(world, tmp_path)
    endpoint = {
        "VpcEndpointId": "vpce-fw",
        "VpcId": "vpc-workshop",
        "VpcEndpointType": "GatewayLoadBalancer",
        "SubnetIds": ["subnet-fw"],
        "State": "available",
    }
    wall: dict[str, Any] = json.loads(json.dumps(DESCRIBE_FIREWALL).replace("vpce-9", "vpce-fw"))
    policy = {
        "FirewallPolicyResponse": {"FirewallPolicyArn": POLICY, "FirewallPolicyName": "rules"},
        "FirewallPolicy": {
            "StatelessDefaultActions": ["aws:forward_to_sfe"],
            "StatefulRuleGroupReferences": [{"ResourceArn": TEXT}],
        },
    }
    nat = {
        "NatGatewayId": "nat-a",
        "VpcId": "vpc-workshop",
        "SubnetId": "subnet-shared-a",
        "State": "available",
        "NatGatewayAddresses": [{"PublicIp": "203.0.113.30", "PrivateIp": "10.0.21.10"}],
    }
    answers = ({"VpcEndpoints": [endpoint]}, {"NatGateways": [nat]}, wall, policy)
    for index, answer in enumerate((*answers, describe_group(TEXT, {"RulesString": RULE}))):
        (tmp_path / f"more-{index}.json").write_text(json.dumps(answer), encoding="utf-8")
    return tmp_path


def _run(folder: Path, *more: str) -> Result:
    return CliRunner().invoke(cli.app, ["trace", "--snapshot", str(folder), *ASKED, *more], env={"COLUMNS": "400"})


def test_the_rule_that_drops_a_host_is_named(folder: Path) -> None:
    """To machines by its group and text, to people in words."""
    answer = found(_run(folder, "--url", "http://Evil.example:80/path", "--json"))
    assert answer["application"] == {"protocol": "http", "host": "evil.example"}
    assert (answer["verdict"], answer["unknown"]) == ("blocked", [])
    [blocker] = answer["blockers"]
    assert (blocker["code"], blocker["kind"], blocker["id"], blocker["rule"], blocker["leg"]) == (
        *("FIREWALL_RULES_RESTRICTION", "firewall-rule-group", TEXT, f"sid 7: {RULE}", "forward"),
    )
    told = _run(folder, "--url", "http://evil.example")
    assert told.exit_code == 1
    assert "http for evil.example" in told.stdout
    assert "the network firewall drops the request to 198.51.100.7: sid 7" in told.stdout
    assert "if nobody means that to be dropped" in told.stdout


def test_other_hosts_and_protocols_pass(folder: Path) -> None:
    """So does the connection itself, with a note."""
    for url in ("http://good.example", "https://evil.example"):
        assert _run(folder, "--url", url).exit_code == 0
    plain = found(_run(folder, "--json"))
    assert (plain["verdict"], plain["application"]) == ("open", None)
    assert [odd["id"] for odd in plain["latent"] if odd["code"] == "FIREWALL_RULES_RESTRICTION"] == [TEXT]


@pytest.mark.parametrize("url", ["evil.example", "ftp://evil.example", "http://", "http://[::1", ""])
def test_what_is_no_url_is_bad_input(folder: Path, url: str) -> None:
    """With its cure."""
    result = _run(folder, "--url", url)
    assert (result.exit_code, "give http://HOST or https://HOST" in result.stderr) == (2, True)
