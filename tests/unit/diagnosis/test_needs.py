"""How needs are known: tags and their words, role policies that name resources, targets that are alike."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from pathmend.diagnosis.actions import actions_on, service_of
from pathmend.diagnosis.dependencies import dependencies
from pathmend.diagnosis.dependency import AwsNeed, HostNeed, HostService, OwnHostNeed, Strength
from pathmend.diagnosis.dependents import dependents_of
from tests.builders import LOAD_BALANCER_ARN, TARGET_GROUP_ARN, ZONES, a_workshop
from tests.unit.diagnosis.needs import (
    ACCOUNT,
    KEY,
    PARAMETER,
    TABLE,
    a_needy_workshop,
    needy,
    statement,
    with_instances,
    with_role,
    with_tag,
)
from tests.unit.diagnosis.worlds import with_group

ANYWHERE = "arn:*:dynamodb:*:*:table/Recommendations"


def needs_of(world):
    """Return the needs of the first kind of target, by their words."""
    found = dependencies(world, LOAD_BALANCER_ARN).needs
    return {one.need: one.strength for one in next(iter(found.values()))}


@pytest.mark.parametrize(
    ("word", "need"),
    [
        ("http://1.1.1.1", HostNeed("http", "1.1.1.1", 80, ip_address("1.1.1.1"))),
        (
            "https://api.example.com=203.0.113.9/v1/x",
            HostNeed("https", "api.example.com", 443, ip_address("203.0.113.9")),
        ),
        ("tcp://db=10.0.31.5:3306", HostNeed("tcp", "db", 3306, ip_address("10.0.31.5"))),
        ("udp://10.0.31.5:514", HostNeed("udp", "10.0.31.5", 514, ip_address("10.0.31.5"))),
        ("http://api.example.com:8080", HostNeed("http", "api.example.com", 8080, None)),
        ("imds", OwnHostNeed(HostService.METADATA)),
        ("imds:container", OwnHostNeed(HostService.METADATA_FROM_CONTAINER)),
        ("dns", OwnHostNeed(HostService.NAMES)),
        (KEY, AwsNeed("s3:GetObject", KEY)),
        ("arn:aws:s3:::webapp", AwsNeed("s3:ListBucket", "arn:aws:s3:::webapp")),
        (PARAMETER, AwsNeed("ssm:GetParameter", PARAMETER)),
        (f"{TABLE}/index/by-name", AwsNeed("dynamodb:Query", f"{TABLE}/index/by-name")),
    ],
)
def test_a_tag_declares_a_need(word, need):
    """Each form of a word means one need."""
    assert needs_of(with_tag(a_workshop(), word)) == {need: Strength.DECLARED}


@pytest.mark.parametrize(
    "word",
    [
        "foo",
        "tcp://db.example.com",
        "http://x:0",
        "http://x:70000",
        "http://1.2.3.999",
        "http://x=1.2.3.999",
        "arn:aws:s3",
        "arn:aws:s3:::webapp/*",
        "arn:aws:dynamodb:us-east-1:123456789012:table/${name}",
    ],
)
def test_a_word_that_says_nothing_is_named(word):
    """A mistake in a tag is told, and nothing is guessed from it."""
    world = with_tag(a_workshop(), word)
    assert needs_of(world) == {}
    (unknown,) = needy(world).dependencies_unknown
    assert f"names {word}," in unknown
    assert TARGET_GROUP_ARN in unknown


@pytest.mark.parametrize("kind", ["instances", "target_groups", "load_balancers"])
def test_tags_of_instances_groups_and_load_balancers_count(kind):
    """Where the need is best said differs from team to team; a second tag goes on with the first."""
    tags = (("pathmend:depends-on", "dns"), ("pathmend:depends-on:2", "imds"), ("pathmend:depends-onx", "foo"))
    world = a_workshop()
    for one in tuple(getattr(world, kind).values()):
        world = world.having(kind, replace(one, tags=tags))
    assert set(needs_of(world)) == {OwnHostNeed(HostService.NAMES), OwnHostNeed(HostService.METADATA)}


def test_a_declared_resource_means_the_actions_that_the_role_names_for_it():
    """The tag says what, the role says how; what is declared is more than what is inferred."""
    world = with_role(with_tag(a_workshop(), TABLE), statement(["dynamodb:PutItem", "dynamodb:Query"], TABLE))
    assert needs_of(world) == {
        AwsNeed("dynamodb:Query", TABLE): Strength.DECLARED,
        AwsNeed("dynamodb:PutItem", TABLE): Strength.DECLARED,
    }


@pytest.mark.parametrize(
    ("allowed", "needs"),
    [
        (statement("dynamodb:GETITEM", TABLE), [AwsNeed("dynamodb:GetItem", TABLE)]),
        (statement("dynamodb:*", TABLE), [AwsNeed("dynamodb:GetItem", TABLE)]),
        (statement("dynamodb:Put*", TABLE), []),
        (
            statement("dynamodb:GetItem", "arn:*:dynamodb:*:*:table/Recommendations"),
            [AwsNeed("dynamodb:GetItem", TABLE)],
        ),
        (statement("dynamodb:GetItem", TABLE.replace(ACCOUNT, "12*")), []),
        (statement("dynamodb:GetItem", TABLE + "*"), []),
        (statement("s3:GetObject", "arn:aws:s3:::${aws:username}/x"), []),
        (statement("s3:GetObject", ["arn:aws:s3:::webapp", KEY]), [AwsNeed("s3:GetObject", KEY)]),
        (statement("s3:GetObject", "*"), []),
        (statement("s3:GetObject", KEY, Effect="Deny"), []),
        ({"Effect": "Allow", "NotAction": "s3:PutObject", "Resource": KEY}, []),
        ({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": KEY}, []),
    ],
)
def test_only_what_a_role_names_is_inferred(allowed, needs):
    """Concrete resources with actions that they know; a wildcard says what may be asked, and not what is."""
    assert list(needs_of(with_role(a_workshop(), allowed))) == needs


def test_resources_of_services_that_are_not_known_have_no_actions():
    """Nothing is inferred about them."""
    assert actions_on(f"arn:aws:batch:us-east-1:{ACCOUNT}:job-queue/q") == ()


def test_endpoints_call_some_services_by_another_name():
    """As in com.amazonaws.us-east-1.kinesis-streams."""
    assert [service_of(one) for one in ("kinesis:PutRecord", "s3:GetObject")] == ["kinesis-streams", "s3"]


def test_targets_that_are_alike_are_judged_once():
    """The same subnet, groups, role and tags: one of them stands for all."""
    world = a_needy_workshop()
    for n in range(2, 20):
        interface = replace(world.interfaces["eni-app-a"], id=f"eni-{n}", instance_id=f"i-{n}")
        address = ip_address(f"10.0.11.{10 + n}")
        world = world.having("interfaces", replace(interface, private_ips=(address,)))
        world = world.having("instances", replace(world.instances["i-app-a"], id=f"i-{n}", interface_ids=(f"eni-{n}",)))
    group = world.target_groups[TARGET_GROUP_ARN]
    more = tuple(replace(group.targets[0], target_id=f"i-{n}") for n in range(2, 20))
    found = dependents_of(with_group(world, targets=(*group.targets, *more)), LOAD_BALANCER_ARN)
    assert [len(one.instances) for one in found] == [19, 1, 1]


def test_targets_by_address_are_the_instances_behind_it():
    """A target group of addresses has instances too; what is none of them needs nothing that is known."""
    world = with_group(a_needy_workshop(), kind="ip")
    targets = world.target_groups[TARGET_GROUP_ARN].targets
    named = (replace(targets[0], target_id="10.0.11.10"), replace(targets[1], target_id="192.0.2.1"))
    assert [one.ids for one in dependents_of(with_group(world, targets=named), LOAD_BALANCER_ARN)] == [("i-app-a",)]
    assert dependents_of(with_group(world, kind="lambda"), LOAD_BALANCER_ARN) == ()


def test_stopped_and_unread_targets_need_nothing():
    """What does not run calls nobody, and of what was not read nothing is said."""
    world = a_needy_workshop()
    assert dependents_of(with_instances(world, state="stopped"), LOAD_BALANCER_ARN) == ()
    assert dependents_of(replace(world, subnets={}), LOAD_BALANCER_ARN) == ()
    assert dependents_of(replace(world, interfaces={}), LOAD_BALANCER_ARN) == ()
    assert len(dependents_of(world, LOAD_BALANCER_ARN)) == len(ZONES)
