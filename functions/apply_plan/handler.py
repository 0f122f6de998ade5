"""Lambda apply_plan: makes an approved plan's changes."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

from pathmend.bootstrap import live_ports
from pathmend.incidents.apply import apply_plan

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger, tracer, metrics = Logger(), Tracer(), Metrics()


@logger.inject_lambda_context(correlation_id_path="incident_id", clear_state=True)
@tracer.capture_lambda_handler
@metrics.log_metrics
def handler(event: dict[str, str], _context: LambdaContext) -> dict[str, Any]:
    """Apply the incident's plan and say what comes next, and how long to wait for it."""
    result = apply_plan(event["incident_id"], live_ports())
    metrics.add_metric("PlansApplied", MetricUnit.Count, int(result.outcome == "applied"))
    logger.info(result.outcome, reason=result.reason)
    return {key: value for key, value in asdict(result).items() if value is not None}
