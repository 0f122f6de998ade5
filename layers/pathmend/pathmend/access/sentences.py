"""What decided, in words: one entry for each kind of policy that took part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.access.answer import Deciding
from pathmend.access.policies import PolicyKind
from pathmend.access.truth import Judged, Truth, all_of, opposite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pathmend.access.layers import Case, Layer
    from pathmend.access.operators import Condition, Operator
    from pathmend.access.statement import Reading

_SHOWN = 4
"""How many of a list's names are shown; more are counted."""
_OF = {
    PolicyKind.IDENTITY: "policy",
    PolicyKind.BOUNDARY: "permissions boundary",
    PolicyKind.SESSION: "session policy",
    PolicyKind.RESOURCE: "the resource policy of",
    PolicyKind.ENDPOINT: "the endpoint policy of",
    PolicyKind.SERVICE_CONTROL: "service control policy",
    PolicyKind.RESOURCE_CONTROL: "resource control policy",
}


def listed(names: Sequence[str], *, last: str = "or") -> str:
    """Return "a, b or c"; of a long list the first ones and how many more there are."""
    if len(names) > _SHOWN:
        return f"{', '.join(names[:_SHOWN])} {last} {len(names) - _SHOWN} more"
    *first, end = names or ("nothing",)
    return f"{', '.join(first)} {last} {end}" if first else end


def named(kind: PolicyKind, policy_id: str, reading: Reading) -> str:
    """Return "statement ddbReadOnly of policy X"."""
    return f"statement {reading.statement.name} of {_OF[kind]} {policy_id}"


def decided(case: Case) -> tuple[Deciding, ...]:
    """Say what each kind of policy that took part says of the request."""
    return tuple(_decided(case, kind, layers) for kind in PolicyKind if (layers := case.of(kind)))


def _decided(case: Case, kind: PolicyKind, layers: tuple[Layer, ...]) -> Deciding:
    for layer in layers:
        for policy_id, reading in layer.of("Deny"):
            if all_of([layer.reach, reading.applies]).truth is Truth.YES:
                words = f"{named(kind, policy_id, reading)} denies it"
                return Deciding(kind, "Deny", policy_id, reading.statement.name, words)
    lacking = next((layer for layer in layers if layer.allows.truth is Truth.NO), None)
    if lacking is not None:
        return Deciding(kind, "implicit", "", "", nothing_allows(case, lacking))
    open_points = all_of([*(layer.allows for layer in layers), *_no_denies(layers)])
    if open_points.truth is Truth.MAYBE:
        return Deciding(kind, "unknown", "", "", f"not known: {listed(open_points.why, last='and')}")
    return _allowed(kind, layers)


def _no_denies(layers: tuple[Layer, ...]) -> list[Judged]:
    return [opposite(layer.denies) for layer in layers]


def _allowed(kind: PolicyKind, layers: tuple[Layer, ...]) -> Deciding:
    allowing = ((policy_id, one) for layer in reversed(layers) for policy_id, one in layer.of("Allow"))
    found = next(((policy_id, one) for policy_id, one in allowing if one.applies.truth is Truth.YES), None)
    if found is None:
        return Deciding(kind, "Allow", "", "", f"a {kind.value} does not bear on it")
    words = f"{named(kind, *found)} allows it"
    return Deciding(kind, "Allow", found[0], found[1].statement.name, words)


def nothing_allows(case: Case, layer: Layer) -> str:
    """Return "no statement of the identity policies allows s3:GetObject on ARN"."""
    return f"no statement of {layer.label} allows {case.request.action} on {case.request.resource}"


def phrase(condition: Condition, *, whole: bool = False) -> str:
    """Return "aws:sourceVpce is vpce-0a1 or vpce-0b2"; `whole` leaves out nothing of a long list."""
    operator = condition.operator
    if operator.existence:
        absent = condition.values[0].lower() == "true"
        return f"{condition.key} is {'absent' if absent else 'present'}"
    values = ", ".join(condition.values) if whole else listed(condition.values)
    wanted = f"{_subject(operator, condition.key)} {operator.phrase} {values}"
    return f"{wanted}, where it is there" if operator.if_exists else wanted


def _subject(operator: Operator, key: str) -> str:
    return {"one": key, "all": f"every value of {key}", "any": f"some value of {key}"}[operator.over]
