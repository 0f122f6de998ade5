"""What a change of the world opens, closes and sends another way, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathmend.network.acl import entries_in_order, entry_ports
from pathmend.network.group_rules import group_rules, rules_to_unread_lists, to_anywhere
from pathmend.network.packets import WITH_PORTS, WITH_TYPES
from pathmend.network.region import Rule, newly_permitted
from pathmend.network.reroutes import Reroute, reroutes
from pathmend.snapshot.protocols import name_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pathmend.network.ports import PortSet
    from pathmend.snapshot.resources import Network as PeerNetwork
    from pathmend.snapshot.resources import NetworkAcl, NetworkInterface
    from pathmend.snapshot.world import Snapshot

__all__ = ["Difference", "Reach", "Reroute", "difference"]
_DIRECTIONS = {"ingress": False, "egress": True}


@dataclass(frozen=True, slots=True)
class Reach:
    """What one filter lets pass between its subnets and a peer.

    `protocol` is a number, "-1" for all, or "all but" and names. `ports` is None where the protocol has none; for ICMP
    it holds types and codes (see PortSet). `element_id` is a network ACL, or the groups of an interface joined by "+".
    """

    element_id: str
    direction: str
    peer: PeerNetwork
    protocol: str
    ports: PortSet | None
    subnet_ids: tuple[str, ...]

    def __str__(self) -> str:
        words = [str(self.peer), name_of(self.protocol), "" if self.ports is None else str(self.ports), self.direction]
        return " ".join(word for word in words if word)


@dataclass(frozen=True, slots=True)
class Difference:
    """All that differs between two worlds for the subnets and interfaces that are in both."""

    opened: tuple[Reach, ...]
    closed: tuple[Reach, ...]
    rerouted: tuple[Reroute, ...]

    def __bool__(self) -> bool:
        return bool(self.opened or self.closed or self.rerouted)


@dataclass(frozen=True, slots=True)
class _Guard:
    """A filter in both worlds: its name, its direction, and its rules before and after."""

    element_id: str
    direction: str
    before: tuple[Rule, ...]
    after: tuple[Rule, ...]


def difference(before: Snapshot, after: Snapshot) -> Difference:
    """Return what the step from `before` to `after` opens, closes and reroutes.

    Each kind of filter is compared by itself: what it lets pass now and did not. Rules of security groups towards
    prefix lists mean the lists' addresses; a rule towards a list that was not read may mean any, so it counts as all
    addresses where it comes or goes.
    """
    guards: dict[_Guard, set[str]] = {}
    for guard, subnet_id in (*_acl_guards(before, after), *_group_guards(before, after)):
        if guard.before != guard.after:
            guards.setdefault(guard, set()).add(subnet_id)
    opened, closed = [], []
    for guard, subnet_ids in guards.items():
        subnets = tuple(sorted(subnet_ids))
        opened += _reaches(guard, guard.before, guard.after, subnets)
        closed += _reaches(guard, guard.after, guard.before, subnets)
    return Difference(_in_order(opened), _in_order(closed), reroutes(before, after))


def _acl_guards(before: Snapshot, after: Snapshot) -> Iterator[tuple[_Guard, str]]:
    for subnet_id in before.subnets.keys() & after.subnets.keys():
        old, new = before.network_acl_of(subnet_id), after.network_acl_of(subnet_id)
        if old is None or new is None or old == new:
            continue
        for direction, egress in _DIRECTIONS.items():
            guard = _Guard(new.id, direction, _acl_rules(old, egress=egress), _acl_rules(new, egress=egress))
            yield guard, subnet_id


def _acl_rules(acl: NetworkAcl, *, egress: bool) -> tuple[Rule, ...]:
    return tuple(
        Rule(entry.protocol, entry.cidr, entry_ports(entry), entry.action == "allow")
        for entry in entries_in_order(acl, egress=egress)
    )


def _group_guards(before: Snapshot, after: Snapshot) -> Iterator[tuple[_Guard, str]]:
    rules_before, rules_after = group_rules(before), group_rules(after)
    for interface_id in before.interfaces.keys() & after.interfaces.keys():
        old, new = before.interfaces[interface_id], after.interfaces[interface_id]
        for direction, egress in _DIRECTIONS.items():
            was, now = rules_before(old.group_ids, egress), rules_after(new.group_ids, egress)
            unread_was = rules_to_unread_lists(before, old.group_ids, egress=egress)
            unread_now = rules_to_unread_lists(after, new.group_ids, egress=egress)
            was, now = was + to_anywhere(unread_was - unread_now), now + to_anywhere(unread_now - unread_was)
            if was != now:
                yield _Guard(_group_name(old, new), direction, was, now), new.subnet_id


def _group_name(old: NetworkInterface, new: NetworkInterface) -> str:
    return "+".join(new.group_ids or old.group_ids)


def _reaches(guard: _Guard, less: tuple[Rule, ...], more: tuple[Rule, ...], subnet_ids: tuple[str, ...]) -> list[Reach]:
    return [
        Reach(guard.element_id, guard.direction, box.peer, box.protocol, _ports(box.protocol, box.ports), subnet_ids)
        for box in newly_permitted(less, more)
    ]


def _ports(protocol: str, ports: PortSet) -> PortSet | None:
    return ports if protocol in WITH_PORTS | WITH_TYPES else None


def _in_order(reaches: Iterable[Reach]) -> tuple[Reach, ...]:
    return tuple(sorted(reaches, key=_order))


def _order(reach: Reach) -> tuple[object, ...]:
    peer = (reach.peer.version, int(reach.peer.network_address), reach.peer.prefixlen)
    ports = reach.ports.ranges if reach.ports else ()
    return reach.element_id, reach.direction, peer, reach.protocol, ports, reach.subnet_ids
