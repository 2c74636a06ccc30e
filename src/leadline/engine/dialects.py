"""What the SQL of two engines says differently: each difference has one name here and one text an engine.

Everything else in a plan is SQL that they share. A third engine starts with a class of this kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from sqlglot import exp

from leadline.model.values import BLANK, EARLIEST, LATEST, TIME


@dataclass(frozen=True)
class Branch:
    """A row to be had of each row for which `where` holds, with these values."""

    where: str
    values: tuple[str, ...]


class Dialect(Protocol):
    """How one engine says what the others say differently. Texts in, texts out: all are SQL."""

    name: str
    functions: ClassVar[dict[str, str]]  # those of the language that go by another name
    few_branches: int  # so many branches of a UNION are faster than one query that multiplies rows

    def text(self, value: str) -> str: ...

    def once(self, value: str, body: str) -> str: ...

    def lower(self, text: str) -> str: ...
    def upper(self, text: str) -> str: ...
    def matches(self, text: str, pattern: str) -> str: ...
    def micros(self, text: str) -> str: ...
    def divide_whole(self, number: str, by: int) -> str: ...
    def like(self, text: str, pattern: str) -> str: ...
    def exact_sum(self, number: str) -> str: ...
    def smallest(self, number: str, count: int) -> str: ...
    def first_few(self, numbers: str, count: str) -> str: ...
    def each(self, numbers: str) -> str: ...
    def known(self, numbers: Sequence[str]) -> str: ...
    def at(self, values: Sequence[str], place: str) -> str: ...
    def rows_where(
        self, source: str, keys: Sequence[str], names: Sequence[str], branches: Sequence[Branch]
    ) -> str: ...


LONG = 300  # characters of SQL


def using(value: str, body: Callable[[str], str], dialect: Dialect) -> str:
    """`body`, which names its value more than once, without the text doubling at each nesting."""
    return body(value) if len(value) <= LONG else dialect.once(value, body("v"))


def quoted(value: str, dialect: Dialect) -> str:
    """A text as a constant of an engine's SQL; the only way in which a user's text gets there."""
    return dialect.text(value)


class DuckDB:
    """DuckDB 2."""

    name = "duckdb"
    functions: ClassVar[dict[str, str]] = {}
    few_branches = 8

    def text(self, value: str) -> str:
        return exp.Literal.string(value).sql(dialect=self.name)

    def once(self, value: str, body: str) -> str:
        return f"list_transform([{value}], lambda v: {body})[1]"

    def lower(self, text: str) -> str:
        return using(text, lambda t: _keeping(_LOWER_STAYS, "lower", t, self), self)

    def upper(self, text: str) -> str:
        return using(text, lambda t: _keeping(_UPPER_STAYS, "upper", t, self), self)

    def matches(self, text: str, pattern: str) -> str:
        return f"regexp_full_match({text}, {quoted(pattern, self)})"

    def micros(self, text: str) -> str:
        plain = _plain_time(text, self)
        return _in_range(f"epoch_us(TRY_CAST({plain} AS TIMESTAMPTZ))")

    def divide_whole(self, number: str, by: int) -> str:
        return f"CAST(({number}) // {by} AS BIGINT)"

    def like(self, text: str, pattern: str) -> str:
        return f"({text} LIKE {quoted(pattern, self)})"

    def exact_sum(self, number: str) -> str:
        return f"SUM({number})"  # of BIGINT it is a HUGEINT

    def smallest(self, number: str, count: int) -> str:
        return f"MIN({number}, {count})"

    def first_few(self, numbers: str, count: str) -> str:
        return f"({numbers})[1:{count}]"

    def each(self, numbers: str) -> str:
        return f"unnest({numbers})"

    def known(self, numbers: Sequence[str]) -> str:
        return f"list_filter([{', '.join(numbers)}], lambda v: v IS NOT NULL)"

    def at(self, values: Sequence[str], place: str) -> str:
        return f"list_extract([{', '.join(values)}], {place})"

    def rows_where(
        self, source: str, keys: Sequence[str], names: Sequence[str], branches: Sequence[Branch]
    ) -> str:
        return " UNION ALL ".join(
            f"SELECT {', '.join([*keys, *(f'{v} AS {n}' for n, v in zip(names, b.values, strict=True))])} "
            f"FROM {source} WHERE {b.where}"
            for b in branches
        )


class Spark:
    """Spark 4, with ANSI mode on and the session's time zone UTC."""

    name = "spark"
    functions: ClassVar[dict[str, str]] = {"starts_with": "startswith", "ends_with": "endswith"}
    few_branches = 1  # each is planned, compiled and shuffled by itself

    def text(self, value: str) -> str:
        """Whatever means something inside a constant goes by its number: Spark looks up '${env:HOME}'."""
        return "'" + re.sub(r"[\\'$\x00-\x1f\x7f]", lambda c: f"\\u{ord(c[0]):04x}", value) + "'"

    def once(self, value: str, body: str) -> str:
        return f"element_at(transform(array({value}), v -> {body}), 1)"

    def lower(self, text: str) -> str:
        return using(text, lambda t: self._each(t, "lower"), self)

    def upper(self, text: str) -> str:
        return using(text, lambda t: self._each(t, "upper"), self)

    def _each(self, text: str, function: str) -> str:
        """One code point at a time, so that no neighbour (a final sigma) and no widening (ß) matters."""
        one = f"CASE WHEN length({function}(c)) = 1 THEN {function}(c) ELSE c END"
        slow = f"array_join(transform(split({text}, ''), c -> {one}), '')"
        return f"(CASE WHEN octet_length({text}) = length({text}) THEN {function}({text}) ELSE {slow} END)"

    def matches(self, text: str, pattern: str) -> str:
        whole = f"^(?:{pattern})\\z"  # Java's $ holds before a line's end too
        return f"({text} RLIKE {quoted(whole, self)})"

    def micros(self, text: str) -> str:
        plain = self.once(text, _plain_time("v", self))  # written out, each text would stand there 40 times
        return self.once(f"unix_micros(TRY_CAST({plain} AS TIMESTAMP))", _in_range("v"))

    def divide_whole(self, number: str, by: int) -> str:
        return f"CAST(({number}) DIV {by} AS BIGINT)"

    def like(self, text: str, pattern: str) -> str:
        escape = next(c for c in "!#^~|\x01" if c not in pattern)  # Spark's own default is the backslash
        return f"({text} LIKE {quoted(pattern, self)} ESCAPE {quoted(escape, self)})"

    def exact_sum(self, number: str) -> str:
        return f"SUM(CAST({number} AS DECIMAL(38, 0)))"

    def smallest(self, number: str, count: int) -> str:
        return f"slice(sort_array(collect_list({number})), 1, {count})"

    def first_few(self, numbers: str, count: str) -> str:
        return f"slice({numbers}, 1, {count})"

    def each(self, numbers: str) -> str:
        return f"explode({numbers})"

    def known(self, numbers: Sequence[str]) -> str:
        return f"array_compact(array({', '.join(numbers)}))"

    def at(self, values: Sequence[str], place: str) -> str:
        return f"element_at(array({', '.join(values)}), {place})"

    def rows_where(
        self, source: str, keys: Sequence[str], names: Sequence[str], branches: Sequence[Branch]
    ) -> str:
        def struct(values: Sequence[str]) -> str:
            cells = ", ".join(f"'{name}', {value}" for name, value in zip(names, values, strict=True))
            return f"named_struct({cells})"

        # each branch of a union would be planned, compiled and run by itself
        each = ", ".join(f"CASE WHEN {b.where} THEN {struct(b.values)} END" for b in branches)
        rows = f"explode(array_compact(array({each})))"
        wanted = ", ".join([*keys, *(f"r.{name}" for name in names)])
        return f"SELECT {wanted} FROM (SELECT {', '.join(keys)}, {rows} AS r FROM {source}) AS e"


