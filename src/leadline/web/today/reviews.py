"""What waits for somebody's judgement: a model for consent."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest

from leadline.web.program_pages.queries import awaiting
from leadline.web.today.want import NOW, Want


def models_awaiting(request: HttpRequest, at: int) -> Iterable[Want]:
    """Models that whoever asks is to agree to, or may publish."""
    for each in awaiting(request.user):
        yield Want(each.title, each.text, each.act, each.url, NOW, "", "program")
