"""What a person enters on a lead's page: values of the model's fields, decisions, notes."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext_lazy as _

from leadline.model.expr import Type
from leadline.model.shape import Field, Model
from leadline.model.values import read_boolean, read_number, read_time

LONGEST = 1000

DECISIONS = (
    ("lead_accepted", _("Accept")),
    ("lead_rejected", _("Reject")),
    ("lead_recycled", _("Recycle")),
    ("lead_disqualified", _("Disqualify")),
    ("lead_requalified", _("Requalify")),
)
NEEDS_REASON = ("lead_rejected", "lead_disqualified")


@dataclass(frozen=True)
class Enterable:
    """A field that can be filled in, and with what."""

    name: str
    title: str
    kind: str  # of the input: text, number, yes or no, time
    values: tuple[str, ...]
    ask: str


def fields_of(model: Model | None) -> list[Enterable]:
    """The model's fields, as the form asks for them."""
    return [_enterable(f) for f in model.fields] if model else []


def _enterable(field: Field) -> Enterable:
    values = ("yes", "no") if field.type is Type.BOOLEAN else field.values
    return Enterable(field.name, field.title, str(field.type), values, field.ask or "")


class Learnt(forms.Form):
    """A field's value, the words that were said, and how sure one is."""

    field = forms.CharField(max_length=100)
    value = forms.CharField(max_length=LONGEST, required=False)
    quote = forms.CharField(max_length=LONGEST, required=False)
    confidence = forms.IntegerField(min_value=1, max_value=100, required=False)

    def __init__(self, *args: object, model: Model | None, **named: object) -> None:
        super().__init__(*args, **named)
        self.model = model

    def clean(self) -> dict:
        given = super().clean() or {}
        field = (
            next((f for f in self.model.fields if f.name == given.get("field")), None) if self.model else None
        )
        if field is None:
            raise forms.ValidationError(_("This is no field of the model: choose one of the list."))
        value = given.get("value", "")
        if value and not _reads(value, field.type):
            told = {"given": value[:60], "title": field.title, "kind": _WANTED[field.type]}
            raise forms.ValidationError(_("“%(given)s” does not read: %(title)s is %(kind)s.") % told)
        return given


def _reads(value: str, kind: Type) -> bool:
    reader = {Type.NUMBER: read_number, Type.BOOLEAN: read_boolean, Type.TIME: read_time}.get(kind)
    return reader is None or reader(value) is not None


_WANTED = {
    Type.NUMBER: _("a number, such as 250"),
    Type.BOOLEAN: _("yes or no"),
    Type.TIME: _("a day or an instant, such as 2026-07-01"),
    Type.TEXT: _("a text"),
}


class Decided(forms.Form):
    """A decision, with its reason where one is owed."""

    event = forms.ChoiceField(choices=DECISIONS)
    reason = forms.CharField(max_length=500, required=False)

    def clean(self) -> dict:
        given = super().clean() or {}
        if given.get("event") in NEEDS_REASON and not given.get("reason"):
            raise forms.ValidationError(
                _("Say why: marketing reads the reasons, and the rules are made better by them.")
            )
        return given


class Noted(forms.Form):
    text = forms.CharField(max_length=5000, widget=forms.Textarea)


class Joined(forms.Form):
    """The other lead: its number, its page's address, or its e-mail."""

    other = forms.CharField(max_length=500)
