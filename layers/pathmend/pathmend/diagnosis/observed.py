"""What X-Ray saw of the calls: how many failed and how fast. Fast is a refusal, slow is dropped packets.

Source: https://docs.aws.amazon.com/xray/latest/api/API_GetServiceGraph.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pathmend.diagnosis.dependency import AwsNeed, Dependency, HostNeed, Observed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.diagnosis.dependency import Dependents
    from pathmend.snapshot.identity import ServiceCall
    from pathmend.snapshot.world import Snapshot

X_RAY = "pathmend:x-ray"
"""The tag that says that the application is traced; its value may be the name that X-Ray has for it."""

_RESOURCE = 5


def observed(snapshot: Snapshot, who: Dependents, load_balancer_arn: str, dependency: Dependency) -> Dependency:
    """Return the dependency with what was seen of the calls that the targets' application makes to it."""
    callers = set(_names(snapshot, who, load_balancer_arn))
    for call in snapshot.service_calls.values():
        if call.caller in callers and _is_to(call, dependency) and call.calls:
            source = f"xray:GetServiceGraph {call.caller} -> {call.name}"
            return replace(dependency, observed=Observed(source, call.calls, call.failures, call.failed_seconds))
    return dependency


def _names(snapshot: Snapshot, who: Dependents, load_balancer_arn: str) -> Iterator[str]:
    """Yield what the service graph may call the application: an id or a name of what it runs on or behind."""
    yield from who.ids
    for resource_id in (*who.ids, *who.group_arns, load_balancer_arn):
        resource = snapshot.find(resource_id)
        tags = dict(resource.tags) if resource is not None else {}
        names = (tags.get("Name"), tags.get(X_RAY), getattr(resource, "name", None))
        yield from (one for one in names if one)


def _is_to(call: ServiceCall, dependency: Dependency) -> bool:
    need = dependency.need
    if isinstance(need, HostNeed):
        return call.name.partition(":")[0] in (need.host, str(need.address))
    if not isinstance(need, AwsNeed):
        return False
    service, resource = need.resource.split(":")[2], need.resource.split(":", _RESOURCE)[_RESOURCE]
    same = call.kind.lower().startswith(f"aws::{service}")
    # Of some services the graph knows the resource, of others only the service itself.
    return same and call.name in (resource, resource.partition("/")[2], resource.partition("/")[0], _label(call))


def _label(call: ServiceCall) -> str:
    return call.kind.split("::")[1] if call.kind.count("::") == 1 else ""
