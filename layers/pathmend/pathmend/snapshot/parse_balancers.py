"""Load balancers, listeners with their rules, and target groups with their targets from their describe answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.snapshot.balancing import HealthCheck, Listener, LoadBalancer, TargetGroup, TargetHealth
from pathmend.snapshot.item import LAST_PORT, wrong

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pathmend.snapshot.item import Item
    from pathmend.snapshot.resources import Tags

_TRAFFIC_PORT = "traffic-port"


def load_balancer(item: Item, tags: Mapping[str, Tags]) -> LoadBalancer:
    """Return a load balancer; `tags` are by ARN, as Elastic Load Balancing answers them apart."""
    arn = item.text("LoadBalancerArn")
    zones = item.items("AvailabilityZones")
    return LoadBalancer(
        arn=arn,
        name=item.text("LoadBalancerName"),
        kind=item.maybe("Type") or "application",
        scheme=item.maybe("Scheme") or "internet-facing",
        vpc_id=item.maybe("VpcId") or "",
        state=item.item("State").maybe("Code") or "unknown",
        subnet_ids=tuple(sorted({subnet_id for zone in zones if (subnet_id := zone.maybe("SubnetId"))})),
        group_ids=item.texts("SecurityGroups"),
        tags=tags.get(arn, ()),
        dns_name=item.maybe("DNSName") or "",
    )


def listener(item: Item, forwards: Mapping[str, set[str]]) -> Listener:
    """Return a listener; `forwards` holds the target groups of its rules, by listener ARN."""
    arn = item.text("ListenerArn")
    own = set(_forwarded(item.items("DefaultActions")))
    return Listener(
        arn=arn,
        load_balancer_arn=item.text("LoadBalancerArn"),
        protocol=item.maybe("Protocol") or "",
        port=item.port("Port") or 0,
        target_group_arns=tuple(sorted(own | forwards.get(arn, set()))),
    )


def rule_forwards(items: Iterable[Item]) -> dict[str, set[str]]:
    """Return the target groups that rules forward to, by listener ARN.

    An item is a listener's whole answer ({"ListenerArn", "Rules"}) or a single rule, whose own ARN names its listener.
    """
    found: dict[str, set[str]] = {}
    for item in items:
        rules = item.items("Rules") if "Rules" in item.values else (item,)
        for rule in rules:
            arn = item.maybe("ListenerArn") or _listener_of(rule.text("RuleArn"))
            found.setdefault(arn, set()).update(_forwarded(rule.items("Actions")))
    return found


def _listener_of(rule_arn: str) -> str:
    return rule_arn.replace(":listener-rule/", ":listener/").rsplit("/", 1)[0]


def _forwarded(actions: Iterable[Item]) -> Iterator[str]:
    for action in actions:
        for holder in (action, *action.item("ForwardConfig").items("TargetGroups")):
            arn = holder.maybe("TargetGroupArn")
            if arn:
                yield arn


def target_group(item: Item, targets: Mapping[str, tuple[TargetHealth, ...]], tags: Mapping[str, Tags]) -> TargetGroup:
    """Return a target group; `targets` and `tags` are by ARN."""
    arn = item.text("TargetGroupArn")
    return TargetGroup(
        arn=arn,
        name=item.text("TargetGroupName"),
        kind=item.maybe("TargetType") or "instance",
        protocol=item.maybe("Protocol") or "",
        port=item.port("Port"),
        vpc_id=item.maybe("VpcId"),
        health_check=_health_check(item),
        load_balancer_arns=item.texts("LoadBalancerArns"),
        targets=targets.get(arn, ()),
        tags=tags.get(arn, ()),
        targets_read=arn in targets,
    )


def _health_check(item: Item) -> HealthCheck:
    matcher = item.item("Matcher")
    return HealthCheck(
        protocol=item.maybe("HealthCheckProtocol") or item.maybe("Protocol") or "",
        port=_check_port(item),
        path=item.maybe("HealthCheckPath"),
        matcher=matcher.maybe("HttpCode") or matcher.maybe("GrpcCode"),
        interval_seconds=item.number("HealthCheckIntervalSeconds") or 30,
        timeout_seconds=item.number("HealthCheckTimeoutSeconds") or 5,
        healthy_threshold=item.number("HealthyThresholdCount") or 5,
        unhealthy_threshold=item.number("UnhealthyThresholdCount") or 2,
        enabled=item.flag("HealthCheckEnabled", default=True),
    )


def _check_port(item: Item) -> str:
    if item.values.get("HealthCheckPort") in (None, "", _TRAFFIC_PORT):
        return _TRAFFIC_PORT
    value = str(item.values["HealthCheckPort"])
    if not value.isdecimal() or not 1 <= int(value) <= LAST_PORT:
        raise wrong(item.at("HealthCheckPort"), value, f"{_TRAFFIC_PORT} or a port")
    return value


def targets_by_group(items: Iterable[Item]) -> dict[str, tuple[TargetHealth, ...]]:
    """Return the targets by the ARN of their group; an item is {"TargetGroupArn", "TargetHealthDescriptions"}."""
    found: dict[str, set[TargetHealth]] = {}
    for item in items:
        known = found.setdefault(item.text("TargetGroupArn"), set())
        known.update(_target(one) for one in item.items("TargetHealthDescriptions"))
    return {arn: tuple(sorted(known, key=_target_order)) for arn, known in found.items()}


def _target_order(target: TargetHealth) -> tuple[str, int]:
    return target.target_id, target.port or 0


def _target(item: Item) -> TargetHealth:
    target, health = item.item("Target"), item.item("TargetHealth")
    return TargetHealth(
        target_id=target.text("Id"),
        port=target.port("Port"),
        state=health.maybe("State") or "unknown",
        reason=health.maybe("Reason"),
        description=health.maybe("Description"),
        availability_zone=target.maybe("AvailabilityZone"),
    )


def tags_by_arn(items: Iterable[Item]) -> dict[str, Tags]:
    """Return the tags by resource ARN."""
    return {item.text("ResourceArn"): item.tags() for item in items}


def attributes_by_arn(items: Iterable[Item], key: str) -> dict[str, Tags]:
    """Return the attributes by resource ARN; an item is {`key`: ARN, "Attributes"}."""
    return {item.text(key): item.tags("Attributes") for item in items}
