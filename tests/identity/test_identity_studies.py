"""How well duplicates are found where the truth is known. Nothing is told of the tables but their files."""

from __future__ import annotations

import csv
from itertools import combinations
from pathlib import Path

import pytest

from leadline.identity.duplicates import find_duplicates

pytestmark = pytest.mark.data


def judged(path: Path, same: set[tuple[str, str]], ignored: str) -> tuple[float, float]:
    """Precision and recall of the pairs that are proposed, as the command proposes them."""
    pairs = find_duplicates(path, columns={ignored: "ignore"}).pairs.to_pylist()
    right = sum(tuple(sorted((pair["id_1"], pair["id_2"]))) in same for pair in pairs)
    return right / len(pairs), right / len(same)


def test_febrl3_without_its_social_security_number(shared_data: Path) -> None:
    folder = shared_data / "duplicates"
    with open(folder / "febrl3_links.csv", newline="") as links:
        same = {tuple(sorted(row)) for row in list(csv.reader(links))[1:]}
    precision, recall = judged(folder / "febrl3.csv", same, "soc_sec_id")
    assert 2 * precision * recall / (precision + recall) >= 0.97


def test_fake_1000(shared_data: Path) -> None:
    path = shared_data / "duplicates" / "fake_1000.csv"
    people: dict[str, list[str]] = {}
    with open(path, newline="") as rows:
        for row in csv.DictReader(rows):
            people.setdefault(row["cluster"], []).append(row["unique_id"])
    same = {tuple(sorted(pair)) for ids in people.values() for pair in combinations(ids, 2)}
    precision, recall = judged(path, same, "cluster")
    assert precision >= 0.97
    assert recall >= 0.75
