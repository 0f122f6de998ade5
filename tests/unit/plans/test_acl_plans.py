"""Which network ACL entries are added, replaced, deleted or preceded."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from pathmend.changes.set_acl_entry import SetAclEntry
from pathmend.diagnosis.diagnose import diagnose
from pathmend.plans.make import NoPlan, make_plan
from pathmend.plans.plan import Risk
from tests.builders import (
    EVERYWHERE,
    LOAD_BALANCER_ARN,
    a_listener,
    a_workshop,
    allow_tcp,
    an_acl_entry,
    fault_1,
    fault_2,
    fault_3,
    with_entry,
)
from tests.unit.diagnosis.worlds import on_ipv6, without_entry
from tests.unit.plans.planning import EPHEMERAL, changes, crowded, ingress, planned, refused, removed, with_neighbour

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot


def denied(*denies: tuple[int, str, tuple[int, int] | None]) -> Snapshot:
    """Return the workshop with deny entries in the load balancer's ACL; without ports they deny everything."""
    world = a_workshop()
    for number, cidr, ports in denies:
        deny = an_acl_entry(number, cidr, action="deny", protocol="6" if ports else "-1", ports=ports)
        world = with_entry(world, "acl-alb", deny)
    return world


def test_each_peer_of_a_gap_gets_an_entry() -> None:
    """Two application subnets broken at once are repaired at once."""
    world = without_entry(without_entry(a_workshop(), "acl-alb", 1100), "acl-alb", 1200)
    plan = planned(world)
    assert plan.changes == (ingress(1400, "10.0.11.0/24"), ingress(1500, "10.0.12.0/24"))
    assert plan.beyond == ()
    assert plan.risk is Risk.LOW


def test_two_peers_need_two_free_slots() -> None:
    """Half a repair is none."""
    world = without_entry(without_entry(a_workshop(), "acl-alb", 1100), "acl-alb", 1200)
    assert "no safe change" in refused(crowded(world, 16))
    assert len(changes(crowded(world, 15))) == 2


@pytest.mark.parametrize(
    ("last", "numbers"), [(32600, (32601, 32602)), (32764, (32765, 32766)), (32500, (32600, 32700))]
)
def test_at_the_end_of_the_numbers_entries_move_closer(last: int, numbers: tuple[int, int]) -> None:
    """Steps of a hundred are a habit, not a need."""
    world = without_entry(without_entry(a_workshop(), "acl-alb", 1100), "acl-alb", 1200)
    world = crowded(world, 1, first=last)
    assert changes(world) == (ingress(numbers[0], "10.0.11.0/24"), ingress(numbers[1], "10.0.12.0/24"))


def test_without_numbers_behind_the_others_nothing_is_added() -> None:
    """One number is left and two are needed."""
    world = without_entry(without_entry(a_workshop(), "acl-alb", 1100), "acl-alb", 1200)
    assert "no safe change" in refused(crowded(world, 1, first=32765))


def test_a_deny_of_exactly_the_gap_is_deleted() -> None:
    """Both ways open the same, and fewer entries are the smaller change."""
    assert changes(denied((1050, "10.0.11.0/24", EPHEMERAL))) == (removed(1050),)


def test_a_deny_of_more_than_the_gap_is_preceded() -> None:
    """Deleting it would open what nobody needs."""
    world = with_entry(denied((1050, "10.0.11.0/24", None)), "acl-alb", an_acl_entry(2000, "10.0.0.0/16"))
    plan = planned(world)
    assert plan.changes == (ingress(1049, "10.0.11.0/24"),)
    assert plan.beyond == ()


def test_what_goes_against_no_intent_is_preferred() -> None:
    """An entry behind a deny that decides nothing today needs no approval of its own; one ahead of it would."""
    world = without_entry(a_workshop(), "acl-alb", 1300)
    world = with_entry(world, "acl-alb", allow_tcp(481, "10.0.13.0/24", (2048, 2048)))
    world = with_entry(world, "acl-alb", allow_tcp(1281, "10.0.13.0/24", (2048, 2048), action="deny"))
    plan = planned(world)
    assert plan.changes == (ingress(1300, "10.0.13.0/24"),)
    assert plan.deferred == ()


def test_a_number_in_use_before_a_deny_is_passed_over() -> None:
    """The next lower one does as well."""
    world = with_entry(denied((1050, "10.0.11.0/24", None)), "acl-alb", an_acl_entry(2000, "10.0.0.0/16"))
    world = crowded(world, 1, first=1049)
    assert changes(world) == (ingress(1048, "10.0.11.0/24"),)


