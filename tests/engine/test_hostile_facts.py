"""Facts and models made to break an engine: all engines say the same of them, and nothing is lost."""

import json

import pytest
from agreeing import assert_same, rows

from leadline.engine.assess import assess_facts, points_table
from leadline.engine.facts import Facts
from leadline.model.read import read_model
from leadline.model.shape import Model
from leadline.model.values import DAY, EARLIEST, LATEST, SECOND, read_time, time_text

DROP = "x'); drop table events; --"
NASTY = [
    DROP, '"; drop table leads; --', "\\'; select 1", "a\x00b",
    "a\nb\r\n", "\u202eabc", "e\u0301🙂", "${env:HOME}", "{{7*7}}",
    "%s%d%n", "null", "NaN", "x" * 100_000, "🙂" * 10_000, "/*", "--", "$$", "`x`", "\ufeff", "\U0010ffff",
]  # fmt: skip
AT = read_time("2026-02-01") or 0


def model_of(**parts: object) -> Model:
    return read_model(text=json.dumps({"leadline": 1, "name": DROP} | parts, ensure_ascii=False))


def both(model: Model, facts: Facts, at: int = AT):
    """What the reference says, once DuckDB has said the same, for everyone and by points."""
    expected = assess_facts(model, facts, as_of=at, engine="reference")
    assert_same(assess_facts(model, facts, as_of=at, engine="duckdb"), expected)
    leads = expected.assessments.column("lead_id").to_pylist()
    points = points_table([(lead, t) for lead in leads for t in (at, at - 1)])
    by_points = assess_facts(model, facts, points=points, engine="duckdb")
    assert_same(by_points, assess_facts(model, facts, points=points, engine="reference"))
    return expected


@pytest.mark.parametrize("nasty", NASTY, ids=lambda text: ascii(text[:20]))
def test_a_nasty_text_is_a_text_wherever_it_stands_in_the_facts(nasty: str) -> None:
    model = model_of(
        fields={"word": "text"},
        fit={"rules": [{"id": "told", "when": "word is not null and lower(word) like '%'", "points": 10}]},
        intent={
            "signals": [{"id": "visit", "event": "page", "where": "path = upper(path) or true", "points": 5}]
        },
    )
    event = {
        "event_id": nasty,
        "lead_id": nasty,
        "event": "page",
        "occurred_at": "2026-01-01",
        "path": nasty,
        "until": nasty,
    }
    trait = {"trait_id": nasty, "lead_id": nasty, "field": "word", "value": nasty,
    "occurred_at": "2026-01-01",
             "source": nasty, "quote": nasty, "confidence": nasty}  # fmt: skip
    stranger = {**trait, "field": nasty}
    told = both(
        model,
        Facts.read(
            model, events=[event, {**event, "event_id": "e2", "event": nasty}], traits=[trait, stranger]
        ),
    )
    assert [(r["lead_id"], r["fit"], r["intent"]) for r in rows(told.assessments)] == [(nasty, 10, 5)]


@pytest.mark.parametrize(
    "nasty", [text for text in NASTY if "\x00" not in text and len(text) < 100], ids=ascii
)
def test_a_nasty_text_is_a_text_wherever_it_may_stand_in_a_model(nasty: str) -> None:
    quoted = "'" + nasty.replace("'", "''") + "'"
    model = model_of(
        fields={"word": {"type": "text", "label": nasty, "ask": nasty, "column": nasty}},
        fit={"rules": [{"id": "same", "label": nasty, "when": f"word = {quoted}", "points": 10}]},
        intent={"signals": [
            {"id": "visit", "event": nasty, "where": f"contains(path, {quoted})", "points": 5},
        ]},
        journey=[{"step": "first", "event": nasty, "where": f"path in ('a', {quoted})"}],
        criteria={"need": {"label": nasty, "yes_if": f"coalesce(word, {quoted}) = {quoted}"}},
        quality={"good": f"word between {quoted} and {quoted}"},
        lifecycle={"stages": [{"stage": "lead"}, {"stage": "mql", "owner": nasty, "event": nasty}]},
    )  # fmt: skip
    facts = Facts.read(
        model,
        leads=[{"lead_id": "ana", nasty: nasty}],
        events=[
            {"event_id": "e1", "lead_id": "ana", "event": nasty, "occurred_at": "2026-01-01", "path": nasty}
        ],
    )
    (told,) = rows(both(model, facts).assessments)
    wanted = {"fit": 10, "intent": 5, "journey": "first", "need": "yes", "quality": "good", "stage": "mql"}
    assert {name: told[name] for name in wanted} == wanted


