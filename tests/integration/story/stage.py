"""The stage of the stories: the stack and the workshop's world, both in this process's moto.

What moto lacks is filled so: the health of targets and the verdict of the Config rule come from the lab's own judges
(`workshop`); a task token is a text of ours, as moto takes any and tells nobody, so what a function hands to it is read
from the call; the steps between the functions, which are the state machine's, are the stories' own.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import boto3
import botocore.loaders
import botocore.session
from moto.core.utils import method_names_from_class

from pathmend import bootstrap
from tests.integration.story.functions import RUNTIME, Functions
from tests.integration.story.named import ACCOUNT, REGION, arn
from tests.integration.story.recorder import Answer, Recorder
from tests.integration.story.stack import Stack
from tests.integration.story.stacks import Stacks
from tests.integration.story.workshop import Workshop
from tests.template.application import machine, resources, rules, template
from tests.template.patterns import matches

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    Event = dict[str, Any]

APPROVAL_URL = "https://abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-east-1.on.aws/"
TERRAFORM_STATE = "webapp-states/network/prod.tfstate"
"""Where the stack is told that Pathmend may look for what Terraform owns."""

_BUS, _MAIL = "from-the-bus", "mail"


@dataclass
class StoryClock:
    """The machine's clock, with the time that a story lets pass."""

    passed: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        """Return the present moment of the story."""
        return datetime.now(UTC) + self.passed


@dataclass
class Stage:
    """Everything that a story needs; made by `set_stage`."""

    client: Callable[[str], Any]
    functions: Functions
    recorder: Recorder
    workshop: Workshop
    table: str
    queues: dict[str, str]
    clock: StoryClock
    stacks: Stacks

    def clear(self) -> None:
        """Return to the first morning: the world mended, nothing remembered."""
        self.recorder.failing.clear()
        self.recorder.handed_over.clear()
        self.stacks.made.clear()
        self.workshop.mend()
        dynamodb = self.client("dynamodb")
        for item in dynamodb.scan(TableName=self.table)["Items"]:
            dynamodb.delete_item(TableName=self.table, Key={key: item[key] for key in ("pk", "sk")})
        for name in self.queues:
            self.received(name)

    def deliver(self, event: Event) -> Event:
        """Bring an event to triage, as the first rule that matches it would."""
        assert any(matches(rule["Pattern"], event) for rule in rules().values()), f"no rule takes {event}"
        answer: Event = self.functions.invoke("triage", event)
        return answer

    def step(self, function: str, incident_id: str, **more: str) -> Event:
        """Run a function as the state machine does."""
        answer: Event = self.functions.invoke(function, {"incident_id": incident_id, **more})
        return answer

    def propose(self, incident_id: str, waiting: str = "the-task-token") -> str:
        """Run request_approval and return the link in its message."""
        self.step("request_approval", incident_id, task_token=waiting)
        message = self.mails()[-1]
        found = re.search(rf"{re.escape(APPROVAL_URL)}incidents/\S+\?token=\S+", message)
        assert found, message
        return found.group()

    def answer(self, link: str, decision: str) -> tuple[int, str]:
        """Open the page of a link, press a button of its form; return status and body of what comes back."""
        address = urlsplit(link)
        page = self.browse("GET", address.path, query=address.query)
        assert page["statusCode"] == 200, page
        form = _Form(page["body"])
        return self.send(form.action, {**form.fields, "decision": decision})

    def send(self, path: str, fields: dict[str, str]) -> tuple[int, str]:
        """Post a form."""
        answer = self.browse("POST", path, body=urlencode(fields))
        return int(answer["statusCode"]), str(answer["body"])

    def browse(self, method: str, path: str, *, query: str = "", body: str = "") -> Event:
        """Make one request of the function URL."""
        http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7", "userAgent": "x"}
        event: Event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "headers": {"content-type": "application/x-www-form-urlencoded"},
            "queryStringParameters": {name: values[0] for name, values in parse_qs(query).items()},
            "requestContext": {"http": http, "requestId": "r", "stage": "$default", "routeKey": "$default"},
            "body": b64encode(body.encode()).decode(),
            "isBase64Encoded": True,
        }
        answer: Event = self.functions.invoke("answer_approval", event)
        return answer

    def rule(self, rules: Event) -> None:
        """Set the rules; at once, where a minute would have to pass."""
        name, text = self.functions.stack.made["RulesParameter"], json.dumps(rules)
        self.client("ssm").put_parameter(Name=name, Type="String", Value=text, Overwrite=True)
        self.functions.forget_parameters()

    def pass_time(self, **duration: float) -> None:
        """Let time go by."""
        self.clock.passed += timedelta(**duration)

    def mails(self) -> list[str]:
        """Return the messages published since this was last asked."""
        return [json.loads(body)["Message"] for body, _ in self.received(_MAIL)]

    def on_the_bus(self) -> list[Event]:
        """Return our own events put on the bus since this was last asked; moto leaves their account out."""
        return [{"account": ACCOUNT, **json.loads(body)} for body, _ in self.received(_BUS)]

    def received(self, queue: str) -> list[tuple[str, dict[str, Any]]]:
        """Take every message, with its attributes, out of a queue."""
        sqs, url = self.client("sqs"), self.queues[queue]
        found: list[tuple[str, dict[str, Any]]] = []
        while part := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]).get(
            "Messages"
        ):
            for one in part:
                found.append((one["Body"], one.get("MessageAttributes", {})))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
        return found

    def started(self) -> list[dict[str, str]]:
        """Return the inputs of all executions started, oldest first."""
        states = self.client("stepfunctions")
        listed = states.list_executions(stateMachineArn=self.functions.stack.made["RemediationStateMachine"])
        inputs = [states.describe_execution(executionArn=one["executionArn"])["input"] for one in listed["executions"]]
        return [json.loads(text) for text in inputs]

    def open_incidents(self) -> list[str]:
        """Return the ids of the incidents that still hold a subject."""
        found = self.client("dynamodb").scan(TableName=self.table)["Items"]
        return [one["incident_id"]["S"] for one in found if one["pk"]["S"].startswith("SUBJECT#")]


