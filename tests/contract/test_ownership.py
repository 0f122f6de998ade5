"""Who owns a resource: its tags, Terraform's states and CloudFormation tell, and what is unknown is said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

from pathmend.aws.ownership import AwsOwnership
from pathmend.aws.stacks import MOST_ASKED, Stacks
from pathmend.aws.terraform_state import TerraformStates
from pathmend.errors import TemporaryError
from pathmend.guardrails.ownership import Owned, Owner, Tool
from pathmend.guardrails.rules import Rules
from pathmend.snapshot.resources import RouteTableAssociation
from pathmend.snapshot.world import Snapshot
from tests.builders import a_route_table, a_subnet, an_acl
from tests.fakes import FakeOwnership

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.aws.clients import Clients

STATE = "s3://states/net/terraform.tfstate"
BY_STACK = (("aws:cloudformation:logical-id", "WebAcl"), ("aws:cloudformation:stack-name", "net"))
NOTHING = Snapshot()


@pytest.fixture
def ownership(clients: Clients) -> AwsOwnership:
    """The adapter over an empty account."""
    return AwsOwnership(Stacks(clients), TerraformStates(clients))


@pytest.fixture
def stacks(clients: Clients) -> Iterator[Stubber]:
    """CloudFormation's answers, one by one: moto knows no physical ids. All must have been asked for."""
    with Stubber(clients.named("cloudformation")) as stub:
        yield stub
        stub.assert_no_pending_responses()


def asked(stub: Stubber, physical_id: str, *rows: dict[str, str]) -> None:
    """Expect a question, and answer it with the rows of a stack."""
    common = {"StackName": "net", "Timestamp": "2026-11-22T12:00:00Z", "ResourceStatus": "CREATE_COMPLETE"}
    answer = {"StackResources": [{**common, **row} for row in rows]}
    stub.add_response("describe_stack_resources", answer, {"PhysicalResourceId": physical_id})


def refused(stub: Stubber, code: str, message: str = "") -> None:
    """Expect a question, and refuse it."""
    stub.add_client_error("describe_stack_resources", code, message)


def not_owned(stub: Stubber, physical_id: str) -> None:
    """Expect a question, and answer as CloudFormation does about what no stack made."""
    refused(stub, "ValidationError", f"Stack for {physical_id} does not exist")


def a_row(physical_id: str, logical_id: str, kind: str, **more: str) -> dict[str, str]:
    """Return a stack's resource."""
    return {"PhysicalResourceId": physical_id, "LogicalResourceId": logical_id, "ResourceType": kind, **more}


def with_state(
    clients: Clients, *resources: dict[str, Any], body: str = "", key: str = "net/terraform.tfstate"
) -> None:
    """Put a state into a bucket."""
    s3 = clients.named("s3")
    s3.create_bucket(Bucket="states")
    state = {"version": 4, "terraform_version": "1.9.0", "resources": list(resources)}
    s3.put_object(Bucket="states", Key=key, Body=body or json.dumps(state))


