"""What targets need is repaired by the smallest change, and what somebody may have meant waits for its own approval."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from pathmend.access.edit import grants
from pathmend.changes.associate_endpoint_tables import AssociateEndpointTables
from pathmend.changes.set_acl_entry import SetAclEntry
from pathmend.changes.set_endpoint_policy import SetEndpointPolicy
from pathmend.changes.set_firewall_rules import SetFirewallRules
from pathmend.changes.set_group_rule import SetGroupRule
from pathmend.changes.set_instance_profile import SetInstanceProfile
from pathmend.changes.set_metadata_options import SetMetadataOptions
from pathmend.changes.set_route import SetRoute
from pathmend.changes.set_vpc_attribute import SetVpcAttribute
from pathmend.diagnosis.diagnose import diagnose
from pathmend.diagnosis.finding import (
    EndpointPolicyGap,
    EndpointWithoutTables,
    FirewallDrop,
    GroupGap,
    MetadataOff,
    RouteGap,
)
from pathmend.network.difference import difference
from pathmend.plans.candidates import candidates
from pathmend.plans.needed import beyond_need
from pathmend.plans.obstacle import Obstacle
from pathmend.plans.plan import Risk
from pathmend.plans.quotas import MOST_ROUTES, MOST_RULES
from pathmend.snapshot.resources import MetadataOptions
from tests.builders import (
    LOAD_BALANCER_ARN,
    VPC_ID,
    ZONES,
    a_group,
    a_group_rule,
    a_route,
    a_workshop,
    an_interface,
    fault_1,
    fault_2,
    fault_3,
    fault_4,
    fault_6,
    with_routes,
)
from tests.unit.diagnosis.needs import (
    API,
    KEY,
    PROFILE,
    ROLE,
    RULES,
    a_needy_workshop,
    document,
    fault_5,
    fault_7,
    fault_8,
    statement,
    with_endpoint,
    with_instances,
    with_vpc,
)
from tests.unit.plans.planning import changes, planned, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from pathmend.changes.change import Change
    from pathmend.diagnosis.finding import Cause
    from pathmend.snapshot.resources import SecurityGroupRule
    from pathmend.snapshot.world import Snapshot

TABLES = tuple(f"rtb-app-{zone}" for zone in ZONES)
PEER = ip_network("10.2.4.0/24")


def without_names(world: Snapshot) -> Snapshot:
    """Return the world whose VPC resolves no names."""
    return with_vpc(world, dns_support=False)


def without_profile(world: Snapshot) -> Snapshot:
    """Return the world in which the instance of zone b lost its profile."""
    return with_instances(world, "b", profile_arn=None)


def without_metadata(world: Snapshot) -> Snapshot:
    """Return the world in which the instance of zone b has its metadata service off."""
    return with_instances(world, "b", metadata=MetadataOptions(enabled=False, tokens_required=True))


def without_ingress(world: Snapshot) -> Snapshot:
    """Return the world whose application lets the load balancer in no more."""
    group = world.security_groups["sg-app"]
    return world.having("security_groups", replace(group, rules=group.rules[1:]))


REPAIRS: list[tuple[Callable[[Snapshot], Snapshot], tuple[Change, ...]]] = [
    (fault_4, (AssociateEndpointTables("vpce-dynamodb", TABLES),)),
    (fault_6, (SetAclEntry("acl-app", egress=True, rule_number=99, entry=None),)),
    (fault_7, tuple(SetRoute(table, PEER, "tgw-1") for table in TABLES)),
    (without_names, (SetVpcAttribute(VPC_ID, "dns_support", enabled=True),)),
    (without_profile, (SetInstanceProfile("i-app-b", PROFILE),)),
    (without_metadata, (SetMetadataOptions("i-app-b", enabled=True, hop_limit=1),)),
    (without_ingress, (SetGroupRule("sg-app", a_group_rule("sg-alb", (80, 80))),)),
]


@pytest.mark.parametrize(("fault", "repair"), REPAIRS)
def test_a_fault_is_repaired_by_the_smallest_change(
    fault: Callable[[Snapshot], Snapshot], repair: tuple[Change, ...]
) -> None:
    """That, nothing else, and the world is well."""
    world = fault(a_needy_workshop())
    plan = planned(world)
    assert plan.changes == repair
    assert (plan.beyond, plan.leaves, plan.deferred) == ((), (), ())
    for change in repair:
        world = change.after(world)
    assert diagnose(world, LOAD_BALANCER_ARN).healthy


def test_fault_5_adds_the_one_key_to_the_policy() -> None:
    """What it newly allows is said, exactly."""
    world = fault_5(a_needy_workshop())
    (change,) = changes(world)
    assert isinstance(change, SetEndpointPolicy)
    assert str(change.document).count(KEY) == 1
    assert "other.png" in str(change.document)
    (grant,) = planned(world).grants
    assert grant.startswith("vpce-s3: ")
    assert KEY in grant


def test_fault_8_edits_the_one_rule_group() -> None:
    """The host that it lets through is named."""
    world = fault_8(a_needy_workshop())
    plan = planned(world)
    (change,) = plan.changes
    assert isinstance(change, SetFirewallRules)
    assert plan.grants == (f"rule group hosts lets through what asks for {API}",)
    assert plan.risk is Risk.MEDIUM


@pytest.mark.parametrize("fault", [without_profile, without_metadata])
def test_what_an_instance_may_do_again_is_said(fault: Callable[[Snapshot], Snapshot]) -> None:
    """A role, and credentials for it, are grants too."""
    (grant,) = planned(fault(a_needy_workshop())).grants
    assert "i-app-b" in grant


def test_the_role_of_a_profile_is_named_where_it_was_read() -> None:
    """Else the profile stands for it."""
    world = without_profile(a_needy_workshop())
    assert planned(world).grants == ("i-app-b may do what role WebApp may do",)


def test_all_eight_faults_are_repaired_round_by_round() -> None:
    """First everything that only repairs, then each intent by itself, and at last nothing is left."""
    world = a_needy_workshop()
    for fault in (fault_1, fault_2, fault_3, fault_4, fault_5, fault_6, fault_7, fault_8):
        world = fault(world)
    rounds = []
    while diagnose(world, LOAD_BALANCER_ARN).findings:
        plan = planned(world)
        rounds.append(({change.kind for change in plan.changes}, len(plan.deferred)))
        assert plan.leaves == ()
        for change in plan.changes:
            world = change.after(world)
    first = {"AssociateRouteTable", "ModifyMatcher", "SetAclEntry", "AssociateEndpointTables", "SetRoute"}
    assert rounds == [(first, 3), ({"SetAclEntry"}, 2), ({"SetFirewallRules"}, 1), ({"SetEndpointPolicy"}, 0)]


def test_what_is_hidden_behind_a_fault_is_no_harm_of_its_repair() -> None:
    """A missing route hides the ACL of the peer network: the repair brings it to light, and is made all the same."""
    world = fault_7(a_needy_workshop())
    closed = replace(world.network_acls["acl-peer"], entries=())
    plan = planned(world.having("network_acls", closed))
    assert {change.kind for change in plan.changes} >= {"SetRoute"}
    assert any("acl-peer" in text for text in (*plan.leaves, *plan.repairs, *plan.deferred))


def test_connections_are_named_as_they_are_when_their_turn_comes() -> None:
    """A subnet that an earlier step moves off a table is not cut by a later one."""
    world = fault_7(fault_1(a_needy_workshop()))
    assert not any("subnet-alb-b to 10.2.4.0/24" in text for text in planned(world).disrupts)


def test_a_gateway_endpoint_takes_nobody_off_the_internet() -> None:
    """A neighbour with a public address goes to the service by the endpoint instead."""
    world = with_routes(fault_4(a_needy_workshop()), "rtb-app-a", a_route("52.94.0.0/16", "igw-workshop"))
    neighbour = an_interface("10.0.11.77", id="eni-n", subnet_id="subnet-app-a", public_ips=an_interface().private_ips)
    assert changes(world.having("interfaces", neighbour)) == (AssociateEndpointTables("vpce-dynamodb", TABLES),)


def with_rival(world: Snapshot) -> Snapshot:
    """Return the world in which another gateway endpoint of the service has one of the tables."""
    rival = replace(world.vpc_endpoints["vpce-dynamodb"], id="vpce-rival", route_table_ids=("rtb-app-a",))
    return world.having("vpc_endpoints", rival)


def routed(world: Snapshot, target: str, **fields: str) -> Snapshot:
    """Return the world in which the first table has a route to the peer network by this target."""
    return with_routes(world, "rtb-app-a", a_route("10.2.4.0/24", target, **fields))


def crowded(world: Snapshot, more: int = 0) -> Snapshot:
    """Return the world whose first table has as many routes as it may by default, or more."""
    free = MOST_ROUTES - len(world.route_tables["rtb-app-a"].routes) + more
    routes = (a_route(f"192.168.{n // 64}.{n % 64 * 4}/30", "tgw-1") for n in range(free))
    return with_routes(world, "rtb-app-a", *routes)


def with_rules(world: Snapshot, *rules: SecurityGroupRule) -> Snapshot:
    """Return the world in which the application's group has these rules, too."""
    group = world.security_groups["sg-app"]
    return world.having("security_groups", replace(group, rules=(*group.rules, *rules)))


