"""Running it: the web server, the worker, or both under one roof."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time

from leadline.web.capture.alone import DRAIN_SECONDS, serve
from leadline.web.env import surroundings
from leadline.web.operations.logs import catch_all, configure, logging_config

log = logging.getLogger("leadline.serve")

RESTART_SECONDS = 1.0


def set_up() -> None:
    """Make Django ready in this process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadline.web.settings")
    import django

    django.setup()


def migrate() -> None:
    """Bring the databases to this version's shape."""
    from django.core.management import call_command

    from leadline.web.capture.installed import the_inbox

    set_up()
    call_command("migrate", verbosity=0, interactive=False)
    the_inbox()


def web() -> None:
    """Capture and pages, until told to stop; what is under way is finished within ten seconds."""
    serve("leadline.web.asgi:from_environment")


def worker() -> None:
    """The worker, until told to stop; the batch under way is finished."""
    set_up()
    catch_all()
    from leadline.web.capture.installed import the_inbox
    from leadline.web.worker import Worker

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    Worker(the_inbox()).run(stop)


def heavy() -> None:
    """Heavy leads, as a child of the worker's."""
    parent = os.getppid()
    set_up()
    catch_all()
    from leadline.web import apart

    apart.run(parent)


def both() -> int:
    """The web server and the worker as children, each begun again should it end by itself."""
    configure(logging_config(surroundings().log_level))
    catch_all()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    children = {name: _begin(name) for name in ("web", "worker")}
    while not stop.wait(0.2):
        for name, child in children.items():
            if child.poll() is not None:
                log.error(
                    "a part ended by itself and is begun again",
                    extra={"part": name, "code": child.returncode},
                )
                time.sleep(RESTART_SECONDS)
                children[name] = _begin(name)
    return _end(list(children.values()))


def _begin(name: str) -> subprocess.Popen[bytes]:
    """A child in a session of its own, so that Ctrl-C reaches it once and through us."""
    return subprocess.Popen([sys.executable, "-m", "leadline.web", name], start_new_session=True)


def _end(children: list[subprocess.Popen[bytes]]) -> int:
    for child in children:
        child.terminate()
    deadline = time.monotonic() + DRAIN_SECONDS + 2
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    return 0
