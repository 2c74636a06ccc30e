"""How raw columns are read, as Spark SQL: the same rules as `engine.facts.values_sql`, for Spark's types.

Types are the names that a DataFrame gives them (`simpleString`). Each function takes and gives SQL.
"""

from __future__ import annotations

from leadline.engine.dialects import Spark, quoted, trimmed
from leadline.engine.render import read_as
from leadline.model.expr import Type
from leadline.model.values import EARLIEST, LATEST, SECOND

DIALECT = Spark()
NO_TEXT, NO_NUMBER, NO_TIME = "CAST(NULL AS STRING)", "CAST(NULL AS DOUBLE)", "CAST(NULL AS BIGINT)"
_INTEGERS = ("tinyint", "smallint", "int", "bigint")
_FLOATS = ("float", "double")
_NESTED = ("struct<", "map<", "array<", "variant")


def literal(text: str) -> str:
    return quoted(text, DIALECT)


def is_text(type_: str) -> bool:
    return type_.startswith(("string", "varchar", "char"))


def is_number(type_: str) -> bool:
    return type_ in _INTEGERS or type_ in _FLOATS or type_.startswith("decimal")


def is_time(type_: str) -> bool:
    return type_ in ("date", "timestamp", "timestamp_ntz")


def plain(sql: str, type_: str) -> str:
    """A text that compares byte by byte, whatever collation its column has."""
    if type_ == "string":
        return sql
    return f"CAST({sql} AS STRING COLLATE UTF8_BINARY)" if "collate" in type_ else f"CAST({sql} AS STRING)"


def blank_to_null(sql: str) -> str:
    return f"CASE WHEN {sql} >= '!' OR {trimmed(sql, DIALECT)} <> '' THEN {sql} END"


def as_text(sql: str, type_: str) -> str:
    """Any column as text: whole numbers without '.0', true and false, ISO 8601; blank is null."""
    if is_text(type_):
        return blank_to_null(plain(sql, type_))
    if type_ in _FLOATS:
        whole = f"{sql} = floor({sql}) AND abs({sql}) < 1e15"
        written = f"WHEN {whole} THEN CAST(CAST({sql} AS BIGINT) AS STRING) ELSE CAST({sql} AS STRING)"
        return f"CASE WHEN isnan({sql}) THEN NULL {written} END"
    if type_.startswith("timestamp"):
        return time_text(sql, type_)
    if type_.startswith(_NESTED):
        return f"to_json({sql})"
    return f"CAST({sql} AS STRING)"


def time_text(sql: str, type_: str) -> str:
    moment = f"TRY_CAST({sql} AS TIMESTAMP)"
    whole = f"date_format({moment}, \"yyyy-MM-dd'T'HH:mm:ss'Z'\")"
    exact = f"date_format({moment}, \"yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'\")"
    return f"CASE WHEN {micros(sql, type_)} % {SECOND} = 0 THEN {whole} ELSE {exact} END"


def micros(sql: str, type_: str) -> str:
    """Microseconds since 1970 UTC: of text by the rules, of dates and timestamps as they are (naive ones
    are UTC), of all else null.
    """
    if is_time(type_):
        instant = f"unix_micros(TRY_CAST({sql} AS TIMESTAMP))"
        return f"CASE WHEN {instant} BETWEEN {EARLIEST} AND {LATEST} THEN {instant} END"
    return read_as(plain(sql, type_), "text", Type.TIME, DIALECT) if is_text(type_) else NO_TIME


def boolean(text: str) -> str:
    return read_as(text, "text", Type.BOOLEAN, DIALECT)


def number(text: str) -> str:
    return read_as(text, "text", Type.NUMBER, DIALECT)


def cell(sql: str, type_: str, declared: Type) -> tuple[str, str]:
    """A value as it is stored, and the kind of that: its own type where it is the declared one, else text."""
    if declared is Type.NUMBER and is_number(type_):
        return f"CAST({sql} AS DOUBLE)", "number"
    if declared is Type.BOOLEAN and type_ == "boolean":
        return sql, "boolean"
    if declared is Type.TIME and is_time(type_):
        return micros(sql, type_), "time"
    return as_text(sql, type_), "text"