def test_before_a_deny_at_rule_1_there_is_no_number() -> None:
    """Then deleting it is the only way, and what it opens beyond is said."""
    world = with_entry(denied((1, "10.0.11.0/24", None)), "acl-alb", an_acl_entry(2000, "10.0.0.0/16"))
    plan = planned(world)
    assert plan.changes == (removed(1),)
    assert plan.beyond
    assert plan.risk is Risk.HIGH


def test_what_opens_for_another_protocol_is_beyond_the_need() -> None:
    """The same ports of UDP serve no flow of the load balancer."""
    world = with_entry(
        denied((1, "10.0.11.0/24", None)), "acl-alb", an_acl_entry(2000, "10.0.11.0/24", protocol="17", ports=EPHEMERAL)
    )
    plan = planned(world)
    assert plan.changes == (removed(1),)
    assert [str(reach) for reach in plan.beyond if reach.protocol == "17"] == ["10.0.11.0/24 udp 1024-65535 ingress"]


def test_two_denies_in_the_way_are_both_dealt_with() -> None:
    """One after the other, each on the world that the one before leaves."""
    world = denied((1040, "10.0.11.0/24", (2000, 2999)), (1050, "10.0.12.0/24", EPHEMERAL))
    assert set(changes(world)) == {removed(1040), removed(1050)}


def test_a_gap_of_ipv6_is_closed_with_ipv6_entries() -> None:
    """IPv4 entries say nothing of IPv6."""
    world = with_entry(on_ipv6(), "acl-app", an_acl_entry(110, "::/0"))
    world = with_entry(world, "acl-app", an_acl_entry(110, "::/0", egress=True))
    world = with_entry(world, "acl-alb", allow_tcp(110, "2001:db8::/56", (80, 80), egress=True))
    plan = planned(world)
    assert plan.changes == tuple(ingress(1300 + 100 * n, f"2001:db8:0:{15 + n:x}::/64") for n in (1, 2, 3))
    assert all("Ipv6CidrBlock" in step.requests[0].parameters for step in plan.steps)
    assert plan.beyond == ()


def test_neighbouring_peers_are_needed_as_one_network() -> None:
    """Two halves of a /23 are not beyond the need because they are told as one."""
    plan = planned(without_entry(without_entry(a_workshop(), "acl-alb", 1200), "acl-alb", 1300))
    assert [str(reach) for reach in plan.effect.opened] == ["10.0.12.0/23 tcp 1024-65535 ingress"]
    assert (plan.beyond, plan.risk) == ((), Risk.LOW)


def test_the_way_out_of_the_load_balancer_is_repaired_too() -> None:
    """One egress entry per application subnet, on the traffic port alone."""
    plan = planned(without_entry(a_workshop(), "acl-alb", 100, egress=True))
    entries = [change.entry for change in plan.changes if isinstance(change, SetAclEntry)]
    expected = [(f"10.0.{n}.0/24", (80, 80), True) for n in (11, 12, 13)]
    assert [(str(e.cidr), e.ports, e.egress) for e in entries if e] == expected


def test_what_clients_may_reach_is_never_opened() -> None:
    """A listener that nobody may reach is advice, whatever rule is missing."""
    assert "what the internet may open is never changed" in refused(without_entry(a_workshop(), "acl-alb", 100))
    tls = a_workshop().having("listeners", a_listener(arn="listener-443", protocol="HTTPS", port=443))
    assert "what the internet may open is never changed" in refused(tls)


def test_a_plan_opens_the_internet_to_nothing() -> None:
    """Every repair of a fault stays inside the VPC."""
    world = fault_3(fault_2(fault_1(a_workshop())))
    vpc = ip_network("10.0.0.0/16")
    assert all(reach.peer.subnet_of(vpc) for reach in planned(world).effect.opened)  # type: ignore[arg-type]
    assert EVERYWHERE not in repr(planned(world).changes)


def test_a_finding_that_an_earlier_change_cleared_needs_none() -> None:
    """A finding of a diagnosis that the world has outgrown is not repaired again."""
    found = diagnose(fault_3(a_workshop()), LOAD_BALANCER_ARN)
    assert isinstance(make_plan(found, a_workshop()), NoPlan)


def test_a_second_load_balancer_in_the_same_subnets_is_a_neighbour() -> None:
    """Its interfaces use the same ACL for flows that were not looked at."""
    world = with_neighbour(fault_3(a_workshop()), description="ELB app/Other/0123456789abcdef")
    assert changes(world) == (ingress(1400, "10.0.11.0/24"),)
