"""Half-lives, windows and caps on three hours of a shop: `python -m examples.rees46.study DATA`."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
from examples.figures import ROOT, Table, main, rate, without

from leadline.engine.assess import assess_facts
from leadline.engine.facts import Facts
from leadline.model import Model, read_model
from leadline.model.values import read_time

PAGE = "docs/studies/rees46.md"
MODEL = ROOT / "examples/rees46/model.yaml"
MAPPING = {"events.lead_id": "user_id", "events.event": "event_type", "events.occurred_at": "event_time"}
END = read_time("2019-10-01T02:50:00Z")  # of the file
BEFORE = read_time("2019-10-01T02:20:00Z")  # half an hour earlier, for what came afterwards
VARIANTS = {
    "as it is": (),
    "without windows": ("window",),
    "without half-lives": ("half_life",),
    "without windows and half-lives": ("window", "half_life"),
    "without caps": ("max_per_day", "max_points"),
    "without any of them": ("window", "half_life", "max_per_day", "max_points"),
}


def facts_for(data: Path) -> Facts:
    return Facts.read(read_model(MODEL), events=data / "events.csv", mapping=MAPPING)


def tables(data: Path) -> list[Table]:
    facts = facts_for(data)
    return [
        Table("reader", ["", "rows"],
              [[name, f"{count:,}"] for name, count in accounted(facts, data).items()]),
        Table("variants", ["the model", "excellent", "good", "bad", "MQL", "highest intent"],
              [_classes(name, without(MODEL, *keys), facts) for name, keys in VARIANTS.items()]),
        Table("half an hour later", ["quality at 02:20", "visitors", "bought by 02:50", "bought, of them"],
              _bought(facts)),
    ]  # fmt: skip


def accounted(facts: Facts, data: Path) -> dict[str, int]:
    """What became of the lines of the file: nothing is lost without a word."""
    told = {finding.kind: finding.count for finding in facts.findings()}
    lines = (data / "events.csv").read_text(encoding="utf-8").splitlines()
    events, leads = facts.connection.execute(
        "SELECT count(*), count(DISTINCT lead_id) FROM events"
    ).fetchall()[0]
    return {
        "lines after the header": len(lines) - 1,
        "read as events": events,
        "left out as broken, with a finding": told.get("broken_rows", 0),
        "repeats of a row, counted once, with a finding": told.get("doubled_event", 0),
        "visitors": leads,
    }


def _judged(model: Model, facts: Facts, at: int) -> pa.Table:
    return assess_facts(model, facts, as_of=at).assessments


def _classes(name: str, model: Model, facts: Facts) -> list[str]:
    judged = _judged(model, facts, END)  # noqa: F841 (DuckDB reads it)
    counts = duckdb.sql(
        "SELECT count(*) FILTER (quality = 'excellent'), count(*) FILTER (quality = 'good'), "
        "count(*) FILTER (quality = 'bad'), count(*) FILTER (stage = 'mql'), max(intent) FROM judged"
    ).fetchall()[0]
    return [name, *(f"{count:,}" for count in counts[:4]), f"{counts[4]:.2f}"]


def _bought(facts: Facts) -> list[list[str]]:
    """Of those who had not bought by then: who bought in the half hour that followed."""
    (model,) = facts.models
    con = duckdb.connect()
    con.register("judged", _judged(model, facts, BEFORE))
    con.register("events", facts.to_arrow("events"))
    rows = con.execute(
        f"""
        SELECT quality, count(*), count(bought.lead_id)
        FROM judged LEFT JOIN (
            SELECT DISTINCT lead_id FROM events WHERE event = 'purchase' AND t > {BEFORE} AND t <= {END}
        ) AS bought USING (lead_id)
        WHERE stage <> 'customer'
        GROUP BY quality ORDER BY min(intent) DESC
        """
    ).fetchall()
    rows.append(("all", sum(row[1] for row in rows), sum(row[2] for row in rows)))
    return [[quality, f"{count:,}", f"{won:,}", rate(won, count)] for quality, count, won in rows]


if __name__ == "__main__":
    main(tables, PAGE)
