"""The sections of samconfig.toml deploy what their names say."""

import shlex
import tomllib

import pytest

from tests.template.application import ROOT, template

CONFIG = tomllib.loads((ROOT / "samconfig.toml").read_text())
STAGES = ("default", "dev", "prod")


def overrides(stage: str) -> dict[str, str]:
    """Return the parameters that a stage sets."""
    words = shlex.split(CONFIG[stage]["deploy"]["parameters"].get("parameter_overrides", ""))
    return dict(word.split("=", 1) for word in words)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_lints_builds_and_deploys_under_its_own_name(stage: str) -> None:
    """A stage lints builds and deploys under its own name."""
    config = CONFIG[stage]
    assert config["validate"]["parameters"]["lint"] is True
    assert config["build"]["parameters"]["parallel"] is True
    assert config["deploy"]["parameters"]["capabilities"] == "CAPABILITY_IAM"
    assert len({CONFIG[one]["global"]["parameters"]["stack_name"] for one in STAGES}) == len(STAGES)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_overrides_parameters_with_values_that_they_allow(stage: str) -> None:
    """A stage overrides parameters with values that they allow."""
    parameters = template()["Parameters"]
    for name, value in overrides(stage).items():
        allowed = parameters[name].get("AllowedValues")
        assert allowed is None or value in {str(one) for one in allowed}


def test_prod_asks_before_it_deploys_and_before_it_changes_anything() -> None:
    """Prod asks before it deploys and before it changes anything."""
    assert CONFIG["prod"]["deploy"]["parameters"]["confirm_changeset"] is True
    assert overrides("prod")["Mode"] == "ask"


def test_prod_remembers_longer_than_the_default() -> None:
    """Prod remembers longer than the default."""
    parameters = template()["Parameters"]
    for name in ("LogRetentionDays", "IncidentRetentionDays"):
        assert int(overrides("prod")[name]) > parameters[name]["Default"]
