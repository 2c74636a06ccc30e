"""What the plan relies on where Spark has ways of its own, held against the rules in plain Python."""

import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pytest

from leadline.engine.arithmetic import simple_lower, simple_upper
from leadline.engine.dialects import Spark, quoted
from leadline.engine.evaluate import compiled
from leadline.engine.render import read_as
from leadline.engine.spark.session import settled
from leadline.model import values
from leadline.model.expr import Kind, Like, Name, Type

pytestmark = pytest.mark.spark
DIALECT = Spark()
Ask = Callable[[str, Sequence[Any]], list[Any]]


@pytest.fixture(scope="module")
def ask(spark: Any) -> Ask:
    """What an expression over `x` gives for each of some values, in their order."""

    def answers(expression: str, given: Sequence[Any]) -> list[Any]:
        table = pa.table({"n": pa.array(range(len(given)), pa.int64()), "x": pa.array(given)})
        spark.createDataFrame(table).createOrReplaceTempView("asked")
        with settled(spark):
            rows = spark.sql(f"SELECT n, {expression} AS answer FROM asked").toArrow()
        return rows.sort_by("n").column("answer").to_pylist()

    return answers


NUMBERS = [
    "1", "-1.50", "+5", ".5", "1.", "-.5e2", "1e3", " 1 ", "\t7\r\n", "1e999", "-1e999", "1e-999", "1_000",
    "0x10", "1d", "1f", "1D", "1L", "Infinity", "-inf", "NaN", "nan", "1,5", "١", "1 000", "", " ", "--1",
    "1e", "e1", "9007199254740993", "0.1", "-0", "-0.0", "1e00001", "1e+00001", "\u00a01", "1\x00",
    "4.9e-324", "123456789012345678901234567890", "1.7976931348623157e308", "1.7976931348623159e308",
]  # fmt: skip

TIMES = [
    "2026-01-31", "2026-02-30", "2026-01-31T09:30", "2026-01-31 09:30:15", "2026-01-31T09:30:15Z",
    "2026-01-31T09:30:15 UTC", "2026-01-31T09:30:15.1Z", "2026-01-31T09:30:15.123456789+01:00",
    "2026-01-31T09:30:15.999999999Z", "2026-01-31T09:30+0530", "2026-01-31T09:30-11", "2026-01-31T24:00",
    "2026-01-31T09:60", "2026-01-31T09:30:60Z", "2026-01-31T09:30+15:00", "2026-01-31T09:30+14:59",
    "0001-01-01", "0001-01-01T00:00+00:01", "0001-01-01T00:00-00:01", "0000-12-31T23:00-05:00", "0000-01-01",
    "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59-00:01", "9999-12-31T23:59:59+00:01", "10000-01-01",
    "1582-10-10", "1900-02-29", "2000-02-29", "1969-12-31T23:59:59.999999Z", "now", "epoch", "today", "2026",
    "2026-01", "20260131", "31.01.2026", "1700000000", " 2026-01-31\n", "2026-01-31T", "2026-01-31T9:30", "",
    "2026-01-31T09:30:15,5Z", "2026-01-31t09:30z", "2026-01-31T09:30Europe/Berlin", "+2026-01-31",
    "-0001-01-01", "2026-03-29T02:30:00", "2026-01-31T09:30 +01:00", "2026-01-31 09:30:00.000001",
]  # fmt: skip

BOOLEANS = [
    "true",
    "TRUE",
    " Yes ",
    "1",
    "t",
    "y",
    "on",
    "false",
    "No",
    "0",
    "f",
    "off",
    "",
    "2",
    "TRUE\u00a0",
    "ﬁ",
    "YEſ",
]

TEXTS = [
    "plain", "it's", 'say "so"', "back\\slash", "\\", "\\'", "\\n", "line\nbreak", "tab\t", "\r\n", "\x00",
    "\x0012", "\x1a", "\x7f", "${x}", "${env:HOME}", "$", "{x}", "%", "_", "100%", "a_b", "--", "/* */", ";",
    "`", "é", "e\u0301", "漢字", "😀", "\u2028", "\\u0041", "r'x'", ":name", "?", "", " ", "ß", "ﬃ", "İ",
    "x" * 5000,
]  # fmt: skip


