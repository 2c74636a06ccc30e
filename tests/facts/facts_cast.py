"""One model for all tests of reading facts, and short ways to look at what was read."""

from typing import Any

from leadline.engine.facts import Facts, Finding
from leadline.model.expr import Compare, IsNull, Kind, Literal, Name, Type
from leadline.model.shape import Criterion, Field, Fit, FitRule, Goal, Intent, Model, Property, Signal
from leadline.model.values import DAY


def field(name: str, type_: Type) -> Name:
    return Name(name, Kind.FIELD, type_)


def event_property(name: str, type_: Type = Type.TEXT) -> Name:
    return Name(name, Kind.PROPERTY, type_)


MODEL = Model(
    name="Trial",
    fields=(
        Field("country", Type.TEXT, values=("DE", "AT")),
        Field("employees", Type.NUMBER),
        Field("opted_in", Type.BOOLEAN),
        Field("renews_at", Type.TIME),
    ),
    properties=(Property("amount", Type.NUMBER),),
    fit=Fit(
        (
            FitRule("region", Compare("=", field("country", Type.TEXT), Literal("DE", Type.TEXT)), 10),
            FitRule("known", IsNull(field("opted_in", Type.BOOLEAN)), 1),
            FitRule("renews", IsNull(field("renews_at", Type.TIME)), 1),
        )
    ),
    intent=Intent(
        (Signal("price", "page", 5, Compare("=", event_property("path"), Literal("/p", Type.TEXT))),)
    ),
    criteria=(
        Criterion(
            "size",
            Compare(">", field("employees", Type.NUMBER), Literal(50.0, Type.NUMBER)),
            valid_for=365 * DAY,
        ),
    ),
    goal=Goal("deal_won", "amount"),
)

LEADS = "lead_id,country,employees,opted_in,renews_at\nana,DE,120,yes,2026-03-01\nben,AT,,no,\n"
EVENTS = (
    "event_id,lead_id,event,occurred_at,path,amount\n"
    "e1,ana,page,2026-01-01T10:00:00Z,/p,\n"
    "e2,ana,deal_won,2026-02-01T10:00:00Z,,500\n"
)
TRAITS = "lead_id,field,value,occurred_at\nana,country,AT,2026-01-05\n"


def found(facts: Facts, kind: str) -> list[Finding]:
    return [finding for finding in facts.findings() if finding.kind == kind]


def one(facts: Facts, kind: str) -> Finding:
    """The only finding of its kind."""
    (finding,) = found(facts, kind)
    return finding


def lead_rows(facts: Facts) -> list[dict[str, Any]]:
    """Rows of the leads table under the model's names, in order of lead."""
    return _named(facts.python_rows()[2], {c.sql: c.name for c in facts.fields}, "lead_id")


def event_rows(facts: Facts) -> list[dict[str, Any]]:
    """Rows of the events under the model's names, in order of id."""
    return _named(facts.python_rows()[0], {c.sql: c.name for c in facts.properties}, "event_id")


def _named(rows: list[dict[str, Any]], names: dict[str, str], order: str) -> list[dict[str, Any]]:
    return sorted(
        ({names.get(key, key): value for key, value in row.items()} for row in rows),
        key=lambda row: row[order],
    )
