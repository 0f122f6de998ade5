"""All kinds of change: what may be executed, and what a stored change is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.changes.associate_endpoint_tables import AssociateEndpointTables
from pathmend.changes.associate_route_table import AssociateRouteTable
from pathmend.changes.modify_matcher import ModifyMatcher
from pathmend.changes.set_acl_entry import SetAclEntry
from pathmend.changes.set_endpoint_policy import SetEndpointPolicy
from pathmend.changes.set_firewall_rules import SetFirewallRules
from pathmend.changes.set_group_rule import SetGroupRule
from pathmend.changes.set_health_check import SetHealthCheck
from pathmend.changes.set_instance_profile import SetInstanceProfile
from pathmend.changes.set_load_balancer_subnets import SetLoadBalancerSubnets
from pathmend.changes.set_metadata_options import SetMetadataOptions
from pathmend.changes.set_private_dns import SetPrivateDns
from pathmend.changes.set_route import SetRoute
from pathmend.changes.set_vpc_attribute import SetVpcAttribute

if TYPE_CHECKING:
    from pathmend.changes.change import Change

_ALL: tuple[type[Change], ...] = (
    AssociateEndpointTables,
    AssociateRouteTable,
    ModifyMatcher,
    SetAclEntry,
    SetEndpointPolicy,
    SetFirewallRules,
    SetGroupRule,
    SetHealthCheck,
    SetInstanceProfile,
    SetLoadBalancerSubnets,
    SetMetadataOptions,
    SetPrivateDns,
    SetRoute,
    SetVpcAttribute,
)

KINDS: dict[str, type[Change]] = {kind.kind: kind for kind in _ALL}
"""The kinds of change by their stable name."""

ALLOWED_ACTIONS: frozenset[str] = frozenset().union(*(kind.iam_actions for kind in KINDS.values()))
"""The IAM actions of all kinds; the executor calls nothing else, whatever a stored plan says."""
