"""A copy is a tar file: a manifest, the databases, and the secret key that signed what is out there.

The inbox is copied before the main database. A message that moves from one to the other meanwhile is then in
both, and counts once by its id; in the other order it could be in neither.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import connection

import leadline
from leadline.web.capture.stores import sqlite_path
from leadline.web.instants import moment

FORMAT = 1
MANIFEST, MAIN, INBOX, KEY = "manifest.json", "main", "inbox", "secret.key"
COUNTED = (
    "leads_subject", "leads_event", "leads_trait", "leads_link", "leads_claim", "leads_merge",
    "leads_verdict", "leads_tombstone", "qualification_program", "qualification_publication",
    "qualification_predictor", "qualification_standing",
    "qualification_stagechange", "accounts_user",
)  # fmt: skip
LARGEST_MANIFEST = 1024 * 1024


class CopyWrongError(ValueError):
    """A copy that cannot be used, or cannot be made; the message says why and what to do."""


@dataclass(frozen=True)
class Manifest:
    """What is in a copy. `members` has each file's SHA-256 and size, `counts` the rows of the main tables."""

    format: int
    leadline: str
    made_at: int
    database: str
    members: dict[str, tuple[str, int]]
    counts: dict[str, int]

    @property
    def when(self) -> str:
        return f"{moment(self.made_at):%Y-%m-%d %H:%M:%S} UTC"


def back_up(place: Path, at: int) -> Manifest:
    """Copy the workspace into the file `place` while it runs; it stands there whole or not at all.

    Raises CopyWrongError where there is something already, or the copy cannot be written.
    """
    if place.exists():
        raise CopyWrongError(f"there is a file {place} already: give another name, or remove it first")
    if not place.parent.is_dir():
        raise CopyWrongError(f"there is no folder {place.parent}: make it first")
    try:
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=".copy-") as folder:
            members = _copy(Path(folder))
            manifest = _manifest(Path(folder), members, at)
            (Path(folder) / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1))
            packed = Path(folder) / "packed"
            with tarfile.open(packed, "w") as tar:
                for name in (MANIFEST, *members):
                    tar.add(Path(folder) / name, name, filter=_plain)
            packed.chmod(0o600)
            with packed.open("rb") as file:
                os.fsync(file.fileno())
            packed.replace(place)
    except OSError as error:
        raise CopyWrongError(f"the copy cannot be written to {place}: {error.strerror or error}") from None
    return manifest


def verify(place: Path) -> Manifest:
    """Check a copy: that all of it is there as it was made, and that its databases are sound.

    Raises CopyWrongError with the first thing that is wrong.
    """
    with unpacked(place) as (manifest, folder):
        for name in (MAIN, INBOX):
            if name in manifest.members:
                _check_database(folder / name, manifest, counted=name == MAIN)
        return manifest


@contextmanager
def unpacked(place: Path, beside: Path | None = None) -> Iterator[tuple[Manifest, Path]]:
    """A copy's files, each compared with the manifest, in a folder that is removed afterwards."""
    if not place.is_file():
        raise CopyWrongError(f"there is no file {place}")
    with tempfile.TemporaryDirectory(dir=beside, prefix=".copy-") as name:
        folder = Path(name)
        try:
            with tarfile.open(place, "r:") as tar:
                manifest = _read_manifest(tar)
                for member in manifest.members:
                    _extract(tar, member, folder)
        except (tarfile.TarError, KeyError, EOFError) as error:
            raise CopyWrongError(f"{place} is no copy of a workspace, or not a whole one: {error}") from None
        for member, (digest, size) in manifest.members.items():
            found = _digest(folder / member)
            if found != (digest, size):
                raise CopyWrongError(
                    f"`{member}` in {place} is not as it was made: the file was damaged or changed"
                )
        yield manifest, folder


def _read_manifest(tar: tarfile.TarFile) -> Manifest:
    first = tar.next()
    if first is None or first.name != MANIFEST or first.size > LARGEST_MANIFEST:
        raise CopyWrongError("it does not begin with a manifest: this is no copy of a workspace")
    try:
        told = json.loads(tar.extractfile(first).read())  # type: ignore[union-attr]
        members = {str(k): (str(d), int(s)) for k, (d, s) in told["members"].items()}
        manifest = Manifest(
            int(told["format"]), str(told["leadline"]), int(told["made_at"]), str(told["database"]), members,
            {str(k): int(v) for k, v in told["counts"].items()},
        )  # fmt: skip
    except (ValueError, TypeError, KeyError, AttributeError):
        raise CopyWrongError("its manifest does not read: the file was damaged") from None
    if manifest.format != FORMAT:
        raise CopyWrongError(
            f"it has format {manifest.format}, this Leadline reads {FORMAT}: use version {manifest.leadline}"
        )
    if not set(members) <= {MAIN, INBOX, KEY} or MAIN not in members:
        raise CopyWrongError("its manifest names files that no copy has")
    return manifest


