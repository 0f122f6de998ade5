"""An incident as JSON for machines: the keys are an interface, documented in the command's help."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from pathmend.channels.infrastructure_code.owned import patches
from pathmend.snapshot.resources import SecurityGroupRule

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pathmend.changes.change import ApiRequest
    from pathmend.diagnosis.finding import Finding
    from pathmend.guardrails.ownership import Owner
    from pathmend.incidents.incident import Incident, JournalEntry
    from pathmend.network.difference import Reach
    from pathmend.plans.plan import Plan, PlannedChange

Record = dict[str, object]


def record(incident: Incident, journal: Sequence[JournalEntry] = ()) -> Record:
    """Return the incident with all that was found, planned, decided and done; absent things are None or empty."""
    diagnosis = incident.diagnosis
    return {
        "id": incident.id,
        "state": incident.state.value,
        "subject": incident.subject,
        "round": incident.round,
        "opened_at": _time(incident.opened_at),
        "proposed_at": _time(incident.proposed_at),
        "expires_at": _time(incident.expires_at),
        "applied_at": _time(incident.applied_at),
        "closed_at": _time(incident.closed_at),
        "reason": incident.reason,
        "superseded": incident.superseded,
        "api_calls": incident.api_calls,
        "findings": [_finding(finding) for finding in (diagnosis.findings if diagnosis else ())],
        "ruled_out": [{"what": r.what, "because": r.because} for r in (diagnosis.ruled_out if diagnosis else ())],
        "unknown": list(diagnosis.unknown) if diagnosis else [],
        "dependencies_unknown": list(diagnosis.dependencies_unknown) if diagnosis else [],
        "plan": _plan(incident.plan, _owners(incident)) if incident.plan else None,
        "decision": _decision(incident),
        "answer": _answer(incident),
        "journal": [{"at": _time(entry.at), "stage": entry.stage, "text": entry.text} for entry in journal],
    }


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _finding(finding: Finding) -> Record:
    return {
        "code": finding.code,
        "resource": finding.resource,
        "sentence": finding.sentence,
        "certainty": finding.certainty.value,
        "evidence": [{"fact": e.fact, "source": e.source, "value": e.value} for e in finding.evidence],
        "cause": {"kind": type(finding.cause).__name__, **_fields(finding.cause)},
    }


def _fields(value: object) -> Record:
    return {one.name: _json(getattr(value, one.name)) for one in fields(value)}  # type: ignore[arg-type]


def _json(value: object) -> object:
    """Return a cause's value as JSON has it; sets of ports and networks are written as they are said."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, tuple):
        return [_json(one) for one in value]
    return _fields(value) if isinstance(value, SecurityGroupRule) else str(value)


def _owners(incident: Incident) -> tuple[Owner, ...]:
    return incident.decision.owners if incident.decision else ()


def _plan(plan: Plan, owners: Sequence[Owner]) -> Record:
    return {
        "fingerprint": plan.fingerprint,
        "risk": plan.risk.value,
        "changes": [_change(step, owners) for step in plan.steps],
        "opens": [_reach(reach) for reach in plan.effect.opened],
        "opens_beyond_repair": [_reach(reach) for reach in plan.beyond],
        "closes": [_reach(reach) for reach in plan.effect.closed],
        "rerouted": [
            {"subnet": r.subnet_id, "destination": r.destination, "before": r.before, "after": r.after}
            for r in plan.effect.rerouted
        ],
        "disrupts": list(plan.disrupts),
        "leaves": list(plan.leaves),
        "refusals": list(plan.refusals),
        "grants": list(plan.grants),
        "deferred": list(plan.deferred),
    }


def _change(step: PlannedChange, owners: Sequence[Owner]) -> Record:
    return {
        "kind": step.change.kind,
        "summary": step.change.summary,
        "before": step.before,
        "undo": step.undo.summary,
        "requests": [_request(request) for request in step.requests],
        "undo_requests": [_request(request) for request in step.undo_requests],
        "patches": [{"title": p.title, "language": p.language, "text": p.text} for p in patches(step, owners)],
    }


def _request(request: ApiRequest) -> Record:
    return {"service": request.service, "operation": request.operation, "parameters": request.parameters}


def _reach(reach: Reach) -> Record:
    return {
        "element": reach.element_id,
        "direction": reach.direction,
        "peer": str(reach.peer),
        "protocol": reach.protocol,
        "ports": None if reach.ports is None else str(reach.ports),
        "subnets": list(reach.subnet_ids),
    }


def _decision(incident: Incident) -> Record | None:
    decision = incident.decision
    if decision is None:
        return None
    return {
        "mode": decision.mode.value,
        "reasons": list(decision.reasons),
        "rules_version": decision.rules_version,
        "owners": [_owner(owner) for owner in decision.owners],
    }


def _owner(owner: Owner) -> Record:
    return {
        "resource_id": owner.resource_id,
        "tool": owner.tool.value,
        "name": owner.name,
        "address": owner.address,
        "resource_type": owner.resource_type,
    }


def _answer(incident: Incident) -> Record | None:
    answer = incident.answer
    if answer is None:
        return None
    return {
        "verdict": answer.verdict.value,
        "who": answer.who,
        "channel": answer.channel.value,
        "at": _time(answer.at),
        "fingerprint": answer.fingerprint,
    }
