"""VPCs are read whole, saved, and traced again without the account: the same answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from typer.testing import CliRunner

from pathmend import cli
from pathmend.aws.snapshots import AwsSnapshots
from pathmend.aws.snapshots_reading import Reading
from pathmend.cli.folder import fill, opened
from pathmend.errors import NotFoundError, TemporaryError
from pathmend.snapshot.parse import KEYS
from tests.contract.moto_world import MotoWorld, make_world
from tests.fakes import FakePorts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

    from pathmend.aws.clients import Clients

OFFICE = "192.0.2.0/24"
# moto does not know these; the groups' rules stand in the groups already.
_UNKNOWN_TO_MOTO = ("VpcBlockPublicAccessOptions", "VpcBlockPublicAccessExclusions")
_SAID_ALREADY = ("SecurityGroupRules",)
# A trace of packets does not ask who may do what.
_OF_ACCESS = (
    "RoleDetailList", "UserDetailList", "GroupDetailList", "Policies", "InstanceProfiles",
    "IamInstanceProfileAssociations", "ResourcePolicies", "AccountOrganizations", "Services",
)  # fmt: skip


@pytest.fixture
def deny(clients: Clients) -> Callable[..., None]:
    """Make an operation fail with a code, from now on."""

    def install(service: str, operation: str, code: str = "UnauthorizedOperation", status: int = 400) -> None:
        def refuse(**_: object) -> None:
            answer: Any = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
            raise ClientError(answer, operation)

        clients.named(service).meta.events.register(f"before-call.*.{operation}", refuse)

    return install


@pytest.fixture
def made(clients: Clients, deny: Callable[..., None]) -> MotoWorld:
    """Make the world in moto, with ways out of it."""
    deny("ec2", f"Describe{_UNKNOWN_TO_MOTO[0]}", "InternalError", 500)
    # What moto answers as a server: a page instead of XML.
    clients.named("ec2").meta.events.register(f"before-call.*.Describe{_UNKNOWN_TO_MOTO[1]}", _no_answer)
    world = make_world(clients)
    ec2: Any = clients.ec2
    ec2.meta.events.register("before-call.ec2.DescribeNetworkInterfaces", _by_public_address)
    _ways_out(ec2, world)
    _office(ec2, world)
    return world


def _no_answer(**_: object) -> None:
    raise ResponseParserError("<!doctype html>")


def _by_public_address(params: Any, **_: object) -> tuple[AWSResponse, dict[str, Any]] | None:
    """Answer the filters that moto does not know: no interface has these addresses."""
    name = params["body"].get("Filter.1.Name", "")
    if name in {"addresses.association.public-ip", "ipv6-addresses.ipv6-address"}:
        return AWSResponse("", 200, HTTPHeaders(), None), {"NetworkInterfaces": []}
    return None


def _ways_out(ec2: Any, world: MotoWorld) -> None:
    ec2.create_vpc_peering_connection(VpcId=world.vpc_id, PeerVpcId=world.foreign_vpc_id)
    transit = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=transit, VpcId=world.vpc_id, SubnetIds=[world.subnets["app"]]
    )
    table = ec2.create_transit_gateway_route_table(TransitGatewayId=transit)["TransitGatewayRouteTable"]
    ec2.create_transit_gateway_route(
        TransitGatewayRouteTableId=table["TransitGatewayRouteTableId"],
        DestinationCidrBlock="10.77.0.0/16",
        Blackhole=True,
    )
    gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    ec2.attach_vpn_gateway(VpcId=world.vpc_id, VpnGatewayId=gateway)
    options = ec2.create_dhcp_options(DhcpConfigurations=[{"Key": "domain-name-servers", "Values": ["10.0.0.2"]}])
    ec2.associate_dhcp_options(DhcpOptionsId=options["DhcpOptions"]["DhcpOptionsId"], VpcId=world.vpc_id)


def _office(ec2: Any, world: MotoWorld) -> None:
    """Let an office in by a prefix list."""
    made = ec2.create_managed_prefix_list(
        PrefixListName="office", MaxEntries=5, AddressFamily="IPv4", Entries=[{"Cidr": OFFICE}]
    )
    rule = {
        "IpProtocol": "tcp",
        "FromPort": 80,
        "ToPort": 80,
        "PrefixListIds": [{"PrefixListId": made["PrefixList"]["PrefixListId"]}],
    }
    ec2.authorize_security_group_ingress(GroupId=world.group_id, IpPermissions=[rule])


@pytest.fixture
def run(clients: Clients) -> Callable[..., Result]:
    """Return a function that runs the command line on moto's account."""
    desk = cli.Desk(FakePorts(), lambda: "nobody", AwsSnapshots(clients))

    def run_it(*arguments: str) -> Result:
        return CliRunner().invoke(cli.app, arguments, obj=lambda _: desk, env={"COLUMNS": "400"})

    return run_it


