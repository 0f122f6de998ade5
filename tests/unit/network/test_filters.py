"""Network ACLs and security groups, rule by rule of what AWS documents."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from typing import TYPE_CHECKING

from pathmend.network import acl as acls
from pathmend.network import security_group, walk
from pathmend.network.acl import AclDecision
from pathmend.network.flow import Leg, Verdict
from pathmend.network.packets import Packets, icmp_ports
from pathmend.network.ports import ALL_PORTS, NO_PORTS, PortSet
from pathmend.snapshot.protocols import ALL, ICMP, TCP
from pathmend.snapshot.transit import PrefixList
from tests.builders import (
    CLIENT,
    EVERYWHERE,
    a_group,
    a_group_rule,
    a_workshop,
    a_world,
    allow_tcp,
    an_acl,
    an_acl_entry,
    an_interface,
    an_open_acl,
    fault_3,
    with_entry,
)
from tests.unit.network.asking import ask, codes

if TYPE_CHECKING:
    import pytest

INSIDE = ip_address("10.0.11.10")


def _tcp(peer: str = "10.0.11.10", ports: PortSet = ALL_PORTS, *, egress: bool = False) -> Packets:
    return Packets(egress, TCP, ip_address(peer), ports)


def test_rule_01_the_lowest_rule_number_that_matches_decides() -> None:
    """Also when the entries do not stand in order."""
    deny = an_acl_entry(90, "10.0.11.0/24", action="deny")
    acl = replace(an_acl(), entries=(an_acl_entry(100), deny))
    assert acls.decide(acl, _tcp()) == (AclDecision("90", allowed=False, ports=ALL_PORTS),)
    assert acls.decide(acl, _tcp("10.0.12.1")) == (AclDecision("100", allowed=True, ports=ALL_PORTS),)


def test_rule_01_what_no_rule_matches_is_denied_with_or_without_the_final_entry() -> None:
    """The emulators leave it out; its number is shown as an asterisk."""
    for acl in (an_acl(), replace(an_acl(), entries=())):
        assert acls.decide(acl, _tcp()) == (AclDecision("*", allowed=False, ports=ALL_PORTS),)


def test_rule_02_a_deny_that_shadows_an_allow_is_the_blocker() -> None:
    """So that the smallest fix, deleting it, can be seen."""
    world = with_entry(a_workshop(), "acl-app", allow_tcp(90, EVERYWHERE, (80, 80), action="deny"))
    found = ask(world, "eni-alb-a", "eni-app-b")
    assert codes(found) == [("SUBNET_ACL_RESTRICTION", "forward", "acl-app", "90")]
    assert found.verdict is Verdict.BLOCKED


def test_rule_03_no_acl_is_asked_inside_a_subnet() -> None:
    """Even one that denies everything."""
    world = a_workshop()
    neighbour = an_interface("10.0.11.20", id="eni-x", subnet_id="subnet-app-a", group_ids=("sg-alb",))
    world = world.having("interfaces", neighbour)
    world = world.having("network_acls", an_acl(id="acl-app", subnet_ids=("subnet-app-a",)))
    assert ask(world, "eni-x", "eni-app-a").verdict is Verdict.OPEN


def test_rule_04_replies_need_their_own_allow_on_the_whole_ephemeral_range() -> None:
    """Fault 3: half of the reply ports from one zone are dropped, and the blocker says which."""
    found = ask(fault_3(a_workshop()), "eni-alb-b", "eni-app-a")
    (blocker,) = found.blockers
    assert (blocker.kind, blocker.element_id, blocker.leg) == ("network-acl", "acl-alb", Leg.RETURN)
    assert (blocker.direction, blocker.rule, blocker.subnet_id) == ("ingress", "*", "subnet-alb-b")
    assert blocker.blocked_ports == PortSet.of(1024, 32767)
    assert found.verdict is Verdict.PARTIAL
    assert found.open_ports == PortSet.of(32768, 65535)
    assert found.back[-1].verdict is Verdict.PARTIAL
    assert ask(fault_3(a_workshop()), "eni-alb-b", "eni-app-b").verdict is Verdict.OPEN


def test_rule_05_ipv4_and_ipv6_entries_are_separate() -> None:
    """An allow of all IPv4 lets no IPv6 pass."""
    assert not acls.decide(an_open_acl(), _tcp("2001:db8::1"))[0].allowed
    assert acls.decide(an_acl(an_acl_entry(100, "::/0")), _tcp("2001:db8::1"))[0].allowed


def test_directions_are_separate() -> None:
    """An ingress allow says nothing of egress."""
    acl = an_acl(an_acl_entry(100))
    assert not acls.decide(acl, _tcp(egress=True))[0].allowed


def test_icmp_entries_match_type_and_code() -> None:
    """-1 is all; protocols with neither ports nor types match as a whole."""
    acl = an_acl(an_acl_entry(100, protocol=ICMP, icmp=(8, 0)), an_acl_entry(110, protocol=ICMP, icmp=(3, -1)))
    for (kind, code), rule in {(8, 0): "100", (8, 1): "*", (3, 4): "110", (0, 0): "*"}.items():
        assert acls.decide(acl, Packets(egress=False, protocol=ICMP, peer=CLIENT, ports=icmp_ports(kind, code)))[
            0
        ] == AclDecision(rule, allowed=rule != "*", ports=icmp_ports(kind, code))
    assert icmp_ports(-1, -1) == ALL_PORTS


def test_a_ping_needs_the_request_there_and_the_reply_back() -> None:
    """A TCP rule does not let it pass."""
    world = a_workshop().having("network_acls", an_acl(an_acl_entry(1, protocol=TCP, ports=(0, 65535)), id="acl-db"))
    assert ask(world, "eni-app-a", "eni-alb-a", protocol="icmp").verdict is Verdict.BLOCKED
    world = with_entry(world, "acl-alb", an_acl_entry(1, protocol=ICMP, icmp=(8, 0)))
    found = ask(world, "eni-app-a", "eni-alb-a", protocol="icmp")
    assert ("SUBNET_ACL_RESTRICTION", "forward", "acl-alb", "1") not in codes(found)
    assert ("SUBNET_ACL_RESTRICTION", "return", "acl-alb", "*") in codes(found)
    assert found.verdict is Verdict.BLOCKED


def test_a_protocol_without_ports_passes_or_not_as_a_whole() -> None:
    """GRE between two subnets, with groups that allow everything."""
    world = a_workshop().having("security_groups", a_group(a_group_rule(EVERYWHERE), id="sg-alb"))
    found = ask(world, "eni-app-a", "eni-alb-a", protocol="47")
    assert {code[1] for code in codes(found)} == {"forward", "return"}
    assert all(blocker.blocked_ports == found.flow.source_ports for blocker in found.blockers)


def test_all_protocols_are_traced_in_each_that_rules_tell_apart() -> None:
    """Open when all are, partial when some are, with the blockers of each."""
    everything = (a_group_rule(EVERYWHERE), a_group_rule(EVERYWHERE, egress=True))
    world = a_workshop()
    for name in ("sg-alb", "sg-app"):
        world = world.having("security_groups", a_group(*everything, id=name))
    world = world.having("network_acls", an_open_acl(id="acl-alb", subnet_ids=("subnet-alb-a",)))
    assert ask(world, "eni-alb-a", "eni-app-a", protocol="all").verdict is Verdict.OPEN
    part = with_entry(world, "acl-app", an_acl_entry(1, protocol="47", action="deny"))
    found = ask(part, "eni-alb-a", "eni-app-a", protocol="-1")
    assert found.verdict is Verdict.PARTIAL
    assert codes(found) == [("SUBNET_ACL_RESTRICTION", "forward", "acl-app", "1")]
    none = world.having("network_acls", an_acl(id="acl-app", subnet_ids=("subnet-app-a",)))
    assert ask(none, "eni-alb-a", "eni-app-a", protocol="all").verdict is Verdict.BLOCKED


def test_rule_08_groups_are_a_union_and_stateful() -> None:
    """One of several groups is enough, and the reply asks none."""
    world = a_workshop().having("security_groups", a_group(id="sg-empty"))
    target = replace(world.interfaces["eni-app-a"], group_ids=("sg-app", "sg-empty"))
    found = ask(world.having("interfaces", target), "eni-alb-a", "eni-app-a")
    assert found.verdict is Verdict.OPEN
    assert "security-group" not in [hop.kind for hop in found.back]


def test_rule_08_without_egress_rules_nothing_new_goes_out() -> None:
    """The code says that there are none; with others it says that none fits."""
    world = a_workshop().having("security_groups", a_group(id="sg-alb"))
    (blocker,) = ask(world, "eni-alb-a", "eni-app-a").blockers
    assert (blocker.code, blocker.element_id, blocker.direction) == ("SG_HAS_NO_RULES", "sg-alb", "egress")
    assert blocker.interface_id == "eni-alb-a"
    wrong = a_group(a_group_rule("sg-alb", (8080, 8080)), id="sg-app")
    (blocker,) = ask(a_workshop().having("security_groups", wrong), "eni-alb-a", "eni-app-a").blockers
    assert (blocker.code, blocker.element_id, blocker.direction) == ("ENI_SG_RULES_MISMATCH", "sg-app", "ingress")


def test_rule_35_a_database_without_egress_rules_still_answers() -> None:
    """Its group has none, and that blocks no reply."""
    database = an_interface("10.0.31.10", id="eni-db-a", subnet_id="subnet-db-a", group_ids=("sg-db",))
    found = ask(a_workshop().having("interfaces", database), "eni-app-b", "eni-db-a", 3306)
    assert found.verdict is Verdict.OPEN


def test_rule_09_a_reference_means_the_members_addresses() -> None:
    """Carrying the same group implies nothing."""
    world = a_workshop()
    assert ask(world, "eni-alb-c", "eni-app-a").verdict is Verdict.OPEN
    assert ask(world, "eni-app-b", "eni-app-a").verdict is Verdict.BLOCKED


def test_rule_09_a_reference_knows_a_peer_by_its_groups_and_by_nothing_else() -> None:
    """A peer behind a gateway that translates has none."""
    world = a_workshop()
    interface = world.interfaces["eni-app-a"]
    packets = _tcp("10.0.1.10", PortSet.of(80))
    assert security_group.decide(world, interface, packets).passing == PortSet.of(80)
    assert not security_group.decide(world, interface, replace(packets, peer_groups=())).passing
    assert security_group.decide(world, interface, replace(packets, peer_groups=("sg-alb",))).passing


def test_what_was_not_read_is_unknown_unless_something_else_allows() -> None:
    """A missing group, a prefix list, and references when interfaces were not read."""
    interface = an_interface(group_ids=("sg-0", "sg-gone"))
    group = a_group(
        a_group_rule("pl-1", (80, 80)), a_group_rule("sg-0", (80, 80)), a_group_rule(EVERYWHERE, (443, 443))
    )
    world = replace(a_world(group, interface), unread={"NetworkInterfaces": "denied"})
    decision = security_group.decide(world, interface, _tcp(ports=PortSet.of(80)))
    assert decision.passing == NO_PORTS
    assert len(decision.unknown) == 3
    assert security_group.decide(world, interface, _tcp(ports=PortSet.of(443))).passing == PortSet.of(443)


def test_an_unknown_group_makes_the_flow_unknown_and_not_open() -> None:
    """Fail closed, and say what is missing."""
    target = replace(a_workshop().interfaces["eni-app-a"], group_ids=("sg-gone",))
    found = ask(a_workshop().having("interfaces", target), "eni-alb-a", "eni-app-a")
    assert found.verdict is Verdict.UNKNOWN
    assert found.unknown == ("security group sg-gone was not read",)


def test_rule_06_a_fix_that_adds_an_entry_needs_a_free_slot() -> None:
    """Twenty per direction and IP version, AWS's final deny counted; more after an increase."""
    acl = an_acl(*(an_acl_entry(number) for number in range(1, 19)), an_acl_entry(1, egress=True))
    assert (acls.free_slots(acl, egress=False), acls.free_slots(acl, egress=True)) == (1, 18)
    assert acls.free_slots(acl, egress=False, quota=40) == 21
    full = an_acl(*(an_acl_entry(number) for number in range(1, 30)))
    assert acls.free_slots(full, egress=False) == 0


