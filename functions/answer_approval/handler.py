"""Lambda answer_approval: the approval page and its decision, behind a function URL."""

from base64 import b64decode
from typing import Any

from aws_lambda_powertools import Logger, Tracer
from aws_lambda_powertools.event_handler import LambdaFunctionUrlResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from pathmend.bootstrap import live_ports
from pathmend.channels.web import get_page, post_decision
from pathmend.errors import TemporaryError

logger, tracer, app = Logger(), Tracer(), LambdaFunctionUrlResolver()


@app.route("/incidents/<incident_id>", method=["GET", "HEAD"])
def show(incident_id: str) -> Response[str]:
    """Show the incident; changes nothing."""
    logger.set_correlation_id(incident_id)
    token = app.current_event.query_string_parameters.get("token", "")
    page = get_page(incident_id, token, live_ports(), live_ports().signer)
    return Response(int(page.status), body=page.body, headers=page.headers)


@app.post("/incidents/<incident_id>/decision")
def decide(incident_id: str) -> Response[str]:
    """Take the decision of the form."""
    logger.set_correlation_id(incident_id)
    event = app.current_event
    body = b64decode(event.body or "").decode(errors="replace") if event.is_base64_encoded else event.body or ""
    source_ip = event.request_context.http.source_ip or "unknown"
    page = post_decision(incident_id, body, source_ip, live_ports(), live_ports().signer)
    return Response(int(page.status), body=page.body, headers=page.headers)


@app.exception_handler(TemporaryError)  # type: ignore[untyped-decorator] # Powertools leaves it without types
def ask_again(error: TemporaryError) -> Response[str]:
    """Say that it may work in a moment; whether a decision was kept, the same page shows then."""
    logger.warning("could not serve", reason=str(error))
    return Response(
        503, "text/plain; charset=utf-8", "AWS did not answer in time. Try the same link again in a moment."
    )


# The page holds the link's token, which no trace may keep.
@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Serve one HTTP request."""
    return app.resolve(event, context)
