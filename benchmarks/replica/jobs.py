"""One thing to measure, in a process of its own: `python -m benchmarks.replica.jobs NAME DATA ...`."""

from __future__ import annotations

import json
import os
import sys
from importlib import resources
from pathlib import Path


def main() -> None:
    name, data, *rest = sys.argv[1:]
    os.environ |= {"DJANGO_SETTINGS_MODULE": "leadline.web.settings", "LEADLINE_DATA": data}
    os.environ.pop("DATABASE_URL", None)
    import django

    django.setup()
    print(json.dumps(JOBS[name](Path(data), *map(int, rest))))


def fill(data: Path, leads: int, events: int) -> dict:
    from benchmarks.replica.database import fill as write

    write(data, leads, events)
    return {"bytes": (data / "leadline.sqlite3").stat().st_size}


def follow(data: Path) -> dict:
    from benchmarks.replica.database import END
    from leadline.web.replica import follow as go

    return {"rows": go(END), **_size(data)}


def following_a_little(data: Path, count: int) -> dict:
    """The worker's call after some new events, five times: that alone is timed, once it is warm."""
    import time

    from benchmarks.replica.database import END
    from leadline.web.replica import follow as go

    spent = []
    for _ in range(6):
        _append(count)
        begun, used = time.perf_counter(), time.process_time()
        rows = go(END)
        spent.append((1000 * (time.process_time() - used), 1000 * (time.perf_counter() - begun)))
    cpu, clock = (sorted(each)[2] for each in zip(*spent[1:], strict=True))
    return {"rows": rows, "cpu_ms": round(cpu, 1), "ms": round(clock, 1)}


def _append(count: int) -> None:
    from django.db import transaction

    from benchmarks.replica.database import END
    from leadline.web.leads.store import EVENTS
    from leadline.web.leads.turn import numbers, take_turn

    with transaction.atomic():
        take_turn()
        EVENTS.insert(
            (1 + s % 1000, END + s, f"site:new{s}", s, "page", "page", "{}", "{}", 1, 0, "", "", False)
            for s in numbers(count)
        )


def compact(data: Path) -> dict:
    from benchmarks.replica.database import END
    from leadline.web.replica import compact as go

    return {"files": go(END, wholly=True), **_size(data)}


def scan(data: Path) -> dict:
    from leadline.web.replica.scan import connect

    query = "SELECT count(*), count(DISTINCT subject_id), max(occurred_at) FROM replica_events WHERE NOT void"
    return {"found": connect().sql(query).fetchall()}


def assess(data: Path) -> dict:
    from benchmarks.replica.database import END
    from leadline.engine.assess import assess_facts
    from leadline.model import read_model
    from leadline.web.replica import all_facts

    model = read_model((resources.files("leadline.sample") / "models" / "model.yaml").read_text())
    facts = all_facts(model, up_to=END)
    return {"leads": len(assess_facts(model, facts, as_of=END))}


def _size(data: Path) -> dict:
    from leadline.web.replica.files import seen

    named = seen().files
    return {"named": len(named), "bytes": sum(file.place.stat().st_size for file in named)}


JOBS = {
    "fill": fill, "follow": follow, "a_little": following_a_little, "compact": compact, "scan": scan,
    "assess": assess,
}  # fmt: skip

if __name__ == "__main__":
    main()
