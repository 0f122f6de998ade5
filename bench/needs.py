"""What targets need, timed: the diagnosis of dependencies for 10 and 100 targets in three subnets."""

from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import ip_address
from typing import TYPE_CHECKING

from bench.measure import CPU, Row, timed
from pathmend.diagnosis.dependencies import dependencies
from pathmend.diagnosis.diagnose import diagnose
from pathmend.plans.make import make_plan
from pathmend.snapshot.identity import InstanceProfile, Organization, Policy, Principal, ResourcePolicy
from tests import builders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pathmend.snapshot.world import Snapshot

GROUP = "dependencies"
SIZES = (10, 100)
RUNS = 10
_ACCOUNT = "123456789012"
_ROLE, _PROFILE = (f"arn:aws:iam::{_ACCOUNT}:{kind}/web" for kind in ("role", "instance-profile"))
_TABLE = f"arn:aws:dynamodb:us-east-1:{_ACCOUNT}:table/items"
_NEEDS = "http://1.1.1.1 imds dns"


def rows() -> Iterator[Row]:
    """Measure the dependencies alone, a whole diagnosis and its plan."""
    worlds: dict[str, Callable[[Snapshot], Snapshot]] = {"healthy": lambda world: world, "fault 4": builders.fault_4}
    for size in SIZES:
        for name, fault in worlds.items():
            world = fault(_world(size))
            found = dependencies(world, builders.LOAD_BALANCER_ARN)
            assert bool(found.findings) == (name != "healthy")
            needs = sum(len(one) for one in found.needs.values())
            told = f"{size} targets, {name}"
            yield _row(f"dependencies of {told}", world, _needs, f"{needs} needs of {len(found.needs)} kinds of target")
            yield _row(f"whole diagnosis of {told}", world, _diagnosis)
        yield _row(f"diagnosis and plan of {size} targets, fault 4", builders.fault_4(_world(size)), _plan)


def _row(what: str, world: Snapshot, action: Callable[[Snapshot], object], told: str = "") -> Row:
    # A copy knows no index yet: what a triage pays once.
    timing = timed(lambda: action(replace(world)), runs=RUNS)
    return Row(GROUP, what, timing.median_ms, CPU, "; ".join(word for word in (told, timing.spread) if word))


def _needs(world: Snapshot) -> object:
    return dependencies(world, builders.LOAD_BALANCER_ARN)


def _diagnosis(world: Snapshot) -> object:
    return diagnose(world, builders.LOAD_BALANCER_ARN)


def _plan(world: Snapshot) -> object:
    return make_plan(diagnose(world, builders.LOAD_BALANCER_ARN), world)


def _world(targets: int) -> Snapshot:
    """Return the workshop with so many targets, a role that names a table by its endpoint, and declared needs."""
    world = builders.a_workshop()
    everything = json.dumps(_document({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}))
    for endpoint in tuple(world.vpc_endpoints.values()):
        world = world.having("vpc_endpoints", replace(endpoint, policy=everything))
    for resource in (
        ("principals", Principal(_ROLE, "role", (Policy("data", json.dumps(_document(_reads()))),), unique_id="AROA1")),
        ("instance_profiles", InstanceProfile(_PROFILE, "web", (_ROLE,))),
        ("resource_policies", ResourcePolicy(_TABLE)),
        ("organizations", Organization(_ACCOUNT)),
    ):
        world = world.having(*resource)
    return _with_targets(world, targets)


def _with_targets(world: Snapshot, targets: int) -> Snapshot:
    instances, interfaces = dict(world.instances), dict(world.interfaces)
    group = world.target_groups[builders.TARGET_GROUP_ARN]
    health = []
    for number in range(targets):
        zone = builders.ZONES[number % len(builders.ZONES)]
        model, own = instances[f"i-app-{zone}"], f"i-{number}"
        tags = (("pathmend:depends-on", _NEEDS),)
        instances[own] = replace(model, id=own, interface_ids=(f"eni-{number}",), tags=tags, profile_arn=_PROFILE)
        known = interfaces[f"eni-app-{zone}"]
        address = ip_address(int(known.private_ips[0]) + 20 + number // len(builders.ZONES))
        interfaces[f"eni-{number}"] = replace(known, id=f"eni-{number}", instance_id=own, private_ips=(address,))
        health.append(replace(group.targets[0], target_id=own))
    grown = {**world.target_groups, group.arn: replace(group, targets=tuple(health))}
    return replace(world, instances=instances, interfaces=interfaces, target_groups=grown)


def _document(statement: object) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": [statement]}


def _reads() -> dict[str, object]:
    by_endpoint = {"StringEquals": {"aws:sourceVpce": "vpce-dynamodb"}}
    return {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": _TABLE, "Condition": by_endpoint}
