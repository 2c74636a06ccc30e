"""What wants mending: facts that do not come, or that nobody reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from statistics import median

from django.db.models import Count, Min
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leadline.web.accounts.access import Right, may
from leadline.web.capture.installed import InboxAwayError, waiting
from leadline.web.capture.models import Source, Tally
from leadline.web.capture.queries import STORED, day_of, open_failures
from leadline.web.instants import MINUTE
from leadline.web.leads.templatetags.shown import count, span
from leadline.web.today.want import NOW, SOON, Want

BEHIND = 2 * MINUTE  # how long a message may wait for the worker
LOOK_BACK = 14  # days in which a source shows what it usually sends
USUAL = 5  # of them with messages, for a source that sends daily


def worker_behind(request: HttpRequest, at: int) -> Iterable[Want]:
    """Messages that wait for the worker for too long."""
    if not may(request.user, Right.CAPTURE):
        return
    try:
        number, oldest = waiting()
    except InboxAwayError:
        text = _("What arrives may not be stored, and what waits is not read. `leadline doctor` says more.")
        yield Want(
            _("The inbox cannot be opened"), text, _("See the sources"), reverse("sources:list"), NOW, "bad",
            "sources",
        )  # fmt: skip
        return
    if oldest is None or at - oldest < BEHIND:
        return
    title = ngettext("%(count)s message waits to be read", "%(count)s messages wait to be read", number) % {
        "count": count(number)
    }
    text = _("The oldest has waited for %(span)s: the worker is away or too slow.") % {
        "span": span(at - oldest, "ago")
    }
    yield Want(title, text, _("See the sources"), reverse("sources:list"), NOW, "bad", "sources")


def failed_events(request: HttpRequest, at: int) -> Iterable[Want]:
    """Messages that could not be read, and that can be mended."""
    if not may(request.user, Right.CAPTURE):
        return
    found = open_failures().aggregate(number=Count("id"), oldest=Min("received_at"))
    if not found["number"]:
        return
    title = ngettext(
        "%(count)s message could not be read", "%(count)s messages could not be read", found["number"]
    ) % {"count": count(found["number"])}
    text = _("The oldest is from %(span)s ago. Mended, it counts as though it had been right at once.") % {
        "span": span(max(at - found["oldest"], 0), "ago")
    }
    yield Want(title, text, _("Mend them"), reverse("sources:failed"), SOON, "warn", "sources")


def silent_sources(request: HttpRequest, at: int) -> Iterable[Want]:
    """Sources that send nearly every day and have sent nothing since the day before yesterday."""
    if not may(request.user, Right.CAPTURE):
        return
    sources = {s.id: s for s in Source.objects.filter(enabled=True)}
    for number, (usual, last) in silent_since(day_of(at)).items():
        if number not in sources:
            continue
        source = sources[number]
        text = ngettext(
            "Its last message came on %(day)s. It usually sends about %(count)s a day.",
            "Its last message came on %(day)s. It usually sends about %(count)s a day.",
            usual,
        ) % {"day": last.isoformat(), "count": count(usual)}
        yield Want(
            _("%(source)s went silent") % {"source": source.name}, text, _("Look at it"),
            reverse("sources:page", args=[source.slug]), NOW, "bad", "sources",
        )  # fmt: skip


def silent_since(today: date) -> dict[int, tuple[int, date]]:
    """Source -> (what it usually sends a day, its last day), of those that went silent.

    A day is one of UTC, as messages are counted. Yesterday and today must both be without any.
    """
    days: dict[int, dict[date, int]] = defaultdict(dict)
    rows = Tally.objects.filter(what=STORED, day__gte=today - timedelta(days=LOOK_BACK))
    for source, day, number in rows.values_list("source_id", "day", "count"):
        days[source][day] = number
    found = {}
    for source, counts in days.items():
        last = max(counts)
        if len(counts) >= USUAL and last < today - timedelta(days=1):
            found[source] = (round(median(counts.values())), last)
    return found
