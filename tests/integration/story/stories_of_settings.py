"""Stories of settings that keep targets from what they need: found by an audit, repaired with leave, and undone."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lab import world_peer, world_service
from tests.integration.story.acts import approved, audit, closes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.story.stage import Stage

_ANYWHERE = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
_HTTPS_ONLY = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
_HTTP = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}
_OTHER = "WebApp-OtherRole"
_ACTIONS = ("kms:Decrypt", "secretsmanager:GetSecretValue", "sns:Publish", "sqs:SendMessage")
_OFFICE = "192.168.0.0/16"


def a_metadata_service_is_switched_on_and_off(stage: Stage) -> None:
    """One instance cannot get its credentials."""
    ec2, instance = stage.client("ec2"), stage.workshop.ids["instances"][0]
    ec2.modify_instance_metadata_options(InstanceId=instance, HttpEndpoint="disabled")
    try:
        _repaired_and_undone(stage, {"Metadata"})
    finally:
        ec2.modify_instance_metadata_options(InstanceId=instance, HttpEndpoint="enabled")


def names_are_resolved_and_not_again(stage: Stage) -> None:
    """The VPC's resolver is off, so nothing that has a name is reached."""
    ec2, vpc = stage.client("ec2"), stage.workshop.ids["vpc"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": False})
    try:
        _repaired_and_undone(stage, {"DynamoDB", "S3", "SSM", "DNS"})
    finally:
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": True})


def a_lost_profile_is_given_and_taken(stage: Stage) -> None:
    """One instance has no profile; its siblings show which it should have."""
    ec2, instance = stage.client("ec2"), stage.workshop.ids["instances"][1]
    ec2.disassociate_iam_instance_profile(AssociationId=_profile_association(stage, instance))
    try:
        _repaired_and_undone(stage, {"DynamoDB", "S3", "SSM"})
    finally:
        ec2.associate_iam_instance_profile(InstanceId=instance, IamInstanceProfile={"Name": world_service.ROLE_NAME})


def a_swapped_profile_is_put_right_and_wrong(stage: Stage) -> None:
    """One instance has the profile of something else."""
    instance = stage.workshop.ids["instances"][2]
    with _other_profile(stage):
        _swap(stage, instance, _OTHER)
        try:
            _repaired_and_undone(stage, {"DynamoDB", "S3", "SSM"})
        finally:
            _swap(stage, instance, world_service.ROLE_NAME)


def a_rule_for_what_goes_out_is_added_and_taken(stage: Stage) -> None:
    """The security group lets out nothing but HTTPS, and the hosts that the targets need speak HTTP."""
    ec2, group = stage.client("ec2"), stage.workshop.ids["security_groups"]["WebApp-App-SG"]
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[_HTTPS_ONLY])
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[_ANYWHERE])
    try:
        _repaired_and_undone(stage, {"External", "Peer", "Web API"})
    finally:
        ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[_ANYWHERE])
        ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[_HTTPS_ONLY])


def a_rule_for_what_comes_in_is_added_and_taken(stage: Stage) -> None:
    """The targets' security group does not know the load balancer's any more."""
    ec2, groups = stage.client("ec2"), stage.workshop.ids["security_groups"]
    wanted = [{"Name": "group-id", "Values": [groups["WebApp-App-SG"]]}]
    rules = ec2.describe_security_group_rules(Filters=wanted)["SecurityGroupRules"]
    (rule,) = [one["SecurityGroupRuleId"] for one in rules if not one["IsEgress"]]
    ec2.revoke_security_group_ingress(GroupId=groups["WebApp-App-SG"], SecurityGroupRuleIds=[rule])
    stage.workshop.settle()
    try:
        _repaired_and_undone(stage, set())
    finally:
        from_balancer = {**_HTTP, "UserIdGroupPairs": [{"GroupId": groups["WebApp-ALB-SG"]}]}
        ec2.authorize_security_group_ingress(GroupId=groups["WebApp-App-SG"], IpPermissions=[from_balancer])
        stage.workshop.settle()


def a_wrong_route_is_put_right_and_wrong(stage: Stage) -> None:
    """The tables lead to the peer network by a NAT gateway, by routes of their own."""
    ec2, nat = stage.client("ec2"), stage.client("ec2").describe_nat_gateways()["NatGateways"][0]["NatGatewayId"]
    tables = [stage.workshop.ids["route_tables"][f"WebApp-App1-{zone}-RTB"] for zone in "abc"]
    for table in tables:
        ec2.replace_route(RouteTableId=table, DestinationCidrBlock=world_peer.SERVICES, NatGatewayId=nat)
    # The next story's morning begins with `mend`, which puts these routes right.
    _repaired_and_undone(stage, {"Peer", "Web API"})


