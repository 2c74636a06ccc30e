"""Which leads were written anew since when, for what keeps a copy of them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from leadline.web.leads.turn import numbers, take_turn


def changed(leads: Iterable[int]) -> None:
    """Note that these leads are written anew, or no more, in this transaction."""
    wanted = sorted(set(leads))
    if not wanted:
        return
    take_turn()
    (seq,) = numbers(1)
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO leads_changed (lead_id, seq) VALUES (%s, %s) "
            "ON CONFLICT (lead_id) DO UPDATE SET seq = excluded.seq",
            [(lead, seq) for lead in wanted],
        )
