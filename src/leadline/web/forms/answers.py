"""What was typed, checked: Django's fields for a form's questions, and the answers as texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from leadline.identity.emails import email
from leadline.model.shape import spoken
from leadline.web.forms import questions as ask
from leadline.web.forms.models import Form
from leadline.web.forms.questions import Question

MOST_SIGNS = 5_000  # of one answer
MOST_SIGNS_OF_A_LINE = 320
FEW = 5  # values that are shown as buttons; more of them are a list
CONSENT = "ll_consent"


class Answers(forms.Form):
    """The questions of one page, and what was typed. `texts()` once it is valid."""

    error_css_class = "wrong"

    def __init__(self, questions: Sequence[Question], form: Form, posted: Mapping[str, str] | None = None):
        super().__init__(posted, auto_id="q_%s", label_suffix="")
        self.questions = questions
        for question in questions:
            self.fields[question.name] = field_of(question)
        if form.consent_text:
            self.fields[CONSENT] = forms.BooleanField(
                label=form.consent_text,
                required=form.consent_required,
                error_messages={
                    "required": _("Please tick this box: without it we may not take your answers.")
                },
            )

    @property
    def asked(self) -> list[forms.BoundField]:
        return [self[q.name] for q in self.questions]

    @property
    def consent(self) -> forms.BoundField | None:
        return self[CONSENT] if CONSENT in self.fields else None

    @property
    def wrong(self) -> list[forms.BoundField]:
        """The fields with an error, in order."""
        return [field for field in self if field.errors] if self.is_bound else []

    def texts(self) -> dict[str, str]:
        """Field -> answer, as facts hold it; what was left empty is not in it."""
        found = {q.name: text_of(self.cleaned_data[q.name]) for q in self.questions}
        return {name: text for name, text in found.items() if text}

    def consented(self) -> bool:
        return bool(self.cleaned_data.get(CONSENT))


def field_of(question: Question) -> forms.Field:
    """Django's field for a question."""
    field = _FIELDS[question.kind](question)
    field.label, field.template_name = question.caption, "forms/question.html"
    field.required = question.required
    field.widget.is_required = question.required
    if question.autocomplete:
        field.widget.attrs["autocomplete"] = question.autocomplete
    if not question.contact and question.kind != ask.HIDDEN:
        field.widget.attrs["data-partial"] = ""
    field.error_messages["required"] = "Please answer this."
    return field


def text_of(value: Any) -> str:
    """An answer as the text that a fact holds; empty for none.

    >>> text_of(Decimal("1200.50")), text_of(date(2026, 9, 30)), text_of(None)
    ('1200.5', '2026-09-30', '')
    """
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value.isoformat() if isinstance(value, date) else str(value or "")


def _text(question: Question) -> forms.Field:
    if question.values:
        return _choice([(value, spoken(value)) for value in question.values])
    return forms.CharField(max_length=MOST_SIGNS_OF_A_LINE)


def _choice(choices: list[tuple[str, str]]) -> forms.ChoiceField:
    wrong = {"invalid_choice": "Please choose one of the answers."}
    if len(choices) <= FEW:
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, error_messages=wrong)
    return forms.ChoiceField(choices=[("", "Please choose"), *choices], error_messages=wrong)


def _long(question: Question) -> forms.Field:
    return forms.CharField(max_length=MOST_SIGNS, widget=forms.Textarea(attrs={"rows": 3}))


class Address(forms.EmailField):
    """An e-mail address that the worker will take for one too."""

    default_error_messages: ClassVar = {
        "invalid": "This is not an e-mail address: please write it like ana@example.com."
    }

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if text and email(text) is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return text


def _email(question: Question) -> forms.Field:
    return Address()


def _tel(question: Question) -> forms.Field:
    return forms.CharField(max_length=60, widget=forms.TextInput(attrs={"type": "tel"}))


def _number(question: Question) -> forms.Field:
    too_large = "Please write a number of at most 15 digits."
    return Number(
        max_digits=20,
        decimal_places=5,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
        error_messages={
            "invalid": _("Please write a number such as 250."),
            "max_digits": too_large,
            "max_decimal_places": _("Please write at most 5 digits after the point."),
            "max_whole_digits": too_large,
        },
    )


class Number(forms.DecimalField):
    """A number with blanks around it is the number; blanks alone are no answer."""

    def to_python(self, value: Any) -> Decimal | None:
        return super().to_python(value.strip() if isinstance(value, str) else value)


def _boolean(question: Question) -> forms.Field:
    """Yes, no, or left open: a box without a tick would make a no of what nobody said."""
    return _choice([("true", _("Yes")), ("false", _("No"))])


def _time(question: Question) -> forms.Field:
    return forms.DateField(
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": _("Please write a date like 2026-09-30.")},
    )


def _hidden(question: Question) -> forms.Field:
    return forms.CharField(max_length=MOST_SIGNS, widget=forms.HiddenInput)


_FIELDS: dict[str, Callable[[Question], forms.Field]] = {
    ask.TEXT: _text,
    ask.LONG: _long,
    ask.EMAIL: _email,
    ask.TEL: _tel,
    ask.URL: _text,
    ask.NUMBER: _number,
    ask.BOOLEAN: _boolean,
    ask.TIME: _time,
    ask.HIDDEN: _hidden,
}
