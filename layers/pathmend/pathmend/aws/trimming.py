"""Making an incident fit into one DynamoDB item, by leaving out evidence and saying so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pathmend.aws.codec import encode
from pathmend.diagnosis.finding import Evidence

if TYPE_CHECKING:
    from collections.abc import Callable

    from pathmend.diagnosis.finding import Finding
    from pathmend.incidents.incident import Incident

LARGEST_BODY_BYTES = 350_000
"""An item may have 400 kB with the names and the other attributes.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html (item size)
"""

_TRIGGERS_KEPT = 20
_FINDINGS_KEPT = 100
_TEXT_KEPT = 300


def fitting(incident: Incident) -> str:
    """Return the incident as JSON that fits, cut step by step as far as it must be.

    What an approval is for (plan, decision, answer) is never cut, nor is the cause of a finding that stays.
    """
    body = encode(incident)
    for cut in _CUTS:
        if len(body.encode()) <= LARGEST_BODY_BYTES:
            break
        incident = cut(incident)
        body = encode(incident)
    return body


def _few_triggers(incident: Incident) -> Incident:
    """Keep the first trigger and the last ones, their texts short."""
    kept = incident.triggers
    if len(kept) > _TRIGGERS_KEPT:
        kept = (kept[0], *kept[1 - _TRIGGERS_KEPT :])
    return replace(incident, triggers=tuple(replace(one, text=one.text[:_TEXT_KEPT]) for one in kept))


def _short_values(incident: Incident) -> Incident:
    return _with_findings(incident, lambda found: tuple(_shortened(row) for row in found.evidence))


def _shortened(row: Evidence) -> Evidence:
    return row if len(row.value) <= _TEXT_KEPT else replace(row, value=f"{row.value[:_TEXT_KEPT]}... (cut)")


def _no_evidence(incident: Incident) -> Incident:
    return _with_findings(incident, lambda found: (_note(f"{len(found.evidence)} rows of evidence were left out"),))


def _few_findings(incident: Incident) -> Incident:
    diagnosis = incident.diagnosis
    if diagnosis is None:
        return incident
    left_out = max(0, len(diagnosis.findings) - _FINDINGS_KEPT)
    note = f"{left_out} further findings were left out: the incident was too large to keep"
    cut = replace(
        diagnosis,
        findings=diagnosis.findings[:_FINDINGS_KEPT],
        ruled_out=diagnosis.ruled_out[:_FINDINGS_KEPT],
        unknown=(*diagnosis.unknown[:_FINDINGS_KEPT], note),
    )
    return replace(incident, diagnosis=cut)


def _with_findings(incident: Incident, evidence: Callable[[Finding], tuple[Evidence, ...]]) -> Incident:
    diagnosis = incident.diagnosis
    if diagnosis is None:
        return incident
    findings = tuple(replace(found, evidence=evidence(found)) for found in diagnosis.findings)
    return replace(incident, diagnosis=replace(diagnosis, findings=findings))


def _note(text: str) -> Evidence:
    return Evidence("note", "Pathmend", f"{text}: the incident was too large to keep")


_CUTS: tuple[Callable[[Incident], Incident], ...] = (_few_triggers, _short_values, _no_evidence, _few_findings)
