"""Every call to AWS of apply, roll back and close, failed after botocore's own retries: the world ends as it began."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from moto import mock_aws

from pathmend.aws.clients import Clients
from pathmend.bootstrap import LivePorts, Settings
from pathmend.changes.associate_route_table import AssociateRouteTable
from pathmend.changes.set_acl_entry import SetAclEntry
from pathmend.guardrails.decision import Decision, Mode
from pathmend.incidents.apply import apply_plan
from pathmend.incidents.incident import Answer, Channel, Incident, State, Trigger, Verdict
from pathmend.incidents.journaling import known
from pathmend.incidents.roll_back import roll_back
from pathmend.network.difference import Difference
from pathmend.plans.fingerprint import fingerprint, resources_of
from pathmend.plans.plan import Plan, Risk
from pathmend.plans.steps import apply, steps_of
from pathmend.snapshot.resources import AclEntry
from tests.contract.moto_world import make_world
from tests.fakes import FakeAnnouncer, FakeNotifier, FakeWorkflow, FixedClock
from tests.trouble.boto_trouble import CALL_TROUBLES, CallTrouble, Wire
from tests.trouble.extent import WHOLE
from tests.trouble.moto_store import TABLE, make_table
from tests.trouble.remediation import Execution
from tests.trouble.small_world import plain
from tests.unit.incidents.stories import ALARM_ARN, RULE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.changes.change import Change
    from pathmend.incidents.ports import Ports
    from pathmend.snapshot.world import Snapshot
    from tests.contract.moto_world import MotoWorld

SHARES = 3
"""Into so many tests the calls are shared out."""

CHANGES = ("ReplaceNetworkAclEntry", "ReplaceRouteTableAssociation")
"""The calls that change something fail in several ways, all others each in one."""

TURNS = len(CALL_TROUBLES) if WHOLE else 3

HOURS = 3 * 3_600


@dataclass
class Account:
    """An account in moto, the ports over it, and the plan that is applied and undone again and again."""

    clients: Clients
    ports: LivePorts
    made: MotoWorld
    wire: Wire
    plan: Plan
    before: Snapshot
    repaired: Snapshot
    lives: int = 0

    def life(self, at: int = 0, trouble: CallTrouble | None = None) -> Execution:
        """Return an approved incident's execution, whose call number `at` meets the trouble."""
        self.lives += 1
        # moto copies the whole table for each transaction.
        make_table(self.clients)
        clock = cast("FixedClock", self.ports.clock)
        now = clock.advance(HOURS)
        incident_id = f"inc-{self.lives:04}"
        triggers = (
            Trigger("event-1", "alarm", ALARM_ARN, now),
            Trigger("event-2", "compliance", RULE, now),
        )
        given = Answer(Verdict.APPROVED, "ada", Channel.PAGE, now, self.plan.fingerprint)
        incident = Incident(
            incident_id, self.made.balancer_arn, State.AWAITING_APPROVAL, now, now, triggers=triggers, answer=given
        )
        decision = Decision(Mode.ASK, ("the account-wide mode is ask",))
        self.ports.store.open(_with_plan(incident, self.plan, decision))
        self.wire.next_life(at, trouble)
        return Execution(incident_id, {"incident_id": incident_id, "decision": "act"})

    def run(self, execution: Execution, until: str) -> None:
        """Carry the execution on to a state, or to its end."""
        ports, clock = cast("Ports", self.ports), cast("FixedClock", self.ports.clock)
        for _ in range(80):
            if execution.over or execution.state == until:
                return
            if not execution.advance(ports, self.ports.workflow):
                clock.advance(30)
        raise AssertionError(f"no end: {execution.visited}")

    def read(self) -> Snapshot:
        """Return the world as it is."""
        with self.wire.aside():
            return plain(self.ports.world.read(self.made.balancer_arn))

    def incident(self, execution: Execution) -> Incident:
        """Return the execution's incident."""
        with self.wire.aside():
            return known(cast("Ports", self.ports), execution.name)


