"""Check that every JSON file of some folders is JSON: `python -m tools.documents FOLDER...`."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def faults(folder: Path) -> list[str]:
    """Return one line, with the place of the fault, for each file of `folder` that is no JSON object."""
    found = []
    for path in sorted(folder.rglob("*.json")):
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except (json.JSONDecodeError, UnicodeDecodeError) as exc:
            found.append(f"{path}: {exc}")
        else:
            if not isinstance(document, dict):
                found.append(f"{path}: holds no JSON object")
    return found


def main(arguments: list[str]) -> int:
    """Print the faults of all folders; 1 if there are any."""
    found = [fault for name in arguments for fault in faults(Path(name))]
    sys.stderr.writelines(f"{fault}\n" for fault in found)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
