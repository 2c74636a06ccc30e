# ruff: noqa: E501 (one example is one line)
"""What is wrong with a model is told at once, each at its place, with what was meant."""

from pathlib import Path

import pytest

from leadline.model import Model, ModelError, read_model
from leadline.model.expr import TRUE, Type, text_of
from leadline.model.names import is_usable
from leadline.model.values import DAY, HOUR

B2B = Path(__file__).parent / "b2b.yaml"
HEAD = "leadline: 1\nname: Test\n"


def told(text: str, *, head: str = HEAD) -> list[tuple[int, int, str]]:
    with pytest.raises(ModelError) as caught:
        read_model(text=head + text)
    return [(p.line, p.column, p.message) for p in caught.value.problems]


def read(text: str) -> Model:
    return read_model(text=HEAD + text)


def rule(when: str, fields: str = "{size: number, seniority: {type: text, values: [director, vp]}}") -> str:
    return f"fields: {fields}\nfit:\n  rules:\n    - id: a\n      points: 1\n      when: {when}\n"


# --- what is right ---------------------------------------------------------------------------------------


def test_the_model_of_the_format_reads_as_it_says() -> None:
    model = read_model(B2B)
    assert (model.name, model.timezone) == ("B2B software trial", "Europe/Berlin")
    assert [f.name for f in model.fields][:2] == ["seniority", "employees"]
    assert model.field("seniority").values == ("c_level", "vp", "director", "manager", "staff")
    assert model.property_type("amount") is Type.NUMBER
    assert model.property_type("path") is Type.TEXT
    assert [(r.id, r.points, r.disqualify) for r in model.fit.rules][-2:] == [
        ("work_mail", 20, False),
        ("rival", 0, True),
    ]
    pricing = model.intent.signals[0]
    assert (pricing.half_life, pricing.window, pricing.max_per_day, pricing.max_points) == (
        14 * DAY,
        90 * DAY,
        2,
        36,
    )
    assert [c.name for c in model.criteria] == ["budget", "authority", "need", "timeline"]
    assert [(b.name, b.at) for b in model.bands.intent] == [("1", 60), ("2", 30), ("3", 0)]
    assert model.quality[-1].when == TRUE
    assert model.lifecycle.names == ("lead", "mql", "sal", "sql", "customer")
    assert (model.lifecycle.cooldown, model.lifecycle.stages[2].sla) == (30 * DAY, 4 * HOUR)
    assert model.goal is not None
    assert (model.goal.event, model.goal.value, model.goal.horizon) == ("deal_won", "amount", 180 * DAY)


def test_the_commented_example_is_the_same_model() -> None:
    assert (
        read_model(B2B.parents[2] / "examples" / "b2b-trial" / "model.yaml").version
        == read_model(B2B).version
    )


def test_only_the_format_and_the_name_are_required() -> None:
    model = read("")
    assert (model.timezone, model.fields, model.goal, model.lifecycle.stages) == ("UTC", (), None, ())


def test_a_section_with_nothing_in_it_says_nothing() -> None:
    assert read("fields:\nfit:\nintent:\njourney:\ncriteria:\nbands:\nquality:\nlifecycle:\ngoal:\n") == read(
        ""
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("on", "on"),
        ("yes", "yes"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2026-01-31", "2026-01-31"),
    ],
)
def test_norway_is_a_text_and_on_is_a_word(text: str, value: str) -> None:
    assert read(f"fields: {{a: {{type: text, values: [{text}]}}}}").fields[0].values == (value,)


def test_bands_are_called_the_same_with_and_without_quotes() -> None:
    assert read("bands: {intent: {1: 60, 2: 0}}") == read('bands: {intent: {"1": 60.0, "2": 0}}')


@pytest.mark.parametrize(
    ("text", "points"), [("12", 12), ("1e2", 100), ("0x10", 16), ("-0", 0), (".5", 0.5), ("0o17", 15)]
)
def test_numbers_are_those_of_yaml_1_2(text: str, points: float) -> None:
    assert (
        read(f"intent: {{signals: [{{id: a, event: e, points: {text}}}]}}").intent.signals[0].points == points
    )


def test_json_is_read_too() -> None:
    text = '{\n\t"leadline": 1,\n\t"name": "\\ud83d\\ude00 \\/ \\u00e4",\n\t"fields": {"a":"text"}}\n'
    assert read_model(text=text).name == "😀 / ä"


