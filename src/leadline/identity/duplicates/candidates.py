"""Which pairs of rows are looked at: those that share one of many keys, each of two or three things.

All pairs of 500,000 rows would be 125 thousand million. A row with slips in it still shares some key with
its like; a key that very many rows share (Test Test, a switchboard) tells nothing and is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Collection

import duckdb
import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]

# Each is SQL over the prepared columns. What is missing makes the key missing. From the surest down.
_KEYS = (
    "email_key",
    "phone",
    "national_id",
    "email_local",
    "least(first_name, last_name) || '|' || greatest(first_name, last_name)",
    "birth || '|' || first_name",
    "birth || '|' || last_name",
    "birth || '|' || postcode",
    "birth || '|' || street_number",
    "birth || '|' || city",
    "street || '|' || street_number",
    "street || '|' || first_name",
    "street || '|' || last_name",
    "street || '|' || birth",
    "street_2 || '|' || first_name",
    "street_2 || '|' || last_name",
    "postcode || '|' || first_name",
    "postcode || '|' || last_name",
    "company || '|' || first_name",
    "company || '|' || last_name",
    "company || '|' || left(first_name, 1) || left(last_name, 1)",
    "work_domain || '|' || first_name",
    "work_domain || '|' || last_name",
    "website || '|' || first_name",
    "website || '|' || last_name",
    "street_number || '|' || first_name",
    "street_number || '|' || last_name",
    "city || '|' || last_name || '|' || left(first_name, 1)",
    "city || '|' || first_name || '|' || left(last_name, 1)",
    "last_name || '|' || left(first_name, 2)",
    "first_name || '|' || left(last_name, 2)",
    "birth || '|' || left(first_name, 1)",
    "birth || '|' || left(last_name, 1)",
    "birth[1:7] || '|' || left(last_name, 3)",
    "birth[1:7] || '|' || left(first_name, 3)",
    "birth[6:10] || '|' || left(last_name, 3)",
    "birth[6:10] || '|' || left(first_name, 3)",
    "birth[1:4] || birth[9:10] || '|' || left(last_name, 3)",
    "left(email_local, 5) || '|' || left(birth, 4)",
    "left(email_local, 6)",
    "place || '|' || first_name || '|' || left(birth, 4)",
    "last_name",
    "first_name",
    "company",
    "street",
    "birth",
    "city || '|' || left(first_name, 3)",
)
_WORD = re.compile(r"\b[a-z][a-z_]*[a-z](?:_\d)?\b(?!\()")
PLACES = ("company", "website", "phone", "street")
_PLACE_KEYS = (*PLACES, "street || '|' || street_number")
_SMALL_PLACE = 6  # rows; where more share a place, most pairs there are colleagues
_PAIRS_PER_ROW = 3  # that one key may bring, on average
_FEW = 20_000  # pairs that any key may bring


def add_keys(connection: duckdb.DuckDBPyConnection, table: str, columns: Collection[str]) -> list[str]:
    """Adds the columns `key_0`, `key_1` … to the table, as many as its columns allow; gives their names.

    Of each key, values are passed over that so many rows share that the pairs would be too many.
    """
    ((rows,),) = connection.execute(f"SELECT count(*) FROM {table}").fetchall()
    budget = max(_FEW, _PAIRS_PER_ROW * rows)
    usable = [key for key in _KEYS if set(_columns_in(key)) <= set(columns)]
    added = []
    for i, key in enumerate(usable):
        most = _most_rows(connection, table, key, budget)
        most = min(most, _SMALL_PLACE) if key in _PLACE_KEYS else most
        if most < 2:
            continue
        name = f"key_{i}"
        connection.execute(f"ALTER TABLE {table} ADD COLUMN {name} UBIGINT")
        connection.execute(
            f"UPDATE {table} SET {name} = hash(k) FROM (SELECT {key} AS k FROM {table} GROUP BY k "
            f"HAVING count(*) BETWEEN 2 AND {most}) WHERE k = {key}"
        )
        added.append(name)
    return added


def _columns_in(key: str) -> list[str]:
    return _WORD.findall(re.sub(r"'[^']*'", "", key))


def _most_rows(connection: duckdb.DuckDBPyConnection, table: str, key: str, budget: int) -> int:
    """The size of the largest group of rows with one key that still fits into so many pairs."""
    ((most,),) = connection.execute(
        f"""
        SELECT max(size) FROM (
            SELECT size, sum(groups * size * (size - 1) / 2) OVER (ORDER BY size) AS pairs
            FROM (SELECT size, count(*) AS groups
                  FROM (SELECT count(*) AS size FROM {table} WHERE ({key}) IS NOT NULL GROUP BY {key})
                  WHERE size > 1 GROUP BY size)
        ) WHERE pairs <= {budget}
        """
    ).fetchall()
    return int(most or 0)


def crowds(connection: duckdb.DuckDBPyConnection, table: str, columns: Collection[str]) -> dict[str, Counts]:
    """Of each place, how many others share it with a row, in the order of rows; 0 where it is not known."""
    out = {}
    for column in (c for c in columns if c.rstrip("_0123456789") in PLACES):
        together = "street, street_number" if column == "street" and "street_number" in columns else column
        found = connection.sql(
            f"SELECT if({column} IS NULL, 0, count(*) OVER (PARTITION BY {together}) - 1) AS n "
            f"FROM {table} ORDER BY row"
        )
        out[column] = found.to_arrow_table()["n"].to_numpy()
    return out
