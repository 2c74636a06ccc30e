"""The first model checks clean, whatever stands in somebody's files."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.model import read_model
from leadline.model.expr import Type
from leadline.starter import first_model, starter_model
from leadline.starter.guesses import may_leak
from leadline.starter.profile import profile_of

_NAMES = st.text(max_size=12) | st.sampled_from(
    [
        "Intent",
        "and",
        "group",
        "Employees",
        "Job Title",
        "visits",
        "Converted",
        "email_kind",
        "lead_id",
        "# x",
        "a: b",
    ]
)
_CELLS = (
    st.none()
    | st.text(max_size=12)
    | st.sampled_from(["1", "2.5", "yes", "No", "VP", "work", "2026-01-31", "it's"])
)
_ROWS = st.lists(st.lists(_CELLS, min_size=4, max_size=4), min_size=1, max_size=6)


@settings(max_examples=max(1, settings.default.max_examples // 4))
@given(names=st.lists(_NAMES, min_size=3, max_size=3, unique=True), rows=_ROWS)
def test_any_leads_table_gives_a_model_that_checks_clean(
    names: list[str], rows: list[list[str | None]]
) -> None:
    columns = ["lead_key_id", *names]
    leads = [dict(zip(columns, row, strict=True)) for row in rows]
    text, remarks, _ = first_model(leads, None, [])
    read_model(text=text)
    assert remarks


_EVENTS = st.text(min_size=1, max_size=12) | st.sampled_from(["page", "form", "deal_won", "email_opened"])
_PATHS = st.text(max_size=12) | st.sampled_from(["/pricing", "/", "/a'b"])


@settings(max_examples=max(1, settings.default.max_examples // 4))
@given(events=st.lists(st.tuples(_EVENTS, _PATHS), min_size=1, max_size=8))
def test_any_events_give_a_model_that_checks_clean(events: list[tuple[str, str]]) -> None:
    rows = [
        {"lead_id": "ana", "event": event, "path": path, "occurred_at": "2026-01-31"}
        for event, path in events
    ]
    text, _, _ = first_model(None, rows, [])
    read_model(text=text)


def test_the_name_that_is_given_is_the_models() -> None:
    assert read_model(text=starter_model("Ours: 'new'")).name == "Ours: 'new'"


def test_types_are_those_of_the_values_and_dirt_does_not_count() -> None:
    rows = [
        {"lead_id": str(i), "size": size, "opt": opt, "zip": f"0{i}", "seen": f"2026-01-{i + 10}"}
        for i, (size, opt) in enumerate([("5", "Yes"), ("7", "No"), *[("9", "")] * 17, ("about 50", "No")])
    ]
    types = {column.column: column.type for column in profile_of(rows, "leads").columns}
    assert types == {
        "lead_id": Type.NUMBER, "size": Type.NUMBER, "opt": Type.BOOLEAN, "zip": Type.TEXT, "seen": Type.TIME,
    }  # fmt: skip


def test_what_sales_fill_in_is_suspected() -> None:
    suspects = (
        "Converted",
        "Tags",
        "Lead Quality",
        "Status",
        "Deal Stage",
        "closed_at",
        "Owner",
        "Lead Score",
    )
    assert all(map(may_leak, suspects))
    assert not any(map(may_leak, ("Country", "Industry", "Employees", "Source", "Seniority", "Landing Page")))


def test_an_event_whose_name_no_model_can_hold_is_left_out() -> None:
    rows = [
        {"lead_id": "ana", "event": event, "path": path, "occurred_at": "2026-01-31"}
        for event, path in [("\0", ""), ("page", "/a\0b"), ("page", "/pricing")]
    ]
    text, _, _ = first_model(None, rows, [])
    assert "event: page" in text
    read_model(text=text)
