"""A trace as JSON for machines: the keys are an interface, documented in docs/trace.md and docs/trace.schema.json."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.snapshot.protocols import name_of, number_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pathmend.channels.trace_answer import Answer, NamedEnd, Part, TracedFlow
    from pathmend.network.flow import Application, Blocker, Flow, Hop, Latent
    from pathmend.network.ports import PortSet

Record = dict[str, object]

SCHEMA_VERSION = 1
"""Goes up when a key changes its meaning or disappears; new keys may come without."""


def trace_record(answer: Answer) -> Record:
    """Return the answer; hops and blockers of all flows stand in one list each and name their flow by its index."""
    asked = answer.flows[0].trace.flow
    ports = {flow.trace.flow.port for flow in answer.leading}
    flows = tuple(enumerate(answer.flows))
    return {
        "schema_version": SCHEMA_VERSION,
        "from": answer.source,
        "to": answer.destination,
        "protocol": _protocol(asked),
        "port": asked.port if len(ports) == 1 else 0,
        "source_ports": _ranges(asked.source_ports),
        "application": _application(asked.application),
        "verdict": answer.verdict.value,
        "source_ports_open": _ranges(answer.open_ports),
        "flows": [_flow(flow) for flow in answer.flows],
        "forward": _hops((index, flow.trace.forward) for index, flow in flows),
        "return": _hops((index, flow.trace.back) for index, flow in flows),
        "blockers": [_blocker(index, blocker) for index, flow in flows for blocker in flow.trace.blockers],
        "unknown": list(answer.unknown),
        "latent": [_latent(odd) for odd in answer.latent],
        "notes": list(answer.notes),
        "unread": dict(answer.unread),
    }


def _application(carried: Application | None) -> Record | None:
    return None if carried is None else {"protocol": carried.protocol, "host": carried.host}


def _flow(flow: TracedFlow) -> Record:
    return {
        "from": _end(flow.source),
        "to": _end(flow.destination),
        "verdict": flow.trace.verdict.value,
        "source_ports_open": _ranges(flow.trace.open_ports),
        "unknown": list(flow.trace.unknown),
        "protocol": _protocol(flow.trace.flow),
        "port": flow.trace.flow.port,
        "source_ports": _ranges(flow.trace.flow.source_ports),
        **_part(flow.part),
    }


def _part(part: Part | None) -> Record:
    """Return the flow's part in the work of a load balancer; all null where it has none."""
    kept = part.kept_client if part else None
    return {
        "role": part.role.value if part else None,
        "node": part.node if part else None,
        "target": part.target if part else None,
        "target_group": part.target_group if part else None,
        "listener": part.listener if part else None,
        "target_groups": list(part.target_groups) if part else [],
        "kept_client": str(kept) if kept else None,
    }


def _protocol(flow: Flow) -> str:
    return name_of(number_of(flow.protocol) or flow.protocol)


def _end(end: NamedEnd) -> Record:
    return {
        "name": end.name,
        "address": None if end.address is None else str(end.address),
        "interface": end.interface,
        "subnet": end.subnet,
        "vpc": end.vpc,
        "prefix_list": end.prefix_list,
    }


def _hops(legs: Iterable[tuple[int, tuple[Hop, ...]]]) -> list[Record]:
    return [_hop(index, hop) for index, hops in legs for hop in hops]


def _hop(index: int, hop: Hop) -> Record:
    return {
        "flow": index,
        "kind": hop.kind,
        "id": hop.element_id,
        "verdict": hop.verdict.value,
        "rule": hop.rule,
        "ports": _ranges(hop.ports),
    }


def _blocker(index: int, blocker: Blocker) -> Record:
    return {
        "flow": index,
        "code": blocker.code,
        "kind": blocker.kind,
        "id": blocker.element_id,
        "rule": blocker.rule,
        "leg": blocker.leg.value,
        "direction": blocker.direction,
        "subnet": blocker.subnet_id,
        "interface": blocker.interface_id,
        "blocked_ports": _ranges(blocker.blocked_ports),
    }


def _latent(odd: Latent) -> Record:
    return {"code": odd.code, "kind": odd.kind, "id": odd.element_id, "rule": odd.rule, "note": odd.note}


def _ranges(ports: PortSet) -> list[list[int]]:
    return [[first, last] for first, last in ports]
