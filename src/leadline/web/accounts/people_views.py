"""Pages of people: who is of the team, what each may do, who is invited."""

from __future__ import annotations

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leadline.web.accounts import actions, second_factor
from leadline.web.accounts.access import Right, requires
from leadline.web.accounts.audit import record
from leadline.web.accounts.forms import InviteForm, PersonForm, TeamForm
from leadline.web.accounts.mailing import can_send, send_invitation
from leadline.web.accounts.models import Invitation, Team, User
from leadline.web.accounts.queries import open_invitations
from leadline.web.accounts.sessions import lately
from leadline.web.instants import instant_of, now


@require_GET
@requires(Right.PEOPLE)
def people(request: HttpRequest) -> HttpResponse:
    at = now()
    found = User.objects.select_related("team").order_by("-is_active", "name", "email")
    factor = Count("authenticator", filter=~Q(authenticator__type="recovery_codes"))
    context = {
        "people": [(user, instant_of(user.last_login)) for user in found.annotate(factors=factor)],
        "invitations": open_invitations(at).select_related("by", "team"),
        "teams": Team.objects.exists(),
        "now": at,
    }
    return render(request, "accounts/people.html", context)


@require_http_methods(["GET", "POST"])
@requires(Right.PEOPLE)
@lately
def invite(request: HttpRequest) -> HttpResponseBase:
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = actions.invite(
                email=given["email"], grant=actions.granted(**given), by=request.user, at=now()
            )
        except actions.AlreadyThereError as there:
            form.add_error("email", str(there))
        else:
            return _invited(request, made)
    status = 422 if form.errors else 200
    return render(request, "accounts/invite.html", {"form": form, "sends": can_send()}, status=status)


def _invited(request: HttpRequest, made: Invitation) -> HttpResponse:
    """The link, to be copied where no mail went out."""
    link = _link_of(made)
    sent = send_invitation(email=made.email, by=str(request.user), link=link)
    return render(request, "accounts/invited.html", {"invitation": made, "link": link, "sent": sent})


def _link_of(invitation: Invitation) -> str:
    return settings.SURROUNDINGS.url + reverse("join", args=[actions.token_of(invitation)])


@require_POST
@requires(Right.PEOPLE)
@lately
def invite_again(request: HttpRequest, number: int) -> HttpResponseBase:
    """The same place kept anew, with a link of its own."""
    old = get_object_or_404(open_invitations(now()), pk=number)
    grant = actions.Grant(old.role, old.scope, old.team, old.may_export, old.may_bulk)
    return _invited(request, actions.invite(email=old.email, grant=grant, by=request.user, at=now()))


@require_POST
@requires(Right.PEOPLE)
@lately
def withdraw(request: HttpRequest, number: int) -> HttpResponseBase:
    invitation = get_object_or_404(open_invitations(now()), pk=number)
    actions.withdraw_invitation(invitation=invitation, by=request.user, at=now())
    messages.success(request, _("The invitation is withdrawn: its link opens nothing any more."))
    return redirect("people:list")


@require_http_methods(["GET", "POST"])
@requires(Right.PEOPLE)
@lately
def person(request: HttpRequest, number: int) -> HttpResponseBase:
    user = get_object_or_404(User.objects.select_related("team"), pk=number)
    held = {f: getattr(user, f) for f in ("name", "role", "scope", "team", "may_export", "may_bulk")}
    form = PersonForm(request.POST or None, initial=held)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.change_person(
                user=user, name=given["name"], grant=actions.granted(**given), by=request.user
            )
        except actions.LastAdminError as last:
            form.add_error("role", str(last))
        else:
            messages.success(request, _("Saved."))
            return redirect("people:page", number)
    context = {"person": user, "form": form, "factor": second_factor.has_one(user),
               "entered": instant_of(user.last_login),
               "keys": user.api_keys.filter(revoked_at=None, expires_at__gt=now())}  # fmt: skip
    return render(request, "accounts/person.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Right.PEOPLE)
@lately
def deactivate(request: HttpRequest, number: int) -> HttpResponseBase:
    user = get_object_or_404(User, pk=number)
    try:
        actions.deactivate(user=user, by=request.user)
    except actions.LastAdminError as last:
        messages.error(request, str(last))
    else:
        messages.success(request, _("%(who)s is let in no more. What they did stays.") % {"who": user})
    return redirect("people:page", number)


@require_POST
@requires(Right.PEOPLE)
@lately
def activate(request: HttpRequest, number: int) -> HttpResponseBase:
    user = get_object_or_404(User, pk=number)
    actions.activate(user=user, by=request.user)
    messages.success(request, _("%(who)s can sign in again.") % {"who": user})
    return redirect("people:page", number)


@require_POST
@requires(Right.PEOPLE)
@lately
def end_sessions(request: HttpRequest, number: int) -> HttpResponseBase:
    user = get_object_or_404(User, pk=number)
    actions.end_sessions(user=user, by=request.user)
    messages.success(request, _("%(who)s is signed out everywhere.") % {"who": user})
    return redirect("people:page", number)


@require_POST
@requires(Right.PEOPLE)
@lately
def forget_second_factor(request: HttpRequest, number: int) -> HttpResponseBase:
    user = get_object_or_404(User, pk=number)
    actions.forget_second_factor(user=user, by=request.user)
    messages.success(request, _("%(who)s signs in without a second factor now.") % {"who": user})
    return redirect("people:page", number)


@require_POST
@requires(Right.PEOPLE)
@lately
def password_link(request: HttpRequest, number: int) -> HttpResponseBase:
    """A link with which somebody chooses a password, to be handed to them; it skips no second factor."""
    user = get_object_or_404(User, pk=number, is_active=True)
    key = default_token_generator.make_token(user)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})
    record(request, "make password link", f"user:{user.id}")
    context = {"person": user, "link": settings.SURROUNDINGS.url + path}
    return render(request, "accounts/password_link.html", context)


@require_http_methods(["GET", "POST"])
@requires(Right.PEOPLE)
@lately
def teams(request: HttpRequest) -> HttpResponseBase:
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = actions.make_team(name=form.cleaned_data["name"], by=request.user)
        messages.success(request, _("The team %(team)s is there.") % {"team": made})
        return redirect("people:teams")
    found = Team.objects.annotate(count=Count("people", filter=Q(people__is_active=True))).order_by("name")
    status = 422 if form.errors else 200
    return render(request, "accounts/teams.html", {"teams": found, "form": form}, status=status)


@require_http_methods(["GET", "POST"])
@requires(Right.PEOPLE)
@lately
def team(request: HttpRequest, number: int) -> HttpResponseBase:
    found = get_object_or_404(Team, pk=number)
    form = TeamForm(request.POST or None, instance=Team(pk=found.pk, name=found.name))
    if request.method == "POST" and form.is_valid():
        actions.rename_team(team=found, name=form.cleaned_data["name"], by=request.user)
        messages.success(request, _("Saved."))
        return redirect("people:teams")
    context = {"team": found, "form": form, "people": found.people.order_by("name", "email")}
    return render(request, "accounts/team.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Right.PEOPLE)
@lately
def delete_team(request: HttpRequest, number: int) -> HttpResponseBase:
    actions.delete_team(team=get_object_or_404(Team, pk=number), by=request.user)
    messages.success(request, _("The team is gone; its people are still here."))
    return redirect("people:teams")