def instance_of(clients: Clients) -> tuple[str, str, str]:
    """Return the one instance, its interface and its address."""
    [reservation] = clients.ec2.describe_instances()["Reservations"]
    found: Any = reservation["Instances"][0]
    return found["InstanceId"], found["NetworkInterfaces"][0]["NetworkInterfaceId"], found["PrivateIpAddress"]


def test_every_kind_that_the_snapshot_knows_is_read(clients: Clients, made: MotoWorld) -> None:
    """Of the VPC and nothing else; what AWS refuses is named."""
    reading = AwsSnapshots(clients).read([made.vpc_id])
    assert set(KEYS) - set(reading.answers) == {*_UNKNOWN_TO_MOTO, *_SAID_ALREADY, *_OF_ACCESS}
    assert set(reading.unread) == {_UNKNOWN_TO_MOTO[0]}
    assert reading.not_offered == {_UNKNOWN_TO_MOTO[1]}
    assert reading.each("Subnets", "VpcId") == [made.vpc_id]
    for key in (
        "VpcPeeringConnections", "TransitGateways", "TransitGatewayAttachments", "TransitGatewayRouteTables",
        "TransitGatewayRoutes", "VpnGateways", "DhcpOptions", "VpcAttributes", "PrefixListEntries", "Addresses",
        "LoadBalancers", "LoadBalancerAttributes", "TargetGroupAttributes", "TagDescriptions", "Rules",
    ):  # fmt: skip
        assert key == "Addresses" or reading.answers[key], key
    assert json.loads(json.dumps(reading.answers)) == reading.answers


def test_a_reading_becomes_a_world(clients: Clients, made: MotoWorld) -> None:
    """With the reasons of what is unread."""
    world = AwsSnapshots(clients).read([made.vpc_id]).world()
    assert set(world.vpcs) == {made.vpc_id}
    assert made.balancer_arn in world.load_balancers
    assert "VpcBlockPublicAccessOptions" in world.unread["VpcBlockPublicAccessOptions"]
    assert "VpcBlockPublicAccessExclusions" not in world.unread


def test_what_hangs_on_an_unread_kind_is_unread(clients: Clients, made: MotoWorld, deny: Callable[..., None]) -> None:
    """Unknown, not empty; and no call is wasted on it."""
    deny("ec2", "DescribeTransitGatewayVpcAttachments")
    deny("elbv2", "DescribeLoadBalancers", "AccessDenied")
    unread = AwsSnapshots(clients).read([made.vpc_id]).unread
    lost = {
        "TransitGatewayVpcAttachments", "TransitGateways", "TransitGatewayAttachments", "TransitGatewayRouteTables",
        "TransitGatewayRoutes", "TransitGatewayRouteTableAssociations", "TransitGatewayRouteTablePropagations",
        "LoadBalancers", "Listeners", "LoadBalancerAttributes", "Rules",
    }  # fmt: skip
    assert lost <= set(unread)
    assert unread["TransitGatewayRoutes"] == unread["TransitGatewayVpcAttachments"]


def test_a_vpc_that_is_not_there_is_named(clients: Clients, made: MotoWorld) -> None:
    """Beside one that is."""
    with pytest.raises(NotFoundError, match="there is no vpc-nope in this account and Region"):
        AwsSnapshots(clients).read([made.vpc_id, "vpc-nope"])


def test_a_world_that_changes_meanwhile_is_to_be_read_again(
    clients: Clients, made: MotoWorld, deny: Callable[..., None]
) -> None:
    """A listener that is gone between two waves."""
    deny("elbv2", "DescribeRules", "ListenerNotFound")
    with pytest.raises(TemporaryError, match="the world changed while it was read"):
        AwsSnapshots(clients).read([made.vpc_id])


