"""Facts that lie in Spark are judged there as the same facts are anywhere.

Each judgement costs some ten CPU seconds, most of them Spark's planning: one a day, the others with `slow`.
What they share with it (points of many instants, facts read here) the specs look at every day.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cast import MODEL, TABLES, assert_equal, in_order

from leadline.engine.assess import assess_facts, points_table
from leadline.engine.facts import Facts, FactsError
from leadline.engine.spark import SparkFacts, assess_on_spark
from leadline.model.read import read_model
from leadline.model.values import read_time

pytestmark = pytest.mark.spark
AT = "2026-06-10T12:00:00Z"
POINTS = [
    (lead, at) for lead in ("ana", "ben", "dora") for at in ("2026-06-02T09:00:00Z", "2026-06-05T11:30:00Z")
]


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The tables as Parquet files."""
    folder = tmp_path_factory.mktemp("tables")
    for name, table in TABLES.items():
        pq.write_table(table, folder / f"{name}.parquet")
    return {name: folder / f"{name}.parquet" for name in TABLES}


@pytest.fixture(scope="module")
def facts() -> Facts:
    return Facts.read(MODEL, **TABLES)


@pytest.fixture(scope="module")
def spark_facts(spark: Any, paths: dict[str, Path]) -> SparkFacts:
    return SparkFacts.read(MODEL, spark, **paths)


@pytest.fixture
def careless(spark: Any) -> Iterator[Any]:
    """A session with settings of somebody else's."""
    theirs = {
        "spark.sql.session.timeZone": "America/New_York",
        "spark.sql.ansi.enabled": "false",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
    }
    ours = {name: spark.conf.get(name) for name in theirs}
    for name, value in theirs.items():
        spark.conf.set(name, value)
    yield spark
    assert {name: spark.conf.get(name) for name in theirs} == theirs, "settings were not put back"
    for name, value in ours.items():
        spark.conf.set(name, value)


@pytest.mark.parametrize("table", ["leads", "traits", "events"])
def test_tables_are_bound_as_on_one_machine(table: str, facts: Facts, spark_facts: SparkFacts) -> None:
    there, here = spark_facts.relations[table].toArrow(), facts.to_arrow(table)
    assert there.column_names == here.column_names
    assert sorted(map(str, there.to_pylist())) == sorted(map(str, here.to_pylist()))


def test_everyone_is_judged_as_on_one_machine_and_nothing_is_left(
    spark: Any, facts: Facts, spark_facts: SparkFacts
) -> None:
    expected = assess_facts(MODEL, facts, as_of=read_time(AT), engine="reference")
    views, kept = spark.sql("SHOW TABLES").collect(), _kept(spark)
    with assess_on_spark(MODEL, spark_facts, as_of=AT) as result:
        assert_equal(result.assessments.toArrow(), result.ledger.toArrow(), expected)
    assert spark.sql("SHOW TABLES").collect() == views
    assert _kept(spark) == kept


def _kept(spark: Any) -> int:
    """How many sets of rows Spark keeps."""
    return spark.sparkContext._jsc.getPersistentRDDs().size()


@pytest.mark.slow
def test_points_of_many_instants_are_judged_as_on_one_machine(
    spark: Any, facts: Facts, spark_facts: SparkFacts
) -> None:
    points = points_table([(lead, read_time(at)) for lead, at in POINTS])
    expected = assess_facts(MODEL, facts, points=points, engine="reference")
    given = spark.createDataFrame(
        [(lead, datetime.fromisoformat(at)) for lead, at in [*POINTS, POINTS[0]]],
        "lead_id STRING, as_of TIMESTAMP",
    )
    with assess_on_spark(MODEL, spark_facts, points=given) as (assessments, ledger):
        assert_equal(assessments.toArrow(), ledger.toArrow(), expected)


@pytest.mark.slow
def test_the_engine_for_facts_read_here_agrees(spark: Any, facts: Facts) -> None:
    expected = assess_facts(MODEL, facts, as_of=read_time(AT), engine="reference")
    found = assess_facts(MODEL, facts, as_of=read_time(AT), engine="spark")
    assert_equal(found.assessments, found.ledger, expected)
    nobody = assess_facts(MODEL, facts, points=points_table([]), engine="spark")
    assert len(nobody) == 0


@pytest.mark.slow
def test_somebody_elses_session_gives_the_same_and_keeps_its_settings(
    careless: Any, paths: dict[str, Path], facts: Facts, tmp_path: Path
) -> None:
    expected = assess_facts(MODEL, facts, as_of=read_time(AT), engine="reference")
    careless.read.parquet(str(paths["events"])).createOrReplaceTempView("points")  # a name that plans use
    given = SparkFacts.read(MODEL, careless, leads=paths["leads"], traits=[paths["traits"]], events="points")
    with assess_on_spark(MODEL, given, as_of=datetime(2026, 6, 10, 12, tzinfo=UTC)) as result:
        for name in ("assessments", "ledger"):
            getattr(result, name).write.parquet(str(tmp_path / name))
    assert "event_id" in careless.table("points").columns
    written = [pq.read_table(tmp_path / name) for name in ("assessments", "ledger")]
    at = written[0]["as_of"].cast(pa.timestamp("us")).cast(pa.int64())  # Spark may write nanoseconds
    assert set(at.to_pylist()) == {read_time(AT)}
    assert [r["lead_id"] for r in in_order(written[0])] == [
        r["lead_id"] for r in in_order(expected.assessments)
    ]
    assert [r["points"] for r in in_order(written[1])] == [r["points"] for r in in_order(expected.ledger)]


