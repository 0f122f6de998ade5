"""A question of the command line: from where, to where, which packets; and its answer on a snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathmend.channels.trace_answer import Answer, NamedEnd, TracedFlow
from pathmend.cli.by_internet import is_by_internet, trace_by_internet
from pathmend.cli.ends import End, ends_of, is_service
from pathmend.errors import NotFoundError
from pathmend.network.addresses import private_kind
from pathmend.network.ephemeral import usual_source_ports
from pathmend.network.flow import Endpoint, Flow
from pathmend.network.public_addresses import public_of
from pathmend.network.trace import trace
from pathmend.snapshot.protocols import ICMP, ICMP_V6, number_of

if TYPE_CHECKING:
    from pathmend.network.ports import PortSet
    from pathmend.snapshot.resources import Address
    from pathmend.snapshot.world import Snapshot

_IPV4, _IPV6 = 4, 6


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, as it was written; `protocol` is a name or number that `number_of` knows.

    `source_ports` is None for those that the source usually sends from.
    """

    source: str
    destination: str
    protocol: str
    port: int
    source_ports: PortSet | None = None


def answered(snapshot: Snapshot, question: Question) -> Answer:
    """Return the trace of every flow that the question means.

    Raises:
        NotFoundError: an end means nothing, a service is the source, or the two speak no common IP version.
    """
    if is_service(question.source):
        raise NotFoundError(f"{question.source} opens no connections: give it as --to, the destination")
    sources = ends_of(snapshot, question.source, question.destination)
    destinations = ends_of(snapshot, question.destination, question.source)
    flows = tuple(_traced(snapshot, question, one, other) for one in sources for other in destinations)
    return Answer(question.source, question.destination, flows)


def _traced(snapshot: Snapshot, question: Question, source: End, destination: End) -> TracedFlow:
    version = _common_version(source, destination)
    start = Endpoint(_address(source, version), source.interface)
    end = Endpoint(_destination(snapshot, source, destination), destination.interface, destination.prefix_list)
    protocol = ICMP_V6 if version == _IPV6 and number_of(question.protocol) == ICMP else question.protocol
    ports = question.source_ports or usual_source_ports(snapshot, source.interface)
    flow = Flow(start, end, protocol, question.port, ports)
    found = trace_by_internet(snapshot, flow) if is_by_internet(flow) else trace(snapshot, flow)
    return TracedFlow(_named(source, start), _named(destination, end), found)


def _common_version(source: End, destination: End) -> int:
    common = {ip.version for ip in source.addresses} & {ip.version for ip in destination.addresses}
    if not common:
        raise NotFoundError(
            f"{source.name} and {destination.name} share no IP version: one has only IPv4, the other only IPv6"
        )
    return min(common)


def _address(end: End, version: int) -> Address:
    return next(ip for ip in end.addresses if ip.version == version)


def _destination(snapshot: Snapshot, source: End, destination: End) -> Address:
    """Return the address to call: from outside, and of a load balancer, the public one of what has one.

    The name of a load balancer leads to its public addresses for those inside its VPC, too.

    Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html
    """
    version, interface = _common_version(source, destination), destination.interface
    outside = source.interface is None and private_kind(source.addresses[0]) is None
    if interface and version == _IPV4 and (outside or destination.is_node):
        own = (public_of(snapshot, interface, one).address for one in destination.addresses if one.version == _IPV4)
        public = next((one for one in own if one), None)
        if public:
            return public
    return _address(destination, version)


def _named(end: End, endpoint: Endpoint) -> NamedEnd:
    interface = end.interface
    if end.prefix_list:
        return NamedEnd(end.name, None, prefix_list=end.prefix_list)
    if interface is None:
        return NamedEnd(end.name, endpoint.address)
    return NamedEnd(end.name, endpoint.address, interface.id, interface.subnet_id, interface.vpc_id)
