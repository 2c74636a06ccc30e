"""The board's face: which leads, how many, and their rows.

A question is a program (or none), a filter (:mod:`leadline.web.board.filters`), whose leads are seen, and an
order. What was written before the question is in the answer; `behind` says where that is not so yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from leadline.web.board import filters
from leadline.web.board.asking import Asking, Where, everything, parameters
from leadline.web.board.columns import LIST, Column, columns_of
from leadline.web.board.judging import Judging
from leadline.web.board.reading import Row, rows_of
from leadline.web.board.store import current


@dataclass(frozen=True)
class Order:
    """By which column, and which end first. What is not known comes last either way."""

    column: Column
    falling: bool = True


@dataclass(frozen=True)
class Found:
    """A page of leads, in order, and how many there are of `total`."""

    ids: tuple[int, ...]
    more: bool
    count: int
    total: int
    behind: bool  # much has changed at once, and not all of it is in here yet


def default_order(judging: Judging | None) -> Order:
    """By expected worth, else by probability, else by points; without a program the last seen first."""
    return Order(columns_of(judging)[order_key(judging)])


def order_key(judging: Judging | None) -> str:
    """By which column leads are ranked where nobody says otherwise."""
    if judging is None:
        return "last_seen"
    return ("worth" if judging.values else "probability") if judging.predictor else "rank"


def query(
    judging: Judging | None, where: Where, *, now: int, scope: Iterable[int] | None,
    order: Order | None = None, limit: int = 50, after: int | None = None, search: str = "",
) -> list[Row]:  # fmt: skip
    """Rows of the leads for which `where` holds. `scope` is what `access.owners_seen(user)` gives."""
    found = page(judging, where, now=now, scope=scope, order=order, limit=limit, after=after, search=search)
    rows = rows_of(found.ids, now)
    return [rows[i] for i in found.ids if i in rows]


def page(
    judging: Judging | None, where: Where, *, now: int, scope: Iterable[int] | None,
    order: Order | None = None, limit: int = 50, after: int | None = None, search: str = "",
) -> Found:  # fmt: skip
    """One page, beginning after the lead `after` (where that is gone: at the beginning).

    With `search` the leads that have its words come, or where none has, those in which nearly the same is
    written; those that fit better stand before the others.
    """
    order = order or default_order(judging)
    with current(now) as (database, behind):
        total = _one(database, Asking(judging, now, database), "count(*)", filters.seen_by(scope))
        hit = everything(filters.seen_by(scope), where, filters.said(search))
        count = _one(database, Asking(judging, now, database), "count(*)", hit)
        if search and not count:  # to look for typing errors takes longest, so it is done once
            hit = everything(filters.seen_by(scope), where, filters.nearly_said(search))
            near = _all(database, Asking(judging, now, database), hit)
            hit, count = filters.these(near), len(near)
        ids = (
            _ids(database, Asking(judging, now, database), hit, order, search, limit + 1, after)
            if count
            else []
        )
    return Found(tuple(ids[:limit]), len(ids) > limit, count, total, behind)


def count(judging: Judging | None, where: Where, *, now: int, scope: Iterable[int] | None) -> int:
    """How many leads there are for which `where` holds."""
    with current(now) as (database, _):
        return _one(
            database, Asking(judging, now, database), "count(*)", everything(filters.seen_by(scope), where)
        )


def counts(
    judging: Judging | None, wheres: Sequence[Where], *, now: int, scope: Iterable[int] | None
) -> list[int]:
    """Several counts."""
    with current(now) as (database, _):
        seen = filters.seen_by(scope)
        return [
            _one(database, Asking(judging, now, database), "count(*)", everything(seen, w)) for w in wheres
        ]


def ids(
    judging: Judging | None, where: Where, *, now: int, scope: Iterable[int] | None,
    order: Order | None = None, search: str = "",
) -> np.ndarray:  # fmt: skip
    """The ids of all leads for which `where` holds, in order: whole numbers."""
    with current(now) as (database, _):
        seen = everything(filters.seen_by(scope), where)
        hit = everything(seen, filters.said(search))
        if search and not _one(database, Asking(judging, now, database), "count(*)", hit):
            hit = everything(seen, filters.nearly_said(search))
        order = order or default_order(judging)
        return np.array(
            _ids(database, Asking(judging, now, database), hit, order, search, None, None), np.int64
        )


def first_ids(
    judging: Judging | None, where: Where, *, now: int, scope: Iterable[int] | None, limit: int, after: int
) -> list[int]:
    """The lowest ids beyond `after` of leads for which `where` holds: a page that no new order shifts."""
    with current(now) as (database, _):
        asking = Asking(judging, now, database)
        beyond = everything(filters.seen_by(scope), where, lambda _: f"l.lead_id > {int(after)}")
        sql = asking.sql("l.lead_id", beyond(asking), f"ORDER BY l.lead_id LIMIT {int(limit)}")
        return database.execute(sql, dict(parameters(asking, sql))).fetchnumpy()["lead_id"].tolist()


def _all(database, asking: Asking, where: Where) -> list[int]:
    sql = asking.sql("l.lead_id", where(asking))
    return database.execute(sql, dict(parameters(asking, sql))).fetchnumpy()["lead_id"].tolist()


def _one(database, asking: Asking, chosen: str, where: Where) -> int:
    sql = asking.sql(chosen, where(asking))
    return database.execute(sql, dict(parameters(asking, sql))).fetchall()[0][0]


def _ids(
    database, asking: Asking, where: Where, order: Order, search: str, limit: int | None, after: int | None
) -> list[int]:
    held = where(asking)
    cell = asking.column(order.column)
    if order.column.kind == LIST:
        cell = f"array_to_string({cell}, ', ')"
    elif order.column.kind == "text":
        cell = f"lower(nullif({cell}, ''))"
    way = "DESC" if order.falling else "ASC"
    near = f"{filters.closeness(asking, search)}" if search else "0"
    keys = f"({near}) AS near, {cell} AS key, l.lead_id AS id"
    if after is not None:
        held = f"{held} {_beyond(database, asking, keys, after, order.falling)}"
    chosen = f"SELECT id FROM ({asking.sql(keys, held)}) ORDER BY near DESC, key {way} NULLS LAST, id"
    sql = chosen if limit is None else f"{chosen} LIMIT {int(limit)}"
    return database.execute(sql, dict(parameters(asking, sql))).fetchnumpy()["id"].tolist()


def _beyond(database, asking: Asking, keys: str, after: int, falling: bool) -> str:
    """What stands after a lead: by closeness, by the key, and of equal ones by number."""
    sql = asking.sql(keys, f"l.lead_id = {int(after)}")
    last = database.execute(sql, dict(parameters(asking, sql))).fetchall()
    if not last:
        return ""
    ((near, key, number),) = last
    here = f"({keys.split(' AS near', 1)[0]})"
    cell = keys.split(" AS near, ", 1)[1].rsplit(" AS key", 1)[0]
    if key is None:
        rest = f"({cell} IS NULL AND l.lead_id > {number})"
    else:
        given = asking.value(key)
        sign = "<" if falling else ">"
        rest = f"({cell} {sign} {given} OR {cell} IS NULL OR ({cell} = {given} AND l.lead_id > {number}))"
    return f"AND ({here} < {near} OR ({here} = {near} AND {rest}))"
