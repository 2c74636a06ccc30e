"""What an installation decides, and what is said of it."""

import re
from pathlib import Path

import pytest

from leadline.web import env
from leadline.web.env import EnvironmentWrongError, surroundings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "settings.md"


def test_as_it_comes_nothing_has_to_be_set(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    here = surroundings({})
    assert here.database_url == f"sqlite:///{tmp_path}/leadline-data/leadline.sqlite3"
    assert here.inbox_url.endswith("/leadline-data/inbox.sqlite3")
    assert (here.url, here.https, here.hosts[0]) == ("http://localhost:8000", False, "localhost")


def test_the_secret_is_made_once_and_read_by_its_owner_alone(tmp_path):
    first = surroundings({"LEADLINE_DATA": str(tmp_path)}).secret_key
    assert surroundings({"LEADLINE_DATA": str(tmp_path)}).secret_key == first
    assert len(first) >= 50
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0


def test_postgresql_holds_the_inbox_too(tmp_path):
    url = "postgresql://ana:secret@db.example/leads"
    here = surroundings({"LEADLINE_DATA": str(tmp_path), "DATABASE_URL": url})
    assert here.inbox_url == here.database_url == url


def test_all_wrong_settings_are_named_at_once(tmp_path):
    wrong = {
        "DATABASE_URL": "mysql://somewhere", "LEADLINE_PORT": "eighty", "LEADLINE_URL": "leads.example.com",
        "LEADLINE_TRUSTED_PROXIES": "10.0.0.0/8,everybody", "LEADLINE_TIME_ZONE": "Berlin",
        "LEADLINE_SECRET_KEY": "short", "INGEST_UNKNOWN_KEY": "maybe", "LEADLINE_LOG_LEVEL": "loud",
        "LEADLINE_METRICS_TOKEN": "guess", "LEADLINE_ANALYTICS_JS": "/nowhere.js",
    }  # fmt: skip
    with pytest.raises(EnvironmentWrongError) as refused:
        surroundings({"LEADLINE_DATA": str(tmp_path), **wrong})
    assert {problem.split(":")[0] for problem in refused.value.problems} == set(wrong)
    assert "short" not in str(refused.value)  # a secret is not printed


def test_every_setting_stands_on_its_page_and_no_other():
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', Path(env.__file__).read_text()))
    named = {
        n
        for n in re.findall(r"`([A-Z_]+)`", PAGE.read_text())
        if "LEADLINE_" in n or "_URL" in n or "INGEST" in n
    }
    assert read == named
