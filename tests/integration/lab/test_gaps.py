"""Tripwires: each gap of the emulators that the lab fills; one of these fails when upstream closes its gap."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lab import ministack, processes
from lab.clients import client
from lab.emulators import Emulators
from tests.integration.lab.conftest import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.lab.conftest import Lab

pytestmark = pytest.mark.lab


def test_ministack_refuses_events_of_aws_services_from_customers(lab: Lab) -> None:
    """As AWS does; so the lab's services need the launcher's door, which a wrong secret does not open."""
    entry = {"Source": "aws.cloudwatch", "DetailType": "x", "Detail": "{}"}
    answer = lab.aws("events").put_events(Entries=[entry])
    assert answer["Entries"][0]["ErrorCode"] == "NotAuthorizedForSourceException"
    with pytest.raises(RuntimeError, match="NotAuthorizedForSource"):
        ministack.put_service_events(lab.endpoints.serverless, "guessed", [entry])


def test_ministack_puts_no_alarm_event_on_the_bus(lab: Lab) -> None:
    """Alarms live on the other plane because ministack's evaluation tells nobody."""
    own = client(lab.endpoints.serverless, "cloudwatch")
    own.put_metric_alarm(
        AlarmName="silent",
        Namespace="Lab",
        MetricName="m",
        Statistic="Sum",
        Period=10,
        EvaluationPeriods=1,
        Threshold=0.0,
        ComparisonOperator="GreaterThanThreshold",
    )
    lab.forget_events()
    own.set_alarm_state(AlarmName="silent", StateValue="ALARM", StateReason="test")
    assert [one for one in lab.events() if one["detail"].get("alarmName") == "silent"] == []


def test_moto_forgets_what_the_lab_fills() -> None:
    """Moto itself: every target healthy, new alarms OK, no final deny, no Config evaluation, no composite operation."""
    script = """
import boto3, json
from moto import mock_aws
from moto.config.responses import ConfigResponse
from moto.cloudwatch.responses import CloudWatchResponse
with mock_aws():
    ec2 = boto3.client("ec2", "us-east-1")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    eni = ec2.create_network_interface(SubnetId=subnet, Description="ELB app/x/1")["NetworkInterface"]
    cw = boto3.client("cloudwatch", "us-east-1")
    cw.put_metric_alarm(AlarmName="a", Namespace="n", MetricName="m", Statistic="Sum", Period=10,
        EvaluationPeriods=1, Threshold=0.0, ComparisonOperator="GreaterThanThreshold")
    state = cw.describe_alarms()["MetricAlarms"][0]["StateValue"]
print(json.dumps({"entries": len(acl["Entries"]), "managed": eni["RequesterManaged"], "state": state,
    "config": hasattr(ConfigResponse, "start_config_rules_evaluation"),
    "composite": hasattr(CloudWatchResponse, "put_composite_alarm")}))
"""
    assert _by_moto_itself(script) == {
        "entries": 0,
        "managed": False,
        "state": "OK",
        "config": False,
        "composite": False,
    }


def test_the_lab_fills_what_moto_leaves_out(lab: Lab) -> None:
    """A new ACL ends with a deny both ways; a load balancer's interface says whose it is; a new alarm knows nothing."""
    ec2 = lab.aws("ec2")
    acl = ec2.create_network_acl(VpcId=lab.world["vpc"])["NetworkAcl"]
    assert [(one["RuleNumber"], one["RuleAction"]) for one in acl["Entries"]] == [(32767, "deny")] * 2
    ec2.delete_network_acl(NetworkAclId=acl["NetworkAclId"])
    wanted = [{"Name": "description", "Values": [f"ELB {lab.world['load_balancer']}"]}]
    nodes = ec2.describe_network_interfaces(Filters=wanted)["NetworkInterfaces"]
    assert len(nodes) == 3
    assert all(one["RequesterManaged"] and one["RequesterId"] == "amazon-elb" for one in nodes)
    assert all(one["Association"]["PublicIp"] for one in nodes)


