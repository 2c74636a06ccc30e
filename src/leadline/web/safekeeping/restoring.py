"""Putting a copy back. Nothing is sent again, nobody stays signed in, and who was erased stays erased."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection, transaction

from leadline.web.capture.stores import sqlite_path
from leadline.web.instants import moment
from leadline.web.jobs.models import Job
from leadline.web.leads.models import Span, Subject
from leadline.web.leads.people import companions
from leadline.web.leads.rows import chunks
from leadline.web.leads.tombstones import bury
from leadline.web.privacy.erasing import erase_leads
from leadline.web.qualification.models import Outbox, Program, ReplicaFile
from leadline.web.replica import rebuild_replica
from leadline.web.safekeeping.copies import (
    INBOX,
    KEY,
    MAIN,
    CopyWrongError,
    Manifest,
    run_postgres,
    unpacked,
    verify,
)
from leadline.web.safekeeping.erased import Erased, subjects_among, the_erased

SIDES = ("", "-wal", "-shm")


def restore(place: Path, at: int, *, replace: bool = False, erased: Iterable[Erased] = ()) -> Manifest:
    """Put a copy into this installation; the server must not run.

    With `replace` what is here is moved aside, and whoever was erased here since stays erased. `erased` are
    further lists of people to leave out. Raises CopyWrongError before anything is changed.
    """
    manifest = verify(place)
    if manifest.database != connection.vendor:
        raise CopyWrongError(
            f"the copy is of {manifest.database}, and this installation uses {connection.vendor}: "
            "set DATABASE_URL to one of the same kind"
        )
    lists = list(erased)
    if _occupied():
        if not replace:
            raise CopyWrongError(
                "there is a workspace here already: use --replace to put the copy in its place"
            )
        lists.append(the_erased())
    connection.close()
    with unpacked(place, settings.SURROUNDINGS.data) as (_, folder):
        _put(folder, manifest, at)
    _calm(at)
    for each in lists:
        _erase_again(each, manifest.made_at, at)
    rebuild_replica(at)
    return manifest


def _occupied() -> bool:
    tables = connection.introspection.table_names()
    if "leads_subject" not in tables:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM leads_subject) OR EXISTS (SELECT 1 FROM accounts_user)")
        return bool(cursor.fetchone()[0])


def _put(folder: Path, manifest: Manifest, at: int) -> None:
    from django.core.management import call_command

    surroundings = settings.SURROUNDINGS
    aside = surroundings.data / f"before-{moment(at):%Y%m%d-%H%M%S}"
    if manifest.database == "sqlite":
        _swap(folder / MAIN, Path(settings.DATABASES["default"]["NAME"]), aside)
    else:
        _restore_postgres(folder / MAIN, surroundings.database_url)
    if INBOX in manifest.members:
        if surroundings.inbox_url.startswith("sqlite"):
            _swap(folder / INBOX, sqlite_path(surroundings.inbox_url), aside)
        else:
            _restore_postgres(folder / INBOX, surroundings.inbox_url)
    if KEY in manifest.members:
        _swap(folder / KEY, surroundings.data / KEY, aside)
    call_command("migrate", verbosity=0, interactive=False)


def _swap(new: Path, place: Path, aside: Path) -> None:
    """The new file in the place of the old one, which goes aside with what belongs to it."""
    for side in SIDES:
        old = place.with_name(place.name + side)
        if old.exists():
            aside.mkdir(mode=0o700, exist_ok=True)
            old.replace(aside / old.name)
    shutil.copyfile(new, place)
    place.chmod(0o600)


def _restore_postgres(dump: Path, url: str) -> None:
    command = [
        "pg_restore",
        "--clean",
        "--if-exists",
        "--no-owner",
        "--single-transaction",
        "--exit-on-error",
    ]
    run_postgres([*command, str(dump)], url)


def _calm(at: int) -> None:
    """What was about to happen when the copy was made has happened, or is not to happen again."""
    with transaction.atomic():
        Outbox.objects.filter(done_at=None).update(done_at=at)
        Program.objects.update(effects_from=at)
        open_jobs = Job.objects.filter(state__in=Job.OPEN)
        open_jobs.update(state=Job.CANCELLED, ended_at=at, lease="", lease_until=0)
        Session.objects.all().delete()
        ReplicaFile.objects.all().delete()


def _erase_again(erased: Erased, since: int, at: int) -> None:
    """Whoever was erased after the copy was made is erased from it too, and stays so under its own key."""
    found = subjects_among(erased, since)
    spans = Span.objects.filter(subject_id__in=list(found)).values_list("lead_id", flat=True)
    leads = sorted(set(spans))
    own = companions(leads) if leads else set()
    for some in chunks(sorted(own)):
        bury(Subject.objects.filter(id__in=some).values_list("kind", "value"), at)
    if leads:
        erase_leads(leads=leads, because="erased before the copy was restored", by=None, at=at)
