"""Events and traits in canonical form, and how facts are asked for."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from facts_cast import EVENTS, LEADS, MODEL, TRAITS, event_rows, found, one

from leadline.engine.facts import Facts, FactsError
from leadline.model.values import read_time

DAY_ONE = read_time("2026-01-01")


def event(**more) -> dict:
    return {"event_id": "e1", "lead_id": "ana", "event": "page", "occurred_at": "2026-01-01", **more}


def read_event(**more) -> dict:
    (row,) = event_rows(Facts.read(MODEL, events=[event(**more)]))
    return row


def test_an_event_has_no_columns_that_are_not_read() -> None:
    row = read_event(path="/p", title="Prices", colour="red")
    assert row == {
        "event_id": "e1", "lead_id": "ana", "event": "page", "t": DAY_ONE, "void": False, "until": None,
        "amount": None, "path": "/p",
    }  # fmt: skip


BAG = {"path": "/p", "amount": 1.5, "until": "2026-01-02"}


@pytest.mark.parametrize(
    "bag",
    [
        pa.array([json.dumps(BAG)]),
        pa.array([BAG]),
        pa.array([{**BAG, "other (x), y": 1, 'say "hi"': {"a": 1}}]),
        pa.array(
            [[("path", "/p"), ("amount", "1.5"), ("until", "2026-01-02")]], pa.map_(pa.string(), pa.string())
        ),
    ],
    ids=["json", "struct", "wider struct", "map"],
)
@pytest.mark.parametrize("kept", ["arrow", "parquet"])
def test_properties_in_one_column(bag: pa.Array, kept: str, tmp_path) -> None:
    table = pa.table({**{name: [value] for name, value in event().items()}, "properties": bag})
    pq.write_table(table, tmp_path / "e.parquet")
    facts = Facts.read(MODEL, events=table if kept == "arrow" else tmp_path / "e.parquet")
    (row,) = event_rows(facts)
    assert (row["path"], float(row["amount"]), row["until"]) == ("/p", 1.5, read_time("2026-01-02"))
    assert not found(facts, "unreadable")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('"x"', "x"), ("12", "12"), ("true", "true"), ("null", None), ('""', None),
        ('{"a": [1]}', '{"a":[1]}'),
        ('"say \\"hi\\" \\u00e9"', 'say "hi" é'), ("[]", "[]"),
    ],
)  # fmt: skip
def test_json_values(written: str, read: str | None) -> None:
    assert read_event(properties=f'{{"path": {written}}}')["path"] == read


def test_a_column_goes_before_the_json() -> None:
    assert read_event(path="/column", properties='{"path": "/json"}')["path"] == "/column"
    assert read_event(path=None, properties='{"path": "/json"}')["path"] is None


@pytest.mark.parametrize("bag", ["{oops", "[1]", "3", "nul", '{"path": '])
def test_json_that_cannot_be_read_is_said(bag: str) -> None:
    facts = Facts.read(MODEL, events=[event(properties=bag)])
    assert event_rows(facts)[0]["path"] is None
    assert one(facts, "unreadable").examples == (bag,)


@pytest.mark.parametrize("bag", [None, "", "  ", "null", "{}"])
def test_no_properties_are_no_finding(bag: str | None) -> None:
    assert not found(Facts.read(MODEL, events=[event(properties=bag)]), "unreadable")


@pytest.mark.parametrize(
    ("cell", "void"),
    [
        ("true", True),
        (" YES ", True),
        (1, True),
        (True, True),
        ("no", False),
        (0, False),
        ("", False),
        (None, False),
    ],
)
def test_void(cell: object, void: bool) -> None:
    facts = Facts.read(MODEL, events=[event(void=cell)])
    assert event_rows(facts)[0]["void"] is void
    assert not found(facts, "unreadable")


def test_a_void_that_cannot_be_read_is_not_void_and_said() -> None:
    facts = Facts.read(MODEL, events=[event(void="perhaps")])
    assert event_rows(facts)[0]["void"] is False
    assert one(facts, "unreadable").examples == ("perhaps",)


def test_an_until_that_cannot_be_read_is_empty_and_said() -> None:
    facts = Facts.read(MODEL, events=[event(until="next week")])
    assert event_rows(facts)[0]["until"] is None
    assert one(facts, "unreadable").column == "until"


def test_an_event_without_an_id_gets_one_from_its_content() -> None:
    twice = [{"lead_id": "ana", "event": "page", "occurred_at": "2026-01-01", "colour": "red"}] * 2
    other = [{**twice[0], "colour": "blue"}]
    facts = Facts.read(MODEL, events=twice + other)
    ids = [row["event_id"] for row in event_rows(facts)]
    assert len(ids) == 3
    assert len(set(ids)) == 2
    assert one(facts, "made_event_ids").count == 3
    assert one(facts, "doubled_event").count == 1


def test_the_id_from_content_is_the_same_from_any_file(write) -> None:
    rows = [{"lead_id": "ana", "event": "page", "occurred_at": "2026-01-01", "n": 7, "empty": None}]
    csv = write("a.csv", "n,event,lead_id,occurred_at\n7,page,ana,2026-01-01\n")
    lines = write("a.jsonl", json.dumps(rows[0]))
    ids = {event_rows(Facts.read(MODEL, events=given))[0]["event_id"] for given in (rows, csv, lines)}
    assert len(ids) == 1


def test_only_events_that_lack_an_id_get_one() -> None:
    facts = Facts.read(MODEL, events=[event(), event(event_id=" ", lead_id="ben")])
    assert one(facts, "made_event_ids").count == 1
    assert event_rows(facts)[1]["event_id"] == "e1"


def test_traits() -> None:
    rows = [
        {"trait_id": "t1", "lead_id": "ana", "field": "employees", "value": 120, "occurred_at": "2026-01-01",
         "source": "form", "quote": "a hundred", "confidence": 0.5},
        {"lead_id": "ana", "field": "country", "value": "", "occurred_at": "2026-01-01", "confidence": "2"},
    ]  # fmt: skip
    facts = Facts.read(MODEL, traits=rows)
    assert sorted(facts.python_rows()[1], key=lambda row: row["field"]) == [
        {"trait_id": "", "lead_id": "ana", "field": "country", "value": None, "t": DAY_ONE,
         "source": None, "quote": None, "confidence": None},
        {"trait_id": "t1", "lead_id": "ana", "field": "employees", "value": "120", "t": DAY_ONE,
         "source": "form", "quote": "a hundred", "confidence": 0.5},
    ]  # fmt: skip
    assert one(facts, "unreadable").examples == ("2",)


@pytest.mark.parametrize("table", ["leads", "traits", "events"])
def test_a_table_that_is_not_given_is_empty(table: str) -> None:
    facts = Facts.read(MODEL)
    assert facts.to_arrow(table).num_rows == 0
    assert not facts.given(table)


def facts_of_all(write) -> Facts:
    return Facts.read(
        MODEL,
        leads=write("l.csv", LEADS + "cleo,,,,\n"),
        events=write("e.csv", EVENTS + "e3,dan,page,2026-05-01,/p,\n"),
        traits=write("t.csv", TRAITS + "eve,country,DE,2026-06-01\n"),
    )


def test_leads_known_at_an_instant(write) -> None:
    facts = facts_of_all(write)
    assert facts.lead_ids().column("lead_id").to_pylist() == ["ana", "ben", "cleo", "dan", "eve"]
    at = read_time("2026-05-01")
    assert facts.lead_ids(at).column("lead_id").to_pylist() == ["ana", "ben", "cleo", "dan"]
    assert facts.lead_ids(at - 1).column("lead_id").to_pylist() == ["ana", "ben", "cleo"]


def test_dated_leads_are_known_from_their_date() -> None:
    facts = Facts.read(MODEL, leads=[{"lead_id": "ana", "created_at": "2026-01-02"}])
    assert facts.lead_ids(DAY_ONE).num_rows == 0


def test_the_span_of_nothing() -> None:
    assert Facts.read(MODEL).span() == (None, None)


def test_rows_of_some_leads(write) -> None:
    events, traits, leads = facts_of_all(write).python_rows(["ana", "eve", "'; --"])
    assert [row["event_id"] for row in events] == ["e1", "e2"]
    assert [row["lead_id"] for row in traits] == ["ana", "eve"]
    assert [row["lead_id"] for row in leads] == ["ana"]


def test_an_export_has_the_three_relations(write, tmp_path) -> None:
    facts = facts_of_all(write)
    paths = facts.export(tmp_path / "it's out")
    assert list(paths) == ["leads", "traits", "events"]
    for table, path in paths.items():
        assert pq.read_table(path).sort_by("lead_id").column("lead_id").to_pylist() == sorted(
            facts.to_arrow(table).column("lead_id").to_pylist()
        )


def test_an_unknown_relation() -> None:
    with pytest.raises(FactsError, match="no table `event`"):
        Facts.read(MODEL).to_arrow("event")


def test_parquet_is_scanned_where_it_lies(tmp_path) -> None:
    table = pa.table({name: [value] * 3 for name, value in event(path="/p").items() if name != "occurred_at"})
    table = table.append_column("occurred_at", pa.array([0] * 3, pa.timestamp("us")))
    pq.write_table(table, tmp_path / "e.parquet")
    facts = Facts.read(MODEL, events=tmp_path / "e.parquet")
    ((_, plan),) = facts.connection.execute("EXPLAIN SELECT lead_id, p_1 FROM events").fetchall()
    assert "event_id" not in plan
    assert "md5" not in plan
    pq.write_table(pa.concat_tables([table, table]), tmp_path / "e.parquet")
    assert facts.to_arrow("events").num_rows == 6
