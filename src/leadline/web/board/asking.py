"""A question to the board as SQL: tables are joined as columns are asked for, values are parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from leadline.engine.dialects import DuckDB
from leadline.engine.render import Renderer, read_as
from leadline.model.expr import Expr, Kind, Name, Type, walk
from leadline.web.board.columns import FLAG, NUMBER, TEXT, TIME, Column, answer_name
from leadline.web.board.judging import Judging

_DIALECT = DuckDB()
_TYPES = {TEXT: Type.TEXT, NUMBER: Type.NUMBER, TIME: Type.TIME, FLAG: Type.BOOLEAN}


class Asking:
    """Collects what a question needs; `sql` writes it."""

    def __init__(self, judging: Judging | None, now: int, database: duckdb.DuckDBPyConnection):
        self.judging, self.now, self.database = judging, now, database
        self.values: dict[str, Any] = {}
        self._answers: dict[str, str] = {}
        self._tables: list[str] = []

    def value(self, value: Any) -> str:
        """A parameter."""
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f"${name}"

    def leads(self, leads: Sequence[int]) -> str:
        """A table of one column, `lead_id`, for many leads at once; gives its name."""
        name = f"chosen_{len(self._tables)}"
        self._tables.append(name)
        self.database.register(name, pa.table({"lead_id": pa.array(leads, pa.int64())}))
        return name

    def column(self, column: Column) -> str:
        """The SQL of a column's value."""
        if column.of == "lead":
            return {"owner": "l.owner_id"}.get(column.name, f"l.{column.name}")
        if column.of == "standing":
            return f"s.{column.name}"
        name = answer_name(column, self.judging)
        return (
            self._read(name, _TYPES[column.kind]) if column.of == "field" else f"{self._answer(name)}.value"
        )

    def condition(self, tree: Expr) -> str:
        """The SQL of a condition over fields, measures and criteria: true, false or null as it is."""
        columns = {n.name: self._named(n) for n in walk(tree) if isinstance(n, Name)}
        sql = Renderer(_DIALECT, columns, str(int(self.now)))(tree)
        return f"(s.lead_id IS NOT NULL AND {sql})"

    def _named(self, name: Name) -> str:
        if name.kind is Kind.MEASURE:
            return f"s.{name.name}"
        if name.kind is Kind.CRITERION:
            return self.column(Column("", "", TEXT, "criterion", name.name))
        return self._read(name.name, name.type)

    def _read(self, name: str, type_: Type) -> str:
        """A field's value as its type; numbers were read when the row was written."""
        answer = self._answer(name)
        return (
            f"{answer}.number"
            if type_ is Type.NUMBER
            else read_as(f"{answer}.value", "text", type_, _DIALECT)
        )

    def _answer(self, name: str) -> str:
        if name not in self._answers:
            self._answers[name] = f"a{len(self._answers)}"
        return self._answers[name]

    def sql(self, chosen: str, where: str, more: str = "") -> str:
        program = int(self.judging.program.id) if self.judging else 0
        of_program = f"(SELECT * FROM standings WHERE program_id = {program})"
        standing = f"LEFT JOIN {of_program} s ON s.lead_id = l.lead_id"
        answers = [
            "LEFT JOIN (SELECT lead_id, value, number FROM answers "
            f"WHERE name = {self._written(name)}) {alias} ON {alias}.lead_id = l.lead_id"
            for name, alias in self._answers.items()
        ]
        uses_standing = "s." in chosen + where + more
        joins = [*([standing] if uses_standing else []), *answers]
        return f"SELECT {chosen} FROM leads l {' '.join(joins)} WHERE {where or 'TRUE'} {more}"

    def _written(self, name: str) -> str:
        return _DIALECT.text(name)


Where = Callable[[Asking], str]
"""A filter: given the question, its SQL, true for the leads that it lets through."""


def everything(*wheres: Where) -> Where:
    """All of these at once."""
    return lambda asking: " AND ".join(f"({where(asking)})" for where in wheres) or "TRUE"


def parameters(asking: Asking, sql: str) -> Mapping[str, Any]:
    """The values that a statement names: DuckDB takes no others."""
    return {name: value for name, value in asking.values.items() if f"${name}" in sql}
