"""One trouble of one kind of target with one thing that it needs, before the same troubles are joined to a finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathmend.diagnosis.finding import Certainty

if TYPE_CHECKING:
    from pathmend.diagnosis.dependency import Dependency, Dependents
    from pathmend.diagnosis.finding import Cause, Evidence


@dataclass(frozen=True, slots=True)
class Trouble:
    """What stands between `who` and what they need; `says` explains it in a part of a sentence."""

    code: str
    resource: str
    cause: Cause
    says: str
    who: Dependents
    dependency: Dependency
    evidence: tuple[Evidence, ...] = ()
    certainty: Certainty = Certainty.PROVEN
