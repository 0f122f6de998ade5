"""Paths between load balancer and targets that the network blocks."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from ipaddress import ip_network
from typing import TYPE_CHECKING

from pathmend.diagnosis.finding import AclGap, Certainty, Evidence, Finding, GroupGap, NoMechanicalRepair
from pathmend.diagnosis.group_gap import group_gap
from pathmend.diagnosis.siblings import half_open_entries, shadowing_denies, sibling_entries
from pathmend.network.flow import Leg
from pathmend.network.ports import PortSet
from pathmend.snapshot.acl_words import describe, direction, protocol_name
from pathmend.snapshot.names import named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pathmend.network.flow import Blocker, Endpoint
    from pathmend.network.load_balancer import BalancerFlow
    from pathmend.snapshot.resources import Network
    from pathmend.snapshot.world import Snapshot

Hit = tuple["BalancerFlow", "Blocker"]


@dataclass(frozen=True, slots=True)
class _Slot:
    """What makes blockers of several flows one gap of one ACL: they differ only in the peer."""

    acl_id: str
    egress: bool
    protocol: str
    leg: Leg
    ports: PortSet
    needed: PortSet
    rule: str


def blocked_paths(snapshot: Snapshot, flows: Sequence[BalancerFlow]) -> tuple[Finding, ...]:
    """Return one finding per gap of a network ACL and one per other element that blocks a flow to a target."""
    hits = [(flow, blocker) for flow in flows for blocker in flow.trace.blockers]
    return (*_acl_gaps(snapshot, flows, hits), *_others(snapshot, flows, hits))


def _acl_gaps(snapshot: Snapshot, flows: Sequence[BalancerFlow], hits: Iterable[Hit]) -> Iterator[Finding]:
    slots: dict[_Slot, list[Hit]] = defaultdict(list)
    for flow, blocker in hits:
        if blocker.kind == "network-acl":
            slots[_slot(flow, blocker)].append((flow, blocker))
    for slot, own in slots.items():
        yield _acl_finding(snapshot, slot, own, total=len(flows))


def _slot(flow: BalancerFlow, blocker: Blocker) -> _Slot:
    """Return the gap; an ACL sees the destination port, which on the way back is the port that the client chose."""
    wanted = flow.trace.flow
    onward = blocker.leg is Leg.FORWARD
    return _Slot(
        acl_id=blocker.element_id,
        egress=blocker.direction == "egress",
        protocol=wanted.protocol,
        leg=blocker.leg,
        ports=PortSet.of(wanted.port) if onward else blocker.blocked_ports,
        needed=PortSet.of(wanted.port) if onward else wanted.source_ports,
        rule=blocker.rule or "*",
    )


def _acl_finding(snapshot: Snapshot, slot: _Slot, hits: Sequence[Hit], *, total: int) -> Finding:
    peers = tuple(sorted({_peer(snapshot, flow, blocker) for flow, blocker in hits}, key=str))
    gap = AclGap(slot.acl_id, slot.egress, slot.protocol, peers, slot.ports, slot.needed, slot.rule)
    what = "replies" if slot.leg is Leg.RETURN else "connections"
    sentence = (
        f"network ACL {named(snapshot, slot.acl_id)} drops {_part(slot.ports, slot.needed)} {what} "
        f"{'to' if slot.egress else 'from'} {_join(peers)} ({direction(egress=slot.egress)} "
        f"{protocol_name(slot.protocol)} {slot.ports}), on {len(_pairs(hits))} of {total} load balancer flows"
    )
    return Finding(
        code="SUBNET_ACL_RESTRICTION",
        resource=slot.acl_id,
        sentence=sentence,
        evidence=_acl_evidence(snapshot, gap, hits, total=total),
        certainty=Certainty.PROVEN,
        cause=gap,
    )


def _acl_evidence(snapshot: Snapshot, gap: AclGap, hits: Sequence[Hit], *, total: int) -> tuple[Evidence, ...]:
    acl = snapshot.network_acls[gap.acl_id]
    source = f"ec2:DescribeNetworkAcls {acl.id}"
    way = direction(egress=gap.egress)
    denies = [Evidence(f"deciding {way} rule {gap.rule}", source, describe(e)) for e in shadowing_denies(acl, gap)]
    unmatched = Evidence(f"deciding {way} rule {gap.rule}", source, "no entry matches, so the ACL denies")
    odd = ((f"{way} rule {e.rule_number} allows only a part", e) for e in half_open_entries(acl, gap))
    like = ((f"{way} rule {e.rule_number}, for a sibling", e) for e in sibling_entries(acl, gap))
    first_flow, _ = hits[0]
    return (
        Evidence(
            "ports dropped", "the network model, all source ports", f"{gap.ports}: {share(gap.ports, gap.needed)}"
        ),
        *denies,
        *(Evidence(fact, source, describe(entry)) for fact, entry in (*odd, *like)),
        *([] if denies else [unmatched]),
        Evidence("flows that fail, if all are used alike", "the network model", _odds(gap, len(_pairs(hits)), total)),
        Evidence("a flow that is hit", "the network model", _flow_words(first_flow)),
    )


def _peer(snapshot: Snapshot, flow: BalancerFlow, blocker: Blocker) -> Network:
    """Return the block of the other end's subnet, as an ACL must name it; a lone address where no subnet is known."""
    source, destination = flow.trace.flow.source, flow.trace.flow.destination
    other = destination if _in_subnet(source, blocker.subnet_id) else source
    subnet = snapshot.subnets.get(other.interface.subnet_id) if other.interface else None
    blocks = subnet.cidrs if subnet else ()
    return next((block for block in blocks if other.address in block), ip_network(other.address))


