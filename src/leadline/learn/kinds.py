"""What kind of thing stands in a column of somebody's table, by its values and its name, and why so."""

from __future__ import annotations

import re
from dataclasses import dataclass

import duckdb

from leadline.engine.facts import loosely
from leadline.engine.facts import values_sql as sql
from leadline.engine.facts.columns import RawColumn
from leadline.engine.facts.finding import counted
from leadline.starter import guesses

KINDS = ("number", "yes/no", "time", "category", "text", "id", "constant", "empty", "personal")
SURE = 0.95  # the share of values that must read as a type for the column to be of it: the rest is dirt
UNIQUE = 0.95  # the share of values that are the only one of their kind, from which they name rows
FEW_ROWS = 20  # below, that all differ says nothing
FEW_LEVELS = 20
LONG_WORDS = 5.0  # words in a cell on average, from which it is a text to be read, not a value
_ID = re.compile(
    r"(^| )(id|ids|uuid|guid|key|number|no|nr|num|code|ref|reference|index|row|record|unnamed \d+)$"
)
_CODE = re.compile(r"(^| )(id|uuid|guid|key|code|zip|zipcode|postcode|agent|postal code|sku)$")
_MAIL = r"[^@ ]+@[^@ ]+[.][A-Za-z]{2,}"
_PHONE = r"[+]?[0-9(][0-9() ./-]{6,18}[0-9]"
_PHONE_NAME = re.compile(r"\b(phone|mobile|tel|telephone|fax|cell)\b")


@dataclass(frozen=True)
class Kind:
    """What a column is: one of :data:`KINDS`, the reason in words, and how its values are read.

    `value` is SQL over the raw table that gives the values: float64, boolean, microseconds or text.
    `unread` counts the cells that hold something which does not read so and is missing therefore,
    `stand_ins` those that hold only a word in place of an answer ("Select", "N/A").
    """

    column: RawColumn
    kind: str
    why: str
    value: str
    rows: int
    filled: int
    distinct: int
    unread: int = 0
    stand_ins: int = 0
    examples: tuple[str, ...] = ()  # of what stands in, or is not read
    loose: bool = False  # numbers or times written as a model does not read them
    day_first: bool = False


@dataclass(frozen=True)
class _Seen:
    """What was counted in a column; `filled` is without what only stands in for an answer."""

    filled: int
    stand_ins: int
    distinct: int
    longest: int
    words: float
    spaced: int
    numbers: int
    loose: int
    whole: int
    padded: int
    booleans: int
    times: int
    loose_times: int
    mails: int
    phones: int
    first: int
    second: int
    least: float | None
    most: float | None


def kind_of(con: duckdb.DuckDBPyConnection, relation: str, column: RawColumn, rows: int) -> Kind:
    """The kind of one column of `relation`, which has it under its `sql` name."""
    text = sql.as_text(column.sql, column.type)
    seen = _count(con, relation, text, column.type)
    made = _Maker(con, relation, column, text, rows, seen)
    if not seen.filled:
        return made("empty", "no row has a value" + (" but words in place of one" if seen.stand_ins else ""))
    if seen.distinct == 1 and seen.filled == rows:
        return made("constant", f"all {rows:,} rows have the same value")
    said = guesses.apart(column.name)
    return (
        _flag(made, column, seen)
        or _person(made, said, seen)
        or _times(made, column, seen)
        or _numbers(made, column, said, seen, rows)
        or _texts(made, said, seen)
    )


