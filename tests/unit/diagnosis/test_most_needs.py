"""However many kinds of targets there are, and whatever they name, the work has an end."""

from __future__ import annotations

from pathmend.diagnosis.dependencies import dependencies
from tests.builders import LOAD_BALANCER_ARN
from tests.unit.diagnosis.needs import a_needy_workshop


def test_all_kinds_of_targets_together_are_asked_about_the_first_needs(monkeypatch):
    """Three kinds need eight things each: ten of those are looked at, and what is left out is said."""
    monkeypatch.setattr("pathmend.diagnosis.dependencies.MOST_IN_ALL", 10)
    seen = dependencies(a_needy_workshop(), LOAD_BALANCER_ARN)
    assert [len(needs) for needs in seen.needs.values()] == [8, 2, 0]
    said = [f"{n} of 8 needs were not looked at: all targets together have too many" for n in (6, 8)]
    assert list(seen.unknown) == said
