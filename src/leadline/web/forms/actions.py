"""What the team does with forms: make, change, publish, withdraw."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from leadline.web.capture.models import Source
from leadline.web.forms.models import ConsentWording, Form
from leadline.web.qualification.models import Program

FIRST = [{"name": "email", "required": True}]


class NotReadyError(Exception):
    """The form cannot be published as it is: a sentence that says what to do first."""


@transaction.atomic
def create_form(*, slug: str, name: str, program: Program) -> Form:
    """A form that asks for an e-mail address, not yet published, with a source of its own."""
    source = Source.objects.create(slug=f"form-{slug}", name=name, kind=Source.FORM)
    return Form.objects.create(slug=slug, name=name, program=program, source=source, questions=FIRST)


@transaction.atomic
def change_form(*, form: Form, by: str, at: int) -> None:
    """Save a changed form. A changed text of consent is a new version, and the old one stays on record."""
    before = Form.objects.select_for_update().get(pk=form.pk)
    form.consent_version = before.consent_version
    if form.consent_text and form.consent_text != before.consent_text:
        latest = form.wordings.order_by("version").last()
        if latest is None or latest.text != form.consent_text:
            latest = form.wordings.create(
                version=(latest.version if latest else 0) + 1, text=form.consent_text, at=at, by=by
            )
        form.consent_version = latest.version
    form.published = before.published
    form.save()
    Source.objects.filter(pk=form.source_id).update(name=form.name)


def publish_form(*, form: Form) -> None:
    """Let strangers fill it in. Raises NotReadyError."""
    if not form.questions:
        raise NotReadyError(_("This form asks nothing yet: choose at least one question, then publish it."))
    form.published = True
    form.save(update_fields=["published"])


def withdraw_form(*, form: Form) -> None:
    """Take it off; what was sent stays."""
    form.published = False
    form.save(update_fields=["published"])


def wording(form: Form) -> ConsentWording | None:
    """The text of consent that holds now."""
    return form.wordings.filter(version=form.consent_version).first() if form.consent_text else None