def test_a_saved_world_answers_as_the_live_one(
    run: Callable[..., Result], clients: Clients, made: MotoWorld, tmp_path: Path
) -> None:
    """A colleague reproduces the finding without credentials."""
    instance, interface, address = instance_of(clients)
    both = ("--vpc", made.vpc_id, "--vpc", made.foreign_vpc_id)
    saved = run("snapshot", *both, "--out", str(tmp_path / "world"))
    assert saved.exit_code == 0, saved.output
    assert "not read: VpcBlockPublicAccessOptions: cannot read" in saved.stderr
    for ends in (
        (instance, "10.0.1.99"),
        (instance, "10.9.0.5"),
        ("198.51.100.7", interface),
        (address, "internet"),
        ("192.0.2.9", instance),
    ):
        question = ("--from", ends[0], "--to", ends[1], "--port", "80", "--json")
        live = run("trace", "--live", *question)
        again = run("trace", "--snapshot", str(tmp_path / "world"), *question)
        assert again.stdout, again.stderr
        assert json.loads(again.stdout) == json.loads(live.stdout)
        assert again.exit_code == live.exit_code


def test_the_reasons_of_what_is_unread_are_saved(
    run: Callable[..., Result], made: MotoWorld, deny: Callable[..., None], tmp_path: Path
) -> None:
    """The offline world says why, as the live one does."""
    deny("ec2", "DescribeNetworkAcls")
    run("snapshot", "--vpc", made.vpc_id, "--out", str(tmp_path))
    assert not (tmp_path / "NetworkAcls.json").exists()
    assert "DescribeNetworkAcls" in opened(tmp_path).unread["NetworkAcls"]


def test_a_whole_reading_leaves_no_file_of_reasons(tmp_path: Path) -> None:
    """It would say that something is unread."""
    assert fill(tmp_path, Reading({"Vpcs": []}), force=False) == ("Vpcs.json",)


