"""Models that nobody would think of: written, read, edited and compared, they stay what they are."""

import random
import re
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.model import ModelError, emit, read_model
from leadline.model.diff import diff
from leadline.model.source import source_of_text
from leadline.model.tree import plain, read_tree
from leadline.model.words import (
    condition_words,
    criterion_sentence,
    rule_sentence,
    signal_sentence,
    stage_sentence,
)
from leadline.model.write import ModelDocument, file_data, to_yaml

FEWER = settings(
    max_examples=max(settings.default.max_examples // 4, 25), suppress_health_check=list(HealthCheck)
)

FIELDS = {"size": "number", "country": "text", "met": "boolean", "seen": "time"}
PROPERTIES = {"amount": "number", "paid": "boolean"}
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(str.strip)
NUMBERS = st.floats(-1e6, 1e6).map(lambda x: round(x, 3)) | st.integers(-1000, 1000).map(float)
DURATIONS = st.builds(lambda n, u: f"{n}{u}", st.integers(1, 400), st.sampled_from("mhdw"))
IDS = st.from_regex(r"[a-z]{2}[a-z0-9_]{0,6}", fullmatch=True)


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def conditions(types: dict[str, str]) -> st.SearchStrategy[str]:
    """Conditions over names of each type."""
    number = st.sampled_from([n for n, t in types.items() if t == "number"]) | NUMBERS.map(repr)
    number = st.recursive(
        number,
        lambda x: st.builds("({} {} {})".format, x, st.sampled_from("+-*/"), x) | x.map("(-({}))".format),
        max_leaves=3,
    )
    text = st.sampled_from([n for n, t in types.items() if t == "text"]) | TEXTS.map(quoted)
    boolean = st.sampled_from([n for n, t in types.items() if t == "boolean"])
    leaf = st.one_of(
        boolean,
        st.sampled_from(["true", "false", "null"]),
        st.builds(
            "{} {} {}".format, number, st.sampled_from(["=", "<>", "!=", "<", "<=", ">", ">="]), number
        ),
        st.builds("{} {} {}".format, text, st.sampled_from(["=", "<>", "<", ">="]), text),
        st.builds("{} between {} and {}".format, number, number, number),
        st.builds("{} in ({}, {})".format, text, text, text),
        st.builds("{} {} {}".format, text, st.sampled_from(["like", "not like", "ilike"]), TEXTS.map(quoted)),
        st.builds("{}({}, {})".format, st.sampled_from(["contains", "starts_with", "ends_with"]), text, text),
        st.builds("length(lower({})) > {}".format, text, number),
        st.builds("{} is {}".format, text, st.sampled_from(["null", "not null"])),
    )
    return st.recursive(
        leaf,
        lambda x: (
            st.builds("({}) {} ({})".format, x, st.sampled_from(["and", "or"]), x) | x.map("not ({})".format)
        ),
        max_leaves=5,
    )


WHERE = conditions({"path": "text", "name": "text", **PROPERTIES})
WHEN = conditions(FIELDS)
LATE = conditions({**FIELDS, "fit": "number", "intent": "number", "hand_raised": "boolean"})


def dicts(required: dict[str, st.SearchStrategy], **optional: st.SearchStrategy) -> st.SearchStrategy[dict]:  # type: ignore[type-arg]
    return st.fixed_dictionaries(required, optional=optional)


@st.composite
def models(draw: st.DrawFn) -> dict:  # type: ignore[type-arg]
    """The data of a model's file; each reads without a problem."""
    ids = draw(st.lists(IDS, max_size=6, unique=True))
    cut = draw(st.integers(0, len(ids)))
    effect = st.one_of(dicts({"points": NUMBERS}), dicts({"disqualify": st.just(True)}))
    rules = [{"id": i, **draw(dicts({"when": WHEN}, label=TEXTS)), **draw(effect)} for i in ids[:cut]]
    signal = dicts(
        {"event": TEXTS, "points": NUMBERS},
        where=WHERE,
        label=TEXTS,
        half_life=DURATIONS,
        window=DURATIONS,
        max_per_day=st.integers(1, 9),
        max_points=NUMBERS.map(abs),
        hand_raise=st.booleans(),
    )
    stage = dicts({}, label=TEXTS, owner=TEXTS, enter=LATE, event=TEXTS, leave=LATE, sla=DURATIONS)
    stages = draw(st.lists(st.sampled_from(["mql", "sal", "sql", "won-again"]), max_size=4, unique=True))
    criterion = dicts({"yes_if": WHEN}, no_if=WHEN, label=TEXTS, valid_for=DURATIONS)
    bands = sorted(draw(st.lists(NUMBERS, max_size=3, unique=True)), reverse=True)
    ends = sorted(draw(st.lists(NUMBERS, min_size=2, max_size=2)))
    data = {
        "leadline": 1,
        "name": draw(TEXTS),
        "timezone": draw(st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"])),
        "fields": {
            **FIELDS,
            "grade": {"type": "text", **draw(dicts({}, label=TEXTS, ask=TEXTS, column=TEXTS))},
        },
        "properties": PROPERTIES,
        "fit": {"rules": rules, **dict(zip(["min", "max"], ends, strict=True))},
        "intent": {"signals": [{"id": i, **draw(signal)} for i in ids[cut:]]},
        "journey": [
            {"step": s, **draw(dicts({"event": TEXTS}, where=WHERE))} for s in draw(st.lists(IDS, max_size=2))
        ],
        "criteria": {
            c: draw(criterion) for c in draw(st.lists(st.sampled_from(["need", "budget"]), unique=True))
        },
        "bands": {"fit": {f"B{i}": at for i, at in enumerate(bands)}},
        "quality": {q: draw(LATE) for q in draw(st.lists(st.sampled_from(["good", "bad"]), unique=True))},
        "goal": draw(st.none() | dicts({"event": TEXTS}, value=st.just("amount"), horizon=DURATIONS)),
    }
    if stages:
        data["lifecycle"] = {"stages": [{"stage": "lead"}, *({"stage": s, **draw(stage)} for s in stages)]}
    return data


def outcome(read: Callable[[], Any]) -> tuple[Any, str]:
    """What was read, or what was said of it."""
    try:
        return read(), ""
    except ModelError as error:
        return None, str(error)


def written(data: dict) -> str:  # type: ignore[type-arg]
    return "\n".join(emit.block_lines(data)) + "\n"


@given(models())
def test_a_model_written_out_reads_back_as_the_same_version(data: dict) -> None:  # type: ignore[type-arg]
    model = read_model(text=written(data))
    again = read_model(text=to_yaml(model))
    assert again.full_version == model.full_version
    assert again == model
    assert diff(model, again) == []


@FEWER
@given(models(), st.randoms(use_true_random=False))
def test_layout_and_the_order_of_keys_keep_the_version(data: dict, random_: random.Random) -> None:  # type: ignore[type-arg]
    version = read_model(text=written(data)).version
    assert read_model(text=emit.flow(_shuffled(data, random_)) + "  # one line\n").version == version


def _shuffled(value: object, random_: random.Random, key: str = "") -> object:
    if isinstance(value, list):
        return [_shuffled(item, random_) for item in value]
    if not isinstance(value, dict):
        return value
    keys = list(value)
    if key not in ("criteria", "quality", "bands") and not any(k.startswith("B") for k in keys):
        random_.shuffle(keys)
    return {k: _shuffled(value[k], random_, k) for k in keys}


@FEWER
@given(models(), models())
def test_two_models_differ_exactly_where_something_is_told(one: dict, two: dict) -> None:  # type: ignore[type-arg]
    old, new = read_model(text=written(one)), read_model(text=written(two))
    assert bool(diff(old, new)) == (old.full_version != new.full_version)


@FEWER
@given(models())
def test_everything_has_words(data: dict) -> None:  # type: ignore[type-arg]
    model = read_model(text=written(data))
    said = [rule_sentence(r, model) for r in model.fit.rules]
    said += [signal_sentence(s, model) for s in model.intent.signals]
    said += [criterion_sentence(c, model) for c in model.criteria]
    said += [stage_sentence(s, model) for s in model.lifecycle.stages]
    said += [condition_words(q.when, model) for q in model.quality]
    assert all(said)


@FEWER
@given(models(), st.data())
def test_one_edit_changes_one_value(data: dict, drawn: st.DataObject) -> None:  # type: ignore[type-arg]
    text = "# mine\n" + written(data).replace("\nfit:", "\n# fit\nfit:")
    document = ModelDocument.read(text=text)
    ways = [("name",), ("timezone",), ("fit", "min"), *(("quality", q) for q in data["quality"])]
    ways += [("fit", "rules", r["id"], "label") for r in data["fit"]["rules"]]
    way, value = drawn.draw(st.sampled_from(ways)), drawn.draw(TEXTS | NUMBERS | st.booleans())
    document.set(way, value)
    assert document.get(way) == value
    assert document.text().startswith("# mine\n")
    assert "\n# fit\n" in document.text()
    document.remove(way)
    assert document.text().count("\n") >= text.count("\n") - 1


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=9), x, max_size=3),
    max_leaves=12,
)


