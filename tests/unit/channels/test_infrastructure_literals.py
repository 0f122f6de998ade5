"""Foreign text stays text in YAML and HCL, whatever it holds."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pathmend.changes.modify_matcher import ModifyMatcher
from pathmend.channels.infrastructure_code.hcl_text import hcl_lines, hcl_string
from pathmend.channels.infrastructure_code.literals import Json, Lines
from pathmend.channels.infrastructure_code.yaml_text import yaml_lines
from pathmend.guardrails.ownership import Owner, Tool
from tests.unit.channels.hcl_reader import read_hcl, string_of
from tests.unit.channels.patched import (
    HOSTILE,
    blocks_of,
    planned,
    resources_of,
)

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
ODD = st.text(st.sampled_from('$%{}"\\n:/x\n\t ~#-!&*|>?@`\x85\u2028é'), max_size=12)
WORDS = (
    st.text()
    | ODD
    | st.sampled_from([HOSTILE, "yes", "No", "~", "null", "1e3", "0x1", "2026-11-22", "a: b", "", "=", "<<"])
)
DOCUMENTS = st.recursive(
    SCALARS | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.dictionaries(WORDS, DOCUMENTS, max_size=5))
def test_yaml_reads_back_as_the_same_values(values: dict[str, Any]) -> None:
    """Whatever they are; and it is printable ASCII in which there is no link."""
    text = "\n".join(yaml_lines(values))
    assert (yaml.safe_load(text) or {}) == values
    assert text.replace("\n", "").isprintable()
    assert text.isascii()
    assert "://" not in text


@settings(deadline=None)
@given(DOCUMENTS)
def test_hcl_reads_back_as_the_same_values(value: Any) -> None:
    """As data for jsonencode; nothing in it is interpolated."""
    text = "\n".join(hcl_lines({"policy": Json(value)}))
    assert read_hcl(text) == {"policy": ("json", value)}
    assert text.isascii()
    assert "://" not in text


@settings(deadline=None)
@given(ODD | st.text())
def test_strings_and_lines_read_back_in_both(text: str) -> None:
    """Of one line or of several."""
    assert string_of(hcl_string(text)) == text
    assert read_hcl("\n".join(hcl_lines({"rules": Lines(text)}))) == {"rules": text}
    assert yaml.safe_load("\n".join(yaml_lines({"Rules": Lines(text)}))) == {"Rules": text}


@settings(deadline=None, max_examples=40)
@given(WORDS, WORDS)
def test_hostile_names_can_not_leave_their_comment(name: str, address: str) -> None:
    """A stack, an address or a target group may be called anything."""
    arn = f"arn:aws:elasticloadbalancing:::targetgroup/{name}/1"
    step = planned(ModifyMatcher(arn, "200,299"), ModifyMatcher(arn, name))
    for tool in Tool:
        owner = Owner(arn, tool, name, address)
        [made] = resources_of(step, owner).values()
        assert made["Properties"] == {"Matcher": {"HttpCode": "200,299"}}
        [code] = blocks_of(step, owner).values()
        assert code == {"health_check": [({"matcher": "200,299"},)]}
