"""What a user of the application has: its messages, the page behind their link, and the `pathmend` command."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from lab.clients import for_lab
from lab.emulators import REPOSITORY, LabError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lab.emulators import Endpoints

_LINK = re.compile(r"https?://\S+/incidents/\S+\?token=\S+")
# The CLI finds the deployment by these, as the functions do.
_VARIABLES = {
    "IncidentsTableName": "INCIDENTS_TABLE",
    "IncidentsTopicArn": "TOPIC_ARN",
    "RemediationStateMachineArn": "STATE_MACHINE_ARN",
    "RulesParameterName": "RULES_PARAMETER",
    "TokenSecretArn": "TOKEN_SECRET_ARN",
}


@dataclass(frozen=True, slots=True)
class Message:
    """A notice of the topic; `at` is when it was received, in seconds since the epoch."""

    text: str
    incident_id: str
    state: str
    at: float

    @property
    def link(self) -> str | None:
        """Return the link to the approval page, if the notice has one."""
        found = _LINK.search(self.text)
        return found[0] if found else None


class Inbox:
    """A queue subscribed to the topic."""

    def __init__(self, endpoints: Endpoints, topic_arn: str) -> None:
        self._sqs = for_lab(endpoints, "sqs")
        self._url = self._sqs.create_queue(QueueName="lab-inbox")["QueueUrl"]
        wanted = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        arn = wanted["Attributes"]["QueueArn"]
        self._sqs.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": _open_to(topic_arn, arn)})
        for_lab(endpoints, "sns").subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn)

    def read(self, wait_seconds: int = 1) -> list[Message]:
        """Return the new notices, waiting a little for the first; other messages of the topic are dropped."""
        answer = self._sqs.receive_message(QueueUrl=self._url, WaitTimeSeconds=wait_seconds, MaxNumberOfMessages=10)
        found = []
        for one in answer.get("Messages", []):
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=one["ReceiptHandle"])
            found.append(_message(json.loads(one["Body"])))
        return [message for message in found if message.incident_id]

    def clear(self) -> None:
        """Drop what nobody waits for any more."""
        while self.read(0):
            pass


def _open_to(topic_arn: str, queue_arn: str) -> str:
    """Return the queue's policy: without one, a topic may not deliver."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _message(body: dict[str, Any]) -> Message:
    attributes = {name: one["Value"] for name, one in body.get("MessageAttributes", {}).items()}
    return Message(str(body["Message"]), attributes.get("incident_id", ""), attributes.get("state", ""), time.time())


class _Form(HTMLParser):
    """Collects the first form's action and its hidden fields."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = self.action or found.get("action", "")
        elif tag == "input" and found.get("type") == "hidden":
            self.fields[found["name"]] = found.get("value", "")


def approve_by_page(link: str) -> None:
    """Open the link, as a browser does, and send the form of the page with its approve button.

    Raises:
        LabError: The page or the answer was refused.
    """
    page = _open(urllib.request.Request(link))  # noqa: S310 - the link of a message of our own
    form = _Form()
    form.feed(page)
    if not form.action:
        raise LabError(f"the approval page has no form:\n{page[:2000]}")
    body = urllib.parse.urlencode(form.fields | {"decision": "approve"}).encode()
    _open(urllib.request.Request(urllib.parse.urljoin(link, form.action), data=body))  # noqa: S310 - same


def _open(request: urllib.request.Request) -> str:
    try:
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - the lab's front door
            return str(response.read().decode())
    except urllib.error.HTTPError as error:
        raise LabError(f"the approval page answered {error.code}: {error.read().decode()[:2000]}") from error


def deployment_variables(outputs: Mapping[str, str], stack: str) -> dict[str, str]:
    """Return the variables by which the `pathmend` command finds a deployment."""
    named = {variable: outputs[output] for output, variable in _VARIABLES.items() if output in outputs}
    return named | {"PATHMEND_STACK": stack}


class Command:
    """The installed `pathmend` command, pointed at the lab's deployment."""

    def __init__(self, endpoints: Endpoints, outputs: Mapping[str, str], stack: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self._environment = kept | endpoints.variables() | deployment_variables(outputs, stack)
        self._environment["NO_COLOR"] = "1"

    def run(self, *arguments: str) -> str:
        """Run the command and return what it printed.

        Raises:
            LabError: It failed.
        """
        program = str(REPOSITORY / ".venv" / "bin" / "pathmend")
        done = subprocess.run(
            [program, *arguments], env=self._environment, capture_output=True, text=True, check=False, timeout=120
        )
        if done.returncode:
            raise LabError(f"pathmend {' '.join(arguments)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout

    def show(self, incident_id: str) -> dict[str, Any]:
        """Return an incident as the command knows it."""
        found: dict[str, Any] = json.loads(self.run("show", incident_id, "--json"))
        return found
