"""What people do with sources and their write keys."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence

from django.db import transaction
from django.utils.text import slugify

from leadline.web.capture.models import Source, WriteKey

FORGOTTEN = 30  # seconds until every server has noticed that a key was revoked


@transaction.atomic
def create_source(*, name: str, kind: str, allowed_origins: Sequence[str] = (), at: int) -> Source:
    """A source with its first write key."""
    source = Source.objects.create(
        slug=_free_slug(name), name=name, kind=kind, allowed_origins=json.dumps(list(allowed_origins))
    )
    add_key(source=source, at=at)
    return source


def add_key(*, source: Source, at: int) -> WriteKey:
    """One more write key; the others go on, so that pages can change over one by one."""
    return WriteKey.objects.create(source=source, key=secrets.token_hex(16), created_at=at)


def revoke_key(*, key: WriteKey, at: int) -> None:
    """What is sent with this key is refused from now on. It can be restored."""
    WriteKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=at)


def restore_key(*, key: WriteKey) -> None:
    WriteKey.objects.filter(pk=key.pk).update(revoked_at=None)


def _free_slug(name: str) -> str:
    """Of the name; it becomes part of every event's id, and so it is never changed afterwards."""
    wanted = slugify(name)[:50].strip("-_") or "source"
    taken = set(Source.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    return next(s for s in (wanted, *(f"{wanted}-{i}" for i in range(2, len(taken) + 3))) if s not in taken)
