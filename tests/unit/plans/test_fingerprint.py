"""A fingerprint is the same for the same world however it was read, and another for any drift of what is touched."""

from __future__ import annotations

import random
from dataclasses import fields, replace
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pathmend.changes.associate_route_table import AssociateRouteTable
from pathmend.changes.modify_matcher import ModifyMatcher
from pathmend.changes.set_acl_entry import SetAclEntry
from pathmend.plans.fingerprint import fingerprint, resources_of
from pathmend.snapshot.balancing import TargetGroup
from pathmend.snapshot.parse import parse
from pathmend.snapshot.resources import NetworkAcl, RouteTable, RouteTableAssociation, Subnet
from tests.builders import TARGET_GROUP_ARN, a_route, a_workshop, allow_tcp, with_association, with_entry
from tests.unit.diagnosis.worlds import with_check, with_group, with_health

if TYPE_CHECKING:
    from pathmend.changes.change import Change
    from pathmend.snapshot.world import Snapshot

ASSOCIATE = AssociateRouteTable("subnet-alb-b", "rtb-public")
MATCH = ModifyMatcher(TARGET_GROUP_ARN, "200,299")
ENTRY = SetAclEntry("acl-alb", egress=False, rule_number=1100, entry=allow_tcp(1100, "10.0.11.0/24", (1024, 65535)))
ALL: tuple[Change, ...] = (ASSOCIATE, MATCH, ENTRY)

