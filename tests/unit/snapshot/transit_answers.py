"""Describe answers of what stands between and above VPCs, one resource of each kind and more where kinds vary."""

from __future__ import annotations

from typing import Any

KINDS_BETWEEN_VPCS: dict[str, list[Any]] = {
    "SecurityGroupRules": [
        {
            "SecurityGroupRuleId": "sgr-1",
            "GroupId": "sg-1",
            "IsEgress": False,
            "IpProtocol": "tcp",
            "FromPort": 80,
            "ToPort": 81,
            "CidrIpv4": "10.0.0.0/16",
        },
        {"GroupId": "sg-3", "IsEgress": True, "IpProtocol": "-1", "CidrIpv6": "::/0"},
        {"GroupId": "sg-3", "IsEgress": True, "IpProtocol": "-1", "PrefixListId": "pl-1"},
        {"GroupId": "sg-3", "IsEgress": False, "IpProtocol": "-1", "ReferencedGroupInfo": {"GroupId": "sg-1"}},
    ],
    "ManagedPrefixLists": [
        {"PrefixListId": "pl-1", "PrefixListName": "com.amazonaws.us-east-1.s3"},
        {"PrefixListId": "pl-3", "PrefixListName": "office", "MaxEntries": 5},
    ],
    "PrefixLists": [{"PrefixListId": "pl-2", "PrefixListName": "dynamodb", "Cidrs": ["192.0.2.0/24"]}],
    "PrefixListEntries": [
        {"PrefixListId": "pl-1", "Entries": [{"Cidr": "198.51.100.0/25"}, {"Cidr": "198.51.100.128/25"}]},
        {"PrefixListId": "pl-4", "Entries": []},
    ],
    "VpcPeeringConnections": [
        {
            "VpcPeeringConnectionId": "pcx-1",
            "Status": {"Code": "active"},
            "RequesterVpcInfo": {
                "VpcId": "vpc-1",
                "CidrBlock": "10.0.0.0/16",
                "CidrBlockSet": [{"CidrBlock": "10.1.0.0/16"}],
                "Ipv6CidrBlockSet": [{"Ipv6CidrBlock": "2001:db8::/56"}],
                "Region": "us-east-1",
            },
            "AccepterVpcInfo": {"VpcId": "vpc-2"},
        }
    ],
    "TransitGateways": [
        {"TransitGatewayId": "tgw-1", "State": "available", "Options": {"SecurityGroupReferencingSupport": "enable"}}
    ],
    "TransitGatewayAttachments": [
        {
            "TransitGatewayAttachmentId": "tgw-attach-1",
            "TransitGatewayId": "tgw-1",
            "ResourceType": "vpc",
            "ResourceId": "vpc-1",
            "State": "available",
            "Association": {"TransitGatewayRouteTableId": "tgw-rtb-1", "State": "associated"},
        },
        {
            "TransitGatewayAttachmentId": "tgw-attach-2",
            "TransitGatewayId": "tgw-1",
            "ResourceType": "vpn",
            "ResourceId": "vpn-1",
            "Association": {"TransitGatewayRouteTableId": "tgw-rtb-1", "State": "disassociated"},
        },
    ],
    "TransitGatewayVpcAttachments": [
        {
            "TransitGatewayAttachmentId": "tgw-attach-1",
            "TransitGatewayId": "tgw-1",
            "VpcId": "vpc-1",
            "State": "available",
            "SubnetIds": ["subnet-1"],
            "Options": {"ApplianceModeSupport": "enable", "SecurityGroupReferencingSupport": "disable"},
        }
    ],
    "TransitGatewayRouteTables": [{"TransitGatewayRouteTableId": "tgw-rtb-1", "TransitGatewayId": "tgw-1"}],
    "TransitGatewayRoutes": [
        {
            "TransitGatewayRouteTableId": "tgw-rtb-1",
            "Routes": [
                {
                    "DestinationCidrBlock": "10.0.0.0/16",
                    "Type": "propagated",
                    "State": "active",
                    "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": "tgw-attach-1"}],
                },
                {"PrefixListId": "pl-1", "Type": "static", "State": "blackhole"},
            ],
        }
    ],
    "TransitGatewayRouteTableAssociations": [
        {
            "TransitGatewayRouteTableId": "tgw-rtb-2",
            "Associations": [
                {"TransitGatewayAttachmentId": "tgw-attach-3", "State": "associated"},
                {"TransitGatewayAttachmentId": "tgw-attach-4", "State": "disassociated"},
            ],
        }
    ],
    "TransitGatewayRouteTablePropagations": [
        {
            "TransitGatewayRouteTableId": "tgw-rtb-1",
            "TransitGatewayRouteTablePropagations": [{"TransitGatewayAttachmentId": "tgw-attach-1"}],
        }
    ],
    "VpnGateways": [
        {
            "VpnGatewayId": "vgw-1",
            "VpcAttachments": [{"VpcId": "vpc-1", "State": "attached"}, {"VpcId": "vpc-2", "State": "detached"}],
        }
    ],
    "VpcAttributes": [
        {"VpcId": "vpc-1", "EnableDnsSupport": {"Value": True}},
        {"VpcId": "vpc-1", "EnableDnsHostnames": {"Value": False}},
    ],
    "DhcpOptions": [
        {
            "DhcpOptionsId": "dopt-1",
            "DhcpConfigurations": [
                {"Key": "domain-name", "Values": [{"Value": "ec2.internal"}]},
                {"Key": "domain-name-servers", "Values": [{"Value": "AmazonProvidedDNS"}]},
            ],
        }
    ],
    "Addresses": [
        {"PublicIp": "203.0.113.8", "AllocationId": "eipalloc-1", "NetworkInterfaceId": "eni-1"},
        {"PublicIp": "203.0.113.200"},
    ],
    "VpcBlockPublicAccessOptions": [
        {"AwsAccountId": "123456789012", "AwsRegion": "us-east-1", "InternetGatewayBlockMode": "block-ingress"}
    ],
    "VpcBlockPublicAccessExclusions": [
        {
            "ExclusionId": "vpcbpa-exclude-1",
            "InternetGatewayExclusionMode": "allow-egress",
            "ResourceArn": "arn:aws:ec2:us-east-1:123456789012:subnet/subnet-1",
            "State": "create-complete",
        },
        {"ExclusionId": "vpcbpa-exclude-2", "State": "delete-complete"},
    ],
    "Firewalls": [
        {
            "Firewall": {"FirewallArn": "arn:fw-1", "FirewallName": "wall", "VpcId": "vpc-1"},
            "FirewallStatus": {
                "SyncStates": {
                    "us-east-1a": {"Attachment": {"SubnetId": "subnet-1", "EndpointId": "vpce-9"}},
                    "us-east-1b": {},
                }
            },
        },
        {"FirewallArn": "arn:fw-2"},
    ],
}
