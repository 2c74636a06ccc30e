"""What is kept about people beside facts: files that were imported, rows that were refused."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from leadline.web.importing.files import remove_files
from leadline.web.importing.models import Import, Refused, Stored
from leadline.web.leads.models import Event
from leadline.web.leads.rows import chunks
from leadline.web.privacy.erasing import SHORTEST, Gone, also

STRUCK = "–"


@also
def forget_imports(gone: Gone) -> int:
    """Refused rows and samples with their names in them, and the files that their facts came from."""
    words = [value.lower() for _, value in gone.names if len(value) >= SHORTEST]
    imports = _imports_of(gone)
    count = 0
    for word in words:
        rows = Refused.objects.filter(cells__icontains=word)
        imports.update(rows.values_list("import_id", flat=True))
        count += rows.delete()[0]
    for each in Import.objects.all():
        samples, preview = _struck(each.samples, words), _struck(each.preview, words)
        if (samples, preview) != (each.samples, each.preview):
            imports.add(each.id)
            Import.objects.filter(pk=each.pk).update(samples=samples, preview=preview)
            count += 1
    for number in imports:
        remove_files(number)
    Import.objects.filter(id__in=imports, file_removed_at=None).update(file_removed_at=gone.at)
    return count + len(imports)


def _imports_of(gone: Gone) -> set[UUID]:
    """The imports that any of their facts came from."""
    found: set[UUID] = set()
    for some in chunks(gone.subjects):
        events = list(Event.objects.filter(subject_id__in=some).values_list("event_id", flat=True))
        for ids in chunks(events):
            found.update(Stored.objects.filter(event_id__in=ids).values_list("import_id", flat=True))
            Stored.objects.filter(event_id__in=ids).delete()
    return found


def _struck(told: Any, words: list[str]) -> Any:
    """The same without the texts that have one of the words in them."""
    if isinstance(told, str):
        return STRUCK if any(word in told.lower() for word in words) else told
    if isinstance(told, list):
        return [_struck(each, words) for each in told]
    if isinstance(told, dict):
        return {key: _struck(each, words) for key, each in told.items()}
    return told
