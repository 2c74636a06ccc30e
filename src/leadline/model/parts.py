"""The sections of a model, each from its part of the tree. What is reported is told; the rest is built."""

from __future__ import annotations

from collections.abc import Container

from leadline.model import expr
from leadline.model.errors import did_you_mean
from leadline.model.expr import Type
from leadline.model.names import is_usable
from leadline.model.section import (
    BAND_NAME,
    HYPHENATED,
    MAX_POINTS,
    Names,
    Section,
    condition_of_node,
    number_of_node,
)
from leadline.model.shape import (
    ASSESSMENT_COLUMNS,
    BUILT_IN_PROPERTIES,
    DISQUALIFIED,
    Band,
    Bands,
    Criterion,
    Fit,
    FitRule,
    Goal,
    Intent,
    Lifecycle,
    Property,
    Quality,
    Signal,
    Stage,
    Step,
)
from leadline.model.tree import Mapping, described

RULE_KEYS = ("id", "label", "when", "points", "disqualify")
SIGNAL_KEYS = (
    "id", "label", "event", "where", "points", "half_life", "window", "max_per_day", "max_points",
    "hand_raise",
)  # fmt: skip
STEP_KEYS = ("step", "event", "where")
CRITERION_KEYS = ("label", "yes_if", "no_if", "valid_for")
STAGE_KEYS = ("stage", "label", "owner", "enter", "event", "leave", "sla")
GOAL_KEYS = ("event", "value", "horizon")

# --- what gives points ---------------------------------------------------------------------------------


def fit_of(top: Section, names: Names, ids: dict[str, int]) -> Fit:
    section = top.section("fit", "fit", ("min", "max", "rules"))
    if section is None:
        return Fit()
    aliases = {"where": "when", "if": "when", "condition": "when", "score": "points", "name": "label"}
    found = [_fit_rule(rule, names, ids) for rule in section.items("rules", "a fit rule", RULE_KEYS, aliases)]
    return Fit(tuple(r for r in found if r), *_range(section))


def _fit_rule(rule: Section, names: Names, ids: dict[str, int]) -> FitRule | None:
    rule.require("id", "when")
    rule_id = _unique_id(rule, ids)
    when = rule.condition("when", names)
    points = _points(rule)
    disqualify = rule.flag("disqualify")
    if disqualify and rule.get("points") is not None:
        rule.problem(
            rule.get("points"), "a rule that disqualifies gives no points: take one of the two out", "points"
        )
    if not disqualify and "disqualify" not in rule.node.pairs:
        rule.require("points")
    elif not disqualify and rule.get("points") is None:
        rule.problem(None, "a rule either gives `points` or has `disqualify: true`", "points")
    if rule_id is None or when is None:
        return None
    return FitRule(rule_id, when, points or 0.0, disqualify, rule.text("label"))


def intent_of(top: Section, names: Names, ids: dict[str, int]) -> Intent:
    section = top.section("intent", "intent", ("min", "max", "signals"))
    if section is None:
        return Intent()
    aliases = {"when": "where", "if": "where", "score": "points", "name": "label", "decay": "half_life"}
    found = [_signal(s, names, ids) for s in section.items("signals", "a signal", SIGNAL_KEYS, aliases)]
    return Intent(tuple(s for s in found if s), *_range(section))


def _signal(signal: Section, names: Names, ids: dict[str, int]) -> Signal | None:
    signal.require("id", "event", "points")
    signal_id = _unique_id(signal, ids)
    event, points = signal.text("event", "the name of an event"), _points(signal)
    rest = {
        "where": signal.condition("where", names),
        "half_life": signal.duration("half_life"),
        "window": signal.duration("window"),
        "max_per_day": signal.whole("max_per_day", low=1),
        "max_points": signal.number("max_points", low=0),
        "hand_raise": signal.flag("hand_raise"),
        "label": signal.text("label"),
    }
    if signal_id is None or event is None or points is None:
        return None
    return Signal(signal_id, event, points, **rest)  # type: ignore[arg-type]


def _points(section: Section) -> float | None:
    return section.number("points", low=-MAX_POINTS, high=MAX_POINTS)


def _range(section: Section) -> tuple[float | None, float | None]:
    low, high = section.number("min"), section.number("max")
    if low is not None and high is not None and low > high:
        message = f"min {expr.number_text(low)} is above max {expr.number_text(high)}"
        section.problem(section.get("min"), message, "min")
    return low, high


def _unique_id(section: Section, ids: dict[str, int]) -> str | None:
    """Rules and signals stand side by side in the ledger, so they share their ids."""
    given = section.identifier("id")
    node = section.get("id")
    if given is None or node is None:
        return None
    if given in ids:
        line, _ = section.report.source.place(ids[given])
        section.problem(
            node, f"the id `{given}` is taken by the one in line {line}: ids are unique in a model", "id"
        )
    ids.setdefault(given, node.start)
    return given


# --- journey, criteria, bands, quality -------------------------------------------------------------------


def journey_of(top: Section, names: Names) -> tuple[Step, ...]:
    found = []
    for item in top.items("journey", "a step of the journey", STEP_KEYS, {"name": "step", "when": "where"}):
        item.require("step", "event")
        step, event = item.identifier("step", HYPHENATED), item.text("event", "the name of an event")
        found.append(Step(step or "", event or "", item.condition("where", names)))
    return tuple(found)


