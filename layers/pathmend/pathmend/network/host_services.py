"""The services of the host itself: resolver, time, instance metadata and their like. No filter stands before them.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html (what groups do not filter),
https://docs.aws.amazon.com/vpc/latest/userguide/nacl-basics.html (what ACLs do not),
https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html (169.254.168.0/22 and fd00:ec2::/32 are
reserved for such services, and packets to them are not forwarded).
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, NamedTuple

from pathmend.network.flow import Latent, Leg
from pathmend.network.walk import Stop, Walk
from pathmend.snapshot.protocols import TCP, UDP, name_of

if TYPE_CHECKING:
    from pathmend.network.place import Place
    from pathmend.snapshot.resources import Address, Instance, MetadataOptions, Network, Vpc
    from pathmend.snapshot.world import Snapshot


class Service(NamedTuple):
    """A service of the host: the protocols it speaks, on one port; `agent` is what answers where AWS does not."""

    protocols: tuple[str, ...]
    port: int
    agent: str = ""


_RESOLVER = Service((UDP, TCP), 53)
_TIME = Service((UDP,), 123)
_METADATA = Service((TCP,), 80)
_ACTIVATION = Service((TCP,), 1688)
# Source: https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html (resolver),
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/set-time.html (time),
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html (metadata),
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/common-messages.html (activation of Windows),
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html and
# https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html (credentials, from agents on the host).
_SERVICES = {
    ip_address(address): service
    for address, service in (
        ("169.254.169.253", _RESOLVER),
        ("fd00:ec2::253", _RESOLVER),
        ("169.254.169.123", _TIME),
        ("fd00:ec2::123", _TIME),
        ("169.254.169.254", _METADATA),
        ("fd00:ec2::254", _METADATA),
        ("169.254.169.250", _ACTIVATION),
        ("169.254.169.251", _ACTIVATION),
        ("fd00:ec2::250", _ACTIVATION),
        ("169.254.170.2", Service((TCP,), 80, "the container agent of Amazon ECS")),
        ("169.254.170.23", Service((TCP,), 80, "the EKS Pod Identity Agent")),
        ("fd00:ec2::23", Service((TCP,), 80, "the EKS Pod Identity Agent")),
    )
}
_RESERVED = (ip_network("169.254.168.0/22"), ip_network("fd00:ec2::/32"))
_IPV4 = 4
# The first bits of 169.254.0.0/16, of fe80::/10 and of fd00:ec2::/32.
_LINK_LOCAL_V4, _LINK_LOCAL_V6, _RESERVED_V6 = 0xA9FE, 0x3FA, 0xFD000EC2
_KIND = "host-service"


def is_of_host(snapshot: Snapshot, vpc_id: str, address: Address) -> bool:
    """Return whether no route leads to the address: the host answers it, or nobody."""
    number = int(address)
    if address.version == _IPV4:
        return number >> 16 == _LINK_LOCAL_V4 or number in snapshot.derived(_resolvers).get(vpc_id, ())
    return number >> 118 == _LINK_LOCAL_V6 or number >> 96 == _RESERVED_V6


def _resolvers(snapshot: Snapshot) -> dict[str, tuple[int, ...]]:
    """Return where each VPC's resolver may be: at the third address of a block."""
    return {vpc.id: tuple(int(block.network_address) + 2 for block in _blocks(vpc)) for vpc in snapshot.vpcs.values()}


def _blocks(vpc: Vpc) -> tuple[Network, ...]:
    return tuple(block for block in vpc.cidrs if block.version == _IPV4)


