"""Write docs/catalogue.md from the kinds of change; with `--check`, say whether it is what the code says."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
from dataclasses import dataclass, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pathmend import changes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PAGE = Path(__file__).resolve().parent.parent / "docs" / "catalogue.md"
_HEAD = """\
# Catalogue of changes

Everything that Pathmend can change, and the permissions it needs for that. Nothing else is ever called that writes to
your network. Rules name a change by its kind. `make catalogue` writes this page from the code; edit the code instead.
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """What the page says of one kind of change."""

    name: str
    sentence: str
    module: str
    iam_actions: tuple[str, ...]
    source_url: str

    def section(self) -> str:
        """Return the kind's part of the page."""
        actions = ", ".join(f"`{action}`" for action in self.iam_actions)
        return (
            f"\n## {self.name}\n\n{self.sentence}\n\n- IAM actions: {actions}\n"
            f"- AWS on it: <{self.source_url}>\n- Code: `layers/pathmend/{self.module.replace('.', '/')}.py`\n"
        )


def kinds() -> tuple[Kind, ...]:
    """Return every kind that the room `changes` defines, by name."""
    return tuple(sorted(_kinds(), key=lambda kind: kind.name))


def _kinds() -> Iterator[Kind]:
    for module_info in pkgutil.iter_modules(changes.__path__, f"{changes.__name__}."):
        module = importlib.import_module(module_info.name)
        for one in vars(module).values():
            if (
                inspect.isclass(one)
                and is_dataclass(one)
                and one.__module__ == module.__name__
                and hasattr(one, "kind")
            ):
                yield _kind(one)


def _kind(change: type) -> Kind:
    described = vars(change)
    return Kind(
        name=str(described["kind"]),
        sentence=inspect.cleandoc(change.__doc__ or "").split("\n\n", maxsplit=1)[0].replace("\n", " "),
        module=change.__module__,
        iam_actions=tuple(sorted(described["iam_actions"])),
        source_url=str(described["source_url"]),
    )


def page(all_kinds: Sequence[Kind]) -> str:
    """Return the whole page."""
    return _HEAD + "".join(kind.section() for kind in all_kinds)


def main(arguments: list[str], path: Path = PAGE) -> int:
    """Write the page, or with `--check` return 1 and the cure if the file differs from it."""
    wanted = page(kinds())
    if "--check" not in arguments:
        path.write_text(wanted, encoding="utf-8")
        return 0
    if path.exists() and path.read_text(encoding="utf-8") == wanted:
        return 0
    sys.stderr.write(f"{path.name} is not what the kinds of change say; cure: make catalogue\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
