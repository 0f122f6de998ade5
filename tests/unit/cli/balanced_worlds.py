"""Worlds with load balancers of other kinds than the workshop's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.builders import (
    LISTENER_ARN,
    LOAD_BALANCER_ARN,
    TARGET_GROUP_ARN,
    a_listener,
    a_load_balancer,
    a_target_group,
    a_workshop,
)

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot

NLB_ARN = LOAD_BALANCER_ARN.replace("app/WebApp-ALB", "net/nlb")
NLB_LISTENER_ARN = LISTENER_ARN.replace("app/WebApp-ALB", "net/nlb")
FUNCTION_ARN = TARGET_GROUP_ARN.replace("WebApp-TG", "WebApp-Fn")
CROSS, KEEP = "load_balancing.cross_zone.enabled", "preserve_client_ip.enabled"


def a_network_balancer(attributes: dict[str, str] | None = None, **group: Any) -> Snapshot:
    """Return the workshop whose load balancer is a Network Load Balancer "nlb" to TCP port 80 of the instances.

    `attributes` are those of the target group; `group` overrides its fields, `scheme` the load balancer's.
    """
    world = a_workshop()
    balancer = a_load_balancer(arn=NLB_ARN, kind="network", name="nlb", scheme=group.pop("scheme", "internet-facing"))
    listener = a_listener(arn=NLB_LISTENER_ARN, load_balancer_arn=NLB_ARN, protocol="TCP")
    targets = a_target_group(**{"protocol": "TCP", "load_balancer_arns": (NLB_ARN,), **group})
    world = replace(world, load_balancers={NLB_ARN: balancer}, listeners={NLB_LISTENER_ARN: listener})
    for zone in "abc":
        node = replace(world.interfaces[f"eni-alb-{zone}"], description="ELB net/nlb/50dc6c495c0c9188")
        if balancer.scheme == "internal":
            node = replace(node, public_ips=())
        world = world.having("interfaces", node)
    known = tuple(sorted((attributes or {}).items()))
    world = replace(world, attributes={NLB_ARN: ((CROSS, "true"),), TARGET_GROUP_ARN: known})
    return world.having("target_groups", targets)


def with_a_function(world: Snapshot) -> Snapshot:
    """Return the world in which a second listener, on port 8080, forwards to a Lambda function."""
    function = a_target_group(arn=FUNCTION_ARN, name="WebApp-Fn", kind="lambda", targets=(), vpc_id=None)
    listener = a_listener(arn=f"{LISTENER_ARN}2", port=8080, target_group_arns=(FUNCTION_ARN,))
    return world.having("target_groups", function).having("listeners", listener)
