"""The peer network: a VPC behind a transit gateway, its services behind a network firewall."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab import ministack, world_network
from lab.tagging import named, tags
from lab.world_network import APPLICATION, TRANSIT, ZONES

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab.world_network import Network

    World = dict[str, Any]

NETWORK = "10.2.0.0/16"
SERVICES = "10.2.4.0/24"
SUBNETS = {"Peer-Transit": "10.2.0.0/24", "Peer-Firewall": "10.2.1.0/24", "Peer-Services": SERVICES}
PEER_HOST, PEER_ADDRESS = "peer.example.internal", "10.2.4.10"
API_HOST, API_ADDRESS = "api.example.internal", "10.2.4.20"
EXTERNAL_ADDRESS = "1.1.1.1"
DEPENDS_ON = f"http://{EXTERNAL_ADDRESS}:80 http://{PEER_HOST}={PEER_ADDRESS}:80 http://{API_HOST}={API_ADDRESS}:80"
RULE_GROUP = "WebApp-Inspection"
RULES = (
    'drop http any any -> any any (msg:"games are not for work"; http.host; content:"games.example.com"; '
    "startswith; endswith; sid:1001; rev:1;)\n"
)


def build(make: Callable[[str], Any], network: Network) -> World:
    """Build it beside the workshop's own network, with routes between both; return its ids by name."""
    ec2 = make("ec2")
    vpc = ec2.create_vpc(CidrBlock=NETWORK, TagSpecifications=named("vpc", "Peer-VPC"))["Vpc"]["VpcId"]
    subnets = {name: _subnet(ec2, vpc, name) for name in SUBNETS}
    gateway = _gateway(ec2, network, vpc, subnets)
    group, endpoint = _firewall(make("network-firewall"), vpc, subnets["Peer-Firewall"])
    ways: dict[str, tuple[str, dict[str, str]]] = {
        "Peer-Transit": (SERVICES, {"VpcEndpointId": endpoint}),
        "Peer-Firewall": (world_network.NETWORK, {"TransitGatewayId": gateway}),
        "Peer-Services": (world_network.NETWORK, {"VpcEndpointId": endpoint}),
    }
    tables = {name: _table(ec2, vpc, subnets[name], (name, *way)) for name, way in ways.items()}
    for table in network.application_tables():
        ec2.create_route(RouteTableId=table, DestinationCidrBlock=SERVICES, TransitGatewayId=gateway)
    _services(ec2, vpc, subnets["Peer-Services"])
    return {
        "peer": {"vpc": vpc, "subnets": subnets, "route_tables": tables},
        "transit_gateway": gateway,
        "rule_group_arn": group,
        "firewall_endpoint": endpoint,
    }


def _subnet(ec2: Any, vpc: str, name: str) -> str:  # noqa: ANN401 - boto3's clients are made at run time
    answer = ec2.create_subnet(
        VpcId=vpc,
        CidrBlock=SUBNETS[name],
        AvailabilityZone=ministack.REGION + ZONES[0],
        TagSpecifications=named("subnet", name),
    )
    return str(answer["Subnet"]["SubnetId"])


def _gateway(ec2: Any, network: Network, peer: str, subnets: dict[str, str]) -> str:  # noqa: ANN401 - boto3
    """Attach both VPCs; the routes between them are written, not propagated."""
    made = ec2.create_transit_gateway(
        Description="WebApp and its peers",
        Options={"DefaultRouteTableAssociation": "enable", "DefaultRouteTablePropagation": "disable"},
        TagSpecifications=named("transit-gateway", "WebApp-TGW"),
    )["TransitGateway"]
    gateway, table = str(made["TransitGatewayId"]), made["Options"]["AssociationDefaultRouteTableId"]
    ends = (
        (network.vpc, network.row(TRANSIT), [world_network.NETWORK]),
        (peer, [subnets["Peer-Transit"]], [SERVICES]),
    )
    for vpc, attached, networks in ends:
        answer = ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=gateway, VpcId=vpc, SubnetIds=attached)
        attachment = answer["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
        for block in networks:
            ec2.create_transit_gateway_route(
                DestinationCidrBlock=block, TransitGatewayRouteTableId=table, TransitGatewayAttachmentId=attachment
            )
    return gateway


def _firewall(firewalls: Any, vpc: str, subnet: str) -> tuple[str, str]:  # noqa: ANN401 - boto3
    """Make rule group, policy and firewall; return the group's ARN and the firewall's endpoint."""
    group = firewalls.create_rule_group(
        RuleGroupName=RULE_GROUP,
        Type="STATEFUL",
        Capacity=100,
        RuleGroup=rule_group(RULES),
        Tags=tags(RULE_GROUP),
    )["RuleGroupResponse"]["RuleGroupArn"]
    forward = ["aws:forward_to_sfe"]
    policy = firewalls.create_firewall_policy(
        FirewallPolicyName="WebApp-Inspection-Policy",
        FirewallPolicy={
            "StatelessDefaultActions": forward,
            "StatelessFragmentDefaultActions": forward,
            "StatefulRuleGroupReferences": [{"ResourceArn": group}],
            "StatefulEngineOptions": {"RuleOrder": "DEFAULT_ACTION_ORDER"},
        },
    )["FirewallPolicyResponse"]["FirewallPolicyArn"]
    made = firewalls.create_firewall(
        FirewallName="WebApp-Firewall", FirewallPolicyArn=policy, VpcId=vpc, SubnetMappings=[{"SubnetId": subnet}]
    )
    states = made["FirewallStatus"]["SyncStates"]
    return str(group), str(next(iter(states.values()))["Attachment"]["EndpointId"])


def rule_group(rules: str) -> dict[str, Any]:
    """Return a stateful rule group of these rules of Suricata's."""
    return {"RulesSource": {"RulesString": rules}, "StatefulRuleOptions": {"RuleOrder": "DEFAULT_ACTION_ORDER"}}


def _table(ec2: Any, vpc: str, subnet: str, way: tuple[str, str, dict[str, str]]) -> str:  # noqa: ANN401 - boto3
    name, destination, target = way
    answer = ec2.create_route_table(VpcId=vpc, TagSpecifications=named("route-table", f"{name}-RTB"))
    table = str(answer["RouteTable"]["RouteTableId"])
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock=destination, **target)
    return table


def _services(ec2: Any, vpc: str, subnet: str) -> None:  # noqa: ANN401 - boto3's clients are made at run time
    """Run the peer service and the web API; both let the application's subnets in, by HTTP."""
    name = "Peer-Services-SG"
    answer = ec2.create_security_group(
        GroupName=name, Description=name, VpcId=vpc, TagSpecifications=named("security-group", name)
    )
    callers = [{"CidrIp": network, "Description": "the web application"} for network in APPLICATION.networks()]
    web = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": callers}
    ec2.authorize_security_group_ingress(GroupId=answer["GroupId"], IpPermissions=[web])
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    for instance, address in (("Peer-Service", PEER_ADDRESS), ("Peer-API", API_ADDRESS)):
        ec2.run_instances(
            ImageId=image,
            MinCount=1,
            MaxCount=1,
            InstanceType="t3.micro",
            SubnetId=subnet,
            PrivateIpAddress=address,
            SecurityGroupIds=[answer["GroupId"]],
            TagSpecifications=named("instance", instance),
        )
