"""One thing that wants doing."""

from __future__ import annotations

from dataclasses import dataclass

NOW, SOON, WHEN_THERE_IS_TIME = 1, 2, 3


@dataclass(frozen=True)
class Want:
    """What it is, why, and the one button. `tone` is `bad` where something is broken, `warn`, or empty."""

    title: str
    text: str
    action: str
    url: str
    urgency: int = SOON
    tone: str = ""
    icon: str = ""
