"""Every role lists the single actions of its function, scoped or with a reason."""

import re
from collections.abc import Iterator

import pytest

from pathmend.aws.catalogue import ALLOWED_ACTIONS, KINDS
from tests.template.application import ROOT, functions, logical_id, policy_statements, resources, template

READS = {
    "dynamodb:GetResourcePolicy",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeEgressOnlyInternetGateways",
    "ec2:DescribeIamInstanceProfileAssociations",
    "ec2:DescribeInstances",
    "ec2:DescribeInternetGateways",
    "ec2:DescribeNatGateways",
    "ec2:DescribeNetworkAcls",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribePrefixLists",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeTransitGatewayAttachments",
    "ec2:DescribeTransitGatewayRouteTables",
    "ec2:DescribeTransitGatewayVpcAttachments",
    "ec2:DescribeTransitGateways",
    "ec2:DescribeVpcAttribute",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeVpcPeeringConnections",
    "ec2:DescribeVpcs",
    "ec2:DescribeVpnGateways",
    "ec2:GetManagedPrefixListEntries",
    "ec2:GetTransitGatewayRouteTableAssociations",
    "ec2:GetTransitGatewayRouteTablePropagations",
    "ec2:SearchTransitGatewayRoutes",
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeRules",
    "elasticloadbalancing:DescribeTags",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
    "iam:GetInstanceProfile",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "kms:GetKeyPolicy",
    "network-firewall:DescribeFirewall",
    "network-firewall:DescribeFirewallPolicy",
    "network-firewall:DescribeRuleGroup",
    "network-firewall:ListFirewalls",
    "organizations:DescribeOrganization",
    "s3:GetBucketPolicy",
    "secretsmanager:GetResourcePolicy",
    "sns:GetTopicAttributes",
    "sqs:GetQueueAttributes",
    "xray:GetServiceGraph",
}
WRITES = set(ALLOWED_ACTIONS)
ALWAYS = {"logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTelemetryRecords", "xray:PutTraceSegments"}
INCIDENTS = {"dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"}
# Leases are given back, and so deleted.
LEASES = {"dynamodb:DeleteItem"}
OWNERS = {"cloudformation:DescribeStackResources", "s3:GetObject"}
ALARMS, METRICS, RULES = "cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData", "ssm:GetParameter"
DECLARED = {
    # Powertools' idempotency reads its record, and deletes it when the handler fails, so that a retry may try again.
    "triage": READS
    | OWNERS
    | INCIDENTS
    | {"dynamodb:DeleteItem", "dynamodb:GetItem", ALARMS, METRICS, RULES}
    # It tells of an incident that it finds stranded.
    | {"states:StartExecution", "states:SendTaskSuccess", "sqs:SendMessage", "sns:Publish"},
    "audit": {"elasticloadbalancing:DescribeLoadBalancers", "events:PutEvents", "sqs:SendMessage"},
    # It ends its own wait when the alarm recovered before anybody was asked.
    "request_approval": INCIDENTS | {"sns:Publish", "secretsmanager:GetSecretValue", "states:SendTaskSuccess"},
    "answer_approval": INCIDENTS | {"states:SendTaskSuccess", "secretsmanager:GetSecretValue"},
    # The rules are asked again before the first change, and all is diagnosed anew where the world has moved on.
    "apply_plan": READS
    | OWNERS
    | WRITES
    | INCIDENTS
    | LEASES
    | {ALARMS, METRICS, RULES, "config:StartConfigRulesEvaluation"},
    "verify_recovery": READS
    | OWNERS
    | INCIDENTS
    | LEASES
    | {ALARMS, METRICS, RULES, "config:GetComplianceDetailsByConfigRule"},
    # Whoever undid something opens a breaker, for as long as the rules say.
    "roll_back": READS | WRITES | INCIDENTS | LEASES | {RULES},
    # Closing lets go of the subject, so that its next alarm opens a new incident.
    "close_incident": INCIDENTS | LEASES | {RULES, "sns:Publish"},
}
FUNCTIONS = sorted(DECLARED)
NAMED = (
    r":(instance|loadbalancer/app|network-acl|route-table|security-group|security-group-rule|stateful-rulegroup|subnet|targetgroup|vpc"
    r"|vpc-endpoint)/\*$|:role/\$\{PassableRole\}$"
)
"""What statements that allow changes may name: every resource of one kind, or the role that somebody chose."""


def allowed(role: str) -> set[str]:
    """Return every action that a role allows."""
    return {action for one in policy_statements(role) if one["Effect"] == "Allow" for action in one["Action"]}


def statement_texts() -> Iterator[str]:
    """Yield each statement of a role or managed policy as it stands in the template, comments included."""
    text = (ROOT / "template.yaml").read_text()
    yield from re.split(r"\n(?= +- Sid: )", text)[1:]


def test_the_table_names_every_function() -> None:
    """The table names every function."""
    assert set(functions()) == set(DECLARED)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_may_do_what_it_declares_and_nothing_else(function: str) -> None:
    """A function may do what it declares and nothing else."""
    assert allowed(f"{logical_id(function)}Role") == DECLARED[function] | ALWAYS


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_has_a_role_of_its_own(function: str) -> None:
    """A function has a role of its own."""
    assert functions()[function]["Role"] == {"Fn::GetAtt": [f"{logical_id(function)}Role", "Arn"]}


