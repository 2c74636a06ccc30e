"""What is noticed between rows and between tables: what stands twice, what nobody has, what has no lead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from leadline.engine.facts.bind import Bound, Column
from leadline.engine.facts.finding import Finding, counted, examples_of
from leadline.model.expr import Kind, names
from leadline.model.shape import Criterion

if TYPE_CHECKING:
    from leadline.engine.facts.facts import Facts


def all_of(facts: Facts, bound: Mapping[str, Bound]) -> Iterator[Finding]:
    """The findings for which more than one row must be seen."""
    if bound["leads"].given:
        yield from _leads_twice(facts)
        yield from _never_stale(facts)
    yield from _absent_fields(facts, bound)
    if bound["events"].given:
        yield from _absent_properties(facts, bound["events"])
        yield from _doubled_events(facts, bound["events"])
    if bound["events"].given and bound["leads"].given:
        yield from _events_without_lead(facts)


def _leads_twice(facts: Facts) -> Iterator[Finding]:
    rows, leads = facts.connection.execute("SELECT count(*), count(DISTINCT lead_id) FROM leads").fetchall()[
        0
    ]
    if rows > leads:
        examples = facts.connection.execute(
            "SELECT lead_id FROM leads GROUP BY lead_id HAVING count(*) > 1 ORDER BY lead_id LIMIT 3"
        ).fetchall()
        message = (
            f"{counted(rows - leads, 'row is', 'rows are')} of a lead that stood in the leads table before: "
            "of each field the value with the latest `created_at` counts"
        )
        yield Finding(
            "lead_twice", "leads", "lead_id", rows - leads, message, examples_of(e for (e,) in examples)
        )


def _never_stale(facts: Facts) -> Iterator[Finding]:
    """Values without a date cannot grow older than a criterion's `valid_for`."""
    criteria = {c.name: c for model in facts.models for c in model.criteria if c.valid_for is not None}
    for criterion in criteria.values():
        ((count,),) = facts.connection.execute(
            f"SELECT count(DISTINCT lead_id) FROM leads WHERE t IS NULL AND ({_has_value(facts, criterion)})"
        ).fetchall()
        if count:
            some = counted(count, "lead has", "leads have")
            message = (
                f"{some} values for `{criterion.name}` without a date: they never go stale, though the "
                "criterion has `valid_for`; a column `created_at` would date them"
            )
            yield Finding("undated", "leads", criterion.name, count, message)


def _has_value(facts: Facts, criterion: Criterion) -> str:
    cells = {column.name: column.sql for column in facts.fields}
    trees = [tree for tree in (criterion.yes_if, criterion.no_if) if tree is not None]
    read = dict.fromkeys(name for tree in trees for name in names(tree, Kind.FIELD))
    return " OR ".join(f"{cells[name]} IS NOT NULL" for name in read) or "false"


def _absent_fields(facts: Facts, bound: Mapping[str, Bound]) -> Iterator[Finding]:
    leads, traits = bound["leads"], bound["traits"]
    declared = [read.name for read in facts.reads.declared]
    if declared and not (leads.given or traits.given):
        message = f"neither leads nor traits were given: all {len(declared)} fields of the model are empty"
        yield Finding("no_profiles", "leads", None, len(declared), message)
        return
    told = {field for (field,) in facts.connection.execute("SELECT DISTINCT field FROM traits").fetchall()}
    for name in declared:
        if name in told or not (name in leads.absent or _is_empty(facts, "leads", facts.fields, name)):
            continue
        hint = leads.absent.get(name, "")
        message = f"field `{name}` is in the model, and nobody has it{hint}"
        yield Finding("absent_field", "leads" if leads.given else "traits", name, 0, message)


def _absent_properties(facts: Facts, bound: Bound) -> Iterator[Finding]:
    for column in facts.properties:
        if column.name in bound.absent or _is_empty(facts, "events", facts.properties, column.name):
            message = (
                f"property `{column.name}` is read, and no event has it{bound.absent.get(column.name, '')}"
            )
            yield Finding("absent_property", "events", column.name, 0, message)


def _is_empty(facts: Facts, table: str, columns: Iterable[Column], name: str) -> bool:
    """Whether a column that is there has no value at all; one that no rule reads is not looked at."""
    cell = next((column.sql for column in columns if column.name == name), None)
    if cell is None:
        return False
    return not facts.connection.execute(f"SELECT 1 FROM {table} WHERE {cell} IS NOT NULL LIMIT 1").fetchall()


def _doubled_events(facts: Facts, bound: Bound) -> Iterator[Finding]:
    if not facts.has_duplicate_events():
        return
    rest = ", ".join(column for column in bound.columns if column != "event_id")
    extra, differing = facts.connection.execute(
        f"""
        SELECT coalesce(sum(n - 1), 0), count(*) FILTER (kinds > 1) FROM (
            SELECT count(*) AS n, count(DISTINCT row({rest})) AS kinds
            FROM {facts.aside} GROUP BY event_id HAVING count(*) > 1)
        """
    ).fetchall()[0]
    if not extra:
        return
    rows = counted(int(extra), "row repeats", "rows repeat")
    message = f"{rows} an `event_id` that stood before: each event counts once"
    if differing:
        message += f"; of {counted(differing, 'id')} the rows differ, and the one that occurred first counts"
    yield Finding("doubled_event", "events", "event_id", int(extra), message)


def _events_without_lead(facts: Facts) -> Iterator[Finding]:
    events, leads, examples = facts.connection.execute(
        f"""
        SELECT coalesce(sum(events), 0), count(*), min(lead_id, 3)
        FROM {facts.seen} ANTI JOIN leads USING (lead_id) WHERE events > 0
        """
    ).fetchall()[0]
    if leads:
        leads_text = counted(leads, "lead")
        message = (
            f"{counted(int(events), 'event')} of {leads_text} that the leads table does not have: "
            "they are assessed by their events alone"
        )
        yield Finding("event_without_lead", "events", "lead_id", leads, message, examples_of(examples))
