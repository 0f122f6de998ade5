"""What an instance's own host and its role give it: names, metadata, an instance profile, and what IAM refuses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathmend.diagnosis.finding import (
    Certainty,
    EndpointPolicyGap,
    MetadataOff,
    NameResolutionOff,
    NoMechanicalRepair,
    ProfileMissing,
)
from pathmend.snapshot.identity import InstanceProfile, Organization, Policy, Principal, ResourcePolicy
from pathmend.snapshot.resources import MetadataOptions
from pathmend.snapshot.transit import DhcpOptions
from tests.builders import REGION, VPC_ID, ZONES, a_target_group, a_workshop, fault_4
from tests.unit.diagnosis.needs import (
    ACCOUNT,
    DYNAMODB,
    KEY,
    OPEN_POLICY,
    PROFILE,
    ROLE,
    S3,
    SSM,
    TABLE,
    a_needy_workshop,
    by_endpoint,
    document,
    found,
    needy,
    statement,
    with_endpoint,
    with_instances,
    with_role,
    with_tag,
    with_vpc,
    without_routes,
)
from tests.unit.diagnosis.worlds import evidence, only

OTHER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/Other"
OTHER_PROFILE = f"arn:aws:iam::{ACCOUNT}:instance-profile/Other"
DENY_ALL = statement("*", "*", "never", Effect="Deny", Principal="*")


def with_other_profile(world, zone="c", *statements):
    """Return the world in which the instance of one zone has another role, with these statements."""
    policies = (Policy("other", document(*statements)),) if statements else ()
    world = world.having("principals", Principal(OTHER_ROLE, "role", policies))
    world = world.having("instance_profiles", InstanceProfile(OTHER_PROFILE, "Other", (OTHER_ROLE,)))
    return with_instances(world, zone, profile_arn=OTHER_PROFILE)


def test_a_vpc_whose_resolver_is_off_answers_no_names():
    """Everything with a name fails, and one finding says why."""
    finding = only(found(with_vpc(a_needy_workshop(), dns_support=False)))
    assert finding.cause == NameResolutionOff(VPC_ID, "dns_support")
    assert evidence(finding)["name servers"] == "AmazonProvidedDNS"


def test_addresses_need_no_resolver():
    """A host that is declared by its address is reached without names."""
    assert found(with_vpc(with_tag(a_workshop(), "http://1.1.1.1 imds"), dns_support=False)) == ()


@pytest.mark.parametrize(("servers", "own"), [(("10.0.0.53",), True), (("AmazonProvidedDNS",), False)])
def test_resolvers_of_ones_own_are_unknown(servers, own):
    """What they answer is not in the snapshot, and the VPC's attribute says nothing of them."""
    world = with_vpc(a_needy_workshop(), dns_support=False, dhcp_options_id="dopt-1")
    diagnosis = needy(world.having("dhcp_options", DhcpOptions("dopt-1", servers)))
    assert bool(diagnosis.findings) is not own
    assert any("10.0.0.53" in text for text in diagnosis.dependencies_unknown) is own


def test_what_nobody_declared_is_silent_about_resolvers_of_ones_own():
    """Only who said what is needed wants to hear what is not known of it."""
    world = with_vpc(with_role(a_workshop(), S3), dns_support=False, dhcp_options_id="dopt-1")
    world = with_endpoint(world, "vpce-s3", policy=document(statement("*", "*", Principal="*")))
    diagnosis = needy(world.having("dhcp_options", DhcpOptions("dopt-1", ("10.0.0.53",))))
    assert (diagnosis.findings, diagnosis.dependencies_unknown) == ((), ())


def test_a_metadata_service_that_is_off_gives_no_credentials():
    """The instance has a role that it needs, and no way to its credentials; tokens are no fault."""
    off = MetadataOptions(enabled=False, tokens_required=True, hop_limit=1)
    finding = only(found(with_instances(a_needy_workshop(), "b", metadata=off)))
    assert finding.cause == MetadataOff("i-app-b", enabled=True, hop_limit=1)
    assert evidence(finding)["metadata service"] == "disabled"
    world = with_instances(with_role(a_workshop(), S3), "b", metadata=off)
    assert [f.resource for f in found(world) if isinstance(f.cause, MetadataOff)] == ["i-app-b"]


