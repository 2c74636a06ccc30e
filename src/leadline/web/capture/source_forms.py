"""What people fill in about a source."""

from __future__ import annotations

import json
import re
from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from leadline.web.capture.models import Source

_ORIGIN = re.compile(r"https?://(\*\.)?[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")
_ORIGINS_HINT = _(
    "One a line, such as https://www.example.com or https://*.example.com. Empty: pages of any site may send."
)


class OriginsField(forms.CharField):
    """Origins of pages, one a line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def clean(self, value: str) -> list[str]:
        origins = [o.rstrip("/").lower() for o in super().clean(value).split()]
        for origin in origins:
            if not _ORIGIN.fullmatch(origin):
                raise forms.ValidationError(
                    _("“%(given)s” is no origin: expected https:// and a host, without a path."),
                    params={"given": origin[:80]},
                )
        return list(dict.fromkeys(origins))


class NewSourceForm(forms.Form):
    name = forms.CharField(
        max_length=120,
        label=_("Name"),
        help_text=_("As your team calls it: “Our website”, “Billing server”."),
    )
    kind = forms.ChoiceField(
        choices=Source.KINDS,
        label=_("Kind"),
        help_text=_("A website sends from its visitors' browsers."),
    )
    allowed_origins = OriginsField(
        required=False, max_length=4000, label=_("Allowed origins"), help_text=_ORIGINS_HINT
    )


class SourceForm(forms.ModelForm):
    allowed_origins = OriginsField(
        required=False, max_length=4000, label=_("Allowed origins"), help_text=_ORIGINS_HINT
    )

    class Meta:
        model = Source
        fields = (
            "name", "allowed_origins", "rate_per_second", "consent_category", "respect_gpc", "trusted",
            "enabled",
        )  # fmt: skip
        labels: ClassVar = {
            "rate_per_second": _("Requests a second at most"),
            "consent_category": _("Consent needed"),
            "respect_gpc": _("Respect Global Privacy Control"),
            "trusted": _("What it says of people is verified"),
            "enabled": _("Takes messages"),
        }
        help_texts: ClassVar = {
            "rate_per_second": _("Beyond it, a sender is told to wait."),
            "consent_category": _(
                "The category of your consent banner without which a visit is not stored. "
                "Empty: none is asked for."
            ),
            "respect_gpc": _("Visits of browsers that ask not to be tracked are not stored, only counted."),
            "trusted": _(
                "For your own servers alone, whose key nobody else knows: their e-mails join people, "
                "and no browser can change what they said."
            ),
            "enabled": _("Switched off, everything it sends is refused."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["rate_per_second"].min_value = 1
        self.initial["allowed_origins"] = "\n".join(json.loads(self.instance.allowed_origins))

    def clean_rate_per_second(self) -> int:
        rate = self.cleaned_data["rate_per_second"]
        if not 1 <= rate <= 100_000:
            raise forms.ValidationError(_("Give a number between 1 and 100,000."))
        return rate

    def clean_allowed_origins(self) -> str:
        return json.dumps(self.cleaned_data["allowed_origins"])


class MendForm(forms.Form):
    body = forms.CharField(
        strip=False,
        max_length=400_000,
        label=_("The message"),
        widget=forms.Textarea(attrs={"class": "code"}),
    )


class DiscardForm(forms.Form):
    because = forms.CharField(max_length=500, label=_("Why it is not wanted"))
