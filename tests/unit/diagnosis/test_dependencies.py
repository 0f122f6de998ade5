"""What keeps targets from what they need: the workshop's faults 4 to 8, by their one cause, and decoys."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

import pytest

from pathmend.diagnosis.finding import (
    AclGap,
    Certainty,
    EndpointPolicyGap,
    EndpointWithoutTables,
    FirewallDrop,
    RouteGap,
)
from pathmend.network.ports import PortSet
from pathmend.snapshot.identity import InstanceProfile, Policy, Principal, ServiceCall
from pathmend.snapshot.resources import VpcEndpoint
from tests.builders import (
    REGION,
    VPC_ID,
    ZONES,
    a_workshop,
    allow_tcp,
    fault_4,
    fault_6,
    with_entry,
)
from tests.unit.diagnosis.needs import (
    API,
    DYNAMODB,
    KEY,
    PROFILE,
    ROLE,
    RULES,
    S3,
    SSM,
    TABLE,
    a_needy_workshop,
    document,
    fault_5,
    fault_7,
    fault_8,
    found,
    needy,
    statement,
    with_endpoint,
    with_role,
    with_tag,
    with_vpc,
)
from tests.unit.diagnosis.worlds import evidence, only

NEVER = {"Bool": {"aws:ViaAWSService": "true"}}
APP_TABLES = tuple(f"rtb-app-{zone}" for zone in ZONES)
OTHER_KEY = statement("s3:GetObject", "arn:aws:s3:::webapp/other.png", Principal="*")


def test_where_all_that_is_needed_works_nothing_is_found():
    """A target that reaches what it needs has no finding, and nothing about it is unknown."""
    diagnosis = needy(a_needy_workshop())
    assert diagnosis.healthy
    assert diagnosis.dependencies_unknown == ()


def test_a_gateway_endpoint_without_the_tables_is_to_blame_where_a_condition_wants_it():
    """The endpoint, the three tables and the statement are named; the condition is never called wrong."""
    finding = only(found(fault_4(a_needy_workshop())))
    assert finding.cause == EndpointWithoutTables("vpce-dynamodb", APP_TABLES)
    assert (finding.resource, finding.certainty) == ("vpce-dynamodb", Certainty.PROVEN)
    for part in (*APP_TABLES, "ddbReadOnly", "aws:sourceVpce is vpce-dynamodb", "3 of 3 targets", TABLE):
        assert part in finding.sentence
    rows = evidence(finding)
    assert rows["route tables of the endpoint"] == "none"
    assert rows["the way of requests from i-app-b"] == "by nat-b"


def test_an_endpoint_without_tables_harms_nothing_where_no_condition_wants_it():
    """By NAT the same call is allowed: a missing association is no fault."""
    world = with_role(a_needy_workshop(), statement("dynamodb:GetItem", TABLE), S3, SSM)
    assert found(fault_4(world)) == ()


def test_an_endpoint_policy_that_omits_a_key_is_to_blame():
    """All other policies allow it; the gap is that one key and no other."""
    finding = only(found(fault_5(a_needy_workshop())))
    assert finding.cause == EndpointPolicyGap("vpce-s3", ("s3:GetObject",), (KEY,), (ROLE,))
    assert finding.certainty is Certainty.PROVEN
    rows = evidence(finding)
    assert KEY in rows["the endpoint's policy"]
    assert "s3ReadOnly" in rows["identity policy"]


def test_gaps_of_one_policy_are_joined_only_where_their_actions_are_the_same():
    """Two keys to read are one gap, and a key to write is another: together they would allow more than was asked."""
    keys = [f"{KEY}{n}" for n in (1, 2)]
    world = with_role(
        a_needy_workshop(), statement("s3:GetObject", keys), statement("s3:PutObject", "arn:aws:s3:::w/k")
    )
    causes = [finding.cause for finding in found(fault_5(world))]
    assert causes == [
        EndpointPolicyGap("vpce-s3", ("s3:PutObject",), ("arn:aws:s3:::w/k",), (ROLE,)),
        EndpointPolicyGap("vpce-s3", ("s3:GetObject",), tuple(keys), (ROLE,)),
    ]


def test_gaps_of_one_policy_are_joined_only_where_the_callers_are_the_same():
    """Two roles that lack the same are one gap; what only one of them lacks is not opened to the other."""
    mine, ours = "arn:aws:s3:::w/mine", "arn:aws:s3:::w/ours"
    world = with_role(a_needy_workshop(), statement("s3:GetObject", [mine, ours]))
    other = f"{ROLE}-2"
    policies = (Policy("reads", document(statement("s3:GetObject", ours))),)
    world = world.having("principals", Principal(other, "role", policies))
    world = world.having("instance_profiles", InstanceProfile(f"{PROFILE}-2", "WebApp-2", (other,)))
    moved = replace(world.instances["i-app-b"], profile_arn=f"{PROFILE}-2")
    causes = [finding.cause for finding in found(fault_5(world.having("instances", moved)))]
    assert causes == [
        EndpointPolicyGap("vpce-s3", ("s3:GetObject",), (mine,), (ROLE,)),
        EndpointPolicyGap("vpce-s3", ("s3:GetObject",), (ours,), (ROLE, other)),
    ]


def test_an_acl_that_denies_a_declared_host_is_one_finding_for_all_targets():
    """The deny stands ahead of the allow on the way out of three subnets."""
    finding = only(found(fault_6(a_needy_workshop())))
    port = PortSet.of(80)
    peers = (ip_network("1.1.1.1/32"),)
    assert finding.cause == AclGap(
        "acl-app", egress=True, protocol="6", peers=peers, ports=port, needed=port, rule="99"
    )
    assert "3 of 3 targets need http://1.1.1.1:80" in finding.sentence


def test_a_missing_route_to_a_peer_network_is_named_with_its_target():
    """The packets leave by NAT, where private addresses die; the transit gateway knows the way."""
    finding = only(found(fault_7(a_needy_workshop())))
    assert finding.cause == RouteGap(APP_TABLES, "10.2.4.0/24", "tgw-1")
    assert evidence(finding)["the way taken instead"].startswith("by nat-")


def test_a_firewall_rule_that_drops_a_host_comes_with_the_smallest_edit():
    """The connection opens and requests for the host are dropped: the other rule stays as it is."""
    finding = only(found(fault_8(a_needy_workshop())))
    cause = finding.cause
    assert isinstance(cause, FirewallDrop)
    assert (cause.rule_group_arn, cause.host) == (RULES, API)
    assert API not in cause.rules
    assert "other.example.internal" in cause.rules


def test_all_faults_at_once_are_told_apart():
    """One finding per cause, and none hides another."""
    world = a_needy_workshop()
    for fault in (fault_4, fault_5, fault_6, fault_7, fault_8):
        world = fault(world)
    kinds = {type(finding.cause) for finding in found(world)}
    assert kinds == {EndpointWithoutTables, EndpointPolicyGap, AclGap, RouteGap, FirewallDrop}
    assert len(found(world)) == 5


@pytest.mark.parametrize(
    "odd",
    [
        lambda w: with_role(w, DYNAMODB, S3, SSM, statement("s3:*", "arn:aws:s3:::other/*")),
        lambda w: with_entry(w, "acl-app", allow_tcp(50, "192.0.2.0/24", (80, 80), egress=True, action="deny")),
        lambda w: with_vpc(w, dns_hostnames=False),
        lambda w: w.having(
            "vpc_endpoints", VpcEndpoint("vpce-x", VPC_ID, f"com.amazonaws.{REGION}.s3express", "Gateway", "available")
        ),
        lambda w: with_role(
            w, DYNAMODB, S3, SSM, statement("s3:Get*", KEY, Effect="Deny", Condition={"Bool": {"a": "b"}})
        ),
    ],
)
def test_decoys_are_left_alone(odd):
    """What is odd and harms nothing that the targets need gives no finding."""
    assert found(odd(a_needy_workshop())) == ()


def test_a_policy_behind_a_missing_association_is_found_at_once():
    """Both stand between the target and its table: either alone would not do."""
    world = with_endpoint(fault_4(a_needy_workshop()), "vpce-dynamodb", policy=document(OTHER_KEY))
    assert {type(finding.cause) for finding in found(world)} == {EndpointWithoutTables, EndpointPolicyGap}


def test_how_long_failed_calls_took_is_evidence():
    """X-Ray saw the calls fail fast, as a refusal does."""
    call = ServiceCall("1", "WebApp-TG", "Recommendations", "AWS::DynamoDB::Table", 20, 20, 0.144)
    rows = evidence(only(found(fault_4(a_needy_workshop().having("service_calls", call)))))
    assert rows["calls that failed"] == "20 of 20"
    assert "as a refusal is" in rows["how long failed calls took"]


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        (ServiceCall("1", "webapp", "1.1.1.1:80", "remote", 5, 5, 5.009), fault_6),
        (ServiceCall("1", "webapp", "webapp", "AWS::S3::Bucket", 5, 5, 5.0), fault_5),
    ],
)
def test_slow_failures_are_called_dropped(call, fault):
    """A time-out is what dropped packets look like; the tag may give the application's name."""
    world = a_needy_workshop().having("service_calls", call)
    group = next(iter(world.target_groups.values()))
    tagged = replace(group, tags=(*group.tags, ("pathmend:x-ray", "webapp")))
    rows = evidence(only(found(fault(world.having("target_groups", tagged)))))
    assert "dropped" in rows["how long failed calls took"]


