"""One leg of a flow on its way: where the packet is, where it goes, and what may happen to it next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from pathmend.network.flow import Leg
    from pathmend.network.place import Place
    from pathmend.network.ports import PortSet
    from pathmend.snapshot.resources import Address, NatGateway


@dataclass(frozen=True, slots=True)
class Journey:
    """A packet between two addresses as filters see them. `end` is where the target stands, None where unknown.

    `ports` are the destination ports where they are not the flow's (a NAT gateway chose them). `to_internet` says that
    the packet answers a client on the internet: it must leave as that one came, by the internet gateway.
    """

    leg: Leg
    source: Address
    target: Address
    end: Place | None
    ports: PortSet | None = None
    to_internet: bool = False


class Spot(NamedTuple):
    """The packet is in this subnet and leaves it next; `nat` is the NAT gateway that sends it, if one does."""

    vpc_id: str
    subnet_id: str
    nat: NatGateway | None = None


class Delivery(NamedTuple):
    """The packet goes straight to its target in this VPC, coming from `subnet_id` (empty: from outside all subnets)."""

    vpc_id: str
    subnet_id: str = ""


class Exit(NamedTuple):
    """The packet left what the snapshot describes, by this gateway, from this spot."""

    kind: str
    gateway_id: str
    spot: Spot


Step: TypeAlias = "Spot | Delivery | Exit | None"
"""What comes next; None is the end of the way, which is noted in the walk as a blocker or as unknown."""
