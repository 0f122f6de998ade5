"""The workshop's faults 4 to 8: what the page depends on breaks, and the load balancer knows nothing of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lab import ministack, world_data, world_peer, world_service
from lab.acls import Entry
from lab.clients import for_lab
from lab.tagging import named

if TYPE_CHECKING:
    from lab.emulators import Endpoints

    World = dict[str, Any]

DENIED = Entry(99, f"{world_peer.EXTERNAL_ADDRESS}/32", (80, 80), egress=True, action="deny")
HELD_BACK = (
    'drop http any any -> any any (msg:"hold back the old interface"; http.host; '
    f'content:"{world_peer.API_HOST}"; startswith; endswith; sid:1002; rev:1;)\n'
)
DECOY_DENIED = Entry(98, "203.0.113.128/25", (8080, 8099), egress=True, action="deny")
DECOY_SERVICE = f"com.amazonaws.{ministack.REGION}.s3express"
DECOY_BUCKET = f"webapp-archive-{ministack.ACCOUNT_ID}"
DECOY_POLICY = "KeepOutOfTheArchive"
_APPLICATION_ACL = "WebApp-App-NACL"


def table_endpoint_without_tables(endpoints: Endpoints, world: World) -> None:
    """Fault 4: DynamoDB's gateway endpoint has no route tables, so requests for the table leave by NAT gateways."""
    _set_tables(endpoints, world, "dynamodb", [])


def object_missing_in_policy(endpoints: Endpoints, world: World) -> None:
    """Fault 5: the S3 endpoint's policy lists the bucket's other objects, and not the one that the page reads."""
    others = [key for key in world_data.OBJECTS if key != world_data.CHECKMARK]
    _set_policy(endpoints, world, world_data.assets_by_endpoint(others))


def external_denied(endpoints: Endpoints, world: World) -> None:
    """Fault 6: an entry of the application's ACL denies 1.1.1.1, port 80, ahead of the one that allows all."""
    _drop_entry(endpoints, world, DENIED)
    for_lab(endpoints, "ec2").create_network_acl_entry(**DENIED.request(_acl(endpoints, world)))


def peer_route_missing(endpoints: Endpoints, world: World) -> None:
    """Fault 7: the application's route tables have no route to the peer network."""
    ec2 = for_lab(endpoints, "ec2")
    for table in _tables(world):
        if _peer_route(endpoints, table):
            ec2.delete_route(RouteTableId=table, DestinationCidrBlock=world_peer.SERVICES)


def host_held_back(endpoints: Endpoints, world: World) -> None:
    """Fault 8: the firewall drops HTTP for the web API's host; connections to it are made all the same."""
    _set_rules(endpoints, world, world_peer.RULES + HELD_BACK)


def mend(endpoints: Endpoints, world: World) -> None:
    """Undo faults 4 to 8, whatever the product did about them."""
    for service in ("dynamodb", "s3"):
        _set_tables(endpoints, world, service, _tables(world))
    _set_policy(endpoints, world, world_data.assets_by_endpoint())
    _drop_entry(endpoints, world, DENIED)
    ec2 = for_lab(endpoints, "ec2")
    for table in _tables(world):
        found = _peer_route(endpoints, table)
        if found and found.get("TransitGatewayId") != world["transit_gateway"]:
            ec2.delete_route(RouteTableId=table, DestinationCidrBlock=world_peer.SERVICES)
            found = None
        if not found:
            ec2.create_route(
                RouteTableId=table,
                DestinationCidrBlock=world_peer.SERVICES,
                TransitGatewayId=world["transit_gateway"],
            )
    _set_rules(endpoints, world, world_peer.RULES)


def hide_decoys(endpoints: Endpoints, world: World) -> None:
    """No fault: a bucket that the role may not read, a deny nobody meets, another service's endpoint without tables."""
    drop_decoys(endpoints, world)
    for_lab(endpoints, "s3").create_bucket(Bucket=DECOY_BUCKET)
    archive = [f"arn:aws:s3:::{DECOY_BUCKET}", f"arn:aws:s3:::{DECOY_BUCKET}/*"]
    denial = world_data.document("Archive", ["s3:*"], archive, Principal=None, Effect="Deny")
    for_lab(endpoints, "iam").put_role_policy(
        RoleName=world_service.ROLE_NAME, PolicyName=DECOY_POLICY, PolicyDocument=world_data.as_text(denial)
    )
    ec2 = for_lab(endpoints, "ec2")
    ec2.create_network_acl_entry(**DECOY_DENIED.request(_acl(endpoints, world)))
    ec2.create_vpc_endpoint(
        VpcId=world["vpc"],
        ServiceName=DECOY_SERVICE,
        VpcEndpointType="Gateway",
        TagSpecifications=named("vpc-endpoint", "WebApp-s3express"),
    )


