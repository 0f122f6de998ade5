"""What a change lets somebody do who could not before, beside what the network lets pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.access.edit import grants as grants_of_edit
from pathmend.changes.set_endpoint_policy import SetEndpointPolicy
from pathmend.changes.set_firewall_rules import SetFirewallRules
from pathmend.changes.set_instance_profile import SetInstanceProfile
from pathmend.changes.set_metadata_options import SetMetadataOptions
from pathmend.diagnosis.finding import FirewallDrop

if TYPE_CHECKING:
    from pathmend.changes.change import Change
    from pathmend.diagnosis.finding import Cause
    from pathmend.snapshot.world import Snapshot


def grants_of(change: Change, cause: Cause | None, before: Snapshot) -> tuple[str, ...]:
    """Say in sentences what policies, roles and firewalls allow after the change and did not before.

    `cause` is what the change repairs; None where it undoes another one.
    """
    match change:
        case SetEndpointPolicy(endpoint_id):
            old, new = (world.vpc_endpoints[endpoint_id].policy for world in (before, change.after(before)))
            return tuple(f"{endpoint_id}: {sentence}" for sentence in grants_of_edit(str(old), str(new)))
        case SetFirewallRules(arn):
            what = f"what asks for {cause.host}" if isinstance(cause, FirewallDrop) else "what its rules no longer stop"
            return (f"rule group {arn.rsplit('/', 1)[-1]} lets through {what}",)
        case SetInstanceProfile(instance_id, str(profile_arn)):
            return (f"{instance_id} may do what {_roles(before, profile_arn)} may do",)
        case SetMetadataOptions(instance_id, enabled=True, hop_limit=hops):
            return (f"programs within {hops} hops of {instance_id} may ask its metadata service for credentials",)
        case _:
            return ()


def _roles(snapshot: Snapshot, profile_arn: str) -> str:
    profile = snapshot.instance_profiles.get(profile_arn)
    roles = profile.role_arns if profile else ()
    return " and ".join(f"role {arn.rsplit('/', 1)[-1]}" for arn in roles) or f"the role of {profile_arn}"