def test_moto_forgets_routes_of_endpoints_attachments_of_transit_routes_and_metadata_options() -> None:
    """Moto itself: what lab/moto_network_gaps.py and lab/firewall_service.py fill is missing."""
    script = """
import boto3, json
from moto import mock_aws
from moto.networkfirewall.responses import NetworkFirewallResponse
with mock_aws():
    ec2 = boto3.client("ec2", "us-east-1")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    endpoint = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3", VpcEndpointType="Gateway",
        PolicyDocument="{}")["VpcEndpoint"]["VpcEndpointId"]
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddRouteTableIds=[table], ResetPolicy=True)
    routes = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    policy = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"][0]["PolicyDocument"]
    gateway = ec2.create_transit_gateway()["TransitGateway"]
    attachment = ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=gateway["TransitGatewayId"], VpcId=vpc,
        SubnetIds=[subnet])["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
    route = ec2.create_transit_gateway_route(DestinationCidrBlock="10.0.0.0/16", TransitGatewayAttachmentId=attachment,
        TransitGatewayRouteTableId=gateway["Options"]["AssociationDefaultRouteTableId"])["Route"]
    instance = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, SubnetId=subnet,
        MetadataOptions={"HttpTokens": "required"})["Instances"][0]["InstanceId"]
    ec2.modify_instance_metadata_options(InstanceId=instance, HttpEndpoint="disabled")
    options = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]["MetadataOptions"]
    iam = boto3.client("iam", "us-east-1")
    for name in ("one", "two"):
        iam.create_instance_profile(InstanceProfileName=name)
    tie = ec2.associate_iam_instance_profile(InstanceId=instance, IamInstanceProfile={"Name": "one"})
    ec2.replace_iam_instance_profile_association(IamInstanceProfile={"Name": "two"},
        AssociationId=tie["IamInstanceProfileAssociation"]["AssociationId"])
    shown = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]["IamInstanceProfile"]
    firewall = boto3.client("network-firewall", "us-east-1").create_firewall(FirewallName="f", VpcId=vpc,
        FirewallPolicyArn="arn:aws:network-firewall:us-east-1:123456789012:firewall-policy/p",
        SubnetMappings=[{"SubnetId": subnet}])
print(json.dumps({"routes": len(routes), "policy": policy, "attachments": route["TransitGatewayAttachments"],
    "profile": shown["Arn"].rpartition("/")[2], "tokens": options.get("HttpTokens"),
    "endpoints": "SyncStates" in firewall["FirewallStatus"],
    "groups": hasattr(NetworkFirewallResponse, "create_rule_group")}))
"""
    assert _by_moto_itself(script) == {
        "routes": 1,
        "policy": "{}",
        "attachments": [],
        "profile": "one",
        "tokens": None,
        "endpoints": False,
        "groups": False,
    }


def _by_moto_itself(script: str) -> dict[str, Any]:
    """Run a script in a fresh interpreter, as this one may have the gaps filled; return what it printed."""
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run([sys.executable, "-c", script], env=kept | keys, capture_output=True, check=True)  # noqa: S603 - own script
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_routes_of_a_gateway_endpoint_follow_its_route_tables(lab: Lab) -> None:
    """Adding a table writes the route to the prefix list, removing it takes the route away."""
    ec2, endpoint = lab.aws("ec2"), lab.world["endpoints"]["dynamodb"]
    table = lab.world["route_tables"]["WebApp-App1-a-RTB"]

    def routes() -> list[dict[str, Any]]:
        (found,) = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
        return [one for one in found["Routes"] if one.get("GatewayId") == endpoint]

    assert len(routes()) == 1
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, RemoveRouteTableIds=[table])
    assert routes() == []
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddRouteTableIds=[table])
    (route,) = routes()
    assert route["DestinationPrefixListId"].startswith("pl-")