def drop_decoys(endpoints: Endpoints, world: World) -> None:
    """Take the decoys away, those that are there."""
    iam, ec2, s3 = (for_lab(endpoints, service) for service in ("iam", "ec2", "s3"))
    if DECOY_POLICY in iam.list_role_policies(RoleName=world_service.ROLE_NAME)["PolicyNames"]:
        iam.delete_role_policy(RoleName=world_service.ROLE_NAME, PolicyName=DECOY_POLICY)
    if DECOY_BUCKET in {one["Name"] for one in s3.list_buckets()["Buckets"]}:
        s3.delete_bucket(Bucket=DECOY_BUCKET)
    _drop_entry(endpoints, world, DECOY_DENIED)
    for one in ec2.describe_vpc_endpoints()["VpcEndpoints"]:
        if one["ServiceName"] == DECOY_SERVICE:
            ec2.delete_vpc_endpoints(VpcEndpointIds=[one["VpcEndpointId"]])


def _tables(world: World) -> list[str]:
    return [world["route_tables"][f"WebApp-App1-{zone}-RTB"] for zone in "abc"]


def _set_tables(endpoints: Endpoints, world: World, service: str, wanted: list[str]) -> None:
    ec2, name = for_lab(endpoints, "ec2"), world["endpoints"][service]
    (found,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[name])["VpcEndpoints"]
    held = set(found["RouteTableIds"])
    missing, surplus = sorted(set(wanted) - held), sorted(held - set(wanted))
    if missing:
        ec2.modify_vpc_endpoint(VpcEndpointId=name, AddRouteTableIds=missing)
    if surplus:
        ec2.modify_vpc_endpoint(VpcEndpointId=name, RemoveRouteTableIds=surplus)


def _set_policy(endpoints: Endpoints, world: World, policy: dict[str, Any]) -> None:
    """Set the S3 endpoint's policy, unless it is so: mending a healthy world writes nothing."""
    ec2, name = for_lab(endpoints, "ec2"), world["endpoints"]["s3"]
    (found,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[name])["VpcEndpoints"]
    if json.loads(found["PolicyDocument"]) != policy:
        ec2.modify_vpc_endpoint(VpcEndpointId=name, PolicyDocument=world_data.as_text(policy))


def _peer_route(endpoints: Endpoints, table: str) -> dict[str, Any] | None:
    (found,) = for_lab(endpoints, "ec2").describe_route_tables(RouteTableIds=[table])["RouteTables"]
    routes: list[dict[str, Any]] = found["Routes"]
    return next((one for one in routes if one.get("DestinationCidrBlock") == world_peer.SERVICES), None)


def _set_rules(endpoints: Endpoints, world: World, rules: str) -> None:
    firewalls, arn = for_lab(endpoints, "network-firewall"), world["rule_group_arn"]
    told = firewalls.describe_rule_group(RuleGroupArn=arn)
    wanted = world_peer.rule_group(rules)
    if told["RuleGroup"] != wanted:
        firewalls.update_rule_group(RuleGroupArn=arn, UpdateToken=told["UpdateToken"], RuleGroup=wanted)


def _acl(endpoints: Endpoints, world: World) -> str:
    wanted = [{"Name": "tag:Name", "Values": [_APPLICATION_ACL]}, {"Name": "vpc-id", "Values": [world["vpc"]]}]
    found = for_lab(endpoints, "ec2").describe_network_acls(Filters=wanted)["NetworkAcls"]
    return str(found[0]["NetworkAclId"])


def _drop_entry(endpoints: Endpoints, world: World, entry: Entry) -> None:
    ec2, name = for_lab(endpoints, "ec2"), _acl(endpoints, world)
    (found,) = ec2.describe_network_acls(NetworkAclIds=[name])["NetworkAcls"]
    if any((one["RuleNumber"], one["Egress"]) == (entry.number, entry.egress) for one in found["Entries"]):
        ec2.delete_network_acl_entry(NetworkAclId=name, RuleNumber=entry.number, Egress=entry.egress)
