"""What is deployed: `sam build`, then the size of each zip, and the time that Python needs to start a function."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measure import CPU, Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REPOSITORY = Path(__file__).resolve().parent.parent
BUILT = REPOSITORY / ".aws-sam" / "bench"
LAYER = "PathmendLayer"
FLOOR = "boto3 and one client: the floor"
STARTS = 5
_IMPORT = re.compile(r"^import time:\s+(\d+) \|\s+(\d+) \| (\s*)(\S+)$", re.MULTILINE)


class BuildError(RuntimeError):
    """`sam build` failed; the message is what it said."""


def build() -> None:
    """Run `sam build`.

    Raises:
        BuildError: It failed.
    """
    command = [str(REPOSITORY / ".venv-sam/bin/sam"), "build", "--build-dir", str(BUILT)]
    environment = os.environ | {"SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "us-east-1"}
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(done.stdout + done.stderr)


def size_rows() -> Iterator[Row]:
    """Zip the layer and each function as they are deployed."""
    layer = _zipped(BUILT / LAYER)
    files = sum(1 for path in (BUILT / LAYER).rglob("*") if path.is_file())
    yield Row("size", "layer, zipped", layer / 1e6, "MB", f"{files} files; Lambda allows 50 MB")
    functions = {path.name: _zipped(path) for path in sorted(BUILT.glob("*Function"))}
    for name, size in functions.items():
        yield Row("size", name, size / 1000, "kB", f"1 : {layer / size:,.0f} of the layer")


def _zipped(folder: Path) -> int:
    with tempfile.TemporaryFile() as target:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.rglob("*")):
                archive.write(path, path.relative_to(folder))
        return target.tell()


def start_rows(variables: Mapping[str, str]) -> Iterator[Row]:
    """Start Python on the built layer, as a cold Lambda does, with nothing and with the handler of triage.

    Lambda cannot write bytecode beside a layer, so every cold start compiles what the layer brings as source.
    """
    paths = f"{BUILT / LAYER / 'python'}:{BUILT / 'TriageFunction'}"
    deployed = os.environ | variables | {"PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
    floor = "import boto3; boto3.client('ec2', region_name='us-east-1')"
    with tempfile.TemporaryDirectory() as folder:
        compiled = (
            os.environ | variables | {"PYTHONPATH": paths, "PYTHONPYCACHEPREFIX": folder, "PYTHONDONTWRITEBYTECODE": ""}
        )
        _python(["-c", "import handler"], compiled)
        starts = {
            "Python itself": ("pass", deployed),
            FLOOR: (floor, deployed),
            "triage, as deployed": ("import handler", deployed),
            "triage, were it compiled": ("import handler", compiled),
        }
        medians = _medians(starts)
    for name, median in medians.items():
        proportion = f"{median / medians[FLOOR]:.2f} x the floor" if name != FLOOR else f"median of {STARTS} starts"
        yield Row("cold start", name, median, CPU, proportion)
    yield from _imports(deployed)


def _medians(starts: Mapping[str, tuple[str, Mapping[str, str]]]) -> dict[str, float]:
    """Return the milliseconds of processor time of each; by turns, so that a busy moment hits all alike."""
    spans: dict[str, list[float]] = {name: [] for name in starts}
    for _ in range(STARTS):
        for name, (code, environment) in starts.items():
            spans[name].append(_started(code, environment))
    return {name: statistics.median(each) for name, each in spans.items()}


def _started(code: str, environment: Mapping[str, str]) -> float:
    before = os.times()
    _python(["-c", code], environment)
    after = os.times()
    used = after.children_user - before.children_user + after.children_system - before.children_system
    return used * 1000


def _imports(environment: Mapping[str, str]) -> Iterator[Row]:
    """Count the modules that triage imports, and name the packages that take longest."""
    told = _python(["-X", "importtime", "-c", "import handler"], environment).stderr
    own: dict[str, int] = {}
    for match in _IMPORT.finditer(told):
        package = match[4].partition(".")[0]
        own[package] = own.get(package, 0) + int(match[1])
    slowest = sorted(own, key=lambda package: own[package], reverse=True)[:4]
    shares = ", ".join(f"{package} {own[package] / sum(own.values()):.0%}" for package in slowest)
    yield Row("cold start", "modules imported", len(_IMPORT.findall(told)), "modules", shares)


def _python(arguments: list[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    # The layer comes before this environment's packages; of those only boto3 is used, which the runtime brings.
    return subprocess.run(
        [sys.executable, *arguments], env=dict(environment), capture_output=True, text=True, check=True
    )
