"""The catalogue says of each kind of change what its code says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools import catalogue

if TYPE_CHECKING:
    from pathlib import Path


def test_every_kind_is_listed_once_with_its_permissions_and_its_source() -> None:
    """A reader finds the three kinds, their IAM actions and AWS's page on each."""
    found = {kind.name: kind for kind in catalogue.kinds()}

    assert {"AssociateRouteTable", "ModifyMatcher", "SetAclEntry"} <= set(found)
    assert len(found) == len(catalogue.kinds())
    assert found["ModifyMatcher"].iam_actions == ("elasticloadbalancing:ModifyTargetGroup",)
    assert all(kind.source_url.startswith("https://docs.aws.amazon.com/") for kind in found.values())
    assert all(kind.sentence for kind in found.values())


def test_check_fails_until_the_page_is_written_and_after_it_was_edited(tmp_path: Path) -> None:
    """A page that is missing or edited by hand does not pass."""
    page = tmp_path / "catalogue.md"

    assert catalogue.main(["--check"], page) == 1
    assert catalogue.main([], page) == 0
    assert catalogue.main(["--check"], page) == 0
    page.write_text(page.read_text() + "more\n")
    assert catalogue.main(["--check"], page) == 1
