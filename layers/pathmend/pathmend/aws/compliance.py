"""AWS Config rules: what they say, and asking them to look again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.aws.errors import code_of, translated
from pathmend.errors import NotFoundError, PathmendError
from pathmend.signals.signal import Compliance

if TYPE_CHECKING:
    from mypy_boto3_config import ConfigServiceClient

# LimitExceeded: an evaluation runs, or one was asked for less than a minute ago. ResourceInUse: one runs.
# Source: https://docs.aws.amazon.com/config/latest/APIReference/API_StartConfigRulesEvaluation.html
_UNDER_WAY = {"LimitExceededException", "ResourceInUseException"}


class ConfigComplianceRules:
    """Implements ComplianceRules."""

    def __init__(self, client: ConfigServiceClient) -> None:
        self._client = client

    def evaluate(self, rule_name: str) -> None:
        """Ask for a new evaluation; one that is under way already is as good."""
        try:
            with translated(f"ask Config rule {rule_name} to evaluate again"):
                self._client.start_config_rules_evaluation(ConfigRuleNames=[rule_name])
        except PathmendError as exc:
            if code_of(exc) not in _UNDER_WAY:
                raise

    def compliance(self, rule_name: str, resource_id: str) -> Compliance | None:
        """Return what the rule says of the resource, or None when it says nothing or is gone."""
        try:
            with translated(f"read the compliance of {resource_id} with Config rule {rule_name}"):
                pages = self._client.get_paginator("get_compliance_details_by_config_rule").paginate(
                    ConfigRuleName=rule_name, PaginationConfig={"PageSize": 100}
                )
                for page in pages:
                    for result in page["EvaluationResults"]:
                        qualifier = result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]
                        if qualifier["ResourceId"] == resource_id:
                            return Compliance(result["ComplianceType"])
        except NotFoundError:
            return None
        return None