def test_nobody_who_needs_nothing_of_it_misses_the_metadata_service():
    """Without role and without a word in a tag it may well be off, or not be read."""
    off = MetadataOptions(enabled=False)
    assert found(with_instances(with_tag(a_workshop(), "http://1.1.1.1 dns"), metadata=off)) == ()
    assert found(with_instances(a_needy_workshop(), metadata=None)) == ()


@pytest.mark.parametrize(
    ("enabled", "hops", "code"), [(True, 1, "METADATA_HOP_LIMIT"), (False, 1, "METADATA_SERVICE_DISABLED")]
)
def test_a_container_needs_two_hops(enabled, hops, code):
    """Only where a tag says that a container asks; nothing else is changed."""
    world = with_instances(
        with_tag(a_workshop(), "imds:container"), "b", metadata=MetadataOptions(enabled, hop_limit=hops)
    )
    finding = only(found(world))
    assert (finding.code, finding.cause) == (code, MetadataOff("i-app-b", enabled=True, hop_limit=2))
    assert found(with_instances(world, "b", metadata=MetadataOptions(hop_limit=2))) == ()


def test_an_instance_without_the_profile_of_its_siblings_is_named():
    """Two of three have it, and the third has no credentials to call with."""
    finding = only(found(with_instances(a_needy_workshop(), "c", profile_arn=None)))
    assert finding.cause == ProfileMissing("i-app-c", PROFILE)
    assert finding.certainty is Certainty.PROVEN


def test_an_instance_with_another_profile_is_named_where_that_does_not_allow_what_is_needed():
    """Likely where the siblings' role shows the need, proven where it is declared; else it is none of our business."""
    world = with_other_profile(a_needy_workshop())
    finding = only(found(world))
    assert (finding.cause, finding.certainty) == (ProfileMissing("i-app-c", PROFILE, OTHER_PROFILE), Certainty.LIKELY)
    proven = [f for f in found(with_tag(world, TABLE)) if isinstance(f.cause, ProfileMissing)]
    assert only(tuple(proven)).certainty is Certainty.PROVEN
    assert found(with_other_profile(a_needy_workshop(), "c", DYNAMODB, S3, SSM)) == ()


def test_where_siblings_do_not_agree_no_profile_is_right():
    """One has this one, one has that one: nobody knows which was meant."""
    world = with_other_profile(with_instances(a_needy_workshop(), "a", profile_arn=None), "b", S3)
    assert [f for f in found(world) if isinstance(f.cause, ProfileMissing)] == []


def test_instances_of_other_groups_are_no_siblings():
    """A profile that nobody of the own target group has shows nothing."""
    world = with_instances(a_needy_workshop(), "c", profile_arn=None)
    group = next(iter(world.target_groups.values()))
    alone = a_target_group(arn="arn:tg/alone", name="alone", targets=group.targets[2:])
    world = world.having("target_groups", replace(group, targets=group.targets[:2])).having("target_groups", alone)
    assert found(world) == ()


def test_targets_that_call_aws_without_any_profile_are_reported():
    """Which profile they should have, nobody can see: a person decides."""
    finding = only(found(with_tag(with_instances(a_workshop(), metadata=None), TABLE)))
    assert isinstance(finding.cause, NoMechanicalRepair)
    assert "3 of 3 targets" in finding.sentence


def test_a_declared_call_that_the_role_does_not_allow_is_reported_in_words():
    """Pathmend widens no role; the endpoint's policy is not blamed for what nobody allows."""
    finding = only(found(with_tag(a_needy_workshop(), "arn:aws:s3:::secrets/key")))
    assert (finding.code, finding.certainty) == ("IAM_DENIED", Certainty.PROVEN)
    assert isinstance(finding.cause, NoMechanicalRepair)
    assert "s3ReadOnly" in finding.sentence


def test_a_bucket_policy_that_denies_is_reported():
    """The role names the object, so this may be wrong and may be meant."""
    world = a_needy_workshop().having("resource_policies", ResourcePolicy("arn:aws:s3:::webapp", document(DENY_ALL)))
    finding = only(found(world))
    assert (finding.code, finding.certainty) == ("IAM_DENIED", Certainty.POSSIBLE)
    assert "never" in finding.sentence


