"""Large worlds of realistic shape, made as AWS's describe calls would answer them, the same for the same seed.

20 VPCs, 300 subnets in three zones, 400 security groups that refer to each other, network ACLs of 40 entries each way,
peerings between neighbours, one transit gateway, and in the first VPC a load balancer with a 500-target group.
"""

from __future__ import annotations

import random
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from pathmend.snapshot.parse import parse

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot

Json: TypeAlias = dict[str, Any]

VPCS = 20
SUBNETS_PER_VPC = 15
GROUPS_PER_VPC = 20
ENTRIES_PER_DIRECTION = 40
TARGETS = 500
REGION = "us-east-1"
ZONES = ("a", "b", "c")
_ELB = f"arn:aws:elasticloadbalancing:{REGION}:123456789012"
LARGE_BALANCER_ARN = f"{_ELB}:loadbalancer/app/large/50dc6c495c0c9188"
LARGE_LISTENER_ARN = f"{_ELB}:listener/app/large/50dc6c495c0c9188/f2f7dc8efc522ab2"
LARGE_GROUP_ARN = f"{_ELB}:targetgroup/large/73e2d6bc24d8a067"
_NODES = 3
_PUBLIC_SUBNETS = 3


@cache
def a_large_world(interfaces: int = 10_000, seed: int = 1) -> Snapshot:
    """Return a world with that many interfaces (at least 1,000, so that the 500 targets find room)."""
    return parse(large_answers(interfaces, seed))


