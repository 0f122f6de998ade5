"""Incidents as JSON and back, with every union tagged; the store's own format."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Any, get_type_hints

import cattrs
from cattrs.strategies import configure_tagged_union

from pathmend.aws.catalogue import KINDS
from pathmend.aws.problems import problems
from pathmend.changes.change import ApiRequest, Change
from pathmend.diagnosis.finding import (
    AclGap,
    Cause,
    Diagnosis,
    EndpointPolicyGap,
    EndpointWithoutTables,
    Evidence,
    Finding,
    FirewallDrop,
    GroupGap,
    MatcherMismatch,
    MetadataOff,
    NameResolutionOff,
    NoMechanicalRepair,
    PrivateNamesOff,
    ProfileMissing,
    RouteGap,
    RuledOut,
    WrongHealthCheck,
    WrongRouteTable,
    ZoneNotEnabled,
)
from pathmend.errors import PermanentError
from pathmend.guardrails.decision import Decision
from pathmend.guardrails.ownership import Owner
from pathmend.incidents.incident import Answer, Incident, Trigger
from pathmend.network.difference import Difference, Reach, Reroute
from pathmend.network.ports import PortSet
from pathmend.plans.plan import Plan, PlannedChange
from pathmend.snapshot.resources import AclEntry, Address, Network, SecurityGroupRule

if TYPE_CHECKING:
    from collections.abc import Mapping

_TAG = "type"

_STORED: tuple[Any, ...] = (
    *(Evidence, WrongRouteTable, AclGap, MatcherMismatch, NoMechanicalRepair, Finding, RuledOut, Diagnosis),
    *(EndpointWithoutTables, EndpointPolicyGap, RouteGap, FirewallDrop, MetadataOff, NameResolutionOff),
    *(ProfileMissing, GroupGap, SecurityGroupRule, WrongHealthCheck, ZoneNotEnabled),
    *(PrivateNamesOff,),
    *(Reach, Reroute, Difference, PlannedChange, Plan),
    *(Owner, Decision, Answer, Trigger, Incident),
    *(AclEntry, *KINDS.values()),
)
"""The dataclasses that an incident is made of."""

_NAMES: dict[str, Any] = {kind.__name__: kind for kind in _STORED} | {
    "ApiRequest": ApiRequest,
    "Cause": Cause,
    "Change": Change,
    "Network": Network,
    "PeerNetwork": Network,
    "PortSet": PortSet,
    "datetime": datetime,
}


def encode(incident: Incident) -> str:
    """Return the incident as compact JSON."""
    return json.dumps(_converter().unstructure(incident, Incident), separators=(",", ":"))


def decode(text: str) -> Incident:
    """Return the incident that `encode` wrote; what an older version did not know takes its default.

    Raises:
        PermanentError: the text is no incident; the message names the path of what is wrong.
    """
    try:
        return _converter().structure(json.loads(text), Incident)
    except (cattrs.BaseValidationError, ValueError, TypeError, KeyError) as exc:
        raise PermanentError(f"a stored incident cannot be read: {problems(exc, 'incident')}") from exc


@cache
def _converter() -> cattrs.Converter:
    _resolve_hints()
    converter = cattrs.Converter()
    converter.register_unstructure_hook(datetime, datetime.isoformat)
    converter.register_structure_hook(datetime, lambda text, _: datetime.fromisoformat(text))
    _register_addresses(converter)
    converter.register_unstructure_hook(PortSet, lambda ports: [list(one) for one in ports.ranges])
    converter.register_structure_hook(PortSet, lambda ranges, _: PortSet(tuple((low, high) for low, high in ranges)))
    converter.register_unstructure_hook(ApiRequest, _plain_request)
    converter.register_structure_hook(ApiRequest, lambda given, _: ApiRequest(**given))
    configure_tagged_union(Cause, converter, tag_name=_TAG)
    _register_changes(converter)
    return converter


def _register_addresses(converter: cattrs.Converter) -> None:
    for kind in (IPv4Address, IPv6Address, IPv4Network, IPv6Network):
        converter.register_unstructure_hook(kind, str)
    converter.register_unstructure_hook(Network, str)
    converter.register_structure_hook(Network, lambda text, _: ip_network(text))
    # Where a rule names its peer: a network, or the id of a group or prefix list.
    converter.register_unstructure_hook(Network | str, str)
    converter.register_structure_hook(Network | str, lambda text, _: _network_or_id(text))
    converter.register_unstructure_hook(Address, str)
    converter.register_structure_hook(Address, lambda text, _: ip_address(text))


def _network_or_id(text: str) -> Network | str:
    return ip_network(text) if "/" in text else text


def _register_changes(converter: cattrs.Converter) -> None:
    """Tag a change with its `kind`, the name that rules and people use too."""

    def unstructure(change: Change) -> dict[str, Any]:
        return {_TAG: change.kind, **converter.unstructure(change, type(change))}

    def structure(given: Mapping[str, Any], _: object) -> Change:
        rest = {key: value for key, value in given.items() if key != _TAG}
        if given[_TAG] not in KINDS:
            raise ValueError(f"{given[_TAG]!r} is not a kind of change that this version knows")
        return converter.structure(rest, KINDS[given[_TAG]])

    converter.register_unstructure_hook_func(lambda kind: kind is Change, unstructure)
    converter.register_structure_hook_func(lambda kind: kind is Change, structure)


def _plain_request(request: ApiRequest) -> dict[str, Any]:
    return {"service": request.service, "operation": request.operation, "parameters": request.parameters}


def _resolve_hints() -> None:
    """Give cattrs the real types of the fields.

    The core imports names that only annotate under TYPE_CHECKING, so their modules cannot resolve them; here all are at
    hand. `dataclasses.fields` hands out the objects that cattrs reads, as attrs.resolve_types does for attrs classes.
    """
    for kind in _STORED:
        hints = get_type_hints(kind, localns=_NAMES)
        for each in fields(kind):
            each.type = hints[each.name]
