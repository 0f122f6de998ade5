"""What infrastructure code owns: the loosest mode for it, with the warning that its next deployment undoes a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.guardrails.decision import Mode, strictest
from pathmend.guardrails.ownership import Tool
from pathmend.guardrails.touched import changed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.guardrails.decision import Verdict
    from pathmend.guardrails.ownership import Owned, Owner
    from pathmend.guardrails.rules import Rules
    from pathmend.plans.plan import Plan


def owners_of(plan: Plan, owned: Owned | None) -> tuple[Owner, ...]:
    """Return the owners of what the plan changes, not of what it only relies on."""
    ids = set(changed(plan))
    return tuple(owner for owner in (owned.owners if owned else ()) if owner.resource_id in ids)


def ownership_verdicts(plan: Plan, owned: Owned | None, rules: Rules) -> Iterator[Verdict]:
    """Yield the mode for each owner, and where it is unknown whether there is one the same, or that somebody is asked.

    Where the rules keep hands off what code owns, an approval does not make known that nothing does.
    """
    for owner in owners_of(plan, owned):
        yield rules.owned_by_code, f"{_words(owner)} (what code owns: {rules.owned_by_code.value})"
    for unknown in owned.unknown if owned else ():
        yield (
            strictest((Mode.ASK, rules.owned_by_code)),
            f"who owns what the plan changes is not fully known: {unknown}",
        )


def _words(owner: Owner) -> str:
    where = " in ".join(part for part in (owner.address, owner.name) if part)
    if owner.tool is Tool.TERRAFORM:
        told = f" as {where}" if where else ""
        return f"{owner.resource_id} is owned by Terraform{told}: its next apply would undo the change"
    told = f" ({owner.address})" if owner.address else ""
    stack = f"{owner.resource_id} is owned by the CloudFormation stack {owner.name}{told}"
    return f"{stack}: its next deployment may undo the change"