def large_answers(interfaces: int = 10_000, seed: int = 1) -> dict[str, list[Json]]:
    """Return the describe answers of such a world: what `parse` is measured with."""
    chance = random.Random(seed)  # noqa: S311 - the same world again
    enis = [_interface(index, chance) for index in range(interfaces - _NODES)] + [_node(n) for n in range(_NODES)]
    return {
        "Vpcs": [_vpc(v) for v in range(VPCS)],
        "Subnets": [_subnet(v, s) for v in range(VPCS) for s in range(SUBNETS_PER_VPC)],
        "RouteTables": [table for v in range(VPCS) for table in _tables(v)],
        "NetworkAcls": [_acl(v, tier, chance) for v in range(VPCS) for tier in range(SUBNETS_PER_VPC // 3)],
        "SecurityGroups": [_group(v, g, chance) for v in range(VPCS) for g in range(GROUPS_PER_VPC)],
        "NetworkInterfaces": enis,
        "Reservations": [{"Instances": [_instance(eni)]} for eni in enis if "Attachment" in eni],
        "InternetGateways": [
            {"InternetGatewayId": f"igw-{v}", "Attachments": [{"State": "available", "VpcId": f"vpc-{v}"}]}
            for v in range(VPCS)
        ],
        "EgressOnlyInternetGateways": [],
        "NatGateways": [_nat(v, zone) for v in range(VPCS) for zone in range(3)],
        "VpcEndpoints": [],
        "ManagedPrefixLists": [{"PrefixListId": "pl-office", "PrefixListName": "office", "AddressFamily": "IPv4"}],
        "PrefixListEntries": [{"PrefixListId": "pl-office", "Entries": [{"Cidr": "192.168.0.0/16"}]}],
        "VpcPeeringConnections": [_peering(v) for v in range(VPCS - 1)],
        **_transit_gateway(),
        **_balancing([eni["Attachment"]["InstanceId"] for eni in enis if "Attachment" in eni][:TARGETS]),
    }


def _vpc(v: int) -> Json:
    return {"VpcId": f"vpc-{v}", "CidrBlock": f"10.{v}.0.0/16", "Tags": [{"Key": "Name", "Value": f"network {v}"}]}


def _subnet(v: int, s: int) -> Json:
    zone = f"{REGION}{ZONES[s % 3]}"
    block = f"10.{v}.{s * 16}.0/20"
    return {"SubnetId": f"subnet-{v}-{s}", "VpcId": f"vpc-{v}", "CidrBlock": block, "AvailabilityZone": zone}


def _route(destination: str, key: str, target: str, origin: str = "CreateRoute") -> Json:
    return {"DestinationCidrBlock": destination, key: target, "State": "active", "Origin": origin}


def _tables(v: int) -> list[Json]:
    shared = [_route(f"10.{v}.0.0/16", "GatewayId", "local", "CreateRouteTable")]
    shared += [_route(f"10.{v + 1}.0.0/16", "VpcPeeringConnectionId", f"pcx-{v}")] if v + 1 < VPCS else []
    shared += [_route(f"10.{v - 1}.0.0/16", "VpcPeeringConnectionId", f"pcx-{v - 1}")] if v else []
    shared += [_route("10.0.0.0/8", "TransitGatewayId", "tgw-1")]
    public = [*shared, _route("0.0.0.0/0", "GatewayId", f"igw-{v}")]
    tables = [_table(v, "public", public, range(_PUBLIC_SUBNETS))]
    for zone in range(3):
        private = [*shared, _route("0.0.0.0/0", "NatGatewayId", f"nat-{v}-{zone}")]
        tables.append(_table(v, f"private-{zone}", private, range(_PUBLIC_SUBNETS + zone, SUBNETS_PER_VPC, 3)))
    return tables


def _table(v: int, name: str, routes: list[Json], subnets: range) -> Json:
    links = [{"RouteTableAssociationId": f"rtbassoc-{v}-{s}", "SubnetId": f"subnet-{v}-{s}"} for s in subnets]
    return {"RouteTableId": f"rtb-{v}-{name}", "VpcId": f"vpc-{v}", "Routes": routes, "Associations": links}


def _acl(v: int, tier: int, chance: random.Random) -> Json:
    links = [{"SubnetId": f"subnet-{v}-{tier * 3 + zone}"} for zone in range(3)]
    entries = [entry for egress in (False, True) for entry in _entries(egress=egress, chance=chance)]
    return {"NetworkAclId": f"acl-{v}-{tier}", "VpcId": f"vpc-{v}", "Entries": entries, "Associations": links}


def _entries(*, egress: bool, chance: random.Random) -> list[Json]:
    """Return 40 entries of one direction, the final deny included: odd ones first, then what lets all traffic work."""
    entries = [
        _entry(
            10 * (n + 1), egress=egress, cidr=_some_block(chance), action=chance.choice(("allow", "deny")), port=port
        )
        for n, port in enumerate(chance.randrange(20, 1024) for _ in range(ENTRIES_PER_DIRECTION - 3))
    ]
    inside = {"RuleNumber": 1000, "Egress": egress, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": "10.0.0.0/8"}
    outside = {**inside, "RuleNumber": 1010, "CidrBlock": "0.0.0.0/0"}
    final = {**outside, "RuleNumber": 32767, "RuleAction": "deny"}
    return [*entries, inside, outside, final]


def _some_block(chance: random.Random) -> str:
    return f"172.{chance.randrange(16, 32)}.{chance.randrange(256)}.0/{chance.choice((24, 26, 28))}"


def _entry(number: int, *, egress: bool, cidr: str, action: str, port: int) -> Json:
    ports = {"From": port, "To": port + 3}
    entry = {"RuleNumber": number, "Egress": egress, "Protocol": "6", "RuleAction": action, "CidrBlock": cidr}
    return {**entry, "PortRange": ports}


def _group(v: int, g: int, chance: random.Random) -> Json:
    """Return a group with ten rules; the first two of a VPC are the load balancer's and its targets'."""
    own = [{"CidrIp": f"10.{chance.randrange(VPCS)}.{chance.randrange(256)}.0/24"} for _ in range(6)]
    pairs = [{"GroupId": f"sg-{v}-{chance.randrange(GROUPS_PER_VPC)}"} for _ in range(3)]
    pairs += [{"GroupId": f"sg-{v}-0"}] if g == 1 else []
    everyone = [{"CidrIp": "0.0.0.0/0"}] if g == 0 else []
    allowed = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": own + everyone, "UserIdGroupPairs": pairs}
    database = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": pairs[:1]}
    return {
        "GroupId": f"sg-{v}-{g}",
        "VpcId": f"vpc-{v}",
        "GroupName": f"group {g}",
        "IpPermissions": [allowed, database],
        "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
    }


def _interface(index: int, chance: random.Random) -> Json:
    """Return an interface; the first 500 are the targets in the first VPC, a quarter of the others are instances'."""
    target = index < TARGETS
    v = 0 if target else index % VPCS
    s = _PUBLIC_SUBNETS + (index if target else index // VPCS) % (SUBNETS_PER_VPC - _PUBLIC_SUBNETS)
    number = 20 + index // (1 if target else VPCS) // (SUBNETS_PER_VPC - _PUBLIC_SUBNETS) + (0 if target else 64)
    groups = {f"sg-{v}-1"} if target else {f"sg-{v}-{chance.randrange(GROUPS_PER_VPC)}" for _ in range(2)}
    address = f"10.{v}.{s * 16 + number // 256}.{number % 256}"
    eni = {
        "NetworkInterfaceId": f"eni-{index:05}",
        "VpcId": f"vpc-{v}",
        "SubnetId": f"subnet-{v}-{s}",
        "PrivateIpAddress": address,
        "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": address}],
        "Groups": [{"GroupId": group, "GroupName": "x"} for group in sorted(groups)],
        "Description": "",
        "InterfaceType": "interface",
        "SourceDestCheck": True,
        "Status": "in-use",
        "TagSet": [{"Key": "Name", "Value": f"interface {index}"}],
    }
    return {**eni, "Attachment": {"InstanceId": f"i-{index:05}", "DeviceIndex": 0}} if target or index % 4 == 0 else eni


def _node(zone: int) -> Json:
    public = {"PublicIp": f"203.0.113.{zone + 10}"}
    return {
        "NetworkInterfaceId": f"eni-node-{zone}",
        "VpcId": "vpc-0",
        "SubnetId": f"subnet-0-{zone}",
        "PrivateIpAddress": f"10.0.{zone * 16}.10",
        "Association": public,
        "Groups": [{"GroupId": "sg-0-0"}],
        "Description": "ELB app/large/50dc6c495c0c9188",
    }


def _instance(eni: Json) -> Json:
    attached = [{"NetworkInterfaceId": eni["NetworkInterfaceId"], "Attachment": {"DeviceIndex": 0}}]
    return {
        "InstanceId": eni["Attachment"]["InstanceId"],
        "State": {"Name": "running"},
        "SubnetId": eni["SubnetId"],
        "NetworkInterfaces": attached,
    }


def _nat(v: int, zone: int) -> Json:
    return {
        "NatGatewayId": f"nat-{v}-{zone}",
        "VpcId": f"vpc-{v}",
        "SubnetId": f"subnet-{v}-{zone}",
        "State": "available",
        "NatGatewayAddresses": [{"PublicIp": f"203.0.113.{100 + v}", "PrivateIp": f"10.{v}.{zone * 16}.5"}],
    }


def _peering(v: int) -> Json:
    ends = ({"VpcId": f"vpc-{n}", "CidrBlock": f"10.{n}.0.0/16", "Region": REGION} for n in (v, v + 1))
    requester, accepter = ends
    return {
        "VpcPeeringConnectionId": f"pcx-{v}",
        "RequesterVpcInfo": requester,
        "AccepterVpcInfo": accepter,
        "Status": {"Code": "active"},
    }


def _transit_gateway() -> dict[str, list[Json]]:
    table = {"TransitGatewayRouteTableId": "tgw-rtb-1", "TransitGatewayId": "tgw-1", "State": "available"}
    shared = {"TransitGatewayId": "tgw-1", "State": "available"}
    attachments = [
        {**shared, "TransitGatewayAttachmentId": f"tgw-attach-{v}", "VpcId": f"vpc-{v}"} for v in range(VPCS)
    ]
    links = [
        {"TransitGatewayAttachmentId": one["TransitGatewayAttachmentId"], "State": "associated"} for one in attachments
    ]
    routes = [
        {
            "DestinationCidrBlock": f"10.{v}.0.0/16",
            "Type": "propagated",
            "State": "active",
            "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": f"tgw-attach-{v}", "ResourceType": "vpc"}],
        }
        for v in range(VPCS)
    ]
    return {
        "TransitGateways": [{"TransitGatewayId": "tgw-1", "State": "available"}],
        "TransitGatewayVpcAttachments": [
            {**one, "SubnetIds": [f"subnet-{one['VpcId'].removeprefix('vpc-')}-{s}" for s in range(12, 15)]}
            for one in attachments
        ],
        "TransitGatewayRouteTables": [table],
        "TransitGatewayRouteTableAssociations": [{"TransitGatewayRouteTableId": "tgw-rtb-1", "Associations": links}],
        "TransitGatewayRoutes": [{"TransitGatewayRouteTableId": "tgw-rtb-1", "Routes": routes}],
    }


