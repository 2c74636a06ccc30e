"""Addresses of the doors. By names with an underscore django-allauth finds its own pages."""

from __future__ import annotations

from allauth.account import views as theirs
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as codes
from allauth.socialaccount import views as provider
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LogoutView
from django.urls import include, path
from django.views.generic import RedirectView

from leadline.web.accounts import entrance, key_views, own_views
from leadline.web.accounts import people_views as people
from leadline.web.accounts.access import requires

signed_in = requires()
sign_out = login_not_required(LogoutView.as_view())
no_sign_up = login_not_required(RedirectView.as_view(pattern_name="sign-in"))
ours = {"provider_id": "oidc"}

doors = [
    path("sign-in", entrance.SignIn.as_view(), name="sign-in"),
    path("sign-in", entrance.SignIn.as_view(), name="account_login"),
    path("sign-out", sign_out, name="sign-out"),
    path("sign-out", sign_out, name="account_logout"),
    path("sign-in/inactive", theirs.account_inactive, name="account_inactive"),
    path("sign-in/code", factors.authenticate, name="mfa_authenticate"),
    path("sign-in/provider", entrance.to_provider, ours, name="openid_connect_login"),
    path("sign-in/provider/back", entrance.from_provider, ours, name="openid_connect_callback"),
    path("sign-in/provider/cancelled", provider.login_cancelled, name="socialaccount_login_cancelled"),
    path("sign-in/provider/failed", provider.login_error, name="socialaccount_login_error"),
    path("sign-up", no_sign_up, name="account_signup"),
    path("password", entrance.ForgottenPassword.as_view(), name="account_reset_password"),
    path("password/sent", theirs.password_reset_done, name="account_reset_password_done"),
    path("password/done", theirs.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("password/<str:uidb36>/<str:key>", entrance.NewPassword.as_view(),
         name="account_reset_password_from_key"),
    path("join/<str:token>", entrance.join, name="join"),
]  # fmt: skip

own = [
    path("account", own_views.account, name="account"),
    path("account/password", signed_in(own_views.ChangePassword.as_view()), name="account_change_password"),
    path("account/password/new", signed_in(theirs.password_set), name="account_set_password"),
    path("account/again", signed_in(theirs.reauthenticate), name="account_reauthenticate"),
    path("account/again/code", signed_in(factors.reauthenticate), name="mfa_reauthenticate"),
    path("account/second-factor", own_views.second_factors, name="mfa_index"),
    path("account/second-factor/set-up", signed_in(own_views.SetUpCodes.as_view()), name="mfa_activate_totp"),
    path("account/second-factor/remove", signed_in(own_views.RemoveCodes.as_view()),
         name="mfa_deactivate_totp"),
    path("account/recovery-codes", signed_in(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("account/recovery-codes/new", signed_in(own_views.NewRecoveryCodes.as_view()),
         name="mfa_generate_recovery_codes"),
    path("account/sessions/others", own_views.end_others, name="end-other-sessions"),
    path("account/session/<int:number>", own_views.end_session, name="end-session"),
    path("keys", key_views.keys, name="keys"),
    path("keys/new", key_views.new_key, name="new-key"),
    path("keys/<int:number>/revoke", key_views.revoke_key, name="revoke-key"),
    path("audit", key_views.audit, name="audit"),
]  # fmt: skip

of_people = [
    path("people", people.people, name="list"),
    path("people/invite", people.invite, name="invite"),
    path("people/invitation/<int:number>/again", people.invite_again, name="invite-again"),
    path("people/invitation/<int:number>/withdraw", people.withdraw, name="withdraw"),
    path("person/<int:number>", people.person, name="page"),
    path("person/<int:number>/deactivate", people.deactivate, name="deactivate"),
    path("person/<int:number>/activate", people.activate, name="activate"),
    path("person/<int:number>/end-sessions", people.end_sessions, name="end-sessions"),
    path("person/<int:number>/second-factor", people.forget_second_factor, name="forget-second-factor"),
    path("person/<int:number>/password-link", people.password_link, name="password-link"),
    path("teams", people.teams, name="teams"),
    path("team/<int:number>", people.team, name="team"),
    path("team/<int:number>/delete", people.delete_team, name="delete-team"),
]

urlpatterns = [*doors, *own, path("", include((of_people, "people")))]
