"""Gives the users the header that their file lacks: `python -m examples.yammer.prepare DATA OUT`."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

COLUMNS = ("lead_id", "created_at", "company", "language", "activated_at", "state")


def users(data: Path) -> duckdb.DuckDBPyRelation:
    """`users.csv.gz` in `data`, with names for its six columns and all cells as text."""
    return duckdb.connect().read_csv(
        str(data / "users.csv.gz"), header=False, names=list(COLUMNS), all_varchar=True
    )


def main(data: str, out: str) -> None:
    users(Path(data)).write_csv(out, header=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