def test_a_service_control_policy_that_denies_is_reported():
    """Control policies stand above the account."""
    deny = statement("ssm:*", "*", "noSsm", Effect="Deny")
    levels = ((Policy("p-full", document(statement("*", "*"))), Policy("p-1", document(deny))),)
    world = a_needy_workshop().having("organizations", Organization(ACCOUNT, "o-1", levels, ()))
    finding = only(found(world))
    assert "noSsm" in finding.sentence


def test_a_condition_on_the_organization_is_judged():
    """The caller's organization is known where it was read."""
    condition = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}
    world = with_role(a_needy_workshop(), S3 | {"Condition": condition})
    levels = ((Policy("p-full", document(statement("*", "*"))),),)
    world = world.having("organizations", Organization(ACCOUNT, "o-1", levels, levels))
    assert found(with_endpoint(world, "vpce-s3", policy=document(DENY_ALL)))[0].code == "VPCE_POLICY_RESTRICTION"


def test_a_deny_in_an_endpoint_policy_is_for_a_person():
    """Somebody may have meant it: it is named and not taken out."""
    policy = document(OPEN_POLICY["Statement"][0], statement("s3:GetObject", KEY, "kept", Effect="Deny", Principal="*"))
    cause = only(found(with_endpoint(a_needy_workshop(), "vpce-s3", policy=policy))).cause
    assert isinstance(cause, NoMechanicalRepair)
    assert "kept" in cause.advice


def test_a_condition_that_no_way_fulfils_is_reported():
    """It names an endpoint that is not there."""
    world = with_role(a_needy_workshop(), DYNAMODB | {"Condition": by_endpoint("vpce-gone")})
    finding = only(found(world))
    assert (finding.code, finding.certainty) == ("IAM_DENIED", Certainty.POSSIBLE)
    assert "vpce-gone" in finding.sentence
    assert evidence(finding)["the way of requests from i-app-a"] == "by gateway endpoint vpce-dynamodb"
    nowhere = fault_4(world)
    for zone in ZONES:
        nowhere = without_routes(nowhere, f"nat-{zone}")
    refused = next(one for one in found(nowhere) if one.code == "IAM_DENIED")
    assert evidence(refused)["the way of requests from i-app-a"] == "by no gateway that is known"


def test_what_a_role_denies_itself_is_meant():
    """An Allow by name and a Deny in the same role: the role's author decided."""
    assert found(with_role(a_needy_workshop(), S3, statement("s3:GetObject", KEY, Effect="Deny"))) == ()


def test_a_resource_elsewhere_is_asked_elsewhere():
    """A table of another Region is not reached by the endpoint of this one."""
    far = TABLE.replace(REGION, "eu-west-1")
    world = with_role(a_needy_workshop(), statement("dynamodb:GetItem", far, Condition=by_endpoint("vpce-dynamodb")))
    assert only(found(world.having("resource_policies", ResourcePolicy(far)))).code == "IAM_DENIED"


def test_a_role_with_tags_is_judged_by_them():
    """Its tags are keys of the request."""
    condition = {"StringEquals": {"aws:PrincipalTag/team": "web", "aws:sourceVpce": "vpce-dynamodb"}}
    world = fault_4(with_role(a_needy_workshop(), DYNAMODB | {"Condition": condition}))
    tagged = replace(world.principals[ROLE], tags=(("team", "web"),), unique_id="")
    assert only(found(world.having("principals", tagged))).resource == "vpce-dynamodb"


def test_an_association_is_no_matter_where_the_table_is_not_known():
    """Without the route tables nobody knows what the subnets use."""
    world = replace(fault_4(a_needy_workshop()), route_tables={})
    assert [f for f in found(world) if f.resource == "vpce-dynamodb"] == []
    unknown = {text for text in needy(world).dependencies_unknown if text.startswith("the way to dynamodb")}
    assert len(unknown) == len(ZONES)


def test_the_gap_of_a_policy_is_found_whatever_the_case_of_its_actions():
    """Action names have no case."""
    world = with_role(a_needy_workshop(), statement("S3:GETOBJECT", KEY))
    world = with_endpoint(world, "vpce-s3", policy=document(statement("s3:PutObject", KEY, Principal="*")))
    assert only(found(world)).cause == EndpointPolicyGap("vpce-s3", ("s3:GetObject",), (KEY,), (ROLE,))
