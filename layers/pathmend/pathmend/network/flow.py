"""The words of a traced path: flow, leg, hop, blocker, trace."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from pathmend.network.ports import ALL_PORTS, LOAD_BALANCER_EPHEMERAL, PortSet

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Address, NetworkInterface


class Verdict(Enum):
    """What is proven: all source ports pass, some do not, none does, or the snapshot cannot tell."""

    OPEN = "open"
    PARTIAL = "partial"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"


class Leg(Enum):
    """The way there, or the way of the replies."""

    FORWARD = "forward"
    RETURN = "return"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One end of a flow. Without an interface it is outside the VPC, unless an interface there owns the address.

    With a `prefix_list` (of S3, say) the end is all addresses of that list; see `services.to_service`.
    """

    address: Address
    interface: NetworkInterface | None = None
    prefix_list: str | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """What a TCP connection carries: `protocol` is "http" or "tls", `host` the Host header's name or the server name.

    The host is without a port. The protocol is by what is sent, whatever the port.
    """

    protocol: str
    host: str


@dataclass(frozen=True, slots=True)
class Flow:
    """A connection that `source` opens to `port` of `destination`, from any one of `source_ports`.

    `protocol` is a name or a number as text, "all" for any. Of ICMP the flow is an echo request and its reply; ports
    mean nothing there. Without `application` the question ends with the connection: what it carries is left open.
    """

    source: Endpoint
    destination: Endpoint
    protocol: str
    port: int
    source_ports: PortSet = LOAD_BALANCER_EPHEMERAL
    application: Application | None = None


@dataclass(frozen=True, slots=True)
class Hop:
    """One element on the way: its verdict, what in it decided, and the source ports of the flow that it lets pass."""

    kind: str
    element_id: str
    verdict: Verdict
    leg: Leg
    rule: str | None
    ports: PortSet


@dataclass(frozen=True, slots=True)
class Blocker:
    """One element, and the rule in it, that stops the flow for `blocked_ports` of its source ports.

    `code` is VPC Reachability Analyzer's explanation code. `rule` is an ACL's deciding rule number ("*" is the implicit
    deny), a matched route's destination, or None. `direction` is "ingress" or "egress" as seen from the subnet or
    interface, None where that has no meaning.

    `blocked_ports` are source ports of the flow, but for replies on the far side of a NAT gateway: it sends from ports
    of its own, and so those are ports of the gateway.
    """

    code: str
    kind: str
    element_id: str
    leg: Leg
    direction: str | None
    rule: str | None
    subnet_id: str | None
    interface_id: str | None
    blocked_ports: PortSet


@dataclass(frozen=True, slots=True)
class Latent:
    """Something odd in an element that the flow meets, which does not stop this flow; `note` says it in words."""

    code: str
    kind: str
    element_id: str
    rule: str | None
    note: str


@dataclass(frozen=True, slots=True)
class Trace:
    """The answer for one flow: both legs' hops in order, every blocker, what is unknown, and the ports left open.

    The verdict is BLOCKED when no source port can work, PARTIAL when some provably cannot, UNKNOWN when nothing is
    proven blocked but something on the way was not read or is not modelled, and OPEN otherwise.

    `open_ports` is what no blocker of the flow's own ports hits: each element takes its own share away, and the flow
    works from what all of them leave. `gateway_ports` are those that the last NAT gateway on the way may pick so that
    replies from the far side come back to it. Where it may pick only some, every source port may work and may not: the
    flow is PARTIAL and `open_ports` keeps them; where it may pick none, none is open.
    """

    flow: Flow
    verdict: Verdict
    forward: tuple[Hop, ...]
    back: tuple[Hop, ...]
    blockers: tuple[Blocker, ...]
    unknown: tuple[str, ...]
    open_ports: PortSet
    latent: tuple[Latent, ...] = ()
    gateway_ports: PortSet = ALL_PORTS
