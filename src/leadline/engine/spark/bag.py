"""The column `properties`, where properties without a column of their own are looked for."""

from __future__ import annotations

from leadline.engine.facts.columns import RawColumn
from leadline.engine.facts.errors import FactsError
from leadline.engine.spark import values_sql as sql

_AS_ELSEWHERE = "map('allowSingleQuotes', 'false', 'mode', 'PERMISSIVE')"  # as DuckDB reads JSON


class Bag:
    """JSON text, a struct or a map."""

    def __init__(self, label: str, column: RawColumn | None):
        self.column = column
        self._read = False
        type_ = column.type if column else ""
        if column and not (sql.is_text(type_) or type_.startswith(("struct<", "map<string"))):
            raise FactsError(
                f"{label}: the column `properties` is a {type_}, "
                "and properties are JSON text, a struct or a map"
            )

    @property
    def given(self) -> bool:
        return self.column is not None

    def find(self, key: str) -> RawColumn | None:
        """A property of the bag; of a struct None where it has no such member."""
        if self.column is None:
            return None
        type_, cell = self.column.type, self.column.sql
        if type_.startswith("struct<"):
            members = dict(_members(type_))
            name = "`" + key.replace("`", "``") + "`"
            return RawColumn(key, f"{cell}.{name}", members[key]) if key in members else None
        self._read |= sql.is_text(type_)
        values = type_.removeprefix("map<string,").removesuffix(">") if type_.startswith("map<") else "string"
        bag = cell if type_.startswith("map<") else "bag"
        return RawColumn(key, f"try_element_at({bag}, {sql.literal(key)})", values)

    @property
    def unpacked(self) -> str:
        """Each JSON text parsed once for all keys; empty where there is nothing to parse."""
        if not self._read or self.column is None:
            return ""
        text = sql.plain(self.column.sql, self.column.type)
        return f"from_json({text}, 'MAP<STRING, STRING>', {_AS_ELSEWHERE})"

    @property
    def bad(self) -> str:
        if not self._read or self.column is None:
            return sql.NO_TEXT
        text = sql.as_text(self.column.sql, self.column.type)
        return f"CASE WHEN bag IS NULL AND trim({text}) <> 'null' THEN {text} END"


def _members(type_: str) -> list[tuple[str, str]]:
    """Names and types of a struct's members.

    >>> _members("struct<a:int,b:struct<c:map<string,int>,d:string>>")
    [('a', 'int'), ('b', 'struct<c:map<string,int>,d:string>')]
    """
    members, depth, start = [], 0, 0
    inside = type_.removeprefix("struct<").removesuffix(">")
    for i, sign in enumerate(inside + ","):
        depth += (sign in "<(") - (sign in ">)")
        if sign == "," and not depth:
            name, _, member = inside[start:i].partition(":")
            members.append((name, member))
            start = i + 1
    return members
