"""Taking turns: one writer of facts at a time, who gives each row its number in the order of writing."""

from __future__ import annotations

from django.db import connection


def take_turn() -> None:
    """From here to the end of the transaction nobody else writes facts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO leads_sequence (id, last, replicated) VALUES (1, 0, 0) ON CONFLICT DO NOTHING"
        )
        cursor.execute("UPDATE leads_sequence SET last = last WHERE id = 1")


def numbers(count: int) -> range:
    """The next numbers in the order of writing."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE leads_sequence SET last = last + %s WHERE id = 1", [count])
        cursor.execute("SELECT last FROM leads_sequence WHERE id = 1")
        (last,) = cursor.fetchone()
    return range(last - count + 1, last + 1)
