"""Questions: the model's fields, and those by which people are reached, as a form can ask for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext_lazy as _

from leadline.model.shape import Field, spoken
from leadline.web.forms.models import Form
from leadline.web.qualification.models import Program
from leadline.web.qualification.programs import compiled

TEXT, LONG, EMAIL, TEL, URL, NUMBER, BOOLEAN, TIME, HIDDEN = (
    "text", "long", "email", "tel", "url", "number", "boolean", "time", "hidden",
)  # fmt: skip


@dataclass(frozen=True)
class Question:
    """One thing that a form can ask. `name` is the field that the answer becomes."""

    name: str
    caption: str
    kind: str = TEXT
    values: tuple[str, ...] = ()
    required: bool = False
    autocomplete: str = ""
    contact: bool = False  # says who somebody is: kept only once it is submitted


def _contact(name: str, caption: str, kind: str, autocomplete: str) -> Question:
    return Question(name, caption, kind, autocomplete=autocomplete, contact=True)


CONTACT = {
    q.name: q
    for q in (
        _contact("email", _("E-mail"), EMAIL, "email"),
        _contact("first_name", _("First name"), TEXT, "given-name"),
        _contact("last_name", _("Last name"), TEXT, "family-name"),
        _contact("name", _("Name"), TEXT, "name"),
        _contact("company", _("Company"), TEXT, "organization"),
        _contact("title", _("Job title"), TEXT, "organization-title"),
        _contact("phone", _("Telephone"), TEL, "tel"),
        _contact("website", _("Website"), TEXT, "url"),
        _contact("street", _("Street"), TEXT, "street-address"),
        _contact("city", _("City"), TEXT, "address-level2"),
        _contact("postal_code", _("Postal code"), TEXT, "postal-code"),
        _contact("country", _("Country"), TEXT, "country-name"),
    )
}
"""What can be asked whatever the model: the names that the tracking API and Salesforce's forms use too."""


def available(program: Program) -> list[Question]:
    """All that a form of this program can ask: how to reach people, then the fields of its model."""
    found = dict(CONTACT)
    latest = program.publications.last()
    for field in compiled(latest.text).model.fields if latest else ():
        found[field.name] = _of_field(field, found.get(field.name))
    return list(found.values())


def questions_of(form: Form) -> list[Question]:
    """The form's questions in order; one whose field has left the model is asked no more."""
    known = {q.name: q for q in available(form.program)}
    return [
        replace(known[entry["name"]], required=bool(entry.get("required")))
        for entry in form.questions
        if entry["name"] in known
    ]


def chosen(questions: Sequence[Question], known: Collection[str], most: int) -> list[Question]:
    """What to ask of a visitor who has told the fields `known` already; at most `most` of it (0: all).

    An e-mail address that is to be asked is always among them, since without it nobody can answer.

    >>> questions = [Question("size", "Size"), CONTACT["email"], Question("pain", "What hurts?")]
    >>> [q.name for q in chosen(questions, {"size"}, 0)], [q.name for q in chosen(questions, (), 2)]
    (['email', 'pain'], ['size', 'email'])
    """
    open_ = [q for q in questions if q.name not in known]
    if not most or len(open_) <= most:
        return open_
    first = sorted(open_, key=lambda q: q.name != "email")[:most]
    return [q for q in open_ if q in first]


def named(form: Form, names: Iterable[str]) -> list[Question]:
    """The questions that a page has shown; one that the form no longer has is taken as it was typed."""
    known = {q.name: q for q in questions_of(form)}
    return [known.get(name) or CONTACT.get(name) or Question(name, spoken(name), HIDDEN) for name in names]


def _of_field(field: Field, contact: Question | None) -> Question:
    caption = field.ask or field.title
    if contact and field.type == "text" and not field.values:
        return replace(contact, caption=field.ask or field.label or contact.caption)
    if field.type == "text" and field.ask and not field.values:
        return Question(field.name, caption, LONG)
    return Question(field.name, caption, str(field.type), field.values)
