"""Everything the lab assumes about ministack 1.5.33, and its launcher; see lab/README.md for the gaps."""

from __future__ import annotations

import hmac
import importlib
import json
import os
import urllib.request
from pathlib import Path
from typing import Any

from lab.processes import die_with_parent

ACCOUNT_ID = "123456789012"
REGION = "us-east-1"
# The access key, and its secret, that IAM asks nothing: the lab's own services, its person, the SAM CLI.
ADMINISTRATOR = "test"
SECRET_VARIABLE = "LAB_SERVICE_SECRET"  # noqa: S105 - the name of a variable
SECRET_FIELD = "LabServiceSecret"  # noqa: S105 - the name of a field
HEALTH_PATH = "/_ministack/health"


def environment(port: int, secret: str, *, iam: bool = True) -> dict[str, str]:
    """Return the variables which confine ministack to loopback, this account and this port.

    With `iam`, roles may do what their policies allow, and nothing else.
    """
    return {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "MINISTACK_ACCOUNT_ID": ACCOUNT_ID,
        "MINISTACK_REGION": REGION,
        "LOG_LEVEL": "INFO",
        "AUTH": "true" if iam else "false",
        SECRET_VARIABLE: secret,
    }


def function_path(function_url: str, path: str) -> str:
    """Return the path under which ministack serves a function URL without a Host header of its own."""
    url_id = function_url.split("://", 1)[1].split(".", 1)[0]
    return f"/_aws/lambda-url/{url_id}{path}"


def put_service_events(endpoint: str, secret: str, entries: list[dict[str, Any]]) -> None:
    """Put events of `aws.*` sources on the default bus, as an AWS service does.

    PutEvents refuses these sources to everybody, on AWS and in ministack; the launcher lets the lab's services through.

    Raises:
        RuntimeError: The bus did not take all entries.
    """
    body = json.dumps({"Entries": entries, SECRET_FIELD: secret}).encode()
    scope = f"{ADMINISTRATOR}/20260101/{REGION}/events/aws4_request"
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "AWSEvents.PutEvents",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
    }
    request = urllib.request.Request(endpoint, data=body, headers=headers, method="POST")  # noqa: S310 - own loopback
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - own loopback
        answer = json.load(response)
    if answer.get("FailedEntryCount"):
        raise RuntimeError(f"the bus refused an event: {answer}")


def _admit_lab_services(secret: str) -> None:
    """Let PutEvents calls that carry the lab's secret publish `aws.*` sources, as ministack's own services may."""
    # Imported here because ministack reads its environment when imported; it has no types.
    eventbridge: Any = importlib.import_module("ministack.services.eventbridge")

    original = eventbridge._put_events  # noqa: SLF001 - the one hook there is

    def put_events(data: dict[str, Any], *, allow_aws_source: bool = False) -> Any:  # noqa: ANN401 - ministack's own
        shown = str(data.pop(SECRET_FIELD, ""))
        trusted = allow_aws_source or hmac.compare_digest(shown, secret)
        return original(data, allow_aws_source=trusted)

    eventbridge._put_events = put_events  # noqa: SLF001 - the one hook there is


def main() -> None:
    """Run ministack until it is told to stop, or its starter dies."""
    die_with_parent()
    home = Path(os.environ["LAB_HOME"])
    # The workers inherit the environment; the secret must not reach the product.
    _admit_lab_services(os.environ.pop(SECRET_VARIABLE))
    importlib.import_module("lab.ministack_iam").fill(home)
    importlib.import_module("ministack.app").main()


if __name__ == "__main__":
    main()
