"""How recovery is told from trouble, and how long it may take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathmend.diagnosis.diagnose import diagnose
from pathmend.signals.signal import AlarmState, Compliance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pathmend.incidents.incident import Incident
    from pathmend.incidents.ports import AlarmStatus, Ports
    from pathmend.snapshot.world import Snapshot

SLACK_SECONDS = 120
"""Beyond the alarm's own window: metrics arrive late, health checks need a few rounds, Config takes its time."""

SHORTEST_PAUSE, LONGEST_PAUSE = 5, 60
"""Between two looks at the recovery, in seconds."""


def patience_seconds(alarms: Sequence[AlarmStatus]) -> int:
    """Return how long to wait for recovery: twice the slowest alarm's window, which may have to refill, and slack."""
    return 2 * max((a.window_seconds for a in alarms), default=0) + SLACK_SECONDS


def pause_seconds(alarms: Sequence[AlarmStatus]) -> int:
    """Return how long to wait between two looks: a quarter of the fastest alarm's window, within bounds."""
    fastest = min((a.window_seconds for a in alarms), default=0)
    return min(max(fastest // 4, SHORTEST_PAUSE), LONGEST_PAUSE)


@dataclass(frozen=True, slots=True)
class Recovery:
    """Each sign of recovery by itself; recovered means all of them."""

    model_open: bool
    healthy: int
    targets: int
    alarms_not_ok: tuple[str, ...]
    rules_not_compliant: tuple[str, ...]

    @property
    def recovered(self) -> bool:
        """Say whether every sign is there."""
        quiet = not self.alarms_not_ok and not self.rules_not_compliant
        return self.model_open and self.healthy == self.targets and quiet

    @property
    def sentence(self) -> str:
        """Show each sign separately."""
        alarms = f"not OK: {', '.join(self.alarms_not_ok)}" if self.alarms_not_ok else "OK"
        rules = f", not compliant: {', '.join(self.rules_not_compliant)}" if self.rules_not_compliant else ""
        flows = "open" if self.model_open else "still broken"
        return f"flows on the model: {flows}; targets healthy: {self.healthy} of {self.targets}; alarms {alarms}{rules}"


def look(incident: Incident, snapshot: Snapshot, ports: Ports) -> Recovery:
    """Return the signs of recovery: the model read anew, the targets' health, the alarms, the Config rules."""
    present = {f.key for f in diagnose(snapshot, incident.subject).findings}
    targets = [t for g in snapshot.target_groups_of(incident.subject) for t in g.targets if t.state != "draining"]
    return Recovery(
        model_open=not _repaired(incident) & present,
        healthy=sum(t.state in {"healthy", "unavailable"} for t in targets),
        targets=len(targets),
        alarms_not_ok=tuple(a.name for a in ports.alarms.status(incident.alarm_arns) if a.state is not AlarmState.OK),
        rules_not_compliant=tuple(r for r in incident.config_rules if _not_compliant(r, incident.subject, ports)),
    )


def _repaired(incident: Incident) -> set[tuple[str, str]]:
    """Return the keys of what the plan repairs; sentences hold figures, which change while a repair takes hold."""
    if incident.plan is None or incident.diagnosis is None:
        return set()
    return {f.key for f in incident.diagnosis.findings if f.sentence in incident.plan.repairs}


def _not_compliant(rule: str, resource_id: str, ports: Ports) -> bool:
    return ports.compliance.compliance(rule, resource_id) is Compliance.NON_COMPLIANT
