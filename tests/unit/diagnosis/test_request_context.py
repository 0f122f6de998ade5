"""What a request carries to IAM when several targets are judged together."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import pytest

from pathmend.diagnosis.dependency import AwsNeed
from pathmend.diagnosis.dependents import dependents_of
from pathmend.diagnosis.request_context import request_of
from pathmend.diagnosis.service_way import way_to
from tests.builders import LOAD_BALANCER_ARN
from tests.unit.diagnosis.needs import TABLE, a_needy_workshop

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pathmend.access.request import Request

PUBLIC = ip_address("203.0.113.9")
BY_ENDPOINT = {"endpoint_id": "vpce-dynamodb"}
BY_INTERNET = {"endpoint_id": None, "gateway_id": "igw-1", "source_ip": PUBLIC}
BY_NAT = {**BY_INTERNET, "source_ip": ip_address("203.0.113.77")}
OF_EACH = {"aws:ec2instancesourceprivateipv4", "aws:userid", "ec2:sourceinstancearn"}


def asked(targets: int, fields: Mapping[str, Any]) -> Request:
    """Return the request of so many targets that are alike."""
    world = a_needy_workshop()
    who = dependents_of(world, LOAD_BALANCER_ARN)[0]
    interface = replace(who.interface, public_ips=(PUBLIC,))
    way = replace(way_to(world, who.interface, "dynamodb", who.region), **fields)
    many = replace(who, instances=who.instances * targets, interface=interface)
    return request_of(world, many, AwsNeed("dynamodb:GetItem", TABLE), way)[0]


@pytest.mark.parametrize(
    ("way", "keys"),
    [
        (BY_ENDPOINT, {*OF_EACH, "aws:vpcsourceip"}),
        (BY_INTERNET, {*OF_EACH, "aws:sourceip"}),
        (BY_NAT, OF_EACH),
    ],
)
def test_what_each_target_has_for_itself_is_not_known_of_several(way: Mapping[str, Any], keys: set[str]) -> None:
    """What holds for the first of them need not hold for the next; by NAT they all have its address."""
    one, two = asked(1, way), asked(2, way)
    assert not set(one.context.unknown)
    assert one.session is not None
    assert set(two.context.unknown) == keys == set(one.context.values) - set(two.context.values)
    assert two.session is None
