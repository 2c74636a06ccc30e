"""What the screens of data quality read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leadline.identity import emails
from leadline.model.expr import Type
from leadline.web.board import filters, table
from leadline.web.board.asking import Asking, Where
from leadline.web.board.columns import columns_of, other_field
from leadline.web.board.judging import Judging
from leadline.web.board.reading import Row, rows_of
from leadline.web.instants import DAY
from leadline.web.leads.models import Subject
from leadline.web.quality.models import Pair

STALE_DAYS = 180
MOST_OF_A_LEAD = 20
# What an address must look like at least; what looks like this may still not exist.
_ADDRESS = r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$"

INVALID, THROW_AWAY, STALE, NAMELESS = "invalid", "throw-away", "stale", "nameless"
TITLES = {
    INVALID: _("E-mail addresses that cannot be right"),
    THROW_AWAY: _("Throw-away e-mail addresses"),
    STALE: _("On the way, and not seen for 180 days"),
    NAMELESS: _("People without a name or an address"),
}
HELP = {
    INVALID: _("Mail to them comes back. Ask again, or mend them where they come from."),
    THROW_AWAY: _("Addresses for an hour: a rule may send these leads away."),
    STALE: _("They hold a place in the pipeline. Recycle them, or call once more."),
    NAMELESS: _("Known by an id alone: identify them with traits."),
}


@dataclass(frozen=True)
class Finding:
    """Something that is amiss with so many leads."""

    kind: str
    title: Any
    help: Any
    count: int


@dataclass(frozen=True)
class Filled:
    """A field of the model: in how many leads it is filled, and in how many with what does not read."""

    name: str
    title: str
    filled: int
    unread: int
    of: int

    @property
    def percent(self) -> float:
        return 100 * self.filled / self.of if self.of else 0.0


@dataclass(frozen=True)
class Couple:
    """A pair with both leads, and what is told of each, line by line."""

    pair: Pair
    one: Row
    two: Row
    lines: Sequence[tuple[str, str, str, bool]]  # title, one's, two's, whether they agree


def findings(judging: Judging | None, now: int, scope: Iterable[int] | None) -> list[Finding]:
    wheres = [where_of(kind, judging, now) for kind in TITLES]
    counts = table.counts(judging, wheres, now=now, scope=scope)
    return [Finding(k, TITLES[k], HELP[k], n) for k, n in zip(TITLES, counts, strict=True)]


def where_of(kind: str, judging: Judging | None, now: int) -> Where:
    """The leads with which something is amiss."""
    if kind == INVALID:
        return lambda asking: f"l.email <> '' AND NOT regexp_matches(l.email, {asking.value(_ADDRESS)})"
    if kind == THROW_AWAY:
        return _throw_away
    if kind == NAMELESS:
        return lambda asking: f"l.kind <> {asking.value(Subject.ANON)} AND l.name = '' AND l.email = ''"
    if judging is None:
        return lambda asking: "FALSE"

    def stale(asking: Asking) -> str:
        settled = ", ".join(asking.value(s) for s in [*judging.settled(), *judging.model.lifecycle.names[:1]])
        late = asking.value(now - STALE_DAYS * DAY)
        return f"l.last_seen < {late} AND s.stage NOT IN ({settled})"

    return stale


def _throw_away(asking: Asking) -> str:
    """Whose domain is known for throw-away addresses: of the domains that there are, each is looked up."""
    rows = asking.database.execute("SELECT DISTINCT domain FROM leads WHERE domain <> ''").fetchall()
    found = [domain for (domain,) in rows if emails.is_disposable(domain)]
    if not found:
        return "FALSE"
    return f"l.domain IN ({', '.join(asking.value(domain) for domain in found[:1000])})"


def fields(judging: Judging | None, now: int, scope: Iterable[int] | None) -> list[Filled]:
    """Each field of the model, the emptiest first. Anonymous visitors are not asked."""
    if judging is None:
        return []
    people = filters.of_kind("people")
    columns = columns_of(judging)
    wheres: list[Where] = [people]
    for field in judging.model.fields:
        wheres += [_has(field.name, people), _unread(field.name, columns[f"field.{field.name}"], people)]
    total, *counts = table.counts(judging, wheres, now=now, scope=scope)
    pairs = zip(judging.model.fields, counts[::2], counts[1::2], strict=True)
    found = [
        Filled(f.name, f.title, filled, unread if f.type is not Type.TEXT else 0, total)
        for f, filled, unread in pairs
    ]
    return sorted(found, key=lambda f: (f.percent, f.title))


def _has(name: str, people: Where) -> Where:
    return lambda asking: f"({people(asking)}) AND {_raw(asking, name)} <> ''"


def _unread(name: str, column: Any, people: Where) -> Where:
    def where(asking: Asking) -> str:
        return f"({people(asking)}) AND {_raw(asking, name)} <> '' AND {asking.column(column)} IS NULL"

    return where


def unread_where(judging: Judging, name: str) -> Where:
    """The leads in which a field has a value that does not read."""
    return _unread(name, columns_of(judging)[f"field.{name}"], filters.of_kind("people"))


def empty_where(name: str) -> Where:
    """The people in whom a field is not filled."""
    people = filters.of_kind("people")
    return lambda asking: f"({people(asking)}) AND coalesce({_raw(asking, name)}, '') = ''"


def _raw(asking: Asking, name: str) -> str:
    return asking.column(other_field(name))


def open_duplicates() -> int:
    """How many pairs wait for somebody to look."""
    return Pair.objects.filter(decided="").count()


def pairs_of(lead: int) -> list[Pair]:
    """The open pairs of which one lead is an end, the surest first."""
    ends = Q(one=lead) | Q(two=lead)
    return list(Pair.objects.filter(ends, decided="").order_by("-probability", "id")[:MOST_OF_A_LEAD])


def couples(pairs: Sequence[Pair], titles: Mapping[str, str], now: int) -> list[Couple]:
    """Pairs side by side; one whose lead is no more is left out."""
    rows = rows_of({end for p in pairs for end in (p.one, p.two)}, now)
    return [
        Couple(p, rows[p.one], rows[p.two], _lines(rows[p.one], rows[p.two], titles))
        for p in pairs
        if p.one in rows and p.two in rows
    ]


def _lines(one: Row, two: Row, titles: Mapping[str, str]) -> list[tuple[str, str, str, bool]]:
    said = [(str(_("Name")), "name"), (str(_("E-mail")), "email"), (str(_("Company")), "company")]
    lines = [(title, one.lead[key], two.lead[key]) for title, key in said]
    for field in dict.fromkeys([*one.fields, *two.fields]):
        if field not in ("name", "email", "company", "first_name", "last_name"):
            title = titles.get(field, field.replace("_", " "))
            lines.append((title, one.fields.get(field) or "", two.fields.get(field) or ""))
    return [(t, a, b, a == b) for t, a, b in lines if a or b]