def _count(con: duckdb.DuckDBPyConnection, relation: str, text: str, type_: str) -> _Seen:
    if not sql.is_text(type_) and (sql.is_number(type_) or sql.is_time(type_)):
        return _count_typed(con, relation, text)
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE leadline_cells AS
        SELECT trim(v) AS v, n, {loosely.is_placeholder("v")} AS stands_in FROM (
            SELECT {text} AS v, count(*) AS n FROM {relation} GROUP BY 1) WHERE v IS NOT NULL
        """
    )
    stand_ins = _one(con, "SELECT coalesce(sum(n), 0) FROM leadline_cells WHERE stands_in")[0]
    plain = _one(
        con,
        f"""
        SELECT coalesce(sum(n), 0), count(v), coalesce(max(length(v)), 0),
            coalesce(sum(n * (1 + length(v) - length(replace(v, ' ', '')))) / sum(n), 0),
            {_sum("contains(v, ' ')")}, {_sum(sql.reads_as_number("v"))},
            {_sum("regexp_full_match(v, '-?[0-9]+')")}, {_sum("regexp_full_match(v, '0[0-9]+')")},
            {_sum(sql.reads_as_boolean("v"))}, {_sum(f"regexp_full_match(v, {sql.literal(sql.TIME)})")},
            {_sum(f"regexp_full_match(v, {sql.literal(_MAIL)})")},
            {_sum(f"regexp_full_match(v, {sql.literal(_PHONE)})")},
            min(TRY_CAST(v AS DOUBLE)), max(TRY_CAST(v AS DOUBLE))
        FROM leadline_cells WHERE NOT stands_in
        """,
    )
    filled, distinct, longest, words, spaced, numbers, whole, padded, booleans, times, mails, phones = plain[
        :12
    ]
    loose = loose_times = first = second = 0
    if max(numbers, times) < SURE * filled and longest <= 40:
        loose, loose_times, first, second = _one(
            con,
            f"""
            SELECT {_sum(f"({loosely.number('v')}) IS NOT NULL")}, {_sum(_either_time("v"))},
                {_sum(loosely.month_beyond("v", 1))}, {_sum(loosely.month_beyond("v", 2))}
            FROM leadline_cells WHERE NOT stands_in AND regexp_matches(v, '[0-9]')
            """,
        )
    return _Seen(
        filled, stand_ins, distinct, longest, words, spaced, numbers, max(loose, numbers), whole, padded,
        booleans, times, loose_times, mails, phones, first, second, *plain[12:],
    )  # fmt: skip


def _one(con: duckdb.DuckDBPyConnection, query: str) -> tuple:
    return con.execute(query).fetchall()[0]


def _count_typed(con: duckdb.DuckDBPyConnection, relation: str, text: str) -> _Seen:
    """Numbers and times of files that have types need not be read from text."""
    row = _one(
        con,
        f"""
        SELECT count(v), count(DISTINCT v), count(*) FILTER (regexp_full_match(v, '-?[0-9]+')),
            min(TRY_CAST(v AS DOUBLE)), max(TRY_CAST(v AS DOUBLE)),
            count(*) FILTER ({sql.reads_as_boolean("v")})
        FROM (SELECT {text} AS v FROM {relation})
        """,
    )
    n, distinct, whole, least, most, booleans = row
    return _Seen(n, 0, distinct, 20, 1.0, 0, n, n, whole, 0, booleans, n, n, 0, 0, 0, 0, least, most)


def _sum(condition: str) -> str:
    return f"coalesce(sum(n) FILTER ({condition}), 0)"


def _either_time(text: str) -> str:
    day_first = loosely.micros(text, loosely.Dates(day_first=True))
    return f"(({loosely.micros(text)}) IS NOT NULL OR ({day_first}) IS NOT NULL)"


@dataclass(frozen=True)
class _Maker:
    con: duckdb.DuckDBPyConnection
    relation: str
    column: RawColumn
    text: str
    rows: int
    seen: _Seen

    def __call__(
        self, kind: str, why: str, value: str | None = None, read: int | None = None, **more: bool
    ) -> Kind:
        unread = 0 if read is None else self.seen.filled - read
        value = value or loosely.said(self.text)
        return Kind(
            self.column, kind, why, value, self.rows, self.seen.filled - unread, self.seen.distinct,
            unread, self.seen.stand_ins, self._examples(value) if unread or self.seen.stand_ins else (),
            **more,
        )  # fmt: skip

    def _examples(self, value: str) -> tuple[str, ...]:
        found = self.con.execute(
            f"SELECT {self.text} AS v, count(*) AS n FROM {self.relation} "
            f"WHERE ({value}) IS NULL AND ({self.text}) IS NOT NULL GROUP BY v ORDER BY n DESC, v LIMIT 3"
        ).fetchall()
        return tuple(str(v)[:60] for v, _ in found)


def _flag(made: _Maker, column: RawColumn, seen: _Seen) -> Kind | None:
    if column.type == "BOOLEAN":
        return made("yes/no", "the table says so", column.sql)
    if seen.booleans == seen.filled and seen.distinct <= 6:
        return made("yes/no", "every value is yes or no", sql.is_true(loosely.said(made.text)))
    return None


def _person(made: _Maker, said: str, seen: _Seen) -> Kind | None:
    """Who somebody is and how to reach them: of no use for others, and nobody's business here."""
    if seen.mails >= SURE * seen.filled and seen.distinct > FEW_LEVELS // 4:
        return made("personal", "the values are e-mail addresses")
    many = seen.distinct > FEW_LEVELS or (seen.distinct > 0.5 * seen.filled and seen.filled >= 2)
    digits = seen.phones >= SURE * seen.filled and seen.distinct > UNIQUE * seen.filled / 2
    if digits and _PHONE_NAME.search(said):
        return made("personal", "the values are phone numbers")
    words = max(seen.numbers, seen.times, seen.loose_times) < SURE * seen.filled
    if many and words and guesses.is_personal(made.column.name):
        return made("personal", f"its name says whom or where: {seen.distinct:,} different values")
    return None


