"""Which column of somebody's table is meant by which name of ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from leadline.engine.facts.errors import FactsError
from leadline.engine.facts.values_sql import literal
from leadline.model.errors import did_you_mean

TABLES = ("leads", "traits", "events")


@dataclass(frozen=True)
class RawColumn:
    """A column as somebody has it: its own name, an SQL expression for it, its DuckDB type."""

    name: str
    sql: str
    type: str


class Mappings:
    """What the user said of columns: TABLE.COLUMN=SOURCE, where a SOURCE in single quotes is a constant."""

    def __init__(self, given: Mapping[str, str] | Sequence[str] = ()):
        self._of: dict[tuple[str, str], str] = {}
        pairs = given.items() if isinstance(given, Mapping) else (_split(text) for text in given)
        for target, source in pairs:
            table, dot, column = target.strip().partition(".")
            if not dot or not column or table not in TABLES:
                hint = did_you_mean(table, TABLES) if dot else ""
                raise FactsError(
                    f"the mapping `{target}={source}` does not begin with leads., traits. or events. "
                    f"and a column: write it as events.lead_id=user_id{hint}"
                )
            if self._of.setdefault((table, column), source.strip()) != source.strip():
                raise FactsError(
                    f"`{target}` is mapped to two columns, `{self._of[table, column]}` and `{source}`"
                )

    def source(self, table: str, column: str) -> str | None:
        return self._of.get((table, column))

    def check(self, table: str, known: Iterable[str], given: bool) -> None:
        """Every mapping of `table` must be of a column that is read there."""
        known = list(known)
        for mapped_table, column in self._of:
            if mapped_table != table:
                continue
            if not given:
                raise FactsError(f"`{table}.{column}` is mapped, but no {table} table was given")
            if column not in known:
                names = ", ".join(known)
                raise FactsError(
                    f"`{table}.{column}` is mapped, but nothing of that name is read"
                    f"{did_you_mean(column, known) or f'; {table} are read for {names}'}"
                )


def _split(text: str) -> tuple[str, str]:
    target, equals, source = text.partition("=")
    if not equals:
        raise FactsError(f"the mapping `{text}` has no =: write it as events.lead_id=user_id")
    return target, source


class Matcher:
    """Finds columns of one table; `loose` remembers what was matched by a name not quite the same."""

    def __init__(self, table: str, label: str, columns: Sequence[RawColumn], mappings: Mappings):
        self.table = table
        self.label = label
        self.columns = {c.name: c for c in columns if c.name.strip()}
        self.mappings = mappings
        self.loose: list[tuple[str, str]] = []

    def find(self, name: str, column: str | None = None) -> RawColumn | None:
        """The column for our `name`: as mapped, else as the model's `column:` says, else by its name."""
        source = self.mappings.source(self.table, name)
        if source is not None and re.fullmatch(r"'(.*)'", source, re.DOTALL):
            return RawColumn(source, literal(source[1:-1].replace("''", "'")), "VARCHAR")
        source = source or column
        if source is not None:
            return self.named(source, name)
        return self.columns.get(name) or self._nearly(name)

    def named(self, source: str, name: str) -> RawColumn:
        """The column `source`, or an error that says which there are."""
        if source in self.columns:
            return self.columns[source]
        raise FactsError(
            f"{self.label} has no column `{source}`, which `{self.table}.{name}` is to be read from"
            f"{did_you_mean(source, self.columns)}; its columns are {self.listed()}"
        )

    def needed(self, name: str) -> RawColumn:
        found = self.find(name)
        if found is None:
            raise FactsError(
                f"{self.label} has no column `{name}`{did_you_mean(name, self.columns)}; "
                f"say which column it is with the mapping {self.table}.{name}=COLUMN; "
                f"its columns are {self.listed()}"
            )
        return found

    def _nearly(self, name: str) -> RawColumn | None:
        near = [c for c in self.columns.values() if _plain(c.name) == _plain(name)]
        if len(near) != 1:
            return None
        self.loose.append((near[0].name, name))
        return near[0]

    def listed(self) -> str:
        names = [f"`{name}`" for name in self.columns]
        return ", ".join(names[:30]) + (f" and {len(names) - 30} more" if len(names) > 30 else "")


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name).casefold()
