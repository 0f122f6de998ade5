"""5XX answers that no blocked path and no unhealthy target explains, by who answered them and how.

Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html and
load-balancer-cloudwatch-metrics.html (HTTPCode_ELB_* is the load balancer's own answer, HTTPCode_Target_* a target's).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathmend.diagnosis.finding import Certainty, Evidence, Finding, NoMechanicalRepair

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pathmend.diagnosis.measurements import Measurements
    from pathmend.snapshot.balancing import LoadBalancer, TargetGroup
    from pathmend.snapshot.world import Snapshot

TARGET_SYMPTOMS = frozenset({"HTTPCode_Target_5XX_Count"})
BALANCER_SYMPTOMS = frozenset(
    {
        "HTTPCode_ELB_5XX_Count",
        "HTTPCode_ELB_502_Count",
        "HTTPCode_ELB_503_Count",
        "HTTPCode_ELB_504_Count",
        "TargetConnectionErrorCount",
    }
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """One of the load balancer's own answers: its metric, and what it means when the network is open."""

    metric: str
    code: str
    says: str
    advice: str


_KINDS = (
    _Kind(
        "HTTPCode_ELB_502_Count",
        "BAD_GATEWAY",
        "502: targets reset the connection, close it before the load balancer does, or answer malformed",
        "keep the application's keep-alive time-out above the load balancer's idle time-out, keep the deregistration "
        "delay above its longest request, and look at its log",
    ),
    _Kind(
        "HTTPCode_ELB_503_Count",
        "NO_TARGETS",
        "503: no target was registered or in use",
        "register targets, or enable their Availability Zone",
    ),
    _Kind(
        "HTTPCode_ELB_504_Count",
        "GATEWAY_TIMEOUT",
        "504: targets did not answer within the idle time-out, although the network lets the traffic pass",
        "look for slow requests in the application; a longer idle time-out is a decision of yours",
    ),
)

_OTHER = _Kind(
    "HTTPCode_ELB_5XX_Count",
    "LOAD_BALANCER_ERRORS",
    "5XX of another kind than 502, 503 and 504: a firewall, an identity provider, a redirect, an HTTP version",
    "look up error_reason in the load balancer's access log; no network change repairs these",
)
"""What is left of all 5XX when the kinds with a metric of their own are taken away (500, 501, 505, 507, 561, 562)."""


def server_errors(
    snapshot: Snapshot, load_balancer_arn: str, symptoms: Collection[str], measured: Measurements, *, explained: bool
) -> tuple[Finding, ...]:
    """Return what the figures say of the 5XX that an alarm reports.

    `explained` says that a blocked path or an unhealthy target was found: the load balancer's own 5XX then need no
    other cause. A 5XX that targets answered is the application's in any case: no network change repairs it.
    """
    balancer = snapshot.load_balancers[load_balancer_arn]
    findings: list[Finding] = []
    if TARGET_SYMPTOMS & set(symptoms):
        for group in snapshot.target_groups_of(load_balancer_arn):
            findings.extend(_application_errors(group, measured))
    if BALANCER_SYMPTOMS & set(symptoms) and not explained:
        findings.extend(_balancer_errors(balancer, measured))
    return tuple(findings)


def _application_errors(group: TargetGroup, measured: Measurements) -> Iterator[Finding]:
    count = measured.total("HTTPCode_Target_5XX_Count", group.full_name)
    if not count:
        return
    zones = (f for f in measured.of("HTTPCode_Target_5XX_Count") if f.query.about.startswith(f"{group.full_name} in "))
    requests = measured.total("RequestCount", group.full_name)
    yield Finding(
        code="APPLICATION_ERRORS",
        resource=group.arn,
        sentence=f"the targets of {group.name} themselves answer 5XX: {count:.0f} of {requests:.0f} requests",
        evidence=(
            Evidence(
                "5XX answered by targets", f"CloudWatch HTTPCode_Target_5XX_Count {group.full_name}", f"{count:.0f}"
            ),
            *(Evidence(f"of them in {_zone(f.query.about)}", "CloudWatch", f"{f.value:.0f}") for f in zones),
            Evidence("requests", f"CloudWatch RequestCount {group.full_name}", f"{requests:.0f}"),
        ),
        certainty=Certainty.LIKELY,
        cause=NoMechanicalRepair("look at the application's log; no network change repairs its own errors"),
    )


def _zone(about: str) -> str:
    return about.rsplit(" ", 1)[-1]


def _balancer_errors(balancer: LoadBalancer, measured: Measurements) -> Iterator[Finding]:
    requests = measured.total("RequestCount", balancer.full_name)
    rest = measured.total("HTTPCode_ELB_5XX_Count", balancer.full_name)
    for kind in _KINDS:
        count = measured.total(kind.metric, balancer.full_name)
        rest -= count
        if count:
            yield _balancer_finding(balancer, kind, count, requests=requests, measured=measured)
    if rest > 0:
        yield _balancer_finding(balancer, _OTHER, rest, requests=requests, measured=measured)


def _balancer_finding(
    balancer: LoadBalancer, kind: _Kind, count: float, *, requests: float, measured: Measurements
) -> Finding:
    return Finding(
        code=kind.code,
        resource=balancer.arn,
        sentence=f"the load balancer answers {kind.says}: {count:.0f} of {requests:.0f} requests",
        evidence=(
            Evidence("answers of that kind", f"CloudWatch {kind.metric} {balancer.full_name}", f"{count:.0f}"),
            *_connection_errors(measured),
            *_response_times(measured),
        ),
        certainty=Certainty.LIKELY,
        cause=NoMechanicalRepair(kind.advice),
    )


def _connection_errors(measured: Measurements) -> Iterator[Evidence]:
    for figure in measured.of("TargetConnectionErrorCount"):
        yield Evidence(f"connection errors to {figure.query.about}", "CloudWatch", f"{figure.value:.0f}")


def _response_times(measured: Measurements) -> Iterator[Evidence]:
    for figure in measured.of("TargetResponseTime", "Maximum"):
        yield Evidence(f"longest response of {figure.query.about}", "CloudWatch", f"{figure.value:.3f} s")
