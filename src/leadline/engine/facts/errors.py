"""What stops facts from being read, in words that help."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb


class FactsError(ValueError):
    """Facts that cannot be read at all; what can be read with losses is a finding instead."""


@contextmanager
def told(sentence: str) -> Iterator[None]:
    """DuckDB's errors speak of SQL that nobody wrote: say `sentence` instead."""
    try:
        yield
    except duckdb.Error as error:
        raise FactsError(sentence) from error
