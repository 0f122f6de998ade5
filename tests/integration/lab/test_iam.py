"""IAM in the lab: both planes hold roles to their policies, answer as AWS does, and write down what was asked."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from lab import ministack, permissions
from lab.clients import NETWORK, client
from tests.integration.lab.conftest import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.lab.conftest import Lab

pytestmark = pytest.mark.lab

_ROLE = "test-of-permissions"
_EC2 = f"arn:aws:ec2:{ministack.REGION}:{ministack.ACCOUNT_ID}"
_ROW = {"Protocol": "-1", "RuleAction": "deny", "Egress": True, "CidrBlock": "192.0.2.0/24"}
_CONFIG = Config(retries={"total_max_attempts": 1})
_HANDS_OFF = {"StringEqualsIgnoreCase": {"aws:ResourceTag/managedByFIS": "true"}}


def _statement(effect: str, actions: list[str], resource: str = "*", **more: object) -> dict[str, Any]:
    return {"Effect": effect, "Action": actions, "Resource": resource, **more}


_POLICY = [
    _statement("Allow", ["ec2:DescribeVpcs", "dynamodb:ListTables", "ec2:AssociateIamInstanceProfile"]),
    _statement("Allow", ["ec2:CreateNetworkAclEntry", "ec2:DeleteNetworkAclEntry"], f"{_EC2}:network-acl/*"),
    _statement("Deny", ["ec2:CreateNetworkAclEntry"], Condition=_HANDS_OFF),
]


@pytest.fixture
def name() -> str:
    """Return a name that no other test's role has: the planes keep what a role may do for a moment."""
    return f"{_ROLE}-{uuid4()}"


@pytest.fixture
def grant(lab: Lab, name: str) -> Iterator[Callable[[list[dict[str, Any]]], None]]:
    """Return what gives the role its only policy; the role is gone afterwards."""
    iam = client(lab.endpoints.serverless, "iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))

    def put(statements: list[dict[str, Any]]) -> None:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps({"Statement": statements}))

    put(_POLICY)
    yield put
    iam.delete_role_policy(RoleName=name, PolicyName="own")
    iam.delete_role(RoleName=name)


@pytest.fixture
def role(lab: Lab, name: str, grant: object) -> Callable[[str], Any]:
    """Return what makes clients that sign with the role's credentials."""
    del grant
    arn = f"arn:aws:iam::{ministack.ACCOUNT_ID}:role/{name}"
    found = lab.aws("sts").assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]
    keys = _keys(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])

    def make(service: str) -> Any:
        plane = lab.endpoints.network if service in NETWORK else lab.endpoints.serverless
        return boto3.Session(**keys).client(service, endpoint_url=plane, config=_CONFIG)  # type: ignore[call-overload]

    return make


def _keys(key: str, secret: str = ministack.ADMINISTRATOR, token: str | None = None) -> Any:
    return {
        "region_name": ministack.REGION,
        "aws_access_key_id": key,
        "aws_secret_access_key": secret,
        "aws_session_token": token,
    }


@pytest.fixture
def acl(lab: Lab) -> Iterator[str]:
    """Return a network ACL of nobody."""
    ec2 = lab.aws("ec2")
    made = str(ec2.create_network_acl(VpcId=lab.world["vpc"])["NetworkAcl"]["NetworkAclId"])
    yield made
    ec2.delete_network_acl(NetworkAclId=made)


def _refusal(call: Callable[..., object], **parameters: object) -> dict[str, Any]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return dict(caught.value.response["Error"])


def test_a_role_may_do_what_its_policies_allow(role: Callable[[str], Any], acl: str) -> None:
    """On both planes, for any resource or for one of the kind that the policy names."""
    assert role("ec2").describe_vpcs()["Vpcs"]
    assert "TableNames" in role("dynamodb").list_tables()
    role("ec2").create_network_acl_entry(NetworkAclId=acl, RuleNumber=7, **_ROW)


