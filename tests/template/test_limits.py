"""What `sam validate --lint` lets pass: Lambda's limits, parameters, environment, logs and tracing."""

import re
from typing import Any

import pytest

from tests.template.application import ROOT, functions, logical_id, resources, template

PARAMETERS = template()["Parameters"]
COMMON = template()["Globals"]["Function"]["Environment"]["Variables"]
LACKING = {"aws": set(), "aws-cn": {"HasFunctionUrl", "TracingOn"}, "aws-us-gov": {"HasFunctionUrl", "HasJsonLogs"}}
OWN_VARIABLES = {
    "triage": {"STATE_MACHINE_ARN", "DEAD_LETTER_QUEUE_URL"},
    "audit": {"EVENT_BUS"},
    "request_approval": {"APPROVAL_URL", "TOKEN_SECRET_ARN"},
    "answer_approval": {"TOKEN_SECRET_ARN"},
    "apply_plan": set(),
    "verify_recovery": set(),
    "roll_back": set(),
    "close_incident": {"APPROVAL_URL"},
}


@pytest.mark.parametrize("name", sorted(functions()))
def test_a_function_stays_inside_lambdas_limits(name: str) -> None:
    """A function stays inside lambdas limits."""
    function = functions()[name]
    assert 1 <= function["Timeout"] <= 900
    assert 128 <= function["MemorySize"] <= 10240


@pytest.mark.parametrize("name", sorted(functions()))
def test_a_function_is_told_what_it_needs_and_no_more(name: str) -> None:
    """A function is told what it needs and no more."""
    assert set(functions()[name].get("Environment", {}).get("Variables", {})) == OWN_VARIABLES[name]


@pytest.mark.parametrize("name", sorted(functions()))
def test_a_function_logs_to_a_group_of_its_own_with_retention(name: str) -> None:
    """A function logs to a group of its own with retention."""
    group = f"{logical_id(name)}LogGroup"
    assert functions()[name]["LoggingConfig"]["LogGroup"] == {"Ref": group}
    assert resources("AWS::Logs::LogGroup")[group]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_functions_log_json_and_are_traced_where_lambda_can() -> None:
    """Functions log json and are traced where lambda can."""
    common = template()["Globals"]["Function"]
    assert common["LoggingConfig"]["LogFormat"] == {"Fn::If": ["HasJsonLogs", "JSON", "Text"]}
    assert common["Tracing"] == {"Fn::If": ["TracingOn", "Active", "PassThrough"]}


def holds(condition: Any, partition: str) -> bool:
    """Say whether a condition holds in a partition when every parameter is left at its default."""
    ((kind, operands),) = condition.items()
    match kind:
        case "Fn::Not":
            return not holds(operands[0], partition)
        case "Fn::And":
            return all(holds(one, partition) for one in operands)
        case "Condition":
            return holds(template()["Conditions"][operands], partition)
        case "Fn::Equals":
            name, wanted = operands[0]["Ref"], operands[1]
            return bool((partition if name == "AWS::Partition" else PARAMETERS[name]["Default"]) == wanted)
        case _:
            raise NotImplementedError(kind)


@pytest.mark.parametrize("partition", sorted(LACKING))
def test_what_a_partition_lacks_is_off_there_and_on_elsewhere(partition: str) -> None:
    """What a partition lacks is off there and on elsewhere."""
    conditions = {name: template()["Conditions"][name] for name in ("HasFunctionUrl", "HasJsonLogs", "TracingOn")}
    assert {name for name, one in conditions.items() if not holds(one, partition)} == LACKING[partition]


def test_the_approval_page_is_told_no_address_so_that_no_circle_closes() -> None:
    """The approval page is told no address so that no circle closes."""
    assert "APPROVAL_URL" not in {*COMMON, *functions()["answer_approval"]["Environment"]["Variables"]}


def test_a_public_function_url_has_both_permissions() -> None:
    """Since October 2025 the address answers 403 with only one of them."""
    resources_there = template("stacks/approval-address.yaml")["Resources"].values()
    permissions = [one["Properties"] for one in resources_there if one["Type"] == "AWS::Lambda::Permission"]
    assert {
        (one["Action"], one.get("FunctionUrlAuthType"), one.get("InvokedViaFunctionUrl")) for one in permissions
    } == {
        ("lambda:InvokeFunctionUrl", "NONE", None),
        ("lambda:InvokeFunction", None, True),
    }


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_a_parameter_says_what_it_is_and_takes_only_what_makes_sense(name: str) -> None:
    """A parameter says what it is and takes only what makes sense."""
    parameter = PARAMETERS[name]
    assert len(parameter["Description"]) > 20
    assert "Default" in parameter
    assert {"AllowedValues", "AllowedPattern", "MinValue"} & set(parameter)


def test_every_parameter_is_in_a_group_of_the_console() -> None:
    """Every parameter is in a group of the console."""
    groups = template()["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert sorted(name for group in groups for name in group["Parameters"]) == sorted(PARAMETERS)


def test_every_approval_time_out_that_is_offered_has_its_seconds() -> None:
    """Every approval time out that is offered has its seconds."""
    seconds = template()["Mappings"]["ApprovalTimeout"]
    assert {minutes: str(int(minutes) * 60) for minutes in PARAMETERS["ApprovalTimeoutMinutes"]["AllowedValues"]} == {
        minutes: row["Seconds"] for minutes, row in seconds.items()
    }


def test_the_default_is_to_ask() -> None:
    """The default is to ask."""
    assert (PARAMETERS["Mode"]["Default"], PARAMETERS["AuditEnabled"]["Default"]) == ("ask", "false")


def test_the_example_alarms_take_every_parameter_they_are_given() -> None:
    """The example alarms take every parameter they are given."""
    given = resources("AWS::CloudFormation::Stack")["ExampleAlarms"]["Parameters"]
    assert set(given) == set(template("stacks/example-alarms.yaml")["Parameters"])


def test_the_example_alarms_watch_only_what_a_rule_takes() -> None:
    """The example alarms watch only what a rule takes."""
    alarms = template("stacks/example-alarms.yaml")["Resources"].values()
    names = {alarm["Properties"].get("MetricName", "metric math") for alarm in alarms}
    assert names == {
        "UnHealthyHostCount",
        "HTTPCode_ELB_5XX_Count",
        "HTTPCode_ELB_504_Count",
        "HTTPCode_Target_5XX_Count",
        "TargetConnectionErrorCount",
        "metric math",
    }


def test_the_template_fits_into_cloudformation() -> None:
    """1 MB from S3, which `sam deploy` uses; 500 resources."""
    assert len((ROOT / "template.yaml").read_bytes()) < 1_000_000
    assert len(template()["Resources"]) < 500


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        ("", True),
        ("https://approve.example.com/", True),
        ("http://127.0.0.1:4567/", True),
        ("https://approve.example.com", False),
        ("https://approve.example.com/pathmend/", False),
    ],
)
def test_approval_links_start_with_an_address_without_a_path(address: str, taken: bool) -> None:  # noqa: FBT001 - a table
    """The page's form posts to /incidents/...: below a path of a proxy it would post beside it."""
    assert bool(re.search(PARAMETERS["ApprovalBaseUrl"]["AllowedPattern"], address)) is taken
