"""Subjects: which load balancers a signal is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from pathmend.signals.signal import AlarmChanged, AuditRequested, ComplianceChanged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pathmend.incidents.ports import Ports
    from pathmend.signals.signal import Envelope, Signal

LOAD_BALANCER_TYPE = "AWS::ElasticLoadBalancingV2::LoadBalancer"
APPLICATION = "app/"
ELB_NAMESPACE = "AWS/ApplicationELB"


@dataclass(frozen=True, slots=True)
class NoSubject:
    """A signal that is about no load balancer of ours, and why."""

    reason: str


def subjects_of(signal: Signal, ports: Ports) -> tuple[str, ...] | NoSubject:
    """Return the ARNs of the application load balancers that the signal is about, or why there are none.

    A composite alarm is read for its children; a target group for its load balancers.
    """
    match signal:
        case AlarmChanged():
            return _of_alarm(signal, ports)
        case ComplianceChanged():
            return _of_compliance(signal)
        case AuditRequested():
            return _checked(signal.load_balancer_arn)
        case _:  # pragma: no cover - mypy proves that there is no other signal
            assert_never(signal)


def _of_alarm(signal: AlarmChanged, ports: Ports) -> tuple[str, ...] | NoSubject:
    dimensions = [pair for metric in signal.metrics for pair in metric.dimensions]
    if signal.alarm_rule:
        children = ports.alarms.status([signal.alarm_arn])
        dimensions = [pair for child in children for pair in child.dimensions]
    elif signal.metrics and not any(m.namespace == ELB_NAMESPACE for m in signal.metrics):
        spaces = ", ".join(sorted({m.namespace for m in signal.metrics}))
        return NoSubject(f"alarm {signal.alarm_name} watches {spaces}; Pathmend treats {ELB_NAMESPACE}")
    found = tuple(dict.fromkeys(_load_balancers(dimensions, signal.envelope, ports)))
    if found:
        return found
    return NoSubject(
        f"alarm {signal.alarm_name} names no application load balancer: its metrics need a LoadBalancer or a "
        "TargetGroup dimension (app/NAME/ID, targetgroup/NAME/ID)"
    )


def _load_balancers(dimensions: Iterable[tuple[str, str]], envelope: Envelope, ports: Ports) -> Iterator[str]:
    named = [value for key, value in dimensions if key == "LoadBalancer" and value.startswith(APPLICATION)]
    if named:
        yield from (_arn(envelope, f"loadbalancer/{value}") for value in named)
        return
    for value in dict.fromkeys(value for key, value in dimensions if key == "TargetGroup"):
        yield from ports.world.load_balancers_of(_arn(envelope, value))


def _arn(envelope: Envelope, resource: str) -> str:
    return f"arn:{envelope.partition}:elasticloadbalancing:{envelope.region}:{envelope.account}:{resource}"


def _of_compliance(signal: ComplianceChanged) -> tuple[str, ...] | NoSubject:
    if signal.resource_type != LOAD_BALANCER_TYPE:
        return NoSubject(
            f"Config rule {signal.rule_name} is about a {signal.resource_type}; Pathmend treats {LOAD_BALANCER_TYPE}"
        )
    return _checked(signal.resource_id)


def _checked(arn: str) -> tuple[str, ...] | NoSubject:
    if arn.startswith("arn:") and f":loadbalancer/{APPLICATION}" in arn:
        return (arn,)
    return NoSubject(f"{arn[:200]!r} is not the ARN of an application load balancer (…:loadbalancer/app/NAME/ID)")