def with_other_group(world: Snapshot, count: int) -> Snapshot:
    """Return the world in which the application's first interface carries a group with so many rules, too."""
    rules = tuple(a_group_rule(f"172.{16 + n // 256}.{n % 256}.0/24", (9, 9)) for n in range(count))
    interface = replace(world.interfaces["eni-app-a"], group_ids=("sg-app", "sg-many", "sg-unread"))
    world = world.having("security_groups", a_group(*rules, id="sg-many"))
    return world.having("interfaces", interface)


MANY = [a_group_rule(f"192.168.{n}.0/24", (9, 9)) for n in range(MOST_RULES - 1)]
READS = EndpointPolicyGap("vpce-s3", ("s3:GetObject",), (KEY,))
GAP = RouteGap(TABLES, "10.2.4.0/24", "tgw-1", "nat-a")
RULE = GroupGap("sg-app", a_group_rule("sg-new", (80, 80)))


@pytest.mark.parametrize(
    ("cause", "broken", "possible"),
    [
        (EndpointWithoutTables("vpce-dynamodb", TABLES), fault_4, True),
        (EndpointWithoutTables("vpce-dynamodb", TABLES), with_rival, False),
        (
            EndpointPolicyGap("vpce-s3", ("s3:GetObject",), (KEY,)),
            lambda w: with_endpoint(w, "vpce-s3", policy=None),
            False,
        ),
        (READS, lambda w: w, False),
        (EndpointPolicyGap("vpce-s3", ("s3:GetObject",), ("arn:aws:s3:::webapp/*",)), fault_5, False),
        (GAP, fault_7, True),
        (GAP, lambda w: routed(fault_7(w), "nat-a"), True),
        (GAP, lambda w: routed(fault_7(w), "nat-gone", state="blackhole"), True),
        (GAP, lambda w: routed(fault_7(w), "eni-appliance"), False),
        (GAP, lambda w: routed(fault_7(w), "vgw-1", origin="EnableVgwRoutePropagation"), True),
        (GAP, lambda w: crowded(fault_7(w)), False),
        (GAP, lambda w: crowded(fault_7(w), 1), True),
        (GAP, lambda w: crowded(fault_7(w), MOST_ROUTES), False),
        (RouteGap(TABLES, "2001:db8::/56", "eigw-workshop"), lambda w: crowded(fault_7(w)), True),
        (RouteGap(TABLES, "pl-office", "tgw-1"), fault_7, True),
        (FirewallDrop(RULES, API, "{}"), lambda w: replace(w, rule_groups={}), False),
        (RULE, lambda w: w, True),
        (RULE, lambda w: with_rules(w, *MANY), False),
        (RULE, lambda w: with_rules(w, *MANY, a_group_rule("10.9.0.0/16", (9, 9))), True),
        (RULE, lambda w: with_other_group(w, 998), True),
        (RULE, lambda w: with_other_group(w, 999), False),
        (RULE, lambda w: with_rules(w, *MANY[:-10], a_group_rule("2001:db8::/56")), True),
        (GroupGap("sg-app", a_group_rule("2001:db8::/56", (80, 80))), lambda w: with_rules(w, *MANY), True),
        (GroupGap("sg-app", a_group_rule("pl-s3", (443, 443), egress=True)), lambda w: with_rules(w, *MANY), True),
    ],
)
def test_a_change_is_proposed_only_where_aws_would_take_it(
    cause: Cause, broken: Callable[[Snapshot], Snapshot], *, possible: bool
) -> None:
    """One endpoint of a service per table, no route over another that works, within the quotas."""
    (option,) = candidates(cause, broken(a_needy_workshop()))
    assert isinstance(option, Obstacle) is not possible


