"""From marketing-qualified to won, by origin and by month: `python -m examples.olist_funnel.study DATA`."""

from __future__ import annotations

from pathlib import Path

import duckdb
from examples.figures import ROOT, Table, main, rate

from leadline.engine.assess import assess_facts, points_table
from leadline.engine.facts import Facts
from leadline.engine.replay import replay
from leadline.model import read_model
from leadline.model.values import DAY, read_time

PAGE = "docs/studies/olist_funnel.md"
LEADS = "olist_marketing_qualified_leads_dataset.csv"
DEALS = "olist_closed_deals_dataset.csv"
MAPPING = {
    "leads.lead_id": "mql_id",
    "leads.created_at": "first_contact_date",
    "events.lead_id": "mql_id",
    "events.occurred_at": "won_date",
    "events.event": "'deal_won'",
}
FIRST, LAST = read_time("2017-06-01"), read_time("2018-12-01")
EARLY = read_time("2018-06-01")  # the day after the last lead came: how the funnel looked then
HORIZONS = (30, 90)


def facts_for(data: Path) -> Facts:
    model = read_model(ROOT / "examples/olist_funnel/model.yaml")
    return Facts.read(model, leads=data / LEADS, events=data / DEALS, mapping=MAPPING)


def funnel(facts: Facts) -> duckdb.DuckDBPyConnection:
    """A connection with `funnel`: each lead's origin, first contact, and the instant at which it was won.

    The wins come from a walk through every fact. A lead that was won before its first contact was seen is a
    customer from then on, so the two fall in one order in this table and in the file: won_at < contact_at.
    """
    (model,) = facts.models
    walk = replay(model, facts, first=FIRST, last=LAST, every="fact")
    con = duckdb.connect()
    con.register("changes", walk.changes)
    con.register("leads", facts.to_arrow("leads"))
    origin = facts.fields[0].sql
    con.execute(
        f"""
        CREATE TABLE funnel AS
        SELECT lead_id, coalesce({origin}, '(empty)') AS origin, t AS contact_at, won_at,
               CAST(floor((won_at - t) / {DAY}) AS INTEGER) AS days
        FROM leads
        LEFT JOIN (SELECT lead_id, epoch_us(changed_at) AS won_at FROM changes WHERE after = 'customer')
        USING (lead_id)
        """
    )
    return con


def tables(data: Path) -> list[Table]:
    facts = facts_for(data)
    con = funnel(facts)
    by_size = con.execute(
        "SELECT origin FROM funnel GROUP BY origin ORDER BY count(*) DESC, origin"
    ).fetchall()
    return [
        Table("origins", ["origin", "MQLs", "won", "won, of them", "median days"],
              [*(_origin(con, origin) for (origin,) in by_size), _origin(con, None)]),
        Table("months", ["first contact in", "MQLs", "won by 1 June 2018", "won by November",
                         *(f"won within {days} days" for days in HORIZONS)], _months(con, facts)),
    ]  # fmt: skip


def _origin(con: duckdb.DuckDBPyConnection, origin: str | None) -> list[str]:
    count, won, days = con.execute(
        "SELECT count(*), count(won_at), median(days) FROM funnel WHERE $1 IS NULL OR origin = $1", [origin]
    ).fetchall()[0]
    return [origin or "all", f"{count:,}", f"{won:,}", rate(won, count), f"{days:g}"]


def _months(con: duckdb.DuckDBPyConnection, facts: Facts) -> list[list[str]]:
    """Leads by the month of their first contact: each is judged so many days after it, at its own instant."""
    (model,) = facts.models
    for days in HORIZONS:
        rows = con.execute("SELECT lead_id, contact_at FROM funnel").fetchall()
        points = points_table((lead, at + days * DAY) for lead, at in rows)
        con.register(f"after_{days}", assess_facts(model, facts, points=points).assessments)
    con.register("early", assess_facts(model, facts, as_of=EARLY).assessments)
    within = ", ".join(f"count(*) FILTER (after_{days}.stage = 'customer')" for days in HORIZONS)
    joins = " ".join(f"JOIN after_{days} USING (lead_id)" for days in HORIZONS)
    rows = con.execute(
        f"SELECT strftime(make_timestamp(contact_at), '%Y-%m') AS month, count(*), "
        f"count(*) FILTER (early.stage = 'customer'), count(won_at), {within} "
        f"FROM funnel JOIN early USING (lead_id) {joins} GROUP BY month ORDER BY month"
    ).fetchall()
    return [
        [month, f"{count:,}", *(f"{won:,}: {rate(won, count)}" for won in counts)]
        for month, count, *counts in rows
    ]


if __name__ == "__main__":
    main(tables, PAGE)
