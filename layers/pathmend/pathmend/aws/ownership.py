"""Which infrastructure code owns a resource: by its tags, by Terraform's states, by CloudFormation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.aws.stacks import tagged_stack
from pathmend.errors import PermanentError
from pathmend.guardrails.ownership import Owned, Owner, Tool
from pathmend.guardrails.tags import resembles

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pathmend.aws.stacks import Stacks
    from pathmend.aws.terraform_state import TerraformStates
    from pathmend.guardrails.rules import Rules
    from pathmend.snapshot.world import Snapshot


class AwsOwnership:
    """Implements Ownership; asks CloudFormation only about what neither tags nor states tell of."""

    def __init__(self, stacks: Stacks, states: TerraformStates) -> None:
        self._stacks = stacks
        self._states = states

    def owners(self, resource_ids: Sequence[str], snapshot: Snapshot, rules: Rules) -> Owned:
        """Return who owns the resources, in their order, and what could not be looked up."""
        tags = {one: _tags(one, snapshot) for one in resource_ids}
        found = {one: owner for one in tags if (owner := tagged_stack(one, tags[one]))}
        unknown: list[str] = []
        left = [one for one in tags if one not in found]
        found |= {one: Owner(one, Tool.TERRAFORM, "") for one in left if _marked(tags[one], rules)}
        if left:
            found |= self._in_states(_names(left, snapshot), rules, unknown)
        unowned = [one for one in left if one not in found]
        found |= self._stacks.owners(_names(unowned, snapshot), unknown)
        return Owned(tuple(found[one] for one in tags if one in found), tuple(unknown))

    def _in_states(self, names: Mapping[str, str], rules: Rules, unknown: list[str]) -> dict[str, Owner]:
        found: dict[str, Owner] = {}
        for location in rules.terraform_states:
            try:
                addresses = self._states.addresses(location)
            except PermanentError as exc:
                unknown.append(f"what Terraform owns is unknown: {exc}")
                continue
            for name, resource_id in names.items():
                if name in addresses:
                    known = addresses[name]
                    found[resource_id] = Owner(
                        resource_id, Tool.TERRAFORM, location, known.address, known.resource_type
                    )
        return found


def _tags(resource_id: str, snapshot: Snapshot) -> dict[str, str]:
    resource = snapshot.find(resource_id)
    return dict(resource.tags) if resource is not None else {}


def _marked(tags: Mapping[str, str], rules: Rules) -> bool:
    return any(resembles(tuple(tags.items()), pattern) for pattern in rules.terraform_tags)


def _names(resource_ids: Sequence[str], snapshot: Snapshot) -> dict[str, str]:
    """Return the resources by all that infrastructure code may know them by, or the part of them that is changed."""
    return {name: one for one in resource_ids for name in _names_of(one, snapshot)}


def _names_of(resource_id: str, snapshot: Snapshot) -> Iterator[str]:
    # Instance profiles have a name in a stack and in a state, and an ARN elsewhere.
    yield resource_id.rsplit("/", 1)[-1] if ":instance-profile/" in resource_id else resource_id
    # What is changed of a subnet is its association with a route table, which code may own apart from the subnet.
    table = snapshot.explicit_route_table_of(resource_id)
    yield from (one.id for one in (table.associations if table else ()) if one.subnet_id == resource_id)
