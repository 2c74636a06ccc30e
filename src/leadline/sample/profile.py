"""What a lead's record shows: names, company, seniority, size. Hints at the hidden fit, never proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from leadline.sample.draws import Ints, numbered, pick, plant, slug, stream, witness
from leadline.sample.people import COMPETITOR, JOB_SEEKER, STUDENT, People
from leadline.sample.vocabulary import (
    CAMPAIGNS,
    COMPANY_HEADS,
    COMPANY_TAILS,
    COMPANY_TRADES,
    COMPETITOR_COMPANIES,
    COMPETITOR_DOMAINS,
    COUNTRIES,
    FIRST_NAMES,
    FREE_MAIL_DOMAINS,
    INDUSTRIES,
    LAST_NAMES,
    LEGAL_FORMS,
    SENIORITIES,
    SOURCE_NAMES,
    UNREADABLE_SIZES,
)

SHARE_UNREADABLE_SIZE = 0.015
SHARE_EMPTY_SIZE = 0.06
SHARE_EMPTY_SENIORITY = 0.05
EMAIL_KINDS = ("work", "free", "competitor")

_FIRST_SLUGS = np.array([slug(name) for name in FIRST_NAMES], dtype=object)
_LAST_SLUGS = np.array([slug(name).replace("-", "") for name in LAST_NAMES], dtype=object)
_HEADS = np.array([head + tail for head in COMPANY_HEADS for tail in COMPANY_TAILS], dtype=object)
_HEAD_SLUGS = np.array([slug(name) for name in _HEADS], dtype=object)
_TRADES = np.array(COMPANY_TRADES, dtype=object)
_TRADE_SLUGS = np.array([slug(name) for name in COMPANY_TRADES], dtype=object)


@dataclass(frozen=True)
class _Record:
    """What a profile says, as places in the vocabulary; `size` is the true number of employees."""

    country: Ints
    industry: Ints
    size: Ints
    head: Ints  # the two words of the company's name
    trade: Ints
    seniority: Ints
    email_kind: Ints
    first: Ints
    last: Ints
    number: Ints  # in addresses at free mail services
    rival: Ints

    _OF_THE_COMPANY = ("country", "industry", "size", "head", "trade")
    _OF_THE_PERSON = ("seniority", "email_kind", "first", "last", "number", "rival")


def draw_profile(
    seed: int, chunk: int, people: People, created_at: Ints, first_lead: int
) -> tuple[pa.Table, Ints]:
    """The wide table of leads (known people only), and how many employees each really has."""
    rng = stream(seed, chunk, "profile")
    count, copied = people.known, people.duplicate_of[: people.known]
    record = _draw_record(rng, people)
    email = _addresses(record)
    first_name, last_name = _words(FIRST_NAMES, record.first), _words(LAST_NAMES, record.last)
    _spell_otherwise(rng, np.flatnonzero(copied >= 0), email, first_name, last_name)
    seniority = _words(SENIORITIES, record.seniority)
    seniority[plant(rng, np.ones(count, dtype=bool), SHARE_EMPTY_SENIORITY)] = None

    columns = {
        "email": email,
        "first_name": first_name,
        "last_name": last_name,
        "company": _companies(record),
        "seniority": seniority,
        "employees": _sizes_as_typed(rng, record.size),
        "country": _words(COUNTRIES, record.country),
        "industry": _words(INDUSTRIES, record.industry),
        "email_kind": _words(EMAIL_KINDS, record.email_kind),
        "source": _words(SOURCE_NAMES, people.source[:count]),
        "campaign": _words(CAMPAIGNS, people.campaign[:count]),
    }
    instants = pa.array(created_at[:count] * 1_000_000, pa.timestamp("us", "UTC"))
    known_by = {"lead_id": numbered("L", first_lead, count, 7), "created_at": instants}
    texts = {name: pa.array(column, pa.string()) for name, column in columns.items()}
    return pa.table(known_by | texts), record.size


def _draw_record(rng: np.random.Generator, people: People) -> _Record:
    """Each column leans on the fit; colleagues share the company, a second record of a person everything."""
    count, kind = people.known, people.kind[: people.known]
    fit, colleague, copied = people.fit[:count], people.colleague_of[:count], people.duplicate_of[:count]
    abroad, at_home = (
        (6, 1, 1, 4, 6, 7, 6, 6, 6, 3, 2, 15, 22, 14),
        (46, 11, 11, 10, 5, 5, 3, 2, 2, 2, 2, 1, 0, 0),
    )
    others, ours = (4, 4, 5, 5, 4, 18, 16, 14, 16, 18), (30, 24, 16, 12, 9, 3, 1, 2, 2, 1)
    young = np.isin(kind, (STUDENT, JOB_SEEKER))
    seniority = witness(rng, fit, (3, 3, 9, 25, 55, 5), (14, 15, 34, 27, 10, 0))
    email_kind = np.where(colleague >= 0, 0, witness(rng, fit, (35, 65), (96, 4)))
    email_kind = np.where(young, pick(rng, (15, 85), count), email_kind)
    record = _Record(
        country=witness(rng, fit, abroad, at_home),
        industry=witness(rng, fit, others, ours),
        size=_employees(rng, fit),
        head=rng.integers(0, len(_HEADS), count),
        trade=rng.integers(0, len(_TRADES), count),
        seniority=np.where(young, pick(rng, (0, 0, 0, 0, 3, 7), count), seniority),
        email_kind=np.where(kind == COMPETITOR, 2, email_kind),
        first=rng.integers(0, len(FIRST_NAMES), count),
        last=rng.integers(0, len(LAST_NAMES), count),
        number=rng.integers(1, 9999, count),
        rival=rng.integers(0, len(COMPETITOR_DOMAINS), count),
    )
    for column in record._OF_THE_COMPANY:
        _copy(getattr(record, column), colleague)
    for column in record._OF_THE_COMPANY + record._OF_THE_PERSON:
        _copy(getattr(record, column), copied)
    return record


def _words(vocabulary: Sequence[str], places: Ints) -> np.ndarray:
    return np.array(vocabulary, dtype=object)[places]


def _addresses(record: _Record) -> np.ndarray:
    free, rival = record.email_kind == 1, record.email_kind == 2
    domain = _HEAD_SLUGS[record.head] + "-" + _TRADE_SLUGS[record.trade] + ".example"
    domain = np.where(free, _words(FREE_MAIL_DOMAINS, record.number % len(FREE_MAIL_DOMAINS)), domain)
    domain = np.where(rival, _words(COMPETITOR_DOMAINS, record.rival), domain)
    number = np.where(free, record.number.astype(str), "").astype(object)
    return _FIRST_SLUGS[record.first] + "." + _LAST_SLUGS[record.last] + number + "@" + domain


def _companies(record: _Record) -> np.ndarray:
    name = _HEADS[record.head] + " " + _TRADES[record.trade] + " " + _words(LEGAL_FORMS, record.country)
    return np.where(record.email_kind == 2, _words(COMPETITOR_COMPANIES, record.rival), name)


def _sizes_as_typed(rng: np.random.Generator, size: Ints) -> np.ndarray:
    """As it stands in the record: some left it empty, some wrote words."""
    typed = size.astype(str).astype(object)
    empty = plant(rng, np.ones(len(size), dtype=bool), SHARE_EMPTY_SIZE)
    unreadable = plant(rng, ~empty, SHARE_UNREADABLE_SIZE)
    typed[empty] = None
    typed[unreadable] = _words(UNREADABLE_SIZES, rng.integers(0, len(UNREADABLE_SIZES), unreadable.sum()))
    return typed


def _employees(rng: np.random.Generator, fit: np.ndarray) -> Ints:
    """Good fits have some hundred people; the others are mostly tiny, some huge."""
    right = rng.lognormal(np.log(230), 0.65, len(fit))
    tiny, huge = rng.lognormal(np.log(9), 0.9, len(fit)), rng.lognormal(np.log(6000), 0.7, len(fit))
    wrong = np.where(rng.random(len(fit)) < 0.75, tiny, huge)
    return np.where(rng.random(len(fit)) < fit, right, wrong).astype(np.int64).clip(1, 200_000)


def _copy(column: np.ndarray, partner: Ints) -> None:
    rows = np.flatnonzero(partner >= 0)
    column[rows] = column[partner[rows]]


def _spell_otherwise(
    rng: np.random.Generator, rows: Ints, email: np.ndarray, first_name: np.ndarray, last_name: np.ndarray
) -> None:
    """How people get entered twice: other case, a plus address, initials, no umlauts, a space."""
    for row, way in zip(rows, rng.integers(0, 5, len(rows)), strict=True):
        if way == 0:
            email[row] = email[row].title()
        elif way == 1:
            email[row] = email[row].replace("@", "+trial@")
        elif way == 2:
            first_name[row] = first_name[row][0] + "."
            email[row] = email[row][0] + email[row][email[row].index(".") :]
        elif way == 3:
            first_name[row], last_name[row] = slug(first_name[row]).title(), slug(last_name[row]).title()
        else:
            last_name[row] = last_name[row].upper() + " "