def _in_subnet(end: Endpoint, subnet_id: str | None) -> bool:
    return end.interface is not None and end.interface.subnet_id == subnet_id


def _others(snapshot: Snapshot, flows: Sequence[BalancerFlow], hits: Iterable[Hit]) -> Iterator[Finding]:
    elements: dict[tuple[str, str, str, GroupGap | None], list[Hit]] = defaultdict(list)
    for flow, blocker in hits:
        if blocker.kind != "network-acl":
            gap = group_gap(snapshot, flow.trace.flow, blocker) if blocker.kind == "security-group" else None
            elements[(blocker.code, blocker.kind, blocker.element_id, gap)].append((flow, blocker))
    for (_, _, _, gap), own in elements.items():
        yield _element_finding(gap, hits=own, total=len(flows))


def _element_finding(gap: GroupGap | None, *, hits: Sequence[Hit], total: int) -> Finding:
    flow, blocker = hits[0]
    code, kind, element_id = blocker.code, blocker.kind, blocker.element_id
    where = f"{blocker.direction} " if blocker.direction else ""
    sentence = (
        f"{kind.replace('-', ' ')} {element_id} blocks {where}{protocol_name(flow.trace.flow.protocol)} "
        f"{flow.trace.flow.port} on {len(_pairs(hits))} of {total} load balancer flows"
    )
    evidence = (
        Evidence(f"deciding rule or route on the {blocker.leg.value} leg", element_id, blocker.rule or "none matches"),
        Evidence("a flow that is hit", "the network model", _flow_words(flow)),
    )
    advice = f"let {_flow_words(flow)} pass {element_id}; Pathmend does not change this kind of element yet"
    return Finding(code, element_id, sentence, evidence, Certainty.PROVEN, gap or NoMechanicalRepair(advice))


def _pairs(hits: Iterable[Hit]) -> set[int]:
    return {id(flow) for flow, _ in hits}


def _flow_words(flow: BalancerFlow) -> str:
    wanted = flow.trace.flow
    target = f" (target {flow.target.target_id})" if flow.target else ""
    return (
        f"{flow.purpose} {wanted.source.address} -> {wanted.destination.address} "
        f"{protocol_name(wanted.protocol)} {wanted.port}{target}"
    )


def _part(dropped: PortSet, needed: PortSet) -> str:
    if dropped == needed:
        return "all"
    percent = 100 * dropped.count() / needed.count()
    return "some of the" if percent < 1 else f"{percent:.0f} % of the"


def share(part: PortSet, whole: PortSet) -> str:
    """Say a share of ports with its figures: "31,744 of 64,512 (49 %)"."""
    return f"{part.count():,} of {whole.count():,} ({100 * part.count() / whole.count():.0f} %)"


def _odds(gap: AclGap, hit: int, total: int) -> str:
    part = gap.ports.count() / gap.needed.count() * hit / total
    return f"{100 * part:.0f} %, about one in {1 / part:.0f}"


def _join(peers: Iterable[Network]) -> str:
    return ", ".join(str(peer) for peer in peers)