TAGS = [{"Key": key, "Value": "x"} for key in ("Name", "Tier", "Team")]
ANSWERS: dict[str, list[Any]] = {
    "Subnets": [
        {"SubnetId": f"subnet-alb-{zone}", "VpcId": "vpc-1", "CidrBlock": f"10.0.{n}.0/24", "Tags": TAGS}
        for n, zone in enumerate("abc")
    ],
    "RouteTables": [
        {
            "RouteTableId": "rtb-public",
            "VpcId": "vpc-1",
            "Routes": [
                {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"},
                {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"},
                {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1"},
            ],
            "Associations": [{"RouteTableAssociationId": f"a-{z}", "SubnetId": f"subnet-alb-{z}"} for z in "ac"],
            "Tags": TAGS,
        }
    ],
    "NetworkAcls": [
        {
            "NetworkAclId": "acl-alb",
            "VpcId": "vpc-1",
            "Associations": [{"SubnetId": f"subnet-alb-{zone}"} for zone in "abc"],
            "Entries": [
                {"RuleNumber": n, "Egress": out, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": "10.0.0.0/16"}
                for n in (100, 1100, 1200)
                for out in (True, False)
            ],
            "Tags": TAGS,
        }
    ],
    "TargetGroups": [
        {
            "TargetGroupArn": TARGET_GROUP_ARN,
            "TargetGroupName": "WebApp-TG",
            "Protocol": "HTTP",
            "Port": 80,
            "Matcher": {"HttpCode": "200"},
            "LoadBalancerArns": ["arn:2", "arn:1"],
        }
    ],
    "TagDescriptions": [{"ResourceArn": TARGET_GROUP_ARN, "Tags": TAGS}],
}


def shuffled(value: Any, chance: random.Random) -> Any:
    """Return the answers with every list in them in another order."""
    if isinstance(value, dict):
        keys = chance.sample(list(value), len(value))
        return {key: shuffled(value[key], chance) for key in keys}
    if isinstance(value, list):
        return [shuffled(one, chance) for one in chance.sample(value, len(value))]
    return value


@settings(deadline=None)
@given(st.integers(0, 10_000))
def test_the_order_of_answers_does_not_matter(seed: int) -> None:
    """AWS promises no order of resources, routes, entries, tags or subnets."""
    chance = random.Random(seed)  # noqa: S311 - an order, not a secret
    assert fingerprint(ALL, parse(shuffled(ANSWERS, chance))) == fingerprint(ALL, parse(ANSWERS))


def test_it_is_a_digest_of_64_hex_digits() -> None:
    """It stands in links, logs and a table."""
    digest = fingerprint(ALL, a_workshop())
    assert len(digest) == 64
    assert int(digest, 16)


def test_other_changes_on_the_same_state_have_another_fingerprint() -> None:
    """An approval is for these changes, in this order."""
    world = a_workshop()
    other = (replace(ASSOCIATE, route_table_id="rtb-app-a"), MATCH, ENTRY)
    digests = {fingerprint(one, world) for one in (ALL, ALL[::-1], ALL[:2], other, ())}
    assert len(digests) == 5


OTHER: dict[str, Any] = {
    "id": "another",
    "arn": "another",
    "name": "another",
    "vpc_id": "vpc-2",
    "availability_zone": "us-east-1f",
    "cidrs": (ip_network("10.0.99.0/24"),),
    "routes": (a_route("0.0.0.0/0", "igw-other"),),
    "default": True,
    "entries": (),
    "subnet_ids": ("subnet-db-a",),
    "kind": "ip",
    "protocol": "HTTPS",
    "port": 8080,
    "load_balancer_arns": (),
    "tags": (("pathmend:mode", "report"),),
}
TOUCHED = [
    ("subnets", "subnet-alb-b", Subnet),
    ("route_tables", "rtb-public", RouteTable),
    ("network_acls", "acl-alb", NetworkAcl),
    ("target_groups", TARGET_GROUP_ARN, TargetGroup),
]
DRIFTS = [
    (kind, key, field.name)
    for kind, key, shape in TOUCHED
    for field in fields(shape)
    if field.name not in {"associations", "targets", "targets_read", "health_check", "free_addresses"}
]


@pytest.mark.parametrize(("kind", "key", "name"), DRIFTS)
def test_any_drift_of_what_is_touched_changes_it(kind: str, key: str, name: str) -> None:
    """Each field of the subnet, the table, the ACL and the target group."""
    world = a_workshop()
    held = getattr(world, kind)
    drifted = replace(world, **{kind: {**held, key: replace(held[key], **{name: OTHER[name]})}})
    assert fingerprint(ALL, drifted) != fingerprint(ALL, world)


@pytest.mark.parametrize(
    "drifted",
    [
        with_association(a_workshop(), "subnet-alb-b", "rtb-app-b"),
        with_association(a_workshop(), "subnet-alb-b", None),
        with_entry(a_workshop(), "acl-alb", allow_tcp(1100, "10.0.0.0/16", (32768, 65535))),
        with_check(a_workshop(), matcher="200-299"),
        with_check(a_workshop(), port="8080"),
        with_check(a_workshop(), timeout_seconds=4),
        replace(a_workshop(), target_groups={}),
        replace(a_workshop(), network_acls={}),
    ],
)
def test_the_slots_themselves_are_part_of_it(drifted: Snapshot) -> None:
    """What a change sets, and what is gone."""
    assert fingerprint(ALL, drifted) != fingerprint(ALL, a_workshop())


@pytest.mark.parametrize(
    "world",
    [
        with_health(a_workshop(), "Target.Timeout"),
        with_group(a_workshop(), targets=()),
        with_association(a_workshop(), "subnet-alb-a", "rtb-app-a"),
        with_association(a_workshop(), "subnet-shared-a", None),
        with_entry(a_workshop(), "acl-app", allow_tcp(7, "10.0.0.0/16", (7, 7))),
    ],
)
def test_what_lives_beside_it_does_not_change_it(world: Snapshot) -> None:
    """Target health moves every second, and other subnets and ACLs are other people's work."""
    assert fingerprint(ALL, world) == fingerprint(ALL, a_workshop())


def test_another_id_of_the_same_association_is_no_drift() -> None:
    """AWS makes up a new one each time an association is replaced."""
    world = a_workshop()
    table = world.route_tables["rtb-public"]
    links = tuple(RouteTableAssociation(f"new-{link.id}", link.subnet_id) for link in table.associations)
    renamed = world.having("route_tables", replace(table, associations=links))
    assert fingerprint(ALL, renamed) == fingerprint(ALL, world)


def test_resources_are_listed_once_in_the_order_of_the_changes() -> None:
    """The one that is changed first comes first, and what only an undo touches comes last."""
    again = AssociateRouteTable("subnet-alb-c", "rtb-public")
    world = with_association(a_workshop(), "subnet-alb-c", "rtb-app-c")
    assert resources_of((ASSOCIATE, again), world) == ("subnet-alb-b", "rtb-public", "subnet-alb-c", "rtb-app-c")
