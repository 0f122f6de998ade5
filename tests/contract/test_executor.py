"""What every hand that changes something does with what stands in its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pathmend.aws.executor import AwsExecutor
from pathmend.aws.world import AwsWorld
from pathmend.changes.change import ApiRequest, Parameter
from pathmend.errors import ConflictError, NotFoundError, PermanentError
from tests.contract.moto_world import MotoWorld, make_world
from tests.fakes import FakeExecutor, FakeWorld

if TYPE_CHECKING:
    from pathmend.aws.clients import Clients
    from pathmend.incidents.ports import Executor


@pytest.fixture
def made(clients: Clients) -> MotoWorld:
    """Make the world in moto."""
    return make_world(clients)


@pytest.fixture(params=["memory", "aws"])
def executor(request: pytest.FixtureRequest, clients: Clients, made: MotoWorld) -> Executor:
    """Return each hand in turn."""
    if request.param == "aws":
        return AwsExecutor(clients)
    return FakeExecutor(FakeWorld(AwsWorld(clients).read(made.balancer_arn)))


def an_entry_request(operation: str, acl_id: str, number: int) -> ApiRequest:
    """Return a request about an ingress rule."""
    slot: dict[str, Parameter] = {"NetworkAclId": acl_id, "Egress": False, "RuleNumber": number}
    rule: dict[str, Parameter] = {"Protocol": "-1", "RuleAction": "allow", "CidrBlock": "10.0.0.0/16"}
    return ApiRequest("ec2", operation, slot if operation.startswith("Delete") else slot | rule)


def test_removing_what_is_gone_is_success(executor: Executor) -> None:
    """A rollback that is repeated has nothing to complain about."""
    # Of an entry that is gone moto 5.2 answers with a crash of its own, so the entry's whole ACL is.
    executor.call(an_entry_request("DeleteNetworkAclEntry", "acl-0123456789abcdef0", 1100))
    executor.call(ApiRequest("ec2", "DisassociateRouteTable", {"AssociationId": "rtbassoc-0123456789abcdef0"}))


def test_making_what_is_there_is_a_conflict(executor: Executor, made: MotoWorld) -> None:
    """Somebody else was faster: the plan is to be looked at again."""
    with pytest.raises(ConflictError):
        executor.call(an_entry_request("CreateNetworkAclEntry", made.acl_id, 1100))


def test_changing_what_is_gone_is_not_found(executor: Executor, made: MotoWorld) -> None:
    """The error names what is gone, or AWS's code for it."""
    gone = made.target_group_arn.replace("/app/", "/gone/")
    with pytest.raises(NotFoundError):
        executor.call(
            ApiRequest("elbv2", "ModifyTargetGroup", {"TargetGroupArn": gone, "Matcher": {"HttpCode": "200"}})
        )
    with pytest.raises(NotFoundError):
        executor.call(an_entry_request("ReplaceNetworkAclEntry", "acl-0123456789abcdef0", 1100))


def test_no_other_call_is_made(executor: Executor, made: MotoWorld) -> None:
    """Whatever a stored plan says."""
    with pytest.raises(PermanentError, match="DeleteNetworkAcl"):
        executor.call(ApiRequest("ec2", "DeleteNetworkAcl", {"NetworkAclId": made.acl_id}))


def test_an_error_names_the_call_even_without_a_resource(clients: Clients) -> None:
    """Malformed parameters are our own fault and permanent."""
    with pytest.raises(PermanentError, match="elasticloadbalancing:ModifyTargetGroup on an unnamed resource"):
        AwsExecutor(clients).call(ApiRequest("elbv2", "ModifyTargetGroup", {}))