class _Form(HTMLParser):
    """The one form of a page: its action and hidden fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action, self.fields = "", dict[str, str]()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what the form sends."""
        named = {key: value or "" for key, value in attrs}
        if tag == "form":
            self.action = named["action"]
        if tag == "input":
            self.fields[named["name"]] = named["value"]


def set_stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Make the stack's resources and the world, under a mock of AWS that has begun."""
    for name, value in RUNTIME.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    # Eight functions have eight sessions; the services' models are found and parsed for the first of them.
    monkeypatch.setattr(botocore.session, "create_loader", cache(botocore.loaders.create_loader))
    recorder, session, clients = Recorder(), boto3.Session(region_name=REGION), dict[str, Any]()
    # Moto knows a thousand images and shows all of them; any one will do.
    session.events.register("before-call.ec2.DescribeImages", _one_image)  # type: ignore[arg-type] # such a handler may answer
    # Made before the recorder listens, so that what the stage itself asks is never taken for a function's.
    services = ("cloudwatch", "config", "dynamodb", "ec2", "elbv2", "events", "iam", "kms", "lambda")
    for service in (*services, "network-firewall", "s3", "secretsmanager", "sns", "sqs", "ssm", "stepfunctions"):
        clients[service] = session.client(service)  # type: ignore[call-overload]
    recorder.install(monkeypatch)
    stacks = Stacks()
    stacks.install(monkeypatch)
    made, queues = _resources(clients)
    clock = StoryClock()
    stage = Stage(
        clients.__getitem__,
        Functions(Stack(made, {"TerraformState": TERRAFORM_STATE}), recorder),
        recorder,
        Workshop(clients.__getitem__, clock.now),
        made["IncidentsTable"],
        queues,
        clock,
        stacks,
    )
    monkeypatch.setattr(bootstrap.SystemClock, "now", lambda _: clock.now())
    stage.workshop.build(monkeypatch)
    # At every call moto lists what its class of answers can do; from here on nobody adds to it.
    monkeypatch.setattr("moto.core.responses.method_names_from_class", cache(method_names_from_class))
    stage.workshop.settle()
    return stage


def _one_image(**_: object) -> tuple[Answer, dict[str, Any]]:
    return Answer(200), {"Images": [{"ImageId": "ami-0abcdef1234567890"}]}


def _resources(clients: dict[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Make what the template declares and the functions touch; return what Ref and GetAtt give, and queues by name."""
    made = {f"{name}.Arn": arn("logs", f"log-group:{name}:*") for name in resources("AWS::Logs::LogGroup")}
    made["ApprovalAddress.Outputs.Url"] = APPROVAL_URL
    _table(clients["dynamodb"], made)
    made["IncidentsTopic"] = clients["sns"].create_topic(Name="pathmend-IncidentsTopic")["TopicArn"]
    _values(clients, made)
    queues = {
        name: clients["sqs"].create_queue(QueueName=name)["QueueUrl"] for name in ("FailedEventsQueue", _BUS, _MAIL)
    }
    made["FailedEventsQueue"] = queues["FailedEventsQueue"]
    made["FailedEventsQueue.Arn"] = arn("sqs", "FailedEventsQueue")
    definition = json.dumps(machine())
    made["RemediationStateMachine"] = clients["stepfunctions"].create_state_machine(
        name="pathmend-remediation", definition=definition, roleArn="arn:aws:iam::123456789012:role/Remediation"
    )["stateMachineArn"]
    clients["sns"].subscribe(TopicArn=made["IncidentsTopic"], Protocol="sqs", Endpoint=arn("sqs", _MAIL))
    clients["events"].put_rule(Name="ours", EventPattern=json.dumps({"source": ["pathmend"]}))
    clients["events"].put_targets(Rule="ours", Targets=[{"Id": "queue", "Arn": arn("sqs", _BUS)}])
    return made, queues


def _table(dynamodb: Any, made: dict[str, str]) -> None:
    """Make the table of the template, with the keys and the index that it declares."""
    declared = resources("AWS::DynamoDB::Table")["IncidentsTable"]
    keys = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    table = dynamodb.create_table(TableName="pathmend-IncidentsTable", **{key: declared[key] for key in keys})
    made["IncidentsTable"] = table["TableDescription"]["TableName"]
    made["IncidentsTable.Arn"] = table["TableDescription"]["TableArn"]


def _values(clients: dict[str, Any], made: dict[str, str]) -> None:
    declared = template()["Resources"]["RulesParameter"]["Properties"]
    made["RulesParameter"] = "CFN-RulesParameter"
    clients["ssm"].put_parameter(Name=made["RulesParameter"], Type=declared["Type"], Value=declared["Value"])
    secret = clients["secretsmanager"].create_secret(Name="TokenSecret", SecretString="s" * 64)
    made["TokenSecret"] = secret["ARN"]
