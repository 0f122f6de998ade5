"""Saves a snapshot as the describe answers that it could have come from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from pathmend.snapshot.balancing import Listener, TargetGroup, TargetHealth
    from pathmend.snapshot.resources import (
        AclEntry,
        Instance,
        NetworkInterface,
        Route,
        SecurityGroup,
        SecurityGroupRule,
        Subnet,
        Vpc,
    )
    from pathmend.snapshot.world import Snapshot

_TARGET_KEYS = {"nat-": "NatGatewayId", "eigw-": "EgressOnlyInternetGatewayId", "eni-": "NetworkInterfaceId"}


def save(world: Snapshot, folder: Path, *without: str) -> Path:
    """Write one file per kind, but for those to leave out, and return the folder."""
    for key, items in answers_of(world).items():
        if key not in without:
            (folder / f"{key}.json").write_text(json.dumps({key: items}), encoding="utf-8")
    return folder


def answers_of(world: Snapshot) -> dict[str, list[Any]]:
    """Return the answers by AWS's keys."""
    gateways = list(world.gateways.values())
    return {
        "Vpcs": [_vpc(one) for one in world.vpcs.values()],
        "Subnets": [_subnet(one) for one in world.subnets.values()],
        "RouteTables": [
            {
                "RouteTableId": one.id,
                "VpcId": one.vpc_id,
                "Routes": [_route(route) for route in one.routes],
                "Associations": [
                    {"RouteTableAssociationId": link.id, "SubnetId": link.subnet_id, "Main": link.main}
                    for link in one.associations
                ],
            }
            for one in world.route_tables.values()
        ],
        "NetworkAcls": [
            {
                "NetworkAclId": one.id,
                "VpcId": one.vpc_id,
                "IsDefault": one.default,
                "Associations": [{"SubnetId": subnet_id} for subnet_id in one.subnet_ids],
                "Entries": [_entry(entry) for entry in one.entries],
            }
            for one in world.network_acls.values()
        ],
        "SecurityGroups": [_group(one) for one in world.security_groups.values()],
        "NetworkInterfaces": [_interface(one) for one in world.interfaces.values()],
        "Reservations": [{"Instances": [_instance(one) for one in world.instances.values()]}],
        "InternetGateways": [
            {"InternetGatewayId": one.id, "Attachments": [{"VpcId": vpc} for vpc in one.vpc_ids]}
            for one in gateways
            if not one.egress_only
        ],
        "EgressOnlyInternetGateways": [
            {"EgressOnlyInternetGatewayId": one.id, "Attachments": [{"VpcId": vpc} for vpc in one.vpc_ids]}
            for one in gateways
            if one.egress_only
        ],
        "NatGateways": [
            {
                "NatGatewayId": one.id,
                "VpcId": one.vpc_id,
                "SubnetId": one.subnet_id,
                "State": one.state,
                "NatGatewayAddresses": [{"PublicIp": str(address)} for address in one.public_ips],
            }
            for one in world.nat_gateways.values()
        ],
        "VpcEndpoints": [
            {
                "VpcEndpointId": one.id,
                "VpcId": one.vpc_id,
                "ServiceName": one.service_name,
                "VpcEndpointType": one.kind,
                "State": one.state,
                "RouteTableIds": list(one.route_table_ids),
            }
            for one in world.vpc_endpoints.values()
        ],
        **_balancing(world),
    }


def _balancing(world: Snapshot) -> dict[str, list[Any]]:
    groups = list(world.target_groups.values())
    return {
        "LoadBalancers": [
            {
                "LoadBalancerArn": one.arn,
                "LoadBalancerName": one.name,
                "Type": one.kind,
                "Scheme": one.scheme,
                "VpcId": one.vpc_id,
                "DNSName": one.dns_name,
            }
            for one in world.load_balancers.values()
        ],
        "Listeners": [_listener(one) for one in world.listeners.values()],
        "Rules": [],
        "TargetGroups": [_target_group(one) for one in groups],
        "TargetHealthDescriptions": [
            {"TargetGroupArn": one.arn, "TargetHealthDescriptions": [_health(target) for target in one.targets]}
            for one in groups
            if one.targets_read
        ],
        "LoadBalancerAttributes": [_attributes(world, "LoadBalancerArn", arn) for arn in world.load_balancers],
        "TargetGroupAttributes": [_attributes(world, "TargetGroupArn", one.arn) for one in groups],
    }


def _listener(listener: Listener) -> dict[str, Any]:
    forward = [{"Type": "forward", "TargetGroupArn": arn} for arn in listener.target_group_arns]
    return {
        "ListenerArn": listener.arn,
        "LoadBalancerArn": listener.load_balancer_arn,
        "Protocol": listener.protocol,
        "Port": listener.port,
        "DefaultActions": forward,
    }


