"""A small workspace: a source, a program, an inbox and a worker whose clock the test turns."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import django
import pytest
from browser import chromium, page, workspace  # noqa: F401  # fixtures
from web_cast import CHROME, MODEL, Clock

django.setup()  # before the models are imported, and pytest-django would do it after
logging.getLogger().handlers.clear()  # pytest keeps what is logged, and shows it where a test fails

from django.db import connection

from leadline.web.accounts import audit
from leadline.web.board import store
from leadline.web.capture.inbox import Inbox, open_inbox
from leadline.web.capture.models import Source, WriteKey
from leadline.web.capture.stores import Row
from leadline.web.qualification.models import Program
from leadline.web.qualification.programs import always, create_program, publish
from leadline.web.worker import Worker


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The tests' database, whose audit log may be emptied between tests that write for real."""
    with django_db_blocker.unblock(), connection.schema_editor() as editor:
        audit.unguard(editor)


@pytest.fixture
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _new_board() -> None:
    """Each test's leads are its own; what a process has in memory would outlive them."""
    store.forget()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    found = open_inbox(f"sqlite:///{tmp_path}/inbox.sqlite3")
    found.create()
    yield found
    found.close()


@pytest.fixture
def worker(inbox: Inbox, clock: Clock, db: None) -> Worker:
    return Worker(inbox, clock)


@pytest.fixture
def source(db: None) -> Source:
    """A website, whose key anybody can read."""
    site = Source.objects.create(slug="site", name="Website")
    WriteKey.objects.create(source=site, key="site-key", created_at=0)
    return site


@pytest.fixture
def server(db: None) -> Source:
    """A server of ours, which is believed."""
    crm = Source.objects.create(slug="crm", name="CRM", kind=Source.SERVER, trusted=True)
    WriteKey.objects.create(source=crm, key="crm-key", created_at=0)
    return crm


@pytest.fixture
def program(db: None) -> Program:
    """A program whose model holds for all of history."""
    made = create_program(slug="trial", name="Trial", at=0)
    publish(program=made, text=MODEL, by="Ana", at=0, holds_from=always())
    return made


@pytest.fixture
def send(inbox: Inbox, clock: Clock) -> Callable[..., str]:
    """Let a message arrive, as its source's client sends it; gives its id."""
    numbers = count(1)

    def send(source: Source, type_: str = "track", *, ua: str = CHROME, **message: Any) -> str:
        message = {"type": type_, "messageId": f"m{next(numbers)}", **message}
        at = message.pop("at", None)
        if at is not None:
            message["timestamp"] = at.isoformat()
        meta = json.dumps({"ua": ua}).encode()
        inbox.append([Row(source.id, clock(), type_, json.dumps(message).encode(), meta)])
        return message["messageId"]

    return send


@pytest.fixture
def desk(clock: Clock, db: None, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks) -> Any:
    """Somebody who imports, with a worker beside; all by the test's clock."""
    from import_cast import Desk

    from leadline.web.importing import views

    monkeypatch.setattr(views, "now", clock)
    return Desk(clock, django_capture_on_commit_callbacks)
