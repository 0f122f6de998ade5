"""What every reader of Config rules does; moto has no evaluations, so AWS's answers are given by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

from pathmend.aws.compliance import ConfigComplianceRules
from pathmend.errors import AccessDeniedError, NotFoundError
from pathmend.signals.signal import Compliance
from tests.fakes import FakeComplianceRules

if TYPE_CHECKING:
    from pathmend.aws.clients import Clients

RULE = "alb-subnet-check"
DETAILS = "get_compliance_details_by_config_rule"
START = "start_config_rules_evaluation"


def a_result(resource_id: str, compliance: str) -> dict[str, Any]:
    """Return one evaluation result in AWS's shape."""
    qualifier = {"ConfigRuleName": RULE, "ResourceType": "AWS::EC2::Subnet", "ResourceId": resource_id}
    return {"EvaluationResultIdentifier": {"EvaluationResultQualifier": qualifier}, "ComplianceType": compliance}


def test_the_result_of_the_resource_is_found_on_any_page(clients: Clients) -> None:
    """Both readers say what the rule says of it."""
    with Stubber(clients.config) as stub:
        first = {"EvaluationResults": [a_result("other", "COMPLIANT")], "NextToken": "more"}
        stub.add_response(DETAILS, first, {"ConfigRuleName": RULE, "Limit": 100})
        second = {"EvaluationResults": [a_result("mine", "NON_COMPLIANT")]}
        stub.add_response(DETAILS, second, {"ConfigRuleName": RULE, "Limit": 100, "NextToken": "more"})
        found = ConfigComplianceRules(clients.config).compliance(RULE, "mine")
    fake = FakeComplianceRules({(RULE, "mine"): Compliance.NON_COMPLIANT})
    assert found is fake.compliance(RULE, "mine") is Compliance.NON_COMPLIANT


def test_a_rule_that_says_nothing_or_is_gone_is_none(clients: Clients) -> None:
    """Neither holds a recovery up."""
    with Stubber(clients.config) as stub:
        stub.add_response(DETAILS, {"EvaluationResults": [a_result("other", "COMPLIANT")]})
        stub.add_client_error(DETAILS, "NoSuchConfigRuleException")
        rules = ConfigComplianceRules(clients.config)
        assert rules.compliance(RULE, "mine") is None
        assert rules.compliance(RULE, "mine") is None
    assert FakeComplianceRules().compliance(RULE, "mine") is None


@pytest.mark.parametrize("code", ["LimitExceededException", "ResourceInUseException"])
def test_an_evaluation_under_way_is_as_good(clients: Clients, code: str) -> None:
    """AWS starts no second one."""
    with Stubber(clients.config) as stub:
        stub.add_response(START, {}, {"ConfigRuleNames": [RULE]})
        stub.add_client_error(START, code)
        rules = ConfigComplianceRules(clients.config)
        rules.evaluate(RULE)
        rules.evaluate(RULE)
        stub.assert_no_pending_responses()


def test_other_failures_are_told(clients: Clients) -> None:
    """A rule that is gone, a permission that is missing."""
    with Stubber(clients.config) as stub:
        stub.add_client_error(START, "NoSuchConfigRuleException")
        stub.add_client_error(DETAILS, "AccessDeniedException")
        rules = ConfigComplianceRules(clients.config)
        with pytest.raises(NotFoundError, match=RULE):
            rules.evaluate(RULE)
        with pytest.raises(AccessDeniedError):
            rules.compliance(RULE, "mine")
