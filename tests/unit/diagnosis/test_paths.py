"""Blocked paths: the element to blame, the share of ports, and the siblings that show what is odd."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

import pytest

from pathmend.diagnosis.finding import AclGap, Certainty, GroupGap, NoMechanicalRepair, WrongRouteTable
from pathmend.network.ports import PortSet
from tests.builders import (
    a_group_rule,
    a_workshop,
    allow_tcp,
    an_acl_entry,
    an_interface,
    decoys,
    fault_1,
    fault_2,
    fault_3,
    fault_4,
    fault_6,
    with_association,
    with_entry,
)
from tests.unit.diagnosis.worlds import (
    codes,
    diagnosis,
    evidence,
    findings,
    only,
    with_check,
    with_entries,
    without_entry,
)

EPHEMERAL = PortSet.of(1024, 65535)


def test_a_healthy_world_has_no_finding() -> None:
    """Nothing is wrong, and all of it could be read."""
    assert diagnosis(a_workshop()).healthy


@pytest.mark.parametrize("world", [decoys(a_workshop()), fault_4(a_workshop()), fault_6(a_workshop())])
def test_what_is_odd_and_harmless_is_no_finding(world: object) -> None:
    """A deny that nothing meets, a subnet without association, and what only instances suffer from."""
    assert diagnosis(world).healthy  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "entry",
    [
        allow_tcp(90, "10.0.11.0/24", (22, 22), action="deny"),
        an_acl_entry(90, "10.0.11.0/24", protocol="17", ports=(53, 53), action="deny"),
        allow_tcp(5000, "10.0.11.0/24", (1024, 65535), action="deny"),
        an_acl_entry(90, "2001:db8::/56", action="deny"),
        allow_tcp(1150, "10.0.0.0/16", (32768, 65535)),
    ],
)
def test_an_entry_that_decides_nothing_is_no_finding(entry: object) -> None:
    """Another port, protocol, family or place in the order, or an allow beside the others."""
    assert diagnosis(with_entry(a_workshop(), "acl-alb", entry)).healthy  # type: ignore[arg-type]


def test_fault_1_names_the_odd_subnet_and_the_table_of_its_siblings() -> None:
    """The node of one subnet is unreachable, and the siblings show the right table."""
    finding = only(findings(fault_1(a_workshop())))
    assert (finding.code, finding.resource) == ("NO_ROUTE_TO_DESTINATION", "subnet-alb-b")
    assert finding.cause == WrongRouteTable("subnet-alb-b", "rtb-app-b", "rtb-public")
    assert finding.certainty is Certainty.PROVEN
    assert (
        "clients get no reply from 1 load balancer node of 3: subnet WebApp-ALB1-b (subnet-alb-b)" in finding.sentence
    )
    rows = evidence(finding)
    assert rows["where WebApp-ALB1-b (subnet-alb-b) sends replies to clients"] == "0.0.0.0/0 -> nat-b (active)"
    assert rows["route table of its sibling WebApp-ALB1-a (subnet-alb-a), which clients reach"].endswith("(rtb-public)")
    assert rows["route table of its sibling WebApp-ALB1-c (subnet-alb-c), which clients reach"].endswith("(rtb-public)")
    assert rows["route table of the siblings"].startswith("0.0.0.0/0 -> igw-workshop")
    assert rows["other subnets that use the same table, whose routes must stay"] == "WebApp-APP1-b (subnet-app-b)"


def test_a_subnet_that_falls_to_the_main_table_has_no_route() -> None:
    """Without an association the main table decides, and it leads nowhere."""
    finding = only(findings(with_association(a_workshop(), "subnet-alb-a", None)))
    assert finding.cause == WrongRouteTable("subnet-alb-a", "rtb-main", "rtb-public")
    rows = evidence(finding)
    assert rows["where WebApp-ALB1-a (subnet-alb-a) sends replies to clients"] == "no route to the client"
    assert not any("other subnets" in fact for fact in rows)


def test_two_wrong_subnets_are_two_findings_of_two_nodes() -> None:
    """Each has an association of its own to repair."""
    world = with_association(fault_1(a_workshop()), "subnet-alb-c", "rtb-app-c")
    assert [f.resource for f in findings(world)] == ["subnet-alb-b", "subnet-alb-c"]


def test_without_a_sibling_that_works_no_table_is_called_right() -> None:
    """There is nothing to compare with."""
    world = a_workshop()
    for zone in "abc":
        world = with_association(world, f"subnet-alb-{zone}", f"rtb-app-{zone}")
    causes = [f.cause for f in findings(world)]
    assert [cause.right_table_id for cause in causes if isinstance(cause, WrongRouteTable)] == [None] * 3


def test_siblings_that_disagree_call_no_table_right() -> None:
    """Two tables that both work leave the choice to a person."""
    world = fault_1(a_workshop())
    world = world.having("route_tables", replace(world.route_tables["rtb-public"], id="rtb-other", associations=()))
    world = with_association(world, "subnet-alb-c", "rtb-other")
    assert only(findings(world)).cause == WrongRouteTable("subnet-alb-b", "rtb-app-b", None)


def test_fault_3_says_which_replies_are_dropped_and_how_many() -> None:
    """Half of the ports of the targets in one zone, about one request in six."""
    finding = only(findings(fault_3(a_workshop())))
    assert (finding.code, finding.resource) == ("SUBNET_ACL_RESTRICTION", "acl-alb")
    cause = finding.cause
    assert cause == AclGap(
        "acl-alb",
        egress=False,
        protocol="6",
        peers=(ip_network("10.0.11.0/24"),),
        ports=PortSet.of(1024, 32767),
        needed=EPHEMERAL,
        rule="*",
    )
    assert "drops 49 % of the replies from 10.0.11.0/24 (ingress TCP 1024-32767)" in finding.sentence
    rows = evidence(finding)
    assert rows["ports dropped"] == "1024-32767: 31,744 of 64,512 (49 %)"
    assert rows["flows that fail, if all are used alike"] == "16 %, about one in 6"
    assert rows["deciding ingress rule *"] == "no entry matches, so the ACL denies"
    assert rows["ingress rule 1100 allows only a part"] == "allow TCP 32768-65535 from 10.0.0.0/16"
    assert rows["ingress rule 1200, for a sibling"] == "allow TCP 1024-65535 from 10.0.12.0/24"
    assert rows["ingress rule 1300, for a sibling"] == "allow TCP 1024-65535 from 10.0.13.0/24"


def test_overlapping_faults_are_all_found() -> None:
    """One fault hides no other."""
    world = fault_3(fault_2(fault_1(a_workshop())))
    assert set(codes(world)) == {"SUBNET_ACL_RESTRICTION", "NO_ROUTE_TO_DESTINATION", "RESPONSE_CODE_MISMATCH"}


def test_two_application_subnets_are_peers_of_one_gap() -> None:
    """What is dropped alike is one finding with every network that suffers."""
    world = without_entry(without_entry(a_workshop(), "acl-alb", 1100), "acl-alb", 1200)
    cause = only(findings(world)).cause
    assert isinstance(cause, AclGap)
    assert cause.peers == (ip_network("10.0.11.0/24"), ip_network("10.0.12.0/24"))
    assert cause.ports == EPHEMERAL


def test_a_deny_ahead_of_the_allows_is_named() -> None:
    """The rule that decides is the one to look at."""
    world = with_entry(a_workshop(), "acl-alb", allow_tcp(90, "10.0.12.0/24", (1024, 2047), action="deny"))
    finding = only(findings(world))
    assert isinstance(finding.cause, AclGap)
    assert (finding.cause.rule, finding.cause.ports) == ("90", PortSet.of(1024, 2047))
    assert evidence(finding)["deciding ingress rule 90"] == "deny TCP 1024-2047 from 10.0.12.0/24"


def test_the_load_balancers_own_acl_may_block_the_way_out() -> None:
    """Connections to targets leave through the ACL's egress rules."""
    finding = only(findings(without_entry(a_workshop(), "acl-alb", 100, egress=True)))
    assert isinstance(finding.cause, AclGap)
    assert (finding.cause.egress, finding.cause.needed) == (True, PortSet.of(80))
    assert "on 18 of 18 load balancer flows" in finding.sentence
    assert "drops all connections to 10.0.11.0/24, 10.0.12.0/24, 10.0.13.0/24 (egress TCP 80)" in finding.sentence