def in_terraform(kind: str, name: str, *instances: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a resource as a state has it."""
    return {"mode": "managed", "type": kind, "name": name, "provider": "aws", "instances": list(instances), **more}


def test_a_tag_names_the_stack_and_nothing_is_asked(ownership: AwsOwnership, clients: Clients) -> None:
    """CloudFormation tags what it makes; not even the state of Terraform is read then."""
    world = Snapshot(network_acls={"acl-1": an_acl(id="acl-1", tags=BY_STACK)})
    found = ownership.owners(["acl-1", "acl-1"], world, Rules(terraform_states=(STATE,)))
    owner = Owner("acl-1", Tool.CLOUDFORMATION, "net", "WebAcl", "AWS::EC2::NetworkAcl")
    assert found == Owned((owner,))
    assert clients.calls() == 0
    fake = FakeOwnership({"acl-1": owner})
    assert fake.owners(["acl-1", "acl-2"], world, Rules()) == found


@pytest.mark.parametrize(
    ("resource_id", "kind"),
    [
        ("vpce-0a1", "AWS::EC2::VPCEndpoint"),
        ("i-0a1", "AWS::EC2::Instance"),
        ("arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/web/1", "AWS::ElasticLoadBalancingV2::TargetGroup"),
        ("arn:aws:network-firewall:us-east-1:1:stateful-rulegroup/x", "AWS::NetworkFirewall::RuleGroup"),
        ("arn:aws:new:us-east-1:1:thing/x", ""),
        ("thing-1", ""),
    ],
)
def test_the_type_follows_from_the_id(ownership: AwsOwnership, resource_id: str, kind: str) -> None:
    """A tag names no type; what is unknown is empty."""
    world = Snapshot(network_acls={resource_id: an_acl(id=resource_id, tags=BY_STACK)})
    (owner,) = ownership.owners([resource_id], world, Rules()).owners
    assert owner.resource_type == kind


def test_an_instance_of_a_group_is_the_groups(ownership: AwsOwnership) -> None:
    """It carries the group's tags, and the stack has the group."""
    tags = (("aws:autoscaling:groupName", "web"), *BY_STACK)
    world = Snapshot(network_acls={"i-1": an_acl(id="i-1", tags=tags)})
    (owner,) = ownership.owners(["i-1"], world, Rules()).owners
    assert owner.resource_type == "AWS::AutoScaling::AutoScalingGroup"


def test_what_bears_no_tag_is_asked_about(ownership: AwsOwnership, stacks: Stubber) -> None:
    """A resource that no stack made is nobody's, and that is known."""
    asked(stacks, "acl-1", a_row("acl-1", "WebAcl", "AWS::EC2::NetworkAcl"))
    not_owned(stacks, "rtb-1")
    found = ownership.owners(["acl-1", "rtb-1"], NOTHING, Rules())
    assert found == Owned((Owner("acl-1", Tool.CLOUDFORMATION, "net", "WebAcl", "AWS::EC2::NetworkAcl"),))


def test_one_answer_tells_of_the_whole_stack(ownership: AwsOwnership, stacks: Stubber) -> None:
    """The other resources of the plan that are in it need no question of their own; the plan's order stays."""
    rows = [a_row("acl-1", "Acl", "AWS::EC2::NetworkAcl"), a_row("rtb-1", "Table", "AWS::EC2::RouteTable")]
    asked(stacks, "rtb-1", *rows, {"LogicalResourceId": "NotMadeYet", "ResourceType": "AWS::EC2::Route"})
    found = ownership.owners(["rtb-1", "acl-1"], NOTHING, Rules())
    assert [owner.address for owner in found.owners] == ["Table", "Acl"]


@pytest.mark.parametrize("status", ["DELETE_COMPLETE", "DELETE_SKIPPED"])
def test_what_a_stack_has_no_longer_is_nobodys(ownership: AwsOwnership, stacks: Stubber, status: str) -> None:
    """CloudFormation tells of deleted stacks for 90 days."""
    asked(stacks, "acl-1", a_row("acl-1", "Acl", "AWS::EC2::NetworkAcl", ResourceStatus=status))
    assert ownership.owners(["acl-1"], NOTHING, Rules()) == Owned()


def test_a_subnets_association_is_asked_about_too(ownership: AwsOwnership, stacks: Stubber) -> None:
    """A change of the subnet's table is a change of the association, which a stack may have made by itself."""
    table = a_route_table(id="rtb-1", associations=(RouteTableAssociation(id="rtbassoc-1", subnet_id="subnet-1"),))
    world = Snapshot(subnets={"subnet-1": a_subnet(id="subnet-1")}, route_tables={"rtb-1": table})
    not_owned(stacks, "subnet-1")
    kind = "AWS::EC2::SubnetRouteTableAssociation"
    asked(stacks, "rtbassoc-1", a_row("rtbassoc-1", "LinkB", kind))
    found = ownership.owners(["subnet-1"], world, Rules())
    assert found == Owned((Owner("subnet-1", Tool.CLOUDFORMATION, "net", "LinkB", kind),))


def test_an_instance_profile_is_known_by_its_name(ownership: AwsOwnership, stacks: Stubber) -> None:
    """CloudFormation's physical id of a profile is no ARN."""
    arn = "arn:aws:iam::123456789012:instance-profile/web/WebProfile"
    asked(stacks, "WebProfile", a_row("WebProfile", "Profile", "AWS::IAM::InstanceProfile"))
    (owner,) = ownership.owners([arn], NOTHING, Rules()).owners
    assert (owner.resource_id, owner.address) == (arn, "Profile")


def test_a_missing_permission_is_said_once(ownership: AwsOwnership, stacks: Stubber) -> None:
    """After the first refusal nothing more is asked."""
    asked(stacks, "acl-1", a_row("acl-1", "Acl", "AWS::EC2::NetworkAcl"))
    refused(stacks, "AccessDenied", "not authorized to perform: cloudformation:DescribeStackResources")
    found = ownership.owners(["acl-1", "rtb-1", "sg-1"], NOTHING, Rules())
    assert [owner.resource_id for owner in found.owners] == ["acl-1"]
    (sentence,) = found.unknown
    assert sentence.startswith("whether a CloudFormation stack owns rtb-1, sg-1 is unknown: ")
    assert "the role lacks cloudformation:DescribeStackResources" in sentence


def test_another_refusal_leaves_only_its_resource_unknown(ownership: AwsOwnership, stacks: Stubber) -> None:
    """An error of validation that says something else is no proof that nobody owns it."""
    refused(stacks, "ValidationError", "1 validation error detected")
    not_owned(stacks, "sg-1")
    found = ownership.owners(["acl-1", "sg-1"], NOTHING, Rules())
    assert found.owners == ()
    assert [text.partition(":")[0] for text in found.unknown] == [
        "whether a CloudFormation stack owns acl-1 is unknown"
    ]


def test_a_throttle_is_raised(ownership: AwsOwnership, stacks: Stubber) -> None:
    """The caller tries again, rather than proposing what may be another's."""
    refused(stacks, "Throttling", "Rate exceeded")
    with pytest.raises(TemporaryError, match="look up the stack of acl-1"):
        ownership.owners(["acl-1"], NOTHING, Rules())


def test_a_large_plan_asks_a_bounded_number_of_questions(ownership: AwsOwnership, stacks: Stubber) -> None:
    """What was not asked is said."""
    wanted = [f"acl-{number}" for number in range(MOST_ASKED + 2)]
    for one in wanted[:MOST_ASKED]:
        not_owned(stacks, one)
    (sentence,) = ownership.owners(wanted, NOTHING, Rules()).unknown
    assert sentence.startswith(f"whether a CloudFormation stack owns {wanted[-2]}, {wanted[-1]} is unknown: only ")


@pytest.mark.parametrize(("value", "owned"), [("terraform", True), ("Terraform", True), ("*", True), ("pulumi", False)])
def test_a_tag_of_the_users_marks_what_terraform_owns(
    ownership: AwsOwnership, stacks: Stubber, value: str, *, owned: bool
) -> None:
    """Terraform has no tags of its own: the rules say which ones its users set."""
    world = Snapshot(network_acls={"acl-1": an_acl(id="acl-1", tags=(("managed-by", "terraform"),))})
    if not owned:
        not_owned(stacks, "acl-1")
    found = ownership.owners(["acl-1"], world, Rules(terraform_tags=(("managed-by", value), ("other", "*"))))
    assert found == Owned((Owner("acl-1", Tool.TERRAFORM, ""),) if owned else ())


def test_a_state_tells_the_address(ownership: AwsOwnership, clients: Clients, stacks: Stubber) -> None:
    """With its module and index, by id or ARN; data sources are read by Terraform, and not owned."""
    arn = "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/web/1"
    with_state(
        clients,
        in_terraform("aws_network_acl", "web", {"attributes": {"id": "acl-1"}}, module="module.net"),
        in_terraform("aws_lb_target_group", "tg", {"index_key": 1, "attributes": {"id": "x", "arn": arn}}),
        in_terraform(
            "aws_route_table", "t", {"index_key": 'a"b', "attributes": {"id": "rtb-1"}}, module='module.m["k"]'
        ),
        in_terraform("aws_vpc", "seen", {"attributes": {"id": "vpc-1"}}) | {"mode": "data"},
        in_terraform("aws_security_group_rule", "r", {"attributes": {"id": "r1", "security_group_rule_id": "sgr-1"}}),
        in_terraform("aws_eip", "odd", {"attributes": {"id": None}}, {"attributes": None}, {}),
    )
    not_owned(stacks, "vpc-1")
    ids = ["acl-1", arn, "rtb-1", "vpc-1", "sgr-1"]
    found = ownership.owners(ids, NOTHING, Rules(terraform_states=(STATE,)))
    assert [(owner.name, owner.address, owner.resource_type) for owner in found.owners] == [
        (STATE, "module.net.aws_network_acl.web", "aws_network_acl"),
        (STATE, "aws_lb_target_group.tg[1]", "aws_lb_target_group"),
        (STATE, 'module.m["k"].aws_route_table.t["a\\"b"]', "aws_route_table"),
        (STATE, "aws_security_group_rule.r", "aws_security_group_rule"),
    ]
    assert found.unknown == ()


def test_a_state_is_read_again_only_when_it_changed(clients: Clients) -> None:
    """S3 says by the ETag; a new version counts at once."""
    states = TerraformStates(clients)
    with_state(clients, in_terraform("aws_network_acl", "web", {"attributes": {"id": "acl-1"}}))
    first = states.addresses(STATE)
    assert states.addresses(STATE) is first
    with_state(clients, in_terraform("aws_network_acl", "other", {"attributes": {"id": "acl-1"}}))
    assert states.addresses(STATE)["acl-1"].address == "aws_network_acl.other"


SECRET = "hunter2"  # a state's secrets must not turn up in a sentence


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (f'{{"version": 3, "modules": ["{SECRET}"]}}', "is of a format other than version 4"),
        (f"{SECRET} is no JSON", "is not a Terraform state that can be read"),
        (f'["{SECRET}"]', "is not a Terraform state that can be read"),
        (f'{{"version": 4, "resources": [{{"{SECRET}": 1}}]}}', "is not a Terraform state that can be read"),
        (f'{{"version": 4, "resources": "{SECRET}"}}', "is not a Terraform state that can be read"),
    ],
)
def test_a_state_that_is_none_is_unknown(
    ownership: AwsOwnership, clients: Clients, stacks: Stubber, body: str, why: str
) -> None:
    """It says so without a word of what is in it; the other states still count, and so does CloudFormation."""
    with_state(clients, body=body)
    with_state(clients, in_terraform("aws_network_acl", "web", {"attributes": {"id": "acl-1"}}), key="good")
    not_owned(stacks, "rtb-1")
    found = ownership.owners(["acl-1", "rtb-1"], NOTHING, Rules(terraform_states=(STATE, "s3://states/good")))
    assert [owner.address for owner in found.owners] == ["aws_network_acl.web"]
    (sentence,) = found.unknown
    assert why in sentence
    assert SECRET not in sentence


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("s3://nowhere/state", "NoSuchBucket"),
        ("s3://states/nothing", "NoSuchKey"),
        ("https://example.com/state", "is not of the form s3://bucket/key"),
        ("s3://states", "is not of the form s3://bucket/key"),
        ("s3:///key", "is not of the form s3://bucket/key"),
    ],
)
def test_a_state_that_is_not_there_is_unknown(
    ownership: AwsOwnership, clients: Clients, stacks: Stubber, location: str, why: str
) -> None:
    """The sentence names the place."""
    with_state(clients)
    not_owned(stacks, "acl-1")
    (sentence,) = ownership.owners(["acl-1"], NOTHING, Rules(terraform_states=(location,))).unknown
    assert sentence.startswith("what Terraform owns is unknown: ")
    assert location in sentence
    assert why in sentence


