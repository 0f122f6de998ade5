"""Policies of resources and organizations, and X-Ray's calls, from saved answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pathmend.errors import InvalidSnapshotError
from pathmend.snapshot.identity import Organization, Policy, ResourcePolicy, ServiceCall
from pathmend.snapshot.parse import parse
from tests.unit.snapshot.identity_answers import ACCOUNT, BUCKET, OPEN, TABLE, a_graph


def test_a_resource_has_a_policy_or_none_or_an_unknown_one() -> None:
    """Null says that there is none; its tags are known only where they were given."""
    world = parse({"ResourcePolicies": [
        {"ResourceArn": BUCKET, "Policy": OPEN, "Tags": [{"Key": "team", "Value": "web"}]},
        {"ResourceArn": TABLE, "Policy": None},
        {"ResourceArn": f"{TABLE}-2", "Unread": "no permission"},
    ]})  # fmt: skip
    assert world.resource_policies == {
        BUCKET: ResourcePolicy(BUCKET, json.dumps(OPEN), (("team", "web"),)),
        TABLE: ResourcePolicy(TABLE, tags_read=False),
    }
    assert world.unread[f"ResourcePolicies {TABLE}-2"] == "no permission"


def an_organization(**overrides: Any) -> dict[str, Any]:
    """Return an account in an organization, under its root."""
    full = {"Id": "p-FullAWSAccess", "Content": json.dumps(OPEN)}
    return {
        "AccountId": ACCOUNT,
        "OrganizationId": "o-1",
        "ManagementAccountId": "999999999999",
        "ServiceControlPolicies": [[full], [full, {"Id": "p-2", "Content": OPEN}]],
        "ResourceControlPolicies": [],
        **overrides,
    }


def test_an_organizations_policies_stand_by_level() -> None:
    """From the root down, as they were given."""
    full = Policy("p-FullAWSAccess", json.dumps(OPEN))
    found = parse({"AccountOrganizations": [an_organization()]}).organizations[ACCOUNT]
    assert found == Organization(ACCOUNT, "o-1", ((full,), (full, Policy("p-2", json.dumps(OPEN)))), (), "999999999999")


def test_an_account_may_be_in_no_organization() -> None:
    """Then nothing of one binds it."""
    assert parse({"AccountOrganizations": [{"AccountId": ACCOUNT}]}).organizations == {ACCOUNT: Organization(ACCOUNT)}


def test_an_organization_whose_levels_were_not_given_is_unread() -> None:
    """Levels that are missing are not levels that allow."""
    for lacking, why in (
        ({"OrganizationId": "o-1", "ServiceControlPolicies": []}, "ResourceControlPolicies: not given"),
        ({"Unread": "no permission"}, "no permission"),
    ):
        world = parse({"AccountOrganizations": [{"AccountId": ACCOUNT, **lacking}]})
        assert world.organizations == {}
        assert world.unread[f"AccountOrganizations {ACCOUNT}"] == why


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        ("all", r"ServiceControlPolicies: all is not a list of levels"),
        ([{"Id": "p-1"}], r"ServiceControlPolicies\[0\]: \{'Id': 'p-1'\} is not a list"),
        ([[{"Id": "p-1"}]], r"ServiceControlPolicies\[0\]\[0\]\.Content: None is not a policy document"),
        ([[{"Content": OPEN}]], r"ServiceControlPolicies\[0\]\[0\]\.Id: is missing"),
    ],
)
def test_what_is_no_level_is_named(levels: object, message: str) -> None:
    """By its place."""
    with pytest.raises(InvalidSnapshotError, match=rf"^AccountOrganizations\[0\]\.{message}"):
        parse({"AccountOrganizations": [an_organization(ServiceControlPolicies=levels)]})


def test_x_rays_edges_become_calls() -> None:
    """With the median duration of failures, where all failed; an edge to what is not in the graph is passed over."""
    name = "recommend -> AWS::DynamoDB::Table votes"
    call = ServiceCall(name, "recommend", "votes", "AWS::DynamoDB::Table", calls=4, failures=4, failed_seconds=0.144)
    assert parse({"Services": a_graph()}).service_calls == {name: call}


def test_the_duration_of_failures_is_not_known_where_some_calls_succeed() -> None:
    """X-Ray's durations are of all calls. Nor is it without durations, or without calls."""
    for told, histogram in (
        ({"TotalCount": 9, "FaultStatistics": {"TotalCount": 4}}, [{"Value": 1, "Count": 9}]),
        ({"TotalCount": 4, "FaultStatistics": {"TotalCount": 4}}, []),
        ({"TotalCount": 4, "FaultStatistics": {"TotalCount": 4}}, [{"Value": 1}]),
        ({}, [{"Value": 1, "Count": 1}]),
    ):
        graph = a_graph()
        graph[0]["Edges"] = [{"ReferenceId": 1, "SummaryStatistics": told, "ResponseTimeHistogram": histogram}]
        [call] = parse({"Services": graph}).service_calls.values()
        assert call.failed_seconds is None


def test_services_of_another_tool_are_passed_over() -> None:
    """Cloud Map lists its own under the same key."""
    assert parse({"Services": [{"Id": "srv-1", "Arn": "arn:aws:servicediscovery:::service/srv-1"}]}).service_calls == {}


@pytest.mark.parametrize("value", ["fast", True, None])
def test_a_duration_that_is_no_number_is_named(value: object) -> None:
    """By its place."""
    graph = a_graph()
    graph[0]["Edges"][0]["ResponseTimeHistogram"][0]["Value"] = value
    with pytest.raises(InvalidSnapshotError, match=r"Services\[0\]\.Edges\[0\]\.ResponseTimeHistogram\[0\]\.Value: "):
        parse({"Services": graph})