@pytest.mark.parametrize(("egress", "needed"), [(False, PortSet.of(80)), (True, EPHEMERAL)])
def test_the_targets_acl_is_looked_at_both_ways(*, egress: bool, needed: PortSet) -> None:
    """In on the traffic port, out to the load balancer's ephemeral ports."""
    finding = only(findings(without_entry(a_workshop(), "acl-app", 100, egress=egress)))
    assert finding.resource == "acl-app"
    assert isinstance(finding.cause, AclGap)
    assert (finding.cause.egress, finding.cause.needed) == (egress, needed)
    assert finding.cause.peers == tuple(ip_network(f"10.0.{n}.0/24") for n in (1, 2, 3))


def test_a_health_check_on_another_port_is_a_path_of_its_own() -> None:
    """Traffic passes, and the check does not."""
    world = with_check(a_workshop(), port="8080")
    entries = [allow_tcp(90, "0.0.0.0/0", (80, 80)), an_acl_entry(100, egress=True)]
    group = world.security_groups["sg-app"]
    world = world.having("security_groups", replace(group, rules=(a_group_rule("sg-alb"), *group.rules)))
    alb = with_entry(world, "acl-alb", allow_tcp(101, "10.0.0.0/16", (8080, 8080), egress=True))
    finding = only(findings(with_entries(alb, "acl-app", *entries)))
    assert isinstance(finding.cause, AclGap)
    assert (finding.cause.acl_id, finding.cause.needed) == ("acl-app", PortSet.of(8080))
    assert evidence(finding)["a flow that is hit"].startswith("health-check")
    assert "on 9 of 18 load balancer flows" in finding.sentence


