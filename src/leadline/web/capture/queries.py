"""What pages show of sources, and of messages as they were understood."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any

from django.db.models import Count, Max, Min, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from leadline.web.capture.facts import SourceInfo
from leadline.web.capture.models import FailedEvent, Source, Tally
from leadline.web.instants import moment
from leadline.web.leads.models import Event, Sequence, Subject, Trait

RECENT = 20_000  # of all messages, the latest among which pages look: so they never read through all facts
SHOWN = 100
EVENTS, BOTS, FAILED = "events", "bots", "failed"
SHOWS = ((EVENTS, _("All messages")), (BOTS, _("Bots only")), (FAILED, _("Failed only")))
STORED = "stored"
_REFUSED = "refused:"


@dataclass(frozen=True)
class SourceLine:
    """A source as the list shows it. `last_at` is exact, `last_day` all that is known of longer ago."""

    source: Source
    today: dict[str, int]
    last_at: int | None
    last_day: date | None
    failed: int

    @property
    def stored_today(self) -> int:
        return self.today.get(STORED, 0)

    @property
    def refused_today(self) -> int:
        return sum(count for _, count in refusals(self.today))


@dataclass(frozen=True)
class FirstEvent:
    """Since when a source has sent something readable: the day, and the instant where it is recent."""

    day: date | None = None
    at: int | None = None


@dataclass(frozen=True)
class Understood:
    """A message as the debugger shows it, read or not."""

    key: str
    at: int
    received_at: int
    kind: str
    event: str
    subject_kind: str = ""
    subject: str = ""
    bot: str = ""
    campaign: str = ""
    channel: str = ""
    warnings: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    failed_id: int | None = None
    detail: str = ""


def source_or_404(slug: str) -> Source:
    return get_object_or_404(Source, slug=slug)


def info_of(source: Source) -> SourceInfo:
    """A source as the reading of messages wants it."""
    return SourceInfo(
        source.id, source.slug, source.trusted, source.kind, source.consent_category, source.respect_gpc
    )


def source_lines(now: int) -> list[SourceLine]:
    """All sources with today's counts (UTC), last event and open failures."""
    counts = counts_of(day_of(now))
    days = dict(Tally.objects.filter(what=STORED).values_list("source_id").annotate(Max("day")))
    recent = dict(_recent().values_list("source_id").annotate(Max("received_at")))
    failed = dict(open_failures().values_list("source_id").annotate(Count("id")))
    return [
        SourceLine(s, counts.get(s.id, {}), recent.get(s.id), days.get(s.id), failed.get(s.id, 0))
        for s in Source.objects.order_by("name", "id")
    ]


def counts_of(day: date) -> dict[int, dict[str, int]]:
    """Source -> how many messages had which end on a day."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for source, what, count in Tally.objects.filter(day=day).values_list("source_id", "what", "count"):
        found[source][what] = count
    return found


def refusals(counts: dict[str, int]) -> list[tuple[str, int]]:
    """What was not stored by the visitors' wish, by reason."""
    return [(w.removeprefix(_REFUSED), n) for w, n in sorted(counts.items()) if w.startswith(_REFUSED)]


def first_event(source: Source) -> FirstEvent:
    day = Tally.objects.filter(source_id=source.id, what=STORED).aggregate(first=Min("day"))["first"]
    at = _recent().filter(source_id=source.id).aggregate(first=Min("received_at"))["first"]
    if at is None:
        return FirstEvent(day)
    return FirstEvent(day or day_of(at), at if day in (None, day_of(at)) else None)


def open_failures() -> QuerySet[FailedEvent]:
    return FailedEvent.objects.filter(mended_at=None, discarded_at=None)


def day_of(instant: int) -> date:
    return moment(instant).astimezone(UTC).date()


