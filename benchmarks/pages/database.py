"""A workspace of many leads, judged: facts as benchmarks/replica writes them, then names and standings."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import numpy as np

from benchmarks.replica.database import DAY, END
from benchmarks.replica.database import fill as fill_facts

FIRST = (
    "Ana",
    "Ben",
    "Cleo",
    "Dora",
    "Emil",
    "Fatma",
    "Greta",
    "Hugo",
    "Ines",
    "Jonas",
    "Katja",
    "Liam",
    "Mia",
)
PARTS = ("schmidt", "meier", "lopez", "martin", "rossi", "novak", "jansen", "kowal", "silva", "berg", "haas")
MODEL = "model.yaml"


def fill(data: Path, leads: int, events: int, seed: int = 1) -> None:
    """Facts, the leads' rows, a program; :func:`judge` follows once the replica is there."""
    fill_facts(data, leads, events, seed)
    database = sqlite3.connect(data / "leadline.sqlite3", isolation_level=None)
    database.execute("PRAGMA synchronous = OFF")
    database.execute("BEGIN")
    seen = {
        lead: (first, last, count)
        for lead, first, last, count in database.execute(
            "SELECT subject_id, min(occurred_at), max(occurred_at), count(*) FROM leads_event "
            "GROUP BY subject_id"
        )
    }
    database.executemany("INSERT INTO leads_lead VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", _leads(leads, seen))
    (last,) = database.execute("SELECT last FROM leads_sequence").fetchone()
    database.executemany(
        "INSERT INTO leads_changed VALUES (?, ?)", ((n, last + 1) for n in range(1, leads + 1))
    )
    database.execute("UPDATE leads_sequence SET last = last + 1")
    database.execute("COMMIT")
    database.close()


def _leads(leads: int, seen: dict[int, tuple[int, int, int]]) -> Iterator[tuple]:
    draws = np.random.default_rng(2)
    first, one, two, company = (
        draws.integers(0, most, leads + 1) for most in (len(FIRST), len(PARTS), len(PARTS), leads // 8 + 1)
    )
    for n in range(1, leads + 1):
        begun, last, count = seen.get(n, (None, None, 0))
        family = f"{PARTS[one[n]]}{PARTS[two[n]]}".title()
        email = f"{FIRST[first[n]]}.{family}.{n}@company{company[n]}.example".lower()
        yield (
            n, "user", f"{FIRST[first[n]]} {family}", email, f"Company {company[n]} Ltd", begun, last, count,
            "[1]",
        )  # fmt: skip


def judge(data: Path) -> int:
    """Every lead's standing at the end, by the model of the example company, as the engine finds it."""
    from leadline.engine.assess import assess_facts
    from leadline.model import read_model
    from leadline.web.accounts.models import User
    from leadline.web.capture.models import Source
    from leadline.web.qualification.models import Program, Publication
    from leadline.web.replica import all_facts

    text = (resources.files("leadline.sample") / "models" / MODEL).read_text()
    model = read_model(text)
    program = Program.objects.create(slug="example", name="Example", effects_from=END)
    Publication.objects.create(program=program, version=model.version, text=text, at=-(2**62), by="benchmark")
    User.objects.create_superuser("ana@example.com", "benchmark")
    Source.objects.create(id=1, slug="site", name="Site")
    found = assess_facts(model, all_facts(model, up_to=END), as_of=END).assessments
    database = sqlite3.connect(data / "leadline.sqlite3", isolation_level=None)
    database.execute("PRAGMA synchronous = OFF")
    database.execute("BEGIN")
    columns = (
        "program_id, lead_id, as_of, episode, fit, intent, band, quality, stage, since, disqualified, "
        "hand_raised, measures, ledger, model_version, due_at"
    )
    marks = ", ".join("?" * 16)
    names = [c.name for c in model.criteria]
    for batch in found.to_batches(10_000):
        database.executemany(
            f"INSERT INTO qualification_standing ({columns}) VALUES ({marks})",
            (_standing(program.id, row, model.version, names) for row in batch.to_pylist()),
        )
    database.execute("COMMIT")
    database.close()
    return len(found)


def _standing(program: int, row: dict, version: str, criteria: list[str]) -> tuple:
    micros = {k: int(row[k].timestamp()) * 1_000_000 if row[k] else None for k in ("first_seen", "last_seen")}
    names = (
        "fit", "intent", "band", "quality", "journey", "hand_raised", "disqualified", "yes_count", "no_count",
        "unknown_count", "next_question", "probability", *criteria,
    )  # fmt: skip
    measures = {name: row[name] for name in names} | micros
    return (
        program, int(row["lead_id"]), END, 1, row["fit"], row["intent"], row["band"], row["quality"],
        row["stage"], END - 3 * DAY, row["disqualified"], row["hand_raised"], json.dumps(measures), "[]",
        version, None,
    )  # fmt: skip