@pytest.mark.parametrize(
    ("call", "seen"),
    [
        (ServiceCall("1", "WebApp-TG", "SSM", "AWS::SSM", 4, 2), {"calls that failed": "2 of 4"}),
        (ServiceCall("1", "another", "SSM", "AWS::SSM", 4, 2), {}),
        (ServiceCall("1", "WebApp-TG", "Recommendations", "AWS::SSM", 4, 2), {}),
        (ServiceCall("1", "WebApp-TG", "SSM", "AWS::SSM", 0, 0), {}),
    ],
)
def test_only_calls_of_the_targets_to_what_they_need_are_evidence(call, seen):
    """Another application's calls, other callees and edges without calls say nothing."""
    world = with_role(a_needy_workshop(), SSM | {"Condition": {"StringEquals": {"aws:sourceVpce": "vpce-gone"}}})
    rows = evidence(only(found(world.having("service_calls", call))))
    assert {fact: value for fact, value in rows.items() if "fail" in fact} == seen


def test_what_was_not_read_of_the_role_is_unknown_and_no_finding():
    """Without its role nobody knows what a target needs; the load balancer's own diagnosis is not touched."""
    world = a_needy_workshop()
    world = replace(world, instance_profiles={})
    assert needy(world).dependencies_unknown == (f"instance profile {PROFILE} was not read",)
    assert needy(world).healthy
    world = world.having("instance_profiles", InstanceProfile(PROFILE, "WebApp", (ROLE,)))
    assert needy(replace(world, principals={})).dependencies_unknown == (f"role {ROLE} was not read",)
    world = world.having("principals", replace(world.principals[ROLE], unread=("group ops: not given",)))
    assert needy(world).dependencies_unknown == (f"role {ROLE}: group ops: not given",)


