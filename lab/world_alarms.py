"""The world's alarms: the workshop's one, the 5XX examples, and one that sees a zone without requests."""

from __future__ import annotations

from typing import Any

from lab import ministack
from lab.world_network import ZONES

NAMESPACE = "AWS/ApplicationELB"
UNHEALTHY = "WebApp-UnHealthyHostCount"
ELB_5XX = "WebApp-ELB-5XX"
TARGET_5XX = "WebApp-Target-5XX"
QUIET_ZONE = "WebApp-Zone-Without-Requests"
ALL = (UNHEALTHY, ELB_5XX, TARGET_5XX, QUIET_ZONE)


def build(cloudwatch: Any, world: dict[str, Any], period_seconds: int) -> None:  # noqa: ANN401 - boto3
    """Put the alarms; `period_seconds` is 60 in the workshop and less where nobody wants to wait."""
    balancer = {"Name": "LoadBalancer", "Value": world["load_balancer"]}
    group = {"Name": "TargetGroup", "Value": world["target_group"]}
    common = {
        "Namespace": NAMESPACE,
        "Period": period_seconds,
        "Threshold": 0.0,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    cloudwatch.put_metric_alarm(
        AlarmName=UNHEALTHY,
        AlarmDescription="At least one target is unhealthy",
        MetricName="UnHealthyHostCount",
        Statistic="Average",
        EvaluationPeriods=3,
        Dimensions=[group, balancer],
        **common,
    )
    for name, metric in ((ELB_5XX, "HTTPCode_ELB_5XX_Count"), (TARGET_5XX, "HTTPCode_Target_5XX_Count")):
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            AlarmDescription=f"{metric} is not zero",
            MetricName=metric,
            Statistic="Sum",
            EvaluationPeriods=1,
            TreatMissingData="notBreaching",
            Dimensions=[balancer],
            **common,
        )
    _quiet_zone(cloudwatch, balancer, period_seconds)


def _quiet_zone(cloudwatch: Any, balancer: dict[str, str], period_seconds: int) -> None:  # noqa: ANN401 - boto3
    counts = []
    for zone in ZONES:
        at = {"Name": "AvailabilityZone", "Value": ministack.REGION + zone}
        metric = {"Namespace": NAMESPACE, "MetricName": "RequestCount", "Dimensions": [balancer, at]}
        stat = {"Metric": metric, "Period": period_seconds, "Stat": "Sum"}
        counts.append({"Id": f"m{zone}", "MetricStat": stat, "ReturnData": False})
    filled = "[" + ",".join(f"FILL({count['Id']},0)" for count in counts) + "]"
    quiet = f"IF(MAX({filled}) >= 10 AND MIN({filled}) < 0.05*MAX({filled}),1,0)"
    cloudwatch.put_metric_alarm(
        AlarmName=QUIET_ZONE,
        AlarmDescription="A zone of the load balancer gets no requests while another does",
        EvaluationPeriods=1,
        Threshold=0.0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        Metrics=[*counts, {"Id": "quiet", "Expression": quiet, "Label": "A zone without requests", "ReturnData": True}],
    )
