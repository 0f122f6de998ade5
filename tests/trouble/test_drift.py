"""Drift between proposal and approval, at every resource of the plan of every workshop fault: never applied."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pathmend.incidents.apply import apply_plan
from pathmend.incidents.incident import State
from pathmend.incidents.journaling import known
from tests.builders import fault_1, fault_2, fault_3, fault_4, fault_6
from tests.trouble.injected import forked
from tests.unit.diagnosis.needs import (
    a_needy_workshop,
    fault_5,
    fault_7,
    fault_8,
)
from tests.unit.incidents.stories import approved, ports_over

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pathmend.incidents.incident import Incident
    from pathmend.snapshot.world import Snapshot
    from tests.fakes import FakePorts


FAULTS = (fault_1, fault_2, fault_3, fault_4, fault_5, fault_6, fault_7, fault_8)
KINDS = (
    *("vpcs", "subnets", "route_tables", "network_acls", "security_groups", "instances", "vpc_endpoints"),
    *("target_groups", "rule_groups", "firewall_policies", "firewalls", "instance_profiles", "principals"),
    *("gateways", "nat_gateways", "transit_gateways"),
)


def drifts(world: Snapshot, resource_id: str) -> Iterator[Snapshot]:
    """Yield worlds in which the resource is tagged otherwise, or is gone."""
    for kind in KINDS:
        held = getattr(world, kind)
        if resource_id in held:
            rest = {key: one for key, one in held.items() if key != resource_id}
            gone: dict[str, Any] = {kind: rest}
            yield replace(world, **gone)
            if hasattr(held[resource_id], "tags"):
                tagged = replace(held[resource_id], tags=(*held[resource_id].tags, ("pathmend:mode", "report")))
                yield world.having(kind, tagged)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_plan_whose_world_drifted_is_never_applied(fault: Callable[[Snapshot], Snapshot]) -> None:
    """Whichever of its resources it is: nothing is called, people are told why, and the yes is used up."""
    ports = ports_over(fault(a_needy_workshop()))
    incident = approved(ports)
    assert incident.plan
    resources = incident.plan.resources
    worlds = [drifted for one in resources for drifted in drifts(ports.world.snapshot, one)]
    assert len(worlds) >= len(resources), "a kind of resource is missing from the list"
    for drifted in worlds:
        _check(forked(ports), incident, drifted)


def _check(ports: FakePorts, incident: Incident, drifted: Snapshot) -> None:
    ports.world.snapshot = drifted
    result = apply_plan(incident.id, ports)
    assert result.outcome in {"stale", "another_round", "refused"}, result
    assert result.reason
    assert ports.executor.requests == []
    assert ports.world.snapshot is drifted
    after = known(ports, incident.id)
    if result.outcome == "another_round":
        assert (after.state, after.round, after.answer) == (State.OPEN, 2, None)
        assert after.superseded
        assert after.plan != incident.plan
    # Asked once more, with the answer of before, nothing is done either.
    apply_plan(incident.id, ports)
    assert ports.executor.requests == []
    assert ports.ledger.changes == []
