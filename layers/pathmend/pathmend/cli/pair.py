"""One flow between two ends: the addresses that they meet by, and its trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from pathmend.channels.trace_answer import NamedEnd, TracedFlow
from pathmend.cli.by_internet import is_by_internet, trace_by_internet
from pathmend.errors import NotFoundError
from pathmend.network.addresses import private_kind
from pathmend.network.ephemeral import usual_source_ports
from pathmend.network.flow import Endpoint, Flow
from pathmend.network.public_addresses import public_of
from pathmend.network.trace import trace
from pathmend.snapshot.protocols import ALL, ICMP, ICMP_V6, TCP, UDP, name_of, number_of

if TYPE_CHECKING:
    from pathmend.cli.ends import End
    from pathmend.cli.question import Question
    from pathmend.snapshot.resources import Address
    from pathmend.snapshot.world import Snapshot

_IPV4, _IPV6 = 4, 6


def traced(snapshot: Snapshot, question: Question, source: End, destination: End) -> TracedFlow:
    """Return the flow from one end to the other, traced.

    Raises:
        NotFoundError: the two speak no common IP version.
        BadParameter: the protocol has ports, and none is given.
    """
    version = _common_version(source, destination)
    start = Endpoint(_address(source, version), source.interface)
    end = Endpoint(_destination(snapshot, source, destination), destination.interface, destination.prefix_list)
    protocol = ICMP_V6 if version == _IPV6 and number_of(question.protocol) == ICMP else question.protocol
    ports = question.source_ports or usual_source_ports(snapshot, source.interface)
    flow = Flow(start, end, protocol, port_of(question), ports, question.application)
    found = trace_by_internet(snapshot, flow) if is_by_internet(flow) else trace(snapshot, flow)
    return TracedFlow(named(source, start), named(destination, end), found)


def port_of(question: Question) -> int:
    """Return the port that is asked for, 0 where the protocol has none.

    Raises:
        BadParameter: it has ports, and none is given.
    """
    if question.port is None:
        needs_port(question.protocol)
    return question.port or 0


def needs_port(protocol: str) -> None:
    """Refuse a protocol that has ports, where none is given.

    Raises:
        BadParameter: it has.
    """
    number = number_of(protocol)
    if number in (ALL, TCP, UDP):
        raise typer.BadParameter(f"{name_of(number)} needs --port, the destination port")


def named(end: End, endpoint: Endpoint) -> NamedEnd:
    """Return the end for a person, at the address of one flow."""
    interface = end.interface
    if end.prefix_list:
        return NamedEnd(end.name, None, prefix_list=end.prefix_list)
    if interface is None:
        return NamedEnd(end.name, endpoint.address)
    return NamedEnd(end.name, endpoint.address, interface.id, interface.subnet_id, interface.vpc_id)


def _common_version(source: End, destination: End) -> int:
    common = {ip.version for ip in source.addresses} & {ip.version for ip in destination.addresses}
    if not common:
        raise NotFoundError(f"{_versions(source)} and {_versions(destination)}: they share no IP version")
    return min(common)


def _versions(end: End) -> str:
    return f"{end.name} has only {' and '.join(f'IPv{one}' for one in sorted({ip.version for ip in end.addresses}))}"


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
        return next((one for one in own if one), _address(destination, version))
    return _address(destination, version)