def test_a_security_group_that_lets_nobody_in_is_named_with_the_rule_that_it_lacks() -> None:
    """From the load balancer's group, to this port, and nothing more."""
    world = a_workshop()
    group = world.security_groups["sg-app"]
    world = world.having("security_groups", replace(group, rules=group.rules[1:]))
    finding = only(findings(world))
    assert finding.resource == "sg-app"
    assert finding.cause == GroupGap("sg-app", a_group_rule("sg-alb", (80, 80)))
    assert "on 18 of 18 load balancer flows" in finding.sentence


def test_a_security_group_for_another_port_is_a_mismatch() -> None:
    """It has rules, and none of them fits."""
    world = a_workshop()
    group = world.security_groups["sg-app"]
    world = world.having("security_groups", replace(group, rules=(a_group_rule("sg-alb", (8080, 8080)),)))
    finding = only(findings(world))
    assert (finding.code, finding.resource) == ("ENI_SG_RULES_MISMATCH", "sg-app")
    assert evidence(finding)["deciding rule or route on the forward leg"] == "none matches"


def test_the_load_balancers_group_may_let_nothing_out() -> None:
    """The way to targets starts at the node."""
    world = a_workshop()
    group = world.security_groups["sg-alb"]
    world = world.having("security_groups", replace(group, rules=group.rules[:1]))
    finding = only(findings(world))
    assert finding.resource == "sg-alb"
    assert "blocks egress TCP 80" in finding.sentence
    assert finding.cause == GroupGap("sg-alb", a_group_rule("sg-app", (80, 80), egress=True))


@pytest.mark.parametrize("groups", [("sg-many", "sg-alb"), ("sg-alb", "sg-many"), ("sg-alb", "sg-twin")])
def test_the_rule_names_the_group_that_the_fewest_carry(groups: tuple[str, ...]) -> None:
    """A group that half the VPC carries, too, would let in half the VPC; of two alike the first is named."""
    world = a_workshop()
    group = world.security_groups["sg-app"]
    world = world.having("security_groups", replace(group, rules=group.rules[1:]))
    for zone in "abc":
        world = world.having("interfaces", replace(world.interfaces[f"eni-alb-{zone}"], group_ids=groups))
    others = an_interface("10.0.9.9", id="eni-other", subnet_id="subnet-shared-a", group_ids=("sg-many",))
    finding = only(findings(world.having("interfaces", others)))
    assert finding.cause == GroupGap("sg-app", a_group_rule("sg-alb", (80, 80)))


def test_where_a_rule_cannot_name_a_group_a_person_writes_it() -> None:
    """A rule for an address would break with the next target."""
    world = a_workshop()
    world = world.having("security_groups", replace(world.security_groups["sg-app"], rules=()))
    for zone in "abc":
        world = world.having("interfaces", replace(world.interfaces[f"eni-alb-{zone}"], group_ids=()))
    causes = [finding.cause for finding in findings(world) if finding.resource == "sg-app"]
    assert [type(cause) for cause in causes] == [NoMechanicalRepair]


def test_a_sliver_of_ports_is_not_rounded_to_none() -> None:
    """One port of 64,512 is some of the replies, not 0 % of them."""
    deny = allow_tcp(10, "10.0.11.0/24", (3389, 3389), action="deny")
    finding = only(findings(with_entry(a_workshop(), "acl-alb", deny)))
    assert "drops some of the replies from 10.0.11.0/24 (ingress TCP 3389)" in finding.sentence