def test_rule_10_a_group_changes_new_connections_and_an_acl_cuts_replies_at_once() -> None:
    """Replies of what is tracked ask no group, and every reply asks the ACL."""
    world = a_workshop()
    target = replace(world.security_groups["sg-app"], rules=())
    shut = ask(world.having("security_groups", target), "eni-alb-a", "eni-app-a")
    assert {code[1] for code in codes(shut)} == {"forward"}
    cut = ask(with_entry(world, "acl-app", an_acl_entry(1, egress=True, action="deny")), "eni-alb-a", "eni-app-a")
    assert {code[1] for code in codes(cut)} == {"return"}


def test_rule_11_a_prefix_list_counts_with_its_max_entries() -> None:
    """One that was not read makes the count unknown."""
    office = PrefixList("pl-1", "office", (), 12)
    group = a_group(
        a_group_rule(EVERYWHERE), a_group_rule("sg-0"), a_group_rule("pl-1"), a_group_rule(EVERYWHERE, egress=True)
    )
    world = a_world(group, office)
    assert security_group.rule_count(world, group, egress=False) == 14
    assert security_group.rule_count(world, group, egress=True) == 1
    assert security_group.rule_count(a_world(group), group, egress=False) is None
    unsaid = world.having("prefix_lists", replace(office, max_entries=None))
    assert security_group.rule_count(unsaid, group, egress=False) is None


