"""Rows are written in one order: texts by their bytes, whatever they are made of, and what is empty last."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from leadline.cli.results import in_order

TEXTS = [None, "", "a", "ab", "a\x00", "A", "é", "aé", "~", "\x7f", "\uffff", "𝒳", "Z"]
INSTANTS = [None, *(datetime(1969, 12, 31, tzinfo=UTC) + timedelta(hours=h) for h in (0, 30, 9000))]
SCHEMA = pa.schema(
    [("number", pa.int64()), ("lead", pa.string()), ("at", pa.timestamp("us", "UTC")), ("rule", pa.string())]
)


def rows(count: int) -> list[dict[str, Any]]:
    chance = random.Random(count)
    return [
        {
            "number": i,
            "lead": chance.choice(TEXTS),
            "at": chance.choice(INSTANTS),
            "rule": chance.choice(TEXTS),
        }
        for i in range(count)
    ]


def by_hand(row: dict[str, Any]) -> list[tuple[bool, Any]]:
    cells = (row["lead"] and row["lead"].encode(), row["at"], row["rule"] and row["rule"].encode())
    return [(cell is None, cell or b"") for cell in cells]


@pytest.mark.parametrize("count", [0, 1, 2000])
def test_rows_stand_in_the_order_of_their_keys(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leadline.cli.results._AT_ONCE", 700)
    given = rows(count)
    halves = [
        pa.Table.from_pylist(given[: count // 3], SCHEMA),
        pa.Table.from_pylist(given[count // 3 :], SCHEMA),
    ]
    found = in_order(pa.concat_tables(halves), "lead", "at", "rule")
    assert found.schema == SCHEMA
    assert found.to_pylist() == sorted(given, key=by_hand)
