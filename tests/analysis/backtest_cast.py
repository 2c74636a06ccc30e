"""A company of nine, small enough to reckon by hand: four weeks from Monday, 5 January 2026, in UTC.

Under the old rules two looks, under the new ones a single look makes an MQL; a demo does under both.
Won within 14 days is the goal. The facts end on 1 February at noon, so that hand-offs up to 18 January at
noon can be judged.
"""

from __future__ import annotations

from leadline.analysis import Backtest, backtest, rep_reader
from leadline.engine.facts import Facts
from leadline.model import Model, read_model
from leadline.model.values import read_time

FIRST, LAST = read_time("2026-01-05"), read_time("2026-02-02") - 1

OLD = """
leadline: 1
name: Small company
intent:
  signals:
    - {id: look, label: Looked around, event: look, points: 10}
    - {id: demo, label: Asked for a demo, event: demo, points: 30}
quality:
  good: intent >= 20
  bad: true
lifecycle:
  cooldown: 1d
  stages:
    - {stage: lead}
    - {stage: mql, owner: marketing, enter: quality = 'good'}
    - {stage: sal, owner: sales, event: lead_accepted}
goal: {event: won, horizon: 14d}
"""
NEW = OLD.replace("event: look, points: 10", "event: look, points: 20")

# lead, event, when, rep
FACTS = """
ana   look           2026-01-06T09
ana   look           2026-01-08T09
ana   won            2026-01-15T09  jonas
ben   look           2026-01-07T09
cleo  demo           2026-01-12T09
cleo  won            2026-01-30T09
dan   demo           2026-01-02T09
dan   won            2026-01-09T09
eva   demo           2026-01-25T09
fay   won            2026-01-10T09
fay   demo           2026-01-13T09
gus   look           2026-01-06T09
gus   won            2026-01-10T09
gus   demo           2026-01-13T09
hal   demo           2026-01-06T09
hal   lead_rejected  2026-01-08T10  maja
hal   demo           2026-01-20T09
ivy   look           2026-02-01T12
"""


def rows_of(text: str) -> list[dict[str, str | None]]:
    rows = []
    for line in text.strip().splitlines():
        lead, event, at, *rep = line.split()
        rows.append(
            {"lead_id": lead, "event": event, "occurred_at": f"{at}:00Z", "rep": rep[0] if rep else None}
        )
    return rows


def models(old: str = OLD, new: str = NEW) -> tuple[Model, Model]:
    return read_model(text=old), read_model(text=new)


def tried(old: str = OLD, new: str = NEW, facts: str = FACTS, **options) -> Backtest:
    """The backtest of two models on a table of facts."""
    one, two = models(old, new)
    read = Facts.read([one, two, rep_reader()], events=rows_of(facts))
    return backtest(two, one, read, **{"first": FIRST, "last": LAST} | options)
