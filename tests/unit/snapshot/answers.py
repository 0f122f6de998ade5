"""A small world as AWS's describe calls answer it, one resource of each kind and more where kinds have variants."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tests.unit.snapshot.transit_answers import KINDS_BETWEEN_VPCS

_ELB = "arn:aws:elasticloadbalancing:us-east-1:123456789012"
_WEB = "app/web/50dc6c495c0c9188"
LB = f"{_ELB}:loadbalancer/{_WEB}"
LISTENER = f"{_ELB}:listener/{_WEB}/f2f7dc8efc522ab2"
RULE = f"{_ELB}:listener-rule/{_WEB}/f2f7dc8efc522ab2/9683b2d09683b2d0"
GROUPS = [f"{_ELB}:targetgroup/{name}/73e2d6bc24d8a067" for name in "abcd"]
TAGS = [{"Key": "Tier", "Value": "x"}, {"Key": "Name", "Value": "y"}, {"Key": "Empty"}]

_ANSWERS: dict[str, list[Any]] = {
    "Vpcs": [
        {
            "VpcId": "vpc-1",
            "CidrBlock": "10.0.0.0/16",
            "OwnerId": "123456789012",
            "DhcpOptionsId": "dopt-1",
            "CidrBlockAssociationSet": [
                {"CidrBlock": "10.0.0.0/16", "CidrBlockState": {"State": "associated"}},
                {"CidrBlock": "10.1.0.0/16", "CidrBlockState": {"State": "associated"}},
                {"CidrBlock": "10.2.0.0/16", "CidrBlockState": {"State": "disassociated"}},
            ],
            "Ipv6CidrBlockAssociationSet": [
                {"Ipv6CidrBlock": "2001:db8::/56", "Ipv6CidrBlockState": {"State": "associated"}}
            ],
            "Tags": TAGS,
            "SomethingNew": {"Ignored": True},
        }
    ],
    "Subnets": [
        {"SubnetId": "subnet-2", "VpcId": "vpc-1", "CidrBlock": "10.0.2.0/24"},
        {"SubnetId": "subnet-1", "VpcId": "vpc-1", "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "us-east-1a"},
    ],
    "RouteTables": [
        {
            "RouteTableId": "rtb-1",
            "VpcId": "vpc-1",
            "Routes": [
                {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "Origin": "CreateRouteTable"},
                {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "blackhole"},
                {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1", "State": "active"},
                {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1", "State": "active"},
                {"DestinationCidrBlock": "10.9.0.0/16", "InstanceId": "i-1", "NetworkInterfaceId": "eni-1"},
                {"DestinationCidrBlock": "10.8.0.0/16", "TransitGatewayId": "tgw-1"},
                {"DestinationCidrBlock": "10.7.0.0/16", "State": "blackhole"},
            ],
            "Associations": [
                {"RouteTableAssociationId": "a-1", "Main": True},
                {"RouteTableAssociationId": "a-2", "SubnetId": "subnet-1", "Main": False},
                {"RouteTableAssociationId": "a-3", "GatewayId": "igw-1"},
                {"SubnetId": "subnet-2", "AssociationState": {"State": "disassociated"}},
            ],
        }
    ],
    "NetworkAcls": [
        {
            "NetworkAclId": "acl-1",
            "VpcId": "vpc-1",
            "IsDefault": False,
            "Associations": [{"SubnetId": "subnet-2"}, {"SubnetId": "subnet-1"}],
            "Entries": [
                {
                    "RuleNumber": 32767,
                    "Egress": False,
                    "Protocol": "-1",
                    "RuleAction": "deny",
                    "CidrBlock": "0.0.0.0/0",
                },
                {
                    "RuleNumber": 200,
                    "Egress": True,
                    "Protocol": "6",
                    "RuleAction": "allow",
                    "CidrBlock": "10.0.1.7/24",
                    "PortRange": {"From": 1024, "To": 65535},
                },
                {
                    "RuleNumber": 100,
                    "Egress": False,
                    "Protocol": "1",
                    "RuleAction": "allow",
                    "CidrBlock": "0.0.0.0/0",
                    "IcmpTypeCode": {"Type": 8, "Code": -1},
                },
                {
                    "RuleNumber": 101,
                    "Egress": False,
                    "Protocol": "58",
                    "RuleAction": "allow",
                    "Ipv6CidrBlock": "::/0",
                },
                {
                    "RuleNumber": 102,
                    "Egress": False,
                    "Protocol": "udp",
                    "RuleAction": "deny",
                    "CidrBlock": "0.0.0.0/0",
                    "PortRange": {},
                },
                {"RuleNumber": 103, "Egress": False, "Protocol": 47, "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"},
            ],
        }
    ],
    "SecurityGroups": [
        {
            "GroupId": "sg-1",
            "VpcId": "vpc-1",
            "GroupName": "web",
            "IpPermissions": [
                {
                    "IpProtocol": "tcp",
                    "FromPort": 80,
                    "ToPort": 81,
                    "IpRanges": [{"CidrIp": "10.0.0.0/16"}],
                    "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
                    "UserIdGroupPairs": [{"GroupId": "sg-2", "UserId": "123456789012"}],
                    "PrefixListIds": [{"PrefixListId": "pl-1"}],
                },
                {"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
                {"IpProtocol": "udp", "FromPort": -1, "ToPort": -1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]},
            ],
            "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
        },
        {"GroupId": "sg-2"},
    ],
    "NetworkInterfaces": [
        {
            "NetworkInterfaceId": "eni-1",
            "VpcId": "vpc-1",
            "SubnetId": "subnet-1",
            "PrivateIpAddress": "10.0.1.20",
            "PrivateIpAddresses": [
                {"PrivateIpAddress": "10.0.1.10", "Association": {"PublicIp": "203.0.113.9"}},
                {"PrivateIpAddress": "10.0.1.20", "Primary": True},
            ],
            "Association": {"PublicIp": "203.0.113.7"},
            "Ipv6Addresses": [{"Ipv6Address": "2001:db8::1"}],
            "Groups": [{"GroupId": "sg-2"}, {"GroupId": "sg-1"}],
            "Description": "ELB app/web/50dc6c495c0c9188",
            "Attachment": {"InstanceId": "i-1", "DeviceIndex": 0},
            "SourceDestCheck": False,
            "TagSet": [{"Key": "Name", "Value": "node"}],
        },
        {
            "NetworkInterfaceId": "eni-2",
            "VpcId": "vpc-1",
            "SubnetId": "subnet-1",
            "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.1.30"}],
        },
    ],
    "Reservations": [
        {
            "Instances": [
                {
                    "InstanceId": "i-1",
                    "State": {"Name": "running"},
                    "SubnetId": "subnet-1",
                    "MetadataOptions": {"HttpEndpoint": "enabled", "HttpTokens": "required"},
                    "NetworkInterfaces": [
                        {"NetworkInterfaceId": "eni-2", "Attachment": {"DeviceIndex": 1}},
                        {"NetworkInterfaceId": "eni-1", "Attachment": {"DeviceIndex": 0}},
                    ],
                },
                {"InstanceId": "i-2", "State": {"Name": "terminated"}},
            ]
        }
    ],
    "InternetGateways": [
        {
            "InternetGatewayId": "igw-1",
            "Attachments": [{"State": "available", "VpcId": "vpc-1"}, {"State": "detached", "VpcId": "vpc-9"}],
        }
    ],
    "EgressOnlyInternetGateways": [
        {"EgressOnlyInternetGatewayId": "eigw-1", "Attachments": [{"State": "attached", "VpcId": "vpc-1"}]}
    ],
    "NatGateways": [
        {
            "NatGatewayId": "nat-1",
            "VpcId": "vpc-1",
            "SubnetId": "subnet-1",
            "State": "available",
            "NatGatewayAddresses": [{"PublicIp": "203.0.113.1"}, {"PrivateIp": "10.0.1.5"}],
        },
        {
            "NatGatewayId": "nat-2",
            "VpcId": "vpc-1",
            "SubnetId": "subnet-1",
            "State": "failed",
            "ConnectivityType": "private",
        },
        {"NatGatewayId": "nat-3", "VpcId": "vpc-1", "State": "available", "AvailabilityMode": "regional"},
    ],
    "VpcEndpoints": [
        {"VpcEndpointId": "vpce-1", "VpcId": "vpc-1", "ServiceName": "s3", "RouteTableIds": ["rtb-2", "rtb-1"]},
        {
            "VpcEndpointId": "vpce-2",
            "VpcId": "vpc-1",
            "VpcEndpointType": "Interface",
            "State": "Available",
            "SubnetIds": ["subnet-1"],
            "NetworkInterfaceIds": ["eni-2"],
            "PrivateDnsEnabled": True,
        },
    ],
    "LoadBalancers": [
        {
            "LoadBalancerArn": LB,
            "LoadBalancerName": "web",
            "Type": "application",
            "Scheme": "internal",
            "VpcId": "vpc-1",
            "State": {"Code": "active"},
            "AvailabilityZones": [{"SubnetId": "subnet-2"}, {"SubnetId": "subnet-1"}, {"ZoneName": "us-east-1c"}],
            "SecurityGroups": ["sg-1"],
        }
    ],
    "Listeners": [
        {
            "ListenerArn": LISTENER,
            "LoadBalancerArn": LB,
            "Protocol": "HTTP",
            "Port": 80,
            "DefaultActions": [{"Type": "forward", "TargetGroupArn": GROUPS[0]}],
        }
    ],
    "Rules": [
        {
            "ListenerArn": LISTENER,
            "Rules": [
                {
                    "RuleArn": RULE,
                    "Actions": [
                        {
                            "Type": "forward",
                            "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": GROUPS[1]}, {"Weight": 1}]},
                        }
                    ],
                }
            ],
        },
        {"RuleArn": RULE, "Actions": [{"Type": "forward", "TargetGroupArn": GROUPS[2]}]},
    ],
    "TargetGroups": [
        {
            "TargetGroupArn": GROUPS[0],
            "TargetGroupName": "a",
            "Protocol": "HTTP",
            "Port": 80,
            "VpcId": "vpc-1",
            "HealthCheckProtocol": "HTTP",
            "HealthCheckPort": "8080",
            "HealthCheckPath": "/health",
            "HealthCheckIntervalSeconds": 15,
            "HealthCheckTimeoutSeconds": 3,
            "HealthyThresholdCount": 2,
            "UnhealthyThresholdCount": 3,
            "HealthCheckEnabled": True,
            "Matcher": {"HttpCode": "200"},
            "LoadBalancerArns": [LB],
            "TargetType": "ip",
        },
        {"TargetGroupArn": GROUPS[1], "TargetGroupName": "b", "Protocol": "HTTP", "Matcher": {"GrpcCode": "12"}},
        {"TargetGroupArn": GROUPS[3], "TargetGroupName": "d"},
    ],
    "TargetHealthDescriptions": [
        {
            "TargetGroupArn": GROUPS[0],
            "TargetHealthDescriptions": [
                {"Target": {"Id": "10.0.1.30", "Port": 80}, "TargetHealth": {"State": "healthy"}},
                {
                    "Target": {"Id": "10.0.1.20", "Port": 80, "AvailabilityZone": "us-east-1a"},
                    "TargetHealth": {"State": "unhealthy", "Reason": "Target.Timeout", "Description": "slow"},
                },
                {"Target": {"Id": "10.0.1.40"}},
            ],
        }
    ],
    "TagDescriptions": [{"ResourceArn": LB, "Tags": TAGS}, {"ResourceArn": GROUPS[0], "Tags": []}],
    "LoadBalancerAttributes": [
        {"LoadBalancerArn": LB, "Attributes": [{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}]}
    ],
    "TargetGroupAttributes": [
        {"TargetGroupArn": GROUPS[0], "Attributes": [{"Key": "preserve_client_ip.enabled", "Value": "false"}]}
    ],
    **KINDS_BETWEEN_VPCS,
}


def answers() -> dict[str, list[Any]]:
    """Return fresh answers that a test may alter."""
    return deepcopy(_ANSWERS)
