"""The smallest world in which a plan has two steps: one load balancer, three subnets, one target; or two balancers."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

from pathmend.snapshot.balancing import TargetHealth
from pathmend.snapshot.resources import Gateway, RouteTableAssociation
from tests.builders import (
    EVERYWHERE,
    LISTENER_ARN,
    LOAD_BALANCER_ARN,
    TARGET_GROUP_ARN,
    a_group,
    a_group_rule,
    a_listener,
    a_load_balancer,
    a_route,
    a_route_table,
    a_subnet,
    a_target_group,
    a_vpc,
    a_world,
    allow_tcp,
    an_acl,
    an_instance,
    an_interface,
    an_open_acl,
    with_association,
    with_entry,
)

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot

ACL, ALB_SUBNETS = "acl-alb", ("subnet-alb-a", "subnet-alb-b")
REPLIES = 1100
"""The number of the ACL's rule that lets the target's replies in."""

SECOND_BALANCER_ARN = LOAD_BALANCER_ARN.replace("WebApp-ALB", "Second-ALB")
SECOND_LISTENER_ARN = LISTENER_ARN.replace("WebApp-ALB", "Second-ALB")
SECOND_GROUP_ARN = TARGET_GROUP_ARN.replace("WebApp-TG", "Second-TG")


def a_small_world() -> Snapshot:
    """Return the healthy world."""
    return a_world(
        a_vpc(),
        Gateway("igw-small", ("vpc-workshop",)),
        *_subnets(),
        *_tables(),
        *_filters(),
        *_ends(),
        a_load_balancer(subnet_ids=ALB_SUBNETS),
        a_listener(),
        a_target_group(targets=(TargetHealth("i-app-a", 80, "healthy"),)),
    )


def with_second_balancer(world: Snapshot) -> Snapshot:
    """Return the world with another load balancer in the same subnets, with a target of its own."""
    target = an_interface("10.0.12.10", id="eni-app-b", subnet_id="subnet-app-b", group_ids=("sg-app",))
    for kind, resource in (
        ("subnets", _subnet("app", "b", "10.0.12.0/24")),
        ("interfaces", replace(target, instance_id="i-app-b")),
        ("instances", an_instance(id="i-app-b", subnet_id="subnet-app-b", interface_ids=("eni-app-b",))),
        ("load_balancers", a_load_balancer(arn=SECOND_BALANCER_ARN, name="Second-ALB", subnet_ids=ALB_SUBNETS)),
        ("listeners", _second_listener()),
        ("target_groups", _second_group()),
        *(("interfaces", _node(zone, "Second-ALB", last=20)) for zone in "ab"),
    ):
        world = world.having(kind, resource)
    guarded = replace(world.network_acls["acl-app"], subnet_ids=("subnet-app-a", "subnet-app-b"))
    world = world.having("network_acls", guarded)
    return with_entry(world, ACL, allow_tcp(REPLIES + 100, "10.0.12.0/24", (1024, 65535)))


def narrow_replies(world: Snapshot, *, number: int = REPLIES, cidr: str = "10.0.11.0/24") -> Snapshot:
    """Return the world whose ACL drops the target's replies to the lower half of the ports."""
    return with_entry(world, ACL, allow_tcp(number, cidr, (32768, 65535)))


def wrong_table(world: Snapshot) -> Snapshot:
    """Return the world with the load balancer's subnet b on a table without a way to the internet."""
    return with_association(world, "subnet-alb-b", "rtb-app")


def both_faults(world: Snapshot) -> Snapshot:
    """Return the world with both: the plan has two steps, of two kinds."""
    return wrong_table(narrow_replies(world))


def with_health(world: Snapshot, state: str, *, arn: str = TARGET_GROUP_ARN) -> Snapshot:
    """Return the world whose targets have this health."""
    group = world.target_groups[arn]
    reason = None if state == "healthy" else "Target.Timeout"
    targets = tuple(replace(one, state=state, reason=reason) for one in group.targets)
    return world.having("target_groups", replace(group, targets=targets))


