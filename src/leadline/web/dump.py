"""The whole of a workspace as text, in one canonical order: equal worlds give equal bytes.

No number that arrival gave stands in it: subjects are named by what they are, sources and programs by their
slugs. The facts in it can be read into an empty workspace again, see :mod:`leadline.web.rebuild`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TextIO

from django.db import connection

from leadline.web.capture.models import Source
from leadline.web.leads.facts import LeadFacts, facts_of
from leadline.web.leads.models import Lead, Merge, Span, Subject, Verdict
from leadline.web.leads.rows import chunks, fetch
from leadline.web.leads.store import as_json
from leadline.web.qualification.models import Activation, Predictor, Program, Publication
from leadline.web.qualification.programs import enabled_programs, in_force
from leadline.web.qualification.walk import Published, ledger_of

AT_ONCE = 500  # subjects or leads in memory at a time

_EVENTS = """
    SELECT subject_id, occurred_at, event_id, kind, event, properties, context, source_id, received_at,
      digest, bot, void FROM leads_event WHERE subject_id IN ({})
"""
_TRAITS = """
    SELECT subject_id, field, occurred_at, trait_id, value, source_id, verified, quote, confidence
    FROM leads_trait WHERE subject_id IN ({})
"""
_ASIDE = _TRAITS.replace("leads_trait ", "leads_traitaside ")
_LINKS = "SELECT anon_id, occurred_at, link_id, person_id FROM leads_link WHERE anon_id IN ({})"
_CLAIMS = """
    SELECT email_id, occurred_at, claim_id, user_id, verified FROM leads_claim WHERE email_id IN ({})
"""
_CHANGES = """
    SELECT program_id, lead_id, changed_at, step, episode, since, before, after, cause, skipped,
      model_version, ledger FROM qualification_stagechange WHERE lead_id IN ({})
"""
_STANDINGS = """
    SELECT program_id, lead_id, stage, since, episode, predictor_version FROM qualification_standing
    WHERE lead_id IN ({})
