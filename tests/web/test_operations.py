"""Alive, ready, measured, and what a log line says."""

import json
import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model

from leadline.web import health
from leadline.web.capture.mending import mend
from leadline.web.capture.models import FailedEvent
from leadline.web.capture.stores import Row
from leadline.web.doctor import examine
from leadline.web.instants import now
from leadline.web.operations.logs import JsonLines


@pytest.fixture
def here(settings, tmp_path, inbox, monkeypatch):
    """The workspace of the test, with its inbox."""
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


def test_what_is_sent_again_has_waited_since_then(client, source, inbox, worker, clock, here):
    """A message that came long ago and is mended today is not a worker that has been away since."""
    clock.at -= timedelta(days=30)
    unnamed = Row(source.id, clock(), "track", b'{"anonymousId": "a1"}', b"{}")
    inbox.append([unnamed])
    worker.drain()
    at = now()
    mend(
        failed=FailedEvent.objects.get(),
        text='{"anonymousId": "a1", "event": "x"}',
        inbox=inbox,
        by="Ana",
        at=at,
    )
    assert (inbox.count(), inbox.oldest()) == (1, at)
    assert client.get("/readyz").status_code == 200
    worker.drain()
    assert inbox.oldest() is None


def test_without_its_inbox_the_workspace_says_so_and_shows_the_rest(client, db, here, monkeypatch, settings):
    from leadline.web.capture import installed as inboxes

    settings.SURROUNDINGS = replace(here, inbox_url=f"sqlite:///{here.data}/nowhere/inbox.sqlite3")
    monkeypatch.setattr(inboxes, "_shared", [])
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["inbox"]["detail"] == "the inbox cannot be opened (NotStoredError)"
    client.force_login(get_user_model().objects.create_superuser("ana@example.com", "a-long-password"))
    page = client.get("/")
    assert page.status_code == 200
    assert "The inbox cannot be opened" in page.content.decode()


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
