"""Pairs of people who are erased go with them."""

from __future__ import annotations

from django.db.models import Q

from leadline.web.leads.rows import chunks
from leadline.web.privacy.erasing import Gone, also


def register() -> None:
    also(_forget)


def _forget(gone: Gone) -> int:
    from leadline.web.quality.models import Pair

    return sum(
        Pair.objects.filter(Q(one__in=some) | Q(two__in=some)).delete()[0] for some in chunks(gone.subjects)
    )
