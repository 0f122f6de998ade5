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
from pathmend.plans.obstacle import Obstacle
from pathmend.plans.quotas import no_room_for_route, no_room_for_rule, too_long_for_endpoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pathmend.changes.change import Change
    from pathmend.diagnosis.finding import DependencyCause
    from pathmend.snapshot.resources import Network, Route, RouteTable
    from pathmend.snapshot.world import Snapshot

Candidate: TypeAlias = "Sequence[Change]"
Option: TypeAlias = "Candidate | Obstacle"
"""A candidate, or why it cannot be made."""

_UNREAD = "let Pathmend's role read it, or make the change by hand"


def for_dependency(cause: DependencyCause, snapshot: Snapshot) -> tuple[Option, ...]:
    """Return the one set of changes that might clear the cause, or why it cannot be made, or not be undone."""
    found: Option
    match cause:
        case MetadataOff() | NameResolutionOff() | ProfileMissing() | PrivateNamesOff():
            found = _settings(cause, snapshot)
        case _:
            found = _ways(cause, snapshot)
    return (found,) if found else ()


def _settings(cause: MetadataOff | NameResolutionOff | ProfileMissing | PrivateNamesOff, snapshot: Snapshot) -> Option:
    match cause:
        case MetadataOff(instance_id, enabled, hop_limit):
            if snapshot.instances[instance_id].metadata is None:
                return Obstacle("could not be undone: what it is now was not read", _UNREAD, f"set {instance_id}")
            return (SetMetadataOptions(instance_id, enabled, hop_limit),)
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
) -> Option:
    match cause:
        case EndpointWithoutTables():
            return _endpoint_tables(cause, snapshot)
        case EndpointPolicyGap():
            return _endpoint_policy(cause, snapshot)
        case RouteGap():
            return _routes(cause, snapshot)
        case FirewallDrop(arn, _, rules):
            if arn not in snapshot.rule_groups:
                return Obstacle("could not be undone: its rules were not read", _UNREAD, f"edit rule group {arn}")
            return (SetFirewallRules(arn, rules),)
        case GroupGap(group_id, rule):
            full = no_room_for_rule(snapshot, snapshot.security_groups[group_id], rule)
            return full or (SetGroupRule(group_id, rule),)
        case _:
            assert_never(cause)


def _endpoint_tables(cause: EndpointWithoutTables, snapshot: Snapshot) -> Option:
    """A table takes one gateway endpoint of a service: where another has it, nothing can be associated.

    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html#gateway-endpoint-routing
    """
    endpoint = snapshot.vpc_endpoints[cause.endpoint_id]
    for other in snapshot.vpc_endpoints.values():
        same = other.kind == "Gateway" and other.id != endpoint.id and other.service_name == endpoint.service_name
        held = [table_id for table_id in other.route_table_ids if table_id in cause.table_ids]
        if same and held:
            return Obstacle(
                f"{held[0]} leads to {other.id} already, and AWS takes one gateway endpoint of a service per table",
                f"decide whether {endpoint.id} or {other.id} is to serve {held[0]}",
                what=f"associate {endpoint.id} with {held[0]}",
            )
    return (AssociateEndpointTables(endpoint.id, cause.table_ids),)


def _endpoint_policy(cause: EndpointPolicyGap, snapshot: Snapshot) -> Option:
    policy = snapshot.vpc_endpoints[cause.endpoint_id].policy
    what = f"extend the policy of {cause.endpoint_id}"
    if policy is None:
        return Obstacle("could not be undone: the policy was not read", _UNREAD, what)
    edited = allowing(policy, actions=cause.actions, resources=cause.resources, principals=cause.principals)
    if edited is None or edited == policy:
        decide = f"decide how the policy of {cause.endpoint_id} is to allow {', '.join(cause.actions)}"
        return Obstacle("no statement that is added makes it allow just this", decide, what)
    return too_long_for_endpoint(cause.endpoint_id, edited) or (SetEndpointPolicy(cause.endpoint_id, edited),)


def _routes(cause: RouteGap, snapshot: Snapshot) -> Option:
    destination = cause.destination if cause.destination.startswith("pl-") else ip_network(cause.destination)
    tables = [snapshot.route_tables[table_id] for table_id in cause.table_ids]
    against = (_against_route(table, destination, cause) for table in tables)
    found = next((one for one in against if one), None)
    return found or tuple(SetRoute(table.id, destination, cause.target) for table in tables)


def _against_route(table: RouteTable, destination: Network | str, cause: RouteGap) -> Obstacle | None:
    """Return why the route can neither be made nor take the place of one that is wrong or leads nowhere, if so."""
    present = _own_route(table, destination)
    if present is None:
        return no_room_for_route(table, destination)
    if present.target == cause.present or present.state == "blackhole":
        return None
    return Obstacle(
        f"{table.id} routes it by {present.target}, which works, and others may use",
        f"decide whether {destination} is to go by {present.target} or by {cause.target}",
        what=f"route {destination} by {cause.target} in {table.id}",
    )


def _own_route(table: RouteTable, destination: Network | str) -> Route | None:
    own = (route for route in table.routes if route.origin != "EnableVgwRoutePropagation")
    return next((route for route in own if route.destination == destination), None)


def _profile(cause: ProfileMissing, snapshot: Snapshot) -> Option:
    """Return nothing where the association of the profile that is to be replaced was not read: EC2 asks for its id."""
    instance = snapshot.instances[cause.instance_id]
    if instance.profile_arn is not None and instance.profile_association_id is None:
        what = f"give {instance.id} the profile of its siblings"
        return Obstacle("could not be made: the association of its present profile was not read", _UNREAD, what)
    return (SetInstanceProfile(instance.id, cause.profile_arn),)
