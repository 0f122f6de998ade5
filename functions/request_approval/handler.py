"""Lambda request_approval: publishes a proposal; Step Functions waits for its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

from pathmend.bootstrap import live_ports
from pathmend.incidents.request_approval import request_approval

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger, tracer, metrics = Logger(), Tracer(), Metrics()


@logger.inject_lambda_context(correlation_id_path="incident_id", clear_state=True)
@tracer.capture_lambda_handler
@metrics.log_metrics
def handler(event: dict[str, str], _context: LambdaContext) -> dict[str, str]:
    """Publish the proposal and leave the task token with the incident."""
    ports = live_ports()
    incident_id = event["incident_id"]
    asked = request_approval(incident_id, event["task_token"], ports)
    incident = ports.store.get(incident_id)
    # Of later rounds the time would count the repairs before them.
    if incident and incident.proposed_at and incident.round == 1:
        seconds = (incident.proposed_at - incident.opened_at).total_seconds()
        metrics.add_metric("TimeToProposal", MetricUnit.Seconds, seconds)
    logger.info("proposal published" if asked else "nobody is asked")
    return {"incident_id": incident_id}
