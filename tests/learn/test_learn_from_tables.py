"""A table with an outcome becomes examples: what each column is, which rows count, what is unreadable."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from leadline.engine.facts import FactsError
from leadline.engine.features import table_features
from leadline.learn.plain import Plain, examples_from_table
from leadline.model.expr import Type
from leadline.model.values import DAY, micros_of

DRAW = np.random.default_rng(7)
N = 60
WON = ["yes" if i % 3 == 0 else "no" for i in range(N)]


def table(**columns: list) -> pa.Table:
    return pa.table({"won": WON, **columns})


def learned(**columns: list) -> Plain:
    return examples_from_table(table(**columns), outcome="won")


def use(plain: Plain, column: str):
    return next(c for c in plain.columns if c.column == column)


def said(plain: Plain) -> str:
    return " ".join(f.message for f in plain.findings)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([str(i % 9) for i in range(N)], "number"),
        ([f"{1000 + i % 9:,}.50" for i in range(N)], "number"),
        ([f"{i % 9} %" for i in range(N)], "number"),
        ([f"€ {i % 9}" for i in range(N)], "number"),
        ([f"1.23{i % 9},50" for i in range(N)], "number"),
        (["Yes" if i % 2 else "No" for i in range(N)], "yes/no"),
        ([f"2026-01-{1 + i % 28:02d}" for i in range(N)], "time"),
        ([f"{1 + i % 28}.{1 + i % 12}.2026" for i in range(N)], "time"),
        (["red" if i % 2 else "blue" for i in range(N)], "category"),
        ([f"0{i % 9}10" for i in range(N)], "category"),
        ([f"we want to have {i} chairs for the office" for i in range(N)], "text"),
        ([f"a-{i * 7919 % 1000}" for i in range(N)], "id"),
        (["same"] * N, "constant"),
        ([None] * N, "empty"),
        (["Select"] * N, "empty"),
        ([f"ana{i}@example.org" for i in range(N)], "personal"),
    ],
)
def test_what_a_column_is_is_guessed_from_its_values(cells, kind):
    assert use(learned(thing=cells), "thing").kind == kind


def test_numbers_that_count_rows_are_ids_and_others_are_not():
    plain = learned(
        **{"Lead Number": [1000 + i for i in range(N)], "Income": [1000 + 17 * i for i in range(N)]}
    )
    assert use(plain, "Lead Number").kind == "id"
    assert use(plain, "Income").learned


def test_a_phone_number_and_a_name_are_left_out():
    plain = learned(
        **{
            "Phone": [f"+49 170 55{i:04d}" for i in range(N)],
            "Full name": [f"Ana {i} Ruiz" for i in range(N)],
        }
    )
    assert [use(plain, c).kind for c in ("Phone", "Full name")] == ["personal", "personal"]


def test_numbers_with_signs_are_read():
    plain = learned(price=[f"€ 1,{i:03d}.50" for i in range(N)])
    assert plain.examples.features["price"].to_pylist()[:2] == [1000.5, 1001.5]
    assert "signs of thousands" in said(plain)


def test_what_stands_in_for_an_answer_is_missing_and_said():
    plain = learned(city=["Select" if i % 4 == 0 else "Rome" if i % 2 else "Oslo" for i in range(N)])
    assert plain.examples.features["city"].null_count == 15
    assert "`Select` in 15 rows is taken as not answered" in said(plain)


def test_what_does_not_read_is_counted():
    plain = learned(size=["many" if i == 5 else str(i % 11) for i in range(N)])
    assert "`size`: 1 value could not be read as number" in said(plain)
    assert plain.examples.features["size"].null_count == 1


def test_odd_names_get_plain_identifiers():
    names = ["Größe $", "a b", "a  b", "in", "fit", "日本", "x'y\"z"]
    plain = learned(**{n: [str(i % 5 + k) for i in range(N)] for k, n in enumerate(names)})
    assert len({i.name for i in plain.examples.inputs}) == len(names)
    assert all(i.name.isidentifier() and i.name.isascii() for i in plain.examples.inputs)
    assert {f.column for f in plain.examples.fields} == set(names)


def test_words_of_a_text_become_inputs_without_a_look_at_the_outcome():
    texts = [f"please call me about {'chairs' if i % 2 else 'tables'} number {i}" for i in range(N)]
    one, other = (
        learned(wish=texts),
        examples_from_table(pa.table({"won": WON[::-1], "wish": texts}), outcome="won"),
    )
    assert "contains(lower(wish), 'chairs')" in {i.expr for i in one.examples.inputs}
    assert one.examples.inputs == other.examples.inputs


def test_learning_and_scoring_read_the_same():
    source = table(
        size=[str(i % 7) if i % 5 else None for i in range(N)],
        city=["Rome" if i % 2 else None for i in range(N)],
        agrees=["Yes" if i % 3 else "no" for i in range(N)],
        wish=[f"we would like {'chairs' if i % 2 else 'a big table'} until day {i}" for i in range(N)],
    )
    examples = examples_from_table(source, outcome="won").examples
    scored = table_features(examples.fields, examples.inputs, source)
    assert scored.to_pydict() == examples.features.to_pydict()


# --- the outcome -------------------------------------------------------------------------------------------


def outcome(values: list, **more) -> Plain:
    return examples_from_table(
        pa.table({"end": values, "size": list(range(len(values)))}), outcome="end", **more
    )


def test_open_deals_are_left_out_and_counted():
    plain = outcome(["Won", "Lost", "Engaging", "Won", None, "in progress"])
    assert plain.examples.won.tolist() == [True, False, True]
    assert sum(plain.examples.left_out.values()) == 3


@pytest.mark.parametrize(
    "values",
    [
        ["Won", "Lost"],
        ["1", "0"],
        [True, False],
        [1, 0],
        [1.0, 0.0],
        ["TRUE", "false"],
        ["Closed Won", "Closed - Lost"],
        ["converted", "not converted"],
    ],
)
def test_common_words_are_understood(values):
    assert outcome(values * 5).examples.won.tolist() == [True, False] * 5


def test_an_unclear_outcome_lists_what_was_seen():
    with pytest.raises(FactsError, match=r"`green` \(2\), `red` \(1\)"):
        outcome(["green", "red", "green"])
    assert outcome(["green", "red", "green"], won="Green").examples.won.tolist() == [True, False, True]
    with pytest.raises(FactsError, match="no row has 'blue'"):
        outcome(["green", "red"], won="blue")


@pytest.mark.parametrize("values", [["Won"] * 4, ["0"] * 4, ["Won", "open", "open"], [None] * 3, ["no"]])
def test_one_outcome_alone_is_an_error(values):
    with pytest.raises(FactsError):
        outcome(values)


def test_an_outcome_with_many_values_is_none():
    with pytest.raises(FactsError, match="2,000 different values"):
        outcome([f"v{i}" for i in range(2000)])


# --- time --------------------------------------------------------------------------------------------------


def moments(days: list, won: list, **more) -> Plain:
    at = [None if d is None else datetime.fromtimestamp(d * 86400, UTC) for d in days]
    source = pa.table({"at": at, "won": won, "size": list(range(len(won)))})
    return examples_from_table(source, outcome="won", time="at", **more)


def test_leads_whose_horizon_is_still_open_are_left_out():
    plain = moments(
        [1, 2, 50, 95, None, 120], ["yes", "no", "no", "yes", "no", "no"], horizon=30 * DAY, until=100 * DAY
    )
    assert plain.examples.won.tolist() == [True, False, False]
    assert dict(plain.examples.left_out) == {"no moment": 1, "in the future": 1, "horizon still open": 1}


def test_a_date_as_outcome_means_won_on_that_day():
    day = [f"2026-01-{d:02d}" for d in (1, 1, 1, 1)]
    won = ["2026-01-10", None, "2026-03-30", "2025-12-30"]
    source = pa.table({"first": day, "won_on": won, "size": [1, 2, 3, 4]})
    plain = examples_from_table(
        source,
        outcome="won_on",
        time="first",
        horizon=30 * DAY,
        until=micros_of(datetime(2026, 4, 1, tzinfo=UTC)),
    )
    assert plain.examples.won.tolist() == [True, False, False]
    assert plain.examples.left_out["won before its moment"] == 1


def test_dates_become_days_before_the_moment_and_without_one_are_not_learned_from():
    source = table(
        at=[f"2026-03-{1 + i % 28:02d}" for i in range(N)],
        since=[f"2026-01-{1 + i % 28:02d}" for i in range(N)],
    )
    plain = examples_from_table(source, outcome="won", time="at")
    (given,) = plain.examples.inputs
    assert (given.expr, given.type) == ("days_since(since)", Type.NUMBER)
    assert set(plain.examples.features["since"].to_pylist()) == {59.0}
    assert not use(examples_from_table(source, outcome="won"), "since").learned


# --- hostile input -----------------------------------------------------------------------------------------


def test_doubled_rows_are_said():
    assert "the same as another in every column" in said(learned(size=[i % 4 for i in range(N)]))


def test_ten_thousand_levels_and_five_hundred_columns_are_read():
    rows = 12_000
    source = pa.table({
        "won": ["yes" if i % 3 else "no" for i in range(rows)],
        "city": [f"c{i * 7 % 10_000}" for i in range(rows)],
    })  # fmt: skip
    assert use(examples_from_table(source, outcome="won"), "city").kind == "category"
    wide = table(**{f"q{i}": [(i + k) % 5 for k in range(N)] for i in range(500)})
    assert len(examples_from_table(wide, outcome="won").examples.inputs) == 500


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "empty"),
        ("won,size\n", "no rows"),
        ("won,size\nyes,1\n", "won and lost"),
        ("won,size,size\nyes,1,2\nno,1,2\n", "twice"),
        ("size\n1\n", "no column `won`"),
    ],
)
def test_a_file_that_cannot_be_learned_from_says_why(tmp_path: Path, text, told):
    file = tmp_path / "leads.csv"
    file.write_text(text)
    with pytest.raises(FactsError, match=told):
        examples_from_table(file, outcome="won")


def test_broken_rows_of_a_file_are_findings(tmp_path: Path):
    file = tmp_path / "leads.csv"
    file.write_bytes(b"won,size\n" + b"yes,1\nno,2\n" * 20 + b"yes,3,4,5\n" + b"no,\x00 7\n")
    plain = examples_from_table(file, outcome="won")
    assert len(plain.examples) >= 40
    assert "could not be read" in said(plain)


@pytest.mark.parametrize("kind", ["pandas", "polars", "rows", "csv", "jsonl", "parquet", "xlsx"])
def test_every_kind_of_source_gives_the_same_examples(tmp_path: Path, kind):
    given = table(size=[i % 7 for i in range(N)], city=["Rome" if i % 2 else "Oslo" for i in range(N)])
    sources = {
        "pandas": lambda: given.to_pandas(),
        "polars": lambda: pytest.importorskip("polars").from_arrow(given),
        "rows": lambda: given.to_pylist(),
        "csv": lambda: _written(tmp_path / "a.csv", lambda f: given.to_pandas().to_csv(f, index=False)),
        "jsonl": lambda: _written(
            tmp_path / "a.jsonl", lambda f: given.to_pandas().to_json(f, orient="records", lines=True)
        ),
        "parquet": lambda: _written(tmp_path / "a.parquet", lambda f: given.to_pandas().to_parquet(f)),
        "xlsx": lambda: _written(tmp_path / "a.xlsx", lambda f: _workbook(given, f)),
    }
    plain = examples_from_table(sources[kind](), outcome="won")
    assert plain.examples.features["size"].to_pylist() == [float(i % 7) for i in range(N)]
    assert plain.examples.won.tolist() == [w == "yes" for w in WON]


def _written(path: Path, write) -> Path:
    write(path)
    return path


def _workbook(given: pa.Table, path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(given.column_names)
    for row in given.to_pylist():
        book.active.append(list(row.values()))
    book.save(path)
