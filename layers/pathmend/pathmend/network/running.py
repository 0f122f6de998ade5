"""Whether the instance at an end of a flow runs: one that does not neither opens nor answers connections.

Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.network.flow import Latent, Leg
from pathmend.network.walk import Stop, Walk

if TYPE_CHECKING:
    from pathmend.network.place import Place
    from pathmend.snapshot.resources import Instance

NOT_RUNNING = ("stopping", "stopped", "shutting-down", "terminated")
"""The states of an instance that takes part in nothing any more, or not for now."""
_CODE, _KIND = "INSTANCE_NOT_RUNNING", "instance"
_NODE = "ELB "


def ask(walk: Walk) -> None:
    """Ask both ends' instances.

    What a load balancer's node sends to is no blocker: the node finds out by itself, and then sends nothing. Target
    health says that, as Target.InvalidState; here it is something odd beside the path.
    """
    source = walk.origin.interface if walk.origin else None
    by_node = source is not None and source.description.startswith(_NODE)
    for place in (walk.origin, walk.end):
        name = place.interface.instance_id if place and place.interface else None
        instance = walk.snapshot.instances.get(name) if name else None
        if place and instance and instance.state != "running":
            _say(walk, place, instance, by_node=by_node)


def _say(walk: Walk, place: Place, instance: Instance, *, by_node: bool) -> None:
    interface_id = place.interface.id if place.interface else None
    if by_node:
        note = f"the instance is {instance.state}: a load balancer sends nothing to it"
        walk.latent[Latent(_CODE, _KIND, instance.id, instance.state, note)] = None
    elif instance.state in NOT_RUNNING:
        stop = Stop(_CODE, _KIND, instance.id, instance.state, None, place.subnet_id, interface_id)
        walk.stops(Leg.FORWARD, stop)
    else:
        why = f"whether {instance.id}, which is {instance.state}, takes part yet is not in the snapshot"
        walk.cannot_tell(Leg.FORWARD, _KIND, instance.id, why=why)
