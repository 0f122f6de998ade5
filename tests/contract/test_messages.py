"""What leaves the house: notices, audit requests and dead letters, as their receivers get them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

from pathmend.aws.audit_requests import EventBridgeAuditRequests
from pathmend.aws.dead_letters import LARGEST_BODY, SqsDeadLetters
from pathmend.aws.notifier import LARGEST_MESSAGE_BYTES, SnsNotifier
from pathmend.errors import TemporaryError
from pathmend.incidents.ports import Notice
from tests.fakes import FakeAuditRequests, FakeDeadLetters, FakeNotifier

if TYPE_CHECKING:
    from pathmend.aws.clients import Clients

NOTICE = Notice("Approve?", "All of it.", (("incident_id", "inc-1"), ("state", "awaiting_approval"), ("note", "")))


@pytest.fixture
def queue(clients: Clients) -> str:
    """Make a queue."""
    url: str = clients.named("sqs").create_queue(QueueName="inbox")["QueueUrl"]
    return url


@pytest.fixture
def topic(clients: Clients, queue: str) -> str:
    """Make a topic that delivers to the queue."""
    sns: Any = clients.sns
    arn: str = sns.create_topic(Name="incidents")["TopicArn"]
    attributes = clients.named("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=attributes["QueueArn"])
    return arn


def received(clients: Clients, queue: str) -> list[dict[str, Any]]:
    """Return the messages in the queue."""
    answer = clients.named("sqs").receive_message(
        QueueUrl=queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"], WaitTimeSeconds=0
    )
    messages: list[dict[str, Any]] = answer.get("Messages", [])
    return messages


def test_a_notice_reaches_the_subscribers(clients: Clients, topic: str, queue: str) -> None:
    """Its words whole, its attributes for filters; SNS takes no empty attribute."""
    fake = FakeNotifier()
    for notifier in (SnsNotifier(clients.sns, topic), fake):
        notifier.publish(NOTICE)
    message = json.loads(received(clients, queue)[0]["Body"])
    assert (message["Subject"], message["Message"]) == (NOTICE.subject, NOTICE.text)
    assert {name: one["Value"] for name, one in message["MessageAttributes"].items()} == {
        "incident_id": "inc-1",
        "state": "awaiting_approval",
    }
    assert fake.published == [NOTICE]


@pytest.mark.parametrize(
    ("subject", "sent"),
    [
        ("two\nlines\tand  more", "two lines and more"),
        ("Über", "ber"),
        ("x" * 200, "x" * 99),
        ("", "Pathmend"),
    ],
)
def test_a_subject_is_made_acceptable(clients: Clients, topic: str, queue: str, subject: str, sent: str) -> None:
    """SNS refuses line breaks, other signs than ASCII, and 100 characters."""
    SnsNotifier(clients.sns, topic).publish(Notice(subject, "text", ()))
    assert json.loads(received(clients, queue)[0]["Body"])["Subject"] == sent


def test_a_long_text_is_cut_and_says_so(clients: Clients, topic: str, queue: str) -> None:
    """A notice that is cut is better than none."""
    SnsNotifier(clients.sns, topic).publish(Notice("s", "ä" * LARGEST_MESSAGE_BYTES, ()))
    text = json.loads(received(clients, queue)[0]["Body"])["Message"]
    assert text.endswith("too long.]")
    assert LARGEST_MESSAGE_BYTES < len(text.encode()) < 256 * 1024


def test_an_empty_text_is_still_a_notice(clients: Clients, topic: str, queue: str) -> None:
    """SNS refuses an empty message."""
    SnsNotifier(clients.sns, topic).publish(Notice("s", "", ()))
    assert json.loads(received(clients, queue)[0]["Body"])["Message"] == "(no text)"


def test_each_load_balancer_is_asked_about(clients: Clients, queue: str) -> None:
    """However many there are; the events are those that the rules wait for."""
    events: Any = clients.events
    attributes = clients.named("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    events.put_rule(Name="audits", EventPattern=json.dumps({"source": ["pathmend"]}))
    events.put_targets(Rule="audits", Targets=[{"Id": "1", "Arn": attributes["QueueArn"]}])
    arns = [f"arn:{number}" for number in range(12)]
    fake = FakeAuditRequests()
    for requests in (EventBridgeAuditRequests(clients.events, "default"), fake):
        requests.request(arns)
        requests.request([])
    bodies = [json.loads(one["Body"]) for _ in range(2) for one in received(clients, queue)]
    assert {body["detail"]["loadBalancerArn"] for body in bodies} == set(arns) == set(fake.requested)
    assert {(body["source"], body["detail-type"]) for body in bodies} == {("pathmend", "Load Balancer Audit Requested")}


def test_a_bus_that_refuses_some_is_told(clients: Clients) -> None:
    """PutEvents answers with success and counts what it refused."""
    with Stubber(clients.events) as stub:
        entries = [{"EventId": "1"}, {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow"}]
        stub.add_response("put_events", {"FailedEntryCount": 1, "Entries": entries})
        with pytest.raises(TemporaryError, match="ThrottlingException"):
            EventBridgeAuditRequests(clients.events, "default").request(["arn:1", "arn:2"])


@pytest.mark.parametrize("event", [{"detail": "ü"}, "no object", [1], None, {"odd": {1, 2} - {2}}])
def test_an_unusable_event_is_kept_with_its_reason(clients: Clients, queue: str, event: object) -> None:
    """Whatever it is, as JSON where it can be."""
    fake = FakeDeadLetters()
    for letters in (SqsDeadLetters(clients.named("sqs"), queue), fake):
        letters.keep(event, "event.detail: is not\nan object ü")
    message = received(clients, queue)[0]
    reason = message["MessageAttributes"]["reason"]["StringValue"]
    assert reason.startswith("event.detail: is not an object")
    assert reason.isascii()
    assert json.loads(message["Body"]) == json.loads(json.dumps(event, default=repr))
    assert fake.kept == [(event, "event.detail: is not\nan object ü")]


def test_a_huge_event_is_cut_and_says_so(clients: Clients, queue: str) -> None:
    """A queue has its limits."""
    SqsDeadLetters(clients.named("sqs"), queue).keep({"description": "x" * 1_000_000}, "too much")
    message = received(clients, queue)[0]
    assert len(message["Body"]) == LARGEST_BODY
    assert message["MessageAttributes"]["cut"]["StringValue"].startswith(f"the first {LARGEST_BODY} of 1000")
