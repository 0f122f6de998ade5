"""The published JSON Schema and the code that reads the rules say the same."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import attrs
import jsonschema  # type: ignore[import-untyped]
import pytest

from pathmend.aws.rules import as_json, rules_from
from pathmend.aws.rules_shape import DAYS, FreezeJson, HoursJson, LimitsJson, RuleJson, RulesJson
from pathmend.errors import PermanentError
from pathmend.guardrails.decision import Mode
from pathmend.guardrails.rules import Rules
from tests.unit.aws.test_rules import WHOLE

DOCS = Path(__file__).parents[3] / "docs"
SCHEMA: dict[str, Any] = json.loads((DOCS / "rules.schema.json").read_text(encoding="utf-8"))
NAMED = ((RuleJson, "rule"), (HoursJson, "hours"), (FreezeJson, "freeze"), (LimitsJson, "limits"))
SHAPES: dict[type, dict[str, Any]] = {RulesJson: SCHEMA, **{shape: SCHEMA["$defs"][name] for shape, name in NAMED}}
EXAMPLES = re.findall(r"```json\n(.*?)```", (DOCS / "rules.md").read_text(encoding="utf-8"), re.DOTALL)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def fits(text: str) -> bool:
    """Say whether the code takes the rules."""
    try:
        rules_from(text, ceiling=Mode.ACT, where="file x")
    except PermanentError:
        return False
    return True


@pytest.mark.parametrize("shape", SHAPES)
def test_every_key_is_in_both(shape: type) -> None:
    """What is required is required in both, too, and nothing else may be there."""
    fields = attrs.fields_dict(shape)
    assert set(SHAPES[shape]["properties"]) == set(fields)
    required = {name for name, one in fields.items() if one.default is attrs.NOTHING}
    assert set(SHAPES[shape].get("required", ())) == required
    assert SHAPES[shape]["additionalProperties"] is False


@pytest.mark.parametrize("shape", SHAPES)
def test_every_default_is_that_of_the_code(shape: type) -> None:
    """Written out, they change nothing."""
    given = {name: one["default"] for name, one in SHAPES[shape]["properties"].items() if "default" in one}
    assert set(given) == {name for name, one in attrs.fields_dict(shape).items() if one.default is not attrs.NOTHING}
    if shape is RulesJson:
        assert as_json(rules_from(json.dumps(given), ceiling=Mode.ACT, where="x")) == as_json(Rules(ceiling=Mode.ACT))
    if shape is LimitsJson:
        assert given == attrs.asdict(LimitsJson())


def test_modes_and_days_are_those_of_the_code() -> None:
    """In their order."""
    assert SCHEMA["$defs"]["mode"]["enum"] == [mode.value for mode in Mode]
    assert SCHEMA["$defs"]["hours"]["properties"]["days"]["items"]["enum"] == list(DAYS)


@pytest.mark.parametrize("text", [*EXAMPLES, json.dumps(WHOLE), "{}"])
def test_every_example_is_valid_to_both(text: str) -> None:
    """What the documentation shows works."""
    VALIDATOR.validate(json.loads(text))
    assert fits(text)


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '{"schema": 2}',
        '{"killswitch": true}',
        '{"kill_switch": "true"}',
        '{"by_kind": {"ModifyMatcher": "maybe"}}',
        '{"rules": [{"environments": ["dev"]}]}',
        '{"rules": [{"mode": "act", "environments": "dev"}]}',
        '{"rules": [{"mode": "act", "accounts": ["12345678901"]}]}',
        '{"rules": [{"mode": "act", "regions": ["Frankfurt"]}]}',
        '{"rules": [{"mode": "act"}, {"mode": "act"}]}',
        '{"allowed": {"team": []}}',
        '{"excluded": {"": "x"}}',
        '{"hours": {"o": {"days": [], "start": "08:00", "end": "18:00"}}}',
        '{"hours": {"o": {"days": ["mon"], "start": "8:00", "end": "18:00"}}}',
        '{"freezes": [{"begins": "2026-12-20T00:00:00Z", "ends": "2026-12-21T00:00:00Z"}]}',
        '{"limits": {"per_vpc": -1}}',
        '{"most_opened": 0.5}',
        '{"breaker_minutes": 0}',
        '{"terraform_states": ["states/prod"]}',
        '{"rules": [{"mode": "act", "kinds": []}]}',
        '{"rules": [{"mode": "act", "tags": {}}]}',
        '{"rules": [{"mode": "act", "hours": ""}]}',
        '{"rules": [{"mode": "act", "accounts": ["١٢٣٤٥٦٧٨٩٠١٢"]}]}',
        '{"rules": [{"mode": "report", "environments": ["prod*"]}]}',
        '{"rules": [{"mode": "report", "tags": {"team": "pay*"}}]}',
        '{"rules": [{"mode": "report", "tags": {"team": "pay "}}]}',
        '{"excluded": {"team": ["pay*"]}}',
        '{"excluded": {"team": "pay "}}',
        '{"excluded": {" team": "pay"}}',
        '{"environment_tag": "env "}',
    ],
)
def test_what_one_refuses_the_other_refuses(text: str) -> None:
    """An editor warns of what would stop everything."""
    assert not VALIDATOR.is_valid(json.loads(text))
    assert not fits(text)


def test_there_are_examples() -> None:
    """For each of the usual wishes."""
    assert len(EXAMPLES) >= 5
