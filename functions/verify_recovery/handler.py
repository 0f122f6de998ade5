"""Lambda verify_recovery: looks once whether the change helped."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Tracer

from pathmend.bootstrap import live_ports
from pathmend.incidents.verify import verify_recovery

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger, tracer = Logger(), Tracer()


@logger.inject_lambda_context(correlation_id_path="incident_id", clear_state=True)
@tracer.capture_lambda_handler
def handler(event: dict[str, str], _context: LambdaContext) -> dict[str, Any]:
    """Say whether it recovered, is to be waited for, or needs something else."""
    result = verify_recovery(event["incident_id"], live_ports())
    logger.info(result.status, reason=result.reason)
    return {key: value for key, value in asdict(result).items() if value is not None}