def ask(walk: Walk, place: Place, address: Address) -> None:
    """Reach a service of the host: on the port that it is documented for, and nothing else."""
    service = _SERVICES.get(address) or _at_resolver(walk, place, address)
    if service is None:
        _ask_nobody(walk, address)
    elif walk.protocol not in service.protocols or walk.flow.port != service.port:
        spoken = f"{' and '.join(name_of(one) for one in service.protocols)} {service.port}"
        walk.stops(Leg.FORWARD, Stop("HOST_SERVICE_PORT_RESTRICTION", _KIND, str(address), spoken))
    elif service.agent:
        why = f"whether {service.agent} runs on the host, which answers at {address}, is not in the snapshot"
        walk.cannot_tell(Leg.FORWARD, _KIND, str(address), why=why)
    else:
        _ask_service(walk, place, address, service)


def _at_resolver(walk: Walk, place: Place, address: Address) -> Service | None:
    known = walk.snapshot.derived(_resolvers).get(place.vpc_id, ())
    return _RESOLVER if address.version == _IPV4 and int(address) in known else None


def _ask_nobody(walk: Walk, address: Address) -> None:
    """Send to a link-local address at which no service is documented: routers do not forward it."""
    if any(address in block for block in _RESERVED):
        walk.stops(Leg.FORWARD, Stop("RESERVED_ADDRESS_RESTRICTION", _KIND, str(address)))
        return
    why = f"what answers at {address}, an address of the link that is not routed, is not in the snapshot"
    walk.cannot_tell(Leg.FORWARD, _KIND, str(address), why=why)


def _ask_service(walk: Walk, place: Place, address: Address, service: Service) -> None:
    vpc = walk.snapshot.vpcs.get(place.vpc_id)
    if address not in _SERVICES and vpc and not _is_of_resolver(walk, vpc, address):
        return
    walk.passes(Leg.FORWARD, _KIND, str(address))
    if service is _RESOLVER and vpc and vpc.dns_support is False:
        walk.stops(Leg.FORWARD, Stop("DNS_ATTRIBUTE_OFF", "vpc", vpc.id, "EnableDnsSupport"))
    instance_id = place.interface.instance_id if place.interface else None
    instance = walk.snapshot.instances.get(instance_id or "")
    if service is _METADATA and instance and instance.metadata:
        _ask_metadata(walk, instance, instance.metadata, ipv6=address.version != _IPV4)


def _is_of_resolver(walk: Walk, vpc: Vpc, address: Address) -> bool:
    """Return whether the resolver is there: in the VPC's primary block only; what it is otherwise is noted.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html (the third address of every other block
    is reserved all the same)
    """
    blocks = _blocks(vpc)
    primary = vpc.primary_cidr or (blocks[0] if len(blocks) == 1 else None)
    if primary and int(address) == int(primary.network_address) + 2:
        return True
    if primary:
        walk.stops(Leg.FORWARD, Stop("RESERVED_ADDRESS_RESTRICTION", _KIND, str(address), str(primary)))
    else:
        why = f"which block of {vpc.id} is its primary one, where its resolver is, was not read"
        walk.cannot_tell(Leg.FORWARD, _KIND, str(address), why=why)
    return False


def _ask_metadata(walk: Walk, instance: Instance, options: MetadataOptions, *, ipv6: bool) -> None:
    """Ask the metadata's own options, which are all that can forbid it."""
    if not options.enabled or (ipv6 and options.ipv6 is False):
        rule = "HttpProtocolIpv6" if options.enabled else "HttpEndpoint"
        walk.stops(Leg.FORWARD, Stop("METADATA_SERVICE_DISABLED", "instance", instance.id, rule))
    elif ipv6 and options.ipv6 is None:
        why = f"whether the metadata service of {instance.id} speaks IPv6 was not read"
        walk.cannot_tell(Leg.FORWARD, "instance", instance.id, why=why)
    for odd, name, note in (
        (options.hop_limit == 1, "HttpPutResponseHopLimit", "answers travel one hop: containers do not get them"),
        (options.tokens_required, "HttpTokens", "requests without a session token are refused"),
    ):
        if odd:
            walk.latent[Latent("METADATA_OPTION", "instance", instance.id, name, note)] = None