def _balancing(targets: list[str]) -> dict[str, list[Json]]:
    balancer = {
        "LoadBalancerArn": LARGE_BALANCER_ARN,
        "LoadBalancerName": "large",
        "Type": "application",
        "Scheme": "internet-facing",
        "VpcId": "vpc-0",
        "State": {"Code": "active"},
        "AvailabilityZones": [{"SubnetId": f"subnet-0-{s}"} for s in range(_NODES)],
        "SecurityGroups": ["sg-0-0"],
    }
    listener = {
        "ListenerArn": LARGE_LISTENER_ARN,
        "LoadBalancerArn": LARGE_BALANCER_ARN,
        "Protocol": "HTTP",
        "Port": 80,
    }
    group = {"TargetGroupArn": LARGE_GROUP_ARN, "TargetGroupName": "large", "Protocol": "HTTP", "Port": 80}
    health = [{"Target": {"Id": one, "Port": 80}, "TargetHealth": {"State": "healthy"}} for one in targets]
    return {
        "LoadBalancers": [balancer],
        "Listeners": [{**listener, "DefaultActions": [{"Type": "forward", "TargetGroupArn": LARGE_GROUP_ARN}]}],
        "Rules": [],
        "TargetGroups": [
            {**group, "VpcId": "vpc-0", "TargetType": "instance", "LoadBalancerArns": [LARGE_BALANCER_ARN]}
        ],
        "TargetHealthDescriptions": [{"TargetGroupArn": LARGE_GROUP_ARN, "TargetHealthDescriptions": health}],
        "TagDescriptions": [],
    }
