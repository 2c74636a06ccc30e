"""The digest in August, and what windows do: `python -m examples.yammer.study DATA`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
from examples.figures import ROOT, Table, main, without
from examples.yammer.prepare import users

from leadline.engine.assess import assess_facts
from leadline.engine.facts import Facts
from leadline.model import read_model
from leadline.model.values import DAY, micros_of

PAGE = "docs/studies/yammer.md"
MODEL = ROOT / "examples/yammer/model.yaml"
MAPPING = {"events.lead_id": "user_id", "events.event": "action"}
FIRST_WEEK, WEEKS = datetime(2022, 5, 8, tzinfo=UTC), 17  # Sundays, as they begin
END = micros_of(datetime(2022, 9, 1, tzinfo=UTC)) - 1  # of the file
ACTIVE = 28 * DAY  # an e-mail was sent, opened or clicked in so long
VARIANTS = {
    "as it is": (),
    "without windows": ("window",),
    "without half-lives": ("half_life",),
    "without windows and half-lives": ("window", "half_life"),
    "without caps": ("max_per_day", "max_points"),
    "without any of them": ("window", "half_life", "max_per_day", "max_points"),
}


def facts_for(data: Path) -> Facts:
    return Facts.read(
        read_model(MODEL), leads=users(data).to_arrow_table(), events=data / "emails.csv.gz", mapping=MAPPING
    )


def tables(data: Path) -> list[Table]:
    facts = facts_for(data)
    return [
        Table("reader", ["", "rows"], [[name, f"{count:,}"] for name, count in accounted(facts).items()]),
        Table("weeks", ["week to", "digests sent", "clicks", "clicks a digest", "users", "mean intent",
                        "mean points of clicks", "excellent"], _weeks(facts)),
        Table("variants", ["the model", "excellent", "good", "bad", "MQL", "mean intent"],
              [_classes(name, keys, facts) for name, keys in VARIANTS.items()]),
    ]  # fmt: skip


def accounted(facts: Facts) -> dict[str, int]:
    count = facts.connection.execute
    told = {finding.kind: finding.count for finding in facts.findings()}
    return {
        "users": count("SELECT count(*) FROM leads").fetchall()[0][0],
        "e-mail events": count("SELECT count(*) FROM events").fetchall()[0][0],
        "users with an event": count("SELECT count(DISTINCT lead_id) FROM events").fetchall()[0][0],
        "events left out": told.get("left_out", 0) + told.get("broken_rows", 0),
        "events of nobody in the file of users": told.get("event_without_lead", 0),
    }


def _weeks(facts: Facts) -> list[list[str]]:
    """Everyone at each week's end; means are of those who had an e-mail lately."""
    ends = [micros_of(FIRST_WEEK + timedelta(weeks=i)) - 1 for i in range(WEEKS)]
    ledgers, judged = [], []
    for end in ends:
        result = assess_facts(facts.models[0], facts, as_of=end)
        judged.append(result.assessments)
        ledgers.append(result.ledger)
    con = duckdb.connect()
    con.register("judged", pa.concat_tables(judged))
    con.register("ledger", pa.concat_tables(ledgers))
    con.register("events", facts.to_arrow("events"))
    rows = con.execute(
        f"""
        WITH active AS (
            SELECT lead_id, as_of, epoch_us(as_of) AS week_end, intent, quality, coalesce(points, 0) AS clicks
            FROM judged LEFT JOIN (FROM ledger WHERE rule = 'click') USING (lead_id, as_of)
            WHERE epoch_us(last_seen) > epoch_us(as_of) - {ACTIVE}
        ), means AS (
            SELECT week_end, count(*) AS users, avg(intent) AS intent, avg(clicks) AS clicks,
                   count(*) FILTER (quality = 'excellent') AS excellent
            FROM active GROUP BY week_end
        )
        SELECT week_end, count(*) FILTER (event = 'sent_weekly_digest'),
               count(*) FILTER (event = 'email_clickthrough'),
               users, intent, clicks, excellent
        FROM means LEFT JOIN events ON t > week_end - {7 * DAY} AND t <= week_end
        GROUP BY ALL ORDER BY week_end
        """
    ).fetchall()
    return [
        [_day(at), f"{sent:,}", f"{clicks:,}", f"{clicks / sent:.3f}", f"{active:,}", f"{intent:.2f}",
         f"{points:.2f}", f"{excellent / active:.1%}".replace("%", " %")]
        for at, sent, clicks, active, intent, points, excellent in rows
    ]  # fmt: skip


def _day(at: int) -> str:
    return datetime.fromtimestamp(at / 1e6, UTC).date().isoformat()


def _classes(name: str, keys: tuple[str, ...], facts: Facts) -> list[str]:
    judged = assess_facts(without(MODEL, *keys), facts, as_of=END).assessments  # noqa: F841 (DuckDB reads it)
    *counts, mean = duckdb.sql(
        "SELECT count(*) FILTER (quality = 'excellent'), count(*) FILTER (quality = 'good'), "
        "count(*) FILTER (quality = 'bad'), count(*) FILTER (stage = 'mql'), avg(intent) FROM judged "
        "WHERE last_seen IS NOT NULL"
    ).fetchall()[0]
    return [name, *(f"{count:,}" for count in counts), f"{mean:.2f}"]


if __name__ == "__main__":
    main(tables, PAGE)
