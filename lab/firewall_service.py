"""Network Firewall's policies and rule groups, which moto lacks, and the endpoints of its firewalls.

A small implementation of the operations' JSON protocol. Source:
https://docs.aws.amazon.com/network-firewall/latest/APIReference/Welcome.html
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.networkfirewall.models import NetworkFirewallBackend
from moto.networkfirewall.responses import NetworkFirewallResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    Record = dict[str, Any]

_SERVICE_NAME = "com.amazonaws.vpce.{region}.vpce-svc-0a1b2c3d4e5f67890"


@dataclass(slots=True)
class Held:
    """One policy or rule group: what the response says about it, its content, and the token of its last change."""

    told: Record
    content: Record
    token: str = field(default_factory=lambda: str(uuid4()))


class InvalidTokenError(JsonRESTError):
    """The resource was changed since the token was handed out."""

    code = 400

    def __init__(self) -> None:
        super().__init__("InvalidTokenException", "Update token is invalid")


class MissingError(JsonRESTError):
    """There is no such resource."""

    code = 400

    def __init__(self, name: str) -> None:
        super().__init__("ResourceNotFoundException", f"Resource {name} does not exist")


class InvalidError(JsonRESTError):
    """The request cannot be meant so."""

    code = 400

    def __init__(self, text: str) -> None:
        super().__init__("InvalidRequestException", text)


def fill(add: Callable[..., None]) -> None:
    """Add to this process's moto what its Network Firewall lacks, by `add(owner, name=method)`."""
    add(
        NetworkFirewallResponse,
        create_rule_group=lambda response: _create(response, _GROUP),
        describe_rule_group=lambda response: _describe(response, _GROUP),
        update_rule_group=_update_group,
        list_rule_groups=lambda response: _list(response, _GROUP),
        create_firewall_policy=lambda response: _create(response, _POLICY),
        describe_firewall_policy=lambda response: _describe(response, _POLICY),
        list_firewall_policies=lambda response: _list(response, _POLICY),
    )
    _fill_endpoints(add)


@dataclass(frozen=True, slots=True)
class _Kind:
    """How the protocol spells one kind of resource: `RuleGroup`, `RuleGroupName`, `RuleGroups` and so on."""

    word: str
    listed: str
    kept: tuple[str, ...]

    def arn(self, response: NetworkFirewallResponse, name: str, parameters: Record) -> str:
        path = "firewall-policy" if self.word == "FirewallPolicy" else f"{parameters['Type'].lower()}-rulegroup"
        backend = response.networkfirewall_backend
        return f"arn:aws:network-firewall:{backend.region_name}:{backend.account_id}:{path}/{name}"


_GROUP = _Kind("RuleGroup", "RuleGroups", ("Type", "Capacity", "Description", "Tags"))
_POLICY = _Kind("FirewallPolicy", "FirewallPolicies", ("Description", "Tags"))


def _held(response: NetworkFirewallResponse) -> dict[str, Held]:
    """Return what this account and Region hold, by ARN; kept on moto's backend, so that its reset forgets it."""
    backend = response.networkfirewall_backend
    found: dict[str, Held] = backend.__dict__.setdefault("lab_held", {})
    return found


def _parameters(response: NetworkFirewallResponse) -> Record:
    return dict(response._get_params())  # noqa: SLF001 - moto's way to extend


def _create(response: NetworkFirewallResponse, kind: _Kind) -> ActionResult:
    asked = _parameters(response)
    name = str(asked[f"{kind.word}Name"])
    content = deepcopy(asked.get(kind.word) or {"RulesSource": {"RulesString": asked.get("Rules", "")}})
    arn = kind.arn(response, name, asked)
    if arn in _held(response):
        raise InvalidError(f"A resource with the name {name} already exists")
    told = {key: asked[key] for key in kind.kept if asked.get(key) is not None}
    told |= {f"{kind.word}Name": name, f"{kind.word}Arn": arn, f"{kind.word}Id": str(uuid4())}
    held = Held({**told, f"{kind.word}Status": "ACTIVE"}, content)
    _held(response)[arn] = held
    return ActionResult({"UpdateToken": held.token, f"{kind.word}Response": held.told})


def _found(response: NetworkFirewallResponse, kind: _Kind) -> Held:
    asked = _parameters(response)
    arn, name = asked.get(f"{kind.word}Arn"), asked.get(f"{kind.word}Name")
    for key, held in _held(response).items():
        if arn == key or (name and held.told.get(f"{kind.word}Name") == name):
            return held
    raise MissingError(str(arn or name))


def _describe(response: NetworkFirewallResponse, kind: _Kind) -> ActionResult:
    held = _found(response, kind)
    return ActionResult({"UpdateToken": held.token, kind.word: held.content, f"{kind.word}Response": held.told})


def _update_group(response: NetworkFirewallResponse) -> ActionResult:
    """Replace the whole group, as AWS does, for who has seen its last state.

    Source: https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_UpdateRuleGroup.html
    """
    held, asked = _found(response, _GROUP), _parameters(response)
    if asked["UpdateToken"] != held.token:
        raise InvalidTokenError
    if not asked.get("RuleGroup") and not asked.get("Rules"):
        raise InvalidError("You must provide either RuleGroup or Rules")
    if not asked.get("DryRun"):
        held.content = deepcopy(asked.get("RuleGroup") or {"RulesSource": {"RulesString": asked["Rules"]}})
        held.token = str(uuid4())
    return ActionResult({"UpdateToken": held.token, "RuleGroupResponse": held.told})


def _list(response: NetworkFirewallResponse, kind: _Kind) -> ActionResult:
    key = f"{kind.word}Arn"
    found = [
        {"Name": one.told[f"{kind.word}Name"], "Arn": arn} for arn, one in _held(response).items() if key in one.told
    ]
    return ActionResult({kind.listed: found})


def _fill_endpoints(add: Callable[..., None]) -> None:
    """A firewall has an endpoint in each of its subnets; moto makes none and tells of none.

    Source: https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_FirewallStatus.html
    """
    original = NetworkFirewallBackend.create_firewall

    def create(backend: NetworkFirewallBackend, **asked: Any) -> Any:  # noqa: ANN401 - moto's signature
        firewall = original(backend, **asked)
        ec2 = ec2_backends[backend.account_id][backend.region_name]
        states = dict(_attach(ec2, asked["vpc_id"], one["SubnetId"]) for one in asked["subnet_mappings"])
        status: Record = {**firewall.firewall_status, "SyncStates": states}
        firewall.firewall_status = status
        return firewall

    add(NetworkFirewallBackend, create_firewall=create)


def _attach(ec2: Any, vpc_id: str, subnet_id: str) -> tuple[str, Record]:  # noqa: ANN401 - moto's backend
    """Make the endpoint of one subnet; return the subnet's zone and what the firewall's status says about it."""
    endpoint = ec2.create_vpc_endpoint(
        vpc_id,
        _SERVICE_NAME.format(region=ec2.region_name),
        "GatewayLoadBalancer",
        None,
        [],
        subnet_ids=[subnet_id],
        tags={"AWSNetworkFirewallManaged": "true"},
        private_dns_enabled=False,
    )
    attachment = {"SubnetId": subnet_id, "EndpointId": endpoint.id, "Status": "READY"}
    return ec2.get_subnet(subnet_id).availability_zone, {"Attachment": attachment, "Config": {}}
