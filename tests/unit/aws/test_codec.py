"""An incident survives its journey through JSON, whatever is in it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathmend.aws.codec import decode, encode
from pathmend.aws.trimming import LARGEST_BODY_BYTES, fitting
from pathmend.changes.associate_endpoint_tables import AssociateEndpointTables
from pathmend.changes.associate_route_table import AssociateRouteTable
from pathmend.changes.change import ApiRequest
from pathmend.changes.modify_matcher import ModifyMatcher
from pathmend.changes.set_acl_entry import SetAclEntry
from pathmend.changes.set_endpoint_policy import SetEndpointPolicy
from pathmend.changes.set_firewall_rules import SetFirewallRules
from pathmend.changes.set_group_rule import SetGroupRule
from pathmend.changes.set_health_check import SetHealthCheck
from pathmend.changes.set_instance_profile import SetInstanceProfile
from pathmend.changes.set_load_balancer_subnets import SetLoadBalancerSubnets
from pathmend.changes.set_metadata_options import SetMetadataOptions
from pathmend.changes.set_private_dns import SetPrivateDns
from pathmend.changes.set_route import SetRoute
from pathmend.changes.set_vpc_attribute import SetVpcAttribute
from pathmend.diagnosis.finding import (
    AclGap,
    Certainty,
    Diagnosis,
    EndpointPolicyGap,
    EndpointWithoutTables,
    Evidence,
    Finding,
    FirewallDrop,
    GroupGap,
    MatcherMismatch,
    MetadataOff,
    NameResolutionOff,
    NoMechanicalRepair,
    PrivateNamesOff,
    ProfileMissing,
    RouteGap,
    RuledOut,
    WrongHealthCheck,
    WrongRouteTable,
    ZoneNotEnabled,
)
from pathmend.errors import PermanentError
from pathmend.guardrails.decision import Decision, Mode
from pathmend.incidents.incident import Answer, Channel, Incident, State, Trigger, Verdict
from pathmend.network.difference import Difference, Reach, Reroute
from pathmend.network.ports import PortSet
from pathmend.plans.plan import Plan, PlannedChange, Risk
from pathmend.snapshot.resources import AclEntry, SecurityGroupRule
from tests.fakes import NOON

TEXT = st.text(max_size=20)
MOMENTS = st.datetimes(timezones=st.just(UTC))
NETWORKS = st.ip_addresses().map(ip_network)
PORTS = st.integers(0, 65535)
RANGES = st.tuples(PORTS, PORTS).map(lambda pair: (min(pair), max(pair)))
PORT_SETS = st.lists(RANGES, max_size=3).map(PortSet.union)
FLAGS = st.booleans()


def several(elements: st.SearchStrategy[object], most: int = 2) -> st.SearchStrategy[tuple[object, ...]]:
    """Return tuples of a few elements."""
    return st.lists(elements, max_size=most).map(tuple)


ENTRIES = st.builds(
    AclEntry,
    rule_number=st.integers(1, 32766),
    egress=FLAGS,
    protocol=st.sampled_from(["-1", "1", "6", "17"]),
    action=st.sampled_from(["allow", "deny"]),
    cidr=NETWORKS,
    ports=st.none() | RANGES,
    icmp=st.none() | st.tuples(st.integers(-1, 255), st.integers(-1, 255)),
)
RULES = st.builds(
    SecurityGroupRule,
    egress=FLAGS,
    protocol=st.sampled_from(["-1", "6"]),
    ports=st.none() | RANGES,
    peer=NETWORKS | st.sampled_from(["sg-1", "pl-1"]),
    id=TEXT,
)
CHANGES = st.one_of(
    st.builds(AssociateEndpointTables, TEXT, several(TEXT), FLAGS),
    st.builds(SetEndpointPolicy, TEXT, st.none() | TEXT),
    st.builds(SetFirewallRules, TEXT, TEXT),
    st.builds(SetGroupRule, TEXT, RULES, FLAGS),
    st.builds(SetHealthCheck, TEXT, TEXT, TEXT, TEXT),
    st.builds(SetInstanceProfile, TEXT, st.none() | TEXT),
    st.builds(SetLoadBalancerSubnets, TEXT, several(TEXT)),
    st.builds(SetMetadataOptions, TEXT, FLAGS, st.integers(1, 64)),
    st.builds(SetPrivateDns, TEXT, FLAGS),
    st.builds(SetRoute, TEXT, NETWORKS | st.just("pl-1"), st.none() | TEXT),
    st.builds(SetVpcAttribute, TEXT, st.sampled_from(["dns_support", "dns_hostnames"]), FLAGS),
    st.builds(AssociateRouteTable, TEXT, st.none() | TEXT),
    st.builds(ModifyMatcher, TEXT, TEXT),
    st.builds(SetAclEntry, TEXT, FLAGS, st.integers(1, 32766), st.none() | ENTRIES),
)
CAUSES = st.one_of(
    st.builds(WrongRouteTable, TEXT, TEXT, st.none() | TEXT),
    st.builds(AclGap, TEXT, FLAGS, TEXT, several(NETWORKS), PORT_SETS, PORT_SETS, TEXT),
    st.builds(MatcherMismatch, TEXT, TEXT, several(st.integers(200, 599))),
    st.builds(NoMechanicalRepair, TEXT),
    st.builds(EndpointWithoutTables, TEXT, several(TEXT)),
    st.builds(EndpointPolicyGap, TEXT, several(TEXT), several(TEXT), several(TEXT)),
    st.builds(RouteGap, several(TEXT), TEXT, TEXT, st.none() | TEXT),
    st.builds(FirewallDrop, TEXT, TEXT, TEXT),
    st.builds(MetadataOff, TEXT, FLAGS, st.integers(1, 64)),
    st.builds(NameResolutionOff, TEXT, TEXT),
    st.builds(ProfileMissing, TEXT, TEXT, st.none() | TEXT),
    st.builds(GroupGap, TEXT, RULES),
    st.builds(PrivateNamesOff, TEXT),
    st.builds(ZoneNotEnabled, TEXT, several(TEXT)),
    st.builds(WrongHealthCheck, TEXT, TEXT, TEXT, TEXT),
)
FINDINGS = st.builds(
    Finding,
    TEXT,
    TEXT,
    TEXT,
    several(st.builds(Evidence, TEXT, TEXT, TEXT)),
    st.sampled_from(Certainty),
    CAUSES,
    several(TEXT),
)
DIAGNOSES = st.builds(
    Diagnosis, TEXT, several(FINDINGS), several(st.builds(RuledOut, TEXT, TEXT)), several(TEXT), several(TEXT)
)
PARAMETERS = st.dictionaries(TEXT, TEXT | FLAGS | PORTS | st.dictionaries(TEXT, PORTS, max_size=2), max_size=3)
REQUESTS = st.builds(ApiRequest, TEXT, TEXT, PARAMETERS)
STEPS = st.builds(PlannedChange, CHANGES, TEXT, CHANGES, several(REQUESTS))
REACHES = st.builds(Reach, TEXT, TEXT, NETWORKS, TEXT, st.none() | PORT_SETS, several(TEXT))
REROUTES = st.builds(Reroute, TEXT, TEXT, st.none() | TEXT, st.none() | TEXT)
EFFECTS = st.builds(Difference, several(REACHES), several(REACHES), several(REROUTES))
PLANS = st.builds(
    Plan,
    steps=several(STEPS),
    repairs=several(TEXT),
    leaves=several(TEXT),
    effect=EFFECTS,
    disrupts=several(TEXT),
    risk=st.sampled_from(Risk),
    resources=several(TEXT),
    fingerprint=TEXT,
    beyond=several(REACHES),
    grants=several(TEXT),
    deferred=several(TEXT),
)
ANSWERS = st.builds(Answer, st.sampled_from(Verdict), TEXT, st.sampled_from(Channel), MOMENTS, TEXT)
INCIDENTS = st.builds(
    Incident,
    id=TEXT,
    subject=TEXT,
    state=st.sampled_from(State),
    opened_at=MOMENTS,
    updated_at=MOMENTS,
    version=PORTS,
    triggers=several(st.builds(Trigger, TEXT, TEXT, TEXT, MOMENTS, TEXT)),
    diagnosis=st.none() | DIAGNOSES,
    plan=st.none() | PLANS,
    decision=st.none() | st.builds(Decision, st.sampled_from(Mode), several(TEXT)),
    task_token=st.none() | TEXT,
    answer=st.none() | ANSWERS,
    proposed_at=st.none() | MOMENTS,
    applied=several(STEPS),
)


@given(INCIDENTS)
def test_an_incident_comes_back_as_it_was(incident: Incident) -> None:
    """Every union, set of ports, network and moment included."""
    assert decode(encode(incident)) == incident


def an_incident(**fields: object) -> Incident:
    """Return a small open incident."""
    return replace(Incident("inc-1", "arn", State.OPEN, NOON, NOON), **fields)  # type: ignore[arg-type]


def test_what_an_older_version_did_not_know_takes_its_default() -> None:
    """A deployment in the middle of an incident loses nothing."""
    old = json.loads(encode(an_incident()))
    del old["round"], old["applied"]
    old["no_longer_known"] = True
    assert decode(json.dumps(old)) == an_incident()


def test_a_plan_and_a_finding_of_before_still_say_what_they_said() -> None:
    """Those that wait for an answer while a new version is deployed."""
    finding = Finding("CODE", "r", "s", (), Certainty.PROVEN, NoMechanicalRepair("look"))
    plan = Plan((), (), (), Difference((), (), ()), (), Risk.LOW, (), "f")
    incident = an_incident(diagnosis=Diagnosis("arn", (finding,)), plan=plan)
    old = json.loads(encode(incident))
    del old["plan"]["grants"], old["plan"]["deferred"]
    del old["diagnosis"]["dependencies_unknown"], old["diagnosis"]["findings"][0]["needs"]
    assert decode(json.dumps(old)) == incident


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("no json", "stored incident"),
        ('{"id": "inc-1"}', "subject"),
        (encode(an_incident()).replace('"open"', '"ajar"'), "ajar"),
    ],
)
def test_what_is_no_incident_names_the_place(text: str, named: str) -> None:
    """Rather than a trace of cattrs."""
    with pytest.raises(PermanentError, match=named):
        decode(text)


def test_a_kind_of_change_of_a_newer_version_is_refused() -> None:
    """What cannot be understood must not be executed."""
    step = PlannedChange(ModifyMatcher("arn", "200"), "b", ModifyMatcher("arn", "299"), ())
    text = encode(an_incident(applied=(step,))).replace("ModifyMatcher", "DropTables")
    with pytest.raises(PermanentError, match="DropTables"):
        decode(text)


def a_finding(number: int, evidence: int, size: int) -> Finding:
    """Return a finding with so much evidence of that size."""
    rows = tuple(Evidence(f"fact {row}", "CloudWatch", "x" * size) for row in range(evidence))
    return Finding("CODE", f"resource-{number}", "s", rows, Certainty.PROVEN, NoMechanicalRepair("look"))


def with_findings(*findings: Finding) -> Incident:
    """Return an incident with this diagnosis."""
    return an_incident(diagnosis=Diagnosis("arn", findings))


def test_what_fits_is_stored_whole() -> None:
    """Nothing is cut without need."""
    incident = with_findings(a_finding(1, 3, 2000))
    assert fitting(incident) == encode(incident)


def test_too_many_triggers_are_thinned_first() -> None:
    """The first and the last ones stay."""
    triggers = tuple(Trigger(f"event-{n}", "alarm", "arn", NOON, "x" * 2000) for n in range(300))
    kept = decode(fitting(an_incident(triggers=triggers))).triggers
    assert len(kept) == 20
    assert (kept[0].event_id, kept[-1].event_id) == ("event-0", "event-299")


def test_few_triggers_stay_while_something_else_is_cut() -> None:
    """Their texts are short enough already."""
    incident = replace(with_findings(a_finding(1, 100, 5000)), triggers=(Trigger("e", "alarm", "arn", NOON, "text"),))
    assert decode(fitting(incident)).triggers == incident.triggers


def test_long_evidence_is_cut_next() -> None:
    """Each value says that it was."""
    found = decode(fitting(with_findings(a_finding(1, 100, 5000)))).diagnosis
    assert found
    assert len(found.findings[0].evidence) == 100
    assert found.findings[0].evidence[0].value.endswith("(cut)")


def test_evidence_is_left_out_before_findings() -> None:
    """One row says how much."""
    found = decode(fitting(with_findings(*(a_finding(n, 50, 100) for n in range(100))))).diagnosis
    assert found
    assert len(found.findings) == 100
    assert "50 rows of evidence were left out" in found.findings[0].evidence[0].value


def test_at_last_findings_are_left_out() -> None:
    """The incident says that it knew more."""
    body = fitting(with_findings(*(a_finding(n, 1, 10) for n in range(3000))))
    found = decode(body).diagnosis
    assert found
    assert len(body) < LARGEST_BODY_BYTES
    assert len(found.findings) == 100
    assert found.unknown == ("2900 further findings were left out: the incident was too large to keep",)


def test_a_plan_is_never_cut() -> None:
    """The approval is for it, whole."""
    step = PlannedChange(ModifyMatcher("arn", "200"), "b" * 400_000, ModifyMatcher("arn", "299"), ())
    incident = an_incident(applied=(step,))
    assert decode(fitting(incident)) == incident
