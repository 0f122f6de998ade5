"""The sample events are of AWS's shape and of one world."""

import json
from datetime import datetime

import pytest

from tests.template.application import EVENTS, sample

BUS = [str(path.relative_to(EVENTS)) for path in EVENTS.rglob("*.json") if path.parent.name != "http"]
ALARMS = [path for path in BUS if path.startswith("cloudwatch/") and "malformed" not in path]
ENVELOPE = {"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"}


@pytest.mark.parametrize("path", BUS)
def test_an_event_has_the_envelope_of_eventbridge(path: str) -> None:
    """An event has the envelope of eventbridge."""
    event = sample(path)
    assert set(event) == ENVELOPE
    assert (event["version"], event["account"]) == ("0", "123456789012")
    assert datetime.fromisoformat(event["time"]).tzinfo


def test_no_two_events_share_an_id() -> None:
    """No two events share an id."""
    assert len({sample(path)["id"] for path in BUS}) == len(BUS)


@pytest.mark.parametrize("path", ALARMS)
def test_an_alarm_names_itself_and_says_why_in_a_json_string(path: str) -> None:
    """An alarm names itself and says why in a json string."""
    event = sample(path)
    assert event["resources"][0].endswith(f":{event['account']}:alarm:{event['detail']['alarmName']}")
    assert isinstance(json.loads(event["detail"]["state"]["reasonData"]), dict)


@pytest.mark.parametrize("path", ALARMS)
def test_a_dimension_of_a_load_balancer_is_that_of_the_one_world(path: str) -> None:
    """A dimension of a load balancer is that of the one world."""
    for metric in sample(path)["detail"]["configuration"].get("metrics", ()):
        dimensions = metric.get("metricStat", {}).get("metric", {}).get("dimensions", {})
        assert dimensions.get("LoadBalancer", "app/WebApp-ALB/50dc6c495c0c9188") == "app/WebApp-ALB/50dc6c495c0c9188"
        assert (
            dimensions.get("TargetGroup", "targetgroup/WebApp-TG/73e2d6bc24d8a067")
            == "targetgroup/WebApp-TG/73e2d6bc24d8a067"
        )


def test_the_text_file_is_not_json() -> None:
    """The text file is not json."""
    with pytest.raises(json.JSONDecodeError):
        json.loads((EVENTS / "cloudwatch" / "not_json.txt").read_text())


def test_the_readme_names_every_file() -> None:
    """The readme names every file."""
    readme = (EVENTS / "README.md").read_text()
    assert [path for path in EVENTS.glob("*/*") if f"`{path.relative_to(EVENTS)}`" not in readme] == []
