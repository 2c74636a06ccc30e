"""Who buys: what is planted is found, and noise is not."""

import json

import numpy as np
import pyarrow as pa
import pytest

from leadline.learn.examples import Examples
from leadline.learn.persona import persona
from leadline.learn.tables import LearnError
from leadline.learn.truth import simulated
from leadline.model.expr import Type
from leadline.model.predictor import Input
from leadline.model.shape import Field

TYPES = {"string": Type.TEXT, "bool": Type.BOOLEAN, "double": Type.NUMBER}


def examples_of(won, **columns):
    table = pa.table({name: pa.array(column) for name, column in columns.items()})
    inputs = tuple(
        Input(c, TYPES[str(table[c].type)], c.replace("_", " ").capitalize(), expr=c)
        for c in table.column_names
    )
    return Examples(table, inputs, tuple(Field(i.name, i.type) for i in inputs), np.asarray(won, bool), "won")


def noise(seed, leads=400, rate=0.25):
    draw = np.random.default_rng(seed)
    same = draw.normal(size=leads)
    columns = {f"n{i}": draw.normal(size=leads) + same for i in range(4)}  # columns that go together
    columns |= {f"t{i}": np.array(list("abcde"))[draw.integers(0, 5, leads)] for i in range(4)}
    columns |= {f"b{i}": draw.random(leads) < 0.3 for i in range(4)}
    return examples_of(draw.random(leads) < rate, **columns)


def said(found):
    return {s.value.text for s in found.statements}


def test_shares_are_those_of_the_table():
    role = ["director"] * 60 + ["staff"] * 140
    won = [True] * 40 + [False] * 20 + [True] * 10 + [False] * 130
    found = persona(examples_of(won, role=role))
    (only,) = found.statements  # of two values, one is told
    assert only.value.text == "Role: staff"
    assert (only.buyers.hits, only.buyers.n, only.others.hits, only.others.n) == (10, 50, 130, 150)
    assert (only.rate.hits, only.rate.n, only.everyone.hits) == (10, 140, 140)
    assert only.lift == pytest.approx((10 / 140) / (50 / 200))
    assert only.ratio.value == pytest.approx((10 / 50) / (130 / 150))
    low, high = only.ratio.interval
    assert low < only.ratio.value < high < 1
    assert only.sentence.replace("\u00a0", " ") == (
        "Buyers are only 23 % as likely as others to have Role: staff (20 % against 87 %)."
    )


def test_a_persona_is_json():
    told = json.loads(json.dumps(persona(simulated(1_000, seed=2).examples).as_dict(), allow_nan=False))
    assert told["statements"][0]["adjusted_p"] <= 0.05


def test_noise_says_nothing_beyond_the_promise():
    """Where nothing is true, one statement is one too many: at most in the promised share of the tries."""
    wrong = sum(bool(persona(noise(seed), kinds=False).statements) for seed in range(60))
    assert wrong <= 6  # 3 expected at the very most; 6 is where chance alone passes once in twenty times


def test_of_what_is_said_hardly_any_is_chance():
    shares = []
    for seed in range(12):
        told = persona(simulated(1_500, seed=seed, noise=24).examples, kinds=False).statements
        shares.append(sum(s.value.input.name.startswith("noise") for s in told) / max(len(told), 1))
    assert np.mean(shares) <= 0.05


@pytest.mark.parametrize(
    ("leads", "planted"),
    [
        (1_000, {"seniority", "channel", "pricing"}),
        (10_000, {"seniority", "channel", "pricing", "employees", "phone"}),
        pytest.param(
            100_000, {"seniority", "channel", "pricing", "employees", "phone"}, marks=pytest.mark.slow
        ),
    ],
)
def test_the_planted_profile_is_found(leads, planted):
    """At 200, 2,000 and 20,000 who bought."""
    found = persona(simulated(leads, seed=5).examples)
    assert {s.value.input.name for s in found.statements} >= planted
    directions = {s.value.text: s.over for s in found.statements}
    assert directions["Seniority: director"]
    assert not directions["Seniority: staff"]


