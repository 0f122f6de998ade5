"""Lambda roll_back: undoes what was done."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

from pathmend.bootstrap import live_ports
from pathmend.incidents.roll_back import roll_back

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger, tracer, metrics = Logger(), Tracer(), Metrics()


@logger.inject_lambda_context(correlation_id_path="incident_id", clear_state=True)
@tracer.capture_lambda_handler
@metrics.log_metrics
def handler(event: dict[str, str], _context: LambdaContext) -> dict[str, Any]:
    """Undo the incident's changes, newest first."""
    result = roll_back(event["incident_id"], event.get("reason", ""), live_ports())
    metrics.add_metric("RollbacksFailed", MetricUnit.Count, int(result.outcome == "rollback_failed"))
    logger.info(result.outcome, reason=result.reason)
    return asdict(result)
