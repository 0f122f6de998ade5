"""The layer's recipe makes a layer without compiled extensions, whose packages import by their Python code."""

import importlib.machinery
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.template.application import ROOT

LAYER = ROOT / "layers" / "pathmend"
COMPILED = (*importlib.machinery.EXTENSION_SUFFIXES, ".so", ".pyd", ".dylib")
# Imported on their own: only the standard library and what the Lambda runtime brings may be needed beside the layer.
IMPORTS = "attr, cattrs, itsdangerous, jinja2, jmespath, markupsafe, wrapt, aws_lambda_powertools"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the layer as `sam build` does: the recipe, in a copy of the folder."""
    work = tmp_path_factory.mktemp("layer")
    source = shutil.copytree(LAYER, work / "source", ignore=shutil.ignore_patterns("__pycache__"))
    if not (source / "requirements.txt").exists():
        pytest.skip("layers/pathmend/requirements.txt has not been exported from uv.lock yet")
    built = subprocess.run(
        ["make", "build-PathmendLayer"],  # noqa: S607 - the make of whoever runs the tests
        cwd=source,
        env={**os.environ, "ARTIFACTS_DIR": str(work / "built")},
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode and "resolve" in built.stderr.lower():
        pytest.skip(f"no package index within reach: {built.stderr.strip().splitlines()[-1]}")
    assert built.returncode == 0, built.stderr
    return work / "built" / "python"


def test_nothing_in_the_layer_is_compiled(site: Path) -> None:
    """Nothing in the layer is compiled."""
    assert [path for path in site.rglob("*") if path.name.endswith(COMPILED)] == []


def test_the_layer_leaves_to_the_runtime_what_the_runtime_brings(site: Path) -> None:
    """The layer leaves to the runtime what the runtime brings."""
    assert not {"boto3", "botocore", "s3transfer", "urllib3"} & {path.name for path in site.iterdir()}


def test_the_layer_carries_our_code_and_no_tests(site: Path) -> None:
    """The layer carries our code and no tests."""
    assert (site / "pathmend" / "__init__.py").exists()
    assert [path for path in site.rglob("*") if path.name in {"tests", "__pycache__", "bin"}] == []


def test_a_licence_travels_with_each_package(site: Path) -> None:
    """A licence travels with each package."""
    folders = list(site.glob("*.dist-info"))
    assert folders
    assert all((folder / "METADATA").exists() for folder in folders)


def test_every_package_works_without_its_extension(site: Path) -> None:
    """Every package works without its extension."""
    shown = subprocess.run(  # noqa: S603 - this interpreter
        [
            sys.executable,
            "-S",
            "-c",
            f"import sys; sys.path[:0] = [{str(site)!r}]; import {IMPORTS}; print(markupsafe.__file__)",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.returncode == 0, shown.stderr
    assert str(site) in shown.stdout
