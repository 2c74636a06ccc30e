"""Where uploaded files lie: a folder for each import in the data folder, which nobody outside can reach."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

ROWS = "rows.parquet"


def folder_of(number: UUID) -> Path:
    return Path(settings.SURROUNDINGS.data) / "imports" / str(number)


def keep_upload(number: UUID, upload: UploadedFile, suffix: str) -> str:
    """Write the upload to its folder, readable by its owner alone; gives the digest of its bytes."""
    folder = folder_of(number)
    folder.mkdir(parents=True, mode=0o700)
    digest = hashlib.sha256()
    with (folder / f"upload{suffix}").open("xb") as file:
        for chunk in upload.chunks():
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()


def upload_of(number: UUID) -> Path | None:
    """The uploaded file; None once it was removed."""
    return next(folder_of(number).glob("upload.*"), None)


def rows_of(number: UUID) -> Path:
    """The rows as they were read."""
    return folder_of(number) / ROWS


def remove_files(number: UUID) -> None:
    shutil.rmtree(folder_of(number), ignore_errors=True)
