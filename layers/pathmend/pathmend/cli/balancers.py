"""What a word means as a load balancer or target group: names, ARNs and DNS names, and interfaces that carry a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.cli.unread import unread_words
from pathmend.errors import NotFoundError

if TYPE_CHECKING:
    from pathmend.snapshot.balancing import LoadBalancer, TargetGroup
    from pathmend.snapshot.resources import NetworkInterface
    from pathmend.snapshot.world import Snapshot

_NODE = "ELB "
_SHOWN = 4
_TARGET_GROUP = ":targetgroup/"
_DUAL_STACK = "dualstack."


def is_target_group(word: str) -> bool:
    """Say whether the word is the ARN of a target group."""
    return word.startswith("arn:") and _TARGET_GROUP in word


def target_group(snapshot: Snapshot, word: str) -> TargetGroup:
    """Return the target group with that ARN.

    Raises:
        NotFoundError: it was not read.
    """
    found = snapshot.target_groups.get(word)
    if found is None:
        raise NotFoundError(f"there is no target group {word} in what was read{unread_words(snapshot, 'TargetGroups')}")
    return found


def nodes_of(snapshot: Snapshot, word: str) -> tuple[NetworkInterface, ...]:
    """Return the nodes of the load balancer that the word means, in subnet order; none where it means none.

    Raises:
        NotFoundError: it means several, or one none of whose nodes was read.
    """
    full_name = _full_name(snapshot, word)
    if full_name is None:
        return ()
    wanted = f"{_NODE}{full_name}"
    nodes = [one for one in snapshot.interfaces.values() if one.description == wanted]
    if not nodes:
        why = unread_words(snapshot, "NetworkInterfaces") or ": it may still be provisioning, or be in a VPC not read"
        raise NotFoundError(f"no network interface of load balancer {word} was read{why}")
    return tuple(sorted(nodes, key=lambda one: (one.subnet_id, one.id)))


def load_balancer(snapshot: Snapshot, node: NetworkInterface) -> LoadBalancer | None:
    """Return the load balancer that the node belongs to; None where it was not read, or is a classic one."""
    full_name = node.description.removeprefix(_NODE)
    return next((one for one in snapshot.load_balancers.values() if one.full_name == full_name), None)


def _full_name(snapshot: Snapshot, word: str) -> str | None:
    """Return the name that the interfaces of the one load balancer carry: "app/NAME/ID", or a classic one's name."""
    if is_target_group(word):
        word = _of_group(snapshot, target_group(snapshot, word))
    full_names = _full_names(snapshot, word)
    if len(full_names) > 1:
        shown = ", ".join(sorted(full_names)[:_SHOWN])
        raise NotFoundError(f"{word} is the name of several load balancers ({shown}): give the ARN of one")
    return next(iter(full_names), None)


def _of_group(snapshot: Snapshot, group: TargetGroup) -> str:
    """Return the ARN of the load balancer that uses the group: at most one may."""
    using = (one.load_balancer_arn for one in snapshot.listeners.values() if group.arn in one.target_group_arns)
    arn = next(iter(sorted({*group.load_balancer_arns, *using})), None)
    if arn is None:
        raise NotFoundError(f"target group {group.name} is used by no load balancer in what was read")
    return arn


def _full_names(snapshot: Snapshot, word: str) -> set[str]:
    tail = word.split(":loadbalancer/", 1)[-1]
    known = {
        one.full_name
        for one in snapshot.load_balancers.values()
        if word in (one.arn, one.name, one.full_name) or (one.dns_name and _host(word) == _host(one.dns_name))
    }
    described = (i.description.removeprefix(_NODE) for i in snapshot.interfaces.values() if _is_node(i))
    return known | {name for name in described if tail == name or word == _short(name)}


def _host(name: str) -> str:
    """Return a DNS name as AWS answers it: without the final dot, and without the label that asks for both versions.

    Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-to-elb-load-balancer.html
    """
    return name.lower().removesuffix(".").removeprefix(_DUAL_STACK)


def _is_node(interface: NetworkInterface) -> bool:
    return interface.description.startswith(_NODE)


def _short(full_name: str) -> str:
    """Return NAME of "app/NAME/ID"."""
    parts = full_name.split("/")
    return parts[1] if len(parts) > 1 else full_name