def test_a_path_a_text_and_a_string_with_lines_are_all_taken(tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    file.write_bytes(b"\xef\xbb\xbfleadline: 1\r\nname: Test\r\n")
    assert read_model(file) == read_model(str(file)) == read_model(HEAD) == read_model(text=HEAD)
    with pytest.raises(TypeError, match="either the path"):
        read_model(file, text=HEAD)


def test_true_is_a_condition() -> None:
    assert read("quality: {all: true, none: false}").quality[0].when == TRUE


def test_a_property_that_is_built_in_may_be_declared_again_as_what_it_is() -> None:
    assert read("properties: {path: text}").version == read("").version


# --- what is wrong ---------------------------------------------------------------------------------------

WRONG = {
    # the file as a whole
    "fit: {}\nfits: {}": (4, 1, "unknown key `fits` in a model"),
    "fit: {}\nfit: {}": (4, 1, "`fit` stands here a second time; the first is in line 3"),
    "fit: [1]": (3, 6, "fit: expected a mapping with min, max, rules, got a list"),
    "timezone: europe/berlin": (3, 11, "unknown time zone `europe/berlin`; did you mean `Europe/Berlin`?"),
    "timezone: Berlin": (3, 11, "did you mean `Europe/Berlin`?"),
    "timezone: ../../etc/passwd": (3, 11, "unknown time zone `../../etc/passwd`"),
    "timezone: 1": (3, 11, "expected an IANA time zone such as Europe/Berlin, got the number 1"),
    # fields and properties
    "fields: [a]": (3, 9, "fields: expected a mapping such as `employees: number`, got a list"),
    "fields: {a: string}": (3, 13, "unknown type `string`; did you mean `text`?"),
    "fields: {a: txt}": (3, 13, "unknown type `txt`; did you mean `text`?"),
    "fields: {a: {label: A}}": (3, 13, "a field (`a`) needs the key `type`"),
    "fields: {a: {tpye: text}}": (3, 14, "unknown key `tpye` in a field (`a`); did you mean `type`?"),
    "fields: {a: 1}": (3, 13, "expected a type (text, number, boolean, time), got the number 1"),
    "fields: {2a: text}": (3, 10, "field `2a` is not a name"),
    "fields: {select: text}": (3, 10, "`select` is a word of SQL"),
    "fields: {and: text}": (3, 10, "`and` is a word of SQL"),
    "fields: {lead_id: text}": (3, 10, "`lead_id` says whose the facts are"),
    "fields: {a: {type: number, values: [x]}}": (3, 36, "only a text field lists its values"),
    "fields: {a: {type: text, values: [1]}}": (3, 35, 'got the number 1: in quotes, "1", it is one'),
    "fields: {a: {type: text, values: [x, x]}}": (3, 38, "'x' stands twice"),
    "fields: {a: {type: text, values: []}}": (3, 34, "got an empty list"),
    "fields: {a: {type: text, label: 2024}}": (3, 33, "label: expected a text, got the number 2024: in quotes"),
    "fields: {a: {type: text, label: ' '}}": (3, 33, "label: expected a text, and it is empty"),
    "fields: {a: {type: text, ask: }}": (3, 30, "ask: expected a text, got nothing: give one, or leave the key out"),
    "properties: {until: text}": (3, 14, "`until` is a column that every event has"),
    "properties: {path: number}": (3, 20, "`path` is built in and a text; it cannot be a number"),
    # rules
    "fit: {rules: {a: 1}}": (3, 14, "rules: expected a list (each entry after a `- `), got a mapping"),
    "fit: {rules: [a]}": (3, 15, "expected a fit rule with id, label, when, points, disqualify, got the text 'a'"),
    "fit: {rules: [{when: true, points: 1}]}": (3, 15, "a fit rule needs the key `id`"),
    "fit: {rules: [{id: a, points: 1}]}": (3, 15, "a fit rule needs the key `when`"),
    "fit: {rules: [{id: a, where: true, points: 1}]}": (3, 23, "unknown key `where` in a fit rule; did you mean `when`?"),
    "fit: {rules: [{id: a, when: true}]}": (3, 15, "a fit rule needs the key `points`"),
    "fit: {rules: [{id: a, when: true, disqualify: false}]}": (3, 15, "either gives `points` or has `disqualify: true`"),
    "fit: {rules: [{id: a, when: true, points: 1, disqualify: true}]}": (3, 43, "a rule that disqualifies gives no points"),
    "fit: {rules: [{id: a, when: true, points: x}]}": (3, 43, "points: expected a number, got the text 'x'"),
    "fit: {rules: [{id: a, when: true, points: [1]}]}": (3, 43, "points: expected a number, got a list"),
    "fit: {rules: [{id: a, when: true, points: '1'}]}": (3, 43, "points: expected a number, got the text '1'"),
    "fit: {rules: [{id: a, when: true, points: true}]}": (3, 43, "points: expected a number, got true"),
    "fit: {rules: [{id: a, when: true, points: .nan}]}": (3, 43, "points: expected a finite number"),
    "fit: {rules: [{id: a, when: true, points: -.inf}]}": (3, 43, "points: expected a finite number"),
    "fit: {rules: [{id: a, when: true, points: 1e999}]}": (3, 43, "points: expected a finite number"),
    "fit: {rules: [{id: a, when: true, points: 1000001}]}": (3, 43, "points: at most 1,000,000"),
    "fit: {rules: [{id: a, when: true, points: -1000001}]}": (3, 43, "points: at least -1,000,000"),
    "fit: {rules: [{id: fit.floor, when: true, points: 1}]}": (3, 20, "id `fit.floor` is not a name"),
    "fit: {rules: [{id: a, when: 5, points: 1}]}": (3, 29, "when: expected a condition, got the number 5"),
    "fit: {rules: [{id: a, when: , points: 1}]}": (3, 28, "when: expected a condition, got nothing"),
    "fit: {rules: [{id: a, when: a in (1, 2), points: 1}]}": (3, 38, "inside { } a text with a comma in it needs quotes"),
    "fit: {min: 5, max: 1}": (3, 12, "min 5 is above max 1"),
    "fit: {rules: [{id: a, when: true, points: 1}]}\nintent: {signals: [{id: a, event: e, points: 1}]}": (
        4, 25, "the id `a` is taken by the one in line 3",
    ),
    # signals
    "intent: {signals: [{id: a, points: 1}]}": (3, 20, "a signal needs the key `event`"),
    "intent: {signals: [{id: a, event: e}]}": (3, 20, "a signal needs the key `points`"),
    "intent: {signals: [{id: a, event: true, points: 1}]}": (3, 35, 'got true: in quotes, "true", it is one'),
    "intent: {signals: [{id: a, event: e, points: 1, when: true}]}": (3, 49, "did you mean `where`?"),
    "intent: {signals: [{id: a, event: e, points: 1, half_life: 14}]}": (3, 60, "add a unit, as in 14d"),
    "intent: {signals: [{id: a, event: e, points: 1, half_life: 2 weeks}]}": (3, 60, "did you mean `2w`?"),
    "intent: {signals: [{id: a, event: e, points: 1, half_life: 3 months}]}": (3, 60, "in days that is about 90d"),
    "intent: {signals: [{id: a, event: e, points: 1, window: soon}]}": (3, 57, "a whole number and m, h, d or w"),
    "intent: {signals: [{id: a, event: e, points: 1, window: 0d}]}": (3, 57, "a duration of nothing"),
    "intent: {signals: [{id: a, event: e, points: 1, window: 99999w}]}": (3, 57, "at most 36500d"),
    "intent: {signals: [{id: a, event: e, points: 1, max_per_day: 0}]}": (3, 62, "max_per_day: at least 1, got 0"),
    "intent: {signals: [{id: a, event: e, points: 1, max_per_day: 1.5}]}": (3, 62, "expected a whole number, got 1.5"),
    "intent: {signals: [{id: a, event: e, points: 1, max_points: -1}]}": (3, 61, "max_points: at least 0, got -1"),
    "intent: {signals: [{id: a, event: e, points: 1, hand_raise: yes}]}": (3, 61, "expected true or false, got the text 'yes'"),
    # journey, criteria, bands, quality
    "journey: [{event: e}]": (3, 11, "a step of the journey needs the key `step`"),
    "criteria: {budget: true}": (3, 20, "expected a mapping with `yes_if`, got true"),
    "criteria: {budget: {label: x}}": (3, 20, "criterion `budget` needs the key `yes_if`"),
    "criteria: {fit: {yes_if: true}}": (3, 12, "would collide with `fit`, a column of every assessment"),
    "criteria: {Stage: {yes_if: true}}": (3, 12, "would collide with `stage`, a column of every assessment"),
    "criteria: {a: {yes_if: true}, A: {yes_if: true}}": (3, 31, "would collide with `a`, another criterion"),
    "criteria: {a: {yes_if: true, valid_for: 0h}}": (3, 41, "a duration of nothing"),
    "bands: {fit: {A: 50, B: 50}}": (3, 25, "bands go from the top down: B has to start below A at 50"),
    "bands: {fit: {A: x}}": (3, 18, "band A: expected a number"),
    "bands: {fit: {'-': 5}}": (3, 15, "band `-` is not a name"),
    "bands: {intnt: {A: 5}}": (3, 9, "did you mean `intent`?"),
    "quality: {good: 5}": (3, 17, "good: expected a condition, got the number 5"),
    "quality: {good: fit}": (3, 17, "`fit` is a number, not a condition"),
    # lifecycle and goal
    "lifecycle: {cooldown: 3d}": (3, 12, "the lifecycle needs the key `stages`"),
    "lifecycle: {stages: [{stage: disqualified}]}": (3, 30, "`disqualified` is the stage beside the ladder"),
    "lifecycle: {stages: [{stage: a}, {stage: a}]}": (3, 42, "the stage `a` stands already in line 3"),
    "lifecycle: {stages: [{stage: a, enter: true}]}": (3, 40, "the first stage is where every lead starts"),
    "lifecycle: {stages: [{stage: a, event: x}]}": (3, 40, "put a stage such as `lead` before it"),
    "lifecycle: {stages: [{name: a}]}": (3, 23, "unknown key `name` in a stage; did you mean `stage`?"),
    "goal: {value: x}": (3, 7, "the goal needs the key `event`"),
    "goal: {event: won, value: amout}\nproperties: {amount: number}": (3, 27, "did you mean `amount`?"),
    "goal: {event: won, value: path}": (3, 27, "`path` is a text; what a goal was worth is a number"),
    "goal: {event: won, horizon: 0d}": (3, 29, "a duration of nothing"),
}  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_told_at_its_place(text: str) -> None:
    line, column, message = WRONG[text]
    found = told(text)
    assert any((a, b) == (line, column) and message in c for a, b, c in found), found


CONDITIONS = {
    "senority = 'vp'": (8, 13, "unknown field `senority`; did you mean `seniority`?"),
    "seniority = 'directr'": (8, 25, "`seniority` has no value 'directr'; did you mean 'director'?"),
    "\"seniority in ('vp', 'Director')\"": (8, 34, "did you mean 'director'?"),
    "\"'vip' <> seniority\"": (8, 14, "`seniority` has no value 'vip'"),
    "seniority = 'xyz'": (8, 25, "it has 'director', 'vp'"),
    "size = '50'": (8, 13, "without the quotes 50 is a number"),
    "'size = ''50'''": (8, 14, "without the quotes 50 is a number"),
    "fit > 5": (8, 13, "`fit` is computed of a lead and can be read in `quality` and `lifecycle`"),
    "path = 'x'": (8, 13, "`path` is a property of events and can be read in `where`"),
    "size > 5 and sleep(3) = 1": (8, 26, "unknown function `sleep`"),
    "size > 5; drop table leads": (8, 21, "`;` is not part of the condition language"),
    "\"'; drop table leads\"": (8, 14, "a text is not closed"),
    "size => 5": (8, 18, "did you mean `>=`?"),
    "size == 5": (8, 18, "did you mean `=`?"),
    "if = 1": (8, 13, "`if` is not part of the condition language"),
    "\"size > 5 and\\tsize2 > 5\"": (8, 28, "unknown field `size2`"),
    "|\n        size > 5\n        and size2 > 5": (10, 13, "unknown field `size2`"),
    ">-\n\n        size > 5\n\n        and size2 > 5": (12, 13, "unknown field `size2`"),
    "size > 5\n        and size2 > 5": (9, 13, "unknown field `size2`"),
    "\"size > 5\n        and size2 > 5\"": (9, 13, "unknown field `size2`"),
}  # fmt: skip


@pytest.mark.parametrize("when", CONDITIONS)
def test_faults_inside_a_condition_are_told_where_they_stand(when: str) -> None:
    line, column, message = CONDITIONS[when]
    assert [(a, b) for a, b, c in told(rule(when)) if message in c] == [(line, column)]


def test_a_name_that_is_wrong_twice_is_told_at_both_places() -> None:
    assert [column for _, column, _ in told(rule("sise > 1 or sise < 0"))] == [13, 25]


NAMES = {
    "quality: {good: budget = 'yes'}": "`budget` is both a field and a criterion: rename one of them",
    "quality: {good: intent > 3}": "`intent` is both a field and a measure: rename the field",
    "quality: {good: need = 'Yes'}": "`need` has no value 'Yes'; did you mean 'yes'?",
    "quality: {good: band = 'A1'}": "`band` is known only after `quality`: it can be read in `lifecycle`",
    "quality: {good: journey = 'deciding'}": "`journey` has no value 'deciding'; did you mean 'decision'?",
    "quality: {good: next_question = 'needs'}": "did you mean 'need'?",
    "quality: {good: path = '/'}": "`path` is a property of events and can be read in `where` alone",
    "lifecycle: {stages: [{stage: a}, {stage: b, enter: quality = 'god'}]}\nquality: {good: true}": "did you mean 'good'?",
    "lifecycle: {stages: [{stage: a}, {stage: b, enter: band = 'A3'}]}\nbands: {fit: {A: 1}, intent: {'1': 1}}": (
        "`band` has no value 'A3'"
    ),
    "intent: {signals: [{id: x, event: e, points: 1, where: budget = 1}]}": "`budget` is a field of the lead",
}


@pytest.mark.parametrize("text", NAMES)
def test_names_mean_one_thing_in_each_part(text: str) -> None:
    around = (
        "fields: {budget: number, intent: number, pain: text}\n"
        "criteria: {budget: {yes_if: budget > 1}, need: {yes_if: pain = 'x'}}\n"
        "journey: [{step: decision, event: page}]\n"
    )
    found = told(around + text)
    assert len(found) == 1
    assert NAMES[text] in found[0][2]


def test_a_name_that_says_two_things_is_fine_where_nobody_uses_it() -> None:
    model = read(
        "fields: {budget: number}\ncriteria: {budget: {yes_if: budget > 1}}\nquality: {good: yes_count = 1}"
    )
    assert text_of(model.criteria[0].yes_if) == "budget > 1"


def test_everything_below_the_last_band_is_a_value_of_band() -> None:
    stages = "lifecycle: {stages: [{stage: a}, {stage: b, enter: \"band in ('A-', '-1', '--', 'A1')\"}]}\n"
    assert read(stages + "bands: {fit: {A: 1}, intent: {'1': 1}}").lifecycle.stages[1].enter is not None


def test_all_is_told_at_once_and_in_order() -> None:
    text = (
        "fields: {seniority: txt}\n"
        "fit:\n  rules:\n    - {id: a, when: senority is null, points: x}\n    - {id: a, wen: true, points: 1}\n"
        "timezone: Berlin\ngoal: {}\n"
    )
    found = told(text)
    assert [(line, column) for line, column, _ in found] == [
        (3, 21),
        (6, 21),
        (6, 47),
        (7, 12),
        (7, 15),
        (8, 11),
        (9, 7),
    ]


def test_an_error_names_file_line_and_column(tmp_path: Path) -> None:
    file = tmp_path / "model.yaml"
    file.write_text("leadline: 2\n")
    with pytest.raises(ModelError) as caught:
        read_model(file)
    said = str(caught.value).splitlines()
    assert said[0] == f"{file}:1:1: a model needs the key `name`"
    assert said[1] == f"{file}:1:11: this version reads format 1: write `leadline: 1`"
    assert caught.value.problems[1].path == "leadline"


def test_a_problem_knows_its_way_through_the_file() -> None:
    with pytest.raises(ModelError) as caught:
        read_model(text=HEAD + "fit: {rules: [{id: a, when: b = 1, points: 1}]}")
    assert caught.value.problems[0].path == "fit.rules[0].when"


@pytest.mark.parametrize(
    ("name", "usable"),
    [
        ("date", True),
        ("value", True),
        ("status", True),
        ("title", True),
        ("case", False),
        ("in", False),
        ("if", False),
    ],
)
def test_words_of_sql_that_conditions_cannot_read_are_no_names(name: str, usable: bool) -> None:
    assert is_usable(name) == usable


def test_at_most_500_rules_of_all_kinds() -> None:
    signals = "".join(f"    - {{id: s{i}, event: e, points: 1}}\n" for i in range(499))
    assert len(read(f"intent:\n  signals:\n{signals}quality: {{a: true}}").intent.signals) == 499
    found = told(f"intent:\n  signals:\n{signals}quality: {{a: true, b: true}}")
    assert "501 rules" in found[0][2]
