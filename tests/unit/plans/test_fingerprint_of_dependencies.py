"""An approval about what targets need is bound to the state that it was given for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pathmend.plans.fingerprint import fingerprint
from pathmend.snapshot.firewall import SuricataText
from pathmend.snapshot.identity import Policy, Principal
from pathmend.snapshot.resources import MetadataOptions
from tests.builders import VPC_ID, a_group_rule, a_route, with_routes
from tests.unit.changes.cases import CASES
from tests.unit.changes.faults import GROUP_ARN, PROFILE_ARN, furnished

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot

CHANGES = tuple(case.change for case in CASES)
ROLE = "arn:aws:iam::123456789012:role/web"


def a_world_with_a_role(document: str = "{}") -> Snapshot:
    """Return a world in which the role of the instance profile was read."""
    world = furnished()
    profile = replace(world.instance_profiles[PROFILE_ARN], role_arns=(ROLE,))
    world = world.having("instance_profiles", profile)
    return world.having("principals", Principal(ROLE, "role", (Policy("inline", document),)))


def changed(kind: str, key: str, **fields: Any) -> Snapshot:
    """Return the world with other fields in one resource."""
    world = a_world_with_a_role()
    return world.having(kind, replace(getattr(world, kind)[key], **fields))


@pytest.mark.parametrize(
    "drifted",
    [
        changed("vpc_endpoints", "vpce-s3", policy="{}"),
        changed("vpc_endpoints", "vpce-dynamodb", route_table_ids=()),
        with_routes(a_world_with_a_role(), "rtb-app-b", a_route("192.0.2.0/24", "tgw-1")),
        changed("rule_groups", GROUP_ARN, record='{"RulesSource": {}}', source=SuricataText("")),
        changed("instances", "i-app-b", profile_arn="another"),
        changed("instances", "i-app-b", metadata=MetadataOptions(tokens_required=False)),
        changed("vpcs", VPC_ID, dns_hostnames=False),
        changed("security_groups", "sg-app", rules=(a_group_rule("sg-alb"),)),
        a_world_with_a_role('{"Statement": []}'),
    ],
)
def test_a_drift_of_what_is_approved_changes_it(drifted: Snapshot) -> None:
    """Policies, routes, rules, options, and what a role may do that an instance is given."""
    assert fingerprint(CHANGES, drifted) != fingerprint(CHANGES, a_world_with_a_role())


@pytest.mark.parametrize(
    "same",
    [
        changed("rule_groups", GROUP_ARN, update_token="t-2"),
        changed("instances", "i-app-b", profile_association_id="iip-assoc-new"),
        changed(
            "security_groups",
            "sg-app",
            rules=tuple(
                replace(rule, id=f"sgr-{n}")
                for n, rule in enumerate(reversed(furnished().security_groups["sg-app"].rules))
            ),
        ),
    ],
)
def test_what_aws_makes_up_anew_changes_nothing(same: Snapshot) -> None:
    """Tokens and ids of associations and rules."""
    assert fingerprint(CHANGES, same) == fingerprint(CHANGES, a_world_with_a_role())
