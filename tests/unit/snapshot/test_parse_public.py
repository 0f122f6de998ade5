"""Public addresses are paired with private ones as far as any answer says."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from pathmend.snapshot.parse import parse

if TYPE_CHECKING:
    from pathmend.snapshot.resources import NetworkInterface

FIRST, SECOND = "10.0.1.10", "10.0.1.11"
ONE, TWO, THREE = "203.0.113.1", "203.0.113.2", "203.0.113.3"


def _interface(*listed: tuple[str, str | None], public: str | None = None, **answers: Any) -> NetworkInterface:
    """Return an interface whose primary address is the first; `listed` are private and public ones side by side."""
    eni: dict[str, Any] = {"NetworkInterfaceId": "eni-1", "VpcId": "vpc-1", "SubnetId": "subnet-1"}
    eni["PrivateIpAddresses"] = [
        {"PrivateIpAddress": private, **({"Association": {"PublicIp": own}} if own else {})} for private, own in listed
    ]
    eni["PrivateIpAddress"] = FIRST
    if public:
        eni["Association"] = {"PublicIp": public}
    return parse({"NetworkInterfaces": [eni], **answers}).interfaces["eni-1"]


def _pairs(interface: NetworkInterface) -> list[tuple[str, str]]:
    return [(str(private), str(public)) for private, public in interface.public_pairs]


def _elastic(public: str, **more: str) -> dict[str, Any]:
    return {"PublicIp": public, "AllocationId": public, "NetworkInterfaceId": "eni-1", **more}


def test_what_stands_beside_a_private_address_is_its_public_one() -> None:
    """The interface's own association repeats that of one of them."""
    found = _interface((FIRST, None), (SECOND, TWO), public=TWO)
    assert _pairs(found) == [(SECOND, TWO)]
    assert found.public_ips == (ip_address(TWO),)


def test_the_interfaces_own_association_is_that_of_its_primary_address() -> None:
    """Where it is not listed beside another."""
    assert _pairs(_interface((FIRST, None), (SECOND, TWO), public=ONE)) == [(FIRST, ONE), (SECOND, TWO)]


def test_an_elastic_ip_address_names_its_private_one_or_does_not() -> None:
    """One that names none is kept, in no pair; one that contradicts is kept as well."""
    addresses = [_elastic(TWO, PrivateIpAddress=SECOND), _elastic(THREE)]
    found = _interface((FIRST, None), (SECOND, ONE), Addresses=addresses)
    assert _pairs(found) == [(SECOND, ONE), (SECOND, TWO)]
    assert found.public_ips == tuple(ip_address(one) for one in (ONE, TWO, THREE))


def test_the_public_address_of_an_instance_is_of_its_primary_private_one() -> None:
    """Of its first interface, on its first card; the others have none by it."""
    attached = [
        {"NetworkInterfaceId": "eni-0", "Attachment": {"DeviceIndex": 0, "NetworkCardIndex": 1}},
        {"NetworkInterfaceId": "eni-1", "Attachment": {"DeviceIndex": 0, "NetworkCardIndex": 0}},
        {"NetworkInterfaceId": "eni-2", "Attachment": {"DeviceIndex": 1}},
    ]
    instance = {
        "InstanceId": "i-1",
        "State": {"Name": "running"},
        "PublicIpAddress": ONE,
        "PrivateIpAddress": FIRST,
        "NetworkInterfaces": attached,
    }
    found = _interface((FIRST, None), (SECOND, None), Reservations=[{"Instances": [instance]}])
    assert _pairs(found) == [(FIRST, ONE)]


def test_an_association_without_a_public_address_is_none() -> None:
    """A carrier's address, in a Wavelength Zone, leads to no internet gateway."""
    eni: dict[str, Any] = {"NetworkInterfaceId": "eni-1", "VpcId": "vpc-1", "SubnetId": "subnet-1"}
    carried = {"PrivateIpAddress": FIRST, "Association": {"CarrierIp": ONE}}
    found = parse({"NetworkInterfaces": [{**eni, "PrivateIpAddresses": [carried]}]}).interfaces["eni-1"]
    assert (found.public_ips, found.public_pairs) == ((), ())
