"""One thing to do or to measure, in a process of its own: `python -m benchmarks.pages.jobs NAME DATA ...`."""

from __future__ import annotations

import json
import os
import resource
import statistics
import sys
import time
from pathlib import Path

PAGES = {
    "lead table, first page": "/leads",
    "lead table, a later page": "/leads?after={lead}",
    "lead table, sorted by name": "/leads?sort=name",
    "filter: stage and a field": "/leads?stage=mql&f=field.country:is:DE",
    "filter: viewed pricing in 7 days": "/leads?signal=pricing:7",
    "search: a word": "/leads?q=schmidt",
    "search: with a typing error": "/leads?q=schmitdmeier",
    "lead": "/lead/{lead}",
    "segment count": "/segments/check?condition=intent+%3E%3D+20+and+country+in+('DE','AT')"
    "+and+not+(employees+%3C+50)",
}


def main() -> None:
    name, data, *rest = sys.argv[1:]
    os.environ |= {"DJANGO_SETTINGS_MODULE": "leadline.web.settings", "LEADLINE_DATA": data}
    os.environ.pop("DATABASE_URL", None)
    import django

    django.setup()
    print(json.dumps(JOBS[name](Path(data), *map(int, rest))))


def fill(data: Path, leads: int, events: int) -> dict:
    from benchmarks.pages.database import fill as write

    write(data, leads, events)
    return {"bytes": (data / "leadline.sqlite3").stat().st_size}


def follow(data: Path) -> dict:
    from benchmarks.replica.database import END
    from leadline.web.replica import follow as go

    return {"rows": go(END)}


def judge(data: Path) -> dict:
    from benchmarks.pages.database import judge as go

    return {"leads": go(data)}


def board(data: Path) -> dict:
    """The board's file, from nothing."""
    from benchmarks.replica.database import END
    from leadline.web.board import base

    leads = base.keep(END, wholly=True)
    return {"leads": leads, "bytes": sum(f.stat().st_size for f in (data / "board").iterdir())}


def pages(data: Path, times: int) -> dict:
    """Each page so many times in one warm process, through Django, as at the facts' end."""
    from django.test import Client

    from benchmarks.replica.database import END
    from leadline.web.accounts.models import User
    from leadline.web.lead_pages import lead_views, segment_views, views
    from leadline.web.leads.models import Lead

    for module in (lead_views, segment_views, views):
        module.now = lambda: END
    browser = Client(headers={"host": "localhost"})
    browser.force_login(User.objects.get(email="ana@example.com"))
    lead = Lead.objects.order_by("id")[Lead.objects.count() // 2].id
    found = {name: _timed(browser, path.format(lead=lead), times) for name, path in PAGES.items()}
    found["memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found


def _timed(browser, path: str, times: int) -> dict:
    """Milliseconds by the clock, and of all threads' work: on a busy machine the second says more."""
    spent, worked = [], []
    for _ in range(times + 1):
        begun, used = time.perf_counter(), time.process_time()
        answer = browser.get(path)
        spent.append(1000 * (time.perf_counter() - begun))
        worked.append(1000 * (time.process_time() - used))
        assert answer.status_code == 200, (path, answer.status_code)
    first, *rest = spent
    rest.sort()
    return {
        "first_ms": round(first), "median_ms": round(statistics.median(rest)),
        "p95_ms": round(rest[min(int(0.95 * times), times - 1)]),
        "cpu_ms": round(statistics.median(worked[1:])),
    }  # fmt: skip


JOBS = {"fill": fill, "follow": follow, "judge": judge, "board": board, "pages": pages}

if __name__ == "__main__":
    main()
