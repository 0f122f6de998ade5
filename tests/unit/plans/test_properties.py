"""Whatever a network ACL holds, a plan for it clears, breaks nothing and opens no more than the need."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from pathmend.diagnosis.diagnose import diagnose
from pathmend.plans.make import make_plan
from pathmend.plans.plan import Plan
from tests.builders import LOAD_BALANCER_ARN, a_workshop, allow_tcp, an_acl_entry, an_interface
from tests.unit.diagnosis.worlds import with_entries

if TYPE_CHECKING:
    from pathmend.snapshot.resources import AclEntry

KEPT = (
    allow_tcp(100, "0.0.0.0/0", (80, 80)),
    allow_tcp(100, "10.0.0.0/16", (80, 80), egress=True),
    allow_tcp(200, "0.0.0.0/0", (1024, 65535), egress=True),
)
EDGES = (0, 80, 1024, 2048, 32767, 32768, 65535)
BLOCKS = (
    "10.0.0.0/16",
    "10.0.11.0/24",
    "10.0.12.0/24",
    "10.0.12.0/23",
    "10.0.13.0/24",
    "10.0.11.10/32",
    "192.0.2.0/24",
)


@st.composite
def reply_entries(draw: st.DrawFn) -> AclEntry:
    """Draw an ingress entry around what replies from targets need."""
    first, last = sorted(draw(st.tuples(st.sampled_from(EDGES), st.sampled_from(EDGES))))
    number, cidr = draw(st.integers(1, 40)) * 30 + 1, draw(st.sampled_from(BLOCKS))
    action = draw(st.sampled_from(["allow", "allow", "deny"]))
    protocol = draw(st.sampled_from(["6", "6", "17", "-1"]))
    return an_acl_entry(
        number, cidr, action=action, protocol=protocol, ports=None if protocol == "-1" else (first, last)
    )


ENTRIES = st.lists(reply_entries(), max_size=6, unique_by=lambda entry: entry.rule_number)


@settings(deadline=None, max_examples=30)
@given(ENTRIES, st.booleans())
def test_a_plan_clears_its_findings_and_opens_nothing_for_others(entries: list[AclEntry], neighbour: bool) -> None:  # noqa: FBT001 - drawn
    """It leaves no finding that it claims, brings none, fits the quota, and opens beyond the need only by a deny."""
    world = with_entries(a_workshop(), "acl-alb", *KEPT, *entries)
    if neighbour:
        world = world.having("interfaces", an_interface("10.0.2.77", id="eni-neighbour", subnet_id="subnet-alb-b"))
    found = diagnose(world, LOAD_BALANCER_ARN)
    plan = make_plan(found, world)
    if not isinstance(plan, Plan):
        return
    after = world
    for step in plan.steps:
        assert step.requests == step.change.requests(after)
        after = step.change.after(after)
    present = {(f.code, f.resource, f.cause) for f in found.findings}
    left = diagnose(after, LOAD_BALANCER_ARN).findings
    assert {(f.code, f.resource, f.cause) for f in left} < present
    assert len(left) == len(plan.leaves) + len(plan.deferred) == len(found.findings) - len(plan.repairs)
    assert all(sum(e.egress == way for e in after.network_acls["acl-alb"].entries) <= 20 for way in (True, False))
    assert not (neighbour and plan.effect.closed)
    undone = after
    for step in reversed(plan.steps):
        undone = step.undo.after(undone)
    assert undone == world
    deletes = any(step.requests[0].operation == "DeleteNetworkAclEntry" for step in plan.steps)
    assert deletes or plan.beyond == ()
    inside = ip_network("10.0.0.0/16")
    assert deletes or all(reach.peer.subnet_of(inside) for reach in plan.effect.opened)  # type: ignore[arg-type]
