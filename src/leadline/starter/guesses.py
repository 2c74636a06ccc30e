"""What a column is likely to be, by its name. Each of these is a guess, and the model says so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_ID_WORDS = (
    "lead_id", "prospect_id", "contact_id", "user_id", "visitor_id", "customer_id", "person_id", "member_id",
    "mql_id", "lead", "lead_number", "id", "record_id", "vid", "email",
)  # fmt: skip
_EVENT_WORDS = ("event", "event_type", "event_name", "action", "activity", "activity_type", "type", "name")
_TIME_WORDS = (
    "occurred_at", "event_time", "timestamp", "time", "created_at", "event_date", "date", "datetime",
    "ts", "at",
)  # fmt: skip

_PERSONAL = re.compile(  # these are looked for in names whose words stand apart, with blanks
    r"^name$|\b(first|last|full|sur|given|family|middle|contact|lead|account) ?name\b|\be ?mail\b|\bemail"
    r"|\bphone|\bmobile|\bfax\b|\bstreet|\baddress|\bbirth|\blinkedin|\bip\b|\bcompany( name)?$|\bzip\b"
    r"|\bpostal|\burl\b|\bwebsite$"
)
_NOT_PERSONAL = re.compile(
    r"kind|type|domain|provider|valid|do not|dont|opt ?(in|out)|click|open|bounce|subscri"
)
_LEAKS = re.compile(
    r"convert|conversion|\bwon\b|\blost\b|\bwin\b|\bclosed?\b|\bdeal|outcome|\bresult\b|status|\bstage\b"
    r"|\btags?\b|quality|lead profile|profile (score|index)|score|\bindex\b|grade|rating"
    r"|last (notable )?activity|\bowner|\brep\b|assigned|opportunit|reason|dispositi|churn|\bcustomer\b"
    r"|\bmql\b|\bsql\b|\bsal\b|probabilit|revenue|contract|\btarget\b|\blabel\b|qualified|meeting|notes?\b"
    r"|purchas"
)
_ENGAGEMENT = re.compile(
    r"visit|view|time spent|session|click|page|download|open|engag|login|minutes|duration"
)
_OPT_OUT = re.compile(r"do not|dont|opt ?out|unsubscrib|bounce|blocked")
_OUTCOMES = re.compile(
    r"^(deal|opportunity|order|contract) ?(won|placed|closed|signed)|^(closed )?won$|purchas|^order$"
    r"|^payment|^convert|^subscri(bed|ption)|^customer"
)
_DECISIONS = re.compile(r"^lead |^deal |^opportunity |lost|reject|disqualif|recycl|merge|^mql|^sql|^sal\b")
_SENIOR = re.compile(
    r"\b(c ?level|c ?suite|ceo|cto|cfo|cmo|coo|chief|founder|owner|president|vp|director|"
    r"head|partner)\b"
)
_TOLD_APART = re.compile(r"page|view|visit|form|submit|screen|download|click$|track")  # by page or name


def plain(name: str) -> str:
    """A name in lower case with `_` between its words.

    >>> plain("Total Time-Spent on Website?"), plain("jobTitle")
    ('total_time_spent_on_website', 'job_title')
    """
    words = re.sub(r"([a-z])([A-Z])", r"\1_\2", name)
    return re.sub(r"[^a-z0-9]+", "_", words.casefold()).strip("_")


def apart(name: str) -> str:
    """The same with blanks between the words, where patterns can tell words apart."""
    return plain(name).replace("_", " ")


def find(columns: Iterable[str], words: Sequence[str]) -> str | None:
    """The column whose plain name stands first among the words."""
    by_plain = {plain(column): column for column in reversed(list(columns))}
    return next((by_plain[word] for word in words if word in by_plain), None)


def lead_column(columns: Iterable[str]) -> str | None:
    columns = list(columns)
    return find(columns, _ID_WORDS) or next((c for c in columns if plain(c).endswith("_id")), None)


def event_column(columns: Iterable[str]) -> str | None:
    return find(columns, _EVENT_WORDS)


def time_column(columns: Iterable[str]) -> str | None:
    return find(columns, _TIME_WORDS)


def is_personal(column: str) -> bool:
    said = apart(column)
    return bool(_PERSONAL.search(said)) and not _NOT_PERSONAL.search(said)


def may_leak(column: str) -> bool:
    """Whether sales, or the outcome itself, may have filled it in after the fact.

    >>> may_leak("Lead Quality"), may_leak("Converted"), may_leak("Country"), may_leak("industry")
    (True, True, False, False)
    """
    return bool(_LEAKS.search(apart(column)))


def is_engagement(column: str) -> bool:
    return bool(_ENGAGEMENT.search(apart(column)))


def is_opt_out(column: str) -> bool:
    return bool(_OPT_OUT.search(apart(column)))


def is_outcome(event: str) -> bool:
    return bool(_OUTCOMES.search(apart(event)))


def is_decision(event: str) -> bool:
    """Whether people or systems on the seller's side make such an event."""
    return bool(_DECISIONS.search(apart(event)))


def is_senior(value: str) -> bool:
    return bool(_SENIOR.search(apart(value)))


_EVENT_POINTS: tuple[tuple[str, int, str], ...] = (  # the first that fits: pattern, points, half-life
    (r"unsubscrib|bounce|spam|career|job", -10, "60d"),
    (r"demo|contact|callback|quote|offer|request|meeting|book", 30, "30d"),
    (r"trial|sign_?up|regist|install|checkout", 25, "30d"),
    (r"pric|cart|plan", 12, "21d"),
    (r"webinar|whitepaper|guide|ebook|download|form|event", 8, "30d"),
    (r"compare|case|customer|doc|security|integration|chat|reply|answer", 5, "21d"),
    (r"open|sent|deliver|receive|impression", 0, "14d"),
    (r"click", 3, "14d"),
)


def event_points(words: str) -> tuple[int, str]:
    """Points and half-life to begin with.

    >>> event_points("page /pricing"), event_points("email_open"), event_points("view")
    ((12, '21d'), (0, '14d'), (2, '14d'))
    """
    said = plain(words)
    return next(
        ((points, half) for pattern, points, half in _EVENT_POINTS if re.search(pattern, said)), (2, "14d")
    )


def is_nameable(name: str) -> bool:
    """Whether a model can hold such a name: one that is not blank, and has no null character.

    >>> is_nameable("page"), is_nameable(" "), is_nameable("a\\0b")
    (True, False, False)
    """
    return bool(name.strip()) and "\0" not in name


def is_told_apart(event: str) -> bool:
    """Whether it matters of which page or name such an event is: a page view, a form, not an e-mail click."""
    said = plain(event)
    return bool(_TOLD_APART.search(said)) and "mail" not in said


def is_form(event: str) -> bool:
    return bool(re.search(r"form|submit", plain(event)))


def raises_hand(words: str) -> bool:
    """Whether they ask to be contacted."""
    return bool(re.search(r"demo|contact|callback|quote|book_|meeting", plain(words)))
