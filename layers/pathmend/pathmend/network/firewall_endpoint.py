"""A walk comes to an endpoint of a network firewall: its rules are asked about the connection as it is seen there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.network.firewall import (
    CODE,
    Inspected,
    firewall_of,
    inspect,
    inspect_replies,
    latent_of,
    reasons_of,
)
from pathmend.network.firewall_match import Connection
from pathmend.network.flow import Blocker, Hop, Leg, Verdict
from pathmend.network.ports import LOAD_BALANCER_EPHEMERAL, NO_PORTS, PortSet
from pathmend.network.walk import Piece, Walk
from pathmend.snapshot.protocols import TCP, UDP

if TYPE_CHECKING:
    from pathmend.network.firewall_stateful import Findings
    from pathmend.network.journey import Journey
    from pathmend.snapshot.firewall import Firewall
    from pathmend.snapshot.resources import VpcEndpoint

KIND = "vpc-endpoint"


def ask(walk: Walk, journey: Journey, endpoint: VpcEndpoint) -> None:
    """Ask the firewall, or whatever else stands behind the endpoint, and note its answer."""
    wall = firewall_of(walk.snapshot, endpoint.id)
    if wall is None:
        unread = walk.snapshot.unread.get("Firewalls")
        why = f"what the appliance behind {endpoint.id} lets pass is not modelled"
        why = f"{why}, or it is a network firewall, which were not read: {unread}" if unread else why
        walk.cannot_tell(journey.leg, KIND, endpoint.id, why=why)
        return
    found = (
        _there(walk, journey, wall, endpoint.id)
        if journey.leg is Leg.FORWARD
        else _back(walk, journey, wall, endpoint.id)
    )
    if found is None:
        reason = walk.snapshot.unread.get("FirewallPolicies")
        why = f"the policy of the network firewall {wall.name or wall.id} was not read{f': {reason}' if reason else ''}"
        walk.cannot_tell(journey.leg, KIND, endpoint.id, why=why)
    else:
        _note(walk, journey, endpoint, found)


def _there(walk: Walk, journey: Journey, wall: Firewall, endpoint_id: str) -> Findings | None:
    flow = walk.flow
    # Behind a NAT gateway the ports are ones that it picked.
    picked = bool(walk.nats) and walk.protocol in (TCP, UDP)
    application = flow.application if walk.protocol == TCP else None
    ports = LOAD_BALANCER_EPHEMERAL if picked else flow.source_ports
    connection = Connection(walk.protocol, journey.source, ports, journey.target, flow.port, application)
    inspected = inspect(walk.snapshot, wall, connection)
    if inspected is None:
        return None
    walk.inspected[endpoint_id] = inspected
    for odd in latent_of(inspected.findings):
        walk.latent[odd] = None
    return inspected.findings


def _back(walk: Walk, journey: Journey, wall: Firewall, endpoint_id: str) -> Findings | None:
    seen = walk.inspected.get(endpoint_id)
    if seen and _is_reply(seen, journey):
        del walk.inspected[endpoint_id]
        return seen.findings
    ports = walk.flow.source_ports if journey.ports is None else journey.ports
    connection = Connection(walk.protocol, journey.target, ports, journey.source, walk.flow.port)
    return inspect_replies(walk.snapshot, wall, connection)


def _is_reply(seen: Inspected, journey: Journey) -> bool:
    return (seen.connection.client, seen.connection.server) == (journey.target, journey.source)


def _note(walk: Walk, journey: Journey, endpoint: VpcEndpoint, found: Findings) -> None:
    leg, reasons = journey.leg, reasons_of(found)
    refusals = [one for one in found.refusals if one.leg is leg]
    if not refusals:
        if reasons:
            walk.cannot_tell(leg, KIND, endpoint.id, why=reasons[0])
        else:
            walk.passes(leg, KIND, endpoint.id)
        walk.unknown += reasons[1:]
        return
    walk.unknown += reasons
    blocked = PortSet.union(span for one in refusals for span in one.ports)
    subnet_id = endpoint.subnet_ids[0] if endpoint.subnet_ids else None
    blockers = tuple(
        Blocker(CODE, one.kind, one.element_id, leg, None, one.label, subnet_id, None, one.ports) for one in refusals
    )
    labels = "; ".join(dict.fromkeys(one.label for one in refusals))
    walk.add(_piece(walk, journey, blocked, (endpoint.id, labels), blockers))


def _piece(walk: Walk, journey: Journey, blocked: PortSet, of: tuple[str, str], blockers: tuple[Blocker, ...]) -> Piece:
    """Return what the refusals mean for the flow; a port that a NAT gateway picked harms only when none is left."""
    flow_ports, picked = walk.flow.source_ports, _picked(walk, journey)
    passing = picked - blocked if picked else None
    left = flow_ports - blocked if passing is None else flow_ports if passing else NO_PORTS
    verdict = Verdict.PARTIAL if left else Verdict.BLOCKED
    element_id, rule = of
    return Piece(Hop(KIND, element_id, verdict, journey.leg, rule, left), left, blockers, passing)


def _picked(walk: Walk, journey: Journey) -> PortSet | None:
    if journey.leg is Leg.RETURN:
        return journey.ports
    return LOAD_BALANCER_EPHEMERAL if walk.nats and walk.protocol in (TCP, UDP) else None
