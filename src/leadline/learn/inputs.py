"""The inputs that a table's columns give, and their values."""

from __future__ import annotations

import re

import duckdb
import pyarrow as pa

from leadline.engine.facts import values_sql as sql
from leadline.learn.kinds import Kind
from leadline.model.expr import Type, quote
from leadline.model.predictor import Input
from leadline.model.shape import Field
from leadline.model.values import DAY
from leadline.starter.people import field_name

WORDS = 40  # of a text that are looked for at most
LEAST_ROWS = 10  # that a word must stand in
LEAST_SHARE = 0.01
_TYPES = {"number": Type.NUMBER, "yes/no": Type.BOOLEAN, "time": Type.TIME, "text": Type.TEXT}
_ARROW = {Type.NUMBER: pa.float64(), Type.BOOLEAN: pa.bool_(), Type.TIME: pa.int64(), Type.TEXT: pa.string()}
_EMPTY_WORDS = frozenset(
    re.findall(
        r"\w+",
        "the and for with that this from have has are was were will been you your our their they them his "
        "him her its not but all any can had who what when where which would about into more than then "
        "there these those some such only und der die das mit von für ein "
        "eine ist les des une pour dans est que los las por con para uma",
    )
)


class Inputs:
    """Inputs as they are added, column by column, over one relation with a `leadline_row` to go by."""

    def __init__(self, con: duckdb.DuckDBPyConnection, relation: str, at: str | None):
        self._con, self._relation, self._at = con, relation, at
        self.fields: list[Field] = []
        self.inputs: list[Input] = []
        self._values: list[str] = []
        self._taken: set[str] = set()

    def add(self, kind: Kind) -> tuple[str, ...]:
        """The names of the inputs that a column gives."""
        name, column = field_name(kind.column.name, self._taken), kind.column.name
        self._taken.add(name)
        type_ = _TYPES.get(kind.kind, Type.TEXT)
        label = column.strip()[:200] or name
        before = len(self.inputs)
        if kind.kind == "time":
            days = f"(leadline_at - ({kind.value})) / {float(DAY)}"
            self._put(name, Type.NUMBER, f"days since {label}", f"days_since({name})", days)
        elif kind.kind == "text":
            self._words(kind, name, label)
        else:
            self._put(name, type_, label, name, kind.value)
        if len(self.inputs) > before:
            self.fields.append(Field(name, type_, label=label, column=column))
        return tuple(i.name for i in self.inputs[before:])

    def _words(self, kind: Kind, name: str, label: str) -> None:
        lower = f"lower({kind.value})"
        words = frequent_words(self._con, self._relation, kind.value, kind.filled)
        for word in words:
            own = field_name(f"{name[:60]} has {word}", self._taken)
            self._taken.add(own)
            expr = f"contains(lower({name}), {quote(word)})"
            value = f"contains({lower}, {sql.literal(word)})"
            self._put(own, Type.BOOLEAN, f"{label}: “{word}”", expr, value)

    def _put(self, name: str, type_: Type, label: str, expr: str, value: str) -> None:
        self.inputs.append(Input(name, type_, label, expr))
        self._values.append(f"({value}) AS {sql.identifier(name)}")

    def table(self) -> pa.Table:
        """The values of all inputs, in the order of the rows."""
        if not self.inputs:
            rows = self._con.execute(f"SELECT count(*) FROM {self._relation}").fetchall()
            return pa.table({"": pa.nulls(rows[0][0])}).select([])
        query = f"SELECT {', '.join(self._values)} FROM {self._relation} ORDER BY leadline_row"
        found = self._con.sql(query).to_arrow_table()
        return found.cast(pa.schema([(i.name, _ARROW[i.type]) for i in self.inputs]))


def frequent_words(con: duckdb.DuckDBPyConnection, relation: str, value: str, filled: int) -> list[str]:
    """The words that stand in most cells of a text, though not in nearly all; no outcome is looked at."""
    least = max(LEAST_ROWS, LEAST_SHARE * filled)
    found = con.execute(
        f"""
        SELECT word, count(*) AS n FROM (
            SELECT DISTINCT leadline_row, unnest(regexp_extract_all(lower({value}), '\\w{{3,30}}')) AS word
            FROM {relation} WHERE ({value}) IS NOT NULL)
        WHERE NOT regexp_full_match(word, '[0-9_]+') GROUP BY word
        HAVING n >= {least} AND n <= {0.95 * filled} ORDER BY n DESC, word LIMIT {3 * WORDS}
        """
    ).fetchall()
    words = [
        str(word)
        for word, _ in found
        if word not in _EMPTY_WORDS and not re.search("[\0\ud800-\udfff]", word)
    ]
    return words[:WORDS]
