"""What of a plan's openings the findings' flows need."""

from __future__ import annotations

from ipaddress import collapse_addresses, ip_network
from typing import TYPE_CHECKING

from pathmend.diagnosis.finding import AclGap, GroupGap
from pathmend.network.packets import rule_ports
from pathmend.network.security_group import networks_of
from pathmend.snapshot.networks import contains

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pathmend.diagnosis.finding import Cause
    from pathmend.network.difference import Reach
    from pathmend.network.ports import PortSet
    from pathmend.snapshot.resources import Network, SecurityGroupRule
    from pathmend.snapshot.world import Snapshot

_WAYS = {"egress": True, "ingress": False}


def needed(reach: Reach, causes: Iterable[Cause], snapshot: Snapshot) -> bool:
    """Say whether an opening lies wholly inside what findings' flows need.

    An opening to two neighbouring peers is one network that holds both, so the peers are joined as well.
    """
    found = (peer for cause in causes for peer in _peers(cause, reach, snapshot))
    peers = {peer for peer in found if peer.version == reach.peer.version}
    # All of one version, which collapse_addresses asks for and its types do not know.
    return any(contains(block, reach.peer) for block in collapse_addresses(peers))  # type: ignore[type-var]


def _peers(cause: Cause, reach: Reach, snapshot: Snapshot) -> Iterator[Network]:
    way = (_WAYS[reach.direction], reach.protocol)
    match cause:
        case AclGap(acl_id, egress, protocol, peers, _, ports):
            same = acl_id == reach.element_id and (egress, protocol) == way
            yield from peers if same and _within(reach, ports) else ()
        case GroupGap(group_id, rule):
            same = group_id in reach.element_id.split("+") and (rule.egress, rule.protocol) == way
            yield from _meant(rule, snapshot) if same and _within(reach, rule_ports(rule.protocol, rule.ports)) else ()
        case _:
            return


def _within(reach: Reach, ports: PortSet) -> bool:
    return reach.ports is not None and not (reach.ports - ports)


def _meant(rule: SecurityGroupRule, snapshot: Snapshot) -> Iterable[Network]:
    if isinstance(rule.peer, str) and rule.peer.startswith("sg-"):
        return [ip_network(address) for address in snapshot.addresses_of_group(rule.peer)]
    return networks_of(snapshot, rule.peer) or ()