def test_a_rule_group_is_updated_by_who_has_seen_it_last(lab: Lab) -> None:
    """A token that was used or guessed is refused, and the rules stay as they are."""
    firewalls, arn = lab.aws("network-firewall"), lab.world["rule_group_arn"]
    told = firewalls.describe_rule_group(RuleGroupArn=arn)
    firewalls.update_rule_group(RuleGroupArn=arn, UpdateToken=told["UpdateToken"], RuleGroup=told["RuleGroup"])
    with pytest.raises(firewalls.exceptions.InvalidTokenException):
        firewalls.update_rule_group(RuleGroupArn=arn, UpdateToken=told["UpdateToken"], RuleGroup=told["RuleGroup"])
    with pytest.raises(firewalls.exceptions.ResourceNotFoundException):
        firewalls.describe_rule_group(RuleGroupName="none", Type="STATEFUL")
    assert firewalls.describe_rule_group(RuleGroupArn=arn)["RuleGroup"] == told["RuleGroup"]
    assert arn in {one["Arn"] for one in firewalls.list_rule_groups()["RuleGroups"]}


def test_a_firewall_tells_of_the_endpoints_that_it_has(lab: Lab) -> None:
    """Routes lead to them, and EC2 shows them as endpoints of a gateway load balancer."""
    (told,) = lab.aws("network-firewall").list_firewalls(VpcIds=[lab.world["peer"]["vpc"]])["Firewalls"]
    status = lab.aws("network-firewall").describe_firewall(FirewallArn=told["FirewallArn"])["FirewallStatus"]
    ((zone, state),) = status["SyncStates"].items()
    assert (zone, state["Attachment"]["EndpointId"]) == ("us-east-1a", lab.world["firewall_endpoint"])
    (endpoint,) = lab.aws("ec2").describe_vpc_endpoints(VpcEndpointIds=[lab.world["firewall_endpoint"]])["VpcEndpoints"]
    assert endpoint["VpcEndpointType"] == "GatewayLoadBalancer"


def test_metrics_carry_the_dimensions_of_aws(lab: Lab) -> None:
    """Requests are counted by load balancer, zone and target group; CPU and memory by instance."""

    def seen() -> set[tuple[str, frozenset[str]]]:
        found = lab.aws("cloudwatch").get_paginator("list_metrics").paginate().build_full_result()["Metrics"]
        return {(one["MetricName"], frozenset(part["Name"] for part in one["Dimensions"])) for one in found}

    requests = (
        {"LoadBalancer"},
        {"LoadBalancer", "AvailabilityZone"},
        {"TargetGroup", "LoadBalancer"},
        {"TargetGroup", "LoadBalancer", "AvailabilityZone"},
    )
    wanted = {("RequestCount", frozenset(dimensions)) for dimensions in requests} | {
        ("UnHealthyHostCount", frozenset({"TargetGroup", "LoadBalancer"})),
        ("CPUUtilization", frozenset({"InstanceId"})),
        ("mem_used_percent", frozenset({"InstanceId"})),
    }
    assert wanted - eventually(seen, lambda found: wanted <= found) == set()

    def averages() -> list[float]:
        now = dt.datetime.now(dt.UTC)
        statistics = lab.aws("cloudwatch").get_metric_statistics(
            Namespace="AWS/EC2",
            MetricName="CPUUtilization",
            Dimensions=[{"Name": "InstanceId", "Value": lab.world["instances"][0]}],
            StartTime=now - dt.timedelta(minutes=2),
            EndTime=now,
            Period=60,
            Statistics=["Average"],
        )
        return [point["Average"] for point in statistics["Datapoints"]]

    assert eventually(averages, bool)[0] == pytest.approx(12.0)


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    """After a failure in the block both process groups are gone, and so is the file that named them."""
    groups: tuple[int, ...] = ()

    def fail() -> None:
        nonlocal groups
        with Emulators(tmp_path) as emulators:
            groups = emulators.running.groups
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert len(groups) == 2
    assert not any(processes.group_alive(group) for group in groups)
    assert not (tmp_path / "endpoints.json").exists()


def test_a_wrong_call_to_ministack_is_an_error(lab: Lab) -> None:
    """The lab's clients do not swallow what a plane refuses."""
    with pytest.raises(ClientError):
        lab.aws("stepfunctions").describe_state_machine(
            stateMachineArn="arn:aws:states:us-east-1:123456789012:stateMachine:none"
        )
