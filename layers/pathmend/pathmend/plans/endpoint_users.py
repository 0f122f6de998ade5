"""Who would be led by an endpoint: its policy may refuse them what they may do by the way that they have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.access.document import statements
from pathmend.errors import InvalidSnapshotError

if TYPE_CHECKING:
    from pathmend.access.document import Statement
    from pathmend.snapshot.resources import VpcEndpoint

_ANYBODY = ("AWS", "*")


def lets_everything_through(endpoint: VpcEndpoint) -> bool:
    """Return whether the endpoint's policy, as it is by default, leaves all decisions to others; no, if not known.

    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html#vpc-endpoint-default-policy
    """
    if endpoint.policy is None:
        return False
    try:
        present = statements(endpoint.id, endpoint.policy)
    except InvalidSnapshotError:
        return False
    all_of_it = ("*", f"{endpoint.service_name.rpartition('.')[2]}:*")
    denied = any(one.effect == "Deny" for one in present)
    return not denied and any(_is_for_all(one, all_of_it) for one in present)


def _is_for_all(statement: Statement, all_of_it: tuple[str, ...]) -> bool:
    """Return whether this allows whatever is asked of the service to everybody."""
    if statement.conditions or statement.resources is None or statement.principals is None:
        return False
    named = not (statement.actions.excepted or statement.resources.excepted or statement.principals.excepted)
    acts = any(one.lower() in all_of_it for one in statement.actions.values)
    return named and acts and "*" in statement.resources.values and _ANYBODY in statement.principals.values
