"""The list of the erased as a file: seals with their key, to restore an older copy without these people."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from leadline.web.leads.models import Subject, Tombstone
from leadline.web.leads.tombstones import seal, sealing_key
from leadline.web.safekeeping.copies import CopyWrongError


@dataclass(frozen=True)
class Erased:
    """Seals and when they were set, and the key that they were made with."""

    key: bytes
    seals: Mapping[str, int]


def the_erased() -> Erased:
    """Those of the database in use."""
    return Erased(sealing_key(), dict(Tombstone.objects.values_list("seal", "at")))


def write_erased(place: Path) -> int:
    """Write the list into a file that only its owner reads; gives how many there are."""
    erased = the_erased()
    text = json.dumps({"key": erased.key.hex(), "seals": erased.seals}, indent=1)
    try:
        with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
    except OSError as error:
        raise CopyWrongError(f"{place} cannot be written: {error.strerror}") from None
    return len(erased.seals)


def read_erased(place: Path) -> Erased:
    """Raises CopyWrongError where the file is no such list."""
    try:
        told = json.loads(place.read_text("utf-8"))
        return Erased(bytes.fromhex(told["key"]), {str(k): int(v) for k, v in told["seals"].items()})
    except OSError as error:
        raise CopyWrongError(f"{place} cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise CopyWrongError(f"{place} is no list of the erased: write one with `leadline erased`") from None


def subjects_among(erased: Erased, since: int) -> dict[int, str]:
    """Subjects of the database in use that were erased after `since`: their numbers and seals."""
    wanted = {s for s, at in erased.seals.items() if at > since}
    if not wanted:
        return {}
    rows = Subject.objects.values_list("id", "kind", "value").iterator(chunk_size=10_000)
    found = ((number, seal(erased.key, (kind, value))) for number, kind, value in rows)
    return {number: sealed for number, sealed in found if sealed in wanted}