@pytest.mark.parametrize("role", [*(f"{logical_id(name)}Role" for name in FUNCTIONS), "RemediationRole"])
def test_an_action_is_listed_singly_and_without_a_wildcard(role: str) -> None:
    """An action is listed singly and without a wildcard."""
    for statement in policy_statements(role):
        assert isinstance(statement["Action"], list)
        assert not [action for action in statement["Action"] if "*" in action or "?" in action]
        assert len(set(statement["Action"])) == len(statement["Action"])
        assert "NotAction" not in statement


def test_a_resource_of_all_has_its_reason_beside_it() -> None:
    """A resource of all has its reason beside it."""
    bare = [text for text in statement_texts() if re.search(r'Resource: "\*"\s*($|\n)', text)]
    assert bare == []


def test_only_the_functions_that_change_things_may_change_things() -> None:
    """Only the functions that change things may change things."""
    writers = {name for name in FUNCTIONS if allowed(f"{logical_id(name)}Role") & WRITES}
    assert writers == {"apply_plan", "roll_back"}


def test_the_policy_of_changes_allows_what_the_kinds_of_change_need_and_nothing_else() -> None:
    """Each action is of a kind of change, and each kind of change may do all that it lists."""
    statements = resources("AWS::IAM::ManagedPolicy")["NetworkWritePolicy"]["PolicyDocument"]["Statement"]
    of_the_policy = {action for one in statements if one["Effect"] == "Allow" for action in one["Action"]}
    assert {name: sorted(kind.iam_actions - of_the_policy) for name, kind in KINDS.items()} == {
        name: [] for name in KINDS
    }
    assert of_the_policy - {action for kind in KINDS.values() for action in kind.iam_actions} == set()


def test_a_change_is_allowed_on_named_kinds_of_resource_only() -> None:
    """A change is allowed on named kinds of resource only."""
    for statement in resources("AWS::IAM::ManagedPolicy")["NetworkWritePolicy"]["PolicyDocument"]["Statement"]:
        if statement["Effect"] == "Allow":
            places = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
            assert all(re.search(NAMED, place["Fn::Sub"]) for place in places)


def test_a_role_is_passed_to_instances_only_and_none_is_unless_somebody_names_it() -> None:
    """Who may pass a role may use it."""
    statements = resources("AWS::IAM::ManagedPolicy")["NetworkWritePolicy"]["PolicyDocument"]["Statement"]
    (passing,) = (one for one in statements if one["Effect"] == "Allow" and "iam:PassRole" in one["Action"])
    assert passing["Action"] == ["iam:PassRole"]
    assert passing["Resource"]["Fn::Sub"].endswith(":role/${PassableRole}")
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": {"Fn::Sub": "ec2.${AWS::URLSuffix}"}}}
    assert "*" not in template()["Parameters"]["PassableRole"]["Default"]


def test_a_state_of_terraform_is_read_only_where_somebody_names_it() -> None:
    """It holds secrets, and no bucket has the name of the default: none may be made with an underscore."""
    statements = resources("AWS::IAM::ManagedPolicy")["OwnershipReadPolicy"]["PolicyDocument"]["Statement"]
    (reading,) = (one for one in statements if "s3:GetObject" in one["Action"])
    assert reading["Action"] == ["s3:GetObject"]
    assert reading["Resource"] == {"Fn::Sub": "arn:${AWS::Partition}:s3:::${TerraformState}"}
    parameter = template()["Parameters"]["TerraformState"]
    assert "_" in parameter["Default"].partition("/")[0]
    assert "*" not in parameter["Default"]
    for value, taken in (("states/net/*", True), ("states", False), ("*/x", False), ("states/", False)):
        assert bool(re.search(parameter["AllowedPattern"], value)) is taken


@pytest.mark.parametrize(
    "tag",
    [
        ("aws:ResourceTag/pathmend:mode", "report"),
        ("aws:ResourceTag/managedByFIS", "true"),
        ("aws:ResourceTag/managedbyFIS", "true"),
    ],
)
def test_every_change_is_denied_where_a_tag_says_hands_off(tag: tuple[str, str]) -> None:
    """Every change is denied where a tag says hands off."""
    statements = resources("AWS::IAM::ManagedPolicy")["NetworkWritePolicy"]["PolicyDocument"]["Statement"]
    denied = [
        set(one["Action"])
        for one in statements
        if one["Effect"] == "Deny" and tag in {pair for test in one["Condition"].values() for pair in test.items()}
    ]
    assert denied == [WRITES]


@pytest.mark.parametrize("role", sorted(resources("AWS::IAM::Role")))
def test_a_role_takes_the_permissions_boundary(role: str) -> None:
    """A role takes the permissions boundary."""
    boundary = resources("AWS::IAM::Role")[role]["PermissionsBoundary"]
    assert boundary == {
        "Fn::If": ["HasPermissionsBoundary", {"Ref": "PermissionsBoundaryArn"}, {"Ref": "AWS::NoValue"}]
    }


def test_no_arn_is_of_one_partition_only() -> None:
    """No arn is of one partition only."""
    for path in ("template.yaml", "stacks/example-alarms.yaml", "statemachine/remediation.asl.json"):
        assert "arn:aws:" not in (ROOT / path).read_text()
