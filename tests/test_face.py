"""The Python face: what goes in, what comes out, and what it costs to import."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import leadline as ll

MODEL = ll.read_model("""
leadline: 1
name: Small
fields: {country: text}
fit: {rules: [{id: near, when: country = 'DE', points: 20}]}
intent: {signals: [{id: pricing, event: page, where: path = '/pricing', points: 10}]}
""")
LEADS = [{"lead_id": "ana", "country": "DE"}, {"lead_id": "ben", "country": "FR"}]
EVENTS = [
    {"event_id": "e1", "lead_id": "ana", "event": "page", "path": "/pricing", "occurred_at": "2026-01-17"}
]


def csv_file(rows: list[dict], folder: Path) -> Path:
    path = folder / f"{'events' if 'event' in rows[0] else 'leads'}.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


SHAPES = {
    "a list of dicts": lambda rows, _: rows,
    "pandas": lambda rows, _: pd.DataFrame(rows),
    "polars": lambda rows, _: pl.DataFrame(rows),
    "Arrow": lambda rows, _: pa.Table.from_pylist(rows),
    "a path": csv_file,
    "a path as text": lambda rows, folder: str(csv_file(rows, folder)),
    "a DuckDB relation": lambda rows, folder: duckdb.read_csv(str(csv_file(rows, folder))),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_facts_come_as_people_have_them(shape: str, tmp_path: Path) -> None:
    given = SHAPES[shape]
    result = ll.assess(
        MODEL, leads=given(LEADS, tmp_path), events=given(EVENTS, tmp_path), as_of="2026-01-31"
    )
    scores = result.assessments.select(["lead_id", "fit", "intent"]).to_pydict()
    assert scores == {"lead_id": ["ana", "ben"], "fit": [20.0, 0.0], "intent": [10.0, 0.0]}
    assert result.to_pandas().shape[0] == result.to_polars().height == len(result) == 2


@pytest.mark.parametrize(
    "as_of",
    ["2026-01-16", "2026-01-16T23:59:59+00:00", date(2026, 1, 16), datetime(2026, 1, 16, 12, tzinfo=UTC),
     datetime(2026, 1, 16, 12)],  # noqa: DTZ001 - naive is UTC
)  # fmt: skip
def test_an_instant_comes_as_people_have_it(as_of: object) -> None:
    result = ll.assess(MODEL, leads=LEADS, events=EVENTS, as_of=as_of)
    assert result.assessments.column("intent").to_pylist() == [0.0, 0.0]


POINTS = {"lead_id": ["ana", "ana"], "as_of": ["2026-01-16", "2026-01-18"]}
INSTANTS = [datetime(2026, 1, 16, tzinfo=UTC), datetime(2026, 1, 18, tzinfo=UTC)]


@pytest.mark.parametrize(
    "points",
    [
        list(zip(*POINTS.values(), strict=True)),
        [{"lead_id": lead, "as_of": at} for lead, at in zip(*POINTS.values(), strict=True)],
        pa.table(POINTS),
        pa.table({**POINTS, "as_of": pa.array(INSTANTS, pa.timestamp("ms"))}),
        pd.DataFrame({**POINTS, "as_of": pd.to_datetime(POINTS["as_of"])}),
        pd.DataFrame({**POINTS, "as_of": pd.to_datetime(INSTANTS).tz_convert("Asia/Tokyo")}),
        pl.DataFrame({**POINTS, "as_of": INSTANTS}),
        pl.DataFrame(POINTS),
    ],
    ids=[
        "pairs",
        "dicts",
        "arrow text",
        "arrow naive",
        "pandas naive",
        "pandas zone",
        "polars",
        "polars text",
    ],
)
def test_points_mix_instants(points: object) -> None:
    result = ll.assess(MODEL, leads=LEADS, events=EVENTS, points=points)
    assert result.assessments.column("intent").to_pylist() == [0.0, 10.0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"leads": LEADS}, "reads no clock"),
        ({"leads": LEADS, "as_of": "2026-01-31", "points": []}, "say when"),
        ({"as_of": "2026-01-31"}, "at least one of leads, traits and events"),
        ({"leads": LEADS, "as_of": "31.1.2026"}, "expected ISO 8601"),
        ({"leads": LEADS, "as_of": 5}, "expected ISO 8601"),
        ({"leads": LEADS, "points": [("ana",)]}, "list of pairs"),
        ({"leads": LEADS, "points": pa.table({"lead": ["ana"]})}, "no column `lead_id`"),
        ({"leads": LEADS, "points": pa.table({"lead_id": ["ana"], "as_of": [None]})}, "empty cells"),
        ({"leads": LEADS, "points": 7}, "expected a DataFrame"),
        ({"leads": LEADS, "as_of": "2026-01-31", "engine": "abacus"}, "duckdb, spark or reference"),
    ],
)
def test_an_error_says_what_was_expected(arguments: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        ll.assess(MODEL, **arguments)


def test_findings_come_along() -> None:
    result = ll.assess(MODEL, leads=[*LEADS, {"lead_id": None, "country": "DE"}], as_of="2026-01-31")
    assert "left_out" in [finding.kind for finding in result.findings]


def test_a_notebook_shows_a_short_table_and_nothing_runs_in_it() -> None:
    leads = [{"lead_id": f"<script>{i}", "country": "DE"} for i in range(30)]
    result = ll.assess(MODEL, leads=leads, as_of="2026-01-31")
    assert repr(result).startswith("30 assessments, the first 10; 30 ledger entries")
    assert len(repr(result).splitlines()) == 12
    assert "<script>" not in result._repr_html_()
    assert result._repr_html_().count("<tr>") == 11


def test_every_public_name_is_there_and_explained() -> None:
    for name in ll.__all__:
        assert name == "__version__" or getattr(ll, name).__doc__, name
    assert set(ll.__all__) <= set(dir(ll))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        ll.nothing  # noqa: B018


def test_importing_costs_nothing_heavy() -> None:
    heavy = ("duckdb", "pyarrow", "numpy", "sqlglot", "pandas", "polars", "pyspark", "rich", "typer")
    code = f"import sys, leadline; print([name for name in {heavy!r} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"[]\n"
