"""Numbers the opportunities, which have no id: `python -m examples.salvirt_b2b.prepare DATA OUT`."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb


def opportunities(data: Path) -> duckdb.DuckDBPyRelation:
    """`opportunities.csv` in `data` with a `lead_id` from the order of its rows; all cells as text."""
    con = duckdb.connect()
    con.read_csv(str(data / "opportunities.csv"), header=True, all_varchar=True).create_view("given")
    return con.sql("SELECT printf('opportunity-%03d', row_number() OVER ()) AS lead_id, * FROM given")


def main(data: str, out: str) -> None:
    opportunities(Path(data)).write_csv(out, header=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
