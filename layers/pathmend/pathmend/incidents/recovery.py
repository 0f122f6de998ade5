"""How recovery is told from trouble, and how long it may take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathmend.changes.set_load_balancer_subnets import SetLoadBalancerSubnets
from pathmend.diagnosis.diagnose import diagnose
from pathmend.diagnosis.unhealthy_targets import HEALTH_CODES
from pathmend.signals.signal import AlarmState, Compliance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pathmend.changes.change import Change
    from pathmend.diagnosis.finding import Diagnosis, Finding
    from pathmend.incidents.incident import Incident
    from pathmend.incidents.ports import AlarmStatus, Ports
    from pathmend.snapshot.balancing import TargetHealth
    from pathmend.snapshot.world import Snapshot

SLACK_SECONDS = 120
"""Beyond the alarm's own window: metrics arrive late, and health checks need a few rounds."""

CONFIG_SECONDS = 900
"""An evaluation that was asked for takes minutes, and longer in a busy account; undoing a repair for that is worse."""

SUBNETS_SECONDS = 600
"""A judgement: AWS names no time for Application Load Balancers. Of Network Load Balancers it says that removing a
subnet takes up to three minutes; a zone that is enabled needs nodes, names that lead there, and checks of its targets.

Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/availability-zones.html
"""

SHORTEST_PAUSE, LONGEST_PAUSE = 5, 60
"""Between two looks at the recovery, in seconds; more where an alarm needs hours to change its mind."""

SPARSEST_PAUSE = 600
"""The leases outlast it: each look renews them."""

LOOKS_PER_WINDOW = 200
"""An execution may have 25,000 events, and a look makes nine of them.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html (maximum execution history size)
"""


def patience_seconds(
    alarms: Sequence[AlarmStatus], config_rules: Sequence[str] = (), changes: Sequence[Change] = ()
) -> int:
    """Return how long to wait for recovery: twice the slowest alarm's window, which may have to refill, and slack.

    Longer where a Config rule or the changes themselves need it.
    """
    by_alarms = 2 * max((a.window_seconds for a in alarms), default=0) + SLACK_SECONDS
    by_rules = CONFIG_SECONDS if config_rules else 0
    by_changes = SUBNETS_SECONDS if any(isinstance(one, SetLoadBalancerSubnets) for one in changes) else 0
    return max(by_alarms, by_rules, by_changes)


