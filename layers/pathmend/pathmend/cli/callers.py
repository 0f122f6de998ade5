"""What the words after --principal and --from mean: who asks, and the instance that the request comes from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import typer

from pathmend.cli.unread import unread_words
from pathmend.diagnosis.dependency import Dependents
from pathmend.errors import NotFoundError

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot

_PRINCIPAL = re.compile(r"arn:[a-z-]+:iam::\d{12}:(root|(role|user)/.+)")
_SESSION = re.compile(r"arn:(?P<partition>[a-z-]+):sts::(?P<account>\d{12}):assumed-role/(?P<name>[^/]+)/(?P<own>.+)")
_REGION = re.compile(r"[a-z]+(-[a-z]+)+-\d+")
_ACCOUNT, _PARTITION = 4, 1
_SHOWN = 4


def to_read(word: str) -> str | None:
    """Return the ARN of the role or user to read for a principal given by ARN; None where the word is no such ARN.

    Of a session it is the role without its path, which IAM does not ask for.
    """
    session = _SESSION.fullmatch(word)
    if session:
        return _without_path(session)
    return word if _PRINCIPAL.fullmatch(word) and not word.endswith(":root") else None


def _without_path(session: re.Match[str]) -> str:
    return f"arn:{session['partition']}:iam::{session['account']}:role/{session['name']}"


def principal_of(snapshot: Snapshot, word: str) -> tuple[str, str | None]:
    """Return the ARN of the role, user or root user that the word means, and the role's session where it names one.

    Raises:
        NotFoundError: no role or user that was read has this name, or several have.
    """
    if _PRINCIPAL.fullmatch(word):
        return word, None
    session = _SESSION.fullmatch(word)
    if session is None:
        return _named(snapshot, word), None
    known = [arn for arn in _with_name(snapshot, session["name"]) if f"::{session['account']}:role/" in arn]
    # A session's ARN leaves out the path of the role; one that was not read is taken to have none.
    return next(iter(known), _without_path(session)), session["own"]


def _named(snapshot: Snapshot, name: str) -> str:
    found = _with_name(snapshot, name)
    if len(found) > 1:
        raise NotFoundError(f"{name} is the name of several ({', '.join(found[:_SHOWN])}): give the ARN of one")
    if not found:
        missing = unread_words(snapshot, "RoleDetailList", "UserDetailList")
        raise NotFoundError(f"no role or user named {name} was read{missing}: give its ARN")
    return found[0]


def _with_name(snapshot: Snapshot, name: str) -> list[str]:
    return sorted(arn for arn in snapshot.principals if arn.rsplit("/", 1)[-1] == name)


def at_instance(snapshot: Snapshot, instance_id: str, role_arn: str) -> Dependents:
    """Return the instance as one that asks with the credentials of this role.

    Raises:
        NotFoundError: it was not read, with its network interface.
        BadParameter: who asks is no role.
    """
    if ":role/" not in role_arn:
        raise typer.BadParameter("--from is the way of an instance's role: give a role as --principal, or no --from")
    instance, interface = snapshot.instances.get(instance_id), snapshot.primary_interface_of(instance_id)
    if instance is None or interface is None or not interface.private_ips:
        missing = unread_words(snapshot, "Reservations", "NetworkInterfaces")
        raise NotFoundError(f"there is no instance {instance_id} with a network interface in what was read{missing}")
    parts = role_arn.split(":")
    return Dependents(
        instances=(instance,),
        interface=interface,
        role_arn=role_arn,
        group_arns=(),
        account=parts[_ACCOUNT],
        region=_region_of(snapshot, interface.subnet_id),
        partition=parts[_PARTITION],
    )


def _region_of(snapshot: Snapshot, subnet_id: str) -> str:
    """Return the Region of a subnet by its zone: us-east-1a and us-west-2-lax-1a begin with it."""
    subnet = snapshot.subnets.get(subnet_id)
    found = _REGION.match(subnet.availability_zone) if subnet else None
    if found is None:
        raise NotFoundError(f"the zone of subnet {subnet_id} was not read{unread_words(snapshot, 'Subnets')}")
    return found[0]
