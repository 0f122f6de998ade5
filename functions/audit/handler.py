"""Lambda audit: asks for a diagnosis of every load balancer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

from pathmend.bootstrap import live_ports
from pathmend.incidents.audit import audit

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger, tracer, metrics = Logger(), Tracer(), Metrics()


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics
def handler(_event: object, _context: LambdaContext) -> dict[str, int]:
    """Put one request per load balancer on the event bus."""
    requested = audit(live_ports())
    metrics.add_metric("AuditsRequested", MetricUnit.Count, requested)
    logger.info("audits requested", load_balancers=requested)
    return {"requested": requested}
