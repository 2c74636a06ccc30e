"""The commands of the workspace, as a person types them."""

import json
import signal
import subprocess
import sys

import pytest
from serve_cast import LEADLINE, ask, environment_in, until
from web_cast import MODEL

SOURCE = """
from leadline.web.serve import set_up
set_up()
from leadline.web.capture.models import Source, WriteKey
site = Source.objects.create(slug="site", name="Site")
WriteKey.objects.create(source=site, key="key", created_at=0)
"""
PASSWORD = "a-long-password-for-ana"


@pytest.fixture
def environment(tmp_path):
    return environment_in(tmp_path)


def leadline(environment, *command, **more):
    return subprocess.run(
        [LEADLINE, *command], env=environment, capture_output=True, text=True, check=False, **more
    )


def test_from_nothing_to_a_lead_with_its_reasons(environment, tmp_path):
    (tmp_path / "model.yaml").write_text(MODEL)
    assert leadline(environment, "migrate").returncode == 0
    made = leadline(environment, "user", "ana@example.com", "--name", "Ana", input=f"{PASSWORD}\n")
    assert made.returncode == 0, made.stderr
    published = leadline(environment, "publish", str(tmp_path / "model.yaml"), "--history")
    assert published.returncode == 0, published.stderr
    assert subprocess.run([sys.executable, "-c", SOURCE], env=environment, check=False).returncode == 0
    server = subprocess.Popen([LEADLINE, "serve"], env=environment, start_new_session=True)
    try:
        until(lambda: ask(environment, "GET", "/readyz")[0] == 200)
        message = {
            "writeKey": "key", "type": "page", "userId": "u1", "messageId": "m1",
            "properties": {"path": "/pricing"},
        }  # fmt: skip
        assert ask(environment, "POST", "/v1/page", json.dumps(message))[0] == 200
        dump = tmp_path / "dump.txt"

        def judged():
            assert leadline(environment, "dump", str(dump)).returncode == 0
            return '"pricing"' in dump.read_text()

        until(judged)
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0
    assert not parts_of(server), "a part was left running"


def parts_of(server):
    """What still runs of the session's children, by their parent."""
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(server.pid)], capture_output=True, text=True, check=False
    )
    return found.stdout.split()


def test_settings_that_cannot_be_used_are_named_without_a_traceback(environment):
    told = leadline(environment | {"LEADLINE_PORT": "eighty", "LEADLINE_TIME_ZONE": "Berlin"}, "serve")
    assert told.returncode == 2
    assert "LEADLINE_PORT" in told.stderr
    assert "Europe/Berlin" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_weak_password_is_refused(environment):
    leadline(environment, "migrate")
    told = leadline(environment, "user", "ana@example.com", input="password\n")
    assert told.returncode == 2
    assert "too short" in told.stderr


def test_a_model_with_mistakes_is_not_published(environment, tmp_path):
    leadline(environment, "migrate")
    (tmp_path / "model.yaml").write_text(MODEL.replace("seniority = 'vp'", "senority = 'vp'"))
    told = leadline(environment, "publish", str(tmp_path / "model.yaml"))
    assert told.returncode == 3
    assert "did you mean `seniority`" in told.stderr


def test_the_doctor_says_what_to_mend(environment):
    told = leadline(environment, "doctor")
    assert told.returncode == 1
    assert "leadline migrate" in told.stdout
