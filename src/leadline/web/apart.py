"""Heavy leads in a process of their own, which the worker begins when there are any.

A thread of the worker's would take the interpreter from it for milliseconds at each step; a process takes a
processor that nobody else wants, gives its memory back, and may run out of it alone.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from django.db import InterfaceError, OperationalError, connection

from leadline.web.instants import now
from leadline.web.qualification import heavy
from leadline.web.qualification.judging import judge_apart

log = logging.getLogger("leadline.worker")

OUTAGE = (OperationalError, InterfaceError)
LOOK = 0.5  # seconds between looks whether there is a heavy lead
IDLE = 60.0  # seconds without one before the process ends
AFTER_TROUBLE = 2.0
NICE = 10  # what arrives goes first


def judge_one(clock: Callable[[], int], *, at_once: bool = False) -> int:
    """One heavy lead, if one is ready; `at_once` also where it would rest for a while."""
    taken = heavy.take(clock(), at_once=at_once)
    if taken is None:
        return 0
    judge_apart(taken, clock)
    return 1


def mind(stop: threading.Event, clock: Callable[[], int]) -> None:
    """Begin the process whenever a heavy lead is ready and none runs, until told to stop."""
    child: subprocess.Popen[bytes] | None = None
    while not stop.wait(LOOK):
        try:
            if (child is None or child.poll() is not None) and heavy.ready(clock()):
                child = subprocess.Popen([sys.executable, "-m", "leadline.web", "heavy"])
        except OUTAGE as error:
            log.error("heavy leads wait", extra={"fault": type(error).__name__})
            connection.close()
    if child is not None and child.poll() is None:
        child.kill()  # what it had not written is done again
        child.wait()
    connection.close()


def run(worker: int) -> None:
    """Judge heavy leads until there is none for a while, or the worker, a process by its id, is gone.

    After each the process rests for as long as that took: half of the time is for everybody else.
    """
    os.nice(NICE)
    idle_since = time.monotonic()
    while os.getppid() == worker and time.monotonic() - idle_since < IDLE:
        begin = time.monotonic()
        try:
            if judge_one(now):
                idle_since = time.monotonic()
                time.sleep(idle_since - begin)
            else:
                time.sleep(LOOK)
        except OUTAGE as error:
            log.error("heavy leads wait", extra={"fault": type(error).__name__})
            connection.close()
            time.sleep(AFTER_TROUBLE)
        except Exception:
            log.exception("a heavy lead could not be judged")
            time.sleep(AFTER_TROUBLE)
