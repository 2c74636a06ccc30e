"""What DuckDB reads of a text is what `leadline.model.values` reads of it."""

import string

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.engine.facts import values_sql as sql
from leadline.model.values import EARLIEST, LATEST, read_boolean, read_number, read_time, time_text

CON = duckdb.connect()


def in_duckdb(expression: str, values: list[object], type_: str = "VARCHAR") -> list[object]:
    rows = CON.execute(
        f"SELECT {expression} FROM (SELECT unnest(CAST(? AS {type_}[])) AS x)", [values]
    ).fetchall()
    return [value for (value,) in rows]


two = st.integers(0, 99).map("{:02d}".format)
dates = st.builds("{}-{}-{}".format, st.integers(0, 9999).map("{:04d}".format), two, two)
near_dates = st.dates().map(str)
fractions = st.text("0123456789", max_size=10).map(lambda digits: f".{digits}")
clocks = st.builds(
    "{}:{}{}{}".format,
    two,
    two,
    st.one_of(st.just(""), two.map(":{}".format)),
    st.one_of(st.just(""), fractions),
)
zones = st.one_of(
    st.sampled_from(
        ["", "Z", " UTC", "z", "UTC", "+1", "+01", " +01:00", "-14:59", "+15:00", "+0530", "-00:30"]
    ),
    st.builds("{}{}{}{}".format, st.sampled_from("+-"), two, st.sampled_from([":", ""]), two),
)
times = st.builds(
    "{}{}{}{}{}{}".format,
    st.sampled_from(["", " ", "\t", "\n"]),
    st.one_of(dates, near_dates),
    st.sampled_from(["T", " ", "t", "  "]),
    clocks,
    zones,
    st.sampled_from(["", " ", "\r\n", "x"]),
)
written = st.one_of(times, dates, near_dates, st.text("0123456789-:T Z.+", max_size=30), st.text(max_size=8))
NO_SURROGATES = st.characters(exclude_categories=["Cs"])


@given(st.lists(written.filter(lambda text: text.isprintable() or text.isascii()), min_size=1, max_size=60))
def test_times_read_alike(texts: list[str]) -> None:
    assert in_duckdb(sql.micros_of_text("x"), texts) == [read_time(text) for text in texts]


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00+00:01", "0001-01-01", "9999-12-31T23:59:59.999999999Z",
        "9999-12-31T23:59:59-00:01",
        "0000-12-31T23:59:00-14:00", "2026-02-29", "2024-02-29", "1969-12-31T23:59:59.9999999",
        "2026-01-01T24:00",
        "2026-01-01T10:00:60", "2026-01-01 10:00 +05:30", "2026-01-01T10:00+05:", "20260101",
        "infinity", "epoch", "",
    ],
)  # fmt: skip
def test_odd_times_read_alike(text: str) -> None:
    assert in_duckdb(sql.micros_of_text("x"), [text]) == [read_time(text)]


numbers = st.one_of(
    st.text("0123456789+-.eE_ \t", max_size=14),
    st.floats().map(str),
    st.integers().map(str),
    st.sampled_from(["1e999", "-1e999", "nan", "inf", ".5", "5.", ".", "1e", "0x10", "١٢", "1,5", "1e-999"]),
)


@given(st.lists(numbers, min_size=1, max_size=60))
def test_numbers_read_alike(texts: list[str]) -> None:
    number = f"CASE WHEN {sql.reads_as_number('x')} THEN CAST({sql.trimmed('x')} AS DOUBLE) END"
    assert in_duckdb(number, texts) == [read_number(text) for text in texts]


@given(
    st.lists(
        st.one_of(st.sampled_from(["Yes", " NO ", "true", "1", "0 ", "ＹＥＳ", "y"]), st.text(NO_SURROGATES)),
        min_size=1,
    )
)
def test_booleans_read_alike(texts: list[str]) -> None:
    boolean = f"CASE WHEN {sql.reads_as_boolean('x')} THEN {sql.is_true('x')} END"
    assert in_duckdb(boolean, texts) == [read_boolean(text) for text in texts]


@given(st.lists(st.integers(EARLIEST, LATEST), min_size=1))
def test_times_are_written_alike(instants: list[int]) -> None:
    assert in_duckdb(sql.time_text("x"), instants, "BIGINT") == [time_text(instant) for instant in instants]


@given(st.lists(st.text(string.whitespace + "ab!", max_size=5), min_size=1))
def test_a_blank_text_is_none(texts: list[str]) -> None:
    assert in_duckdb(sql.blank_to_null("x"), texts) == [t if t.strip(" \t\r\n") else None for t in texts]


@pytest.mark.parametrize("nanos", [1, -1, 999, -999, 1000, -1000, 1001, -1001, 0])
def test_nanoseconds_are_cut_off_towards_the_past(nanos: int) -> None:
    cell = f"make_timestamp_ns({nanos})"
    ((micros,),) = CON.execute(f"SELECT {sql.micros_of_column(cell, 'TIMESTAMP_NS')}").fetchall()
    assert micros == nanos // 1000
