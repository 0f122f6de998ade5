"""Whose intent a change may go against: what somebody may have closed on purpose is opened by nobody alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.changes.associate_endpoint_tables import AssociateEndpointTables
from pathmend.changes.set_acl_entry import SetAclEntry
from pathmend.changes.set_endpoint_policy import SetEndpointPolicy
from pathmend.changes.set_firewall_rules import SetFirewallRules
from pathmend.changes.set_health_check import SetHealthCheck
from pathmend.changes.set_instance_profile import SetInstanceProfile
from pathmend.changes.set_load_balancer_subnets import SetLoadBalancerSubnets
from pathmend.changes.set_metadata_options import SetMetadataOptions
from pathmend.changes.set_private_dns import SetPrivateDns
from pathmend.network.acl import entries_in_order, entry_ports
from pathmend.network.packets import covers
from pathmend.plans.endpoint_users import lets_everything_through
from pathmend.snapshot.networks import contains

if TYPE_CHECKING:
    from pathmend.changes.change import Change
    from pathmend.snapshot.resources import AclEntry
    from pathmend.snapshot.world import Snapshot

_OF_AUTHORS = "whoever wrote it may have left this out on purpose"
_OF_OTHERS = "its policy may refuse others in those subnets what they may do by the way that they have"
_OF_THE_VPC = "everybody in it asks the service by that endpoint and its policy then"


def intent_against(change: Change, snapshot: Snapshot) -> str | None:
    """Say whose intent the change may go against, in a sentence; None where it only repairs.

    `snapshot` is the world before the change.
    """
    sentence: str | None = None
    match change:
        case SetAclEntry(acl_id) if _takes_deny(change, snapshot):
            sentence = f"removing a deny of {acl_id} is asked: somebody may have meant it"
        case AssociateEndpointTables(endpoint_id, associated=True) if not _lets_all(snapshot, endpoint_id):
            sentence = f"leading requests by {endpoint_id} is asked: {_OF_OTHERS}"
        case SetPrivateDns(endpoint_id):
            sentence = f"leading the VPC's requests by {endpoint_id} is asked: {_OF_THE_VPC}"
        case SetEndpointPolicy(endpoint_id):
            sentence = f"extending the policy of {endpoint_id} is asked: {_OF_AUTHORS}"
        case SetFirewallRules(arn):
            whose = "whoever keeps the firewall may have meant to stop this"
            sentence = f"editing rule group {_name(arn)} is asked: {whose}"
        case SetInstanceProfile(instance_id):
            sentence = f"giving {instance_id} another role is asked: whoever took it away may have meant to"
        case SetMetadataOptions(instance_id):
            whose = "whoever closed it may have hardened it"
            sentence = f"opening the metadata service of {instance_id} is asked: {whose}"
        case _:
            sentence = _against_balancing(change)
    return sentence


def _against_balancing(change: Change) -> str | None:
    """Say whose choice of a load balancer's settings the change overrides."""
    match change:
        case SetHealthCheck(arn):
            whose = "whoever set it may have meant to look there"
            return f"changing where the health check of {_name(arn.rsplit('/', 1)[0])} asks is asked: {whose}"
        case SetLoadBalancerSubnets(arn):
            whose = "whoever left one out may have meant to"
            return f"changing the zones of {_name(arn.rsplit('/', 1)[0])} is asked: {whose}"
        case _:
            return None


def _lets_all(snapshot: Snapshot, endpoint_id: str) -> bool:
    endpoint = snapshot.vpc_endpoints.get(endpoint_id)
    return endpoint is None or lets_everything_through(endpoint)


def _name(arn: str) -> str:
    return arn.rsplit("/", 1)[-1]


def _takes_deny(change: SetAclEntry, snapshot: Snapshot) -> bool:
    """Say whether a deny goes, or an allow is put ahead of one about the same, which removes it in effect."""
    acl, entry = snapshot.network_acls.get(change.acl_id), change.entry
    if acl is None:
        return False
    ordered = list(entries_in_order(acl, egress=change.egress))
    if any(one.action == "deny" and one.rule_number == change.rule_number for one in ordered):
        return True
    if entry is None or entry.action == "deny":
        return False
    later = (one for one in ordered if one.rule_number > change.rule_number)
    return any(one.action == "deny" and _overlap(one, entry) for one in later)


def _overlap(one: AclEntry, other: AclEntry) -> bool:
    same_protocol = covers(one.protocol, other.protocol) or covers(other.protocol, one.protocol)
    same_peers = contains(one.cidr, other.cidr) or contains(other.cidr, one.cidr)
    return same_protocol and same_peers and bool(entry_ports(one) & entry_ports(other))
