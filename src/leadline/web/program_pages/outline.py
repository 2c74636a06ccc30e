"""A draft as the form shows it: every rule in a sentence, its boxes, and what is wrong at each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from leadline.model import Model, ModelError, Problem, read_model
from leadline.model.advice import advice
from leadline.model.document import ModelDocument
from leadline.web.program_pages.form_parts import CONDITION, ITSELF, NAME, PARTS, Part, Path, Slot
from leadline.web.program_pages.sentences import MINUS, Said, said_of
from leadline.web.program_pages.slots import NotInAFormError, shown

MOST = 1_000  # entries of a text that is no model: a form of more takes long, and nobody fills it in


@dataclass
class Box:
    """One box of the form."""

    slot: Slot
    id: str
    value: str
    problems: list[Problem] = field(default_factory=list)


@dataclass
class Entry:
    """One rule. `number` is what the server calls it; without boxes it is written in a way no form shows."""

    number: str
    id: str
    title: str
    boxes: list[Box]
    said: Said
    first: bool
    last: bool
    problems: list[Problem] = field(default_factory=list)

    @property
    def wrong(self) -> bool:
        return bool(self.problems) or any(box.problems for box in self.boxes)


@dataclass
class Section:
    """One part of the form."""

    part: Part
    entries: list[Entry]
    settings: list[Box]
    problems: list[Problem] = field(default_factory=list)

    @property
    def wrong(self) -> int:
        found = len(self.problems) + sum(len(b.problems) for b in self.settings)
        return found + sum(len(e.problems) + sum(len(b.problems) for b in e.boxes) for e in self.entries)


@dataclass
class Outline:
    """A text, read for the form. Without `sections` it is no YAML, without `model` something is wrong."""

    text: str
    model: Model | None
    sections: list[Section] | None
    problems: Sequence[Problem]
    elsewhere: list[Problem]  # problems that stand at no box
    advice: tuple[str, ...]

    @property
    def lines(self) -> list[int]:
        """Lines with something wrong."""
        return sorted({p.line for p in self.problems})


def outline_of(text: str) -> Outline:
    """Read a text for the form; never raises, whatever is in it."""
    try:
        model, problems = read_model(text=text, file="draft"), ()
    except ModelError as error:
        model, problems = None, error.problems
    try:
        document = ModelDocument.read(text=text, file="draft")
    except ModelError:
        return Outline(text, None, None, problems, list(problems), ())
    said = said_of(model) if model else {}
    sections = [_section(document, part, said) for part in PARTS]
    if model is None and sum(len(s.entries) for s in sections) > MOST:
        return Outline(text, None, None, problems, list(problems), ())
    elsewhere = [p for p in problems if not _placed(sections, p)]
    return Outline(text, model, sections, problems, elsewhere, advice(model) if model else ())


def _section(document: ModelDocument, part: Part, said: dict[tuple[str, str], Said]) -> Section:
    settings = [
        Box(s.slot, f"{part.key}-{s.slot.key}", _shown(s.slot, _get(document, s.path))) for s in part.settings
    ]
    found = _get(document, part.path) if part.path else None
    pairs: list[tuple[str, Any]] = []
    if part.listed and isinstance(found, list):
        pairs = [(str(n), value) for n, value in enumerate(found)]
    elif not part.listed and isinstance(found, dict):
        pairs = list(found.items())
    entries = [_entry(part, name, n, value, said, len(pairs)) for n, (name, value) in enumerate(pairs)]
    return Section(part, entries, settings)


def _get(document: ModelDocument, path: Path) -> Any:
    try:
        return document.get(path)
    except KeyError:
        return None


def _entry(
    part: Part, number: str, n: int, value: Any, said: dict[tuple[str, str], Said], count: int
) -> Entry:
    dom = f"{part.key}-{n}"
    try:
        boxes = [
            Box(slot, f"{dom}-{slot.key.strip('_')}", _value(slot, number, value)) for slot in part.slots
        ]
    except NotInAFormError:
        boxes = []
    named = value.get(part.named) if part.listed and isinstance(value, dict) else number
    label = value.get("label") if isinstance(value, dict) else None
    title = next((str(t) for t in (label, named) if isinstance(t, str) and t), str(number))
    told = said.get((part.key, str(n))) or _as_written(title, boxes)
    return Entry(number, dom, title, boxes, told, n == 0, n == count - 1)


def _as_written(title: str, boxes: Sequence[Box]) -> Said:
    """What can be said of an entry while something in the model is wrong: what stands in its boxes."""
    points = next((b.value for b in boxes if b.slot.key == "points"), "")
    conditions = [b.value for b in boxes if b.slot.kind == CONDITION and b.value]
    others = [b.value for b in boxes if b.slot.key in ("event", "type", ITSELF) and b.value not in conditions]
    return Said(title, ", ".join(v for v in (*others, *conditions) if v), _signed(points))


def _signed(points: str) -> str:
    return points.replace("-", MINUS) if points.startswith("-") else f"+{points}" if points else ""


def _value(slot: Slot, name: str, value: Any) -> str:
    if slot.key == NAME:
        return name
    if slot.key == ITSELF:
        return shown(slot.kind, value)
    if isinstance(value, dict):
        return shown(slot.kind, value.get(slot.key))
    if slot.key == "type" and isinstance(value, str):  # `size: number`, the short way
        return value
    if isinstance(value, str) and any(slot.key == key for key in ("label", "values", "ask")):
        return ""
    raise NotInAFormError


def _shown(slot: Slot, value: Any) -> str:
    try:
        return shown(slot.kind, value)
    except NotInAFormError:
        return ""


# --- problems at their boxes ------------------------------------------------------------------------------


def _placed(sections: Sequence[Section], problem: Problem) -> bool:
    """Put a problem where it belongs; False where no box is its place."""
    best: tuple[int, list[Problem]] | None = None
    for way, place in _places(sections):
        inside = problem.path == way or problem.path.startswith((f"{way}.", f"{way}["))
        if way and inside and (best is None or len(way) > best[0]):
            best = len(way), place
    if best is None:
        return False
    key = problem.path.rpartition(".")[2]  # the box says already what it is for
    best[1].append(replace(problem, message=problem.message.removeprefix(f"{key}: ")))
    return True


def _places(sections: Sequence[Section]) -> Iterator[tuple[str, list[Problem]]]:
    """Ways through the file, each with the list that its problems go to."""
    for section in sections:
        part = section.part
        top = ".".join(map(str, part.path))
        yield top, section.problems
        for setting, box in zip(part.settings, section.settings, strict=True):
            yield ".".join(map(str, setting.path)), box.problems
        for entry in section.entries:
            way = f"{top}[{entry.number}]" if part.listed else f"{top}.{entry.number}"
            yield way, entry.problems
            for box in entry.boxes:
                if box.slot.key == ITSELF:
                    yield way, box.problems
                elif box.slot.key != NAME:
                    yield f"{way}.{box.slot.key}", box.problems
