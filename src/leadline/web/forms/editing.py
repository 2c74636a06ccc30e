"""The management screen's own forms: a form's settings, and which questions it asks in which order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from leadline.web.forms.models import Form
from leadline.web.forms.pages import onward
from leadline.web.forms.questions import Question, available
from leadline.web.qualification.models import Program

RESERVED = ("new",)
GROUPS = (
    (_("Words"), ("name", "intro", "button", "most_asked")),
    (_("Consent"), ("consent_text", "consent_required")),
    (_("Where it stands"), ("allowed_origins", "accept_foreign")),
    (_("Afterwards"), ("thanks", "redirect_url", "redirect_hosts")),
    (_("What is kept and what is not"), ("keep_partial", "least_seconds", "per_address", "per_form")),
)
SPOKEN = {
    "long": _("longer text"),
    "tel": _("telephone number"),
    "email": _("e-mail address"),
    "time": _("date"),
    "boolean": _("yes or no"),
}
LAST = 999


class NewForm(forms.Form):
    name = forms.CharField(
        max_length=120, help_text=_("The heading that visitors see, such as “Book a demo”.")
    )
    slug = forms.SlugField(
        max_length=50, required=False, label=_("Address"),
        help_text=_("Its place under /f/. Left empty, it is made of the name."),
    )  # fmt: skip
    program = forms.ModelChoiceField(
        Program.objects.filter(enabled=True), empty_label=None,
        help_text=_("The form asks for the fields of this program's model."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        slug = found.get("slug") or slugify(found.get("name", ""))[:50].strip("-")
        if not slug and "name" in found:
            self.add_error("slug", _("Please write an address of small letters, digits and hyphens."))
        elif slug in RESERVED or Form.objects.filter(slug=slug).exists():
            self.add_error("slug", _("“%(slug)s” is taken: please choose another address.") % {"slug": slug})
        found["slug"] = slug
        return found


class Lines(forms.CharField):
    """A list, one entry a line."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return list(dict.fromkeys(str(value or "").split()))


class Settings(forms.ModelForm):
    allowed_origins = Lines(
        required=False, label=_("Sites that may show it"),
        help_text=_("One a line, such as https://www.example.com. Only these may embed it or post to it."),
    )  # fmt: skip
    redirect_url = forms.URLField(
        required=False, assume_scheme="https", max_length=500, label=_("Then go on to"),
        help_text=_("Left empty, the thanks are shown. Its host must be among those below."),
    )  # fmt: skip
    redirect_hosts = Lines(
        required=False, label=_("Hosts to go on to"),
        help_text=_("One a line, such as www.example.com. Nobody is sent anywhere else after the form."),
    )  # fmt: skip

    class Meta:
        model = Form
        fields = tuple(name for _title, names in GROUPS for name in names)
        labels: ClassVar = {
            "intro": _("Introduction"), "button": _("Button"), "most_asked": _("Questions at one visit"),
            "thanks": _("Thanks"), "consent_text": _("Text of consent"),
            "consent_required": _("Consent is needed to send"),
            "accept_foreign": _("Take posts of other pages"),
            "keep_partial": _("Keep what was typed and not sent"), "least_seconds": _("Fastest, in seconds"),
            "per_address": _("Submissions a minute from one address"),
            "per_form": _("Submissions a minute altogether"),
        }  # fmt: skip
        help_texts: ClassVar = {
            "most_asked": _("0 asks all at once. Who comes back is asked what is still open."),
            "consent_text": _("A box to tick; left empty, there is none. Each saved text has its number."),
            "accept_foreign": _("For an old web-to-lead form, from the sites above. They carry no proof that "
            "our page was seen, so more spam comes that way."),
            "keep_partial": _("Answers, without names and addresses, as events of an unknown visitor."),
            "least_seconds": _("Who is faster is asked to send it once more."),
        }  # fmt: skip
        widgets: ClassVar = {
            "intro": forms.Textarea(attrs={"rows": 2}),
            "thanks": forms.Textarea(attrs={"rows": 2}),
            "consent_text": forms.Textarea(attrs={"rows": 3}),
        }

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        return [(title, [self[name] for name in names]) for title, names in GROUPS]

    def clean_allowed_origins(self) -> list[str]:
        return [_origin(line) for line in self.cleaned_data["allowed_origins"]]

    def clean_redirect_hosts(self) -> list[str]:
        for host in self.cleaned_data["redirect_hosts"]:
            if host != _host(f"https://{host}"):
                raise forms.ValidationError(
                    _("Please write a host such as www.example.com, not “%(host)s”.") % {"host": host}
                )
        return self.cleaned_data["redirect_hosts"]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        wanted = Form(
            redirect_url=found.get("redirect_url", ""), redirect_hosts=found.get("redirect_hosts", [])
        )
        if wanted.redirect_url and not onward(wanted):
            self.add_error(
                "redirect_hosts",
                _("Please add the host of %(url)s here.") % {"url": wanted.redirect_url},
            )
        if found.get("accept_foreign") and not found.get("allowed_origins"):
            self.add_error("allowed_origins", _("Please name the sites whose posts are to be taken."))
        for name in ("per_address", "per_form"):
            if found.get(name) == 0:
                self.add_error(name, _("Please write at least 1."))
        return found


class Choice(forms.Form):
    """One row of the table of questions."""

    name = forms.CharField(widget=forms.HiddenInput)
    asked = forms.BooleanField(required=False)
    required = forms.BooleanField(required=False)
    place = forms.IntegerField(
        required=False, min_value=1, max_value=LAST, widget=forms.NumberInput(attrs={"size": 3})
    )


Choices = forms.formset_factory(Choice, extra=0, max_num=600, absolute_max=600)


def rows_of(form: Form) -> list[dict[str, Any]]:
    """The table of questions as it stands: those that are asked in their order, then the others."""
    asked = {entry["name"]: (place, entry) for place, entry in enumerate(form.questions, 1)}
    rows = [_row(question, *asked.get(question.name, (None, None))) for question in available(form.program)]
    return sorted(rows, key=lambda row: row["place"] or LAST)


def chosen_in(choices: Sequence[dict[str, Any]], form: Form) -> list[dict[str, Any]]:
    """The form's questions as the table says; rows of one place keep their order."""
    known = {question.name for question in available(form.program)}
    asked = [row for row in choices if row.get("asked") and row.get("name") in known]
    asked.sort(key=lambda row: row.get("place") or LAST)
    return [{"name": row["name"], "required": bool(row.get("required"))} for row in asked]


def _row(question: Question, place: int | None, entry: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "name": question.name, "caption": question.caption,
        "kind": SPOKEN.get(question.kind, question.kind),
        "values": ", ".join(question.values), "place": place, "asked": entry is not None,
        "required": bool(entry and entry.get("required")),
    }  # fmt: skip


def _origin(line: str) -> str:
    host = _host(line)
    scheme = line.partition("://")[0].lower()
    if scheme not in ("http", "https") or not host or line.rstrip("/").lower() != f"{scheme}://{host}":
        raise forms.ValidationError(
            _("Please write a site such as https://www.example.com, not “%(line)s”.") % {"line": line}
        )
    return f"{scheme}://{host}"


def _host(url: str) -> str:
    """The host and port of an address; "" where there is none, or signs that no host has."""
    try:
        found = urlsplit(url).netloc.lower()
    except ValueError:
        return ""
    return found if found and all(sign.isalnum() or sign in ".-:[]" for sign in found) else ""
