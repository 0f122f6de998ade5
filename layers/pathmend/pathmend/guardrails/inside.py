"""What is inside: private addresses, and the blocks of VPCs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.snapshot.networks import contains, is_private

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Network
    from pathmend.snapshot.world import Snapshot


def is_inside(network: Network, snapshot: Snapshot) -> bool:
    """Say whether all of a network is private: by its address, or because it lies inside a VPC that was read."""
    blocks = (block for vpc in snapshot.vpcs.values() for block in vpc.cidrs)
    return is_private(network) or any(contains(block, network) for block in blocks)
