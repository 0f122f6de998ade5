"""What surrounds the load balancer's network and the page depends on, read by describe calls and never interpreted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lab.atlas import Record

_LIVE = [{"Name": "state", "Values": ["active", "blackhole"]}]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Describe answers by id; firewalls' rule groups by endpoint; policies of roles by instance profile."""

    prefix_lists: Mapping[str, tuple[str, ...]]
    list_names: Mapping[str, str]
    endpoints: Mapping[str, Record]
    nats: Mapping[str, Record]
    attachments: tuple[Record, ...]
    transit_routes: Mapping[str, tuple[Record, ...]]
    rule_groups: Mapping[str, tuple[Record, ...]]
    resolving_vpcs: frozenset[str]
    policies: Mapping[str, tuple[Record, ...]]

    def attachment(self, gateway_id: str, vpc_id: str) -> Record | None:
        """Return the attachment of a VPC to a transit gateway."""
        wanted = (gateway_id, vpc_id, "available")
        return next(
            (one for one in self.attachments if (one["TransitGatewayId"], one["VpcId"], one["State"]) == wanted), None
        )

    def document(self, endpoint: Record) -> Record:
        """Return an endpoint's policy."""
        return _document(endpoint["PolicyDocument"])


def read(make: Callable[[str], Any]) -> Surroundings:
    """Read with clients that `make` returns by service name; about thirty calls."""
    ec2 = make("ec2")
    attachments = _attachments(ec2)
    lists = list(_prefix_lists(ec2))
    return Surroundings(
        prefix_lists={one["PrefixListId"]: _blocks(ec2, one["PrefixListId"]) for one in lists},
        list_names={one["PrefixListId"]: one["PrefixListName"] for one in lists},
        endpoints={one["VpcEndpointId"]: one for one in ec2.describe_vpc_endpoints()["VpcEndpoints"]},
        nats={one["NatGatewayId"]: one for one in ec2.describe_nat_gateways()["NatGateways"]},
        attachments=attachments,
        transit_routes={
            table: _transit_routes(ec2, table) for one in attachments if (table := one["TransitGatewayRouteTableId"])
        },
        rule_groups=dict(_rule_groups(make("network-firewall"))),
        resolving_vpcs=frozenset(_resolving(ec2, {one["VpcId"] for one in attachments})),
        policies=dict(_policies(make("iam"))),
    )


def _prefix_lists(ec2: Any) -> Iterator[Record]:  # noqa: ANN401 - boto3's clients are made at run time
    """Yield the lists of the services that the page needs; the others are many and long."""
    for one in ec2.describe_managed_prefix_lists()["PrefixLists"]:
        if one["AddressFamily"] == "IPv4" and one["PrefixListName"].endswith((".s3", ".dynamodb")):
            yield one


def _blocks(ec2: Any, list_id: str) -> tuple[str, ...]:  # noqa: ANN401 - boto3's clients are made at run time
    return tuple(one["Cidr"] for one in ec2.get_managed_prefix_list_entries(PrefixListId=list_id)["Entries"])


def _attachments(ec2: Any) -> tuple[Record, ...]:  # noqa: ANN401 - boto3's clients are made at run time
    """Return the VPC attachments, each with the transit gateway's route table that it is associated with."""
    general = ec2.describe_transit_gateway_attachments()["TransitGatewayAttachments"]
    tables = {one["TransitGatewayAttachmentId"]: one.get("Association", {}) for one in general}
    found = ec2.describe_transit_gateway_vpc_attachments()["TransitGatewayVpcAttachments"]
    key = "TransitGatewayRouteTableId"
    return tuple(one | {key: tables[one["TransitGatewayAttachmentId"]].get(key)} for one in found)


def _transit_routes(ec2: Any, table: str) -> tuple[Record, ...]:  # noqa: ANN401 - boto3's clients are made at run time
    answer = ec2.search_transit_gateway_routes(TransitGatewayRouteTableId=table, Filters=_LIVE)
    return tuple(answer["Routes"])


def _rule_groups(firewalls: Any) -> Iterator[tuple[str, tuple[Record, ...]]]:  # noqa: ANN401 - boto3
    """Yield the stateful rule groups behind each endpoint of each firewall."""
    for one in firewalls.list_firewalls()["Firewalls"]:
        told = firewalls.describe_firewall(FirewallArn=one["FirewallArn"])
        arn = told["Firewall"]["FirewallPolicyArn"]
        policy = firewalls.describe_firewall_policy(FirewallPolicyArn=arn)["FirewallPolicy"]
        references = policy.get("StatefulRuleGroupReferences", [])
        groups = [firewalls.describe_rule_group(RuleGroupArn=one["ResourceArn"])["RuleGroup"] for one in references]
        for state in told["FirewallStatus"]["SyncStates"].values():
            yield state["Attachment"]["EndpointId"], tuple(groups)


def _resolving(ec2: Any, vpc_ids: set[str]) -> Iterator[str]:  # noqa: ANN401 - boto3's clients are made at run time
    for name in vpc_ids:
        answer = ec2.describe_vpc_attribute(VpcId=name, Attribute="enableDnsSupport")
        if answer["EnableDnsSupport"]["Value"]:
            yield name


def _policies(iam: Any) -> Iterator[tuple[str, tuple[Record, ...]]]:  # noqa: ANN401 - boto3
    """Yield the documents that hold for the role of each instance profile; a profile without a role has none."""
    for profile in iam.list_instance_profiles()["InstanceProfiles"]:
        names = [role["RoleName"] for role in profile["Roles"]]
        yield profile["Arn"], tuple(document for name in names for document in _of_role(iam, name))


def _of_role(iam: Any, name: str) -> Iterator[Record]:  # noqa: ANN401 - boto3's clients are made at run time
    for inline in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        yield _document(iam.get_role_policy(RoleName=name, PolicyName=inline)["PolicyDocument"])
    for attached in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        arn = attached["PolicyArn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        answer = iam.get_policy_version(PolicyArn=arn, VersionId=version)
        yield _document(answer["PolicyVersion"]["Document"])


def _document(told: Any) -> Record:  # noqa: ANN401 - boto3 decodes documents, or leaves them as text
    found: Record = told if isinstance(told, dict) else json.loads(unquote(told))
    return found
