"""Reading a model: the one door from a file to a :class:`Model`."""

from __future__ import annotations

import os

from leadline.model.declared import fields_of, properties_of
from leadline.model.errors import ModelError
from leadline.model.expr import Kind
from leadline.model.names import STATES, Guard, event_scope, field_scope, measure_scope
from leadline.model.parts import (
    bands_of,
    criteria_of,
    fit_of,
    goal_of,
    intent_of,
    journey_of,
    lifecycle_of,
    quality_of,
)
from leadline.model.section import Names, Report, Section
from leadline.model.shape import FORMAT, Bands, Field, Model, Property
from leadline.model.source import Source, read_source, source_of_text
from leadline.model.tree import Listing, Mapping, read_tree
from leadline.model.zones import known_zones, near_zone

MAX_RULES = 500
TOP_KEYS = (
    "leadline", "name", "timezone", "fields", "properties", "fit", "intent", "journey", "criteria", "bands",
    "quality", "lifecycle", "goal",
)  # fmt: skip
_COUNTED = (
    ("fit", "rules"), ("intent", "signals"), ("journey",), ("criteria",), ("quality",),
    ("lifecycle", "stages"),
)  # fmt: skip


def read_model(
    source: str | os.PathLike[str] | None = None, *, text: str | None = None, file: str | None = None
) -> Model:
    """Read a qualification model from a YAML or JSON file, or from a text.

    `source` is a path, or the text of a model (a string with a line break in it); `text` is always a text.
    `file` is the name that errors use; left out, it is the path, or `<text>`.

    Raises :class:`ModelError` with everything that is wrong, each with line, column and what was meant.

    >>> model = read_model(text='''
    ... leadline: 1
    ... name: Smallest
    ... fields: {country: text}
    ... fit: {rules: [{id: near, when: country = 'DE', points: 10}]}
    ... ''')
    >>> model.name, model.fit.rules[0].points, len(model.version)
    ('Smallest', 10.0, 12)
    """
    return model_of(load_source(source, text=text, file=file))


def load_source(
    source: str | os.PathLike[str] | None = None, *, text: str | None = None, file: str | None = None
) -> Source:
    """The text that :func:`read_model` reads, by the same arguments."""
    if text is None and isinstance(source, str) and "\n" in source:
        source, text = None, source
    if (source is None) == (text is None):
        raise TypeError("give either the path of a model or its text")
    if text is not None:
        return source_of_text(text, file or "<text>")
    assert source is not None
    return read_source(source, file)


def model_of(source: Source) -> Model:
    """The model that a text is."""
    root, problems = read_tree(source)
    report = Report(source)
    for problem in problems:
        report.add(problem)
    model = _read_parts(
        Section(root, report, "", "a model", TOP_KEYS, {"model": "leadline", "version": "leadline"})
    )
    report.raise_if_any()
    return model


def _read_parts(top: Section) -> Model:
    top.require("leadline", "name")
    _check_format(top)
    _check_size(top)
    fields, properties = fields_of(top), properties_of(top)
    bands = bands_of(top)
    names = _names(top, fields, properties, bands)
    ids: dict[str, int] = {}
    return Model(
        name=top.text("name") or "",
        timezone=_timezone(top),
        fields=fields,
        properties=properties,
        fit=fit_of(top, names["fit"], ids),
        intent=intent_of(top, names["where"], ids),
        journey=journey_of(top, names["where"]),
        criteria=criteria_of(top, names["fit"]),
        bands=bands,
        quality=quality_of(top, names["quality"]),
        lifecycle=lifecycle_of(top, names["lifecycle"]),
        goal=goal_of(top, properties),
    )


def _names(
    top: Section, fields: tuple[Field, ...], properties: tuple[Property, ...], bands: Bands
) -> dict[str, Names]:
    """What the conditions of each part may name and compare, known before any of them is read."""
    field_types = {f.name: f.type for f in fields}
    property_types = {p.name: p.type for p in properties}
    criteria = _keys_of(top, "criteria")
    guard = Guard(
        {
            **{(Kind.FIELD, f.name): f.values for f in fields if f.values},
            **{(Kind.CRITERION, name): STATES for name in criteria},
            (Kind.MEASURE, "journey"): _steps_of(top),
            (Kind.MEASURE, "next_question"): criteria,
            (Kind.MEASURE, "quality"): _keys_of(top, "quality"),
            (Kind.MEASURE, "band"): _joined(bands),
        }
    )
    return {
        "where": Names(event_scope(property_types, field_types), guard),
        "fit": Names(field_scope(field_types, property_types, criteria), guard),
        "quality": Names(measure_scope(field_types, criteria, property_types, late=False), guard),
        "lifecycle": Names(measure_scope(field_types, criteria, property_types, late=True), guard),
    }


def _keys_of(top: Section, key: str) -> tuple[str, ...]:
    node = top.get(key)
    return tuple(node.pairs) if isinstance(node, Mapping) else ()


def _steps_of(top: Section) -> tuple[str, ...]:
    node = top.get("journey")
    items = node.items if isinstance(node, Listing) else []
    steps = [item.get("step") for item in items if isinstance(item, Mapping)]
    return tuple(dict.fromkeys(getattr(step, "text", "") for step in steps))


def _joined(bands: Bands) -> tuple[str, ...]:
    """Every letter and digit, with `-` for what is below the last of each."""
    fit, intent = ([*(b.name for b in part), "-"] for part in (bands.fit, bands.intent))
    return tuple(f"{letter}{digit}" for letter in fit for digit in intent)


def _check_format(top: Section) -> None:
    given = top.number("leadline")
    if given is not None and given != FORMAT:
        node = top.get("leadline")
        top.problem(node, f"this version reads format {FORMAT}: write `leadline: {FORMAT}`", "leadline")


def _check_size(top: Section) -> None:
    """500 rules of all kinds: what a team can still talk about, and an engine plan."""
    count = sum(_length(top, way) for way in _COUNTED)
    if count > MAX_RULES:
        message = (
            f"{count:,} rules, signals, steps, criteria, qualities and stages; at most {MAX_RULES} are read"
        )
        top.report.raise_if_any()
        raise ModelError(top.report.source.file, [top.report.source.problem(top.node.start, message)])


def _length(top: Section, way: tuple[str, ...]) -> int:
    node = top.node
    for key in way:
        node = node.get(key) if isinstance(node, Mapping) else None  # type: ignore[assignment]
    match node:
        case Listing(items):
            return len(items)
        case Mapping(pairs):
            return len(pairs)
    return 0


def _timezone(top: Section) -> str:
    given = top.text("timezone", "an IANA time zone such as Europe/Berlin")
    if given is None:
        return Model.timezone
    if given not in known_zones():
        hint = near_zone(given) or "; IANA names look like Europe/Berlin"
        top.problem(top.get("timezone"), f"unknown time zone `{given[:100]}`{hint}", "timezone")
    return given