def test_a_folder_in_use_is_left_alone_unless_forced(
    run: Callable[..., Result], made: MotoWorld, tmp_path: Path
) -> None:
    """Forced, the earlier snapshot is replaced as a whole, and what is none of it stays."""
    (tmp_path / "Firewalls.json").write_text("{}", encoding="utf-8")
    (tmp_path / "unread.json").write_text("{}", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    command = ("snapshot", "--vpc", made.vpc_id, "--out", str(tmp_path))
    refused = run(*command)
    assert (refused.exit_code, "is not empty" in refused.stderr) == (2, True)
    assert not (tmp_path / "Vpcs.json").exists()
    assert run(*command, "--force").exit_code == 0
    assert json.loads((tmp_path / "Firewalls.json").read_text("utf-8")) == {"Firewalls": []}
    assert (tmp_path / "notes.txt").read_text("utf-8") == "mine"


def test_a_folder_that_is_none_or_cannot_be_made_is_refused(
    run: Callable[..., Result], made: MotoWorld, tmp_path: Path
) -> None:
    """One line, no traceback."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    for out, status, words in (("file", 2, "is not a folder"), ("file/below", 3, "cannot write to")):
        result = run("snapshot", "--vpc", made.vpc_id, "--out", str(tmp_path / out))
        assert (result.exit_code, words in result.stderr) == (status, True)


def test_what_is_no_vpc_is_bad_input(run: Callable[..., Result], tmp_path: Path) -> None:
    """Before anything is asked of AWS."""
    result = run("snapshot", "--vpc", "10.0.0.0/16", "--out", str(tmp_path))
    assert (result.exit_code, "is not the id of a VPC" in result.stderr) == (2, True)


@pytest.mark.usefixtures("made")
def test_live_ends_are_found_in_many_ways(run: Callable[..., Result], clients: Clients) -> None:
    """By id, by address of an interface, and by an address that only lies in a VPC."""
    instance, interface, address = instance_of(clients)
    for word in (instance, interface, address):
        result = run("trace", "--live", "--from", word, "--to", "internet", "--port", "443", "--json")
        assert json.loads(result.stdout)["flows"][0]["from"]["interface"] == interface
    inside = run("trace", "--live", "--from", "internet", "--to", "10.0.2.200", "--port", "443", "--json")
    assert json.loads(inside.stdout)["flows"][0]["to"]["address"] == "10.0.2.200"


@pytest.mark.parametrize("name", ["web", "arn", "full", "dns", "group"])
def test_a_live_load_balancer_is_found_by_its_names(
    run: Callable[..., Result], clients: Clients, made: MotoWorld, name: str
) -> None:
    """Its nodes are the interfaces that Elastic Load Balancing made, which moto does not make by itself."""
    full_name = made.balancer_arn.split(":loadbalancer/")[1]
    ec2: Any = clients.ec2
    ec2.create_network_interface(SubnetId=made.subnets["alb-a"], Description=f"ELB {full_name}")
    elbv2: Any = clients.elbv2
    [one] = elbv2.describe_load_balancers()["LoadBalancers"]
    words = {"arn": made.balancer_arn, "full": full_name, "dns": one["DNSName"].upper(), "group": made.target_group_arn}
    result = run("trace", "--live", "--from", "internet", "--to", words.get(name, name), "--json")
    flows = json.loads(result.stdout)["flows"]
    target = instance_of(clients)[0]
    assert [(flow["role"], flow["target"]) for flow in flows if flow["target_group"] != made.second_group_arn] == [
        ("client_to_node", None),
        ("node_to_target", target),
        ("health_check", target),
    ]


def test_a_live_target_group_without_load_balancer_is_bad_input(
    run: Callable[..., Result], clients: Clients, made: MotoWorld
) -> None:
    """Nothing sends there; neither does one that does not exist."""
    elbv2: Any = clients.elbv2
    options = {"Protocol": "HTTP", "Port": 80, "VpcId": made.vpc_id}
    idle = elbv2.create_target_group(Name="idle", **options)["TargetGroups"][0]["TargetGroupArn"]
    for arn in (idle, f"{idle}0"):
        result = run("trace", "--live", "--from", "internet", "--to", arn)
        assert (result.exit_code, f"{arn} is no instance" in result.stderr) == (2, True)


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("i-0123456789abcdef0", "i-0123456789abcdef0"),
        ("eni-0123456789abcdef0", "eni-0123456789abcdef0"),
        ("nope", "nope is no instance, interface, address or load balancer of this account and Region"),
        ("no.elb.amazonaws.com", "no.elb.amazonaws.com is no instance, interface, address or load balancer of this"),
        ("203.0.113.9", "neither 203.0.113.9 nor internet stands in a VPC of this account and Region"),
        ("2001:db8::9", "neither 2001:db8::9 nor internet stands in a VPC of this account and Region"),
        ("s3", "neither s3 nor internet stands in a VPC of this account and Region"),
    ],
)
def test_a_live_end_that_is_not_there_is_bad_input(run: Callable[..., Result], word: str, words: str) -> None:
    """Named, in one line."""
    result = run("trace", "--live", "--from", word, "--to", "internet", "--port", "443")
    assert (result.exit_code, words in result.stderr) == (2, True)
    assert "Traceback" not in result.output


@pytest.mark.usefixtures("made")
def test_a_terminated_instance_is_told_from_a_missing_one(run: Callable[..., Result], clients: Clients) -> None:
    """AWS describes it for an hour, without a VPC."""
    instance, *_ = instance_of(clients)
    clients.ec2.terminate_instances(InstanceIds=[instance])

    def without_vpc(parsed: Any, **_: object) -> None:
        for reservation in parsed["Reservations"]:
            for one in reservation["Instances"]:
                one.pop("VpcId", None)

    clients.ec2.meta.events.register("after-call.ec2.DescribeInstances", without_vpc)
    result = run("trace", "--live", "--from", instance, "--to", "internet", "--port", "443")
    assert (result.exit_code, "stands in no VPC: it is terminated" in result.stderr) == (2, True)


@pytest.mark.usefixtures("made")
def test_a_live_path_reads_no_load_balancers_but_its_own(
    run: Callable[..., Result], clients: Clients, deny: Callable[..., None]
) -> None:
    """Scoped: an account may hold hundreds."""
    deny("elbv2", "*", "AccessDenied")
    result = run("trace", "--live", "--from", instance_of(clients)[0], "--to", "internet", "--port", "443")
    assert result.stderr == ""
