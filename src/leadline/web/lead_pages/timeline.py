"""What happened to a lead, the newest first: touches, what was learnt, notes, decisions, changes of stage."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext_lazy as _

from leadline.web.accounts.models import User
from leadline.web.instants import LATEST
from leadline.web.lead_pages.standing import Judged
from leadline.web.leads.aside import event_of
from leadline.web.leads.models import Act, Lead, Span
from leadline.web.leads.rows import fetch

SIZE = 100  # lines of a page
NOTE = "note"
OUTCOMES = (
    "lead_accepted", "lead_rejected", "lead_recycled", "lead_disqualified", "lead_requalified", "deal_won",
    "deal_lost",
)  # fmt: skip
EVERYTHING, VISITS, DEEDS, DECISIONS, LEARNT, NOTES, STAGES, TEAM = (
    "", "visits", "actions", "decisions", "learnt", "notes", "stages", "team",
)  # fmt: skip
KINDS = (
    (EVERYTHING, _("Everything")),
    (VISITS, _("Visits")),
    (DEEDS, _("Actions and forms")),
    (DECISIONS, _("Decisions and outcomes")),
    (LEARNT, _("What was learnt")),
    (NOTES, _("Notes")),
    (STAGES, _("Changes of stage")),
    (TEAM, _("What the team did")),
)


@dataclass(frozen=True)
class Fact:
    """One line of the timeline; `changes` are traits learnt at a time: field, value, verified."""

    key: str
    at: int
    kind: str
    name: str
    source: str
    pairs: tuple[tuple[str, str], ...] = ()
    changes: tuple[tuple[str, str, bool], ...] = ()
    bot: str = ""
    void: bool = False
    where: str = ""
    event_id: str = ""  # of an event: by it, it can be said that it does not count
    by: str = ""

    @property
    def code(self) -> str:
        """The event's id as a part of an address."""
        return urlsafe_base64_encode(self.event_id.encode())


@dataclass(frozen=True)
class Asked:
    """What of the timeline is wanted: a kind, words, and the instant before which it begins."""

    kind: str = EVERYTHING
    words: str = ""
    before: int = LATEST


@dataclass(frozen=True)
class Lines:
    facts: list[Fact]
    before: int | None  # where the next page begins; None at the end


_EVENTS = """
    SELECT e.event_id, e.occurred_at, e.kind, e.event, e.properties, e.context, e.source_id, e.bot, e.void
    FROM leads_span s JOIN leads_event e
      ON e.subject_id = s.subject_id AND e.occurred_at >= s.starts AND e.occurred_at < s.ends
    WHERE s.lead_id IN ({{}}) AND e.kind NOT IN ('identify', 'group', 'alias') AND e.occurred_at < %s{more}
    ORDER BY e.occurred_at DESC, e.event_id DESC LIMIT %s
"""
_TRAITS = """
    SELECT t.occurred_at, t.field, t.value, t.verified, t.source_id, t.trait_id
    FROM leads_span s JOIN leads_trait t
      ON t.subject_id = s.subject_id AND t.occurred_at >= s.starts AND t.occurred_at < s.ends
    WHERE s.lead_id IN ({{}}) AND t.occurred_at < %s{more}
    ORDER BY t.occurred_at DESC, t.trait_id DESC LIMIT %s
"""
_ASIDE = _TRAITS.replace("leads_trait ", "leads_traitaside ")
_SAID_BY = "SELECT event_id, context FROM leads_event WHERE event_id IN ({}) AND kind = 'identify'"
_MOST_TRAITS = 20 * SIZE
_NAMED = ", ".join(f"'{name}'" for name in OUTCOMES)
_OF_KIND = {
    EVERYTHING: "",
    VISITS: " AND e.kind IN ('page', 'screen')",
    DEEDS: f" AND e.kind IN ('track', 'form') AND e.event NOT IN ({_NAMED}, '{NOTE}')",
    DECISIONS: f" AND e.event IN ({_NAMED})",
    NOTES: f" AND e.event = '{NOTE}'",
}
_ESCAPED = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


