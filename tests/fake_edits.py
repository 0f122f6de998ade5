"""What AWS makes of the requests about endpoints, routes, groups, instances, VPCs and firewalls, from AWS's words."""

from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any, TypeAlias

from pathmend.errors import ConflictError, NotFoundError
from pathmend.snapshot.parse_firewall import with_record
from pathmend.snapshot.protocols import number_of
from pathmend.snapshot.resources import Route, SecurityGroupRule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pathmend.snapshot.world import Snapshot

    Edit: TypeAlias = Callable[[Snapshot, Mapping[str, Any]], Snapshot]

_TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "VpcEndpointId",
    "NetworkInterfaceId",
    "EgressOnlyInternetGatewayId",
)


def _found(resources: Mapping[str, Any], name: str, code: str) -> Any:
    if name not in resources:
        raise NotFoundError(f"{code}: {name}")
    return resources[name]


def modify_endpoint(world: Snapshot, given: Mapping[str, Any]) -> Snapshot:
    """Put tables on an endpoint or take them off, with the routes to its service; or set its policy or its names."""
    endpoint = _found(world.vpc_endpoints, given["VpcEndpointId"], "InvalidVpcEndpointId.NotFound")
    added, removed = given.get("AddRouteTableIds", []), given.get("RemoveRouteTableIds", [])
    tables = sorted({*endpoint.route_table_ids, *added} - {*removed})
    policy = given.get("PolicyDocument", endpoint.policy)
    if given.get("ResetPolicy"):
        policy = '{"Statement": [{"Action": "*", "Effect": "Allow", "Principal": "*", "Resource": "*"}]}'
    lists = [one.id for one in world.prefix_lists.values() if one.name == endpoint.service_name]
    for table_id in (*added, *removed):
        table = world.route_tables[table_id]
        kept = [route for route in table.routes if route.target != endpoint.id]
        led = [Route(name, endpoint.id) for name in lists if table_id in added]
        world = world.having("route_tables", replace(table, routes=(*kept, *led)))
    names = given.get("PrivateDnsEnabled", endpoint.private_dns)
    edited = replace(endpoint, route_table_ids=tuple(tables), policy=policy, private_dns=names)
    return world.having("vpc_endpoints", edited)


def create_route(world: Snapshot, given: Mapping[str, Any]) -> Snapshot:
    """Make a route; one to the same destination must not be there."""
    return _edit_route(world, given, exists=False, left=True)


def replace_route(world: Snapshot, given: Mapping[str, Any]) -> Snapshot:
    """Replace a route, which must be there."""
    return _edit_route(world, given, exists=True, left=True)


def delete_route(world: Snapshot, given: Mapping[str, Any]) -> Snapshot:
    """Remove a route, which must be there."""
    return _edit_route(world, given, exists=True, left=False)


def _edit_route(world: Snapshot, given: Mapping[str, Any], *, exists: bool, left: bool) -> Snapshot:
    table = _found(world.route_tables, given["RouteTableId"], "InvalidRouteTableID.NotFound")
    destination = given.get("DestinationPrefixListId") or ip_network(
        given.get("DestinationCidrBlock") or given["DestinationIpv6CidrBlock"]
    )
    old = [one for one in table.routes if one.destination == destination]
    if old and not exists:
        raise ConflictError(f"RouteAlreadyExists: {destination}")
    if exists and not old:
        raise NotFoundError(f"InvalidRoute.NotFound: {destination}")
    routes = [one for one in table.routes if one not in old]
    if left:
        target = "local" if given.get("LocalTarget") else next(given[key] for key in _TARGETS if key in given)
        routes.append(replace(old[0], target=target, state="active") if old else Route(destination, target))
    return world.having("route_tables", replace(table, routes=tuple(routes)))


def authorize(egress: bool) -> Edit:  # noqa: FBT001 - which of two operations
    """Return the edit that adds rules; one that is there must not be added again."""

    def edit(world: Snapshot, given: Mapping[str, Any]) -> Snapshot:
        group = _found(world.security_groups, given["GroupId"], "InvalidGroup.NotFound")
        new = [_rule(one, egress=egress) for one in given["IpPermissions"]]
        if {replace(rule, id="") for rule in group.rules} & {*new}:
            raise ConflictError(f"InvalidPermission.Duplicate: {group.id}")
        return world.having("security_groups", replace(group, rules=(*group.rules, *new)))

    return edit


def revoke(egress: bool) -> Edit:  # noqa: FBT001 - which of two operations
    """Return the edit that removes rules, by their ids or by what they say."""

    def edit(world: Snapshot, given: Mapping[str, Any]) -> Snapshot:
        group = _found(world.security_groups, given["GroupId"], "InvalidGroup.NotFound")
        old = {_rule(one, egress=egress) for one in given.get("IpPermissions", [])}
        names = given.get("SecurityGroupRuleIds", [])
        kept = tuple(rule for rule in group.rules if rule.id not in names and replace(rule, id="") not in old)
        if len(kept) == len(group.rules):
            raise NotFoundError(f"InvalidPermission.NotFound: {group.id}")
        return world.having("security_groups", replace(group, rules=kept))

    return edit