def pause_seconds(alarms: Sequence[AlarmStatus]) -> int:
    """Return how long to wait between two looks: a quarter of the fastest alarm's window, within bounds.

    Where the slowest alarm takes many hours it is longer, lest the workflow's history overflow before the end.
    """
    windows = [a.window_seconds for a in alarms] or [0]
    usual = min(max(min(windows) // 4, SHORTEST_PAUSE), LONGEST_PAUSE)
    return max(usual, min(max(windows) // LOOKS_PER_WINDOW, SPARSEST_PAUSE))


@dataclass(frozen=True, slots=True)
class Recovery:
    """Each sign of recovery by itself; recovered means all of them.

    `alarms_without_data` are neither OK nor in ALARM. `unread` is what could be read for the diagnosis and cannot now:
    what is not seen to be open is not called open.
    """

    model_open: bool
    healthy: int
    targets: int
    alarms_not_ok: tuple[str, ...]
    rules_not_compliant: tuple[str, ...]
    alarms_without_data: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def recovered(self) -> bool:
        """Say whether every sign is there."""
        return self.silent and not self.alarms_without_data

    @property
    def silent(self) -> bool:
        """Say whether nothing speaks against a recovery: all that is left is an alarm without data.

        A count of errors is published only where there are errors; unless missing data is told to mean zero, the alarm
        on it never comes back to OK.
        Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
        """
        quiet = not self.alarms_not_ok and not self.rules_not_compliant
        return self.model_open and not self.unread and self.healthy == self.targets and quiet

    @property
    def sentence(self) -> str:
        """Show each sign separately."""
        said = (("not OK", self.alarms_not_ok), ("without data", self.alarms_without_data))
        alarms = "; ".join(f"{what}: {', '.join(names)}" for what, names in said if names) or "OK"
        rules = f", not compliant: {', '.join(self.rules_not_compliant)}" if self.rules_not_compliant else ""
        flows = f"unknown, {'; '.join(self.unread)}" if self.unread else "open" if self.model_open else "still broken"
        return f"flows on the model: {flows}; targets healthy: {self.healthy} of {self.targets}; alarms {alarms}{rules}"


def look(incident: Incident, snapshot: Snapshot, ports: Ports) -> Recovery:
    """Return the signs of recovery: the model read anew, the targets' health, the alarms, the Config rules."""
    seen = diagnose(snapshot, incident.subject)
    targets = health(incident, snapshot)
    alarms = ports.alarms.status(incident.alarm_arns)
    return Recovery(
        model_open=not any(_is_still_there(one, incident, seen) for one in _repaired(incident)),
        unread=_newly_unread(incident, seen),
        healthy=targets.healthy,
        targets=targets.healthy + len(targets.sick),
        alarms_not_ok=tuple(a.name for a in alarms if a.state is AlarmState.ALARM),
        rules_not_compliant=tuple(r for r in incident.config_rules if _not_compliant(r, incident.subject, ports)),
        alarms_without_data=tuple(a.name for a in alarms if a.state is AlarmState.INSUFFICIENT_DATA),
    )


@dataclass(frozen=True, slots=True)
class Health:
    """How many of the targets that a repair is about are healthy, and of each other one its id, state and reason."""

    healthy: int
    sick: tuple[str, ...]


def health(incident: Incident, snapshot: Snapshot) -> Health:
    """Return the health of the targets that the plan does not leave as they are."""
    left = _left_alone(incident)
    promised = (g for g in snapshot.target_groups_of(incident.subject) if g.arn not in left)
    targets = [t for g in promised for t in g.targets if t.state != "draining"]
    sick = [t for t in targets if t.state not in {"healthy", "unavailable"}]
    return Health(len(targets) - len(sick), tuple(_complaint(t) for t in sick))


def _complaint(target: TargetHealth) -> str:
    why = target.description or target.reason
    return f"{target.target_id} is {target.state}" + (f" ({why})" if why else "")


def _newly_unread(incident: Incident, seen: Diagnosis) -> tuple[str, ...]:
    """Return what could be read for the diagnosis and cannot now.

    What targets need matters only to a repair of that: a role that is not readable any more makes its finding vanish.
    """
    before = incident.diagnosis
    unread = tuple(text for text in seen.unknown if before is None or text not in before.unknown)
    if before is None or not any(one.needs for one in _repaired(incident)):
        return unread
    return (*unread, *(text for text in seen.dependencies_unknown if text not in before.dependencies_unknown))


def _left_alone(incident: Incident) -> set[str]:
    """Return what the plan said it leaves as it is: a target that is down for another reason is no sign against it."""
    if incident.plan is None or incident.diagnosis is None:
        return set()
    findings, plan = incident.diagnosis.findings, incident.plan
    left = {f.resource for f in findings if f.sentence in plan.leaves and f.code in HEALTH_CODES}
    return left - {f.resource for f in findings if f.sentence in plan.repairs}


def _repaired(incident: Incident) -> tuple[Finding, ...]:
    """Return what the plan repairs."""
    if incident.plan is None or incident.diagnosis is None:
        return ()
    return tuple(f for f in incident.diagnosis.findings if f.sentence in incident.plan.repairs)


def _is_still_there(finding: Finding, incident: Incident, seen: Diagnosis) -> bool:
    """Say whether a finding is seen again, by its key: sentences hold figures, which change while a repair takes hold.

    Where the plan leaves another finding of the same key, as a second gap of one ACL, the cause tells them apart.
    """
    left = set(incident.diagnosis.findings if incident.diagnosis else ()) - set(_repaired(incident))
    alike = any(one.key == finding.key for one in left)
    return any(one.key == finding.key and (not alike or one.cause == finding.cause) for one in seen.findings)


def _not_compliant(rule: str, resource_id: str, ports: Ports) -> bool:
    return ports.compliance.compliance(rule, resource_id) is Compliance.NON_COMPLIANT