def _extract(tar: tarfile.TarFile, name: str, folder: Path) -> None:
    member = tar.getmember(name)
    source = tar.extractfile(member) if member.isfile() else None
    if source is None:
        raise CopyWrongError(f"`{name}` is no file")
    with (folder / name).open("wb") as target:
        shutil.copyfileobj(source, target)


def _copy(folder: Path) -> list[str]:
    members = []
    inbox = settings.SURROUNDINGS.inbox_url
    if inbox.startswith("sqlite"):
        _copy_sqlite(sqlite_path(inbox), folder / INBOX)
        members.append(INBOX)
    elif inbox != settings.SURROUNDINGS.database_url:
        _dump_postgres(inbox, folder / INBOX)
        members.append(INBOX)
    if connection.vendor == "sqlite":
        _copy_sqlite(Path(settings.DATABASES["default"]["NAME"]), folder / MAIN)
    else:
        _dump_postgres(settings.SURROUNDINGS.database_url, folder / MAIN)
    members.append(MAIN)
    key = settings.SURROUNDINGS.data / KEY
    if key.is_file():
        shutil.copyfile(key, folder / KEY)
        members.append(KEY)
    return members


def _copy_sqlite(source: Path, target: Path) -> None:
    """As of one instant, however much is written meanwhile: SQLite's backup would begin anew each time."""
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=20)) as database:
            database.execute("VACUUM INTO ?", [str(target)])
    except sqlite3.Error as error:
        raise CopyWrongError(f"{source} cannot be copied: {error}") from None


def _dump_postgres(url: str, target: Path) -> None:
    run_postgres(["pg_dump", "--format=custom", "--no-owner", f"--file={target}"], url)


def run_postgres(command: list[str], url: str) -> None:
    """Run one of PostgreSQL's tools; the password goes by the environment, where no other user sees it."""
    parts = urlsplit(url)
    environ = dict(os.environ, PGPASSWORD=unquote(parts.password)) if parts.password else None
    shown = parts.netloc.replace(f":{parts.password}@", "@") if parts.password else parts.netloc
    database = f"--dbname={parts._replace(netloc=shown).geturl()}"
    try:
        done = subprocess.run([*command, database], env=environ, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise CopyWrongError(
            f"`{command[0]}` is not installed here: it comes with PostgreSQL's client programs"
        ) from None
    if done.returncode:
        raise CopyWrongError(f"`{command[0]}` failed: {done.stderr.strip()[-500:]}")


def _manifest(folder: Path, members: list[str], at: int) -> Manifest:
    """Of a dump by PostgreSQL the rows are not counted: they would be those of another instant."""
    counts: dict[str, int] = {}
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(folder / MAIN)) as database:
            counts = count_rows(database)
    digests = {name: _digest(folder / name) for name in members}
    return Manifest(FORMAT, leadline.__version__, at, connection.vendor, digests, counts)


def _plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without whose the files are on this machine."""
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mode = 0o600
    return info


def _digest(place: Path) -> tuple[str, int]:
    with place.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), place.stat().st_size


def _check_database(place: Path, manifest: Manifest, *, counted: bool) -> None:
    with place.open("rb") as file:
        lite = file.read(16) == b"SQLite format 3\0"
    if not lite:
        _check_dump(place)
        return
    try:
        with closing(sqlite3.connect(f"file:{place}?mode=ro", uri=True)) as database:
            ((sound,),) = database.execute("PRAGMA integrity_check(1)").fetchall()
            counts = count_rows(database) if counted else {}
    except sqlite3.Error as error:
        raise CopyWrongError(f"`{place.name}` does not open: {error}") from None
    if sound != "ok":
        raise CopyWrongError(f"`{place.name}` is not sound: {sound}")
    for table, rows in manifest.counts.items():
        if counted and counts.get(table) != rows:
            raise CopyWrongError(f"`{table}` has {counts.get(table)} rows, and had {rows} when it was copied")


def _check_dump(place: Path) -> None:
    try:
        done = subprocess.run(
            ["pg_restore", "--list", str(place)], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise CopyWrongError(
            "`pg_restore` is not installed here: it comes with PostgreSQL's clients"
        ) from None
    if done.returncode:
        raise CopyWrongError(f"`{place.name}` does not read: {done.stderr.strip()[-300:]}")


def count_rows(database: sqlite3.Connection) -> dict[str, int]:
    """The rows of the main tables, as far as they are there."""
    there = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return {
        table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in COUNTED
        if table in there
    }
