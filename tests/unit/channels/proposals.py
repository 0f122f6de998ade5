"""Incidents for the views: the proposal of the workshop's fault 3, and what may become of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

from pathmend.changes.set_acl_entry import SetAclEntry
from pathmend.diagnosis.finding import AclGap, Certainty, Diagnosis, Evidence, Finding, RuledOut
from pathmend.guardrails.decision import Decision, Mode
from pathmend.incidents.incident import Answer, Channel, Incident, JournalEntry, State, Trigger, Verdict
from pathmend.network.difference import Difference, Reach
from pathmend.network.ports import PortSet
from pathmend.plans.plan import Plan, PlannedChange, Risk
from tests.builders import LOAD_BALANCER_ARN, a_workshop, allow_tcp, fault_3

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FINGERPRINT = "4f" * 32
ALARM_ARN = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:WebApp-ELB-5XX"
ALB_SUBNETS = ("subnet-alb-a", "subnet-alb-b", "subnet-alb-c")
APP_A = ip_network("10.0.11.0/24")


def a_finding(**overrides: Any) -> Finding:
    """Return what is found of fault 3."""
    source = "ec2:DescribeNetworkAcls acl-alb"
    low, needed = PortSet.of(1024, 32767), PortSet.of(1024, 65535)
    finding = Finding(
        code="SUBNET_ACL_RESTRICTION",
        resource="acl-alb",
        sentence="network ACL acl-alb drops ingress TCP 1024-32767 from 10.0.11.0/24: 31,744 of 64,512 (49 %) of the "
        "ports that replies to 3 of 9 load balancer flows use",
        evidence=(
            Evidence("ports dropped", "the network model, all source ports", "1024-32767: 31,744 of 64,512 (49 %)"),
            Evidence("ingress rule 1100 allows only a part", source, "allow TCP 32768-65535 from 10.0.0.0/16"),
            Evidence("ingress rule 1200, for a sibling", source, "allow TCP 1024-65535 from 10.0.12.0/24"),
            Evidence("ingress rule 1300, for a sibling", source, "allow TCP 1024-65535 from 10.0.13.0/24"),
        ),
        certainty=Certainty.PROVEN,
        cause=AclGap("acl-alb", egress=False, protocol="6", peers=(APP_A,), ports=low, needed=needed, rule="*"),
    )
    return replace(finding, **overrides)


def a_diagnosis(*findings: Finding, **overrides: Any) -> Diagnosis:
    """Return the diagnosis with these findings, or with fault 3's."""
    ruled_out = (
        RuledOut("saturation", "CPU is at 4 % to 6 % on the 3 targets"),
        RuledOut("slow application", "target response time is 0.02 s"),
    )
    return replace(Diagnosis(LOAD_BALANCER_ARN, findings or (a_finding(),), ruled_out), **overrides)


def a_plan(**overrides: Any) -> Plan:
    """Return the repair of fault 3, made from the real change."""
    world = fault_3(a_workshop())
    change = SetAclEntry("acl-alb", egress=False, rule_number=1100, entry=allow_tcp(1100, str(APP_A), (1024, 65535)))
    step = PlannedChange(change, change.before(world), change.inverse(world), change.requests(world))
    opened = Reach("acl-alb", "ingress", APP_A, "6", PortSet.of(1024, 32767), ALB_SUBNETS)
    closed = Reach("acl-alb", "ingress", ip_network("10.0.128.0/17"), "6", PortSet.of(32768, 65535), ALB_SUBNETS)
    plan = Plan(
        steps=(step,),
        repairs=(a_finding().sentence,),
        leaves=(),
        effect=Difference((opened,), (closed,), ()),
        disrupts=(),
        risk=Risk.MEDIUM,
        resources=("acl-alb",),
        fingerprint=FINGERPRINT,
    )
    return replace(plan, **overrides)


def a_proposal(**overrides: Any) -> Incident:
    """Return fault 3 waiting for its decision until one o'clock."""
    incident = Incident(
        id="20261122T120000-3f9a2c",
        subject=LOAD_BALANCER_ARN,
        state=State.AWAITING_APPROVAL,
        opened_at=NOON,
        updated_at=NOON,
        triggers=(
            Trigger("event-1", "alarm", ALARM_ARN, NOON),
            Trigger("event-2", "compliance", "ConfigRuleForALBSubnetCheck", NOON),
        ),
        diagnosis=a_diagnosis(),
        plan=a_plan(),
        decision=Decision(Mode.ASK, ("SetAclEntry is asked about by default",)),
        task_token="task-token",
        proposed_at=NOON,
        expires_at=NOON + timedelta(hours=1),
        api_calls=21,
    )
    return replace(incident, **overrides)


def a_resolved(**overrides: Any) -> Incident:
    """Return fault 3 repaired and closed."""
    answer = Answer(Verdict.APPROVED, "alice", Channel.CLI, NOON + timedelta(minutes=2), FINGERPRINT)
    resolved = a_proposal(
        state=State.RESOLVED,
        answer=answer,
        applied_at=NOON + timedelta(minutes=3),
        applied=a_plan().steps,
        closed_at=NOON + timedelta(minutes=5),
        reason="the path is open, the targets are healthy and the alarm is OK",
    )
    return replace(resolved, **overrides)


def a_journal() -> tuple[JournalEntry, ...]:
    """Return two lines of a journal."""
    return (
        JournalEntry(NOON, "triage", "opened by alarm WebApp-ELB-5XX"),
        JournalEntry(NOON + timedelta(minutes=3), "apply", "set ingress rule 1100 of acl-alb"),
    )
