"""What clients of AWS keep to themselves."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from botocore.stub import Stubber

from pathmend.aws.clients import Clients

if TYPE_CHECKING:
    import pytest

SECRET = "the-signing-secret"
ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:token"


def test_no_secret_is_logged_however_much_is(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """With LogLevel DEBUG Lambda turns up the root logger: whole requests and answers must not follow."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in ("botocore", "boto3", "urllib3"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    caplog.set_level(logging.DEBUG)
    client: Any = Clients().secretsmanager
    with Stubber(client) as stubber:
        stubber.add_response("put_secret_value", {"ARN": ARN}, {"SecretId": ARN, "SecretString": SECRET})
        client.put_secret_value(SecretId=ARN, SecretString=SECRET)
    assert SECRET not in caplog.text
    assert not [one for one in caplog.records if one.name.startswith("botocore") and one.levelno < logging.INFO]
