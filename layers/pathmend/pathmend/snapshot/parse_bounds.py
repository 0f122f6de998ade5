"""What stands beside identities: policies of resources and of organizations, and the calls that X-Ray saw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.snapshot.documents import document
from pathmend.snapshot.identity import Organization, Policy, ResourcePolicy, ServiceCall
from pathmend.snapshot.item import items_of, wrong
from pathmend.snapshot.parse_identity import NOT_GIVEN, arn_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pathmend.snapshot.item import Item

_LEVELS = ("ServiceControlPolicies", "ResourceControlPolicies")
UNREAD = "Unread"
"""Ours: why one item of a kind could not be read."""


def resource_policies(items: Iterable[Item]) -> Iterator[ResourcePolicy]:
    """Return what is known of resources' policies. A policy that is null says that there is none."""
    for item in items:
        if item.maybe(UNREAD) is None:
            arn, text = arn_in(item, "ResourceArn"), document(item, "Policy")
            yield ResourcePolicy(arn, text, item.tags(), tags_read="Tags" in item.values)


def organizations(items: Iterable[Item]) -> Iterator[Organization]:
    """Return the organizations' policies by account; without an OrganizationId the account is in none."""
    for item in items:
        if _lack(item) is None:
            service, resource = (_levels(item, key) for key in _LEVELS)
            yield Organization(
                id=item.text("AccountId"),
                organization_id=item.maybe("OrganizationId") or "",
                service_control=service,
                resource_control=resource,
                management_account=item.maybe("ManagementAccountId") or "",
            )


def unread_of(read: Mapping[str, tuple[Item, ...]]) -> dict[str, str]:
    """Return the single items that were not read, as "ResourcePolicies ARN" and the like, with the reason."""
    found = {
        f"{key} {item.text(name)}": why
        for key, name in (("ResourcePolicies", "ResourceArn"), ("InstanceProfiles", "Arn"))
        for item in read[key]
        if (why := item.maybe(UNREAD))
    }
    lacking = ((item.text("AccountId"), _lack(item)) for item in read["AccountOrganizations"])
    return found | {f"AccountOrganizations {account}": why for account, why in lacking if why}


def _lack(item: Item) -> str | None:
    """Return why an organization's policies are not known; levels that are missing are not levels without policies."""
    why = item.maybe(UNREAD)
    missing = [key for key in _LEVELS if key not in item.values] if item.maybe("OrganizationId") else []
    return why or (f"{missing[0]}: {NOT_GIVEN}" if missing else None)


def _levels(item: Item, key: str) -> tuple[tuple[Policy, ...], ...]:
    value = item.values.get(key)
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise wrong(item.at(key), value, "a list of levels")
    levels = (items_of(f"{item.at(key)}[{index}]", level) for index, level in enumerate(value))
    return tuple(tuple(_policy(one) for one in level) for level in levels)


def _policy(item: Item) -> Policy:
    text = document(item, "Content")
    if text is None:
        raise wrong(item.at("Content"), None, "a policy document")
    return Policy(item.text("Id"), text)


def service_calls(items: Iterable[Item]) -> Iterator[ServiceCall]:
    """Return the edges of X-Ray's service graph; services of other tools that share the key are passed over.

    Source: https://docs.aws.amazon.com/xray/latest/api/API_GetServiceGraph.html
    """
    nodes = {number: item for item in items if (number := item.number("ReferenceId")) is not None}
    for node in nodes.values():
        for edge in node.items("Edges"):
            number = edge.number("ReferenceId")
            if number in nodes:
                yield _call(node.maybe("Name") or "", nodes[number], edge)


def _call(caller: str, callee: Item, edge: Item) -> ServiceCall:
    name, kind = callee.maybe("Name") or "", callee.maybe("Type") or ""
    told = edge.item("SummaryStatistics")
    calls = told.number("TotalCount") or 0
    failures = sum(told.item(key).number("TotalCount") or 0 for key in ("ErrorStatistics", "FaultStatistics"))
    return ServiceCall(
        id=f"{caller} -> {kind} {name}",
        caller=caller,
        name=name,
        kind=kind,
        calls=calls,
        failures=failures,
        # The durations are of all calls: they are those of failures only where every call failed.
        failed_seconds=_median(edge) if calls and failures >= calls else None,
    )


def _median(edge: Item) -> float | None:
    durations = sorted((_seconds(one), one.number("Count") or 0) for one in edge.items("ResponseTimeHistogram"))
    half, seen = sum(count for _, count in durations) / 2, 0
    for seconds, count in durations:
        seen += count
        if seen and seen >= half:
            return seconds
    return None


def _seconds(item: Item) -> float:
    value = item.values.get("Value")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong(item.at("Value"), value, "a number of seconds")
    return float(value)
