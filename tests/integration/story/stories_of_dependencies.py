"""Stories of what the targets depend on: the workshop's faults 4 to 8, repaired and undone, and their decoys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab import faults_of_dependencies, world_data, world_peer
from tests.integration.story.acts import approved, audit, audited, closes, mends_the_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.story.stage import Stage


def fault_4_is_approved_and_the_table_is_read_again(stage: Stage) -> None:
    """The endpoint gets its three route tables back; the role's condition stays as it was."""
    before = _role(stage)
    mends_the_page(stage, "4", {"DynamoDB"})
    assert sorted(_endpoint(stage, "dynamodb")["RouteTableIds"]) == _tables(stage)
    assert _role(stage) == before


def fault_5_is_approved_and_the_object_is_read_again(stage: Stage) -> None:
    """The one ARN is added to the endpoint's policy, and nothing else."""
    mends_the_page(stage, "5", {"S3"})
    policy = _endpoint(stage, "s3")["PolicyDocument"]
    assert world_data.object_arn(world_data.CHECKMARK) in policy
    assert "/*" not in policy


def fault_6_is_approved_and_the_host_answers_again(stage: Stage) -> None:
    """The deny goes, by a person's leave."""
    mends_the_page(stage, "6", {"External"})
    assert faults_of_dependencies.DENIED.number not in _egress_numbers(stage)


def fault_7_is_approved_and_the_peer_answers_again(stage: Stage) -> None:
    """The three tables get the route by the transit gateway."""
    mends_the_page(stage, "7", {"Peer", "Web API"})
    assert _peer_routes(stage) == [stage.workshop.ids["transit_gateway"]] * 3


def fault_8_is_approved_and_the_web_api_answers_again(stage: Stage) -> None:
    """The rule lets the host pass; the other rule stays."""
    mends_the_page(stage, "8", {"Web API"})
    assert "games.example.com" in _rules(stage)


def fault_4_is_undone(stage: Stage) -> None:
    """The endpoint loses the tables again."""
    _undone(stage, "4", {"DynamoDB"})
    assert _endpoint(stage, "dynamodb")["RouteTableIds"] == []


def fault_5_is_undone(stage: Stage) -> None:
    """The endpoint's policy is the one it was."""
    _undone(stage, "5", {"S3"})
    assert world_data.object_arn(world_data.CHECKMARK) not in _endpoint(stage, "s3")["PolicyDocument"]


def fault_7_is_undone(stage: Stage) -> None:
    """The routes go."""
    _undone(stage, "7", {"Peer", "Web API"})
    assert _peer_routes(stage) == []


def fault_8_is_undone(stage: Stage) -> None:
    """The rules are the ones they were."""
    _undone(stage, "8", {"Web API"})
    assert _rules(stage) == world_peer.RULES + faults_of_dependencies.HELD_BACK


def decoys_are_left_alone(stage: Stage) -> None:
    """A bucket that nobody may read, a deny that nobody meets, an endpoint without tables: nothing to repair."""
    stage.workshop.break_("decoy")
    incident = audit(stage, "report")
    assert stage.step("close_incident", incident, outcome="reported", reason="the story ends") == {"state": "reported"}
    assert "nothing to repair" in stage.mails()[-1]


def all_that_the_page_needs_is_repaired_round_after_round(stage: Stage) -> None:
    """Five faults at once: each approval is about one thing, until the page passes."""
    for fault in "45678":
        stage.workshop.break_(fault)
    for _ in range(len("45678")):
        _rounds(stage, audit(stage))
        if not stage.workshop.failing_tests():
            return
    raise AssertionError(stage.workshop.failing_tests())


def _rounds(stage: Stage, incident: str) -> None:
    for number in range(6):
        approved(stage, incident, f"the-token-of-round-{number}")
        stage.workshop.settle()
        verdict = stage.step("verify_recovery", incident)
        if verdict["status"] == "waiting":
            stage.pass_time(hours=1)
            verdict = stage.step("verify_recovery", incident)
        if verdict["status"] == "recovered":
            closes(stage, incident, "resolved")
            return
        assert verdict["status"] == "another_round", verdict


def _undone(stage: Stage, fault: str, broken: set[str]) -> None:
    """Repair, and take it back as if it had not helped."""
    incident = audited(stage, fault)
    approved(stage, incident)
    undone = stage.step("roll_back", incident, reason="the story wants it so")
    assert undone["outcome"] == "rolled_back", undone
    closes(stage, incident, "rolled_back")
    assert stage.workshop.failing_tests() == broken


def _endpoint(stage: Stage, service: str) -> dict[str, Any]:
    name = stage.workshop.ids["endpoints"][service]
    found: dict[str, Any] = stage.client("ec2").describe_vpc_endpoints(VpcEndpointIds=[name])["VpcEndpoints"][0]
    return found


def _tables(stage: Stage) -> list[str]:
    return sorted(stage.workshop.ids["route_tables"][f"WebApp-App1-{zone}-RTB"] for zone in "abc")


def _role(stage: Stage) -> list[Any]:
    iam, name = stage.client("iam"), "WebApp-InstanceRole"
    policies = iam.list_role_policies(RoleName=name)["PolicyNames"]
    return [iam.get_role_policy(RoleName=name, PolicyName=one)["PolicyDocument"] for one in policies]


def _egress_numbers(stage: Stage) -> set[int]:
    named = [{"Name": "tag:Name", "Values": ["WebApp-App-NACL"]}]
    (acl,) = stage.client("ec2").describe_network_acls(Filters=named)["NetworkAcls"]
    return {one["RuleNumber"] for one in acl["Entries"] if one["Egress"]}


def _peer_routes(stage: Stage) -> list[str]:
    tables = stage.client("ec2").describe_route_tables(RouteTableIds=_tables(stage))["RouteTables"]
    routes = [route for table in tables for route in table["Routes"]]
    return [one["TransitGatewayId"] for one in routes if one.get("DestinationCidrBlock") == world_peer.SERVICES]


def _rules(stage: Stage) -> str:
    told = stage.client("network-firewall").describe_rule_group(RuleGroupArn=stage.workshop.ids["rule_group_arn"])
    return str(told["RuleGroup"]["RulesSource"]["RulesString"])


STORIES: dict[str, Callable[[Stage], None]] = {
    story.__name__: story
    for story in (
        fault_4_is_approved_and_the_table_is_read_again,
        fault_5_is_approved_and_the_object_is_read_again,
        fault_6_is_approved_and_the_host_answers_again,
        fault_7_is_approved_and_the_peer_answers_again,
        fault_8_is_approved_and_the_web_api_answers_again,
        fault_4_is_undone,
        fault_5_is_undone,
        fault_7_is_undone,
        fault_8_is_undone,
        decoys_are_left_alone,
        all_that_the_page_needs_is_repaired_round_after_round,
    )
}
