"""VPC Block Public Access: whether an account lets its VPCs talk to the internet at all.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.network.flow import Latent, Leg
from pathmend.network.walk import Stop, Walk

if TYPE_CHECKING:
    from pathmend.snapshot.transit import PublicAccessBlock
    from pathmend.snapshot.world import Snapshot

KIND, KEY = "vpc-block-public-access", "VpcBlockPublicAccessOptions"
_NOT_READ = Latent(
    "VPC_BLOCK_PUBLIC_ACCESS_ENABLED",
    KIND,
    "",
    None,
    "VPC Block Public Access was not read: taken as off, as it is by default",
)


def ask(walk: Walk, vpc_id: str, subnet_id: str, *, egress_only: bool = False) -> None:
    """Ask about a connection that passes the internet gateway for an interface of this subnet.

    `egress_only` is whether a NAT gateway or an egress-only internet gateway opens it, which no block of ingress stops.
    """
    snapshot = walk.snapshot
    if KEY in snapshot.unread:
        why = f"VPC Block Public Access was not read: {snapshot.unread[KEY]}"
        walk.cannot_tell(Leg.FORWARD, KIND, vpc_id, why=why)
        return
    if KEY not in snapshot.given and not snapshot.public_access_blocks:
        walk.latent[_NOT_READ] = None
        return
    block = _block_of(snapshot, vpc_id, subnet_id)
    if block and _forbids(snapshot, block, (subnet_id, vpc_id), egress_only=egress_only):
        code = "VPC_BLOCK_PUBLIC_ACCESS_ENABLED"
        walk.stops(Leg.FORWARD, Stop(code, KIND, block.id, block.mode, None, subnet_id))


def _block_of(snapshot: Snapshot, vpc_id: str, subnet_id: str) -> PublicAccessBlock | None:
    vpc, subnet = snapshot.vpcs.get(vpc_id), snapshot.subnets.get(subnet_id)
    owner = vpc.owner_id if vpc else ""
    zone = subnet.availability_zone if subnet else ""
    for block in snapshot.public_access_blocks.values():
        # What one side does not say does not tell them apart: most snapshots are of one account and Region.
        if owner in ("", block.account_id) and (not zone or zone.startswith(block.region)):
            return block
    return None


def _forbids(snapshot: Snapshot, block: PublicAccessBlock, names: tuple[str, str], *, egress_only: bool) -> bool:
    """Return whether the block forbids the connection.

    An exclusion for egress is ignored where only ingress is blocked; where both are, it spares what NAT gateways and
    egress-only internet gateways open, and nothing else: not what an instance sends by its own public address.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa-example.html (scenarios 5 and 6)
    """
    spared = {one.mode for one in snapshot.public_access_exclusions.values() if one.resource_id in names}
    if block.mode == "off" or "allow-bidirectional" in spared:
        return False
    only_ingress = block.mode == "block-ingress" or "allow-egress" in spared
    return not (only_ingress and egress_only)