def trimmed(text: str, dialect: Dialect) -> str:
    """Without the blanks around it."""
    return f"TRIM(BOTH {quoted(BLANK, dialect)} FROM {text})"


def _plain_time(text: str, dialect: Dialect) -> str:
    """A text that matched TIME in the one form that both engines cast: seconds, six digits, an offset."""
    date = f"SUBSTRING({text}, 1, 10)"
    hour = f"CASE WHEN length({text}) > 10 THEN SUBSTRING({text}, 12, 5) ELSE '00:00' END"
    has_seconds = f"SUBSTRING({text}, 17, 1) = ':'"
    second = f"CASE WHEN {has_seconds} THEN SUBSTRING({text}, 17, 3) ELSE ':00' END"
    fraction = f"REGEXP_EXTRACT({text}, '[.]([0-9]{{1,6}})', 1)"
    dot = f"CASE WHEN {fraction} <> '' THEN concat('.', {fraction}) ELSE '' END"
    sign_hour = f"REGEXP_EXTRACT({text}, ':[0-9.]+ ?([+-][0-9][0-9]):?([0-5][0-9])?$', 1)"
    minute = f"REGEXP_EXTRACT({text}, ':[0-9.]+ ?([+-][0-9][0-9]):?([0-5][0-9])?$', 2)"
    zone_minute = f"CASE WHEN {minute} <> '' THEN {minute} ELSE '00' END"
    zone = f"CASE WHEN {sign_hour} <> '' THEN concat({sign_hour}, ':', {zone_minute}) ELSE '+00:00' END"
    whole = f"concat({date}, ' ', {hour}, {second}, {dot}, {zone})"
    # The engines have a year 0; Python, and ISO 8601 as people use it, have not.
    return f"CASE WHEN {dialect.matches(text, TIME)} AND {text} >= '0001' THEN {whole} END"


def _in_range(micros: str) -> str:
    return f"(CASE WHEN {micros} BETWEEN {EARLIEST} AND {LATEST} THEN {micros} END)"


# DuckDB folds these letters to one code point where Unicode's full mapping needs two; here they stay.
_LOWER_STAYS = "İ"
_UPPER_STAYS = "ßᾀᾁᾂᾃᾄᾅᾆᾇᾐᾑᾒᾓᾔᾕᾖᾗᾠᾡᾢᾣᾤᾥᾦᾧᾳῃῳ"
_ASIDE = "".join(chr(0xFDD0 + i) for i in range(32))  # code points that no text uses: Unicode's noncharacters


def _keeping(stays: str, function: str, text: str, dialect: Dialect) -> str:
    """Fold all but some letters: put them aside, fold, bring them back."""
    letters, aside = quoted(stays, dialect), quoted(_ASIDE[: len(stays)], dialect)
    slow = f"translate({function}(translate({text}, {letters}, {aside})), {aside}, {letters})"
    plain = f"strlen({text}) = length({text}) OR translate({text}, {letters}, '') = {text}"
    return f"(CASE WHEN {plain} THEN {function}({text}) ELSE {slow} END)"