NAMES_OF_OURS = [
    "k", "t", "p", "e", "f0", "w0", "wt0", "v0", "vt0", "vi0", "ft0", "q0", "g0", "c0",
    "s0", "m0", "mask0", "f_0", "p_0",
    "points", "events", "traits", "leads", "valid", "seen", "hits", "signals", "sums",
    "judged", "known", "wide",
    "fit_sum", "signal_cents", "raised_at", "kept_at", "decision", "until", "void", "event", "nanos", "cents",
]  # fmt: skip


def test_names_that_an_engine_uses_itself_are_names_like_others() -> None:
    usable = [name for name in NAMES_OF_OURS if name not in ("event", "until", "void")]
    of_events = ("k", "t", "p", "q0", "mask0")
    where = "k = 1 and t = 2 and p = 3 and q0 = 4 and mask0 = 5"
    model = model_of(
        fields=dict.fromkeys(usable, "number"),
        properties=dict.fromkeys(of_events, "number"),
        fit={"rules": [{"id": n, "when": f'"{n}" = {i}', "points": 1} for i, n in enumerate(usable)]},
        intent={"signals": [{"id": "one", "event": "page", "where": where, "points": 7}]},
    )
    event = {"event_id": "e1", "lead_id": "ana", "event": "page", "occurred_at": "2026-01-01"}
    event |= {name: i for i, name in enumerate(of_events, start=1)}
    lead = {"lead_id": "ana"} | {name: i for i, name in enumerate(usable)}
    (told,) = rows(both(model, Facts.read(model, leads=[lead], events=[event])).assessments)
    assert (told["fit"], told["intent"]) == (len(usable), 7)


def test_ten_thousand_events_of_one_lead_are_ten_thousand() -> None:
    model = model_of(
        timezone="America/New_York",
        intent={"signals": [
            {"id": "all", "event": "page", "points": 0.001},
            {"id": "faded", "event": "page", "points": 1, "half_life": "1d"},
            {"id": "few", "event": "page", "points": 1, "max_per_day": 3, "window": "2d"},
        ]},
    )  # fmt: skip
    events = [
        {
            "event_id": f"e{i}",
            "lead_id": "ana",
            "event": "page",
            "occurred_at": time_text(AT - i * 60 * SECOND),
        }
        for i in range(10_000)
    ]
    told = {
        row["rule"]: (row["points"], row["events"])
        for row in rows(both(model, Facts.read(model, events=events)).ledger)
    }
    assert told["all"] == (10, 10_000)
    assert told["few"][1] == 9


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Apia", "America/New_York"])
@pytest.mark.parametrize(
    ("first", "last"), [(EARLIEST, EARLIEST + DAY), (LATEST - DAY, LATEST), (EARLIEST, LATEST), (-1, 0)]
)
def test_the_ends_of_the_calendar_are_days_like_others(zone: str, first: int, last: int) -> None:
    model = model_of(
        timezone=zone,
        fields={"due": "time"},
        fit={"rules": [{"id": "overdue", "when": "days_since(due) >= 0", "points": 10}]},
        intent={"signals": [
            {"id": "visit", "event": "page", "points": 1, "max_per_day": 1,
            "window": "36500d", "half_life": "1m"},
            {"id": "ever", "event": "page", "points": 1, "max_per_day": 1},
        ]},
        criteria={"need": {"yes_if": "due is not null", "valid_for": "36500d"}},
    )  # fmt: skip
    times = sorted({first, first + 1, (first + last) // 2, last - 1, last})
    facts = Facts.read(
        model,
        events=[
            {"event_id": f"e{t}", "lead_id": "ana", "event": "page", "occurred_at": time_text(t)}
            for t in times
        ],
        traits=[
            {"lead_id": "ana", "field": "due", "value": time_text(first), "occurred_at": time_text(first)}
        ],
    )
    for at in times:
        expected = assess_facts(model, facts, as_of=at, engine="reference")
        assert_same(assess_facts(model, facts, as_of=at, engine="duckdb"), expected)
    points = points_table([("ana", at) for at in times])
    by_points = assess_facts(model, facts, points=points, engine="duckdb")
    assert_same(by_points, assess_facts(model, facts, points=points, engine="reference"))
    assert rows(by_points.assessments)[-1]["fit"] == 10
