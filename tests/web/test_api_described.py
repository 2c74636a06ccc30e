"""The API does what its own description says, whatever it is called with."""

import os

import pytest
import schemathesis
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from test_api import ALL
from web_cast import START, micros

from leadline.web.accounts.api_keys import make_key
from leadline.web.accounts.models import User
from leadline.web.api.description import described
from leadline.web.instants import DAY

CASES = int(os.environ.get("LEADLINE_API_CASES", "10"))  # of each operation


@pytest.fixture
def headers(db, server, program, send, worker, monkeypatch):
    """Those of a key that may do everything, in a workspace with one lead."""
    send(server, "page", userId="mia", properties={"path": "/pricing"})
    send(server, "identify", userId="mia", traits={"seniority": "vp"})
    worker.drain()
    cache.clear()
    monkeypatch.setattr("leadline.web.api.callers.PER_MINUTE", 10**9)
    owner = User.objects.create_user("robot@example.com", role="admin")
    at = micros(START)
    _, text = make_key(user=owner, name="CRM", rights=ALL, networks=[], expires_at=at + 9999 * DAY, at=at)
    return {"Authorization": f"Bearer {text}"}


@pytest.fixture
def one_connection():
    """The server's handler would close the connection that has the test's transaction."""
    ends = (request_started, request_finished)
    for end in ends:
        end.disconnect(close_old_connections)
    yield
    for end in ends:
        end.connect(close_old_connections)


def test_every_operation_answers_as_it_is_described(headers, one_connection):
    schema = schemathesis.openapi.from_dict(described())
    schema.app = get_wsgi_application()
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) == 25
    for operation in operations:

        @settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))
        @given(operation.as_strategy())
        def call(case):
            # A cursor not of ours, and a decision without its reason, fit the shapes and are refused.
            case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])

        call()
