"""An event that cannot be delivered or worked on lands in a queue, and the queue raises an alarm."""

import pytest

from tests.template.application import functions, logical_id, resources, template

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
    telling = [
        alarm
        for alarm in resources("AWS::CloudWatch::Alarm").values()
        if alarm["Dimensions"][0]["Value"] == {"Fn::GetAtt": [queue, "QueueName"]}
    ]
    assert [(alarm["MetricName"], alarm["Threshold"]) for alarm in telling] == [
        ("ApproximateNumberOfMessagesVisible", 0)
    ]


def watched(function: str) -> list[tuple[str, int, int]]:
    """Return the metric, the seconds and the least sum of the alarms on a function, that they go off at."""
    found = []
    for alarm in resources("AWS::CloudWatch::Alarm").values():
        if alarm["Dimensions"][0]["Value"] == {"Ref": f"{logical_id(function)}Function"}:
            least = alarm["Threshold"] + (alarm["ComparisonOperator"] == "GreaterThanThreshold")
            assert (alarm["Statistic"], alarm["EvaluationPeriods"]) == ("Sum", 1)
            found.append((alarm["MetricName"], alarm["Period"], least))
    return found


@pytest.mark.parametrize("function", sorted(ASYNCHRONOUS))
def test_an_event_that_even_its_queue_did_not_take_wakes_somebody(function: str) -> None:
    """One that failed for good is in the queue, whose alarm tells; one that a retry cured tells nobody."""
    assert watched(function) == [("DestinationDeliveryFailures", 60, 1)]


@pytest.mark.parametrize("function", sorted(set(functions()) - set(ASYNCHRONOUS) - {"answer_approval"}))
def test_one_throttle_that_is_retried_wakes_nobody(function: str) -> None:
    """The state machine calls again; a function that fails three times in five minutes does so for good."""
    assert watched(function) == [("Errors", 300, 3)]


def test_an_error_that_an_approver_saw_wakes_somebody() -> None:
    """Nothing but the approver tries again."""
    assert watched("answer_approval") == [("Errors", 60, 1)]


@pytest.mark.parametrize("metric", ["ExecutionsFailed", "ExecutionsTimedOut"])
def test_a_remediation_that_did_not_close_its_incident_wakes_somebody(metric: str) -> None:
    """The first one does."""
    alarms = resources("AWS::CloudWatch::Alarm").values()
    (alarm,) = (one for one in alarms if one["MetricName"] == metric)
    assert alarm["Dimensions"] == [{"Name": "StateMachineArn", "Value": {"Ref": "RemediationStateMachine"}}]
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")


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
