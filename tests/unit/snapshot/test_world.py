"""A snapshot answers what belongs to what."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

from tests.builders import (
    LISTENER_ARN,
    LOAD_BALANCER_ARN,
    TARGET_GROUP_ARN,
    VPC_ID,
    a_listener,
    a_subnet,
    a_target_group,
    a_workshop,
    a_world,
    an_acl,
    an_instance,
    an_interface,
    decoys,
)


def test_having_replaces_by_id_or_arn_and_leaves_the_original() -> None:
    """Snapshots are values."""
    world = a_workshop()
    changed = world.having("subnets", replace(world.subnets["subnet-alb-a"], availability_zone="x"))
    changed = changed.having("listeners", a_listener(port=81))
    assert changed.subnets["subnet-alb-a"].availability_zone == "x"
    assert changed.listeners[LISTENER_ARN].port == 81
    assert world == a_workshop()


def test_find_knows_all_kinds() -> None:
    """Ids and ARNs alike; None is nothing of the sort."""
    world = a_workshop()
    assert world.find("nat-b") is world.nat_gateways["nat-b"]
    assert world.find(TARGET_GROUP_ARN) is world.target_groups[TARGET_GROUP_ARN]
    assert world.find("vpc-none") is None


def test_rule_16_a_subnet_without_association_uses_the_main_table() -> None:
    """An explicit association comes first."""
    world = decoys(a_workshop())
    assert world.route_table_of("subnet-app-b") is world.route_tables["rtb-app-b"]
    assert world.explicit_route_table_of("subnet-db-c") is None
    assert world.route_table_of("subnet-db-c") is world.main_route_table_of(VPC_ID)
    assert a_world(a_subnet()).route_table_of("subnet-alb-a") is None


def test_rule_05_a_subnet_without_association_uses_the_default_acl() -> None:
    """An ACL of its own comes first."""
    world = a_world(a_subnet(), a_subnet(id="subnet-2"), an_acl(subnet_ids=("subnet-2",)), an_acl(id="d", default=True))
    assert world.network_acl_of("subnet-alb-a") is world.network_acls["d"]
    assert world.network_acl_of("subnet-2") is world.network_acls["acl-0"]
    assert a_world(a_subnet()).network_acl_of("subnet-alb-a") is None


def test_addresses_lead_to_interfaces_subnets_and_groups() -> None:
    """Within one VPC only."""
    world = a_workshop()
    assert world.interface_at(VPC_ID, ip_address("10.0.12.10")) is world.interfaces["eni-app-b"]
    assert world.interface_at("vpc-2", ip_address("10.0.12.10")) is None
    assert world.subnet_at(VPC_ID, ip_address("10.0.12.99")) is world.subnets["subnet-app-b"]
    assert world.subnet_at(VPC_ID, ip_address("10.0.99.1")) is None
    assert ip_address("10.0.1.10") in world.addresses_of_group("sg-alb")
    assert world.addresses_of_group("sg-none") == frozenset()


def test_a_load_balancer_leads_to_nodes_listeners_and_groups() -> None:
    """Groups that only name the load balancer belong to it as well; those that were not read are left out."""
    other = a_target_group(arn="arn:z", load_balancer_arns=(LOAD_BALANCER_ARN,))
    stray = a_target_group(arn="arn:y", load_balancer_arns=())
    world = a_workshop().having("target_groups", other).having("target_groups", stray)
    world = world.having("listeners", a_listener(target_group_arns=(TARGET_GROUP_ARN, "arn:gone")))
    balancer = world.load_balancers[LOAD_BALANCER_ARN]
    assert [node.id for node in world.nodes_of(balancer)] == ["eni-alb-a", "eni-alb-b", "eni-alb-c"]
    assert [item.port for item in world.listeners_of(LOAD_BALANCER_ARN)] == [80]
    assert [group.arn for group in world.target_groups_of(LOAD_BALANCER_ARN)] == [TARGET_GROUP_ARN, "arn:z"]


def test_the_primary_interface_is_the_first_device() -> None:
    """Interfaces that the instance does not name come last."""
    named = an_interface(id="eni-app-a", instance_id="i-app-a")
    world = a_world(an_instance(), an_interface(id="eni-9", instance_id="i-app-a"), named)
    assert world.primary_interface_of("i-app-a") is named
    assert world.primary_interface_of("i-none") is None
    alone = an_interface(id="eni-1", instance_id="i-x")
    assert a_world(alone).primary_interface_of("i-x") is alone