def test_a_new_statement_of_an_endpoint_policy_is_for_the_caller_alone() -> None:
    """Beside one that is open to everybody, which cannot be extended by the key without more."""
    policy = document(statement(["s3:GetObject", "s3:ListBucket"], "arn:aws:s3:::other/*", Principal="*"))
    gap = EndpointPolicyGap("vpce-s3", ("s3:GetObject",), (KEY,), (ROLE,))
    (option,) = candidates(gap, with_endpoint(a_needy_workshop(), "vpce-s3", policy=policy))
    assert not isinstance(option, Obstacle)
    (change,) = option
    assert isinstance(change, SetEndpointPolicy)
    alone = f"everybody may s3:GetObject on {KEY}, when aws:PrincipalArn is like {ROLE}"
    assert grants(policy, str(change.document)) == (alone,)


def test_a_prefix_list_counts_as_many_rules_as_it_may_have_entries() -> None:
    """AWS counts so."""
    world = a_needy_workshop()
    full = replace(world.prefix_lists["pl-s3"], max_entries=MOST_RULES)
    gap = GroupGap("sg-app", a_group_rule("pl-s3", (443, 443), egress=True))
    assert candidates(gap, world)
    (option,) = candidates(gap, world.having("prefix_lists", full))
    assert isinstance(option, Obstacle)


