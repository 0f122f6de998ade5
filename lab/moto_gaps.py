"""What moto 5.2.5 leaves out and the product would see untrue: each gap filled here, listed in lab/README.md."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from moto.cloudwatch.models import CloudWatchBackend, cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse
from moto.config.responses import ConfigResponse
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.network_acls import NetworkAclBackend
from moto.elbv2.models import FakeHealthStatus, FakeTargetGroup

from lab import firewall_service, ministack, moto_network_gaps

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

LAST_ENTRY = 32767
BALANCER_PREFIX = "ELB "


class HealthBook(Protocol):
    """Knows what the lab's health checks saw."""

    def verdict(self, target_group_arn: str, target_id: str) -> tuple[str, str | None, str | None] | None:
        """Return state, reason and description of a registered target, None when it was never looked at."""


class RuleBook(Protocol):
    """Knows what the lab's Config rules found."""

    def evaluate(self, rule_names: list[str]) -> None:
        """Evaluate the rules once, soon."""

    def details(self, rule_name: str) -> list[dict[str, Any]]:
        """Return the results of a rule as EvaluationResults of the API."""

    def compliance(self) -> dict[str, str]:
        """Return the compliance type of each evaluated rule."""


def fill(health: HealthBook, rules: RuleBook) -> None:
    """Fill all gaps in this process's moto."""
    _fill_target_health(health)
    _fill_config(rules)
    _fill_network_acls()
    _fill_interfaces()
    _fill_alarms()
    moto_network_gaps.fill(_add)
    firewall_service.fill(_add)


def _fill_target_health(health: HealthBook) -> None:
    """Moto calls every registered target healthy; the lab's health checks know better."""
    original = FakeTargetGroup.health_for

    def health_for(group: FakeTargetGroup, target: dict[str, Any], ec2: Any) -> FakeHealthStatus:  # noqa: ANN401 - moto's
        seen = original(group, target, ec2)
        verdict = health.verdict(group.arn, target["Id"]) if target["Id"] in group.targets else None
        if verdict:
            seen.status, seen.reason, seen.description = verdict
        return seen

    _add(FakeTargetGroup, health_for=health_for)


def _fill_config(rules: RuleBook) -> None:
    """Moto keeps Config rules and evaluates none; it has no answer to four operations."""

    def start(response: ConfigResponse) -> str:
        rules.evaluate(response._get_param("ConfigRuleNames") or [])  # noqa: SLF001 - moto's way to extend
        return "{}"

    def details(response: ConfigResponse) -> str:
        wanted = response._get_param("ComplianceTypes")  # noqa: SLF001 - moto's way to extend
        found = rules.details(response._get_param("ConfigRuleName"))  # noqa: SLF001 - moto's way to extend
        return json.dumps(
            {"EvaluationResults": [one for one in found if not wanted or one["ComplianceType"] in wanted]}
        )

    def by_rule(response: ConfigResponse) -> str:
        names = response._get_param("ConfigRuleNames")  # noqa: SLF001 - moto's way to extend
        rows = [
            {"ConfigRuleName": name, "Compliance": {"ComplianceType": kind}}
            for name, kind in rules.compliance().items()
            if not names or name in names
        ]
        return json.dumps({"ComplianceByConfigRules": rows})

    _add(ConfigResponse, start_config_rules_evaluation=start)
    _add(ConfigResponse, get_compliance_details_by_config_rule=details)
    _add(ConfigResponse, describe_compliance_by_config_rule=by_rule)


def _add(owner: type, **methods: Callable[..., Any]) -> None:
    for name, method in methods.items():
        setattr(owner, name, method)


def _fill_network_acls() -> None:
    """A network ACL of AWS ends with a `*` deny in both directions; moto writes it in default ones only."""
    original = NetworkAclBackend.create_network_acl

    def create(backend: Any, vpc_id: str, tags: Any = None, default: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002 - moto's signature
        acl = original(backend, vpc_id, tags=tags, default=default)
        if default:
            return acl
        for egress in (False, True):
            backend.create_network_acl_entry(
                network_acl_id=acl.id,
                rule_number=LAST_ENTRY,
                protocol="-1",
                rule_action="deny",
                egress=egress,
                cidr_block="0.0.0.0/0",
                icmp_code=None,
                icmp_type=None,
                port_range_from=None,
                port_range_to=None,
                ipv6_cidr_block=None,
            )
        return acl

    _add(NetworkAclBackend, create_network_acl=create)


def _fill_interfaces() -> None:
    """A load balancer's interfaces are in use and managed by `amazon-elb`; moto shows them as anybody's."""
    original = NetworkInterface.__init__

    def construct(interface: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - moto's signature
        original(interface, *args, **kwargs)
        if interface.description.startswith(BALANCER_PREFIX):
            interface.requester_managed = True
            interface.requester_id = "amazon-elb"
            interface.status = "in-use"

    _add(NetworkInterface, __init__=construct)


def _fill_alarms() -> None:
    """Moto cannot put composite alarms by their own operation, and calls a new alarm OK before any measurement."""
    original = CloudWatchBackend.put_metric_alarm

    def put(backend: CloudWatchBackend, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - moto's signature
        known = kwargs["name"] in backend.alarms
        alarm = original(backend, *args, **kwargs)
        if not known:
            backend.alarms[kwargs["name"]].state_value = "INSUFFICIENT_DATA"
        return alarm

    _add(CloudWatchBackend, put_metric_alarm=put)
    _add(CloudWatchResponse, put_composite_alarm=CloudWatchResponse.put_metric_alarm)


def forget_metrics_before(moment: datetime) -> None:
    """Drop old data points, so that a lab which is left running stays quick."""
    backend = cloudwatch_backends[ministack.ACCOUNT_ID][ministack.REGION]
    backend.metric_data = [point for point in backend.metric_data if point.timestamp >= moment]
