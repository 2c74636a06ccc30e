"""Why a message could not be read: a code for counting, a sentence for a person."""

from __future__ import annotations


class UnreadableError(Exception):
    """Raised where reading a message must stop; becomes a `Failed`."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
