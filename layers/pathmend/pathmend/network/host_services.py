"""The services of the host itself: resolver, time and instance metadata. No filter stands before them.

Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from pathmend.network.addresses import is_resolver
from pathmend.network.flow import Latent, Leg
from pathmend.network.walk import Stop, Walk

if TYPE_CHECKING:
    from pathmend.network.place import Place
    from pathmend.snapshot.resources import Address

_METADATA = (ip_address("169.254.169.254"), ip_address("fd00:ec2::254"))


def ask(walk: Walk, place: Place, address: Address) -> None:
    """Reach a service of the host; the metadata's own options are all that can forbid it."""
    walk.passes(Leg.FORWARD, "host-service", str(address))
    vpc = walk.snapshot.vpcs.get(place.vpc_id)
    if vpc and vpc.dns_support is False and is_resolver(walk.snapshot, vpc.id, address):
        walk.stops(Leg.FORWARD, Stop("DNS_ATTRIBUTE_OFF", "vpc", vpc.id, "EnableDnsSupport"))
    instance_id = place.interface.instance_id if place.interface else None
    instance = walk.snapshot.instances.get(instance_id or "")
    if address not in _METADATA or instance is None or instance.metadata is None:
        return
    options = instance.metadata
    if not options.enabled:
        walk.stops(Leg.FORWARD, Stop("METADATA_SERVICE_DISABLED", "instance", instance.id))
    for odd, name, note in (
        (options.hop_limit == 1, "HttpPutResponseHopLimit", "answers travel one hop: containers do not get them"),
        (options.tokens_required, "HttpTokens", "requests without a session token are refused"),
    ):
        if odd:
            walk.latent[Latent("METADATA_OPTION", "instance", instance.id, name, note)] = None
