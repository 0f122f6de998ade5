"""The sentences of findings about what targets need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.diagnosis.finding import (
    AclGap,
    EndpointPolicyGap,
    EndpointWithoutTables,
    FirewallDrop,
    GroupGap,
    PrivateNamesOff,
    RouteGap,
    WrongRouteTable,
)
from pathmend.snapshot.acl_words import direction, protocol_name
from pathmend.snapshot.names import named

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pathmend.diagnosis.finding import Cause
    from pathmend.diagnosis.trouble import Trouble
    from pathmend.snapshot.resources import SecurityGroupRule
    from pathmend.snapshot.world import Snapshot

_MOST_NAMES = 3


def sentence_of(snapshot: Snapshot, cause: Cause, troubles: Sequence[Trouble], total: int) -> str:
    """Say the cause, and whom it keeps from what."""
    return f"{_says(snapshot, cause, troubles[0])}; {_whom(troubles, total)}"


def _whom(troubles: Sequence[Trouble], total: int) -> str:
    targets = {instance_id for one in troubles for instance_id in one.who.ids}
    needs = dict.fromkeys(one.dependency.need.words for one in troubles)
    return f"{len(targets)} of {total} targets need {_several(needs)}"


def _several(words: Iterable[str]) -> str:
    listed = list(words)
    more = f" and {len(listed) - _MOST_NAMES} more" if len(listed) > _MOST_NAMES else ""
    return ", ".join(listed[:_MOST_NAMES]) + more


def _says(snapshot: Snapshot, cause: Cause, trouble: Trouble) -> str:
    match cause:
        case EndpointWithoutTables() | EndpointPolicyGap():
            words = _endpoint(snapshot, cause, trouble)
        case RouteGap():
            words = _route(snapshot, cause, trouble)
        case FirewallDrop():
            name = snapshot.rule_groups[cause.rule_group_arn].name
            words = f"network firewall rule group {name} drops requests for {cause.host}, once the connection is open"
        case AclGap():
            words = _acl(snapshot, cause)
        case PrivateNamesOff(endpoint_id):
            off = f"the private DNS names of endpoint {named(snapshot, endpoint_id)} are off"
            words = f"{off}, so requests do not go by it: {trouble.says}"
        case GroupGap():
            words = f"security group {named(snapshot, cause.group_id)} has no rule for {_rule(cause.rule)}"
        case WrongRouteTable():
            subnet, table = named(snapshot, cause.subnet_id), named(snapshot, cause.table_id)
            words = f"subnet {subnet} of a NAT gateway uses route table {table}, which does not lead to the internet"
        case _:
            words = trouble.says
    return words


def _endpoint(snapshot: Snapshot, cause: EndpointWithoutTables | EndpointPolicyGap, trouble: Trouble) -> str:
    name = named(snapshot, cause.endpoint_id)
    if isinstance(cause, EndpointWithoutTables):
        tables = _tables(snapshot, cause.table_ids)
        return f"gateway endpoint {name} is not associated with {tables}, so requests do not go by it: {trouble.says}"
    what = f"{', '.join(cause.actions)} on {', '.join(cause.resources)}"
    return f"the policy of endpoint {name} does not allow {what}, which all other policies allow"


def _acl(snapshot: Snapshot, gap: AclGap) -> str:
    what = f"{direction(egress=gap.egress)} {protocol_name(gap.protocol)} {gap.ports}"
    peers = f"{'to' if gap.egress else 'from'} {_several(map(str, gap.peers))}"
    return f"network ACL {named(snapshot, gap.acl_id)} drops {what} {peers} by rule {gap.rule}"


def _route(snapshot: Snapshot, gap: RouteGap, trouble: Trouble) -> str:
    instead = f" but one by {named(snapshot, gap.present)}" if gap.present else ""
    tables = _tables(snapshot, gap.table_ids)
    have = "has" if len(gap.table_ids) == 1 else "have"
    return f"{tables} {have} no route to {gap.destination} by {named(snapshot, gap.target)}{instead}: {trouble.says}"


def _tables(snapshot: Snapshot, table_ids: Sequence[str]) -> str:
    noun = "route table" if len(table_ids) == 1 else "route tables"
    return f"{noun} {', '.join(named(snapshot, one) for one in table_ids)}"


def _rule(rule: SecurityGroupRule) -> str:
    way, to = direction(egress=rule.egress), "to" if rule.egress else "from"
    return f"{way} {protocol_name(rule.protocol)} {rule.ports[0] if rule.ports else 'all'} {to} {rule.peer}"
