"""An endpoint of the VPC that requests should go by and do not: why, and what would lead them there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.diagnosis.actions import service_of
from pathmend.diagnosis.finding import EndpointWithoutTables, Evidence, NameResolutionOff
from pathmend.diagnosis.private_names import names_off
from pathmend.diagnosis.request_context import region_of
from pathmend.diagnosis.service_way import names_lead_to
from pathmend.diagnosis.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.diagnosis.finding import Cause
    from pathmend.diagnosis.service_call import Call
    from pathmend.snapshot.resources import VpcEndpoint
    from pathmend.snapshot.world import Snapshot

WITHOUT_TABLES = "VPCE_GATEWAY_NOT_ASSOCIATED"
DNS_OFF = "DNS_ATTRIBUTE_OFF"
PRIVATE_NAMES_OFF = "VPCE_PRIVATE_DNS_OFF"


def not_taken(call: Call, endpoint: VpcEndpoint, *, says: str, rows: tuple[Evidence, ...]) -> Iterator[Trouble]:
    """Yield what leads requests past the endpoint: a route table without it, or names that mean something else."""
    cause: Cause
    if endpoint.kind == "Gateway":
        table = call.snapshot.route_table_of(call.who.interface.subnet_id)
        if table is None:
            return
        code, resource, cause = WITHOUT_TABLES, endpoint.id, EndpointWithoutTables(endpoint.id, (table.id,))
        fact = _described("route tables of the endpoint", endpoint, ", ".join(endpoint.route_table_ids) or "none")
    elif endpoint.private_dns and not names_lead_to(call.snapshot, endpoint):
        attribute = attribute_off(call.snapshot, endpoint.vpc_id)
        code, resource, cause = DNS_OFF, endpoint.vpc_id, NameResolutionOff(endpoint.vpc_id, attribute)
        fact = Evidence(f"{attribute} of the VPC", f"ec2:DescribeVpcAttribute {endpoint.vpc_id}", "off")
    else:
        service, region = service_of(call.need.action), region_of(call.who, call.need)
        code, resource, cause = PRIVATE_NAMES_OFF, endpoint.id, names_off(call.snapshot, endpoint, service, region)
        fact = _described("private DNS names of the endpoint", endpoint, "on" if endpoint.private_dns else "off")
    yield Trouble(code, resource, cause, says, call.who, call.dependency, (fact, *rows, call.way_row()))


def unused_instead(call: Call) -> Iterator[Trouble]:
    """Yield the endpoints that would spare the call its way, which is blocked."""
    for endpoint in call.other_endpoints():
        yield from not_taken(call, endpoint, says=f"the way {call.way.words(call.snapshot)} is blocked", rows=())


def attribute_off(snapshot: Snapshot, vpc_id: str) -> str:
    """Return the attribute of the VPC that is off: without support, hostnames matter no more."""
    return "dns_support" if snapshot.vpcs[vpc_id].dns_support is False else "dns_hostnames"


def _described(fact: str, endpoint: VpcEndpoint, value: str) -> Evidence:
    return Evidence(fact, f"ec2:DescribeVpcEndpoints {endpoint.id}", value)