def test_rule_34_a_proposed_fix_is_judged_on_the_model_again() -> None:
    """The repaired world opens the flow, and a fix that looks right does not where a second blocker hides."""
    broken = fault_3(a_workshop())
    twice = with_entry(broken, "acl-app", an_acl_entry(1, "10.0.2.0/24", egress=True, action="deny"))
    right = allow_tcp(1100, "10.0.11.0/24", (1024, 65535))
    assert ask(with_entry(broken, "acl-alb", right), "eni-alb-b", "eni-app-a").verdict is Verdict.OPEN
    assert ask(with_entry(twice, "acl-alb", right), "eni-alb-b", "eni-app-a").verdict is Verdict.BLOCKED


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Flows of many shapes do not fill the memory of a long-lived process, and answers stay the same."""
    monkeypatch.setattr(acls, "_REMEMBERED", 1)
    monkeypatch.setattr(security_group, "_REMEMBERED", 1)
    monkeypatch.setattr(walk, "_SHAPES", 1)
    world = fault_3(a_workshop())
    for port, verdict in ((80, Verdict.PARTIAL), (81, Verdict.BLOCKED), (80, Verdict.PARTIAL)):
        assert ask(world, "eni-alb-b", "eni-app-a", port).verdict is verdict
    for address in ("10.0.12.10", "10.0.1.9"):
        assert not acls.decide(an_acl(), _tcp(address))[0].allowed
    table = acls.AclTable(fault_3(a_workshop()).network_acls["acl-alb"], TCP, egress=False)
    for address in ("10.0.11.1", "10.9.0.1", "10.0.11.1"):
        assert table.decide(table.span(ip_address(address)), PortSet.of(80))[0].allowed


def test_rule_33_all_blockers_on_both_legs_are_reported() -> None:
    """Not only the first."""
    world = fault_3(a_workshop()).having("security_groups", a_group(id="sg-app"))
    world = with_entry(world, "acl-app", an_acl_entry(1, "10.0.1.0/24", egress=True, action="deny"))
    world = with_entry(world, "acl-app", an_acl_entry(1, "10.0.1.0/24", protocol=ALL, action="deny"))
    assert codes(ask(world, "eni-alb-a", "eni-app-a")) == [
        ("SUBNET_ACL_RESTRICTION", "forward", "acl-app", "1"),
        ("SUBNET_ACL_RESTRICTION", "return", "acl-app", "1"),
        ("SUBNET_ACL_RESTRICTION", "return", "acl-alb", "*"),
        ("SG_HAS_NO_RULES", "forward", "sg-app", None),
    ]