@pytest.mark.parametrize(
    ("service", "call", "code", "action"),
    [
        ("ec2", ("describe_subnets", {}), "UnauthorizedOperation", "ec2:DescribeSubnets"),
        ("elbv2", ("describe_load_balancers", {}), "AccessDenied", "elasticloadbalancing:DescribeLoadBalancers"),
        ("iam", ("get_role", {"RoleName": "WebApp"}), "AccessDenied", "iam:GetRole"),
        ("cloudwatch", ("describe_alarms", {}), "AccessDeniedException", "cloudwatch:DescribeAlarms"),
        ("network-firewall", ("list_firewalls", {}), "AccessDeniedException", "network-firewall:ListFirewalls"),
        (
            "config",
            ("start_config_rules_evaluation", {"ConfigRuleNames": ["r"]}),
            "AccessDeniedException",
            "config:StartConfigRulesEvaluation",
        ),
        (
            "xray",
            ("get_service_graph", {"StartTime": 1, "EndTime": 2}),
            "AccessDeniedException",
            "xray:GetServiceGraph",
        ),
        ("dynamodb", ("describe_table", {"TableName": "t"}), "AccessDeniedException", "dynamodb:DescribeTable"),
    ],
)
def test_a_missing_permission_is_named_in_the_services_own_error(
    role: Callable[[str], Any], service: str, call: tuple[str, dict[str, Any]], code: str, action: str
) -> None:
    """Each protocol has its own shape, EC2 its own code; all say who may not do what."""
    refusal = _refusal(getattr(role(service), call[0]), **call[1])
    assert refusal["Code"] == code
    assert f"assumed-role/{_ROLE}" in refusal["Message"]
    assert f"/session is not authorized to perform: {action}" in refusal["Message"]


def test_a_tag_that_a_deny_names_stops_the_change_and_no_other_tag_does(
    lab: Lab, role: Callable[[str], Any], acl: str
) -> None:
    """The condition is judged by the tags that the resource has on the plane."""
    lab.aws("ec2").create_tags(Resources=[acl], Tags=[{"Key": "managedByFIS", "Value": "False"}])
    role("ec2").create_network_acl_entry(NetworkAclId=acl, RuleNumber=8, **_ROW)
    lab.aws("ec2").create_tags(Resources=[acl], Tags=[{"Key": "managedByFIS", "Value": "True"}])
    refusal = _refusal(role("ec2").create_network_acl_entry, NetworkAclId=acl, RuleNumber=9, **_ROW)
    assert "explicit deny" in refusal["Message"]
    shown = lab.aws("ec2").describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"][0]["Entries"]
    assert {one["RuleNumber"] for one in shown} == {8, 32767}


def test_a_permission_that_is_taken_away_is_missed_soon(
    role: Callable[[str], Any], grant: Callable[[list[dict[str, Any]]], None]
) -> None:
    """Policies are read again after a moment."""
    assert role("ec2").describe_vpcs()["Vpcs"]
    grant(_POLICY[1:])

    def told() -> str:
        try:
            role("ec2").describe_vpcs()
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return ""

    assert eventually(told, bool) == "UnauthorizedOperation"


def test_who_hands_out_a_profile_must_be_allowed_to_pass_its_role(lab: Lab, role: Callable[[str], Any]) -> None:
    """The permission is none of an operation, so the call of another asks for it."""
    profile = lab.aws("iam").list_instance_profiles()["InstanceProfiles"][0]["InstanceProfileName"]
    wanted = {"InstanceId": lab.world["instances"][0], "IamInstanceProfile": {"Name": profile}}
    refusal = _refusal(role("ec2").associate_iam_instance_profile, **wanted)
    assert "iam:PassRole" in refusal["Message"]


def test_credentials_of_nobody_are_refused(lab: Lab) -> None:
    """A key that looks like a session's and is none."""
    keys = _keys("ASIAIOSFODNN7EXAMPLE", "secret", "token")
    for service, code in (("ec2", "AuthFailure"), ("iam", "InvalidClientTokenId")):
        stranger: Any = boto3.Session(**keys).client(service, endpoint_url=lab.endpoints.network, config=_CONFIG)  # type: ignore[call-overload]
        ask = stranger.describe_vpcs if service == "ec2" else stranger.list_roles
        assert _refusal(ask)["Code"] == code