@pytest.mark.parametrize("known", [True, False])
def test_a_swapped_profile_goes_back_where_its_association_is_known(*, known: bool) -> None:
    """EC2 asks for the association's id."""
    world = with_instances(
        a_needy_workshop(), "b", profile_arn=f"{PROFILE}2", profile_association_id="iip-1" if known else None
    )
    profile = replace(world.instance_profiles[PROFILE], arn=f"{PROFILE}2", role_arns=())
    world = world.having("instance_profiles", profile)
    if known:
        assert changes(world) == (SetInstanceProfile("i-app-b", PROFILE),)
    else:
        assert "no safe change clears" in refused(world)


def test_metadata_options_that_were_not_read_are_not_set() -> None:
    """There would be no way back."""
    world = a_workshop()
    (option,) = candidates(MetadataOff("i-app-b", enabled=True, hop_limit=1), world)
    assert isinstance(option, Obstacle)
    assert "could not be undone" in option.because


@pytest.mark.parametrize("peer", ["sg-alb", "10.0.0.0/22"])
def test_what_a_missing_rule_opens_is_needed(peer: str) -> None:
    """A group means its members, a network itself; another port would be beyond the need."""
    world = without_ingress(a_needy_workshop())
    rule = a_group_rule(peer, (80, 80))
    opened = difference(world, SetGroupRule("sg-app", rule).after(world)).opened
    assert opened
    assert beyond_need(opened, [GroupGap("sg-app", rule)], world) == ()
    assert beyond_need(opened, [GroupGap("sg-app", a_group_rule(peer, (81, 81)))], world) == opened
    assert beyond_need(opened, [GroupGap("sg-other", rule)], world) == opened