def test_what_is_missing_is_a_value_of_its_own():
    draw = np.random.default_rng(3)
    won = draw.random(600) < 0.3
    unknown = draw.random(600) < np.where(won, 0.1, 0.5)
    size = [None if gone else float(x) for gone, x in zip(unknown, draw.normal(size=600), strict=True)]
    found = persona(examples_of(won, size=size))
    assert not next(s for s in found.statements if s.value.text == "Size: missing").over


def test_columns_that_say_the_same_are_told_once():
    draw = np.random.default_rng(4)
    vip = draw.random(500) < 0.3
    won = draw.random(500) < np.where(vip, 0.6, 0.2)
    (only,) = persona(examples_of(won, vip=vip, tier=np.where(vip, "gold", "none"))).statements
    assert len(only.also) == 1


def test_nothing_is_said_of_a_handful():
    won = [True] * 4 + [False] * 200
    found = persona(examples_of(won, vip=[True] * 4 + [False] * 200))
    assert found.statements == ()
    assert "Only 4 buyers" in found.notes[0]


@pytest.mark.parametrize("won", [[], [False] * 30, [True] * 30])
def test_with_nobody_to_compare_it_says_so(won):
    with pytest.raises(LearnError, match=r"nobody to compare|no leads"):
        persona(examples_of(won, n=pa.array([1.0] * len(won), pa.float64())))


def test_columns_that_hold_nothing_are_named():
    draw = np.random.default_rng(5)
    won = draw.random(300) < 0.3
    found = persona(examples_of(
        won, same=["x"] * 300, gone=pa.array([None] * 300, pa.string()), id=[f"L{i}" for i in range(300)],
        endless=np.where(draw.random(300) < 0.5, np.inf, np.nan),
    ))  # fmt: skip
    assert set(found.unsaid) >= {"same", "gone", "id"}
    assert found.statements == ()


# --- kinds ---------------------------------------------------------------------------------------------


def two_kinds(seed, buyers=400):
    """Founders of small firms who come by search, and managers of large ones who come from events."""
    draw = np.random.default_rng(seed)
    won = np.repeat([True, False], [buyers, 2 * buyers])
    large = draw.random(len(won)) < 0.4

    def mostly(one, other):
        return np.where(
            draw.random(len(won)) < np.where(large & won, 0.88, np.where(won, 0.12, 0.5)), one, other
        )

    return examples_of(
        won, role=mostly("manager", "founder"), source=mostly("event", "search"), demo=mostly("yes", "no"),
        employees=np.exp(draw.normal(np.where(large & won, 6.5, 2.5), 0.7)), lucky=draw.normal(size=len(won)),
    ), large[won]  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_two_kinds_are_told_apart(seed):
    examples, large = two_kinds(seed)
    found = persona(examples, seed=seed)
    assert len(found.kinds) == 2
    assert found.kinds[1].share == pytest.approx(large.mean(), abs=0.06)
    marks = {m.value.text for m in found.kinds[1].marks}
    assert {"Role: manager", "Source: event"} <= marks


@pytest.mark.parametrize("seed", range(4))
def test_buyers_of_one_kind_are_one_kind(seed):
    found = persona(noise(seed, leads=1_600))
    assert found.kinds == ()
    assert found.kinds_said.startswith("One kind")


def test_one_kind_where_causes_add_up():
    assert persona(simulated(2_000, seed=3).examples).kinds == ()


def test_two_columns_of_one_thing_make_no_kinds():
    draw = np.random.default_rng(6)
    land = draw.choice(["de", "fr", "us"], 900)
    money = np.array([{"de": "eur", "fr": "euro", "us": "usd"}[x] for x in land])
    won = draw.random(900) < 0.4
    found = persona(
        examples_of(won, land=land, money=money, n=draw.normal(size=900), m=draw.normal(size=900))
    )
    assert found.kinds == ()
