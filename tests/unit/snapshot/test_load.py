"""Folders of saved answers become one snapshot; an error names its file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pathmend.errors import InvalidSnapshotError
from pathmend.snapshot.load import load
from pathmend.snapshot.parse import parse
from tests.unit.snapshot.answers import answers

if TYPE_CHECKING:
    from pathlib import Path


def test_files_are_merged_recursively_whatever_their_names(tmp_path: Path) -> None:
    """One file per kind, in nested folders, is the same as one answer."""
    for index, (key, items) in enumerate(answers().items()):
        folder = tmp_path / str(index % 3)
        folder.mkdir(exist_ok=True)
        (folder / f"{index}.json").write_text(json.dumps({key: items, "NextToken": None}), encoding="utf-8")
    assert load(tmp_path) == parse(answers())


def test_one_kind_may_be_spread_over_files(tmp_path: Path) -> None:
    """Several accounts or Regions, or pages of one answer."""
    for index, subnet in enumerate(answers()["Subnets"]):
        (tmp_path / f"{index}.json").write_text(json.dumps({"Subnets": [subnet]}), encoding="utf-8")
    assert set(load(tmp_path).subnets) == {"subnet-1", "subnet-2"}


def test_several_accounts_and_regions_are_merged(tmp_path: Path) -> None:
    """A resource that both describe counts once, and an answer that is one object is read as one of a list."""
    shared = {"SubnetId": "subnet-1", "VpcId": "vpc-1", "CidrBlock": "10.0.1.0/24"}
    for account in ("1", "2"):
        block = {"AwsAccountId": account, "AwsRegion": "us-east-1", "InternetGatewayBlockMode": "off"}
        (tmp_path / account).mkdir()
        answer = {"Subnets": [shared], "VpcBlockPublicAccessOptions": block}
        (tmp_path / account / "all.json").write_text(json.dumps(answer), encoding="utf-8")
    merged = load(tmp_path)
    assert set(merged.subnets) == {"subnet-1"}
    assert set(merged.public_access_blocks) == {"1/us-east-1", "2/us-east-1"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "no object at its top"),
        ('{"Vpcs": [{}]}', "Vpcs[0].VpcId: is missing"),
        ('{"Vpcs": 7}', "Vpcs: 7 is not a list"),
        ("[" * 100_000, "is nested too deep"),
    ],
)
def test_an_error_names_the_file(tmp_path: Path, content: str, message: str) -> None:
    """So that a person finds it among many."""
    (tmp_path / "good.json").write_text("{}", encoding="utf-8")
    (tmp_path / "bad.json").write_text(content, encoding="utf-8")
    with pytest.raises(InvalidSnapshotError) as caught:
        load(tmp_path)
    assert str(tmp_path / "bad.json") in str(caught.value)
    assert message in str(caught.value)


def test_a_folder_without_answers_is_an_error(tmp_path: Path) -> None:
    """An empty world would look healthy."""
    with pytest.raises(InvalidSnapshotError, match=r"holds no \*\.json file"):
        load(tmp_path)
    with pytest.raises(InvalidSnapshotError, match="is not a folder"):
        load(tmp_path / "missing")
