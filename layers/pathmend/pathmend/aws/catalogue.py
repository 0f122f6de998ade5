"""All kinds of change: what may be executed, and what a stored change is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.changes.associate_route_table import AssociateRouteTable
from pathmend.changes.modify_matcher import ModifyMatcher
from pathmend.changes.set_acl_entry import SetAclEntry

if TYPE_CHECKING:
    from pathmend.changes.change import Change

KINDS: dict[str, type[Change]] = {kind.kind: kind for kind in (AssociateRouteTable, ModifyMatcher, SetAclEntry)}
"""The kinds of change by their stable name."""

ALLOWED_ACTIONS: frozenset[str] = frozenset().union(*(kind.iam_actions for kind in KINDS.values()))
"""The IAM actions of all kinds; the executor calls nothing else, whatever a stored plan says."""
