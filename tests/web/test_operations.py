"""Alive, ready, measured, and what a log line says."""

import json
import logging
from datetime import timedelta

import pytest

from leadline.web import health
from leadline.web.doctor import examine
from leadline.web.operations.logs import JsonLines


@pytest.fixture
def here(settings, tmp_path, inbox, monkeypatch):
    """The workspace of the test, with its inbox."""
    from dataclasses import replace

    from leadline.web.capture import installed as inboxes

    settings.SURROUNDINGS = replace(settings.SURROUNDINGS, data=tmp_path, metrics_token="t" * 20)
    monkeypatch.setattr(inboxes, "_shared", [inbox])
    return settings.SURROUNDINGS


def test_it_is_alive_without_a_database(client):
    assert client.get("/healthz").status_code == 200


def test_it_is_ready_when_nothing_is_missing(client, db, here):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert {name: check["ok"] for name, check in answer.json()["checks"].items()} == dict.fromkeys(
        ("database", "migrations", "disk", "inbox"), True
    )


def test_it_is_not_ready_while_arrivals_wait_for_a_worker_that_is_away(client, send, source, clock, here):
    clock.at -= timedelta(days=1)
    send(source, "page", userId="u1")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "1 waiting" in answer.json()["checks"]["inbox"]["detail"]


def test_a_check_that_breaks_is_one_that_fails(client, db, here, monkeypatch):
    monkeypatch.setitem(health._CHECKS, "disk", lambda: 1 / 0)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["disk"]["detail"] == "the check itself failed: ZeroDivisionError"


def test_figures_are_for_who_has_the_token(client, db, here, monkeypatch):
    from leadline.web.operations import metrics

    monkeypatch.setattr(metrics, "_published", [])
    metrics.publish(health.figures())
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer guess"}).status_code == 403
    told = client.get("/metrics", headers={"Authorization": f"Bearer {'t' * 20}"})
    assert "leadline_inbox_requests 0.0" in told.content.decode()


def test_a_stranger_is_asked_to_sign_in(client, db):
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in?next=/")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_log_line_is_one_line_whatever_is_in_it():
    record = logging.makeLogRecord(
        {"msg": "a\nb\x1b[31m", "levelname": "INFO", "name": "x", "source": "s\n1"}
    )
    line = JsonLines().format(record)
    assert "\n" not in line
    assert "\x1b" not in line
    assert json.loads(line)["source"] == "s\n1"


def test_the_doctor_looks_at_everything_and_never_breaks(db, here):
    found = {check.name: check.fine for check in examine()}
    assert found["database"]
    assert found["data folder"]
