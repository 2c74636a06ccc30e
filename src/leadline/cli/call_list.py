"""Who is to be called first, and why: picked from assessments and ledger, told in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from leadline.model.shape import DISQUALIFIED, Model, spoken

_BOUNDS = {
    "fit.cap": "cut to the most that fit may be",
    "fit.floor": "raised to the least that fit may be",
    "intent.cap": "cut to the most that intent may be",
    "intent.floor": "raised to the least that intent may be",
}

CALLS = 10
REASONS = 3


@dataclass(frozen=True)
class Reason:
    """One ledger entry in words."""

    part: str
    rule: str
    points: float
    events: int
    first_at: datetime | None
    last_at: datetime | None
    text: str  # without the points: Viewed pricing 3 times, last 2 days ago

    def as_dict(self) -> dict[str, Any]:
        return {
            "part": self.part, "rule": self.rule, "points": self.points, "events": self.events,
            "first_at": iso(self.first_at), "last_at": iso(self.last_at),
            "text": f"{self.text}: {self.points:+.2f}",
        }  # fmt: skip


@dataclass(frozen=True)
class Call:
    """A lead that should be called, and why."""

    lead: Mapping[str, Any]  # its row of the assessments
    reasons: tuple[Reason, ...]  # of both parts, the most points first
    contact: Mapping[str, str] = field(default_factory=dict)
    question: str | None = None

    def as_dict(self) -> dict[str, Any]:
        shown = ("lead_id", "quality", "band", "stage", "fit", "intent", "hand_raised", "next_question")
        return {
            **{key: self.lead[key] for key in shown},
            "last_seen": iso(self.lead["last_seen"]),
            "contact": dict(self.contact),
            "ask": self.question,
            "reasons": [reason.as_dict() for reason in self.reasons],
        }


def iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def calls(model: Model, assessments: pa.Table, ledger: pa.Table, count: int = CALLS) -> list[Call]:
    """The leads to call first.

    Left out are those that are disqualified, won already, or without any points where the model gives some.
    First comes the best
    quality; within it those whom the lifecycle has handed over before those that it has not (a lead that
    sales sent back is to be left in peace); then the higher sum of fit and intent.
    """
    rows = _ranked(model, assessments).slice(0, count).to_pylist()
    ids = pa.array([row["lead_id"] for row in rows], pa.string())
    entries = ledger.filter(pc.is_in(ledger.column("lead_id"), value_set=ids)).to_pylist()
    criteria = {c.name: c for c in model.criteria}
    return [
        Call(
            row,
            _reasons(model, [e for e in entries if e["lead_id"] == row["lead_id"]], row["as_of"]),
            question=question_of(model, row["next_question"]) if row["next_question"] in criteria else None,
        )
        for row in rows
    ]


def _ranked(model: Model, assessments: pa.Table) -> pa.Table:
    done = pa.array([*won_stages(model), DISQUALIFIED], pa.string())
    open_ = pc.and_(
        pc.invert(assessments.column("disqualified")),
        pc.invert(pc.is_in(assessments.column("stage"), value_set=done)),
    )
    if model.fit.rules or model.intent.signals:  # a model of criteria alone gives no points to anyone
        open_ = pc.and_(open_, pc.greater(pc.add(assessments.column("fit"), assessments.column("intent")), 0))
    table = assessments.filter(open_)
    qualities = pa.array([q.name for q in model.quality], pa.string())
    first_stage = model.lifecycle.names[0] if model.lifecycle.stages else ""
    table = table.append_column("_quality", _place(table.column("quality"), qualities))
    table = table.append_column("_waits", pc.fill_null(pc.equal(table.column("stage"), first_stage), False))
    table = table.append_column("_score", pc.add(table.column("fit"), table.column("intent")))
    order = [
        ("_quality", "ascending"),
        ("_waits", "ascending"),
        ("_score", "descending"),
        ("yes_count", "descending"),
        ("lead_id", "ascending"),
    ]
    return table.sort_by(order).drop_columns(["_quality", "_waits", "_score"])


def _place(column: pa.ChunkedArray, names: pa.Array) -> pa.ChunkedArray:
    """Each name's place in the list; what is not in it comes last."""
    return pc.fill_null(pc.index_in(column, value_set=names), len(names))


def won_stages(model: Model) -> set[str]:
    """The stages that the goal's event opens: who is there need not be called."""
    return {s.stage for s in model.lifecycle.stages if model.goal and s.event == model.goal.event}


def _reasons(model: Model, entries: Sequence[Mapping[str, Any]], as_of: datetime) -> tuple[Reason, ...]:
    ranked = sorted(entries, key=lambda e: (-e["points"], e["part"], e["rule"]))
    return tuple(
        Reason(
            e["part"], e["rule"], e["points"], e["events"], e["first_at"], e["last_at"],
            reason_words(model, e, as_of),
        )
        for e in ranked
    )  # fmt: skip


def reason_words(model: Model, entry: Mapping[str, Any], as_of: datetime) -> str:
    """A ledger entry without its points: `Viewed pricing 3 times, last 2 days ago`."""
    if entry["rule"] in _BOUNDS:
        return _BOUNDS[entry["rule"]]
    titles = {rule.id: rule.title for rule in (*model.fit.rules, *model.intent.signals)}
    title = titles.get(entry["rule"], spoken(entry["rule"]))
    if not entry["events"] or entry["last_at"] is None:
        return title
    if entry["events"] == 1:
        return f"{title}, {ago(entry['last_at'], as_of)}"
    times = "twice" if entry["events"] == 2 else f"{entry['events']:,} times"
    return f"{title} {times}, last {ago(entry['last_at'], as_of)}"


def ago(moment: datetime, as_of: datetime) -> str:
    """How long before.

    >>> ago(datetime(2026, 1, 29, 12), datetime(2026, 1, 31, 12))
    '2 days ago'
    """
    seconds = (as_of - moment).total_seconds()
    for unit, size, least in _UNITS:
        if seconds >= least:
            count = int(seconds // size)
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


_DAY = 86_400
_UNITS = (  # a size in seconds, and from when on it is the one to use
    ("year", 365 * _DAY, 730 * _DAY), ("month", 30 * _DAY, 90 * _DAY), ("day", _DAY, _DAY),
    ("hour", 3600, 3600), ("minute", 60, 60),
)  # fmt: skip


def question_of(model: Model, criterion: str | None) -> str | None:
    """The question that the next unknown criterion asks, of its first field that has one."""
    from leadline.model.expr import Kind, names

    found = next((c for c in model.criteria if c.name == criterion), None)
    if found is None:
        return None
    asks = {f.name: f.ask for f in model.fields if f.ask}
    return next((asks[name] for name in names(found.yes_if, Kind.FIELD) if name in asks), None)