def test_what_roles_ask_is_written_down_with_the_answer(
    lab: Lab, name: str, role: Callable[[str], Any], acl: str
) -> None:
    """From both planes, with the resource; what the lab itself asks is not."""
    role("ec2").create_network_acl_entry(NetworkAclId=acl, RuleNumber=11, **_ROW)
    _refusal(role("dynamodb").describe_table, TableName="t")
    lab.aws("ec2").describe_vpcs()
    table = f"arn:aws:dynamodb:{ministack.REGION}:{ministack.ACCOUNT_ID}:table/t"
    found = [(one.action, one.resource, one.allowed) for one in permissions.asked(lab.home) if one.role == name]
    assert found == [
        ("ec2:CreateNetworkAclEntry", f"{_EC2}:network-acl/{acl}", True),
        ("dynamodb:DescribeTable", table, False),
    ]


def test_moto_itself_looks_at_no_resource_and_no_condition_of_a_policy() -> None:
    """So its own mechanism denies what is allowed for one kind of resource, and would not see a tag."""
    script = """
import boto3, json
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core import enable_iam_authentication
with mock_aws():
    iam, sts = boto3.client("iam", "us-east-1"), boto3.client("sts", "us-east-1")
    ec2 = boto3.client("ec2", "us-east-1")
    acl = ec2.describe_network_acls()["NetworkAcls"][0]["NetworkAclId"]
    arn = iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    entry = dict(NetworkAclId=acl, RuleNumber=7, Protocol="-1", RuleAction="deny", Egress=True, CidrBlock="0.0.0.0/0")
    found = sts.assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]
    own = boto3.client("ec2", "us-east-1", aws_access_key_id=found["AccessKeyId"],
        aws_secret_access_key=found["SecretAccessKey"], aws_session_token=found["SessionToken"])
    told = []
    for resource in ("arn:aws:ec2:*:*:network-acl/*", "*"):
        allow = {"Effect": "Allow", "Action": "ec2:CreateNetworkAclEntry", "Resource": resource}
        deny = {**allow, "Effect": "Deny", "Condition": {"StringEqualsIgnoreCase": {"aws:ResourceTag/a": "b"}}}
        for statements in ([allow], [allow, deny]):
            iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=json.dumps(
                {"Version": "2012-10-17", "Statement": statements}))
            with enable_iam_authentication():
                try:
                    own.create_network_acl_entry(**{**entry, "RuleNumber": len(told) + 1})
                    told.append("allowed")
                except ClientError as error:
                    told.append(error.response["Error"]["Code"])
print(json.dumps(told))
"""
    # Allowed for network ACLs: denied. Allowed for all: allowed; with a deny that its condition makes void: denied.
    denied = ["AccessDenied", "UnauthorizedOperation"]
    told = _printed(script)
    assert [one in denied for one in told] == [True, True, False, True]


def test_ministack_itself_names_tables_secrets_and_parameters_otherwise_than_aws() -> None:
    """What lab/ministack_iam.py mends, so that policies that are right on AWS are right here."""
    script = """
import json
from ministack.core import iam_actions
from ministack.services.cloudformation import provisioners as made
body = json.dumps({"ResourceArn": "arn:aws:dynamodb:us-east-1:123456789012:table/t"}).encode()
headers = {"x-amz-target": "DynamoDB_20120810.GetResourcePolicy"}
table = iam_actions.extract_resource_arn("dynamodb", "POST", "/", headers, body, {}, "us-east-1", "123456789012")
secret = made._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]["create"]("S", {}, "stack")[0]
parameter = made._RESOURCE_HANDLERS["AWS::SSM::Parameter"]["create"]("P", {"Type": "String", "Value": "v"}, "stack")[0]
print(json.dumps({"table": table, "secret": secret.startswith("arn:"), "parameter": parameter}))
"""
    assert _printed(script) == {"table": "*", "secret": False, "parameter": "/stack/P"}


def _printed(script: str) -> Any:
    keys = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=keys, capture_output=True, text=True, check=False)  # noqa: S603 - our own script
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
