"""Each kind of change for what targets need does on AWS what it does on the model, and its inverse undoes it on both.

Moto's gaps that would hide this are filled as the lab fills them, for these tests alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest
from moto.ec2.models.iam_instance_profile import IamInstanceProfileAssociationBackend

from lab import firewall_service, moto_network_gaps
from pathmend.aws.executor import AwsExecutor
from pathmend.changes.associate_endpoint_tables import AssociateEndpointTables
from pathmend.changes.set_endpoint_policy import SetEndpointPolicy
from pathmend.changes.set_firewall_rules import SetFirewallRules
from pathmend.changes.set_group_rule import SetGroupRule
from pathmend.changes.set_instance_profile import SetInstanceProfile
from pathmend.changes.set_metadata_options import SetMetadataOptions
from pathmend.changes.set_private_dns import SetPrivateDns
from pathmend.changes.set_route import SetRoute
from pathmend.changes.set_vpc_attribute import SetVpcAttribute
from pathmend.errors import ConflictError
from pathmend.snapshot.parse import parse
from pathmend.snapshot.resources import SecurityGroupRule
from tests.contract.moto_world import MotoWorld, make_world
from tests.fakes import FakeExecutor, FakeWorld
from tests.unit.changes.worlds import comparable

if TYPE_CHECKING:
    from collections.abc import Callable

    from pathmend.aws.clients import Clients
    from pathmend.changes.change import Change
    from pathmend.snapshot.resources import Network
    from pathmend.snapshot.world import Snapshot

RULES = json.dumps({"RulesSource": {"RulesString": "pass http any any -> any any (sid:1;)"}})
FEWER = json.dumps({"RulesSource": {"RulesString": 'drop http any any -> any any (content:"x"; sid:1;)'}})
POLICY = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]})
PEER, EVERYWHERE = ip_network("10.2.4.0/24"), ip_network("0.0.0.0/0")
V6 = ip_network("2001:db8::/56")


@dataclass
class Needed:
    """The ids of what targets need."""

    world: MotoWorld
    endpoint: str
    instance: str
    other: str
    profiles: tuple[str, str]
    targets: dict[str, str]
    rule_group: str
    interface_endpoint: str


_REPLACE = IamInstanceProfileAssociationBackend.replace_iam_instance_profile_association


def replaced_association(backend: Any, *args: Any, **kwargs: Any) -> Any:
    """Replace the profile of an association and of its instance, which moto forgets."""
    made = _REPLACE(backend, *args, **kwargs)
    made.instance.iam_instance_profile = {"Arn": made.iam_instance_profile.arn, "Id": made.association_id}
    return made


@pytest.fixture
def needed(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> Needed:
    """Make the world in moto, without the gaps that the lab fills too."""

    def add(owner: type, **methods: object) -> None:
        for name, method in methods.items():
            monkeypatch.setattr(owner, name, method, raising=False)

    moto_network_gaps.fill(add)
    firewall_service.fill(add)
    add(IamInstanceProfileAssociationBackend, replace_iam_instance_profile_association=replaced_association)
    return make_needed(clients, make_world(clients))


def make_needed(clients: Clients, world: MotoWorld) -> Needed:
    """Make what targets need in the world."""
    ec2: Any = clients.ec2
    (endpoint,) = ec2.describe_vpc_endpoints()["VpcEndpoints"]
    subnet = world.subnets["app"]
    ran = ec2.run_instances(ImageId="ami-00000000", MinCount=2, MaxCount=2, SubnetId=subnet)["Instances"]
    instance, other = (str(one["InstanceId"]) for one in ran)
    profiles = tuple(a_profile(clients, name) for name in ("web", "other"))
    ec2.associate_iam_instance_profile(IamInstanceProfile={"Arn": profiles[1]}, InstanceId=other)
    group = clients.named("network-firewall").create_rule_group(
        RuleGroupName="web", RuleGroup=json.loads(RULES), Type="STATEFUL", Capacity=10, Description="for the web"
    )
    targets = {
        "nat": str(ec2.describe_nat_gateways()["NatGateways"][0]["NatGatewayId"]),
        "tgw": str(ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]),
        "pcx": str(a_peering(ec2, world)),
        "eni": str(ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]),
        "igw": str(ec2.describe_internet_gateways()["InternetGateways"][0]["InternetGatewayId"]),
        "eigw": an_egress_gateway(ec2, world.vpc_id),
    }
    arn = str(group["RuleGroupResponse"]["RuleGroupArn"])
    by_name = ec2.create_vpc_endpoint(
        VpcId=world.vpc_id,
        ServiceName="com.amazonaws.us-east-1.ssm",
        VpcEndpointType="Interface",
        SubnetIds=[subnet],
        PrivateDnsEnabled=False,
    )
    interface_endpoint = str(by_name["VpcEndpoint"]["VpcEndpointId"])
    ec2.create_route(RouteTableId=world.public_table, DestinationCidrBlock=str(PEER), NatGatewayId=targets["nat"])
    gateway_endpoint = str(endpoint["VpcEndpointId"])
    pair = profiles[0], profiles[1]
    return Needed(world, gateway_endpoint, instance, other, pair, targets, arn, interface_endpoint)


def a_profile(clients: Clients, name: str) -> str:
    """Make an instance profile."""
    made = clients.named("iam").create_instance_profile(InstanceProfileName=name)
    return str(made["InstanceProfile"]["Arn"])


def a_peering(ec2: Any, world: MotoWorld) -> str:
    """Make a peering connection that is active."""
    made = ec2.create_vpc_peering_connection(VpcId=world.vpc_id, PeerVpcId=world.foreign_vpc_id)
    name = str(made["VpcPeeringConnection"]["VpcPeeringConnectionId"])
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=name)
    return name


def an_egress_gateway(ec2: Any, vpc_id: str) -> str:
    """Return the egress-only internet gateway of the VPC."""
    found = ec2.describe_egress_only_internet_gateways()["EgressOnlyInternetGateways"]
    return str(next(one for one in found if one["Attachments"][0]["VpcId"] == vpc_id)["EgressOnlyInternetGatewayId"])


def read(clients: Clients, needed: Needed) -> Snapshot:
    """Return what AWS says of all that the changes touch."""
    ec2: Any = clients.ec2
    vpc_id = needed.world.vpc_id
    group = clients.named("network-firewall").describe_rule_group(RuleGroupArn=needed.rule_group)
    attributes = [
        {"VpcId": vpc_id, key: ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute=name)[key]}
        for name, key in (("enableDnsSupport", "EnableDnsSupport"), ("enableDnsHostnames", "EnableDnsHostnames"))
    ]
    world = parse(
        {
            "Vpcs": ec2.describe_vpcs()["Vpcs"],
            "VpcAttributes": attributes,
            "Subnets": ec2.describe_subnets()["Subnets"],
            "RouteTables": ec2.describe_route_tables()["RouteTables"],
            "VpcEndpoints": ec2.describe_vpc_endpoints()["VpcEndpoints"],
            "PrefixLists": ec2.describe_managed_prefix_lists()["PrefixLists"],
            "ManagedPrefixLists": ec2.describe_managed_prefix_lists()["PrefixLists"],
            "SecurityGroups": ec2.describe_security_groups()["SecurityGroups"],
            "SecurityGroupRules": ec2.describe_security_group_rules()["SecurityGroupRules"],
            "Reservations": ec2.describe_instances()["Reservations"],
            "IamInstanceProfileAssociations": ec2.describe_iam_instance_profile_associations()[
                "IamInstanceProfileAssociations"
            ],
            "NatGateways": ec2.describe_nat_gateways()["NatGateways"],
            "InternetGateways": ec2.describe_internet_gateways()["InternetGateways"],
            "EgressOnlyInternetGateways": ec2.describe_egress_only_internet_gateways()["EgressOnlyInternetGateways"],
            "RuleGroups": [{key: value for key, value in group.items() if key != "ResponseMetadata"}],
        }
    )
    # How many items there were is no part of the world.
    return replace(world, given={})


def a_rule(peer: Network | str, *, egress: bool = False) -> SecurityGroupRule:
    """Return a rule for HTTPS."""
    return SecurityGroupRule(egress, "6", (443, 443), peer)


def routed(kind: str, destination: Network) -> Callable[[Needed], Change]:
    """Return the change that leads to a target of this kind."""
    return lambda n: SetRoute(n.world.private_table, destination, n.targets[kind])


CASES: dict[str, Callable[[Needed], Change]] = {
    "associate an endpoint": lambda n: AssociateEndpointTables(
        n.endpoint, (n.world.private_table, n.world.public_table)
    ),
    "turn private names on": lambda n: SetPrivateDns(n.interface_endpoint, enabled=True),
    "set a policy": lambda n: SetEndpointPolicy(n.endpoint, POLICY),
    "turn name resolution off": lambda n: SetVpcAttribute(n.world.vpc_id, "dns_support", enabled=False),
    "turn host names on": lambda n: SetVpcAttribute(n.world.vpc_id, "dns_hostnames", enabled=True),
    "turn metadata off": lambda n: SetMetadataOptions(n.instance, enabled=False, hop_limit=3),
    "give a profile": lambda n: SetInstanceProfile(n.instance, n.profiles[0]),
    "swap a profile": lambda n: SetInstanceProfile(n.other, n.profiles[0]),
    "take a profile": lambda n: SetInstanceProfile(n.other, None),
    "update rules": lambda n: SetFirewallRules(n.rule_group, FEWER),
    "let a network in": lambda n: SetGroupRule(n.world.group_id, a_rule(PEER)),
    "let IPv6 in": lambda n: SetGroupRule(n.world.group_id, a_rule(V6)),
    "let a group in": lambda n: SetGroupRule(n.world.group_id, a_rule(n.world.group_id)),
    "let out to a network": lambda n: SetGroupRule(n.world.group_id, a_rule(PEER, egress=True)),
    "let nothing out": lambda n: SetGroupRule(
        n.world.group_id, replace(a_rule(EVERYWHERE, egress=True), protocol="-1", ports=None), present=False
    ),
    "replace a route": lambda n: SetRoute(n.world.public_table, PEER, n.targets["tgw"]),
    "delete a route": lambda n: SetRoute(n.world.public_table, PEER, None),
    **{f"route by {kind}": routed(kind, PEER) for kind in ("nat", "tgw", "pcx", "eni", "igw")},
    "route by eigw": routed("eigw", V6),
}


@pytest.fixture(params=["memory", "aws"])
def hands(
    request: pytest.FixtureRequest, clients: Clients, needed: Needed
) -> tuple[Callable[[], Snapshot], FakeExecutor | AwsExecutor]:
    """Return what reads the world and what changes it: on AWS, and in memory."""
    if request.param == "aws":
        return lambda: read(clients, needed), AwsExecutor(clients)
    world = FakeWorld(read(clients, needed))
    return lambda: world.snapshot, FakeExecutor(world)


def calls_of(clients: Clients) -> set[str]:
    """Return a set that grows with each writing call, by its IAM action."""
    called: set[str] = set()

    def record(model: Any, **_: object) -> None:
        if not model.name.startswith("Describe"):
            called.add(f"{model.service_model.endpoint_prefix}:{model.name}")

    for service in ("ec2", "network-firewall"):
        clients.named(service).meta.events.register("before-call", record)
    return called


@pytest.mark.parametrize("case", CASES)
def test_a_change_does_on_aws_what_it_does_on_the_model(
    case: str, needed: Needed, clients: Clients, hands: tuple[Callable[[], Snapshot], FakeExecutor | AwsExecutor]
) -> None:
    """Read again, the world is the one that `after` foretold, made by no call but those that the kind names.

    The inverse brings back the world that was.
    """
    reading, executor = hands
    before = reading()
    change = CASES[case](needed)
    undo = change.inverse(before)
    assert change.requests(before)
    called = calls_of(clients)
    for request in change.requests(before):
        executor.call(request)
    assert called <= change.iam_actions
    assert bool(called) is isinstance(executor, AwsExecutor)
    after = reading()
    assert comparable(after) == comparable(change.after(before))
    assert change.requests(after) == ()
    for request in undo.requests(after):
        executor.call(request)
    assert comparable(reading()) == comparable(before)


def test_what_somebody_changed_since_the_reading_is_a_conflict(needed: Needed, clients: Clients) -> None:
    """Network Firewall knows by the token, EC2 by what is there: the plan is to be looked at again."""
    before, executor = read(clients, needed), AwsExecutor(clients)
    (update,) = SetFirewallRules(needed.rule_group, FEWER).requests(before)
    (rule,) = SetGroupRule(needed.world.group_id, a_rule(PEER)).requests(before)
    (route,) = SetRoute(needed.world.private_table, PEER, needed.targets["tgw"]).requests(before)
    for request in (update, rule, route):
        executor.call(request)
        with pytest.raises(ConflictError):
            executor.call(request)


def test_a_rule_that_is_gone_is_revoked(needed: Needed, clients: Clients) -> None:
    """A rollback that is repeated has nothing to complain about."""
    before, executor = read(clients, needed), AwsExecutor(clients)
    nothing_out = SetGroupRule(
        needed.world.group_id, replace(a_rule(EVERYWHERE, egress=True), protocol="-1", ports=None), present=False
    )
    for request in (*nothing_out.requests(before), *nothing_out.requests(before)):
        executor.call(request)
    group = before.security_groups[needed.world.group_id]
    nameless = replace(group, rules=tuple(replace(rule, id="") for rule in group.rules))
    (by_words,) = nothing_out.requests(before.having("security_groups", nameless))
    executor.call(by_words)
