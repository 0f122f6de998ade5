"""The approval page over HTTP as Lambda's function URL delivers it."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from pathmend.channels.tokens import Grant
from pathmend.errors import TemporaryError
from pathmend.incidents.incident import Channel, Verdict
from tests.unit.functions.test_handlers import TOKEN, proposed  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.functions.conftest import HandlerPorts

    Call = Callable[[str, Any], Any]


def a_request(method: str, path: str, *, query: dict[str, str] | None = None, body: bytes = b"") -> dict[str, Any]:
    """Return a request in the function URL's payload format 2.0."""
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": urlencode(query or {}),
        "queryStringParameters": query or {},
        "headers": {"content-type": "application/x-www-form-urlencoded"},
        "requestContext": {
            "http": {"method": method, "path": path, "sourceIp": "198.51.100.7"},
            "stage": "$default",
            "domainName": "x.lambda-url.us-east-1.on.aws",
        },
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


@pytest.fixture
def link(proposed: str, ports: HandlerPorts) -> str:  # noqa: F811 - the fixture
    """Return the token of the link in the mail."""
    incident = ports.store.get(proposed)
    assert incident
    assert incident.plan
    expires = int((ports.clock.now() + timedelta(hours=1)).timestamp())
    return ports.signer.sign(Grant(proposed, incident.plan.fingerprint, 1, Channel.PAGE, expires))


def test_the_page_shows_and_the_form_decides(
    call: Call,
    proposed: str,  # noqa: F811 - the fixture
    link: str,
    ports: HandlerPorts,
) -> None:
    """From the link in the mail to the workflow that goes on."""
    page = call("answer_approval", a_request("GET", f"/incidents/{proposed}", query={"token": link}))
    assert page["statusCode"] == 200
    assert "text/html" in page["headers"]["Content-Type"]
    assert ports.workflow.answers == {}
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page["body"]))
    body = urlencode({**fields, "decision": "approve"}).encode()
    answer = call("answer_approval", a_request("POST", f"/incidents/{proposed}/decision", body=body))
    assert answer["statusCode"] == 200
    assert ports.workflow.answers == {TOKEN: Verdict.APPROVED}


def test_a_head_is_answered_and_decides_nothing(
    call: Call,
    proposed: str,  # noqa: F811 - the fixture
    link: str,
    ports: HandlerPorts,
) -> None:
    """Link scanners send it."""
    page = call("answer_approval", a_request("HEAD", f"/incidents/{proposed}", query={"token": link}))
    assert page["statusCode"] == 200
    assert ports.workflow.answers == {}


@pytest.mark.parametrize("query", [{}, {"token": ""}, {"token": "forged"}])
def test_without_a_good_token_there_is_no_page(
    call: Call,
    proposed: str,  # noqa: F811 - the fixture
    query: dict[str, str],
) -> None:
    """Nothing of the incident is told."""
    page = call("answer_approval", a_request("GET", f"/incidents/{proposed}", query=query))
    assert page["statusCode"] >= 400
    assert "ModifyTargetGroup" not in page["body"]


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"decision=approve", b"x" * 100_000])
def test_a_body_that_is_no_form_is_refused_and_no_error(
    call: Call,
    proposed: str,  # noqa: F811 - the fixture
    body: bytes,
    ports: HandlerPorts,
) -> None:
    """Anybody may send anything to a public address."""
    answer = call("answer_approval", a_request("POST", f"/incidents/{proposed}/decision", body=body))
    assert 400 <= answer["statusCode"] < 500
    assert ports.workflow.answers == {}


def test_a_throttled_store_asks_to_try_again(
    call: Call,
    proposed: str,  # noqa: F811 - the fixture
    link: str,
    ports: HandlerPorts,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The visitor reads a sentence, not Lambda's bare error."""

    def throttled(_: str) -> None:
        raise TemporaryError("throttled")

    monkeypatch.setattr(ports.store, "get", throttled)
    page = call("answer_approval", a_request("GET", f"/incidents/{proposed}", query={"token": link}))
    assert page["statusCode"] == 503
    assert "again" in page["body"]


def test_other_paths_are_not_found(call: Call) -> None:
    """There are two."""
    assert call("answer_approval", a_request("GET", "/"))["statusCode"] == 404
    assert call("answer_approval", a_request("GET", "/incidents/x/decision"))["statusCode"] in {404, 405}
