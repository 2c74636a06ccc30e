"""Many rows at once: what the ORM would spell out a row at a time, for the tables that take every fact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

MOST = 500  # values in one IN (…); SQLite of old allows 999


def chunks(values: Sequence[Any], size: int = MOST) -> Iterator[list[Any]]:
    for begin in range(0, len(values), size):
        yield list(values[begin : begin + size])


def fetch(query: str, values: Sequence[Any], *more: Any) -> list[tuple]:
    """Rows of a query with one `IN ({})`, a chunk of values at a time; `more` are parameters after them."""
    rows: list[tuple] = []
    with connection.cursor() as cursor:
        for some in chunks(values):
            cursor.execute(query.format(", ".join(["%s"] * len(some))), [*some, *more])
            rows.extend(cursor.fetchall())
    return rows


@dataclass(frozen=True)
class Table:
    """A table that rows are appended to."""

    name: str
    columns: tuple[str, ...]

    def insert(self, rows: Iterable[Sequence[Any]]) -> None:
        """Append; a row whose key stands already is left out."""
        rows = list(rows)
        if not rows:
            return
        names = ", ".join(f'"{c}"' for c in self.columns)
        marks = ", ".join(["%s"] * len(self.columns))
        with connection.cursor() as cursor:
            cursor.executemany(
                f'INSERT INTO "{self.name}" ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING', rows
            )

    def delete(self, column: str, values: Sequence[Any]) -> None:
        with connection.cursor() as cursor:
            for some in chunks(list(values)):
                marks = ", ".join(["%s"] * len(some))
                cursor.execute(f'DELETE FROM "{self.name}" WHERE "{column}" IN ({marks})', some)
