"""The events of a signal that count, of many at once: what the reference finds one by one."""

from __future__ import annotations

from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.engine import occurrences
from leadline.engine.occurrences import Occurrences
from leadline.engine.reference import kept_events, signal_cents
from leadline.engine.zones import local_day
from leadline.model.read import read_model
from leadline.model.values import DAY, HOUR, read_time

MODEL = """
leadline: 1
name: Calls
timezone: {zone}
intent: {{signals: [{{id: call, event: call, points: {points}{more}}}]}}
quality: {{warm: intent >= 4, cold: true}}
"""
BEGIN = read_time("2010-11-06T00:00:00Z") or 0  # St John's then set its clocks back at a minute past midnight


@st.composite
def _texts(draw: st.DrawFn) -> str:
    more = {
        "window": st.sampled_from(("12h", "1d", "30h", "3d")),
        "max_per_day": st.integers(1, 3),
        "half_life": st.sampled_from(("1h", "2d", "90d")),
        "max_points": st.sampled_from((5, 12.5)),
    }
    chosen = draw(st.fixed_dictionaries({}, optional=more))
    said = "".join(f", {key}: {value}" for key, value in chosen.items())
    zone = draw(st.sampled_from(("UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe")))
    return MODEL.format(zone=zone, points=draw(st.sampled_from((3, -2, 0.01))), more=said)


@pytest.mark.parametrize("few", [0, 100])
@given(_texts(), st.lists(st.integers(0, 60), max_size=40), st.lists(st.integers(-5, 300), max_size=4))
def test_what_counts_of_many_events_is_what_counts_of_each(
    few: int, text: str, quarters: list[int], hours: list[int]
) -> None:
    model = read_model(text)
    (signal,) = model.intent.signals
    rows = [
        {"event": "call", "event_id": str(n), "t": BEGIN + quarter * HOUR}
        for n, quarter in enumerate(sorted(quarters))
    ]
    of = Occurrences(signal, rows, model.timezone)
    with mock.patch.object(occurrences, "_FEW", few):
        for hour in hours:
            at = BEGIN + hour * HOUR
            there = [row for row in rows if row["t"] <= at]
            expected = kept_events(model, signal, there, lambda *_: True, at)
            kept = of.kept(at)
            assert list(kept) == expected
            assert bool(kept) == bool(expected)
            assert kept.cents(at) == signal_cents(signal, expected, at)


def test_a_day_may_come_back_when_clocks_are_set_back() -> None:
    zone = ZoneInfo("America/St_Johns")
    days = [local_day(zone, BEGIN + minute * 60_000_000) for minute in range(2 * DAY // 60_000_000)]
    assert days != sorted(days)
