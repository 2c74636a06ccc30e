"""The leads that an address asks for, and all that the page shows around them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from leadline.model.conditions import ConditionError
from leadline.web.accounts.access import owners_seen
from leadline.web.accounts.models import User
from leadline.web.board import filters, table
from leadline.web.board.asking import Where, everything
from leadline.web.board.columns import Column, columns_of
from leadline.web.board.judging import Judging
from leadline.web.board.models import Segment
from leadline.web.board.reading import Row, rows_of
from leadline.web.board.segments import where_of
from leadline.web.capture.models import Source
from leadline.web.lead_pages.asked import (
    ME,
    NOBODY,
    Asked,
    Did,
    Test,
    column_named,
    default_columns,
    op_words,
    value_of,
)

PAGE = 50


class CannotListError(ValueError):
    """An address that asks for what there is not; the message says what."""


@dataclass(frozen=True)
class Cell:
    """A value as the table shows it: `kind` says how."""

    column: Column
    value: Any
    tone: str = ""


@dataclass(frozen=True)
class Line:
    """A lead in the table."""

    id: int
    title: str
    email: str
    tags: list[str]
    cells: list[Cell]


@dataclass(frozen=True)
class Chip:
    """A filter in words, and the address without it."""

    text: str
    without: str


def where(asked: Asked, judging: Judging | None, user: User) -> Where:
    """The filter of an address. Raises CannotListError for a segment that is not there, or reads no more."""
    known = columns_of(judging)
    parts: list[Where] = [filters.of_kind(asked.kind)]
    parts += [
        filters.one_of(known[name], getattr(asked, name))
        for name in ("stage", "quality")
        if getattr(asked, name)
    ]
    if asked.owner:
        who = {ME: user.pk, NOBODY: None}.get(asked.owner, asked.owner)
        parts.append(filters.owned_by(None if who is None else int(who)))
    parts += [filters.tagged(tag) for tag in asked.tag]
    if asked.source:
        parts.append(filters.from_source(int(asked.source)))
    if asked.segment:
        parts.append(_in_segment(asked, judging))
    signals = {s.id: s for s in judging.model.intent.signals} if judging else {}
    parts += [filters.did(signals[d.signal], d.days, not_done=d.not_done) for d in asked.signal]
    for test in asked.f:
        column = column_named(test.column, known)
        assert column is not None
        parts.append(filters.compared(column, test.op, value_of(column, test.op, test.value)))
    return everything(*parts)


def best(judging: Judging | None, user: User, now: int, size: int) -> tuple[list[Line], list[Column]]:
    """The leads worth a call first, neither ruled out nor at the end of the way.

    In the order that :func:`ranked_by` says; without a predictor those with the most points.
    """
    known = columns_of(judging)
    shown = [known[name] for name in default_columns(judging)]
    wheres = [filters.of_kind(filters.PEOPLE)]
    if judging is not None:
        done = filters.one_of(known["stage"], judging.settled())
        ruled_out = filters.compared(known["disqualified"], "is", True)
        wheres += [
            filters.judged(),
            lambda asking: f"NOT {done(asking)}",
            lambda asking: f"NOT {ruled_out(asking)}",
        ]
    found = table.page(judging, everything(*wheres), now=now, scope=owners_seen(user), limit=size)
    return lines_of(found.ids, judging, shown, now), shown


def ranked_by(judging: Judging | None) -> str:
    """What the order goes by, in words, where leads are predicted; else nothing: it is the points."""
    if judging is None or not judging.predictor:
        return ""
    if judging.values:
        return _("by expected worth: probability × amount, where a lead has none the average of past goals")
    return _("by probability of the goal")


def segment_of(asked: Asked) -> Segment | None:
    if not asked.segment:
        return None
    return Segment.objects.filter(pk=int(asked.segment), removed_at=None).select_related("program").first()


def _in_segment(asked: Asked, judging: Judging | None) -> Where:
    segment = segment_of(asked)
    if segment is None or judging is None or segment.program_id != judging.program.id:
        raise CannotListError(_("There is no such segment in this program (any more): take the filter away."))
    try:
        return where_of(segment, judging)
    except ConditionError as error:
        told = {"name": segment.name, "fault": str(error)}
        raise CannotListError(
            _("The segment “%(name)s” does not read by the model that holds now: %(fault)s") % told
        ) from None


def order_of(asked: Asked, judging: Judging | None) -> table.Order:
    if not asked.sort:
        return table.default_order(judging)
    return table.Order(columns_of(judging)[asked.sort.removeprefix("-")], asked.sort.startswith("-"))


def page_of(asked: Asked, judging: Judging | None, user: User, now: int) -> table.Found:
    """The ids of one page. Raises CannotListError."""
    return table.page(
        judging, where(asked, judging, user), now=now, scope=owners_seen(user),
        order=order_of(asked, judging), limit=PAGE, after=asked.after, search=asked.q,
    )  # fmt: skip


def all_of(asked: Asked, judging: Judging | None, user: User, now: int) -> list[int]:
    """The ids of all leads that an address asks for, in its order. Raises CannotListError."""
    return table.ids(
        judging, where(asked, judging, user), now=now, scope=owners_seen(user),
        order=order_of(asked, judging), search=asked.q,
    ).tolist()  # fmt: skip


def seen_of(leads: Iterable[int], user: User, now: int) -> list[int]:
    """Those of these leads that somebody sees."""
    return table.ids(None, filters.these(leads), now=now, scope=owners_seen(user)).tolist()


def lines_of(ids: Iterable[int], judging: Judging | None, columns: Iterable[Column], now: int) -> list[Line]:
    """The leads as the table shows them, in this order."""
    wanted = list(ids)
    rows = rows_of(wanted, now)
    sources = dict(Source.objects.values_list("id", "name"))
    owners = names_of_owners(row.lead["owner_id"] for row in rows.values())
    shown = list(columns)
    return [
        Line(
            number, str(row), row.lead["email"] if row.lead["name"] else "", row.lead["tags"],
            [_cell(row, column, judging, sources, owners) for column in shown],
        )
        for number in wanted
        if (row := rows.get(number))
    ]  # fmt: skip


def names_of_owners(users: Iterable[int | None]) -> dict[int, str]:
    wanted = {u for u in users if u is not None}
    return {u.pk: str(u) for u in User.objects.filter(pk__in=wanted)} if wanted else {}


def _cell(
    row: Row, column: Column, judging: Judging | None, sources: dict[int, str], owners: dict[int, str]
) -> Cell:
    value = column.value(row, judging)
    if column.key == "owner":
        return Cell(column, owners.get(value, ""))
    if column.key == "sources":
        return Cell(column, [sources[s] for s in value if s in sources])
    if column.key == "stage" and judging is not None:
        return Cell(column, judging.stage_title(value) if value else "")
    if column.key == "quality" and judging is not None:
        return Cell(column, value, judging.tone(value))
    return Cell(column, value)


def chips_of(asked: Asked, judging: Judging | None) -> list[Chip]:
    """Each filter in words, with the address that does without it."""
    known = columns_of(judging)
    found: list[Chip] = []
    if asked.q:
        found.append(Chip(_("Search: %(words)s") % {"words": asked.q}, asked.query(q="")))
    for name, title in (("stage", _("Stage")), ("quality", _("Quality")), ("tag", _("Tag"))):
        values = getattr(asked, name)
        for value in values:
            told = judging.stage_title(value) if name == "stage" and judging else value
            rest = tuple(v for v in values if v != value)
            found.append(Chip(f"{title}: {told}", asked.query(**{name: rest})))
    if asked.owner:
        found.append(Chip(_("Owner: %(who)s") % {"who": _owner(asked.owner)}, asked.query(owner="")))
    if asked.source:
        name = (
            Source.objects.filter(pk=int(asked.source)).values_list("name", flat=True).first() or asked.source
        )
        found.append(Chip(_("Source: %(name)s") % {"name": name}, asked.query(source="")))
    if asked.segment:
        segment = segment_of(asked)
        found.append(Chip(_("Segment: %(name)s") % {"name": segment or "?"}, asked.query(segment="")))
    for did in asked.signal:
        rest = tuple(d for d in asked.signal if d != did)
        found.append(Chip(did_words(did, judging), asked.query(signal=rest)))
    for test in asked.f:
        column = column_named(test.column, known)
        rest = tuple(t for t in asked.f if t != test)
        found.append(Chip(test_words(test, column), asked.query(f=rest)))
    return found


def test_words(test: Test, column: Column | None) -> str:
    title = column.title if column else test.column
    op = op_words()[test.op]
    return f"{title} {op.replace('…', test.value)}" if "…" in op else f"{title} {op} {test.value}".strip()


def did_words(did: Did, judging: Judging | None) -> str:
    titles = {s.id: s.title for s in judging.model.intent.signals} if judging else {}
    told = {"signal": titles.get(did.signal, did.signal), "days": did.days}
    if did.not_done:
        return (_("Not in %(days)s days: %(signal)s") if did.days else _("Never: %(signal)s")) % told
    return (_("In the last %(days)s days: %(signal)s") if did.days else _("Ever: %(signal)s")) % told


def _owner(owner: str) -> str:
    if owner in (ME, NOBODY):
        return _("me") if owner == ME else _("nobody")
    return names_of_owners([int(owner)]).get(int(owner), owner)
