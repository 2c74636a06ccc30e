"""The part of the worker that does jobs: two at a time, so that a short one need not wait for a long one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from django.utils import translation
from django.utils.translation import gettext as _

from leadline.web.instants import HOUR, now
from leadline.web.jobs import actions
from leadline.web.jobs.kinds import KEEP, TIDYINGS, Cancelled, CannotDoError, Interrupted, kind_of
from leadline.web.jobs.models import Job

log = logging.getLogger("leadline.jobs")

OUTAGE = (OperationalError, InterfaceError)
LANES = 2
IDLE = 0.5  # seconds between looks for a job
BEAT = 10.0  # seconds between signs of life; a lease is three times as long
AFTER_TROUBLE = 2.0
LAST_WORDS = 3.0  # seconds


def begin(stop: threading.Event, clock: Callable[[], int] = now) -> list[threading.Thread]:
    """Do jobs in threads of their own until told to stop; each then gives back what it has in hand."""
    runners = [Runner(clock, stop, tidies=number == 0) for number in range(LANES)]
    threads = [threading.Thread(target=r.run, name=f"jobs-{n}", daemon=True) for n, r in enumerate(runners)]
    for thread in threads:
        thread.start()
    return threads


def end(threads: list[threading.Thread]) -> None:
    """Wait a little for those who were told to stop; one that takes longer is gone on with elsewhere."""
    for thread in threads:
        thread.join(LAST_WORDS)


@dataclass
class InHand:
    """The job that a runner has, as its work sees it: a :class:`leadline.web.jobs.kinds.Progress`."""

    job: Job
    clock: Callable[[], int]
    stop: threading.Event

    def __post_init__(self) -> None:
        self.id, self.at = str(self.job.id), self.job.at
        self.payload, self.cursor = self.job.payload, self.job.cursor
        self.by = self.job.by.email if self.job.by else ""

    def step(self, done: int, total: int = 0, said: str = "", *, cursor: Any = KEEP) -> None:
        if self.stop.is_set():
            raise Interrupted
        actions.note_step(self.job, done=done, total=total, said=said, cursor=cursor, at=self.clock())
        if cursor is not KEEP:
            self.cursor = cursor

    def now(self) -> int:
        return self.clock()


@dataclass
class Runner:
    """Takes one job after another. Any number may run, in one process or in several."""

    clock: Callable[[], int] = now
    stop: threading.Event = field(default_factory=threading.Event)
    tidies: bool = True
    _tidied_at: int | None = None

    def run(self) -> None:
        """Work until told to stop; trouble with a database is waited out."""
        while not self.stop.is_set():
            try:
                busy = self.round(beats=True)
            except OUTAGE as error:
                log.error("jobs wait for the database", extra={"fault": type(error).__name__})
                connection.close()
                self.stop.wait(AFTER_TROUBLE)
                continue
            if not busy:
                self.stop.wait(IDLE)
        connection.close()

    def drain(self) -> None:
        """Work until no job waits."""
        while self.round():
            pass

    def round(self, *, beats: bool = False) -> bool:
        """One job, if there is one."""
        if self.tidies:
            self._tidy()
        job = actions.take_job(self.clock())
        if job is None:
            return False
        if beats:
            with _Beats(job, self.clock):
                self._do(job)
        else:
            self._do(job)
        return True

    def _do(self, job: Job) -> None:
        """Do it, and say how it ended. A database that is away is no fault of the job: its lease runs out."""
        with translation.override(job.language or None):
            try:
                self._end(job)
            except Interrupted:
                actions.give_back(job)

    def _end(self, job: Job) -> None:
        state, said, result = Job.DONE, None, None
        try:
            if job.cancel_at is not None:
                raise Cancelled
            if job.tries > actions.TRIES:
                raise CannotDoError(
                    _("It was begun %(times)d times and never got on. Start it again, or with less at once.")
                    % {"times": job.tries - 1}
                )
            result = kind_of(job.kind).work(InHand(job, self.clock, self.stop)) or {}
        except Cancelled:
            state = Job.CANCELLED
        except CannotDoError as error:
            state, said = Job.FAILED, str(error)
        except (Interrupted, *OUTAGE):
            raise
        except Exception as error:
            log.exception("a job failed", extra={"job": str(job.id), "kind": job.kind})
            fault = {"name": type(error).__name__, "job": job.id}
            state = Job.FAILED
            said = _("A fault stopped it (%(name)s). The log has more, under job %(job)s.") % fault
        actions.end_job(job, state=state, at=self.clock(), said=said, result=result)

    def _tidy(self) -> None:
        at = self.clock()
        if self._tidied_at is not None and at < self._tidied_at + HOUR:
            return
        self._tidied_at = at
        for tidying in (actions.sweep_jobs, *TIDYINGS):
            try:
                tidying(at)
            except Exception:  # also a database that is away: no job waits for what one part has to tidy
                log.exception("tidying failed", extra={"part": tidying.__module__})


class _Beats:
    """Signs of life while a job is done, from a thread of its own: one step may take longer than a lease."""

    def __init__(self, job: Job, clock: Callable[[], int]) -> None:
        self.job, self.clock, self.over = job, clock, threading.Event()
        self.thread = threading.Thread(target=self._beat, name="jobs-beat", daemon=True)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    def _beat(self) -> None:
        while not self.over.wait(BEAT):
            try:
                actions.renew_lease(self.job, self.clock())
            except OUTAGE as error:
                log.error("a lease cannot be renewed", extra={"fault": type(error).__name__})
                connection.close()
        connection.close()
