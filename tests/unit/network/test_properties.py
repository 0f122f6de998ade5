"""The set arithmetic agrees with a judge that looks at one packet at a time."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from pathmend.network import acl as acls
from pathmend.network import security_group
from pathmend.network.difference import Reach, difference
from pathmend.network.flow import Endpoint, Flow, Verdict
from pathmend.network.packets import Packets
from pathmend.network.ports import ALL_PORTS, PortSet
from pathmend.network.trace import trace
from pathmend.snapshot.resources import RouteTableAssociation
from tests.builders import (
    a_route_table,
    a_subnet,
    a_vpc,
    a_world,
    an_interface,
    an_open_acl,
)
from tests.unit.network import reference, strategies

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pathmend.snapshot.resources import AclEntry, Address, NetworkAcl, SecurityGroup
    from pathmend.snapshot.world import Snapshot

# No deadline: a shared machine makes single examples slow, and speed is measured in bench/.
checked = settings(deadline=None, max_examples=60)


OPEN = an_open_acl(id="acl-open")


def _world(near: NetworkAcl, far: NetworkAcl, groups: tuple[SecurityGroup, ...] = ()) -> Snapshot:
    """Return two subnets with one interface each; the first carries sg-1, the second both groups."""
    names = tuple(group.id for group in groups)
    return a_world(
        a_vpc(),
        a_subnet(id="subnet-1"),
        a_subnet(id="subnet-2", cidrs=(ip_network("10.0.11.0/24"),)),
        a_route_table(associations=(RouteTableAssociation("rtbassoc-1", main=True),)),
        replace(near, id="acl-1", subnet_ids=("subnet-1",)),
        replace(far, id="acl-2", subnet_ids=("subnet-2",)),
        an_interface("10.0.1.10", id="eni-1", subnet_id="subnet-1", group_ids=names[:1]),
        an_interface("10.0.11.10", id="eni-2", subnet_id="subnet-2", group_ids=names),
        *groups,
    )


@checked
@given(strategies.acls(), st.booleans(), strategies.protocols, strategies.addresses, strategies.packet_ports)
def test_an_acl_on_sets_agrees_with_the_judge(
    acl: NetworkAcl,
    egress: bool,  # noqa: FBT001 - drawn
    protocol: str,
    peer: Address,
    port: int,
) -> None:
    """For the port drawn out of all ports at once; and the decisions divide the ports among them."""
    decisions = acls.decide(acl, Packets(egress, protocol, peer, ALL_PORTS))
    deciding = [decision for decision in decisions if port in decision.ports]
    assert len(deciding) == 1
    assert deciding[0].allowed == reference.acl_allows(acl, (egress, protocol, peer, port))
    assert sum(decision.ports.count() for decision in decisions) == 65536


@checked
@given(strategies.groups("sg-1"), strategies.groups("sg-2"), strategies.addresses, strategies.packet_ports)
def test_groups_on_sets_agree_with_the_judge(one: SecurityGroup, two: SecurityGroup, peer: Address, port: int) -> None:
    """The union of both groups, with references resolved, both ways, for TCP and another protocol."""
    world = _world(OPEN, OPEN, (one, two))
    interface = world.interfaces["eni-2"]
    for egress in (False, True):
        for protocol in ("6", "47"):
            decision = security_group.decide(world, interface, Packets(egress, protocol, peer, ALL_PORTS))
            packet = (egress, protocol, peer, port)
            assert (port in decision.passing) == reference.groups_allow(world, interface.group_ids, packet)
            assert decision.unknown == ()


ports = st.tuples(strategies.ports, strategies.packet_ports)


@checked
@given(strategies.acls(), strategies.acls(), st.tuples(strategies.groups("sg-1"), strategies.groups("sg-2")), ports)
def test_a_trace_agrees_with_the_judge_on_any_source_port(
    near: NetworkAcl, far: NetworkAcl, groups: tuple[SecurityGroup, SecurityGroup], drawn: tuple[int, int]
) -> None:
    """Both legs at once; the verdict and the blockers say the same as the open ports."""
    port, source_port = drawn
    world = _world(near, far, groups)
    ends = world.interfaces["eni-1"], world.interfaces["eni-2"]
    one, two = (Endpoint(interface.private_ips[0], interface) for interface in ends)
    found = trace(world, Flow(one, two, "tcp", port, ALL_PORTS))
    assert (source_port in found.open_ports) == reference.connects(world, ends, port, source_port)
    blocked = PortSet.union(span for blocker in found.blockers for span in blocker.blocked_ports)
    assert found.open_ports == ALL_PORTS - blocked
    wanted = Verdict.OPEN if not blocked else Verdict.PARTIAL if found.open_ports else Verdict.BLOCKED
    assert found.verdict is wanted


def _says(reaches: Iterable[Reach], subnet_id: str, packet: tuple[bool, str, Address, int]) -> int:
    """Return how many of the reaches speak of the packet."""
    egress, protocol, peer, port = packet
    return sum(
        subnet_id in reach.subnet_ids
        and reach.direction == ("egress" if egress else "ingress")
        and _speaks_of(reach.protocol, protocol)
        and peer in reach.peer
        and (reach.ports is None or port in reach.ports)
        for reach in reaches
    )


def _speaks_of(said: str, protocol: str) -> bool:
    if said.startswith("all but "):
        names = {"tcp": "6", "udp": "17", "icmp": "1"}
        return protocol not in [names.get(name, name) for name in said.removeprefix("all but ").split(", ")]
    return said in ("-1", protocol)


@checked
@given(strategies.acls(), strategies.acls(), st.booleans(), strategies.addresses, strategies.packet_ports)
def test_what_if_equals_the_difference_of_two_evaluations_of_acls(
    old: NetworkAcl,
    new: NetworkAcl,
    egress: bool,  # noqa: FBT001 - drawn
    peer: Address,
    port: int,
) -> None:
    """For any packet of any protocol, and each packet is spoken of once at most."""
    found = difference(_world(old, OPEN), _world(new, OPEN))
    for protocol in ("6", "17", "1", "47", "50"):
        packet = (egress, protocol, peer, port)
        was, now = reference.acl_allows(old, packet), reference.acl_allows(new, packet)
        assert _says(found.opened, "subnet-1", packet) == int(now and not was)
        assert _says(found.closed, "subnet-1", packet) == int(was and not now)
        assert _says(found.opened, "subnet-2", packet) == 0


pairs = st.tuples(strategies.groups("sg-1"), strategies.groups("sg-2"))


@checked
@given(pairs, pairs, st.booleans(), strategies.addresses, strategies.packet_ports)
def test_what_if_equals_the_difference_of_two_evaluations_of_groups(
    old: tuple[SecurityGroup, SecurityGroup],
    new: tuple[SecurityGroup, SecurityGroup],
    egress: bool,  # noqa: FBT001 - drawn
    peer: Address,
    port: int,
) -> None:
    """What one group opens counts only where the other did not have it open."""
    before, after = _world(OPEN, OPEN, old), _world(OPEN, OPEN, new)
    found = difference(before, after)
    for protocol in ("6", "17", "50"):
        packet = (egress, protocol, peer, port)
        was = reference.groups_allow(before, ("sg-1", "sg-2"), packet)
        now = reference.groups_allow(after, ("sg-1", "sg-2"), packet)
        assert _says(found.opened, "subnet-2", packet) == int(now and not was)
        assert _says(found.closed, "subnet-2", packet) == int(was and not now)


@checked
@given(strategies.acls(), strategies.entries())
def test_adding_an_allow_never_closes_and_adding_a_deny_never_opens(acl: NetworkAcl, entry: AclEntry) -> None:
    """Wherever in the order it stands."""
    taken = {(one.egress, one.rule_number) for one in acl.entries}
    number = next(n for n in range(entry.rule_number, 32767) if (entry.egress, n) not in taken)
    more = replace(acl, entries=(*acl.entries, replace(entry, rule_number=number)))
    found = difference(_world(acl, OPEN), _world(more, OPEN))
    assert (found.closed if entry.action == "allow" else found.opened) == ()


@checked
@given(strategies.acls(), strategies.acls())
def test_the_way_back_is_the_way_there_reversed(old: NetworkAcl, new: NetworkAcl) -> None:
    """What opens one way closes the other way, and a world does not differ from itself."""
    there = difference(_world(old, OPEN), _world(new, OPEN))
    back = difference(_world(new, OPEN), _world(old, OPEN))
    assert (there.opened, there.closed) == (back.closed, back.opened)
    assert not difference(_world(old, OPEN), _world(old, OPEN))
