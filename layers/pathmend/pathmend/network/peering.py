"""From one VPC into another by a peering connection: active, both ends' addresses, and never any further.

Source: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.network.journey import Delivery, Journey, Spot, Step
from pathmend.network.walk import Stop, Walk

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Address
    from pathmend.snapshot.transit import Peering, PeeringEnd
    from pathmend.snapshot.world import Snapshot

_KIND = "vpc-peering-connection"


def by_peering(walk: Walk, journey: Journey, peering_id: str, spot: Spot) -> Step:
    """Cross a peering connection."""
    leg, peering = journey.leg, walk.snapshot.peerings.get(peering_id)
    if peering is None:
        walk.cannot_tell(leg, _KIND, peering_id, why=f"the peering connection {peering_id} was not read")
        return None
    far = _far_end(peering, spot.vpc_id)
    if far is None:
        walk.stops(leg, Stop("UNASSOCIATED_COMPONENT", _KIND, peering_id))
        return None
    if peering.state != "active":
        walk.stops(leg, Stop("BAD_STATE", _KIND, peering_id))
    elif _outside(walk.snapshot, far, journey.target) or _outside(
        walk.snapshot, near_end(peering, spot.vpc_id), journey.source
    ):
        walk.stops(leg, Stop("PCX_REQUIRES_ADDRESS_IN_VPC_CIDR", _KIND, peering_id))
        return None
    else:
        walk.passes(leg, _KIND, peering_id)
    if far.vpc_id not in walk.snapshot.vpcs:
        walk.cannot_tell(leg, "vpc", far.vpc_id, why=f"{far.vpc_id}, on the far side of {peering_id}, was not read")
        return None
    walk.references = walk.references and references_survive(peering)
    return Delivery(far.vpc_id)


def references_survive(peering: Peering) -> bool:
    """Return whether groups of one side may be named by rules of the other: within a Region."""
    regions = {end.region for end in (peering.requester, peering.accepter) if end.region}
    return len(regions) <= 1


def near_end(peering: Peering, vpc_id: str) -> PeeringEnd:
    """Return the end that lies in the VPC; the requester where neither does."""
    return peering.accepter if peering.accepter.vpc_id == vpc_id else peering.requester


def _far_end(peering: Peering, vpc_id: str) -> PeeringEnd | None:
    ends = {peering.requester.vpc_id: peering.accepter, peering.accepter.vpc_id: peering.requester}
    return ends.get(vpc_id)


def _outside(snapshot: Snapshot, end: PeeringEnd, address: Address) -> bool:
    """Return whether the address is known to be none of the end's; blocks that were not read prove nothing."""
    vpc = snapshot.vpcs.get(end.vpc_id)
    blocks = end.cidrs or (vpc.cidrs if vpc else ())
    return bool(blocks) and not any(address in block for block in blocks)
