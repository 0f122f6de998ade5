"""The state of the network plane as the data plane needs it: read by describe calls, indexed, never interpreted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Atlas:
    """Describe answers by id; route tables and ACLs by the subnet they hold for."""

    subnets: Mapping[str, Record]
    tables: Mapping[str, Record]
    acls: Mapping[str, Record]
    groups: Mapping[str, Record]
    interfaces: Mapping[str, Record]
    instances: Mapping[str, Record]
    gateways: frozenset[str]
    balancers: Mapping[str, Record]
    listeners: Mapping[str, tuple[Record, ...]]
    target_groups: Mapping[str, Record]
    targets: Mapping[str, tuple[Record, ...]]

    def nodes(self, balancer_arn: str) -> tuple[Record, ...]:
        """Return the interfaces of a load balancer, one per subnet."""
        name = balancer_arn.rpartition(":loadbalancer/")[2]
        return tuple(one for one in self.interfaces.values() if one.get("Description") == f"ELB {name}")

    def members(self, group_id: str) -> frozenset[str]:
        """Return the private addresses which a reference to a security group means."""
        return frozenset(
            one["PrivateIpAddress"]
            for one in self.interfaces.values()
            if any(group["GroupId"] == group_id for group in one["Groups"])
        )

    def zone(self, subnet_id: str) -> str:
        """Return the availability zone of a subnet."""
        return str(self.subnets[subnet_id]["AvailabilityZone"])


def read(ec2: Any, elbv2: Any) -> Atlas:  # noqa: ANN401 - boto3's clients are made at run time
    """Read the whole plane; about twelve calls."""
    subnets = _by(ec2.describe_subnets()["Subnets"], "SubnetId")
    tables, acls = ec2.describe_route_tables()["RouteTables"], ec2.describe_network_acls()["NetworkAcls"]
    interfaces = ec2.describe_network_interfaces()["NetworkInterfaces"]
    balancers = _by(elbv2.describe_load_balancers()["LoadBalancers"], "LoadBalancerArn")
    groups = _by(elbv2.describe_target_groups()["TargetGroups"], "TargetGroupArn")
    reservations = ec2.describe_instances()["Reservations"]
    return Atlas(
        subnets=subnets,
        tables={name: _table_for(subnet, tables) for name, subnet in subnets.items()},
        acls={name: _acl_for(subnet, acls) for name, subnet in subnets.items()},
        groups=_by(ec2.describe_security_groups()["SecurityGroups"], "GroupId"),
        interfaces=_by(interfaces, "NetworkInterfaceId"),
        instances=_by([one for group in reservations for one in group["Instances"]], "InstanceId"),
        gateways=frozenset(
            one["InternetGatewayId"]
            for one in ec2.describe_internet_gateways()["InternetGateways"]
            if one["Attachments"]
        ),
        balancers=balancers,
        listeners={arn: tuple(elbv2.describe_listeners(LoadBalancerArn=arn)["Listeners"]) for arn in balancers},
        target_groups=groups,
        targets={arn: _targets(elbv2, arn) for arn in groups},
    )


def _targets(elbv2: Any, arn: str) -> tuple[Record, ...]:  # noqa: ANN401 - boto3's clients are made at run time
    described = elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    return tuple(one["Target"] for one in described)


def _by(records: list[Record], key: str) -> dict[str, Record]:
    return {str(record[key]): record for record in records}


def _table_for(subnet: Record, tables: list[Record]) -> Record:
    """The associated table; without an association, the main one of the VPC."""
    own = [table for table in tables if table["VpcId"] == subnet["VpcId"]]
    for table in own:
        if any(one.get("SubnetId") == subnet["SubnetId"] for one in table["Associations"]):
            return table
    return next((table for table in own if any(one.get("Main") for one in table["Associations"])), {"Routes": []})


def _acl_for(subnet: Record, acls: list[Record]) -> Record:
    own = [acl for acl in acls if acl["VpcId"] == subnet["VpcId"]]
    for acl in own:
        if any(one["SubnetId"] == subnet["SubnetId"] for one in acl["Associations"]):
            return acl
    return next((acl for acl in own if acl["IsDefault"]), {"Entries": []})