def a_role_that_names_much_is_read_whole(stage: Stage) -> None:
    """Managed policies, the policies of all that they name, X-Ray's graph, and a way out by a private gateway."""
    statements = [
        {"Effect": "Allow", "Action": action, "Resource": arn}
        for action, arn in zip(_ACTIONS, _resources(stage), strict=True)
    ]
    iam, document = stage.client("iam"), json.dumps({"Version": "2012-10-17", "Statement": statements})
    policy = iam.create_policy(PolicyName="Much", PolicyDocument=document)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=world_service.ROLE_NAME, PolicyArn=policy)
    ec2, instances = stage.client("ec2"), stage.workshop.ids["instances"]
    ec2.create_tags(Resources=instances, Tags=[{"Key": "pathmend:x-ray", "Value": "true"}])
    table = _way_to_the_office(stage)
    try:
        stage.workshop.break_("4")
        incident = audit(stage)
        approved(stage, incident)
        stage.step("verify_recovery", incident)
        assert stage.step("roll_back", incident, reason="the story wants it so")["outcome"] == "rolled_back"
        closes(stage, incident, "rolled_back")
    finally:
        iam.detach_role_policy(RoleName=world_service.ROLE_NAME, PolicyArn=policy)
        ec2.delete_tags(Resources=instances, Tags=[{"Key": "pathmend:x-ray"}])
        ec2.delete_route(RouteTableId=table, DestinationCidrBlock=_OFFICE)


def _repaired_and_undone(stage: Stage, broken: set[str]) -> None:
    """Find, repair, see that it helped, and take it back."""
    assert stage.workshop.failing_tests() == broken
    incident = audit(stage)
    approved(stage, incident)
    assert stage.workshop.failing_tests() == set()
    undone = stage.step("roll_back", incident, reason="the story wants it so")
    assert undone["outcome"] == "rolled_back", undone
    assert stage.workshop.failing_tests() == broken
    closes(stage, incident, "rolled_back")


def _profile_association(stage: Stage, instance: str) -> str:
    wanted = [{"Name": "instance-id", "Values": [instance]}]
    found = stage.client("ec2").describe_iam_instance_profile_associations(Filters=wanted)
    return str(found["IamInstanceProfileAssociations"][0]["AssociationId"])


def _swap(stage: Stage, instance: str, profile: str) -> None:
    stage.client("ec2").replace_iam_instance_profile_association(
        AssociationId=_profile_association(stage, instance), IamInstanceProfile={"Name": profile}
    )


@contextmanager
def _other_profile(stage: Stage) -> Iterator[None]:
    """Have a role that may do nothing, in a profile."""
    iam = stage.client("iam")
    iam.create_role(RoleName=_OTHER, AssumeRolePolicyDocument="{}")
    iam.create_instance_profile(InstanceProfileName=_OTHER)
    iam.add_role_to_instance_profile(InstanceProfileName=_OTHER, RoleName=_OTHER)
    try:
        yield
    finally:
        iam.remove_role_from_instance_profile(InstanceProfileName=_OTHER, RoleName=_OTHER)
        iam.delete_instance_profile(InstanceProfileName=_OTHER)
        iam.delete_role(RoleName=_OTHER)


def _way_to_the_office(stage: Stage) -> str:
    """Let the database tier's route table lead to a virtual private gateway; return the table."""
    ec2, table = stage.client("ec2"), str(stage.workshop.ids["route_tables"]["WebApp-DB1-RTB"])
    gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    ec2.attach_vpn_gateway(VpnGatewayId=gateway, VpcId=stage.workshop.ids["vpc"])
    ec2.create_route(RouteTableId=table, DestinationCidrBlock=_OFFICE, GatewayId=gateway)
    return table


def _resources(stage: Stage) -> list[str]:
    """Make a key, a secret, a topic and a queue; return their ARNs."""
    sqs: Any = stage.client("sqs")
    url = sqs.create_queue(QueueName="webapp-orders")["QueueUrl"]
    return [
        stage.client("kms").create_key()["KeyMetadata"]["Arn"],
        stage.client("secretsmanager").create_secret(Name="webapp", SecretString="s" * 8)["ARN"],
        stage.client("sns").create_topic(Name="webapp-news")["TopicArn"],
        sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"],
    ]


STORIES: dict[str, Callable[[Stage], None]] = {
    story.__name__: story
    for story in (
        a_metadata_service_is_switched_on_and_off,
        names_are_resolved_and_not_again,
        a_lost_profile_is_given_and_taken,
        a_swapped_profile_is_put_right_and_wrong,
        a_rule_for_what_goes_out_is_added_and_taken,
        a_rule_for_what_comes_in_is_added_and_taken,
        a_wrong_route_is_put_right_and_wrong,
        a_role_that_names_much_is_read_whole,
    )
}
