"""What is known of a lead at an instant: of each field the latest of traits and wide table."""

from __future__ import annotations

from leadline.engine.dialects import quoted
from leadline.engine.plan.context import Context
from leadline.engine.render import is_blank, read_as


def wide(c: Context) -> str:
    """Of each field the value in the wide table that holds (w) and since when (wt; null: always)."""
    bound = f"(SELECT * FROM leads AS e WHERE e.t IS NULL OR e.t <= {c.at})" if c.one else "leads"
    rows = c.of_points(bound, undated=True)
    columns = [(i, *c.shape.fields[name]) for i, name in c.fields]
    if not c.shape.doubled_leads:
        values = "".join(f", {column} AS w{i}, t AS wt{i}" for i, column, _ in columns)
        return f"SELECT k{values} FROM {rows} AS l"
    numbers = "".join(
        ", ROW_NUMBER() OVER (PARTITION BY k "
        f"ORDER BY CASE WHEN {_empty(c, column, kind)} THEN 1 ELSE 0 END, "
        f"t DESC NULLS LAST, {column} DESC) AS n{i}"
        for i, column, kind in columns
    )
    values = "".join(
        f", MAX(CASE WHEN n{i} = 1 THEN {column} END) AS w{i}, MAX(CASE WHEN n{i} = 1 THEN t END) AS wt{i}"
        for i, column, _ in columns
    )
    return f"SELECT k{values} FROM (SELECT *{numbers} FROM {rows} AS l) AS o GROUP BY k"


def _empty(c: Context, column: str, kind: str) -> str:
    return is_blank(column, c.dialect) if kind == "text" else f"{column} IS NULL"


def known(c: Context) -> str:
    """Of each field the trait that holds: value (v), time (vt), id (vi)."""
    named = " ".join(f"WHEN {quoted(name, c.dialect)} THEN {i}" for i, name in c.fields)
    names = ", ".join(quoted(name, c.dialect) for _, name in c.fields)
    until = f" AND t <= {c.at}" if c.one else ""
    columns = f"lead_id, CASE field {named} END AS f, COALESCE(value, '') AS value, t, trait_id"
    rows = f"(SELECT {columns} FROM traits WHERE field IN ({names}){until})"
    number = "ROW_NUMBER() OVER (PARTITION BY k, f ORDER BY t DESC, trait_id DESC, value DESC) AS n"
    values = "".join(
        f", MAX(CASE WHEN f = {i} THEN value END) AS v{i}, MAX(CASE WHEN f = {i} THEN t END) AS vt{i}, "
        f"MAX(CASE WHEN f = {i} THEN trait_id END) AS vi{i}"
        for i, _ in c.fields
    )
    numbered = f"SELECT *, {number} FROM {c.of_points(rows)} AS r"
    return f"SELECT k{values} FROM ({numbered}) AS o WHERE n = 1 GROUP BY k"


def typed(c: Context, i: int, name: str) -> str:
    """The field as its declared type (f), and since when (ft): the later of trait and wide table."""
    _, kind = c.shape.fields[name]
    type_ = c.model.field(name).type
    from_wide = read_as(f"w{i}", kind, type_, c.dialect)
    if not c.shape.has_traits:
        return f"{from_wide} AS f{i}, wt{i} AS ft{i}"
    tie = f"(vi{i} > '' OR v{i} >= w{i})" if kind == "text" else "1 = 1"
    later = f"{_empty(c, f'w{i}', kind)} OR wt{i} IS NULL OR vt{i} > wt{i} OR (vt{i} = wt{i} AND {tie})"
    wins = f"(vt{i} IS NOT NULL AND ({later}))"
    from_trait = read_as(f"v{i}", "text", type_, c.dialect)
    value = f"CASE WHEN {wins} THEN {from_trait} ELSE {from_wide} END AS f{i}"
    return f"{value}, CASE WHEN {wins} THEN vt{i} ELSE wt{i} END AS ft{i}"
