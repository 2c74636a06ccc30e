"""The events column `properties`: JSON text, a struct or a map, whose members are event properties."""

from __future__ import annotations

from leadline.engine.facts import values_sql as sql
from leadline.engine.facts.columns import Matcher, RawColumn
from leadline.engine.facts.errors import FactsError
from leadline.engine.facts.json_files import pointer


class Bag:
    """The column `properties`, where properties without a column of their own are looked for."""

    def __init__(self, matcher: Matcher):
        self.matcher = matcher
        self.column = matcher.find("properties")
        self.keys: list[str] = []

    @property
    def parses(self) -> bool:
        return bool(self.keys)

    def find(self, name: str, column: str | None) -> RawColumn | None:
        """A property from its column, else from the bag, else None."""
        mapped = self.matcher.mappings.source("events", name)
        if self.column is None or (mapped or column) in self.matcher.columns:
            return self.matcher.find(name, column)
        if mapped is None and column is None:
            found = self.matcher.find(name)
        else:
            found = self.matcher.find(name) if (mapped or "").startswith("'") else None
        return found or self._inside(mapped or column or name)

    def _inside(self, key: str) -> RawColumn | None:
        assert self.column is not None
        type_, cell = self.column.type, self.column.sql
        if type_.startswith("STRUCT"):
            return self._member(key)
        if type_.startswith("MAP("):
            value = type_.removeprefix("MAP(").removesuffix(")").split(", ", 1)[-1]
            return RawColumn(key, f"{cell}[{sql.literal(key)}]", value)
        if not sql.is_text(type_):
            raise FactsError(
                f"{self.matcher.label}: the column `{self.column.name}` is a {type_}, "
                "and properties are JSON text, a struct or a map"
            )
        if key not in self.keys:
            self.keys.append(key)
        return RawColumn(key, f"bag[{self.keys.index(key) + 1}]", "VARCHAR")

    def _member(self, key: str) -> RawColumn | None:
        assert self.column is not None
        types = dict(struct_members(self.column.type))
        if key not in types:
            return None
        return RawColumn(key, f"struct_extract({self.column.sql}, {sql.literal(key)})", types[key])

    def unpacked(self, source: str) -> str:
        """The source with the bag's texts beside it, each JSON text parsed once for all keys."""
        if not self.keys or self.column is None:
            return source
        paths = ", ".join(sql.literal(pointer(key)) for key in self.keys)
        cell = f"CAST({self.column.sql} AS VARCHAR)"
        bag = f"CASE WHEN json_valid({cell}) THEN json_extract_string({cell}, [{paths}]) END"
        return f"SELECT *, {bag} AS bag FROM ({source})"

    @property
    def bad(self) -> str:
        if not self.keys or self.column is None:
            return "CAST(NULL AS VARCHAR)"
        text = sql.as_text(self.column.sql, self.column.type)
        cell = f"CAST({self.column.sql} AS VARCHAR)"
        readable = f"CASE WHEN json_valid({cell}) THEN json_type({cell}) IN ('OBJECT', 'NULL') ELSE false END"
        return f"CASE WHEN NOT ({readable}) THEN {text} END"


def struct_members(type_: str) -> list[tuple[str, str]]:
    """Names and types of a struct, from the way DuckDB writes its type.

    >>> struct_members('STRUCT(a INTEGER, "b, c" STRUCT(d VARCHAR, e DECIMAL(5,2)))')
    [('a', 'INTEGER'), ('b, c', 'STRUCT(d VARCHAR, e DECIMAL(5,2))')]
    """
    members, depth, quoted, start = [], 0, False, 0
    inside = type_.removeprefix("STRUCT(").removesuffix(")")
    for i, sign in enumerate(inside + ","):
        quoted ^= sign == '"'
        depth += 0 if quoted else (sign == "(") - (sign == ")")
        if sign == "," and not depth and not quoted:
            members.append(_member(inside[start:i].strip()))
            start = i + 1
    return members


def _member(text: str) -> tuple[str, str]:
    if not text.startswith('"'):
        name, _, type_ = text.partition(" ")
        return name, type_
    end = text.replace('""', "\0\0").index('"', 1)
    return text[1:end].replace('""', '"'), text[end + 1 :].strip()
