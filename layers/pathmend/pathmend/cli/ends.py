"""What the words after --from and --to mean in a snapshot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import TYPE_CHECKING

from pathmend.errors import NotFoundError
from pathmend.network.load_balancer import SOME_CLIENT
from pathmend.network.services import to_service

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Address, NetworkInterface
    from pathmend.snapshot.world import Snapshot

INTERNET = "internet"
SERVICES = ("s3", "dynamodb")
SOME_CLIENT_V6 = ip_address("2001:db8:ffff::7")
"""A client on the IPv6 internet, from the documentation range."""
_NODE = "ELB "
_AMBIGUOUS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class End:
    """One end as a person named it. `addresses` are those it may be reached at or speak from, IPv4 first.

    `interface` is None outside of what was read. A service is a prefix list: all its addresses at once.
    """

    name: str
    addresses: tuple[Address, ...]
    interface: NetworkInterface | None = None
    prefix_list: str | None = None
    is_node: bool = False

    @property
    def vpc_id(self) -> str | None:
        """Return the VPC of the interface."""
        return self.interface.vpc_id if self.interface else None


def ends_of(snapshot: Snapshot, word: str, other: str = "") -> tuple[End, ...]:
    """Return what the word means: one end, or one per node of a load balancer.

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
        raise NotFoundError(f"there is no interface {word} in what was read{_unread(snapshot, 'NetworkInterfaces')}")
    return _of(word, found)


def _knows_instance(snapshot: Snapshot, word: str) -> bool:
    return word in snapshot.instances or snapshot.primary_interface_of(word) is not None


def _instance(snapshot: Snapshot, word: str) -> End:
    found = snapshot.primary_interface_of(word)
    if found is None:
        why = _unread(snapshot, "NetworkInterfaces") or ": it may be terminated, or of a VPC that was not read"
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
    full_names = _full_names(snapshot, word)
    if not full_names:
        raise NotFoundError(_nothing(snapshot, word))
    if len(full_names) > 1:
        shown = ", ".join(sorted(full_names)[:_AMBIGUOUS_SHOWN])
        raise NotFoundError(f"{word} is the name of several load balancers ({shown}): give the ARN of one")
    wanted = f"{_NODE}{full_names.pop()}"
    nodes = [i for i in snapshot.interfaces.values() if i.description == wanted]
    if not nodes:
        why = _unread(snapshot, "NetworkInterfaces") or ": it may still be provisioning, or be in a VPC not read"
        raise NotFoundError(f"no network interface of load balancer {word} was read{why}")
    return tuple(replace(_of(word, node), is_node=True) for node in sorted(nodes, key=lambda i: (i.subnet_id, i.id)))


def _full_names(snapshot: Snapshot, word: str) -> set[str]:
    """Return what the load balancer's interfaces are described by ("app/NAME/ID"; a classic one's is its name)."""
    tail = word.split(":loadbalancer/", 1)[-1]
    known = {one.full_name for one in snapshot.load_balancers.values() if word in (one.arn, one.name, one.full_name)}
    described = (i.description.removeprefix(_NODE) for i in snapshot.interfaces.values() if _is_node(i))
    return known | {name for name in described if tail == name or word == _short(name)}


def _is_node(interface: NetworkInterface) -> bool:
    return interface.description.startswith(_NODE)


def _short(full_name: str) -> str:
    """Return NAME of "app/NAME/ID"."""
    parts = full_name.split("/")
    return parts[1] if len(parts) > 1 else full_name


def _nothing(snapshot: Snapshot, word: str) -> str:
    if word.startswith("i-"):
        return f"there is no instance {word} in what was read{_unread(snapshot, 'Reservations', 'NetworkInterfaces')}"
    if word.startswith("arn:") and ":loadbalancer/" not in word:
        return f"{word} is not the ARN of a load balancer"
    return (
        f"{word} is no instance, interface, IP address or load balancer in what was read"
        f"{_unread(snapshot, 'LoadBalancers', 'NetworkInterfaces')}: give i-..., eni-..., an address, a load "
        f"balancer's name or ARN, {INTERNET}, or as destination s3, dynamodb or pl-..."
    )


def _unread(snapshot: Snapshot, *kinds: str) -> str:
    missing = [f"{kind} {snapshot.unread[kind]}" for kind in kinds if kind in snapshot.unread]
    return f" ({'; '.join(missing)})" if missing else ""
