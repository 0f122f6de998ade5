"""Lambda close_incident: every way of an incident ends here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

from pathmend.bootstrap import live_ports
from pathmend.incidents.close import close_incident, outcome_of

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger, tracer, metrics = Logger(), Tracer(), Metrics()


@logger.inject_lambda_context(correlation_id_path="incident_id", clear_state=True)
@tracer.capture_lambda_handler
@metrics.log_metrics
def handler(event: dict[str, str], _context: LambdaContext) -> dict[str, str]:
    """Close the incident and publish its outcome."""
    outcome, reason = outcome_of(event["outcome"]), event.get("reason", "")
    state = close_incident(event["incident_id"], outcome, reason, live_ports())
    metrics.add_dimension("state", state.value)
    metrics.add_metric("IncidentsClosed", MetricUnit.Count, 1)
    logger.info(state.value, reason=reason)
    return {"state": state.value}