def timeline(
    lead: Lead, asked: Asked, sources: Mapping[int, str], judged: Sequence[Judged] = (), size: int = SIZE
) -> Lines:
    """One page of lines. What an `identify` says stands there as traits, so it has no line of its own.

    Lines of one instant are never torn apart.
    """
    found: list[Fact] = []
    if asked.kind in _OF_KIND:
        found += _events(lead, asked, sources, size)
    if asked.kind in (EVERYTHING, LEARNT):
        found += _learnt(lead, asked, sources)
    if asked.kind in (EVERYTHING, STAGES) and not asked.words:
        found += _moved(judged, asked)
    if asked.kind in (EVERYTHING, TEAM) and not asked.words:
        found += _done(lead, asked, size)
    found.sort(key=lambda f: (f.at, f.key), reverse=True)
    if len(found) <= size:
        return Lines(found, None)
    last = found[size - 1].at
    page = [f for f in found if f.at >= last]
    return Lines(page, last if len(page) < len(found) else None)


def _events(lead: Lead, asked: Asked, sources: Mapping[int, str], size: int) -> Iterable[Fact]:
    more, values = _OF_KIND[asked.kind], [asked.before]
    if asked.words:
        more += " AND (lower(e.event) LIKE %s ESCAPE '\\' OR lower(e.properties) LIKE %s ESCAPE '\\')"
        values += [_like(asked.words)] * 2
    rows = fetch(_EVENTS.format(more=more), [lead.id], *values, size + 1)
    for event_id, at, kind, event, properties, context, source, bot, void in rows:
        told, about = json.loads(properties), json.loads(context)
        known = told | {f"campaign {k}": v for k, v in (about.get("campaign") or {}).items()}
        texts = tuple(
            (k, v if isinstance(v, str) else json.dumps(v, ensure_ascii=False)) for k, v in known.items()
        )
        where = next((str(told[k]) for k in ("text", "path", "url", "name") if told.get(k)), "")
        by = str(about.get("by") or "")
        shown = NOTE if event == NOTE else "decision" if event in OUTCOMES else kind
        yield Fact(
            f"e{event_id}", at, shown, event, sources.get(source, ""), texts, (), bot, bool(void), where,
            event_id, by,
        )  # fmt: skip


def _learnt(lead: Lead, asked: Asked, sources: Mapping[int, str]) -> Iterable[Fact]:
    more, values = "", [asked.before]
    if asked.words:
        more = " AND (lower(t.field) LIKE %s ESCAPE '\\' OR lower(t.value) LIKE %s ESCAPE '\\')"
        values += [_like(asked.words)] * 2
    together: dict[tuple[str, bool], list[tuple[str, str, bool]]] = {}
    begun: dict[str, tuple[int, int]] = {}
    for query, void in ((_TRAITS, False), (_ASIDE, True)):
        for at, field, value, verified, source, trait_id in fetch(
            query.format(more=more), [lead.id], *values, _MOST_TRAITS
        ):
            event_id = event_of(field, trait_id)
            together.setdefault((event_id, void), []).append((field, value or "", bool(verified)))
            begun[event_id] = (at, source)
    said_by = {
        event_id: str(json.loads(context).get("by") or "") for event_id, context in fetch(_SAID_BY, [*begun])
    }
    for (event_id, void), changes in together.items():
        at, source = begun[event_id]
        name = "Learnt" if any(value for _, value, _ in changes) else "Taken back"
        yield Fact(
            f"t{at}.{event_id}", at, "trait", name, sources.get(source, ""), changes=tuple(sorted(changes)),
            void=void, event_id=event_id if event_id in said_by else "", by=said_by.get(event_id, ""),
        )  # fmt: skip


def _moved(judged: Sequence[Judged], asked: Asked) -> Iterable[Fact]:
    for j in judged:
        for number, moved in enumerate(j.changes):
            if moved.at < asked.before:
                name = f"{moved.before} → {moved.after}"
                key = f"s{j.judging.program.id}.{-number:09}"
                yield Fact(key, moved.at, "stage", name, j.judging.program.name, where=moved.because)


def _done(lead: Lead, asked: Asked, size: int) -> Iterable[Fact]:
    """Owners and tags: what the team did that is no fact about the lead."""
    subjects = Span.objects.filter(lead_id=lead.id).values("subject_id")
    acts = Act.objects.filter(lead_id__in=subjects, at__lt=asked.before).order_by("-at", "-id")
    owners = dict(User.objects.values_list("id", "email"))
    for act in acts[: size + 1]:
        to = act.detail.get("to")
        said = act.detail.get("tag") or (owners.get(to, "") if to else "")
        undone = act.undone_at is not None
        yield Fact(f"a{act.id:020}", act.at, "act", act.verb, "", where=said, by=act.by, void=undone)


def _like(words: str) -> str:
    return f"%{words.lower().translate(_ESCAPED)}%"