def _target_group(group: TargetGroup) -> dict[str, Any]:
    placed = {"VpcId": group.vpc_id, "Port": group.port, "Protocol": group.protocol} if group.kind != "lambda" else {}
    return {
        "TargetGroupArn": group.arn,
        "TargetGroupName": group.name,
        "TargetType": group.kind,
        "LoadBalancerArns": list(group.load_balancer_arns),
        "HealthCheckProtocol": group.health_check.protocol,
        "HealthCheckPort": group.health_check.port,
        "HealthCheckEnabled": group.health_check.enabled,
        **placed,
    }


def _health(target: TargetHealth) -> dict[str, Any]:
    zone = {"AvailabilityZone": target.availability_zone} if target.availability_zone else {}
    port = {"Port": target.port} if target.port else {}
    return {"Target": {"Id": target.target_id, **port, **zone}, "TargetHealth": {"State": target.state}}


def _attributes(world: Snapshot, key: str, arn: str) -> dict[str, Any]:
    return {key: arn, "Attributes": [{"Key": name, "Value": value} for name, value in world.attributes.get(arn, ())]}


def _vpc(vpc: Vpc) -> dict[str, Any]:
    wide = [{"Ipv6CidrBlock": str(block)} for block in vpc.cidrs if block.version == 6]
    block = next(str(block) for block in vpc.cidrs if block.version == 4)
    return {"VpcId": vpc.id, "CidrBlock": block, "Ipv6CidrBlockAssociationSet": wide}


def _subnet(subnet: Subnet) -> dict[str, Any]:
    return {
        "SubnetId": subnet.id,
        "VpcId": subnet.vpc_id,
        "AvailabilityZone": subnet.availability_zone,
        "CidrBlock": str(subnet.cidrs[0]),
    }


def _route(route: Route) -> dict[str, Any]:
    where = str(route.destination)
    key = (
        "DestinationPrefixListId"
        if where.startswith("pl-")
        else "DestinationIpv6CidrBlock"
        if ":" in where
        else "DestinationCidrBlock"
    )
    target = next((name for start, name in _TARGET_KEYS.items() if route.target.startswith(start)), "GatewayId")
    return {key: where, target: route.target, "State": route.state, "Origin": route.origin}


def _entry(entry: AclEntry) -> dict[str, Any]:
    ports = {"PortRange": {"From": entry.ports[0], "To": entry.ports[1]}} if entry.ports else {}
    return {
        "RuleNumber": entry.rule_number,
        "Egress": entry.egress,
        "Protocol": entry.protocol,
        "RuleAction": entry.action,
        "CidrBlock" if entry.cidr.version == 4 else "Ipv6CidrBlock": str(entry.cidr),
        **ports,
    }


def _group(group: SecurityGroup) -> dict[str, Any]:
    return {
        "GroupId": group.id,
        "VpcId": group.vpc_id,
        "GroupName": group.name,
        "IpPermissions": [_permission(rule) for rule in group.rules if not rule.egress],
        "IpPermissionsEgress": [_permission(rule) for rule in group.rules if rule.egress],
    }


def _permission(rule: SecurityGroupRule) -> dict[str, Any]:
    ports = {"FromPort": rule.ports[0], "ToPort": rule.ports[1]} if rule.ports else {}
    peer = str(rule.peer)
    peers = {"UserIdGroupPairs": [{"GroupId": peer}]} if peer.startswith("sg-") else {"IpRanges": [{"CidrIp": peer}]}
    return {"IpProtocol": rule.protocol, **ports, **peers}


def _interface(interface: NetworkInterface) -> dict[str, Any]:
    public = {"Association": {"PublicIp": str(interface.public_ips[0])}} if interface.public_ips else {}
    attached = {"Attachment": {"InstanceId": interface.instance_id}} if interface.instance_id else {}
    return {
        "NetworkInterfaceId": interface.id,
        "VpcId": interface.vpc_id,
        "SubnetId": interface.subnet_id,
        "PrivateIpAddress": str(interface.private_ips[0]),
        "Ipv6Addresses": [{"Ipv6Address": str(address)} for address in interface.ipv6s],
        "Groups": [{"GroupId": group_id} for group_id in interface.group_ids],
        "Description": interface.description,
        "SourceDestCheck": interface.source_dest_check,
        **public,
        **attached,
    }


def _instance(instance: Instance) -> dict[str, Any]:
    attached = [{"NetworkInterfaceId": one} for one in instance.interface_ids]
    return {
        "InstanceId": instance.id,
        "State": {"Name": instance.state},
        "SubnetId": instance.subnet_id,
        "NetworkInterfaces": attached,
    }
