"""What was noticed about the data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_WIDEST = 60
_MOST = 3


@dataclass(frozen=True)
class Finding:
    """Something about the data that whoever reads the result should know.

    `count` is a number of rows, values or lines, as `message` says; `examples` are at most three of the
    values in question, cut short.
    """

    kind: str
    table: str
    column: str | None
    count: int
    message: str
    examples: tuple[str, ...] = ()


def examples_of(values: Iterable[object]) -> tuple[str, ...]:
    """At most three values as texts of at most 60 characters.

    >>> examples_of(["about 50", "x" * 80])[1][-3:]
    'xx…'
    """
    texts = [str(value) for _, value in zip(range(_MOST), values, strict=False)]
    return tuple(text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…" for text in texts)


def counted(count: int, one: str, many: str | None = None) -> str:
    """A number with its noun.

    >>> counted(1, "row"), counted(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"