def _with_plan(incident: Incident, plan: Plan, decision: Decision) -> Incident:
    fields: dict[str, Any] = {name: getattr(incident, name) for name in Incident.__dataclass_fields__}
    return Incident(**{**fields, "plan": plan, "decision": decision})


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    """Return the account; every life leaves it as it was, so all lives share it."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        wire = Wire()
        wire.tap(patch)
        clients = Clients(boto3.Session("testing", "testing", region_name="us-east-1"))
        made = make_world(clients)
        ports = _ports(clients)
        before = ports.world.read(made.balancer_arn)
        plan = _plan(before, made)
        yield Account(clients, ports, made, wire, plan, plain(before), plain(apply(plan.changes, before)))


def _ports(clients: Clients) -> LivePorts:
    """Return the live ports with a clock that is moved by hand; people and Step Functions are played."""
    ports = LivePorts(Settings((("INCIDENTS_TABLE", TABLE),)), clients)
    played = {
        "clock": FixedClock(),
        "notifier": FakeNotifier(),
        "announcer": FakeAnnouncer(),
        "workflow": FakeWorkflow(),
    }
    # Each port is made on first use and kept where these are put.
    vars(ports).update(played)
    return ports


def _plan(world: Snapshot, made: MotoWorld) -> Plan:
    """Return a plan of two steps, of the kinds that two of the workshop's faults need."""
    entry = AclEntry(
        1100, egress=False, protocol="6", action="allow", cidr=ip_network("10.0.11.0/24"), ports=(1024, 65535)
    )
    changes: tuple[Change, ...] = (
        SetAclEntry(made.acl_id, egress=False, rule_number=1100, entry=entry),
        AssociateRouteTable(made.subnets["alb-b"], made.public_table),
    )
    return Plan(
        steps=tuple(steps_of(changes, world)),
        repairs=(),
        leaves=(),
        effect=Difference((), (), ()),
        disrupts=(),
        risk=Risk.LOW,
        resources=resources_of(changes, world),
        fingerprint=fingerprint(changes, world),
    )


def numbers_of(account: Account) -> list[tuple[int, str]]:
    """Return the calls of an untroubled life that are failed: of each operation of either half one.

    The whole trouble fails every one of them.
    """
    execution = account.life()
    account.run(execution, "WaitForRecovery")
    assert account.read() == account.repaired
    half = len(account.wire.calls)
    _undoing(account, execution)
    calls = list(enumerate(account.wire.calls, 1))
    if WHOLE:
        return calls
    halves: tuple[dict[str, list[int]], dict[str, list[int]]] = ({}, {})
    for number, operation in calls:
        halves[number > half].setdefault(operation, []).append(number)
    chosen = {numbers[len(numbers) // 2] for one in halves for numbers in one.values()}
    chosen |= {number for number, operation in calls if operation in CHANGES}
    return [(number, operation) for number, operation in calls if number in chosen and _matters(operation)]


def _matters(operation: str) -> bool:
    """Say whether a call is no mere read: those are all made by one reader, which the contract tests fail."""
    return not operation.startswith("Describe") or operation in {"DescribeAlarms", "DescribeNetworkAcls"}


def _undoing(account: Account, execution: Execution) -> Execution:
    """Send an execution that applied its plan to undo it, as when the alarm did not recover."""
    if execution.state == "WaitForRecovery":
        execution.state, execution.input = "RollBack", {"reason": "the alarm did not recover"}
        account.run(execution, "")
    return execution


@pytest.mark.parametrize("share", range(SHARES))
def test_a_life_with_one_failed_call_leaves_the_account_as_it_was(account: Account, share: int) -> None:
    """Throttling, 5xx, time-outs and a killed process, before and after the effect, at the calls in turn."""
    numbers = numbers_of(account)
    assert len(numbers) > 12, "the sweep covers nothing"
    for at, operation in numbers[share::SHARES]:
        for turn in range(TURNS if operation in CHANGES else 1):
            trouble = CALL_TROUBLES[(at + turn) % len(CALL_TROUBLES)]
            _check_life(account, at, trouble, f"{trouble.name} at call {at}, {operation}")


def _check_life(account: Account, at: int, trouble: CallTrouble, what: str) -> None:
    execution = account.life(at, trouble)
    account.run(execution, "WaitForRecovery")
    if execution.state == "WaitForRecovery":
        assert account.read() == account.repaired, what
        assert account.incident(execution).state is State.VERIFYING, what
    _undoing(account, execution)
    account.wire.next_life(0, None)
    incident = account.incident(execution)
    told = "\n".join(entry.text for entry in account.ports.store.journal(incident.id))
    story = f"{what}: {incident.state.value}, {incident.reason}\n{execution.visited}\n{told}"
    assert account.read() == account.before, story
    assert incident.state in {State.ROLLED_BACK, State.FAILED}, story
    _check_books(account, incident, story)


def _check_books(account: Account, incident: Incident, story: str) -> None:
    """Hold the leases, the ledger and a second run of the steps to what was done, and make room for the next life."""
    ports = cast("Ports", account.ports)
    assert ports.store.holding(incident.subject) is None, story
    held = account.plan.resources
    assert ports.locks.hold(held, "another", until=ports.clock.now()) is None, story
    ports.locks.release(held, "another")
    own = [one for one in ports.ledger.since(incident.opened_at).changes if one.incident_id == incident.id]
    assert len(own) <= len(account.plan.steps), story
    apply_plan(incident.id, ports)
    roll_back(incident.id, "again", ports)
    assert account.read() == account.before, story
    ports.ledger.close_breaker(incident.id)
