"""The doors of an installation: Django's own deployment check, the command, the example company's people."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from leadline.web.accounts.actions import let_in
from leadline.web.accounts.models import User
from leadline.web.demo import PEOPLE, let_people_in

HTTPS = {
    "LEADLINE_URL": "https://leads.example.com",
    "LEADLINE_TRUSTED_PROXIES": "10.0.0.0/8",
    "LEADLINE_EMAIL_URL": "smtp+tls://ana:secret@mail.example.com:587",
    "LEADLINE_OIDC_ISSUER": "https://accounts.example.com",
    "LEADLINE_OIDC_CLIENT_ID": "leadline",
    "LEADLINE_OIDC_CLIENT_SECRET": "the provider's word to us",
    "LEADLINE_OIDC_DOMAINS": "example.com",
    "LEADLINE_SECOND_FACTOR": "everybody",
}


def run(*arguments: str, data, given: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LEADLINE_", "DATABASE_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, *arguments],
        env={**kept, "LEADLINE_DATA": str(data), **environ}, input=given, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def test_djangos_deployment_check_finds_nothing(tmp_path):
    check = ("-m", "django", "check", "--deploy", "--fail-level", "WARNING")
    done = run(*check, data=tmp_path, DJANGO_SETTINGS_MODULE="leadline.web.settings", **HTTPS)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.django_db
def test_the_example_companys_people_sign_in_with_one_password(quick_passwords):
    people = let_people_in("a password as printed")
    assert people == {email: role.value for email, (_, role, _) in PEOPLE.items()}
    assert set(people.values()) == {"marketing", "manager", "rep", "reader"}
    for email in ("ana@example.com", *people):
        answer = Client().post("/sign-in", {"login": email, "password": "a password as printed"})
        assert answer["Location"] == "/", email
    ben = User.objects.get(email="ben@example.com")
    assert {u.name for u in ben.team.people.all()} == {"Sofia", "Ben", "Ida"}


def test_the_command_lets_people_in_and_says_what_is_wrong(tmp_path):
    command = ("-c", "from leadline.cli import main; main()", "user")
    first = run(*command, "Ana@Example.com", "--name", "Ana", data=tmp_path, given="a long enough word\n")
    assert first.returncode == 0, first.stderr
    assert "ana@example.com can sign in, as admin" in first.stderr + first.stdout
    refused = run(*command, "ana@example.com", "--role", "rep", data=tmp_path, given="a long enough word\n")
    assert refused.returncode != 0
    assert "last admin" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.django_db
def test_a_role_is_kept_unless_another_is_given(quick_passwords):
    word = "a long enough word"
    assert let_in(email="ana@example.com", password=word).role == "admin"
    assert let_in(email="ben@example.com", password=word, role="rep").role == "rep"
    assert let_in(email="Ben@example.com", password=word + "!").role == "rep"
    assert let_in(email="ben@example.com", password=word, role="manager").role == "manager"
    with pytest.raises(ValueError, match="`boss` is no role: admin, marketing"):
        let_in(email="ida@example.com", password=word, role="boss")
    with pytest.raises(ValueError, match="needs an e-mail address"):
        let_in(email="ida", password=word)
    with pytest.raises(ValidationError, match="too short"):
        let_in(email="ida@example.com", password="short")
    assert User.objects.count() == 2
