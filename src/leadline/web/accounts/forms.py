"""What people type about people, teams and keys."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from leadline.web.accounts.access import Right, Role, Scope
from leadline.web.accounts.api_keys import rights_to_give
from leadline.web.accounts.models import Team, User

ROLES = (
    (Role.ADMIN.value, _("Admin")),
    (Role.MARKETING.value, _("Marketing")),
    (Role.MANAGER.value, _("Sales manager")),
    (Role.REP.value, _("Sales rep")),
    (Role.READER.value, _("Reader")),
)
SCOPES = (
    (Scope.ALL.value, _("All leads")),
    (Scope.TEAM.value, _("Those of the team")),
    (Scope.OWN.value, _("Their own")),
)
RIGHTS = {
    Right.SEE_LEADS: _("See leads"),
    Right.SEE_NUMBERS: _("See numbers"),
    Right.EDIT_LEADS: _("Edit leads"),
    Right.DECIDE: _("Accept, reject, recycle"),
    Right.ASSIGN: _("Assign leads"),
    Right.MERGE: _("Merge leads"),
    Right.VOID: _("Void facts"),
    Right.BULK: _("Act on many leads"),
    Right.EXPORT: _("Export"),
    Right.IMPORT: _("Import"),
    Right.EDIT_MODEL: _("Edit models"),
    Right.CONSENT_MARKETING: _("Consent for marketing"),
    Right.CONSENT_SALES: _("Consent for sales"),
    Right.CAPTURE: _("Sources and forms"),
    Right.ERASE: _("Erase people"),
    Right.PEOPLE: _("People and audit log"),
}
LIVES = ((30, _("30 days")), (90, _("90 days")), (365, _("A year")), (730, _("Two years")))


class GrantForm(forms.Form):
    """What somebody is to have."""

    role = forms.ChoiceField(choices=ROLES, label=_("Role"), initial=Role.READER.value)
    scope = forms.ChoiceField(choices=SCOPES, label=_("Sees"), initial=Scope.ALL.value)
    team = forms.ModelChoiceField(Team.objects.order_by("name"), required=False, label=_("Team"))
    may_export = forms.BooleanField(required=False, label=_("May export leads"))
    may_bulk = forms.BooleanField(required=False, label=_("May act on many leads at once"))

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("scope") == Scope.TEAM and found.get("team") is None:
            self.add_error("team", _("Choose the team whose leads they see."))
        return found


class InviteForm(GrantForm):
    email = forms.EmailField(max_length=254, label=_("E-mail"))
    field_order = ("email", "role", "scope", "team", "may_export", "may_bulk")


class PersonForm(GrantForm):
    name = forms.CharField(max_length=120, required=False, label=_("Name"))
    field_order = ("name", "role", "scope", "team", "may_export", "may_bulk")


class JoinForm(forms.Form):
    name = forms.CharField(
        max_length=120, label=_("Your name"), widget=forms.TextInput({"autocomplete": "name"})
    )
    password = forms.CharField(
        max_length=1000, label=_("A password"), strip=False, help_text=_("Twelve characters or more."),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )  # fmt: skip

    def __init__(self, *args: Any, email: str, **named: Any) -> None:
        super().__init__(*args, **named)
        self.email = email

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        validate_password(password, User(email=self.email, name=self.cleaned_data.get("name", "")))
        return password


class TeamForm(forms.ModelForm):
    class Meta:
        model = Team
        fields = ("name",)
        labels = {"name": _("Name")}  # noqa: RUF012


class SelfForm(forms.ModelForm):
    """What others call somebody; their zone, language and colours are preferences."""

    class Meta:
        model = User
        fields = ("name",)
        labels = {"name": _("Name")}  # noqa: RUF012


class KeyForm(forms.Form):
    name = forms.CharField(max_length=80, label=_("Name"), help_text=_("What uses it, such as “CRM sync”."))
    rights = forms.MultipleChoiceField(
        label=_("It may"), widget=forms.CheckboxSelectMultiple,
        help_text=_("Never more than you may; less if your rights become less."),
    )  # fmt: skip
    days = forms.TypedChoiceField(choices=LIVES, coerce=int, initial=90, label=_("Holds for"))
    networks = forms.CharField(
        required=False, label=_("Only from"), max_length=1000,
        help_text=_("Addresses or networks, such as 203.0.113.7, 10.0.0.0/8. Empty: from anywhere."),
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["rights"].choices = [(right.value, RIGHTS[right]) for right in rights_to_give(user)]

    def clean_networks(self) -> list[str]:
        found = [each.strip() for each in self.cleaned_data["networks"].replace("\n", ",").split(",")]
        found = [each for each in found if each]
        for each in found:
            try:
                ip_network(each)
            except ValueError:
                told = _("“%(given)s” is no address or network, such as 203.0.113.7 or 10.0.0.0/8.")
                raise forms.ValidationError(told % {"given": each[:60]}) from None
        return found