def test_a_state_that_is_too_large_is_not_read(
    ownership: AwsOwnership, clients: Clients, stacks: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A function's memory has an end."""
    monkeypatch.setattr("pathmend.aws.terraform_state.LARGEST_STATE", 10)
    with_state(clients)
    not_owned(stacks, "acl-1")
    (sentence,) = ownership.owners(["acl-1"], NOTHING, Rules(terraform_states=(STATE,))).unknown
    assert "bytes, and more than 10 are not read" in sentence


def test_a_state_that_may_not_be_read_is_unknown_and_one_that_is_throttled_is_raised(
    ownership: AwsOwnership, clients: Clients, stacks: Stubber
) -> None:
    """As with CloudFormation."""
    rules = Rules(terraform_states=(STATE,))
    not_owned(stacks, "acl-1")
    with Stubber(clients.named("s3")) as stub:
        stub.add_client_error("get_object", "AccessDenied", "not authorized to perform: s3:GetObject")
        (sentence,) = ownership.owners(["acl-1"], NOTHING, rules).unknown
        assert "the role lacks s3:GetObject" in sentence
        stub.add_client_error("get_object", "SlowDown", "reduce your request rate")
        with pytest.raises(TemporaryError):
            ownership.owners(["acl-1"], NOTHING, rules)


def test_nothing_asked_is_nothing_owned(ownership: AwsOwnership, clients: Clients) -> None:
    """Not even a state is read for it."""
    assert ownership.owners([], NOTHING, Rules(terraform_states=(STATE,))) == Owned()
    assert clients.calls() == 0
