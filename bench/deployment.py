"""What is deployed: `sam build`, then the size of each zip, and the time that Python needs to start a function."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measure import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REPOSITORY = Path(__file__).resolve().parent.parent
BUILT = REPOSITORY / ".aws-sam" / "bench"
LAYER = "PathmendLayer"
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
    """Start Python on the built layer, as a cold Lambda does, with nothing and with the handler of triage."""
    environment = os.environ | variables | {"PYTHONPATH": f"{BUILT / LAYER / 'python'}:{BUILT / 'TriageFunction'}"}
    empty = _started("pass", environment)
    floor = _started("import boto3; boto3.client('ec2', region_name='us-east-1')", environment)
    triage = _started("import handler", environment)
    yield Row("cold start", "Python itself", empty, "ms", f"{STARTS} starts")
    yield Row("cold start", "boto3 with one client (nobody is faster)", floor - empty, "ms", "1.0 x")
    yield Row(
        "cold start", "triage, imported", triage - empty, "ms", f"{(triage - empty) / (floor - empty):.1f} x boto3's"
    )
    yield from _imports(environment)


def _started(code: str, environment: Mapping[str, str]) -> float:
    spans = []
    for _ in range(STARTS):
        begun = time.perf_counter()
        _python(["-c", code], environment)
        spans.append((time.perf_counter() - begun) * 1000)
    return statistics.median(spans)


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
    # Without the site-packages of this environment the layer must bring all; boto3 alone is the runtime's.
    return subprocess.run(
        [sys.executable, *arguments], env=dict(environment), capture_output=True, text=True, check=True
    )
