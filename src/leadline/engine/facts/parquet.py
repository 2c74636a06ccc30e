"""Parquet files: scanned where they lie, as often as needed."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

from leadline.engine.facts.columns import RawColumn
from leadline.engine.facts.errors import FactsError, told
from leadline.engine.facts.part import Part, Workshop
from leadline.engine.facts.values_sql import literal

# A column is sure by the statistics of all its row groups: texts that are not blank, times of the years 1 to
# 9999, numbers that are no floats (which may be NaN).
_SURE_TEXT = "type = 'BYTE_ARRAY' AND stats_min_value >= '!'"
_A_TIME = "'[0-9]{4}-[^(]*'"
_SURE_TIME = (
    f"regexp_full_match(stats_min_value, {_A_TIME}) AND regexp_full_match(stats_max_value, {_A_TIME})"
)
_SURE_NUMBER = "type IN ('INT32', 'INT64') AND regexp_full_match(stats_min_value, '-?[0-9]+')"


def parts(files: Sequence[Path], table: str, shop: Workshop) -> list[Part]:
    for file in files:
        _check(file, shop)
    listed = "[" + ", ".join(literal(glob.escape(str(file))) for file in files) + "]"
    read = f"read_parquet({listed}, union_by_name = true)"
    with told(
        f"{table}: the Parquet files do not go together: a column is a number in one and a text in another"
    ):
        described = shop.con.execute(f"DESCRIBE SELECT * FROM {read}").fetchall()
    columns = tuple(RawColumn(row[0], f"c{i}", row[1]) for i, row in enumerate(described))
    aliases = ", ".join(column.sql for column in columns)
    size = sum(file.stat().st_size for file in files)
    sql = f"SELECT * FROM {read} AS raw({aliases})"
    return [Part(sql, columns, lazy=True, size=size, sure=_never_blank(listed, shop))]


def _check(file: Path, shop: Workshop) -> None:
    if file.stat().st_size == 0:
        raise FactsError(f"{file.name} is empty")
    with told(f"{file.name} cannot be read as Parquet: it is of another kind, or cut short"):
        shop.con.execute(
            f"SELECT num_rows FROM parquet_file_metadata({literal(glob.escape(str(file)))})"
        ).fetchall()


def _never_blank(listed: str, shop: Workshop) -> frozenset[str]:
    """Columns in which every cell is there and readable: rows need not be asked."""
    rows = shop.con.execute(
        f"""
        WITH groups AS (SELECT count(DISTINCT (file_name, row_group_id)) AS n FROM parquet_metadata({listed}))
        SELECT path_in_schema FROM parquet_metadata({listed})
        GROUP BY path_in_schema
        HAVING count(*) = (SELECT n FROM groups) AND bool_and(coalesce(stats_null_count = 0, false))
           AND bool_and(coalesce({_SURE_TEXT} OR {_SURE_TIME} OR {_SURE_NUMBER}, false))
        """
    ).fetchall()
    return frozenset(name for (name,) in rows)
