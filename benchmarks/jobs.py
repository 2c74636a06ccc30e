"""The jobs that are measured, each run as `python -m benchmarks.jobs NAME --company DIR --out DIR`.

A job prints one line of JSON. Imports stand in the jobs, so that none pays for another's.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.company import AS_OF, Files

THREADS = 2


def raw(files: Files, out: Path) -> dict[str, Any]:
    """The limit: count, and sum something made of the time, by lead, over the same event files."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(f"SET threads = {THREADS}")
        age = f"{AS_OF} - epoch_us(occurred_at)"
        table = connection.sql(
            f"SELECT lead_id, count(*) AS n, sum(({age}) / 86400e6) AS days "
            f"FROM read_parquet('{files.events}/*.parquet') GROUP BY lead_id"
        ).to_arrow_table()
    return {"leads": len(table)}


def qualify(files: Files, out: Path) -> dict[str, Any]:
    """Every lead judged, with its ledger, both written as the command writes them."""
    return _qualify(files, out, write=True)


def qualify_unwritten(files: Files, out: Path) -> dict[str, Any]:
    """The same, handed over in memory."""
    return _qualify(files, out)


def qualify_without_traits(files: Files, out: Path) -> dict[str, Any]:
    """The same without the table of answers, in memory."""
    return _qualify(files, out, traits=False)


def _qualify(files: Files, out: Path, *, write: bool = False, traits: bool = True) -> dict[str, Any]:
    from leadline.engine.assess import assess_facts
    from leadline.engine.facts import Facts
    from leadline.model import read_model

    model = read_model(files.model.read_text())
    answers = files.traits if traits else None
    facts = Facts.read(model, leads=files.leads, traits=answers, events=files.events)
    facts.connection.execute(f"SET threads = {THREADS}")
    result = assess_facts(model, facts, as_of=AS_OF, engine="duckdb")
    if write:
        from leadline.cli.options import OutFormat
        from leadline.cli.results import in_order, write_tables

        ledger = in_order(result.ledger, "lead_id", "as_of", "part", "rule")
        write_tables({"assessments": result.assessments, "ledger": ledger}, out, OutFormat.PARQUET)
    return {"leads": len(result.assessments), "entries": len(result.ledger)}


def command(files: Files, out: Path) -> dict[str, Any]:
    """`leadline qualify` as a user types it: with its findings on the data and its screen of ten to call."""
    from leadline.cli.app import app

    app(
        ["qualify", str(files.model), "--leads", str(files.leads), "--traits", str(files.traits), "--events",
         str(files.events), "--as-of", "2026-07-01T00:00:00Z", "--out", str(out / "command"), "--json"],
        standalone_mode=False,
    )  # fmt: skip
    return {}


def pandas(files: Files, out: Path) -> dict[str, Any]:
    """Fit and intent by a careful analyst's pandas, written."""
    from benchmarks.in_pandas import scores

    found = scores(files.leads, files.traits, files.events, AS_OF)
    found.rename_axis("lead_id").reset_index().to_parquet(out / "pandas.parquet")
    return {"leads": len(found)}


def compare(files: Files, out: Path) -> dict[str, Any]:
    """How many leads have other scores in pandas than in `qualify`, or stand in only one of them."""
    import duckdb

    with duckdb.connect() as connection:
        differs = "a.fit IS DISTINCT FROM b.fit OR a.intent IS DISTINCT FROM b.intent"
        ((leads, differing),) = connection.execute(
            f"SELECT count(*), count(*) FILTER ({differs}) "
            f"FROM '{out}/assessments.parquet' a FULL JOIN '{out}/pandas.parquet' b USING (lead_id)"
        ).fetchall()
    return {"leads": leads, "differing": differing}


def profile(files: Files, out: Path) -> dict[str, Any]:
    """CPU seconds of `qualify` by step."""
    from benchmarks.profile import steps_of

    return {"steps": steps_of(files, THREADS)}


JOBS: dict[str, Callable[[Files, Path], dict[str, Any]]] = {
    job.__name__: job
    for job in (raw, qualify, qualify_unwritten, qualify_without_traits, command, pandas, compare, profile)
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("job", choices=JOBS)
    parser.add_argument("--company", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    begun = time.perf_counter()
    said = JOBS[given.job](Files.of(given.company), given.out)
    print(json.dumps(said | {"inside": time.perf_counter() - begun}))


if __name__ == "__main__":
    main()
