"""Generated predictors over generated models: one probability, whoever computes it, of one or of many."""

from decimal import Decimal

import pyarrow as pa
import pytest
from agreeing import assert_same, examples
from generated_facts import Case, cases
from generated_models import models
from generated_predictors import predicting_models, predictors
from hypothesis import given
from hypothesis import strategies as st
from test_live import assert_nothing_changes_before, assessed, published, rows_of

from leadline.engine.assess import assess_facts, points_table
from leadline.engine.features import features_of
from leadline.engine.live import Live
from leadline.engine.predict import Predictions, predicted, probabilities
from leadline.model import read_model
from leadline.model.errors import PredictorError
from leadline.model.expr import Type
from leadline.model.predicting import predicting
from leadline.model.predictor import Axis, Input, Predictor, Term
from leadline.model.predictor_file import read_predictor, write_predictor
from leadline.model.shape import Model
from leadline.model.values import micros_of

PREDICTING = predicting_models(models())


def predictor_of(model: Model) -> Predictor:
    assert model.predicting is not None
    assert model.predicting.predictor is not None
    return model.predicting.predictor


@examples()
@given(PREDICTING, cases())
def test_duckdb_gives_the_probability_that_the_reference_gives(model: Model, case: Case) -> None:
    facts, points = case.read(model), points_table(case.points)
    expected = assess_facts(model, facts, points=points, engine="reference")
    assert None not in expected.assessments.column("probability").to_pylist()
    assert_same(assess_facts(model, facts, points=points, engine="duckdb"), expected)
    at = case.points[0][1]
    everyone = assess_facts(model, facts, as_of=at, engine="reference")
    assert_same(assess_facts(model, facts, as_of=at, engine="duckdb"), everyone)


@examples(2)
@given(PREDICTING, cases())
def test_what_is_learned_from_is_what_is_scored(model: Model, case: Case) -> None:
    predictor, facts = predictor_of(model), case.read(model)
    wanted = [r.input for r in model.predicting.readings] if model.predicting else []
    features = features_of(model, facts, wanted, case.points)
    assert features.column("lead_id").to_pylist() == [lead for lead, _ in case.points]
    found = probabilities(predictor, features).probability.tolist()
    told = assess_facts(model, facts, points=points_table(case.points), engine="duckdb").assessments
    at = told.column("as_of").cast(pa.int64()).to_pylist()
    by_point = dict(
        zip(
            zip(told.column("lead_id").to_pylist(), at, strict=True),
            told.column("probability").to_pylist(),
            strict=True,
        )
    )
    assert found == [by_point[point] for point in case.points]


@examples(2)
@given(models().flatmap(predictors), st.data())
def test_one_by_one_is_as_all_at_once_and_contributions_sum(
    predictor: Predictor, data: st.DataObject
) -> None:
    table = data.draw(rows(predictor))
    together = probabilities(predictor, table, intervals=True, contributions=True)
    each = contributions_of(together, len(table))
    for i, row in enumerate(table.to_pylist()):
        alone = probabilities(predictor, table.slice(i, 1), intervals=True, contributions=True)
        plain = predicted(predictor, row)
        assert alone.probability[0] == together.probability[i] == plain.probability
        assert contributions_of(alone, 1) == each[i : i + 1]
        assert {k: v / 1e6 for k, v in plain.contributions.items()} == each[i]
        parts = [together.start, *each[i].values()]
        assert sum(map(exactly, parts)) == exactly(together.probability[i])
        if predictor.replicas:
            assert alone.low is not None
            assert together.low is not None
            assert alone.high is not None
            assert together.high is not None
            assert (alone.low[0], alone.high[0]) == (together.low[i], together.high[i])
            assert alone.low[0] <= alone.probability[0] <= alone.high[0]


def contributions_of(found: Predictions, count: int) -> list[dict[str, float]]:
    assert found.contributions is not None
    return found.contributions.to_pylist() or [{}] * count  # a table without columns has no rows


def exactly(probability: float) -> Decimal:
    """As the six decimals that it has."""
    return Decimal(repr(float(probability))).quantize(Decimal("0.000001"))


@st.composite
def rows(draw, predictor: Predictor) -> pa.Table:
    """Values for the inputs: those at edges and of levels, beside others, and missing ones."""
    columns = {}
    for given_ in predictor.inputs:
        axes = [a for t in predictor.terms for a in t.axes if a.input == given_.name]
        near = [v for a in axes for v in (*a.edges, *a.levels)]
        values, type_ = {
            Type.NUMBER: ([*near, 0.0, -1e308, 7.0, None], pa.float64()),
            Type.TIME: ([*(int(v) for v in near if isinstance(v, float)), 0, None], pa.int64()),
            Type.TEXT: ([*near, "some other", "", None], pa.string()),
            Type.BOOLEAN: ([True, False, None], pa.bool_()),
        }[given_.type]
        columns[given_.name] = pa.array(
            draw(st.lists(st.sampled_from(values), min_size=6, max_size=6)), type_
        )
    return pa.table(columns)


@examples(2)
@given(models().flatmap(predictors))
def test_a_predictor_is_what_its_file_says(predictor: Predictor) -> None:
    text = write_predictor(predictor)
    assert read_predictor(text) == predictor
    assert write_predictor(read_predictor(text)) == text


@examples(2)
@given(PREDICTING, cases())
def test_a_lead_is_judged_live_with_its_probability(model: Model, case: Case) -> None:
    live = Live(model)
    for lead in sorted({lead for lead, _ in case.points}):
        given_rows = rows_of(case, lead)
        if not any(given_rows.values()):
            continue
        expected = assessed(model, given_rows, points_table([p for p in case.points if p[0] == lead]))
        facts = live.facts(**given_rows)
        for row in expected.assessments.to_pylist():
            at = micros_of(row["as_of"])
            told = live.judge(facts, as_of=at)
            assert published(told, model) == row | {"lead_id": ""}
            assert live.judge_again(live.upcoming(facts), as_of=at).measures == told.measures


SOON = st.lists(st.integers(1, 40 * 86_400_000_000), min_size=12, max_size=12)


@examples()
@given(PREDICTING, cases(instants=2), SOON)
def test_no_probability_changes_what_matters_before_the_next_change(
    model: Model, case: Case, soon: list[int]
) -> None:
    live = Live(model)
    for lead, after in case.points:
        assert_nothing_changes_before(live, live.facts(**rows_of(case, lead)), after, soon)


def test_what_was_learned_outlives_another_threshold_and_not_another_rule() -> None:
    text = """
        leadline: 1
        name: First
        fields: {size: number}
        fit: {rules: [{id: large, when: size > 50, points: 10}]}
        quality: {good: fit >= 10, bad: true}
    """
    first = read_model(text)
    of_fit = Input("fit", Type.NUMBER, "Fit", expr="fit")
    term = Term((Axis("fit", edges=(5.0,)),), (0.0, -1.0, 1.0))
    learned = Predictor("Deals", "scorecard", "a deal", (), (of_fit,), (term,), base=-1.0, model=first.basis)
    for other in (
        text.replace("name: First", "name: Second"),
        text.replace("good: fit >= 10", "good: probability >= 0.3"),
        text.replace("when: size > 50", "label: Large, when: size > 50"),
        text.replace("size: number", "size: {type: number, label: Employees, ask: How many?}"),
    ):
        model = read_model(other)
        assert model.version != first.version
        assert predicting(model, learned).predicting is not None
    for other in (text.replace("points: 10", "points: 20"), text.replace("size > 50", "size > 60")):
        with pytest.raises(PredictorError, match="train it again"):
            predicting(read_model(other), learned)
