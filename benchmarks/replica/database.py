"""A workspace with many facts in it, written straight into SQLite: what is measured comes after."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from django.core.management import call_command

SECOND = 1_000_000
DAY = 86_400 * SECOND
END = 1_790_000_000 * SECOND
DAYS = 180
PATHS = ("/", "/pricing", "/compare/others", "/docs/start", "/customers", "/security", "/careers", "/blog")
AT_ONCE = 100_000


def fill(data: Path, leads: int, events: int, seed: int = 1) -> None:
    """Migrate, then write events and traits as their arrival in order of time would have numbered them."""
    call_command("migrate", verbosity=0)
    draws = np.random.default_rng(seed)
    owner = np.sort(draws.integers(1, leads + 1, events))
    at = END - (draws.random(events) * DAYS * DAY).astype(np.int64)
    order = np.lexsort((at, owner))
    owner, at = owner[order], at[order]
    seq = np.empty(events, np.int64)
    seq[np.argsort(at, kind="stable")] = np.arange(1, events + 1)
    path = draws.integers(0, len(PATHS), events)
    database = sqlite3.connect(data / "leadline.sqlite3", isolation_level=None)
    database.execute("PRAGMA synchronous = OFF")
    database.execute("BEGIN")
    _write(database, "leads_subject (id, kind, value)", ((n, "user", f"u{n}") for n in range(1, leads + 1)))
    spans = ((n, -(2**62), 2**62, n) for n in range(1, leads + 1))
    _write(database, "leads_span (subject_id, starts, ends, lead_id)", spans)
    _write(
        database,
        "leads_event (subject_id, occurred_at, event_id, seq, kind, event, properties, context, source_id, "
        "received_at, digest, bot, void)",
        _events(owner, at, seq, path),
    )
    _write(
        database,
        "leads_trait (subject_id, field, occurred_at, trait_id, seq, value, source_id, verified, quote)",
        _traits(leads, events),
    )
    last = events + 3 * leads
    database.execute(f"INSERT OR REPLACE INTO leads_sequence (id, last, replicated) VALUES (1, {last}, 0)")
    database.execute("COMMIT")
    database.close()


def _events(owner: np.ndarray, at: np.ndarray, seq: np.ndarray, path: np.ndarray) -> Iterator[tuple]:
    said = [_page(p) for p in PATHS]
    for begin in range(0, len(at), AT_ONCE):
        part = slice(begin, begin + AT_ONCE)
        columns = (owner[part].tolist(), at[part].tolist(), seq[part].tolist(), path[part].tolist())
        for number, (o, t, s, p) in enumerate(zip(*columns, strict=True), start=begin):
            properties, context = said[p]
            event_id = f"site:{number:08}-7d1c-4f0a-9a55"
            yield o, t, event_id, s, "page", "page", properties, context, 1, t, "0" * 32, "", False


def _page(path: str) -> tuple[str, str]:
    page = {"path": path, "title": f"Page {path}", "url": f"https://www.example.com{path}"}
    context = {
        "agent": {"kind": "desktop", "name": "Chrome"}, "ip": "203.0.113.0", "locale": "de-DE", "page": page,
        "library": {"name": "leadline.js", "version": "1.0.0"}, "timezone": "Europe/Berlin",
    }  # fmt: skip
    return json.dumps(page), json.dumps(context)


def _traits(leads: int, first: int) -> Iterator[tuple]:
    values = {"country": ("DE", "FR", "US"), "employees": ("20", "200", "2000"), "seniority": ("vp", "staff")}
    for lead in range(1, leads + 1):
        for number, (field, some) in enumerate(sorted(values.items())):
            trait = f"site:t{lead}:{field}"
            seq = first + 3 * (lead - 1) + number + 1
            yield lead, field, END - DAY, trait, seq, some[lead % len(some)], 1, lead % 2 == 0, ""


def _write(database: sqlite3.Connection, table: str, rows: Iterator[tuple]) -> None:
    marks = ", ".join("?" * (table.count(",") + 1))
    database.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
