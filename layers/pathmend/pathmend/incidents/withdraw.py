"""Withdraw a proposal whose trouble is over."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pathmend.guardrails.decision import Mode
from pathmend.incidents.answer import hand_over, wake_again
from pathmend.incidents.incident import Answer, Channel, Incident, State, Verdict
from pathmend.incidents.journaling import note
from pathmend.signals.signal import AlarmState

if TYPE_CHECKING:
    from pathmend.incidents.incident import Trigger
    from pathmend.incidents.ports import Ports


def withdraw(incident: Incident, recovery: Trigger, ports: Ports) -> tuple[str, str]:
    """End the wait for an answer when every alarm of the incident is OK; return the outcome and its reason.

    While a change is being applied or verified, a recovery is what is hoped for: it is noted and nothing else.
    """
    note(ports, incident.id, "triage", f"recovered: {recovery.words}")
    if incident.state is State.AWAITING_APPROVAL:
        wake_again(incident, ports)
    if incident.answer or not (incident.state is State.AWAITING_APPROVAL or _about_to_ask(incident)):
        return "noted", f"incident {incident.id} is {incident.state.value}; it ends by itself"
    if incident.verified:
        return "noted", "the alarm was repaired in an earlier round; this proposal is about something else and stays"
    others = [arn for arn in incident.alarm_arns if arn != recovery.source]
    alarming = [s.name for s in ports.alarms.status(others) if s.state is AlarmState.ALARM]
    if alarming:
        return "noted", f"still in ALARM: {', '.join(alarming)}; the proposal stays"
    fingerprint = incident.plan.fingerprint if incident.plan else ""
    answer = Answer(Verdict.RECOVERED_BY_ITSELF, recovery.source, Channel.SIGNAL, ports.clock.now(), fingerprint)
    if incident.state is State.AWAITING_APPROVAL:
        hand_over(incident, answer, ports)
    else:
        ports.store.save(replace(incident, answer=answer, updated_at=answer.at))
    return "withdrawn", "the trouble is over: the proposal is withdrawn"


def _about_to_ask(incident: Incident) -> bool:
    """Say whether the proposal is made and not yet before people: request_approval finds the answer and asks nobody."""
    asks = incident.decision is not None and incident.decision.mode is Mode.ASK
    return incident.state is State.OPEN and asks and not incident.applied
