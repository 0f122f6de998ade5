"""An event that cannot be delivered or worked on lands in a queue, and the queue raises an alarm."""

import pytest

from tests.template.application import functions, resources, template

ASYNCHRONOUS = {name: one for name, one in functions().items() if "Events" in one}
TRIGGERS = [(name, event) for name, one in ASYNCHRONOUS.items() for event in one["Events"]]
QUEUES = ("UndeliveredEventsQueue", "FailedEventsQueue")


def test_only_triage_and_audit_are_started_by_events() -> None:
    """Only triage and audit are started by events."""
    assert set(ASYNCHRONOUS) == {"triage", "audit"}


@pytest.mark.parametrize(("function", "event"), TRIGGERS)
def test_a_trigger_retries_and_then_keeps_the_event(function: str, event: str) -> None:
    """A trigger retries and then keeps the event."""
    rule = functions()[function]["Events"][event]["Properties"]
    assert rule["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["UndeliveredEventsQueue", "Arn"]}}
    assert rule["RetryPolicy"]["MaximumRetryAttempts"] > 0


@pytest.mark.parametrize("function", sorted(ASYNCHRONOUS))
def test_a_failed_event_is_kept_with_its_error(function: str) -> None:
    """A failed event is kept with its error."""
    kept = functions()[function]["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]
    assert kept == {"Type": "SQS", "Destination": {"Fn::GetAtt": ["FailedEventsQueue", "Arn"]}}


def test_the_queue_takes_events_from_exactly_our_rules() -> None:
    """The queue takes events from exactly our rules."""
    policy = resources("AWS::SQS::QueuePolicy")["UndeliveredEventsQueuePolicy"]["PolicyDocument"]
    sources = policy["Statement"][0]["Condition"]["ArnEquals"]["aws:SourceArn"]
    rules = {
        f"{next(lid for lid, one in resources('AWS::Serverless::Function').items() if one == functions()[name])}{event}"
        for name, event in TRIGGERS
    }
    assert {source["Fn::GetAtt"][0] for source in sources} == rules


@pytest.mark.parametrize("queue", QUEUES)
def test_a_queue_keeps_two_weeks_encrypted_and_tells(queue: str) -> None:
    """A queue keeps two weeks encrypted and tells."""
    found = resources("AWS::SQS::Queue")[queue]
    assert (found["MessageRetentionPeriod"], found["SqsManagedSseEnabled"]) == (14 * 24 * 3600, True)
    watched = [
        alarm
        for alarm in resources("AWS::CloudWatch::Alarm").values()
        if alarm["Dimensions"][0]["Value"] == {"Fn::GetAtt": [queue, "QueueName"]}
    ]
    assert [(alarm["MetricName"], alarm["Threshold"]) for alarm in watched] == [
        ("ApproximateNumberOfMessagesVisible", 0)
    ]


def test_every_function_and_the_state_machine_have_an_alarm() -> None:
    """Every function and the state machine have an alarm."""
    watched = {
        str(alarm["Dimensions"][0]["Value"].get("Ref")) for alarm in resources("AWS::CloudWatch::Alarm").values()
    }
    assert watched >= {*resources("AWS::Serverless::Function"), "RemediationStateMachine"}


def test_every_alarm_of_ours_tells_the_topic() -> None:
    """Every alarm of ours tells the topic."""
    assert all(
        alarm["AlarmActions"] == [{"Ref": "IncidentsTopic"}] for alarm in resources("AWS::CloudWatch::Alarm").values()
    )


def test_alarms_may_publish_to_the_topic() -> None:
    """A topic under the key alias/aws/sns would swallow them: nobody can let an alarm use that key."""
    assert "KmsMasterKeyId" not in resources("AWS::SNS::Topic")["IncidentsTopic"]
    statements = resources("AWS::SNS::TopicPolicy")["IncidentsTopicPolicy"]["PolicyDocument"]["Statement"]
    assert {"Service": "cloudwatch.amazonaws.com"} in [
        one["Principal"] for one in statements if one["Effect"] == "Allow"
    ]


def test_incidents_are_kept_as_the_design_says() -> None:
    """Incidents are kept as the design says."""
    table = resources("AWS::DynamoDB::Table")["IncidentsTable"]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert template()["Resources"]["IncidentsTable"]["UpdateReplacePolicy"] == "Retain"
