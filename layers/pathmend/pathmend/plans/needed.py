"""What of a plan's openings the findings' flows need, and exactly what is left beyond that."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING

from pathmend.diagnosis.finding import AclGap, GroupGap
from pathmend.network.packets import WITH_PORTS, WITH_TYPES, rule_ports
from pathmend.network.ports import ALL_PORTS
from pathmend.network.region import Rule, newly_permitted
from pathmend.network.security_group import networks_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pathmend.diagnosis.finding import Cause
    from pathmend.network.difference import Reach
    from pathmend.snapshot.resources import Network, SecurityGroupRule
    from pathmend.snapshot.world import Snapshot

_WAYS = {"egress": True, "ingress": False}


def beyond_need(opened: Iterable[Reach], causes: Sequence[Cause], snapshot: Snapshot) -> tuple[Reach, ...]:
    """Return the openings without what the flows of these causes need: exactly, piece by piece."""
    return tuple(left for reach in opened for left in _left_of(reach, causes, snapshot))


def _left_of(reach: Reach, causes: Iterable[Cause], snapshot: Snapshot) -> tuple[Reach, ...]:
    needs = tuple(rule for cause in causes for rule in _needs(cause, reach, snapshot))
    # "All but" these protocols is nothing that a rule can say: no flow needs it.
    if not needs or not reach.protocol.lstrip("-").isdigit():
        return (reach,)
    whole = Rule(reach.protocol, reach.peer, ALL_PORTS if reach.ports is None else reach.ports)
    return tuple(
        replace(reach, peer=box.peer, protocol=box.protocol, ports=box.ports if _has_ports(box.protocol) else None)
        for box in newly_permitted(needs, (whole,))
    )


def _has_ports(protocol: str) -> bool:
    return protocol in WITH_PORTS | WITH_TYPES


def _needs(cause: Cause, reach: Reach, snapshot: Snapshot) -> Iterator[Rule]:
    egress = _WAYS[reach.direction]
    match cause:
        case AclGap(acl_id, way, protocol, peers, _, needed) if (acl_id, way) == (reach.element_id, egress):
            yield from (Rule(protocol, peer, needed) for peer in peers)
        case GroupGap(group_id, rule) if group_id in reach.element_id.split("+") and rule.egress == egress:
            ports = rule_ports(rule.protocol, rule.ports)
            yield from (Rule(rule.protocol, peer, ports) for peer in _meant(rule, snapshot))
        case _:
            return


def _meant(rule: SecurityGroupRule, snapshot: Snapshot) -> Iterable[Network]:
    if isinstance(rule.peer, str) and rule.peer.startswith("sg-"):
        return [ip_network(address) for address in snapshot.addresses_of_group(rule.peer)]
    return networks_of(snapshot, rule.peer) or ()