def test_a_malformed_policy_makes_what_it_says_unknown_and_nothing_else():
    """One policy that cannot be understood stops no diagnosis."""
    world = a_needy_workshop().having("principals", Principal(ROLE, "role", (Policy("odd", "{}"),)))
    (unknown,) = needy(world).dependencies_unknown
    assert "policy odd" in unknown
    assert found(fault_6(world)) != ()
    world = with_endpoint(a_needy_workshop(), "vpce-s3", policy="{}")
    (unknown,) = needy(world).dependencies_unknown
    assert unknown.startswith("s3:GetObject")


def test_a_call_that_nobody_can_judge_is_unknown_where_it_is_declared_or_fails():
    """The bucket's policy was not read and the role has no statement: that matters only to who needs it."""
    arn = f"arn:aws:dynamodb:{REGION}:123456789012:table/other"
    world = with_role(a_needy_workshop(), statement("dynamodb:GetItem", [arn, TABLE]), S3, SSM)
    assert needy(world).dependencies_unknown == ()
    (unknown,) = needy(with_tag(world, arn)).dependencies_unknown
    assert unknown.startswith(f"whether dynamodb:GetItem on {arn} is allowed: ")
    call = ServiceCall("1", "WebApp-TG", "other", "AWS::DynamoDB::Table", 9, 9)
    assert needy(world.having("service_calls", call)).dependencies_unknown == (unknown,)


def test_a_role_that_names_too_much_is_asked_about_the_first_ones():
    """Two hundred needs are looked at, and that there are more is said."""
    tables = [f"{TABLE}{n}" for n in range(201)]
    world = with_role(with_tag(a_needy_workshop(), "dns"), statement("dynamodb:GetItem", tables))
    assert needy(world).dependencies_unknown == ("2 of 202 needs were not looked at: the role names too many",)


def test_a_target_without_role_and_tags_needs_nothing_that_is_known():
    """The plain workshop has neither: no word about dependencies."""
    diagnosis = needy(a_workshop())
    assert (diagnosis.findings, diagnosis.dependencies_unknown) == ((), ())