def plain(world: Snapshot) -> Snapshot:
    """Return the world without what AWS makes up anew each time, the ids of associations, and in one order."""
    tables = {}
    for key, table in sorted(world.route_tables.items()):
        links = sorted((replace(link, id="") for link in table.associations), key=repr)
        tables[key] = replace(table, associations=tuple(links))
    return replace(world, route_tables=tables)


def _subnet(tier: str, zone: str, cidr: str) -> Any:
    tags = (("Tier", tier),)
    where = f"us-east-1{zone}"
    return a_subnet(id=f"subnet-{tier}-{zone}", availability_zone=where, cidrs=(ip_network(cidr),), tags=tags)


def _subnets() -> tuple[Any, ...]:
    return (
        _subnet("alb", "a", "10.0.1.0/24"),
        _subnet("alb", "b", "10.0.2.0/24"),
        _subnet("app", "a", "10.0.11.0/24"),
    )


def _tables() -> tuple[Any, ...]:
    links = tuple(RouteTableAssociation(f"rtbassoc-{one}", one) for one in ALB_SUBNETS)
    app = (RouteTableAssociation("rtbassoc-app", "subnet-app-a"),)
    main = (RouteTableAssociation("rtbassoc-main", main=True),)
    return (
        a_route_table(a_route(EVERYWHERE, "igw-small"), id="rtb-public", associations=links),
        a_route_table(id="rtb-app", associations=app),
        a_route_table(id="rtb-main", associations=main),
    )


def _filters() -> tuple[Any, ...]:
    ephemeral = (1024, 65535)
    entries = (
        allow_tcp(100, EVERYWHERE, (80, 80)),
        allow_tcp(REPLIES, "10.0.11.0/24", ephemeral),
        allow_tcp(100, "10.0.0.0/16", (80, 80), egress=True),
        allow_tcp(200, EVERYWHERE, ephemeral, egress=True),
    )
    out = a_group_rule(EVERYWHERE, egress=True)
    return (
        an_acl(*entries, id=ACL, subnet_ids=ALB_SUBNETS),
        an_open_acl(id="acl-app", subnet_ids=("subnet-app-a",)),
        an_open_acl(id="acl-default", default=True),
        a_group(a_group_rule(EVERYWHERE, (80, 80)), out, id="sg-alb", name="alb"),
        a_group(a_group_rule("sg-alb", (80, 80)), out, id="sg-app", name="app"),
    )


def _ends() -> tuple[Any, ...]:
    target = an_interface("10.0.11.10", id="eni-app-a", subnet_id="subnet-app-a", group_ids=("sg-app",))
    return (
        *(_node(zone, "WebApp-ALB", last=10) for zone in "ab"),
        replace(target, instance_id="i-app-a"),
        an_instance(),
    )


def _node(zone: str, name: str, *, last: int) -> Any:
    index = 1 + "ab".index(zone)
    return an_interface(
        f"10.0.{index}.{last}",
        id=f"eni-{name}-{zone}",
        subnet_id=f"subnet-alb-{zone}",
        group_ids=("sg-alb",),
        description=f"ELB app/{name}/50dc6c495c0c9188",
        public_ips=(ip_address(f"203.0.113.{last + index}"),),
    )


def _second_listener() -> Any:
    return a_listener(
        arn=SECOND_LISTENER_ARN, load_balancer_arn=SECOND_BALANCER_ARN, target_group_arns=(SECOND_GROUP_ARN,)
    )


def _second_group() -> Any:
    return a_target_group(
        arn=SECOND_GROUP_ARN,
        name="Second-TG",
        load_balancer_arns=(SECOND_BALANCER_ARN,),
        targets=(TargetHealth("i-app-b", 80, "healthy"),),
    )
