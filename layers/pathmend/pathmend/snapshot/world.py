"""The snapshot: every resource read at one moment, with the indices that questions need."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pathmend.snapshot.balancing import Listener, LoadBalancer, TargetGroup
    from pathmend.snapshot.firewall import Firewall, FirewallPolicy, RuleGroup
    from pathmend.snapshot.identity import InstanceProfile, Organization, Principal, ResourcePolicy, ServiceCall
    from pathmend.snapshot.resources import (
        Address,
        Gateway,
        Instance,
        NatGateway,
        NetworkAcl,
        NetworkInterface,
        RouteTable,
        SecurityGroup,
        Subnet,
        Tags,
        Vpc,
        VpcEndpoint,
    )
    from pathmend.snapshot.transit import (
        DhcpOptions,
        ElasticIp,
        Peering,
        PrefixList,
        PublicAccessBlock,
        PublicAccessExclusion,
        TransitGateway,
        TransitGatewayAttachment,
        TransitGatewayRouteTable,
        VpnGateway,
    )

Resource: TypeAlias = Any
"""Any of the resource dataclasses; they share `id` or `arn`, and `tags`."""
_Made = TypeVar("_Made")


@dataclass(frozen=True)
class Snapshot:
    """Immutable resources by id (load balancers, listeners and target groups by ARN).

    `unread` maps a describe key that could not be read ("NetworkAcls") to the reason. A kind that is unread is unknown:
    its absence proves nothing. `attributes` are those of load balancers and target groups, by ARN and sorted by key.
    `given` says of the optional kinds that were read how many items there were: what is not there does not exist.
    """

    vpcs: Mapping[str, Vpc] = field(default_factory=dict)
    subnets: Mapping[str, Subnet] = field(default_factory=dict)
    route_tables: Mapping[str, RouteTable] = field(default_factory=dict)
    network_acls: Mapping[str, NetworkAcl] = field(default_factory=dict)
    security_groups: Mapping[str, SecurityGroup] = field(default_factory=dict)
    interfaces: Mapping[str, NetworkInterface] = field(default_factory=dict)
    instances: Mapping[str, Instance] = field(default_factory=dict)
    gateways: Mapping[str, Gateway] = field(default_factory=dict)
    nat_gateways: Mapping[str, NatGateway] = field(default_factory=dict)
    vpc_endpoints: Mapping[str, VpcEndpoint] = field(default_factory=dict)
    load_balancers: Mapping[str, LoadBalancer] = field(default_factory=dict)
    listeners: Mapping[str, Listener] = field(default_factory=dict)
    target_groups: Mapping[str, TargetGroup] = field(default_factory=dict)
    prefix_lists: Mapping[str, PrefixList] = field(default_factory=dict)
    peerings: Mapping[str, Peering] = field(default_factory=dict)
    transit_gateways: Mapping[str, TransitGateway] = field(default_factory=dict)
    transit_gateway_attachments: Mapping[str, TransitGatewayAttachment] = field(default_factory=dict)
    transit_gateway_route_tables: Mapping[str, TransitGatewayRouteTable] = field(default_factory=dict)
    vpn_gateways: Mapping[str, VpnGateway] = field(default_factory=dict)
    dhcp_options: Mapping[str, DhcpOptions] = field(default_factory=dict)
    addresses: Mapping[str, ElasticIp] = field(default_factory=dict)
    public_access_blocks: Mapping[str, PublicAccessBlock] = field(default_factory=dict)
    public_access_exclusions: Mapping[str, PublicAccessExclusion] = field(default_factory=dict)
    firewalls: Mapping[str, Firewall] = field(default_factory=dict)
    firewall_policies: Mapping[str, FirewallPolicy] = field(default_factory=dict)
    rule_groups: Mapping[str, RuleGroup] = field(default_factory=dict)
    principals: Mapping[str, Principal] = field(default_factory=dict)
    instance_profiles: Mapping[str, InstanceProfile] = field(default_factory=dict)
    resource_policies: Mapping[str, ResourcePolicy] = field(default_factory=dict)
    organizations: Mapping[str, Organization] = field(default_factory=dict)
    service_calls: Mapping[str, ServiceCall] = field(default_factory=dict)
    attributes: Mapping[str, Tags] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, int] = field(default_factory=dict)

    def having(self, kind: str, resource: Resource) -> Snapshot:
        """Return a snapshot in which `resource` replaces (or joins) its namesake; `kind` is the field's name."""
        key = resource.arn if hasattr(resource, "arn") else resource.id
        changed: dict[str, Any] = {kind: {**getattr(self, kind), key: resource}}
        return replace(self, **changed)

    def find(self, resource_id: str) -> Resource | None:
        """Return the resource with this id or ARN, of whatever kind, or None."""
        return next((kind[resource_id] for kind in self._kinds if resource_id in kind), None)

    @cached_property
    def _kinds(self) -> tuple[Mapping[str, Resource], ...]:
        return tuple(getattr(self, f.name) for f in fields(self) if f.name not in ("unread", "given", "attributes"))

    @cached_property
    def _table_by_subnet(self) -> dict[str, RouteTable]:
        return {a.subnet_id: t for t in self.route_tables.values() for a in t.associations if a.subnet_id}

    @cached_property
    def _main_table_by_vpc(self) -> dict[str, RouteTable]:
        return {t.vpc_id: t for t in self.route_tables.values() if any(a.main for a in t.associations)}

    @cached_property
    def _table_by_gateway(self) -> dict[str, RouteTable]:
        return {a.gateway_id: t for t in self.route_tables.values() for a in t.associations if a.gateway_id}

    @cached_property
    def _acl_by_subnet(self) -> dict[str, NetworkAcl]:
        return {s: acl for acl in self.network_acls.values() for s in acl.subnet_ids}

    @cached_property
    def _default_acl_by_vpc(self) -> dict[str, NetworkAcl]:
        return {acl.vpc_id: acl for acl in self.network_acls.values() if acl.default}

    @cached_property
    def _derived(self) -> dict[object, Any]:
        return {}

    def derived(self, make: Callable[[Snapshot], _Made]) -> _Made:
        """Return what `make` makes of this snapshot, made once: indices and compiled rules that live as long as it."""
        made: _Made | None = self._derived.get(make)
        if made is None:
            made = self._derived[make] = make(self)
        return made

    @cached_property
    def _interface_by_address(self) -> dict[tuple[str, int, int], NetworkInterface]:
        # Numbers for keys: addresses are slow to hash.
        return {
            (i.vpc_id, ip.version, int(ip)): i for i in self.interfaces.values() for ip in (*i.private_ips, *i.ipv6s)
        }

    @cached_property
    def _interfaces_by_number(self) -> dict[tuple[int, int], list[NetworkInterface]]:
        found: dict[tuple[int, int], list[NetworkInterface]] = {}
        for interface in self.interfaces.values():
            for ip in {*interface.private_ips, *interface.ipv6s, *interface.public_ips}:
                found.setdefault((ip.version, int(ip)), []).append(interface)
        return found

    @cached_property
    def _subnet_starts(self) -> dict[tuple[str, int], tuple[list[int], list[tuple[int, Subnet]]]]:
        blocks: dict[tuple[str, int], list[tuple[int, int, Subnet]]] = {}
        for subnet in self.subnets.values():
            for cidr in subnet.cidrs:
                span = int(cidr.network_address), int(cidr.broadcast_address), subnet
                blocks.setdefault((subnet.vpc_id, cidr.version), []).append(span)
        ordered = {key: sorted(spans, key=lambda span: span[:2]) for key, spans in blocks.items()}
        return {
            key: ([first for first, *_ in spans], [(last, s) for _, last, s in spans]) for key, spans in ordered.items()
        }

    @cached_property
    def _interfaces_by_owner(self) -> dict[str, list[NetworkInterface]]:
        found: dict[str, list[NetworkInterface]] = {}
        for interface in self.interfaces.values():
            if interface.description.startswith("ELB "):
                found.setdefault(interface.description, []).append(interface)
        return found

    @cached_property
    def _interfaces_by_instance(self) -> dict[str, list[NetworkInterface]]:
        found: dict[str, list[NetworkInterface]] = {}
        for interface in self.interfaces.values():
            if interface.instance_id:
                found.setdefault(interface.instance_id, []).append(interface)
        return found

    @cached_property
    def _addresses_by_group(self) -> dict[str, frozenset[Address]]:
        members: dict[str, set[Address]] = {}
        for interface in self.interfaces.values():
            for group in interface.group_ids:
                members.setdefault(group, set()).update(interface.private_ips, interface.ipv6s)
        return {group: frozenset(ips) for group, ips in members.items()}

    def route_table_of(self, subnet_id: str) -> RouteTable | None:
        """Return the subnet's route table: its own, else the VPC's main one; None when neither is known."""
        explicit = self._table_by_subnet.get(subnet_id)
        return explicit or self._main_table_by_vpc.get(self.subnets[subnet_id].vpc_id)

    def explicit_route_table_of(self, subnet_id: str) -> RouteTable | None:
        """Return the route table that the subnet is explicitly associated with, if any."""
        return self._table_by_subnet.get(subnet_id)

    def edge_table_of(self, gateway_id: str) -> RouteTable | None:
        """Return the route table that a gateway is associated with, if any: what comes in by it goes by that."""
        return self._table_by_gateway.get(gateway_id)

    def main_route_table_of(self, vpc_id: str) -> RouteTable | None:
        """Return the VPC's main route table, if it was read."""
        return self._main_table_by_vpc.get(vpc_id)

    def network_acl_of(self, subnet_id: str) -> NetworkAcl | None:
        """Return the subnet's network ACL: its own, else the VPC's default one; None when neither is known."""
        return self._acl_by_subnet.get(subnet_id) or self._default_acl_by_vpc.get(self.subnets[subnet_id].vpc_id)

    def interface_at(self, vpc_id: str, address: Address) -> NetworkInterface | None:
        """Return the interface that owns a private (or IPv6) address in the VPC."""
        return self._interface_by_address.get((vpc_id, address.version, int(address)))

    def interfaces_with(self, address: Address) -> tuple[NetworkInterface, ...]:
        """Return the interfaces of any VPC that own an address, private or public."""
        return tuple(self._interfaces_by_number.get((address.version, int(address)), ()))

    def subnet_at(self, vpc_id: str, address: Address) -> Subnet | None:
        """Return the subnet whose block holds the address, whether or not an interface there owns it."""
        starts, ends = self._subnet_starts.get((vpc_id, address.version), ([], []))
        # Blocks of one VPC never overlap, so only the last one that starts before the address can hold it.
        index = bisect_right(starts, int(address)) - 1
        return ends[index][1] if index >= 0 and int(address) <= ends[index][0] else None

    def addresses_of_group(self, group_id: str) -> frozenset[Address]:
        """Return the private addresses of the interfaces that carry the security group."""
        return self._addresses_by_group.get(group_id, frozenset())

    def nodes_of(self, load_balancer: LoadBalancer) -> tuple[NetworkInterface, ...]:
        """Return the load balancer's own interfaces, in subnet order.

        Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
        ("ELB app/NAME/ID" is the description of the interfaces that Elastic Load Balancing makes).
        """
        found = self._interfaces_by_owner.get(f"ELB {load_balancer.full_name}", ())
        return tuple(sorted(found, key=lambda i: (i.subnet_id, i.id)))

    def listeners_of(self, load_balancer_arn: str) -> tuple[Listener, ...]:
        """Return the load balancer's listeners, by port."""
        own = (item for item in self.listeners.values() if item.load_balancer_arn == load_balancer_arn)
        return tuple(sorted(own, key=lambda item: item.port))

    def target_groups_of(self, load_balancer_arn: str) -> tuple[TargetGroup, ...]:
        """Return the target groups that the load balancer's listeners and rules forward to, by ARN."""
        forwarded = {arn for item in self.listeners_of(load_balancer_arn) for arn in item.target_group_arns}
        attached = {g.arn for g in self.target_groups.values() if load_balancer_arn in g.load_balancer_arns}
        return tuple(self.target_groups[arn] for arn in sorted(forwarded | attached) if arn in self.target_groups)

    def primary_interface_of(self, instance_id: str) -> NetworkInterface | None:
        """Return the instance's first interface, the one that instance targets receive their traffic on."""
        own = self._interfaces_by_instance.get(instance_id, [])
        instance = self.instances.get(instance_id)
        order = instance.interface_ids if instance else ()
        return min(own, key=lambda i: (order.index(i.id) if i.id in order else len(order), i.id), default=None)
