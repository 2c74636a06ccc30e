"""What there is to show, to sort and to filter by: of a lead, of its standing, of what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from leadline.engine.evaluate import read_as as value_as
from leadline.model.expr import Type
from leadline.model.shape import spoken
from leadline.web.board.judging import Judging
from leadline.web.board.reading import Row, criterion

TEXT, NUMBER, TIME, FLAG, LIST = "text", "number", "time", "flag", "list"
SHARE = "share"  # a number that people write in per cent

_LEAD = (
    ("name", _("Name"), TEXT), ("email", _("E-mail"), TEXT), ("company", _("Company"), TEXT),
    ("domain", _("Domain"), TEXT), ("owner", _("Owner"), NUMBER), ("tags", _("Tags"), LIST),
    ("sources", _("Sources"), LIST), ("events", _("Events"), NUMBER), ("first_seen", _("First seen"), TIME),
    ("last_seen", _("Last seen"), TIME),
)  # fmt: skip
_STANDING = (
    ("stage", _("Stage"), TEXT), ("since", _("In this episode since"), TIME), ("quality", _("Quality"), TEXT),
    ("band", _("Band"), TEXT), ("probability", _("Probability"), SHARE),
    ("worth", _("Expected worth"), NUMBER), ("rank", _("Fit and intent"), NUMBER), ("fit", _("Fit"), NUMBER),
    ("intent", _("Intent"), NUMBER), ("journey", _("Journey"), TEXT),
    ("yes_count", _("Criteria: yes"), NUMBER), ("no_count", _("Criteria: no"), NUMBER),
    ("unknown_count", _("Criteria: unknown"), NUMBER), ("next_question", _("Next question"), TEXT),
    ("hand_raised", _("Raised a hand"), FLAG), ("disqualified", _("Disqualified"), FLAG),
    ("as_of", _("Judged at"), TIME),
)  # fmt: skip
_KINDS = {Type.TEXT: TEXT, Type.NUMBER: NUMBER, Type.TIME: TIME, Type.BOOLEAN: FLAG}


@dataclass(frozen=True)
class Column:
    """A column: `key` in addresses; its values are of the lead, its standing, a field or a criterion."""

    key: str
    title: Any
    kind: str
    of: str  # lead, standing, field, criterion
    name: str
    values: tuple[str, ...] = ()

    @property
    def is_number(self) -> bool:
        return self.kind in (NUMBER, SHARE)

    def value(self, row: Row, judging: Judging | None) -> Any:
        """A lead's value, as its kind is; None where it is not known."""
        if self.of == "lead":
            return row.lead.get("owner_id" if self.name == "owner" else self.name)
        if self.of == "field":
            return value_as(row.fields.get(self.name), "text", _TYPES[self.kind])
        standing = row.standings.get(judging.program.id, {}) if judging else {}
        return standing.get(self.name)


_TYPES = {kind: type_ for type_, kind in _KINDS.items()}


def columns_of(judging: Judging | None) -> Mapping[str, Column]:
    """All columns by key, in the order of the chooser.

    Fields and criteria have `field.` and `criterion.` before their names, so no name stands for two things.
    """
    found = [Column(key, title, kind, "lead", key) for key, title, kind in _LEAD]
    if judging is not None:
        known = {
            "stage": tuple(s for s, _ in judging.stages()), "quality": tuple(judging.qualities()),
            "journey": tuple(s.step for s in judging.model.journey),
        }  # fmt: skip
        found += [Column(k, title, kind, "standing", k, known.get(k, ())) for k, title, kind in _STANDING]
        found += [
            Column(f"field.{f.name}", f.title, _KINDS[f.type], "field", f.name, f.values)
            for f in judging.model.fields
        ]
        found += [
            Column(f"criterion.{c.name}", c.title, TEXT, "criterion", c.name, ("yes", "no", "unknown"))
            for c in judging.model.criteria
        ]
    return {column.key: column for column in found}


def other_field(name: str) -> Column:
    """A field that no model declares, as the text that it came as."""
    return Column(f"field.{name}", spoken(name), TEXT, "field", name)


def answer_name(column: Column, judging: Judging | None) -> str:
    """Under which name the answers have a field or criterion."""
    if column.of == "criterion" and judging is not None:
        return criterion(judging.program.id, column.name)
    return column.name
