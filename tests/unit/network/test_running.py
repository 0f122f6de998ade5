"""An instance that does not run takes no part in a connection."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pathmend.network.flow import Verdict
from pathmend.network.load_balancer import target_flows
from tests.builders import LOAD_BALANCER_ARN, a_group, a_group_rule, a_workshop
from tests.unit.network.asking import ask, codes

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot


def _in_state(state: str) -> Snapshot:
    """Return the workshop whose instance a is in that state, and whose application lets itself in."""
    itself = (
        a_group_rule("sg-app", (80, 80)),
        a_group_rule("sg-alb", (80, 80)),
        a_group_rule("0.0.0.0/0", egress=True),
    )
    world = a_workshop().having("security_groups", a_group(*itself, id="sg-app"))
    return world.having("instances", replace(world.instances["i-app-a"], state=state))


@pytest.mark.parametrize("state", ["stopping", "stopped", "shutting-down", "terminated"])
def test_an_instance_that_does_not_run_is_a_blocker_at_either_end(state: str) -> None:
    """With its state as the rule, whatever the network lets pass."""
    for ends in (("eni-app-a", "eni-app-b"), ("eni-app-b", "eni-app-a"), ("eni-app-a", "169.254.169.254")):
        found = ask(_in_state(state), *ends)
        assert codes(found) == [("INSTANCE_NOT_RUNNING", "forward", "i-app-a", state)]
        assert (found.verdict, found.blockers[0].interface_id) == (Verdict.BLOCKED, "eni-app-a")


def test_an_instance_that_is_starting_is_unknown() -> None:
    """It may answer, or not yet."""
    found = ask(_in_state("pending"), "eni-app-b", "eni-app-a")
    why = "whether i-app-a, which is pending, takes part yet is not in the snapshot"
    assert (found.verdict, found.unknown) == (Verdict.UNKNOWN, (why,))
    assert ask(_in_state("running"), "eni-app-b", "eni-app-a").verdict is Verdict.OPEN


def test_a_stopped_target_is_odd_and_no_blocker_of_its_load_balancers_paths() -> None:
    """Its health says that already: a repair of the network is not judged by it."""
    world = _in_state("stopped")
    flows = target_flows(world, world.load_balancers[LOAD_BALANCER_ARN])
    assert {one.trace.verdict for one in flows} == {Verdict.OPEN}
    odd = {
        one.target.target_id for one in flows for latent in one.trace.latent if one.target and latent.rule == "stopped"
    }
    assert odd == {"i-app-a"}
