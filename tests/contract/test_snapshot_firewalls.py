"""The firewalls of a VPC are read with the policies they follow and the rule groups of these, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from pathmend.aws.snapshots import AwsSnapshots
from pathmend.snapshot.firewall import SuricataText
from tests.unit.snapshot.firewall_answers import (
    DESCRIBE_FIREWALL,
    DESCRIBE_POLICY,
    FIREWALL,
    LIST,
    MANAGED,
    POLICY,
    STATELESS,
    TEXT,
    describe_group,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pathmend.aws.clients import Clients

NO_PUBLIC_ACCESS = ("DescribeVpcBlockPublicAccessOptions", "DescribeVpcBlockPublicAccessExclusions")
GROUPS = {
    TEXT: describe_group(TEXT, {"RulesString": "# none"}),
    LIST: describe_group(
        LIST, {"RulesSourceList": {"Targets": ["a"], "TargetTypes": ["HTTP_HOST"], "GeneratedRulesType": "DENYLIST"}}
    ),
    STATELESS: describe_group(STATELESS, {"StatelessRulesAndCustomActions": {"StatelessRules": []}}),
}


def _asked(params: Any) -> dict[str, Any]:
    asked: dict[str, Any] = json.loads(params["body"])
    return asked


@pytest.fixture
def vpc_id(clients: Clients) -> str:
    """Make a VPC in moto, which does not know what else is asked of it here."""
    for operation in NO_PUBLIC_ACCESS:
        clients.named("ec2").meta.events.register(f"before-call.ec2.{operation}", _no_answer)
    return str(clients.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])


def _no_answer(**_: object) -> None:
    raise ResponseParserError("<!doctype html>")


@pytest.fixture
def answer(clients: Clients) -> Callable[[str, Callable[[dict[str, Any]], Any]], None]:
    """Return a function that lays down what an operation of Network Firewall answers."""

    def install(operation: str, say: Callable[[dict[str, Any]], Any]) -> None:
        def answered(params: Any, **_: object) -> tuple[AWSResponse, Any]:
            return AWSResponse("", 200, HTTPHeaders(), None), say(_asked(params))

        clients.named("network-firewall").meta.events.register(f"before-call.network-firewall.{operation}", answered)

    return install


@pytest.fixture
def wall(answer: Callable[[str, Callable[[dict[str, Any]], Any]], None]) -> None:
    """Lay down a firewall with its policy and groups."""
    pages = {None: {"Firewalls": [], "NextToken": "2"}, "2": {"Firewalls": [{"FirewallArn": FIREWALL}]}}
    answer("ListFirewalls", lambda asked: pages[asked.get("NextToken")])
    answer("DescribeFirewall", lambda asked: DESCRIBE_FIREWALL if asked["FirewallArn"] == FIREWALL else None)
    answer("DescribeFirewallPolicy", lambda asked: DESCRIBE_POLICY if asked["FirewallPolicyArn"] == POLICY else None)
    answer("DescribeRuleGroup", lambda asked: GROUPS[asked["RuleGroupArn"]])


@pytest.mark.usefixtures("wall")
def test_a_firewall_is_read_with_all_that_decides_for_it(clients: Clients, vpc_id: str) -> None:
    """All pages; not the groups of AWS itself, whose rules it does not disclose."""
    reading = AwsSnapshots(clients).read([vpc_id])
    assert not {"Firewalls", "FirewallPolicies", "RuleGroups"} & {*reading.unread, *reading.not_offered}
    world = reading.world()
    assert (set(world.firewalls), set(world.firewall_policies)) == ({FIREWALL}, {POLICY})
    assert set(world.rule_groups) == {TEXT, LIST, STATELESS}
    assert world.rule_groups[TEXT].source == SuricataText("# none")
    assert MANAGED in {one.arn for one in world.firewall_policies[POLICY].stateful_groups}


def test_without_a_firewall_there_are_no_policies_and_groups(clients: Clients, vpc_id: str) -> None:
    """Known to be none: not unread."""
    reading = AwsSnapshots(clients).read([vpc_id])
    assert [reading.answers[key] for key in ("Firewalls", "FirewallPolicies", "RuleGroups")] == [[], [], []]


@pytest.mark.usefixtures("wall")
@pytest.mark.parametrize(
    ("operation", "lost"),
    [
        ("DescribeRuleGroup", {"RuleGroups"}),
        ("DescribeFirewallPolicy", {"FirewallPolicies", "RuleGroups"}),
        ("ListFirewalls", {"Firewalls", "FirewallPolicies", "RuleGroups"}),
    ],
)
def test_what_is_denied_is_unread_with_what_hangs_on_it(
    clients: Clients, vpc_id: str, operation: str, lost: set[str]
) -> None:
    """And the reason names the call."""

    def refuse(**_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, operation)

    events = clients.named("network-firewall").meta.events
    events.register_first(f"before-call.network-firewall.{operation}", refuse)
    reading = AwsSnapshots(clients).read([vpc_id])
    assert {key for key in reading.unread if key in ("Firewalls", "FirewallPolicies", "RuleGroups")} == lost
    assert all(operation in reading.unread[key] for key in lost)


def test_where_the_service_is_not_offered_nothing_of_it_is_read_or_unread(clients: Clients, vpc_id: str) -> None:
    """As an emulator answers that does not know it."""
    clients.named("network-firewall").meta.events.register("before-call.network-firewall.ListFirewalls", _no_answer)
    reading = AwsSnapshots(clients).read([vpc_id])
    assert not {"Firewalls", "FirewallPolicies", "RuleGroups"} & {*reading.answers, *reading.unread}