"""


def dump(as_of: int, file: TextIO) -> None:
    """Write all facts, what was derived from them, and each lead judged afresh at `as_of` (microseconds).

    A line is a word and a JSON array. The worker must have caught up: what waits in the inbox is no fact yet.
    """
    for line in lines(as_of):
        file.write(line + "\n")


def lines(as_of: int) -> Iterator[str]:
    """The lines of a dump."""
    yield from fact_lines()
    yield from derived_lines(as_of)


def fact_lines() -> Iterator[str]:
    """What cannot be derived: sources, programs, models, predictors, facts and decisions."""
    names = Names()
    for source in Source.objects.order_by("slug"):
        settings = [source.name, source.kind, source.trusted, source.consent_category, source.respect_gpc]
        yield _line("source", source.slug, *settings)
    for program in Program.objects.order_by("slug"):
        yield _line("program", program.slug, program.name, program.enabled)
    for p in Publication.objects.select_related("rolled_back_by").order_by("program__slug", "at"):
        back = p.rolled_back_by.at if p.rolled_back_by else None
        yield _line("model", names.programs[p.program_id], p.at, p.version, p.by, p.text, p.how, p.note, back)
    for q in Predictor.objects.order_by("program__slug", "at", "id"):
        learned = [q.rows, q.won, q.begins, q.ends, q.mean_worth, json.loads(q.report)]
        yield _line("predictor", names.programs[q.program_id], q.at, q.version, q.by, q.text, *learned)
    for a in Activation.objects.select_related("predictor", "taken_back_by").order_by("program__slug", "at"):
        which = [a.predictor.at, a.predictor.version] if a.predictor else None
        back = a.taken_back_by.at if a.taken_back_by else None
        yield _line("active", names.programs[a.program_id], a.at, which, a.by, a.how, a.because, back)
    for number, m in enumerate(Merge.objects.order_by("at", "id"), start=1):
        taken_back = [m.taken_back_at, m.taken_back_by]
        yield _line("merge", number, names[m.loser_id], names[m.winner_id], m.at, m.by, m.reason, *taken_back)
    for number, v in enumerate(Verdict.objects.order_by("at", "id"), start=1):
        yield _line("verdict", number, v.event_id, v.void, v.reason, v.at, v.by)
    for some in chunks(names.in_order, AT_ONCE):
        yield from _facts_of(some, names)


def _facts_of(subjects: Sequence[int], names: Names) -> Iterator[str]:
    def by_name(rows: Iterable[tuple]) -> list[tuple]:
        return sorted(((names[first], *rest) for first, *rest in rows), key=lambda row: row[:4])

    for row in by_name(fetch(_EVENTS, subjects)):
        *begin, properties, context, source, received, digest, bot, void = row
        said = [json.loads(properties), json.loads(context)]
        yield _line("event", *begin, *said, names.sources.get(source, ""), received, digest, bot, bool(void))
    for word, query in (("trait", _TRAITS), ("aside", _ASIDE)):
        for subject, field, at, trait_id, value, source, verified, quote, confidence in by_name(
            fetch(query, subjects)
        ):
            told = [names.sources.get(source, ""), bool(verified), quote, confidence]
            yield _line(word, subject, field, at, trait_id, value, *told)
    for anon, at, link_id, person in by_name(fetch(_LINKS, subjects)):
        yield _line("link", anon, at, link_id, names[person])
    for email, at, claim_id, user, verified in by_name(fetch(_CLAIMS, subjects)):
        yield _line("claim", email, at, claim_id, names[user], bool(verified))


def derived_lines(as_of: int) -> Iterator[str]:
    """What follows from the facts: who is who, how each lead stands, and how it is judged at `as_of`."""
    names = Names()
    programs = sorted(enabled_programs(), key=lambda pair: pair[0].slug)
    for some in chunks(names.in_order, AT_ONCE):
        spans = Span.objects.filter(subject_id__in=some).values_list(
            "subject_id", "starts", "ends", "lead_id"
        )
        for subject, starts, ends, lead in sorted((names[s], *rest) for s, *rest in spans):
            yield _line("span", subject, starts, ends, names[lead])
        yield from _leads(some, names)
        facts = facts_of(some)
        for lead in some:
            if lead in facts:
                yield from _judged(names[lead], programs, facts[lead], as_of)


def _leads(some: Sequence[int], names: Names) -> Iterator[str]:
    """Rows of leads and their standings; in order of name, since the leads are."""
    shown = Lead.objects.filter(id__in=some).values_list(
        "id", "kind", "name", "email", "company", "first_seen", "last_seen", "events"
    )
    for lead, *row in sorted((names[lead], *row) for lead, *row in shown):
        yield _line("lead", lead, *row)
    rows = fetch(_STANDINGS, some)
    for standing in sorted((names[lead], names.programs[p], *row) for p, lead, *row in rows):
        yield _line("standing", *standing)
    changes = ((names[lead], names.programs[p], *row) for p, lead, *row in fetch(_CHANGES, some))
    for *change, skipped, version, ledger in sorted(changes, key=lambda row: row[:4]):
        yield _line("change", *change, json.loads(skipped), version, json.loads(ledger))


def _judged(
    lead: str, programs: Sequence[tuple[Program, list[Published]]], facts: LeadFacts, as_of: int
) -> Iterator[str]:
    for program, models in programs:
        holds = in_force(models, as_of)
        if holds is None:
            continue
        found = holds.live.judge(holds.live.facts(facts.events, facts.traits), as_of=as_of)
        if facts_counted(facts, as_of):
            yield _line("judged", lead, program.slug, as_of, found.measures, ledger_of(found))


def facts_counted(facts: LeadFacts, as_of: int) -> bool:
    """Whether anything of a lead counts at an instant; before, it is not judged."""
    known = (f for f in (*facts.events, *facts.traits) if not f.get("void"))
    return any(f["occurred_at"] <= as_of for f in known)


class Names:
    """Numbers of this database, by what they stand for. Subjects are those that facts name."""

    def __init__(self) -> None:
        subjects = Subject.objects.values_list("id", "kind", "value")
        self._subjects = {number: f"{kind}:{value}" for number, kind, value in subjects}
        self.in_order = sorted(_named(), key=self._subjects.__getitem__)
        self.sources = dict(Source.objects.values_list("id", "slug"))
        self.programs = dict(Program.objects.values_list("id", "slug"))

    def __getitem__(self, subject: int) -> str:
        return self._subjects[subject]


def _named() -> set[int]:
    """Subjects of facts; one that only a message named that another one replaced is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject_id FROM leads_event UNION SELECT subject_id FROM leads_trait "
            "UNION SELECT anon_id FROM leads_link UNION SELECT person_id FROM leads_link "
            "UNION SELECT email_id FROM leads_claim UNION SELECT user_id FROM leads_claim "
            "UNION SELECT loser_id FROM leads_merge UNION SELECT winner_id FROM leads_merge"
        )
        return {subject for (subject,) in cursor.fetchall()}


def _line(word: str, *cells: Any) -> str:
    return f"{word} {as_json(cells)}"
