"""Break the world as the workshop does, mend it, and hide decoys in it; each step may be repeated."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lab import control, faults_of_dependencies, ministack, world_network
from lab.acls import Entry, balancer_tier
from lab.clients import for_lab
from lab.config_rules import RULE_NAME
from lab.tagging import named
from lab.world_network import APPLICATION, BALANCER, BALANCER_ACL, PUBLIC_TABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab.emulators import Endpoints

World = dict[str, Any]
HEALTHY_STATUS, ODD_STATUS = 200, 299
MATCHER = "200"
REPLIES = 1100
DECOY_ENTRY = Entry(1050, "203.0.113.0/24", (6000, 6063), action="deny")
DECOY_SUBNET = "WebApp-Spare-b"
DECOY_NETWORK = "10.0.99.0/24"


def break_(fault: str, endpoints: Endpoints, world: World) -> None:
    """Inject the fault of this number, `all` of them, or the `decoy`.

    Raises:
        KeyError: There is no such fault.
    """
    _FAULTS[fault](endpoints, world)


def mend(endpoints: Endpoints, world: World) -> None:
    """Undo every fault and remove the decoys, whatever the product did about them."""
    _associate(endpoints, world, PUBLIC_TABLE)
    control.set_application(endpoints, health_status=HEALTHY_STATUS)
    _match(endpoints, world, MATCHER)
    _replace(endpoints, world, _replies_entry())
    _drop_decoys(endpoints, world)
    faults_of_dependencies.mend(endpoints, world)
    faults_of_dependencies.drop_decoys(endpoints, world)
    for_lab(endpoints, "config").start_config_rules_evaluation(ConfigRuleNames=[RULE_NAME])


def _lost_way_back(endpoints: Endpoints, world: World) -> None:
    """Fault 1: the load balancer's subnet b uses the route table of application subnet b, to a NAT gateway."""
    _associate(endpoints, world, "WebApp-App1-b-RTB")


def _odd_status(endpoints: Endpoints, world: World) -> None:
    """Fault 2: the application answers its health check with 299, which the matcher does not admit."""
    _match(endpoints, world, MATCHER)
    control.set_application(endpoints, health_status=ODD_STATUS)


def _narrow_replies(endpoints: Endpoints, world: World) -> None:
    """Fault 3: the first reply entry starts at 32768, so half of the ports of zone a's replies are shut."""
    narrow = replace(_replies_entry(), network=world_network.NETWORK, ports=(32768, 65535))
    _replace(endpoints, world, narrow)
    # An ACL edit does not trigger the rule, on AWS neither; there, its first or next evaluation finds the fault.
    for_lab(endpoints, "config").start_config_rules_evaluation(ConfigRuleNames=[RULE_NAME])


def _decoys(endpoints: Endpoints, world: World) -> None:
    """No fault: denies for what nobody uses, a spare subnet without an association, and what surrounds it."""
    ec2 = for_lab(endpoints, "ec2")
    _drop_decoys(endpoints, world)
    ec2.create_network_acl_entry(**DECOY_ENTRY.request(_acl(endpoints, world)["NetworkAclId"]))
    ec2.create_subnet(
        VpcId=world["vpc"],
        CidrBlock=DECOY_NETWORK,
        AvailabilityZone=ministack.REGION + "b",
        TagSpecifications=named("subnet", DECOY_SUBNET, Tier="Spare"),
    )
    faults_of_dependencies.hide_decoys(endpoints, world)


def _all(endpoints: Endpoints, world: World) -> None:
    """All eight faults at once."""
    for fault in EIGHT:
        _FAULTS[fault](endpoints, world)


_FAULTS: dict[str, Callable[[Endpoints, World], None]] = {
    "1": _lost_way_back,
    "2": _odd_status,
    "3": _narrow_replies,
    "4": faults_of_dependencies.table_endpoint_without_tables,
    "5": faults_of_dependencies.object_missing_in_policy,
    "6": faults_of_dependencies.external_denied,
    "7": faults_of_dependencies.peer_route_missing,
    "8": faults_of_dependencies.host_held_back,
    "all": _all,
    "decoy": _decoys,
}
EIGHT = tuple(name for name in _FAULTS if name.isdigit())
NAMES = tuple(_FAULTS)


def _replies_entry() -> Entry:
    entries = balancer_tier(BALANCER.networks(), APPLICATION.networks())
    return next(one for one in entries if one.number == REPLIES and not one.egress)


def _associate(endpoints: Endpoints, world: World, table_name: str) -> None:
    """Make the named table the one of the load balancer's subnet b."""
    ec2 = for_lab(endpoints, "ec2")
    subnet = world["subnets"][f"WebApp-{BALANCER.name}-b"]
    wanted = world["route_tables"][table_name]
    found = ec2.describe_route_tables(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])["RouteTables"]
    for table in found:
        for one in table["Associations"]:
            if one.get("SubnetId") == subnet and table["RouteTableId"] != wanted:
                ec2.replace_route_table_association(AssociationId=one["RouteTableAssociationId"], RouteTableId=wanted)
    if not found:
        ec2.associate_route_table(RouteTableId=wanted, SubnetId=subnet)


def _match(endpoints: Endpoints, world: World, matcher: str) -> None:
    for_lab(endpoints, "elbv2").modify_target_group(
        TargetGroupArn=world["target_group_arn"], Matcher={"HttpCode": matcher}
    )


def _acl(endpoints: Endpoints, world: World) -> dict[str, Any]:
    wanted = [{"Name": "tag:Name", "Values": [BALANCER_ACL]}, {"Name": "vpc-id", "Values": [world["vpc"]]}]
    acl: dict[str, Any] = for_lab(endpoints, "ec2").describe_network_acls(Filters=wanted)["NetworkAcls"][0]
    return acl


def _replace(endpoints: Endpoints, world: World, entry: Entry) -> None:
    acl = _acl(endpoints, world)
    ec2 = for_lab(endpoints, "ec2")
    there = any(one["RuleNumber"] == entry.number and one["Egress"] == entry.egress for one in acl["Entries"])
    write = ec2.replace_network_acl_entry if there else ec2.create_network_acl_entry
    write(**entry.request(acl["NetworkAclId"]))


def _drop_decoys(endpoints: Endpoints, world: World) -> None:
    ec2, acl = for_lab(endpoints, "ec2"), _acl(endpoints, world)
    if any(one["RuleNumber"] == DECOY_ENTRY.number and not one["Egress"] for one in acl["Entries"]):
        ec2.delete_network_acl_entry(NetworkAclId=acl["NetworkAclId"], RuleNumber=DECOY_ENTRY.number, Egress=False)
    spare = ec2.describe_subnets(Filters=[{"Name": "tag:Name", "Values": [DECOY_SUBNET]}])["Subnets"]
    for subnet in spare:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