def test_what_was_left_out_is_told(spark_facts: SparkFacts) -> None:
    found = {(f.kind, f.table, f.column): f.count for f in spark_facts.findings()}
    assert found == {
        ("left_out", "leads", "lead_id"): 1,
        ("left_out", "traits", "occurred_at"): 1,
        ("unreadable", "traits", "confidence"): 1,
        ("left_out", "events", "lead_id"): 1,
        ("left_out", "events", "event"): 1,
        ("left_out", "events", "occurred_at"): 1,
        ("unreadable", "events", "properties"): 2,
    }


SMALL = read_model(
    text="""
leadline: 1
name: Typed
fields: {size: number, since: time, open: boolean, code: text}
properties: {amount: number}
fit: {rules: [{id: big, when: size > 1, points: 1}, {id: old, when: days_since(since) > 1, points: 2},
  {id: open, when: open, points: 4}, {id: code, when: "code in ('7', '2026-01-01T00:00:00Z')", points: 8}]}
intent: {signals: [{id: paid, event: paid, where: amount >= 2, points: 16}]}
"""
)


def test_typed_columns_keep_their_types_and_names_may_differ(spark: Any) -> None:
    leads = spark.createDataFrame(
        [("ana", Decimal(2), date(2026, 1, 1), True, 7), ("ben", Decimal(1), None, False, 8)],
        "id STRING, size DECIMAL(5, 2), since DATE, open BOOLEAN, code BIGINT",
    )
    events = spark.createDataFrame(
        [("ana", datetime.fromisoformat("2026-01-02"), (3,)), ("ben", None, (1,))],
        "who STRING, occurred_at TIMESTAMP_NTZ, properties STRUCT<amount: INT>",
    )
    mapping = {"leads.lead_id": "id", "events.lead_id": "who", "events.event": "'paid'"}
    facts = SparkFacts.read(SMALL, spark, leads=leads, events=events, mapping=mapping)
    with assess_on_spark(SMALL, facts, as_of="2026-01-03") as result:
        rows = {
            row["lead_id"]: (row["fit"], row["intent"], row["stage"]) for row in result.assessments.collect()
        }
    assert rows == {"ana": (15.0, 16.0, None), "ben": (0.0, 0.0, None)}


@pytest.mark.slow
def test_a_map_is_a_bag_of_properties_too(spark: Any) -> None:
    rows = [("ana", "paid", "2026-01-02", {"amount": "2.0"})]
    columns = "lead_id STRING, event STRING, occurred_at STRING, properties MAP<STRING, STRING>"
    events = spark.createDataFrame(rows, columns)
    facts = SparkFacts.read(SMALL, spark, events=events)
    with assess_on_spark(SMALL, facts, as_of="2026-01-03") as result:
        assert [row["intent"] for row in result.assessments.collect()] == [16.0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"leads": "no_such_table"}, "there is no table `no_such_table`; a path has a / in it"),
        ({"leads": "./no/such/folder"}, "`./no/such/folder` cannot be read as Parquet"),
        ({"leads": 7}, "what Spark does not read (of type int)"),
        ({"events": pa.table({"lead_id": ["a"]})}, "what Spark does not read (of type Table)"),
    ],
)
def test_what_cannot_be_read_is_said(spark: Any, given: dict[str, Any], message: str) -> None:
    with pytest.raises(FactsError, match=re.escape(message)):
        SparkFacts.read(SMALL, spark, **given)


def test_a_missing_column_is_named_with_what_there_is(spark: Any) -> None:
    events = spark.sql("SELECT 'ana' AS lead_id, 'page' AS event, 1 AS occured_at")
    with pytest.raises(FactsError, match="no column `occurred_at`; did you mean `occured_at`"):
        SparkFacts.read(SMALL, spark, events=events)


def test_points_without_an_instant_are_refused(spark: Any, spark_facts: SparkFacts) -> None:
    points = spark.sql("SELECT 'ana' AS lead_id, CAST(NULL AS BIGINT) AS as_of")
    with pytest.raises(FactsError, match="without a lead_id or an as_of"):
        assess_on_spark(MODEL, spark_facts, points=points)
    with pytest.raises(FactsError, match="no column `as_of`"):
        assess_on_spark(MODEL, spark_facts, points=points.drop("as_of"))
    with pytest.raises(ValueError, match="either as_of"):
        assess_on_spark(MODEL, spark_facts)
    with pytest.raises(ValueError, match="`soon` is no instant"):
        assess_on_spark(MODEL, spark_facts, as_of="soon")
