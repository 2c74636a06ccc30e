"""The rules of :mod:`leadline.model.values` as DuckDB expressions.

Each function takes SQL text that names a value and gives SQL text; a test holds them against the Python
functions of the same meaning.
"""

from __future__ import annotations

from leadline.model.values import (
    BLANK,
    EARLIEST,
    FALSE_WORDS,
    HOUR,
    LATEST,
    MINUTE,
    NUMBER,
    SECOND,
    TIME,
    TRUE_WORDS,
)

_INTEGERS = {
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT",
    "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT", "BIGNUM",
}  # fmt: skip
_FLOATS = {"FLOAT", "DOUBLE"}
_NESTED = ("STRUCT", "MAP", "UNION", "VARIANT")


def literal(text: str) -> str:
    """A text constant of SQL, whatever stands in it."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A quoted name of SQL, whatever stands in it."""
    return '"' + name.replace('"', '""') + '"'


def is_text(type_: str) -> bool:
    return type_ in ("VARCHAR", "JSON", '"NULL"') or type_.startswith("ENUM")


def is_number(type_: str) -> bool:
    return type_ in _INTEGERS or type_ in _FLOATS or type_.startswith("DECIMAL")


def is_time(type_: str) -> bool:
    return type_ == "DATE" or type_.startswith("TIMESTAMP")


def is_nested(type_: str) -> bool:
    return type_.startswith(_NESTED) or type_.endswith("]")


def trimmed(sql: str) -> str:
    return f"trim({sql}, {literal(BLANK)})"


def blank_to_null(sql: str) -> str:
    """The text, or null where nothing but blanks is in it; the first test spares most rows the trimming."""
    return f"CASE WHEN {sql} >= '!' OR {trimmed(sql)} <> '' THEN {sql} END"


def reads_as_number(sql: str) -> str:
    text = trimmed(sql)
    return f"(regexp_full_match({text}, {literal(NUMBER)}) AND isfinite(TRY_CAST({text} AS DOUBLE)))"


def reads_as_boolean(sql: str) -> str:
    return f"(lower({trimmed(sql)}) IN ({_listed(TRUE_WORDS + FALSE_WORDS)}))"


def is_true(sql: str) -> str:
    return f"(lower({trimmed(sql)}) IN ({_listed(TRUE_WORDS)}))"


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(literal(word) for word in words)


def micros_of_text(sql: str) -> str:
    """What `read_time` gives of a text: microseconds since 1970 UTC, or null."""
    text = trimmed(sql)

    def number(piece: str) -> str:
        return f"coalesce(TRY_CAST({piece} AS BIGINT), 0)"

    def zone(group: int) -> str:
        return f"regexp_extract(substr({text}, 17), '([+-])([0-9][0-9]):?([0-9][0-9])?$', {group})"

    second = f"CASE WHEN substr({text}, 17, 1) = ':' THEN substr({text}, 18, 2) END"
    fraction = f"rpad(left(regexp_extract({text}, '[.]([0-9]+)', 1), 6), 6, '0')"
    offset = f"({number(zone(2))} * {HOUR} + {number(zone(3))} * {MINUTE})"
    instant = (
        f"(epoch_us(TRY_CAST(left({text}, 10) AS DATE))"
        f" + {number(f'substr({text}, 12, 2)')} * {HOUR}"
        f" + {number(f'substr({text}, 15, 2)')} * {MINUTE}"
        f" + {number(second)} * {SECOND}"
        f" + CASE WHEN contains({text}, '.') THEN {number(fraction)} ELSE 0 END"
        f" - CASE WHEN {zone(1)} = '-' THEN -{offset} ELSE {offset} END)"
    )
    # DuckDB has a year 0, Python and ISO 8601 as people use it have not.
    readable = f"regexp_full_match({text}, {literal(TIME)}) AND NOT starts_with({text}, '0000')"
    return f"CASE WHEN {readable} THEN {in_range(instant)} END"


def in_range(micros: str) -> str:
    return f"CASE WHEN {micros} BETWEEN {EARLIEST} AND {LATEST} THEN {micros} END"


def micros_of_column(sql: str, type_: str, sure: bool = False) -> str:
    """Microseconds since 1970 UTC of a date or timestamp; a naive one is UTC, nanoseconds are cut off."""
    if type_ == "TIMESTAMP_NS":
        nanos = f"epoch_ns({sql})"
        instant = f"(({nanos} - (({nanos} % 1000) + 1000) % 1000) // 1000)"
    else:
        instant = f"epoch_us({sql})"
    return instant if sure else in_range(instant)


def micros(sql: str, type_: str) -> str:
    """Microseconds of any column: of text by the rules, of times as they are, of all else null."""
    if is_time(type_):
        return micros_of_column(sql, type_)
    return micros_of_text(f"CAST({sql} AS VARCHAR)") if is_text(type_) else "CAST(NULL AS BIGINT)"


def time_text(micros_sql: str) -> str:
    """ISO 8601 in UTC, as `values.time_text` writes it."""
    moment = f"make_timestamp({micros_sql})"
    whole = f"strftime({moment}, '%Y-%m-%dT%H:%M:%SZ')"
    exact = f"strftime({moment}, '%Y-%m-%dT%H:%M:%S.%fZ')"
    return f"CASE WHEN ({micros_sql}) % {SECOND} = 0 THEN {whole} ELSE {exact} END"


def as_text(sql: str, type_: str) -> str:
    """Any column as text: whole numbers without '.0', true and false, ISO 8601; blank is null."""
    if type_ == "VARCHAR":
        return blank_to_null(sql)
    if is_text(type_):
        return blank_to_null(f"CAST({sql} AS VARCHAR)")
    if type_ in _FLOATS:
        whole = f"{sql} = trunc({sql}) AND abs({sql}) < 1e15"
        written = f"WHEN {whole} THEN CAST(CAST({sql} AS BIGINT) AS VARCHAR) ELSE CAST({sql} AS VARCHAR)"
        return f"CASE WHEN isnan({sql}) THEN NULL {written} END"
    if type_.startswith("TIMESTAMP"):
        return time_text(micros_of_column(sql, type_))
    if is_nested(type_):
        return f"CAST(to_json({sql}) AS VARCHAR)"
    return f"CAST({sql} AS VARCHAR)"
