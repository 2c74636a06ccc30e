"""Leads as the board has them, read from the relational database: few at a time, as they are now."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from leadline.model.values import read_number
from leadline.web.instants import EARLIEST, LATEST
from leadline.web.leads.facts import believed
from leadline.web.leads.owners import owners_of, tags_of
from leadline.web.leads.rows import fetch

MEASURES = (
    "fit", "intent", "band", "quality", "journey", "yes_count", "no_count", "unknown_count", "next_question",
    "probability", "hand_raised", "disqualified", "first_seen", "last_seen",
)  # fmt: skip

_TEXT, _WHOLE, _REAL, _FLAG = pa.string(), pa.int64(), pa.float64(), pa.bool_()
SCHEMAS = {
    "leads": pa.schema(
        [
            ("lead_id", _WHOLE), ("kind", _TEXT), ("name", _TEXT), ("email", _TEXT), ("domain", _TEXT),
            ("company", _TEXT), ("first_seen", _WHOLE), ("last_seen", _WHOLE), ("events", _WHOLE),
            ("owner_id", _WHOLE), ("tags", pa.list_(_TEXT)), ("sources", pa.list_(_WHOLE)), ("said", _TEXT),
        ]
    ),
    "standings": pa.schema(
        [
            ("program_id", _WHOLE), ("lead_id", _WHOLE), ("stage", _TEXT), ("since", _WHOLE),
            ("as_of", _WHOLE), ("rank", _REAL), ("fit", _REAL), ("intent", _REAL), ("band", _TEXT),
            ("quality", _TEXT), ("journey", _TEXT), ("yes_count", _REAL), ("no_count", _REAL),
            ("unknown_count", _REAL), ("next_question", _TEXT), ("probability", _REAL), ("worth", _REAL),
            ("hand_raised", _FLAG), ("disqualified", _FLAG), ("first_seen", _WHOLE), ("last_seen", _WHOLE),
        ]
    ),
    "words": pa.schema([("word", _TEXT), ("lead_id", _WHOLE)]),
    "answers": pa.schema([("name", _TEXT), ("lead_id", _WHOLE), ("value", _TEXT), ("number", _REAL)]),
    "spans": pa.schema(
        [("lead_id", _WHOLE), ("subject_id", _WHOLE), ("starts", _WHOLE), ("ends", _WHOLE)]
    ),
}  # fmt: skip
"""The board's tables. `words` has what is said of a lead, word by word; `answers` has its fields as they were
told and as the numbers that they read as, and under the name that :func:`criterion` gives its criteria."""

SHORTEST, LONGEST = 3, 40  # letters of a word
_SEPARATORS = re.compile(r"[^\w]+|_")

_LEADS = """
    SELECT id, kind, name, email, company, first_seen, last_seen, events, sources FROM leads_lead
    WHERE id IN ({})
"""
_STANDINGS = """
    SELECT lead_id, program_id, stage, since, as_of, measures, worth, predictor_version
    FROM qualification_standing
    WHERE lead_id IN ({})
"""
_TRAITS = """
    SELECT s.lead_id, t.field, t.value, t.occurred_at, t.trait_id, t.verified
    FROM leads_span s JOIN leads_trait t
      ON t.subject_id = s.subject_id AND t.occurred_at >= s.starts AND t.occurred_at < s.ends
    WHERE s.lead_id IN ({}) AND t.occurred_at <= %s
"""
# Most subjects are leads of their own for all time, and need no row.
_SPANS = f"""
    SELECT lead_id, subject_id, starts, ends FROM leads_span
    WHERE lead_id IN ({{}}) AND NOT (lead_id = subject_id AND starts = {EARLIEST} AND ends = {LATEST})
"""


@dataclass
class Row:
    """A lead as lists show it: `lead` by column, `standings` by program, `fields` as they were told."""

    lead: dict[str, Any]
    standings: dict[int, dict[str, Any]] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.lead["name"] or self.lead["email"] or f"Visitor {self.lead['lead_id']}"


def criterion(program: int, name: str) -> str:
    """What a criterion's state goes by among the answers; no field has that name."""
    return f"{program}\x1f{name}"