def _rule(given: Mapping[str, Any], *, egress: bool) -> SecurityGroupRule:
    peers = [one["CidrIp"] for one in given.get("IpRanges", [])]
    peers += [one["CidrIpv6"] for one in given.get("Ipv6Ranges", [])]
    named = [one["PrefixListId"] for one in given.get("PrefixListIds", [])]
    named += [one["GroupId"] for one in given.get("UserIdGroupPairs", [])]
    ports = (given["FromPort"], given["ToPort"]) if "FromPort" in given else None
    protocol = number_of(given["IpProtocol"])
    assert protocol
    return SecurityGroupRule(egress, protocol, ports, named[0] if named else ip_network(peers[0]))


def modify_vpc(world: Snapshot, given: Mapping[str, Any]) -> Snapshot:
    """Set one attribute of a VPC."""
    vpc = _found(world.vpcs, given["VpcId"], "InvalidVpcID.NotFound")
    if "EnableDnsSupport" in given:
        vpc = replace(vpc, dns_support=given["EnableDnsSupport"]["Value"])
    if "EnableDnsHostnames" in given:
        vpc = replace(vpc, dns_hostnames=given["EnableDnsHostnames"]["Value"])
    return world.having("vpcs", vpc)


def modify_metadata(world: Snapshot, given: Mapping[str, Any]) -> Snapshot:
    """Set the metadata options that are given; the others stay."""
    instance = _found(world.instances, given["InstanceId"], "InvalidInstanceID.NotFound")
    options = replace(
        instance.metadata, enabled=given["HttpEndpoint"] == "enabled", hop_limit=given["HttpPutResponseHopLimit"]
    )
    return world.having("instances", replace(instance, metadata=options))


def associate_profile(world: Snapshot, given: Mapping[str, Any]) -> Snapshot:
    """Give an instance without profile one."""
    instance = _found(world.instances, given["InstanceId"], "InvalidInstanceID.NotFound")
    if instance.profile_arn:
        raise ConflictError(f"IncorrectState: {instance.id}")
    return _with_profile(world, instance, given["IamInstanceProfile"]["Arn"])


def replace_profile(world: Snapshot, given: Mapping[str, Any]) -> Snapshot:
    """Give an instance another profile."""
    return _with_profile(world, _associated(world, given), given["IamInstanceProfile"]["Arn"])


def remove_profile(world: Snapshot, given: Mapping[str, Any]) -> Snapshot:
    """Take an instance's profile."""
    return _with_profile(world, _associated(world, given), None)


def _associated(world: Snapshot, given: Mapping[str, Any]) -> Any:
    by_id = {str(one.profile_association_id): one for one in world.instances.values()}
    return _found(by_id, given["AssociationId"], "InvalidAssociationID.NotFound")


def _with_profile(world: Snapshot, instance: Any, arn: str | None) -> Snapshot:
    made = f"iip-assoc-made-{instance.id}" if arn else None
    return world.having("instances", replace(instance, profile_arn=arn, profile_association_id=made))


def update_rule_group(world: Snapshot, given: Mapping[str, Any]) -> Snapshot:
    """Replace a rule group whole; the token must be that of the last reading, and another is given."""
    group = _found(world.rule_groups, given["RuleGroupArn"], "ResourceNotFoundException")
    if given["UpdateToken"] != group.update_token:
        raise ConflictError(f"InvalidTokenException: {group.arn}")
    kept = {key: given[key] for key in ("Description", "EncryptionConfiguration") if key in given}
    made = with_record(group, json.dumps(given["RuleGroup"]))
    made = replace(made, update_token=f"{group.update_token}+", settings=json.dumps(kept, sort_keys=True))
    return world.having("rule_groups", made)


def set_subnets(world: Snapshot, given: Mapping[str, Any]) -> Snapshot:
    """Put a load balancer in these subnets and in no other."""
    balancer = _found(world.load_balancers, given["LoadBalancerArn"], "LoadBalancerNotFound")
    for subnet_id in given["Subnets"]:
        _found(world.subnets, subnet_id, "SubnetNotFound")
    return world.having("load_balancers", replace(balancer, subnet_ids=tuple(sorted(given["Subnets"]))))


EDITS: dict[str, Edit] = {
    "ModifyVpcEndpoint": modify_endpoint,
    "CreateRoute": create_route,
    "ReplaceRoute": replace_route,
    "DeleteRoute": delete_route,
    "AuthorizeSecurityGroupEgress": authorize(egress=True),
    "AuthorizeSecurityGroupIngress": authorize(egress=False),
    "RevokeSecurityGroupEgress": revoke(egress=True),
    "RevokeSecurityGroupIngress": revoke(egress=False),
    "ModifyVpcAttribute": modify_vpc,
    "ModifyInstanceMetadataOptions": modify_metadata,
    "AssociateIamInstanceProfile": associate_profile,
    "ReplaceIamInstanceProfileAssociation": replace_profile,
    "DisassociateIamInstanceProfile": remove_profile,
    "UpdateRuleGroup": update_rule_group,
    "SetSubnets": set_subnets,
}
"""By operation."""