def test_numbers_read_as_the_rules_say(ask: Ask) -> None:
    found = ask(read_as("x", "text", Type.NUMBER, DIALECT), NUMBERS)
    assert found == [values.read_number(text) for text in NUMBERS]


def test_times_read_as_the_rules_say(ask: Ask) -> None:
    found = ask(read_as("x", "text", Type.TIME, DIALECT), TIMES)
    wrong = [(t, f) for t, f in zip(TIMES, found, strict=True) if f != values.read_time(t)]
    assert not wrong


def test_booleans_read_as_the_rules_say(ask: Ask) -> None:
    found = ask(read_as("x", "text", Type.BOOLEAN, DIALECT), BOOLEANS)
    wrong = [(t, f) for t, f in zip(BOOLEANS, found, strict=True) if f != values.read_boolean(t)]
    assert not wrong


def test_any_text_is_a_constant_that_means_itself(ask: Ask) -> None:
    constants = f"array({', '.join(quoted(text, DIALECT) for text in TEXTS)})"
    assert ask(constants, [0]) == [TEXTS]


def test_constants_are_inert_in_sessions_that_substitute_variables(spark: Any) -> None:
    assert spark.conf.get("spark.sql.variable.substitute") == "true"
    assert spark.sql(f"SELECT {quoted('${env:HOME}', DIALECT)} AS x").first()["x"] == "${env:HOME}"


def _is_known(letter: str) -> bool:
    """Whether this Python knows the letter; Spark may know a newer Unicode."""
    return unicodedata.category(letter) != "Cn"


@pytest.mark.parametrize("function", ["lower", "upper"])
def test_letters_fold_one_by_one(ask: Ask, function: str) -> None:
    letters = [chr(c) for c in range(0x20000) if not 0xD800 <= c < 0xE000]
    texts = ["".join(letters[i : i + 512]) for i in range(0, len(letters), 512)]
    found = ask(getattr(DIALECT, function)("x"), texts)
    fold = simple_lower if function == "lower" else simple_upper
    wrong = {
        letter: (spark, fold(letter))
        for text, folded in zip(texts, found, strict=True)
        for letter, spark in zip(text, folded, strict=True)
        if spark != fold(letter) and _is_known(letter) and _is_known(spark)
    }
    assert not wrong


def test_letters_fold_whatever_stands_beside_them(ask: Ask) -> None:
    texts = ["ΣΑΣ", "ΑΣ ΑΣ", "İstanbul", "I\u0307", "Straße", "ŉ", "ǅ", "ﬃ", "DŽ", "", "aB1", "😀É"]
    assert ask(DIALECT.lower("x"), texts) == [simple_lower(t) for t in texts]
    assert ask(DIALECT.upper("x"), texts) == [simple_upper(t) for t in texts]


