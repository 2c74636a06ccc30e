"""What may be done with an import: upload, map, look, run, undo, discard. Each is one step, begun once."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from leadline.web import jobs
from leadline.web.accounts.models import User
from leadline.web.capture.models import Source
from leadline.web.importing.files import keep_upload, remove_files
from leadline.web.importing.limits import KINDS, MOST_BYTES
from leadline.web.importing.mapping import Columns
from leadline.web.importing.models import Import, Refused

READ, LOOK, RUN, UNDO = "import-read", "import-look", "import-run", "import-undo"


class CannotImportError(ValueError):
    """What cannot be done with a file or an import; the message says why, and what to do."""


def upload(*, file: UploadedFile, by: User, at: int) -> Import:
    """Keep a file, and begin to read it. Raises CannotImportError for one that is not taken at all."""
    name = Path(file.name or "file").name
    suffix = Path(name).suffix.lower()
    if suffix not in KINDS:
        raise CannotImportError(
            _("“%(name)s” is of no kind that is read here: give a file that ends in %(kinds)s")
            % {"name": name[:60], "kinds": ", ".join(KINDS)}
        )
    if not file.size:
        raise CannotImportError(
            _("“%(name)s” is empty: there is not even a header in it") % {"name": name[:60]}
        )
    if file.size > MOST_BYTES:
        raise CannotImportError(
            _("“%(name)s” has %(size)s MB, and %(most)s are taken: divide it into parts")
            % {"name": name[:60], "size": f"{file.size / 2**20:,.0f}", "most": MOST_BYTES // 2**20}
        )
    number = uuid4()
    digest = keep_upload(number, file, suffix)
    try:
        with transaction.atomic():
            made = Import.objects.create(
                id=number, name=name[:200], by=by, at=at, digest=digest, size=file.size
            )
            _begin(made, READ, by, at)
    except BaseException:
        remove_files(number)
        raise
    return made


@transaction.atomic
def look(*, of: Import, mapping: dict[str, Any], by: User, at: int) -> None:
    """Keep how the columns are read, and count what an import would do.

    Raises MappingError for a mapping that cannot be, CannotImportError where it is too late or too early.
    """
    Columns.of(of.columns, mapping)
    _move(of, (Import.MAPPING, Import.LOOKED, Import.UNDONE), Import.LOOKING)
    Import.objects.filter(pk=of.pk).update(mapping=mapping, preview={})
    _begin(of, LOOK, by, at)


@transaction.atomic
def map_again(*, of: Import) -> None:
    """Back to the columns; what was looked at is forgotten."""
    _move(of, (Import.LOOKED, Import.UNDONE, Import.LOOKING), Import.MAPPING)


@transaction.atomic
def run(*, of: Import, by: User, at: int) -> None:
    """Begin to import what was looked at, or go on where it was cancelled or failed."""
    if _move(of, (Import.LOOKED,), Import.IMPORTING) == Import.LOOKED:
        source, _ = Source.objects.get_or_create(
            slug=f"import-{of.pk.hex[:12]}",
            defaults={"name": f"Import: {of.name}"[:120], "kind": Source.SERVER, "trusted": True},
        )
        refused = Refused.objects.filter(import_id=of.pk)
        refused.filter(broken=False).delete()
        Import.objects.filter(pk=of.pk).update(
            source_id=source.pk, begun_at=at, row_done=0, created=0, changed=0, same=0,
            refused=refused.count(), ended_at=None, undone_at=None, undone_by="",
        )  # fmt: skip
    _begin(of, RUN, by, at)


@transaction.atomic
def undo(*, of: Import, by: User, at: int) -> None:
    """Begin to take back all that it stored, also where it was stopped half-way."""
    _move(of, (Import.DONE, Import.IMPORTING), Import.UNDOING)
    Import.objects.filter(pk=of.pk).update(undone_at=at, undone_by=by.email)
    _begin(of, UNDO, by, at)


@transaction.atomic
def discard(*, of: Import) -> None:
    """Forget a file that nothing was imported from. Raises CannotImportError for another."""
    found = _locked(of)
    nothing_yet = (Import.READING, Import.MAPPING, Import.LOOKING, Import.LOOKED, Import.UNDONE)
    if found.state not in nothing_yet or _is_busy(found):
        raise CannotImportError(
            _("something was imported from it, or it is under way: undo or cancel it first")
        )
    found.delete()
    Refused.objects.filter(import_id=of.pk).delete()
    transaction.on_commit(lambda: remove_files(of.pk))


def _move(of: Import, states: tuple[str, ...], to: str) -> str:
    """From one of these states, or from `to` itself where its job failed; gives the state before."""
    found = _locked(of)
    before = found.state
    if _is_busy(found):
        raise CannotImportError(_("it is under way: wait until it is done, or cancel it first"))
    if before not in (*states, to):
        raise CannotImportError(_("this cannot be done now: load the page again, and see how far it is"))
    if found.file_removed_at is not None and to != Import.UNDOING:
        raise CannotImportError(_("its file was removed: upload it again"))
    Import.objects.filter(pk=of.pk).update(state=to)
    of.refresh_from_db()
    return before


def _locked(of: Import) -> Import:
    """As it is now, and nobody else moves it until the transaction ends."""
    return Import.objects.select_for_update(of=("self",)).select_related("job").get(pk=of.pk)


def _is_busy(of: Import) -> bool:
    return of.state in Import.BUSY and not of.stopped


def _begin(of: Import, kind: str, by: User, at: int) -> None:
    of.job = jobs.start(kind, {"import": str(of.pk)}, by=by, at=at)
    of.save(update_fields=["job"])