def criteria_of(top: Section, names: Names) -> tuple[Criterion, ...]:
    found, folded = [], {c: c for c in ASSESSMENT_COLUMNS}
    for name, at, node in top.entries("criteria", "budget: {yes_if: budget_amount >= 5000}"):
        path = f"criteria.{name}"
        if top.named(at, name, "criterion") and not is_usable(name):
            top.report.at(at.start, f"`{name}` is a word of SQL: call the criterion something else", path)
        if (taken := folded.setdefault(name.lower(), name)) != name or name in ASSESSMENT_COLUMNS:
            what = "a column of every assessment" if taken in ASSESSMENT_COLUMNS else "another criterion"
            message = f"criterion `{name}` would collide with `{taken}`, {what}: call it something else"
            top.report.at(at.start, message, path)
        if not isinstance(node, Mapping):
            message = f"criterion `{name}`: expected a mapping with `yes_if`, got {described(node)}"
            top.report.at(node.start, message, path)
            continue
        section = Section(node, top.report, path, f"criterion `{name}`", CRITERION_KEYS, {"when": "yes_if"})
        section.require("yes_if")
        yes_if, no_if = section.condition("yes_if", names), section.condition("no_if", names)
        valid_for, label = section.duration("valid_for"), section.text("label")
        found.append(Criterion(name, yes_if or expr.TRUE, no_if, valid_for, label))
    return tuple(found)


def bands_of(top: Section) -> Bands:
    section = top.section("bands", "bands", ("fit", "intent"))
    if section is None:
        return Bands()
    return Bands(_bands(section, "fit"), _bands(section, "intent"))


def _bands(section: Section, key: str) -> tuple[Band, ...]:
    found: list[Band] = []
    for name, at, node in section.entries(key, "{A: 75, B: 50, C: 25}"):
        section.named(at, name, "band", BAND_NAME)
        number = number_of_node(node, section.report, f"band {name}: ", f"{section.way(key)}.{name}")
        if number is None:
            continue
        if found and number >= found[-1].at:
            above = f"{found[-1].name} at {expr.number_text(found[-1].at)}"
            message = f"bands go from the top down: {name} has to start below {above}"
            section.report.at(node.start, message, f"{section.way(key)}.{name}")
        found.append(Band(name, number))
    return tuple(found)


def quality_of(top: Section, names: Names) -> tuple[Quality, ...]:
    found = []
    for name, at, node in top.entries("quality", "good: fit >= 50"):
        top.named(at, name, "quality", HYPHENATED)
        when = condition_of_node(node, top.report, names, name, f"quality.{name}")
        found.append(Quality(name, when or expr.TRUE))
    return tuple(found)


# --- lifecycle and goal ----------------------------------------------------------------------------------


def lifecycle_of(top: Section, names: Names) -> Lifecycle:
    section = top.section("lifecycle", "the lifecycle", ("cooldown", "stages"))
    if section is None:
        return Lifecycle()
    section.require("stages")
    taken: dict[str, int] = {}
    aliases = {"name": "stage", "id": "stage", "when": "enter", "exit": "leave"}
    stages = [
        _stage(item, names, taken, first=index == 0)
        for index, item in enumerate(section.items("stages", "a stage", STAGE_KEYS, aliases))
    ]
    cooldown = section.duration("cooldown", zero=True)
    return Lifecycle(tuple(stages), Lifecycle.cooldown if cooldown is None else cooldown)


def _stage(item: Section, names: Names, taken: dict[str, int], *, first: bool) -> Stage:
    item.require("stage")
    name, node = item.identifier("stage", HYPHENATED), item.get("stage")
    if name == DISQUALIFIED:
        message = (
            f"`{DISQUALIFIED}` is the stage beside the ladder, which every model has: call this one otherwise"
        )
        item.problem(node, message, "stage")
    elif name in taken and name is not None:
        item.problem(node, f"the stage `{name}` stands already in line {taken[name]}", "stage")
    if name is not None and node is not None:
        taken.setdefault(name, item.report.source.place(node.start)[0])
    for key in ("enter", "event", "leave"):
        if first and (given := item.get(key)) is not None:
            message = "the first stage is where every lead starts; put a stage such as `lead` before it"
            item.problem(given, f"{key}: {message}", key)
    return Stage(
        name or "",
        owner=item.text("owner"),
        enter=item.condition("enter", names),
        event=item.text("event", "the name of an event"),
        leave=item.condition("leave", names),
        sla=item.duration("sla", zero=True),
        label=item.text("label"),
    )


def goal_of(top: Section, properties: tuple[Property, ...]) -> Goal | None:
    section = top.section("goal", "the goal", GOAL_KEYS)
    if section is None:
        return None
    section.require("event")
    event, horizon = section.text("event", "the name of an event"), section.duration("horizon")
    value = section.text("value", "the name of an event property")
    numbers = [p.name for p in properties if p.type in (Type.NUMBER, Type.NULL)]
    if value is not None and value not in numbers:
        section.problem(section.get("value"), _no_worth(value, properties, numbers), "value")
    return Goal(event or "", value, Goal.horizon if horizon is None else horizon)


def _no_worth(value: str, properties: tuple[Property, ...], numbers: Container[str]) -> str:
    types = {**dict.fromkeys(BUILT_IN_PROPERTIES, Type.TEXT), **{p.name: p.type for p in properties}}
    if value in types:
        return f"value: `{value}` is a {types[value]}; what a goal was worth is a number"
    hint = did_you_mean(value[:100], [p.name for p in properties])
    hint = hint or f"; declare it, `properties: {{{value[:100]}: number}}`"
    return f"value: unknown event property `{value[:100]}`{hint}"
