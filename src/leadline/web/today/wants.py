"""What wants doing now, the most pressing first: each thing with its reason and one button.

A provider is a function `(request, at) -> Iterable[Want]` that asks for rights itself, and gives nothing to
those who could do nothing about it. A part of the workspace that has something to say adds its own here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.http import HttpRequest

from leadline.web.today import decisions, learned, rejections, reviews, upkeep
from leadline.web.today.want import Want

Provider = Callable[[HttpRequest, int], Iterable[Want]]

PROVIDERS: tuple[Provider, ...] = (
    upkeep.worker_behind,
    upkeep.silent_sources,
    upkeep.failed_events,
    reviews.models_awaiting,
    reviews.duplicates,
    decisions.waiting,
    learned.drawn_by_lot,
    learned.in_the_shadow,
    learned.drifted,
    rejections.unread,
)


def wants_of(request: HttpRequest, at: int) -> list[Want]:
    """All that wants doing by whoever asks, the most pressing first."""
    found = [want for provider in PROVIDERS for want in provider(request, at)]
    return sorted(found, key=lambda want: want.urgency)
