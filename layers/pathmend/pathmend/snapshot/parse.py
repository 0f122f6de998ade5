"""From AWS's describe answers to a Snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from pathmend.snapshot import (
    parse_account,
    parse_balancers,
    parse_bounds,
    parse_filters,
    parse_firewall,
    parse_identity,
    parse_public,
    parse_transit,
    parse_vpc,
)
from pathmend.snapshot.item import items_of
from pathmend.snapshot.world import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pathmend.snapshot.item import Item

ESSENTIAL_KEYS = (
    "Vpcs",
    "Subnets",
    "RouteTables",
    "NetworkAcls",
    "SecurityGroups",
    "NetworkInterfaces",
    "Reservations",
    "InternetGateways",
    "EgressOnlyInternetGateways",
    "NatGateways",
    "VpcEndpoints",
    "LoadBalancers",
    "Listeners",
    "Rules",
    "TargetGroups",
    "TargetHealthDescriptions",
    "TagDescriptions",
)
"""The describe keys without which little can be said; one that is absent is noted as unread."""

OPTIONAL_KEYS = (
    "SecurityGroupRules",
    "ManagedPrefixLists",
    "PrefixLists",
    "PrefixListEntries",
    "VpcPeeringConnections",
    "TransitGateways",
    "TransitGatewayAttachments",
    "TransitGatewayVpcAttachments",
    "TransitGatewayRouteTables",
    "TransitGatewayRoutes",
    "TransitGatewayRouteTableAssociations",
    "TransitGatewayRouteTablePropagations",
    "VpnGateways",
    "VpcAttributes",
    "DhcpOptions",
    "Addresses",
    "VpcBlockPublicAccessOptions",
    "VpcBlockPublicAccessExclusions",
    "LoadBalancerAttributes",
    "TargetGroupAttributes",
    "Firewalls",
    "FirewallPolicies",
    "RuleGroups",
    "RoleDetailList",
    "UserDetailList",
    "GroupDetailList",
    "Policies",
    "InstanceProfiles",
    "IamInstanceProfileAssociations",
    "ResourcePolicies",
    "AccountOrganizations",
    "Services",
)
"""The describe keys of what not every world has: those that were given are noted, for an empty one says something."""

KEYS = (*ESSENTIAL_KEYS, *OPTIONAL_KEYS)
"""The describe keys that are understood; all others are ignored."""

_TABLE_PARTS = (
    "TransitGatewayRoutes",
    "TransitGatewayRouteTableAssociations",
    "TransitGatewayRouteTablePropagations",
)
NOT_GIVEN = "not given"
"""Why a kind is unread when its key is absent."""


def parse(answers: Mapping[str, Sequence[object] | Mapping[str, object]]) -> Snapshot:
    """Return the world that the answers describe; their order changes nothing.

    Keys are AWS's. The answers that AWS gives per parent carry it: an item of `Rules` is {"ListenerArn", "Rules"} (or a
    rule), one of `TargetHealthDescriptions` is {"TargetGroupArn", "TargetHealthDescriptions"}, one of
    `LoadBalancerAttributes` {"LoadBalancerArn", "Attributes"}, of `TargetGroupAttributes` {"TargetGroupArn",
    "Attributes"}, of `PrefixListEntries` {"PrefixListId", "Entries"}, of `TransitGatewayRoutes`
    {"TransitGatewayRouteTableId", "Routes"} and likewise for associations and propagations; `Firewalls`,
    `FirewallPolicies`, `RuleGroups` and `VpcAttributes` hold whole answers of DescribeFirewall, DescribeFirewallPolicy,
    DescribeRuleGroup and DescribeVpcAttribute. Three have no answer of AWS's: an item of `ResourcePolicies` is
    {"ResourceArn", "Policy", "Tags"}, one of `AccountOrganizations` {"AccountId", "OrganizationId",
    "ManagementAccountId", "ServiceControlPolicies", "ResourceControlPolicies"} whose policies, {"Id", "Content"}, are
    listed by level from the root down; and "Unread" in an item of these, of `InstanceProfiles` or (as a list) of
    `RoleDetailList` says why it is not known. An absent key is unread: unknown, not empty.

    Raises:
        InvalidSnapshotError: names the key, the index, the field and the value.
    """
    read = {key: items_of(key, listed(answers[key])) if key in answers else () for key in KEYS}
    return Snapshot(
        **_vpcs(read),
        **_filters(read),
        **_gateways(read),
        **_transit(read),
        **_load(read),
        **_identity(read),
        unread=_unread(answers, read),
        given={key: len(read[key]) for key in OPTIONAL_KEYS if key in answers},
    )


def _unread(answers: Mapping[str, object], read: _Read) -> dict[str, str]:
    return {key: NOT_GIVEN for key in ESSENTIAL_KEYS if key not in answers} | parse_bounds.unread_of(read)


def listed(value: object) -> object:
    """Return an answer as a list: some keys of AWS hold one object instead."""
    return [value] if isinstance(value, Mapping) else value


_Read: TypeAlias = "Mapping[str, tuple[Item, ...]]"


def _vpcs(read: _Read) -> dict[str, Any]:
    attributes = parse_vpc.vpc_attributes(read["VpcAttributes"])
    addresses = _by_id(parse_account.elastic_ip(item) for item in read["Addresses"])
    public = parse_public.said_elsewhere(addresses.values(), read["Reservations"])
    ties = parse_vpc.profile_associations(read["IamInstanceProfileAssociations"])
    return {
        "vpcs": _by_id(parse_vpc.vpc(item, attributes) for item in read["Vpcs"]),
        "subnets": _by_id(parse_vpc.subnet(item) for item in read["Subnets"]),
        "route_tables": _by_id(parse_vpc.route_table(item) for item in read["RouteTables"]),
        "interfaces": _by_id(parse_vpc.interface(item, public) for item in read["NetworkInterfaces"]),
        "instances": _by_id(one for item in read["Reservations"] for one in parse_vpc.instances(item, ties)),
        "addresses": addresses,
        "dhcp_options": _by_id(parse_account.dhcp_options(item) for item in read["DhcpOptions"]),
    }


def _filters(read: _Read) -> dict[str, Any]:
    lists = (*read["ManagedPrefixLists"], *read["PrefixLists"])
    return {
        "network_acls": _by_id(parse_filters.network_acl(item) for item in read["NetworkAcls"]),
        "security_groups": _by_id(parse_filters.security_groups(read["SecurityGroups"], read["SecurityGroupRules"])),
        "prefix_lists": _by_id(parse_transit.prefix_lists(lists, read["PrefixListEntries"])),
    }


def _gateways(read: _Read) -> dict[str, Any]:
    exclusions = read["VpcBlockPublicAccessExclusions"]
    return {
        "gateways": _by_id(
            [parse_vpc.internet_gateway(item) for item in read["InternetGateways"]]
            + [parse_vpc.egress_only_gateway(item) for item in read["EgressOnlyInternetGateways"]]
        ),
        "nat_gateways": _by_id(parse_vpc.nat_gateway(item) for item in read["NatGateways"]),
        "vpc_endpoints": _by_id(parse_vpc.vpc_endpoint(item) for item in read["VpcEndpoints"]),
        "vpn_gateways": _by_id(parse_account.vpn_gateway(item) for item in read["VpnGateways"]),
        "public_access_blocks": _by_id(
            parse_account.public_access_block(item) for item in read["VpcBlockPublicAccessOptions"]
        ),
        "public_access_exclusions": _by_id(parse_account.public_access_exclusions(exclusions)),
        "firewalls": _by_id(parse_firewall.firewall(item) for item in read["Firewalls"]),
        "firewall_policies": _by_arn(parse_firewall.policies(read["FirewallPolicies"])),
        "rule_groups": _by_arn(parse_firewall.rule_groups(read["RuleGroups"])),
    }


def _transit(read: _Read) -> dict[str, Any]:
    attachments = parse_transit.attachments(read["TransitGatewayAttachments"], read["TransitGatewayVpcAttachments"])
    parts = [item for key in _TABLE_PARTS for item in read[key]]
    return {
        "peerings": _by_id(parse_transit.peering(item) for item in read["VpcPeeringConnections"]),
        "transit_gateways": _by_id(parse_transit.transit_gateway(item) for item in read["TransitGateways"]),
        "transit_gateway_attachments": _by_id(attachments),
        "transit_gateway_route_tables": _by_id(parse_transit.route_tables(read["TransitGatewayRouteTables"], parts)),
    }


def _load(read: _Read) -> dict[str, Any]:
    tags = parse_balancers.tags_by_arn(read["TagDescriptions"])
    forwards = parse_balancers.rule_forwards(read["Rules"])
    targets = parse_balancers.targets_by_group(read["TargetHealthDescriptions"])
    of_balancers = parse_balancers.attributes_by_arn(read["LoadBalancerAttributes"], "LoadBalancerArn")
    of_groups = parse_balancers.attributes_by_arn(read["TargetGroupAttributes"], "TargetGroupArn")
    return {
        "load_balancers": _by_arn(parse_balancers.load_balancer(item, tags) for item in read["LoadBalancers"]),
        "attributes": dict(sorted({**of_balancers, **of_groups}.items())),
        "listeners": _by_arn(parse_balancers.listener(item, forwards) for item in read["Listeners"]),
        "target_groups": _by_arn(parse_balancers.target_group(item, targets, tags) for item in read["TargetGroups"]),
    }


def _identity(read: _Read) -> dict[str, Any]:
    known = parse_identity.sources(read["Policies"], read["GroupDetailList"])
    kinds = (("RoleDetailList", parse_identity.ROLE), ("UserDetailList", parse_identity.USER))
    profiles = (item for item in read["InstanceProfiles"] if not item.maybe(parse_bounds.UNREAD))
    return {
        "principals": _by_arn(parse_identity.principal(item, kind, known) for key, kind in kinds for item in read[key]),
        "instance_profiles": _by_arn(parse_identity.instance_profile(item) for item in profiles),
        "resource_policies": _by_arn(parse_bounds.resource_policies(read["ResourcePolicies"])),
        "organizations": _by_id(parse_bounds.organizations(read["AccountOrganizations"])),
        "service_calls": _by_id(parse_bounds.service_calls(read["Services"])),
    }


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


class _HasArn(Protocol):
    @property
    def arn(self) -> str: ...


_WithId = TypeVar("_WithId", bound=_HasId)
_WithArn = TypeVar("_WithArn", bound=_HasArn)
_Any = TypeVar("_Any")


def _by_id(resources: Iterable[_WithId]) -> dict[str, _WithId]:
    return _in_order((resource.id, resource) for resource in resources)


def _by_arn(resources: Iterable[_WithArn]) -> dict[str, _WithArn]:
    return _in_order((resource.arn, resource) for resource in resources)


def _in_order(named: Iterable[tuple[str, _Any]]) -> dict[str, _Any]:
    """Return resources by name. Two accounts may describe one (a shared subnet): who says more is kept."""
    found: dict[str, _Any] = {}
    for name, resource in named:
        known = found.get(name)
        if known is None or _amount(resource) > _amount(known):
            found[name] = resource
    return dict(sorted(found.items()))


def _amount(resource: object) -> tuple[int, str]:
    said = repr(resource)
    return len(said), said