def _times(made: _Maker, column: RawColumn, seen: _Seen) -> Kind | None:
    if sql.is_time(column.type):
        return made("time", "the table says so", sql.micros_of_column(column.sql, column.type))
    if sql.is_number(column.type) or seen.numbers >= SURE * seen.filled:
        return None
    if seen.times >= SURE * seen.filled:
        return made(
            "time", _share(seen.times, seen.filled, "dates"), sql.micros_of_text(made.text), seen.times
        )
    if seen.loose_times < SURE * seen.filled:
        return None
    day_first = seen.first > seen.second
    order = "the day first" if day_first else "the month first"
    unclear = not (seen.first or seen.second) and seen.filled > 0
    why = _share(seen.loose_times, seen.filled, "dates") + f", read with {order} where both are numbers"
    value = loosely.micros(made.text, loosely.Dates(day_first))
    read = made.con.execute(f"SELECT count({value}) FROM {made.relation}").fetchall()
    why += " (no date tells which)" if unclear else ""
    return made("time", why, value, read[0][0], loose=True, day_first=day_first)


def _numbers(made: _Maker, column: RawColumn, said: str, seen: _Seen, rows: int) -> Kind | None:
    typed = sql.is_number(column.type)
    strict = seen.numbers >= SURE * seen.filled
    if not typed and not strict and seen.loose < SURE * seen.filled:
        return None
    if not typed and seen.padded:
        return None
    if seen.whole == seen.filled and seen.filled >= FEW_ROWS:
        if why := _names_rows(said, seen, rows):
            return made("id", why)
        if _CODE.search(said):
            return made("category", f"numbers that are codes, by its name: {seen.distinct:,} different")
    if typed:
        value = f"CASE WHEN isfinite(CAST({column.sql} AS DOUBLE)) THEN CAST({column.sql} AS DOUBLE) END"
        return made("number", "the table says so", value)
    if strict:
        trimmed = sql.trimmed(made.text)
        value = f"CASE WHEN {sql.reads_as_number(made.text)} THEN TRY_CAST({trimmed} AS DOUBLE) END"
        return made("number", _share(seen.numbers, seen.filled, "numbers"), value, seen.numbers)
    why = _share(seen.loose, seen.filled, "numbers") + ", some with signs of thousands, currency or percent"
    return made("number", why, loosely.number(made.text), seen.loose, loose=True)


def _names_rows(said: str, seen: _Seen, rows: int) -> str | None:
    if seen.distinct < UNIQUE * seen.filled:
        return None
    if _ID.search(said):
        return f"whole numbers, {seen.distinct:,} of {seen.filled:,} different, and by its name an id"
    if seen.least is None or seen.most is None or not seen.distinct == seen.filled == rows:
        return None
    if seen.most - seen.least + 1 == rows:
        return "it counts the rows"
    return None


def _texts(made: _Maker, said: str, seen: _Seen) -> Kind:
    different = f"{seen.distinct:,} different {'value' if seen.distinct == 1 else 'values'}"
    mostly_alone = seen.distinct > 0.5 * seen.filled and seen.filled >= FEW_ROWS
    if seen.words >= LONG_WORDS and seen.distinct > FEW_LEVELS:
        return made("text", f"{seen.words:.0f} words a cell on average, {different}")
    if mostly_alone and seen.spaced >= 0.5 * seen.filled and not _ID.search(said):
        return made("text", f"{different} in {seen.filled:,} cells, most of several words")
    if seen.distinct >= UNIQUE * seen.filled and seen.filled >= FEW_ROWS:
        return made("id", f"{different} in {counted(seen.filled, 'cell')}: it names rows")
    return made("category", different)


def _share(part: int, whole: int, noun: str) -> str:
    return f"all values are {noun}" if part == whole else f"{part:,} of {whole:,} values are {noun}"