def rows_of(leads: Iterable[int], now: int) -> dict[int, Row]:
    """These leads as they are; those that there are not (any more) are left out."""
    wanted = sorted(set(leads))
    owners, tags = owners_of(wanted), tags_of(wanted)
    found: dict[int, Row] = {}
    for number, kind, name, email, company, first, last, events, sources in fetch(_LEADS, wanted):
        domain = email.rpartition("@")[2]
        found[number] = Row(
            {
                "lead_id": number, "kind": kind, "name": name, "email": email, "domain": domain,
                "company": company, "first_seen": first, "last_seen": last, "events": events,
                "owner_id": owners.get(number), "tags": tags.get(number, []),
                "sources": json.loads(sources), "said": folded(f" {name} {email} {domain} {company} "),
            }
        )  # fmt: skip
    for lead, program, stage, since, as_of, measures, worth, predictor in fetch(_STANDINGS, wanted):
        if lead in found:
            told = json.loads(measures)
            found[lead].standings[program] = {
                **told, "stage": stage, "since": since, "as_of": as_of, "rank": told["fit"] + told["intent"],
                "worth": worth, "predictor": predictor,
            }  # fmt: skip
    for lead, fields in _fields(wanted, now).items():
        if lead in found:
            found[lead].fields = fields
    return found


def _fields(leads: Sequence[int], now: int) -> dict[int, dict[str, str]]:
    names = ("field", "value", "occurred_at", "trait_id", "verified")
    traits: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for lead, *rest in fetch(_TRAITS, leads, now):
        traits[lead].append(dict(zip(names, rest, strict=True)))
    return {lead: {t["field"]: t["value"] for t in believed(told)} for lead, told in traits.items()}


def folded(text: str) -> str:
    """A text for searching: without case and accents, blanks as one.

    >>> folded("  Zoë  MÜLLER ")
    ' zoe muller '
    """
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    inner = " ".join(bare.casefold().split())
    return f"{' ' if text[:1].isspace() else ''}{inner}{' ' if text[-1:].isspace() else ''}"


def tables_of(leads: Sequence[int], now: int) -> dict[str, pa.Table]:
    """These leads as rows of the board's tables."""
    found = rows_of(leads, now)
    return {
        "leads": _table("leads", (row.lead for row in found.values())),
        "standings": _table("standings", _standings(found)),
        "words": _table("words", _words(found)),
        "answers": _table("answers", _answers(found)),
        "spans": _table(
            "spans",
            (
                dict(zip(("lead_id", "subject_id", "starts", "ends"), r, strict=True))
                for r in fetch(_SPANS, leads)
            ),
        ),
    }


def _table(name: str, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    schema, rows = SCHEMAS[name], list(rows)
    columns = [pa.array([_cell(row.get(f.name), f.type) for row in rows], f.type) for f in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _cell(value: Any, type_: pa.DataType) -> Any:
    if value is None:
        return None
    return bool(value) if type_ == _FLAG else float(value) if type_ == _REAL else value


def _standings(found: Mapping[int, Row]) -> Iterator[dict[str, Any]]:
    for lead, row in found.items():
        for program, standing in row.standings.items():
            yield {**standing, "program_id": program, "lead_id": lead}


def words_of(text: str) -> list[str]:
    """The words of a folded text in which a typing error can be made.

    >>> words_of(" ana meier ana.meier@acme-gmbh.example ")
    ['acme', 'ana', 'example', 'gmbh', 'meier']
    """
    return sorted({word for word in _SEPARATORS.split(text) if len(word) >= SHORTEST})


def _words(found: Mapping[int, Row]) -> Iterator[dict[str, Any]]:
    for lead, row in found.items():
        for word in words_of(row.lead["said"]):
            yield {"word": word[:LONGEST], "lead_id": lead}


def _answers(found: Mapping[int, Row]) -> Iterator[dict[str, Any]]:
    known = {*MEASURES, "stage", "since", "as_of", "rank", "worth", "predictor"}
    for lead, row in found.items():
        for name, value in row.fields.items():
            if value is not None:
                yield {"name": name, "lead_id": lead, "value": value, "number": read_number(value)}
        for program, standing in row.standings.items():
            for name, state in standing.items():
                if name not in known and isinstance(state, str):
                    yield {"name": criterion(program, name), "lead_id": lead, "value": state}
