"""The workspace can be translated: German is complete, and times are those of the reader's zone."""

from __future__ import annotations

import gettext
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.template import Context, Template
from django.utils import timezone, translation
from pages_cast import signed_in

from leadline.web.accounts.models import User
from leadline.web.instants import DAY, HOUR

WEB = Path(__file__).resolve().parents[2] / "src/leadline/web"
PO = WEB / "locale/de/LC_MESSAGES/django.po"
INSTANT = 1_772_546_700_000_000  # 3 March 2026, 14:05 UTC
needs_gettext = pytest.mark.skipif(
    not all(map(shutil.which, ("xgettext", "msgfmt", "msgattrib"))),
    reason="needs the programs of GNU gettext",
)


@needs_gettext
def test_every_text_of_the_workspace_has_its_german(tmp_path):
    copy = tmp_path / "leadline"
    shutil.copytree(WEB.parent, copy, ignore=shutil.ignore_patterns("static", "__pycache__", "*.json"))
    locale = copy / "web/locale"
    (tmp_path / "collecting.py").write_text(f"SECRET_KEY = 'none'\nLOCALE_PATHS = [{str(locale)!r}]\n")
    collect = [sys.executable, "-m", "django", "makemessages", "-l", "de", "--no-obsolete", "--no-wrap"]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "collecting", "PYTHONPATH": str(tmp_path)}
    collected = subprocess.run(
        collect, cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    assert collected.returncode == 0, collected.stderr
    found = locale / "de/LC_MESSAGES/django.po"
    for lacking in ("--untranslated", "--only-fuzzy"):
        command = ["msgattrib", lacking, "--no-wrap", "--no-location", str(found)]
        left = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert not re.findall(r'(?m)^msgid "(.+)"', left), "make messages, then translate"


@needs_gettext
def test_placeholders_of_both_languages_agree_and_the_compiled_texts_are_those_of_the_file(tmp_path):
    made = tmp_path / "django.mo"
    compiled = ["msgfmt", "--check-format", "-o", str(made), str(PO)]
    done = subprocess.run(compiled, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with made.open("rb") as new, PO.with_suffix(".mo").open("rb") as kept:
        assert catalog(kept) == catalog(new), "make messages"


def catalog(file) -> dict:
    return {k: v for k, v in gettext.GNUTranslations(file)._catalog.items() if k}


def test_placeholders_stand_in_texts_of_templates_too():
    with PO.with_suffix(".mo").open("rb") as file:
        texts = catalog(file)
    names = re.compile(r"%\((\w+)\)[sd]")
    for key, german in texts.items():
        english = key[0] if isinstance(key, tuple) else key
        wanted = set(names.findall(english.rpartition("\x04")[2]))
        # A form of the plural may leave the number out: "one answer".
        assert set(names.findall(german)) ^ wanted <= {"n", "number", "count"}, english
    assert len(texts) > 1000


def test_pages_speak_the_language_of_the_browser_or_of_the_person(db):
    browser = signed_in()
    german = {"HTTP_ACCEPT_LANGUAGE": "de"}
    assert "<h1>Heute</h1>" in browser.get("/", **german).content.decode()
    assert '<html lang="de"' in browser.get("/", **german).content.decode()
    User.objects.update(language="en")
    assert "<h1>Today</h1>" in browser.get("/", **german).content.decode()


def test_somebody_chooses_language_zone_and_look_and_finds_them_again(db):
    browser = signed_in()
    given = {"language": "de", "time_zone": "Asia/Tokyo", "theme": "dark", "keys": ""}
    answer = browser.post("/me", given, follow=True)
    page = answer.content.decode()
    assert "Vorlieben" in page
    assert 'data-theme="dark"' in page
    assert 'data-keys="off"' in page
    assert '<option value="Asia/Tokyo" selected>' in page
    assert User.objects.get().time_zone == "Asia/Tokyo"


def test_a_zone_that_there_is_not_is_refused_with_a_word(db):
    browser = signed_in()
    given = {"language": "xx", "time_zone": "Moon/Crater", "theme": "dark"}
    answer = browser.post("/me", given)
    assert answer.status_code == 422
    assert "Moon/Crater" in answer.content.decode()
    assert User.objects.get().time_zone == ""


def shown(template: str, **more) -> str:
    return Template("{% load shown %}" + template).render(Context(more))


def test_times_are_those_of_the_readers_zone_with_the_instant_on_hover():
    with timezone.override("Asia/Tokyo"):
        text = shown("{{ at|when }}", at=INSTANT)
    assert ">3 Mar 2026, 23:05<" in text
    assert 'title="2026-03-03T14:05:00.000Z"' in text


def test_numbers_and_spans_are_written_as_the_language_does():
    with translation.override("de"), timezone.override("Europe/Berlin"):
        assert ">3. Mär 2026, 15:05<" in shown("{{ at|when }}", at=INSTANT)
        assert ">vor 3 Tagen<" in shown("{% ago at now %}", at=INSTANT, now=INSTANT + 3 * DAY)
        assert ">vor 1 Stunde<" in shown("{% ago at now %}", at=INSTANT, now=INSTANT + HOUR)
        assert shown("{{ 12.5|points }} {{ 42.25|score }} {{ 500000|count }}") == "+12,50 42,2 500.000"
    assert shown("{{ 12.5|points }} {{ 42.25|score }} {{ 500000|count }}") == "+12.50 42.2 500,000"


def test_the_page_of_a_missing_part_leads_to_the_sign_in_and_back(db, client):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/leads?stage=mql"}
    answer = client.get("/said", headers=headers)
    assert answer.status_code == 204
    assert answer["HX-Redirect"] == "/sign-in?next=%2Fleads%3Fstage%3Dmql"


def test_what_a_model_says_is_said_in_german_too(db, program):
    with translation.override("en"):  # what the request chooses ends with the block
        answer = signed_in().get(f"/program/{program.slug}", headers={"accept-language": "de"})
    page = answer.content.decode()
    assert "halb so viel nach je" in page
    assert "ist mindestens" in page or "zwischen" in page
    for english in ("halving every", " where ", " is at least ", "Entered"):
        assert english not in page
