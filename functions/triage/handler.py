"""Lambda triage: an EventBridge event in, what became of it out."""

from dataclasses import asdict
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from pathmend.bootstrap import live_ports
from pathmend.errors import InvalidEventError
from pathmend.incidents.triage import triage

logger, tracer, metrics = Logger(), Tracer(), Metrics()
once = cache(lambda: live_ports().once(_triage))


@logger.inject_lambda_context(correlation_id_path="id", clear_state=True)
@tracer.capture_lambda_handler
@metrics.log_metrics
def handler(event: object, context: LambdaContext) -> dict[str, Any]:
    """Triage the event once, however often it is delivered."""
    return once()(event, context)


def _triage(event: object) -> dict[str, Any]:
    ports = live_ports()
    before = ports.meter.calls()
    try:
        result = triage(event, ports)
    except InvalidEventError as exc:
        ports.dead_letters.keep(event, str(exc))
        logger.warning("unusable event kept as a dead letter", reason=str(exc))
        return {"outcome": "invalid", "reason": str(exc)}
    metrics.add_metric("IncidentsOpened", MetricUnit.Count, int(result.outcome == "started"))
    metrics.add_metric("ApiCalls", MetricUnit.Count, ports.meter.calls() - before)
    logger.info(result.outcome, incident_id=result.incident_id, reason=result.reason, summary=result.summary)
    return {key: value for key, value in asdict(result).items() if value is not None}
