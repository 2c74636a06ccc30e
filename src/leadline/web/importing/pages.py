"""What the page of an import is made of, and what its form says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django.utils.translation import gettext as _

from leadline.web.capture.reading.traits import field_name
from leadline.web.importing.instants import DAY_FIRST, MONTH_FIRST
from leadline.web.importing.models import Import
from leadline.web.importing.planning import CHANGED, CREATED, REFUSED, SAME
from leadline.web.importing.presets import EMAIL, EVENT, FIELD, LEFT_OUT, PROPERTY, TIME, USER_ID
from leadline.web.importing.queries import common_fields, model_fields, refused_rows

SAMPLES = 3
Choices = list[tuple[str, list[tuple[str, str]]]]


@dataclass(frozen=True)
class Column:
    """A column of the file on the form that maps it."""

    place: int
    name: str
    samples: Sequence[str]
    target: str
    choices: Choices

    @property
    def is_left_out(self) -> bool:
        return self.target == LEFT_OUT


def columns_of(of: Import, mapping: Mapping[str, Any]) -> list[Column]:
    targets = mapping.get("columns") or [LEFT_OUT] * len(of.columns)
    shared = _shared()
    known = {value for _, choices in shared for value, _ in choices}
    return [
        Column(
            i, name, samples[:SAMPLES], target, [*shared, (_("Something else"), _own(name, target, known))]
        )
        for i, (name, samples, target) in enumerate(zip(of.columns, of.samples, targets, strict=True))
    ]


def _shared() -> Choices:
    """The choices that each column has, by what they are about."""
    fields = [(f"{FIELD}{field.name}", field.title) for field in model_fields()]
    of_models = {value for value, _ in fields}
    common = [(f"{FIELD}{name}", _words(name)) for name in common_fields()]
    return [
        (_("Who it is"), [(EMAIL, _("E-mail")), (USER_ID, _("User id"))]),
        (_("When, and what happened"), [(TIME, _("Time")), (EVENT, _("Name of the event"))]),
        (_("Fields of your models"), [pair for pair in fields if pair[0] != f"{FIELD}email"]),
        (_("Usual fields"), [pair for pair in common if pair[0] not in of_models]),
    ]


def _own(name: str, target: str, known: set[str]) -> list[tuple[str, str]]:
    """A field, or a property of an event, of the column's own name; and what was chosen before."""
    own = field_name(name)
    choices = []
    if own and own != "email" and f"{FIELD}{own}" not in known:
        choices.append((f"{FIELD}{own}", _("New field “%(name)s”") % {"name": _words(own)}))
    if own:
        choices.append((f"{PROPERTY}{own}", _("Property “%(name)s” of the event") % {"name": _words(own)}))
    if target and target not in known and target not in {value for value, _ in choices}:
        choices.append((target, _words(target.partition(":")[2])))
    return choices


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def mapping_of(of: Import, posted: Mapping[str, str], zone: str) -> dict[str, Any]:
    """What the form says; a target that it never offered leaves the column out."""
    offered = [{v for _, choices in c.choices for v, _ in choices} for c in columns_of(of, of.mapping)]
    given = [posted.get(f"column-{i}", LEFT_OUT) for i in range(len(of.columns))]
    chosen = posted.get("zone", zone)
    return {
        "columns": [t if t in may else LEFT_OUT for t, may in zip(given, offered, strict=True)],
        "preset": of.mapping.get("preset", ""),
        "dates": MONTH_FIRST if posted.get("dates") == MONTH_FIRST else DAY_FIRST,
        "zone": chosen if chosen in zones() else zone,
        "overwrite": posted.get("overwrite") == "yes",
    }


@cache
def zones() -> list[str]:
    """All time zones by name."""
    return sorted(available_timezones())


@dataclass(frozen=True)
class Preview:
    """What an import would do."""

    created: int
    changed: int
    same: int
    refused: int
    exact: bool
    rows: dict[str, list[dict[str, Any]]]
    unread: list[tuple[str, str, int]]

    @property
    def good(self) -> int:
        return self.created + self.changed


def preview_of(of: Import) -> Preview | None:
    if not of.preview:
        return None
    counts = of.preview["counts"]
    return Preview(
        *(counts.get(end, 0) for end in (CREATED, CHANGED, SAME, REFUSED)),
        of.preview["exact"], of.preview["rows"], [tuple(line) for line in of.preview["unread"]],
    )  # fmt: skip


def refused_lines(of: Import) -> Iterator[list[str]]:
    """A header, then each refused row as it stood, with its line and the reason behind."""
    yield [*of.columns, "leadline_line", "leadline_reason"]
    for row in refused_rows(of.pk):
        cells = row.cells + [""] * (len(of.columns) - len(row.cells))
        yield [*cells, str(row.line), row.reason]
