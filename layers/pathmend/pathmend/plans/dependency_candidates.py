"""Candidates for what keeps targets from what they need."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, TypeAlias, assert_never

from pathmend.access.edit import allowing
from pathmend.changes.associate_endpoint_tables import AssociateEndpointTables
from pathmend.changes.set_endpoint_policy import SetEndpointPolicy
from pathmend.changes.set_firewall_rules import SetFirewallRules
from pathmend.changes.set_group_rule import SetGroupRule
from pathmend.changes.set_instance_profile import SetInstanceProfile
from pathmend.changes.set_metadata_options import SetMetadataOptions
from pathmend.changes.set_private_dns import SetPrivateDns
from pathmend.changes.set_route import SetRoute
from pathmend.changes.set_vpc_attribute import SetVpcAttribute
from pathmend.diagnosis.finding import (
    EndpointPolicyGap,
    EndpointWithoutTables,
    FirewallDrop,
    GroupGap,
    MetadataOff,
    NameResolutionOff,
    PrivateNamesOff,
    ProfileMissing,
    RouteGap,
)
from pathmend.plans.quotas import has_room_for_route, has_room_for_rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pathmend.changes.change import Change
    from pathmend.diagnosis.finding import DependencyCause
    from pathmend.snapshot.resources import Network, Route, RouteTable
    from pathmend.snapshot.world import Snapshot

Candidate: TypeAlias = "Sequence[Change]"


def for_dependency(cause: DependencyCause, snapshot: Snapshot) -> tuple[Candidate, ...]:
    """Return the one set of changes that might clear the cause; none where it cannot be made, or not be undone."""
    match cause:
        case MetadataOff() | NameResolutionOff() | ProfileMissing() | PrivateNamesOff():
            found = _settings(cause, snapshot)
        case _:
            found = _ways(cause, snapshot)
    return (found,) if found else ()


def _settings(
    cause: MetadataOff | NameResolutionOff | ProfileMissing | PrivateNamesOff, snapshot: Snapshot
) -> Candidate:
    match cause:
        case MetadataOff(instance_id, enabled, hop_limit):
            known = snapshot.instances[instance_id].metadata is not None
            return (SetMetadataOptions(instance_id, enabled, hop_limit),) if known else ()
        case NameResolutionOff(vpc_id, attribute):
            return (SetVpcAttribute(vpc_id, attribute, enabled=True),)
        case PrivateNamesOff(endpoint_id):
            return (SetPrivateDns(endpoint_id, enabled=True),)
        case ProfileMissing():
            return _profile(cause, snapshot)
        case _:
            assert_never(cause)


def _ways(
    cause: EndpointWithoutTables | EndpointPolicyGap | RouteGap | FirewallDrop | GroupGap, snapshot: Snapshot
) -> Candidate:
    match cause:
        case EndpointWithoutTables():
            return _endpoint_tables(cause, snapshot)
        case EndpointPolicyGap():
            return _endpoint_policy(cause, snapshot)
        case RouteGap():
            return _routes(cause, snapshot)
        case FirewallDrop(arn, _, rules):
            return (SetFirewallRules(arn, rules),) if arn in snapshot.rule_groups else ()
        case GroupGap(group_id, rule):
            room = has_room_for_rule(snapshot, snapshot.security_groups[group_id], rule)
            return (SetGroupRule(group_id, rule),) if room else ()
        case _:
            assert_never(cause)


def _endpoint_tables(cause: EndpointWithoutTables, snapshot: Snapshot) -> Candidate:
    """A table takes one gateway endpoint of a service: where another has it, nothing can be associated.

    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html#gateway-endpoint-routing
    """
    endpoint = snapshot.vpc_endpoints[cause.endpoint_id]
    rivals = {
        table_id
        for other in snapshot.vpc_endpoints.values()
        if other.kind == "Gateway" and other.id != endpoint.id and other.service_name == endpoint.service_name
        for table_id in other.route_table_ids
    }
    return () if rivals & set(cause.table_ids) else (AssociateEndpointTables(endpoint.id, cause.table_ids),)


def _endpoint_policy(cause: EndpointPolicyGap, snapshot: Snapshot) -> Candidate:
    policy = snapshot.vpc_endpoints[cause.endpoint_id].policy
    if policy is None:
        return ()
    edited = allowing(policy, actions=cause.actions, resources=cause.resources, principals=cause.principals)
    return () if edited in (None, policy) else (SetEndpointPolicy(cause.endpoint_id, edited),)


def _routes(cause: RouteGap, snapshot: Snapshot) -> Candidate:
    destination = cause.destination if cause.destination.startswith("pl-") else ip_network(cause.destination)
    tables = [snapshot.route_tables[table_id] for table_id in cause.table_ids]
    if not all(_may_set(table, destination, cause) for table in tables):
        return ()
    return tuple(SetRoute(table.id, destination, cause.target) for table in tables)


def _may_set(table: RouteTable, destination: Network | str, cause: RouteGap) -> bool:
    """Say whether the route can be made, or takes the place of one that is wrong or leads nowhere."""
    present = _own_route(table, destination)
    if present is None:
        return has_room_for_route(table, destination)
    return present.target == cause.present or present.state == "blackhole"


def _own_route(table: RouteTable, destination: Network | str) -> Route | None:
    own = (route for route in table.routes if route.origin != "EnableVgwRoutePropagation")
    return next((route for route in own if route.destination == destination), None)


def _profile(cause: ProfileMissing, snapshot: Snapshot) -> Candidate:
    """Return nothing where the association of the profile that is to be replaced was not read: EC2 asks for its id."""
    instance = snapshot.instances[cause.instance_id]
    if instance.profile_arn is not None and instance.profile_association_id is None:
        return ()
    return (SetInstanceProfile(instance.id, cause.profile_arn),)