def messages(source: Source, *, show: str = EVENTS, name: str = "") -> list[Understood]:
    """The latest messages of a source as they were understood, newest first.

    `show` is one of SHOWS, `name` a part of the event's name. Only the latest messages of all sources are
    looked through (RECENT), so this is quick however many there are.
    """
    found: list[Understood] = []
    if show != FAILED:
        found += _read_ones(source, bots=show == BOTS, name=name)
    if show != BOTS and not name:
        found += _failed_ones(source)
    return sorted(found, key=lambda m: (m.received_at, m.key), reverse=True)[:SHOWN]


def _recent() -> QuerySet[Event]:
    last = Sequence.objects.values_list("last", flat=True).first() or 0
    return Event.objects.filter(seq__gt=last - RECENT)


def _read_ones(source: Source, *, bots: bool, name: str) -> list[Understood]:
    rows = _recent().filter(source_id=source.id)
    if bots:
        rows = rows.exclude(bot="")
    if name:
        rows = rows.filter(event__icontains=name)
    events = list(rows.order_by("-seq")[:SHOWN])
    subjects = Subject.objects.in_bulk({e.subject_id for e in events})
    said = _traits_of(events)
    return [_understood(e, subjects.get(e.subject_id), said[e.event_id]) for e in events]


def _traits_of(events: list[Event]) -> dict[str, list[tuple[str, str]]]:
    """What each of these messages said of its subject: event id -> (field, value)."""
    said: dict[str, list[tuple[str, str]]] = defaultdict(list)
    telling = [e for e in events if e.kind in ("identify", "group", "form")]
    traits = Trait.objects.filter(
        subject_id__in={e.subject_id for e in telling}, occurred_at__in={e.occurred_at for e in telling}
    )
    for trait in traits.order_by("field"):
        said[trait.trait_id.removesuffix(f":{trait.field}")].append((trait.field, trait.value or ""))
    return said


def _understood(event: Event, subject: Subject | None, said: Iterable[tuple[str, str]]) -> Understood:
    context = json.loads(event.context)
    campaign, referrer = (context.get(part) or {} for part in ("campaign", "referrer"))
    return Understood(
        key=f"m{event.seq}",
        at=event.occurred_at,
        received_at=event.received_at,
        kind=event.kind,
        event=event.event,
        subject_kind=subject.kind if subject else "",
        subject=subject.value if subject else "",
        bot=event.bot,
        campaign=" / ".join(str(campaign[k]) for k in ("source", "medium", "name") if campaign.get(k)),
        channel=" ".join(str(referrer[k]) for k in ("kind", "name") if referrer.get(k)),
        warnings=tuple(str(w) for w in context.get("warnings") or ()),
        pairs=(*said, *pairs_of(json.loads(event.properties)), *pairs_of({"context": context})),
    )


def _failed_ones(source: Source) -> list[Understood]:
    return [
        Understood(
            key=f"f{f.id}", at=f.received_at, received_at=f.received_at, kind=f.kind, event=f.reason,
            failed_id=f.id, detail=f.detail,
        )
        for f in open_failures().filter(source_id=source.id).order_by("-id")[:SHOWN]
    ]  # fmt: skip


def pairs_of(value: dict[str, Any], before: str = "") -> Iterable[tuple[str, str]]:
    """The members of an object as name and text, those of objects within it by `outer.inner`.

    >>> list(pairs_of({"a": 1, "b": {"c": "x"}, "d": [1, 2]}))
    [('a', '1'), ('b.c', 'x'), ('d', '[1, 2]')]
    """
    for name, member in value.items():
        if isinstance(member, dict) and before.count(".") < 4:
            yield from pairs_of(member, f"{before}{name}.")
        else:
            text = member if isinstance(member, str) else json.dumps(member, ensure_ascii=False)
            yield before + name, text


def reasons(source_id: int | None = None) -> Counter[tuple[int, str]]:
    """How many open failures there are by source and reason."""
    rows = open_failures() if source_id is None else open_failures().filter(source_id=source_id)
    return Counter({(s, r): n for s, r, n in rows.values_list("source_id", "reason").annotate(Count("id"))})