PATTERNS = [
    "%a_c%",
    "a%",
    "%a",
    "_",
    "__",
    "%",
    "a\\%b%c",
    "\\_%x",
    "100%_",
    "!%#^~|%",
    "%\n%_",
    "😀_%",
    "a.c_",
    "(%_)",
    "[_]",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_like_has_no_escapes(ask: Ask, pattern: str) -> None:
    texts = [
        *TEXTS[:-1],
        "abc",
        "aXc",
        "a",
        "a\\%b-c",
        "a\\b",
        "\\_x",
        "\\ax",
        "100%1",
        "!#^~|",
        "\n1",
        "😀x",
        "a.cd",
        "(1)",
        "[1]",
    ]
    test = compiled(Like(Name("x", Kind.PROPERTY, Type.TEXT), pattern, fold=False))
    assert ask(DIALECT.like("x", pattern), texts) == [test({"x": text}, 0) for text in texts]


def test_patterns_match_whole_texts_only(ask: Ask) -> None:
    found = ask(
        DIALECT.matches("x", "[0-9]+"), ["12", "12\n", "\n12", "1a", "", "12\r", "12\u2028", "12\u0085"]
    )
    assert found == [True, False, False, False, False, False, False, False]


def test_texts_compare_byte_by_byte(spark: Any) -> None:
    texts = ["a", "B", "b", "Z", "", "é", "e\u0301", "\uffff", "😀", "ａ", "a ", "a\x00"]
    spark.createDataFrame([(t,) for t in texts], "x STRING").createOrReplaceTempView("texts")
    found = [row["x"] for row in spark.sql("SELECT x FROM texts ORDER BY x").collect()]
    assert found == sorted(texts, key=lambda t: t.encode())
    assert spark.sql("SELECT 'a' = 'A' AS fold, 'a' = 'a ' AS pad").first().asDict() == {
        "fold": False,
        "pad": False,
    }


def test_nulls_and_zeros_are_as_the_plan_expects(ask: Ask) -> None:
    assert ask("least(x, 5)", [None, 7]) == [5, 5]
    assert ask("greatest(x, 5)", [None, 7]) == [5, 7]
    assert ask("concat('a', x)", ["b", None]) == ["ab", None]
    assert ask("CASE WHEN x THEN 1 WHEN NOT x THEN 0 END", [True, False, None]) == [1, 0, None]
    assert ask("x = 0e0 AND NOT x < 0e0 AND x IN (0e0)", [-0.0]) == [True]
    assert ask("floor(x)", [-0.5, 0.5, 1e15 + 0.5]) == [-1, 0, 10**15]
    assert ask(DIALECT.divide_whole("x", 10), [9, 10, 0]) == [0, 1, 0]


def test_powers_of_two_are_those_of_python_but_for_the_last_bit(ask: Ask) -> None:
    """Java and C may differ in the last of 53 bits: a millionth of a nano for an everyday signal."""
    ages = [i / 97 for i in range(2000)]
    for age, found in zip(ages, ask("POWER(2.0e0, -(x))", ages), strict=True):
        assert found == pytest.approx(2.0**-age, rel=2.3e-16, abs=0)
    whole = [float(i) for i in range(1080)]
    assert ask("POWER(2.0e0, -(x))", whole) == [2.0**-age for age in whole]


def test_sums_are_exact_in_any_order(ask: Ask, spark: Any) -> None:
    numbers = [10**18 + i for i in range(30)]
    spark.createDataFrame([(n,) for n in numbers], "x BIGINT").createOrReplaceTempView("numbers")
    total = DIALECT.divide_whole(f"{DIALECT.exact_sum('x')} + 5", 10)
    assert spark.sql(f"SELECT {total} AS total FROM numbers").first()["total"] == (sum(numbers) + 5) // 10


def test_rows_are_numbered_with_nulls_where_they_are_asked_for(spark: Any) -> None:
    spark.createDataFrame([(2,), (None,), (1,)], "x INT").createOrReplaceTempView("rows")
    last = "SELECT x FROM (SELECT x, ROW_NUMBER() OVER (ORDER BY x NULLS LAST) AS n FROM rows) WHERE n = 3"
    newest = (
        "SELECT x FROM (SELECT x, ROW_NUMBER() OVER (ORDER BY x DESC NULLS LAST) AS n FROM rows) WHERE n = 3"
    )
    assert spark.sql(last).first()["x"] is None
    assert spark.sql(newest).first()["x"] is None


def test_what_is_guarded_does_not_raise(ask: Ask) -> None:
    assert ask("1e0 / (CASE WHEN x <> 0e0 THEN x END)", [0.0, -0.0, 2.0]) == [None, None, 0.5]
    finite = (
        "(CASE WHEN x * 1e300 BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 THEN x * 1e300 END)"
    )
    assert ask(finite, [1e300, 1.0, float("nan")]) == [None, 1e300, None]
