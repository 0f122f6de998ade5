"""What the words after --from and --to mean in a snapshot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import TYPE_CHECKING

from pathmend.cli.balancers import load_balancer, nodes_of
from pathmend.cli.unread import unread_words
from pathmend.errors import NotFoundError
from pathmend.network.load_balancer import SOME_CLIENT
from pathmend.network.services import to_service

if TYPE_CHECKING:
    from pathmend.snapshot.balancing import LoadBalancer
    from pathmend.snapshot.resources import Address, NetworkInterface
    from pathmend.snapshot.world import Snapshot

INTERNET = "internet"
SERVICES = ("s3", "dynamodb")
SOME_CLIENT_V6 = ip_address("2001:db8:ffff::7")
"""A client on the IPv6 internet, from the documentation range."""
_AMBIGUOUS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class End:
    """One end as a person named it. `addresses` are those it may be reached at or speak from, IPv4 first.

    `interface` is None outside of what was read. A service is a prefix list: all its addresses at once. Of a node,
    `load_balancer` is what it belongs to; None where only its interfaces were read.
    """

    name: str
    addresses: tuple[Address, ...]
    interface: NetworkInterface | None = None
    prefix_list: str | None = None
    is_node: bool = False
    load_balancer: LoadBalancer | None = None

    @property
    def vpc_id(self) -> str | None:
        """Return the VPC of the interface."""
        return self.interface.vpc_id if self.interface else None


def ends_of(snapshot: Snapshot, word: str, other: str = "") -> tuple[End, ...]:
    """Return what the word means: one end, or one per node of a load balancer (of a target group: of its own).

    `other` is the word for the other end: it decides between interfaces of several VPCs that share an address.

    Raises:
        NotFoundError: it means nothing in this snapshot, or more than one thing; says what to give instead.
    """
    if word == INTERNET:
        return (End(word, (SOME_CLIENT, SOME_CLIENT_V6)),)
    if is_service(word):
        service = to_service(snapshot, word, _vpcs_of(snapshot, other) if other else ())
        return (End(word, (service.address,), None, service.prefix_list),)
    address = as_address(word)
    if address:
        return (_at_address(snapshot, word, address, other),)
    if word.startswith("eni-"):
        return (_interface(snapshot, word),)
    if word.startswith("i-") and _knows_instance(snapshot, word):
        return (_instance(snapshot, word),)
    return _nodes(snapshot, word)


def is_service(word: str) -> bool:
    """Say whether the word means a service by its prefix list."""
    return word in SERVICES or word.startswith("pl-")


def may_be_balancer(word: str) -> bool:
    """Say whether the word may name a load balancer or a target group: it is no address, id or other known word."""
    return not (word == INTERNET or is_service(word) or as_address(word) or word.startswith(("eni-", "i-")))


def as_address(word: str) -> Address | None:
    """Return the word as an IP address, None when it is none."""
    try:
        return ip_address(word)
    except ValueError:
        return None


def _of(name: str, interface: NetworkInterface) -> End:
    return End(name, (*interface.private_ips, *interface.ipv6s), interface)


def _interface(snapshot: Snapshot, word: str) -> End:
    found = snapshot.interfaces.get(word)
    if found is None:
        raise NotFoundError(
            f"there is no interface {word} in what was read{unread_words(snapshot, 'NetworkInterfaces')}"
        )
    return _of(word, found)


def _knows_instance(snapshot: Snapshot, word: str) -> bool:
    return word in snapshot.instances or snapshot.primary_interface_of(word) is not None


def _instance(snapshot: Snapshot, word: str) -> End:
    found = snapshot.primary_interface_of(word)
    if found is None:
        why = unread_words(snapshot, "NetworkInterfaces") or ": it may be terminated, or of a VPC that was not read"
        raise NotFoundError(f"no network interface of {word} was read{why}")
    return _of(word, found)


def _at_address(snapshot: Snapshot, word: str, address: Address, other: str) -> End:
    owners = snapshot.interfaces_with(address)
    if len(owners) > 1:
        near = _vpcs_of(snapshot, other)
        owners = tuple(owner for owner in owners if owner.vpc_id in near) or owners
    if len(owners) > 1:
        shown = ", ".join(f"{owner.id} in {owner.vpc_id}" for owner in owners[:_AMBIGUOUS_SHOWN])
        raise NotFoundError(f"{word} is the address of several interfaces ({shown}): name one of them")
    return End(word, (address,), owners[0] if owners else None)


def _vpcs_of(snapshot: Snapshot, word: str) -> set[str]:
    """Return the VPCs that a word may lead to, without deciding between them."""
    address = as_address(word)
    if address:
        return {owner.vpc_id for owner in snapshot.interfaces_with(address)}
    try:
        return {end.vpc_id for end in ends_of(snapshot, word) if end.vpc_id}
    except NotFoundError:
        return set()


def _nodes(snapshot: Snapshot, word: str) -> tuple[End, ...]:
    nodes = nodes_of(snapshot, word)
    if not nodes:
        raise NotFoundError(_nothing(snapshot, word))
    balancer = load_balancer(snapshot, nodes[0])
    return tuple(replace(_of(word, node), is_node=True, load_balancer=balancer) for node in nodes)


def _nothing(snapshot: Snapshot, word: str) -> str:
    if word.startswith("i-"):
        return (
            f"there is no instance {word} in what was read{unread_words(snapshot, 'Reservations', 'NetworkInterfaces')}"
        )
    if word.startswith("arn:") and ":loadbalancer/" not in word:
        return f"{word} is not the ARN of a load balancer or target group"
    return (
        f"{word} is no instance, interface, IP address or load balancer in what was read"
        f"{unread_words(snapshot, 'LoadBalancers', 'NetworkInterfaces')}: give i-..., eni-..., an address, a load "
        f"balancer's name, DNS name or ARN, {INTERNET}, or as destination s3, dynamodb or pl-..."
    )