@given(
    st.dictionaries(st.text(min_size=1, max_size=9).filter(lambda k: k != "<<"), JSON, min_size=1, max_size=4)
)
def test_whatever_is_written_reads_back(data: dict) -> None:  # type: ignore[type-arg]
    for text in (written(data), emit.flow(data) + "\n"):
        found, said = outcome(lambda text=text: read_tree(source_of_text(text, "m")))
        if found:
            assert (plain(found[0]), found[1]) == (data, [])
        else:
            assert any(word in said for word in ("U+D", "deeper", "merge"))


@given(st.text(st.sampled_from(" \n\t:-?{}[],&*!|>'\"%@`#ax1.\\~<") | st.characters(), max_size=60))
def test_any_text_gives_a_model_or_a_clear_error(text: str) -> None:
    for given_ in (text, "leadline: 1\nname: x\n" + text, "leadline: 1\nname: x\nquality:\n  a: " + text):
        model, said = outcome(lambda given_=given_: read_model(text=given_))
        assert model or re.match(r"<text>:[1-9][0-9]*:[1-9][0-9]*: .", said)


def test_generated_models_are_not_all_alike() -> None:
    """The data of a written model is what was given."""
    model = read_model(text=written({"leadline": 1, "name": "x", "fields": {"a": "text"}}))
    assert file_data(model) == {"leadline": 1, "name": "x", "fields": {"a": "text"}}
