"""The shapes that go in and out. Instants are ISO 8601 texts in UTC; lead ids are whole numbers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field, StringConstraints

Text = Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00]*$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00]+$")]
Number = Annotated[int, Field(ge=1, le=2**53 - 1)]


class Lead(Schema):
    id: int
    kind: str
    name: str
    email: str
    company: str
    first_seen: datetime | None
    last_seen: datetime | None
    events: int


class Standing(Schema):
    """Where a lead stands in a program, as it was last judged."""

    program: str
    as_of: datetime
    stage: str | None
    since: datetime | None
    episode: int
    quality: str | None
    band: str | None
    fit: float
    intent: float
    disqualified: bool
    hand_raised: bool
    model_version: str
    probability: float | None = Field(description="Of the program's goal; null where no predictor is active.")
    expected_worth: float | None = Field(description="Probability times amount, where amounts are known.")
    predictor_version: str | None = Field(description="The predictor that gave the probability.")


class Identifier(Schema):
    kind: str
    value: str


class WholeLead(Lead):
    owner: str | None
    tags: list[str]
    goes_by: list[Identifier]
    standings: list[Standing]


class Leads(Schema):
    leads: list[Lead]
    next: str | None = Field(description="The cursor of the next page; null at the end.")


class Event(Schema):
    id: str
    event: str
    kind: str
    occurred_at: datetime
    source: str
    properties: dict[str, Any]
    counts: bool
    bot: str | None


class Trait(Schema):
    field: str
    value: str | None
    occurred_at: datetime
    source: str
    verified: bool
    quote: str | None
    confidence: float | None


class Facts(Schema):
    events: list[Event]
    traits: list[Trait]
    next: str | None


class Entry(Schema):
    """One line of the ledger; the points of a part sum exactly to its score."""

    part: Literal["fit", "intent"]
    rule: str
    points: float
    events: int
    first_at: datetime | None
    last_at: datetime | None
    sentence: str


class Assessment(Schema):
    lead_id: int
    program: str
    as_of: datetime
    model_version: str
    probability: float | None = Field(description="As among the measures; null where nothing predicted then.")
    expected_worth: float | None
    predictor_version: str | None
    measures: dict[str, Any]
    ledger: list[Entry]
    sentences: list[str]


class Asked(Schema):
    """Leads to be judged at one instant."""

    leads: Annotated[list[Number], Field(min_length=1, max_length=100)]
    program: Name | None = None
    as_of: datetime | None = None


class Assessments(Schema):
    assessments: list[Assessment]
    unknown: list[int] = Field(
        description="Leads that there are not, that the key may not see, or of which nothing was known then."
    )


class Program(Schema):
    slug: str
    name: str
    enabled: bool
    model_version: str | None
    model: str | None = Field(description="The model in force, as YAML.")
    stages: list[str]
    qualities: list[str]


class Predictor(Schema):
    """What was learned of a program's outcomes. In the `shadow` it is tried, and gives nothing."""

    version: str
    state: Literal["shadow", "active", "retired"]
    kind: str = Field(description="rate, scorecard or additive")
    model_basis: str | None = Field(description="The rules that it reads, by their basis.")
    learned_at: datetime
    learned_by: str = Field(description="An e-mail address; empty: the weekly schedule.")
    leads: int
    reached_goal: int
    first: datetime | None = Field(description="The moment of the earliest lead that it was learned from.")
    last: datetime | None
    signal: bool = Field(description="Whether it beats one rate for everyone beyond noise.")
    metrics: dict[str, Any] = Field(description="On leads that it had not seen, with intervals at 95 %.")
    refused: list[str] = Field(description="Columns that were not used, since they give the answer away.")


class Change(Schema):
    lead_id: int
    changed_at: datetime
    step: int
    episode: int
    before: str
    after: str
    cause: str
    model_version: str


class Changes(Schema):
    changes: list[Change]
    next: str | None


class NewTrait(Schema):
    field: Name
    value: Text | None = None
    quote: Text | None = None
    confidence: Annotated[float, Field(gt=0, le=1)] | None = None


class NewFacts(Schema):
    """What was learnt of a lead, or what happened: one of the two or both."""

    traits: Annotated[list[NewTrait], Field(max_length=100, default_factory=list)]
    event: Name | None = None
    properties: Annotated[dict[Name, Text | float | bool | None], Field(max_length=100, default_factory=dict)]


class Decision(Schema):
    decision: Literal[
        "lead_accepted", "lead_rejected", "lead_recycled", "lead_disqualified", "lead_requalified"
    ]
    reason: Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")] = ""


class Voiding(Schema):
    event: Annotated[str, StringConstraints(min_length=1, max_length=260, pattern=r"^[^\x00]+$")]
    void: bool = True
    reason: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")] = ""


class Written(Schema):
    ids: list[str] = Field(description="Of the events that were written: by them they can be voided.")
    standings: list[Standing]


class Tagging(Schema):
    add: Annotated[list[Name], Field(max_length=20, default_factory=list)]
    remove: Annotated[list[Name], Field(max_length=20, default_factory=list)]


class Tags(Schema):
    tags: list[str]


class Problem(Schema):
    type: str
    title: str
    status: int
    detail: str
    instance: str


class Segment(Schema):
    """A condition under a name, in the language of its program's model."""

    id: int
    name: str
    program: str
    condition: str
    by: str
    at: datetime


class Segments(Schema):
    segments: list[Segment]
    next: str | None = Field(description="The cursor of the next page; null at the end.")


class CountedSegment(Segment):
    leads: int | None = Field(description="How many leads of the caller's scope are in it now.")
    words: str = Field(description="The condition as a salesperson reads it; empty where there are none.")
    fault: str | None = Field(description="Why it has no leads at present: its condition does not read, say.")


class NewSegment(Schema):
    name: Annotated[str, StringConstraints(max_length=80, pattern=r"^[^\x00]*\S[^\x00]*$")]
    condition: Annotated[str, StringConstraints(min_length=1, max_length=20_000, pattern=r"^[^\x00]+$")]
    program: Annotated[str, StringConstraints(max_length=60, pattern=r"^[-a-zA-Z0-9_]*$")] = Field(
        "", description="Its slug; without one the first program."
    )


class SegmentCount(Schema):
    day: date
    leads: int | None = Field(description="Null: the condition did not read by the model of that day.")


class SegmentCounts(Schema):
    counts: list[SegmentCount]
    next: str | None = Field(description="The cursor of the next page; null at the end.")


class Job(Schema):
    """Work that somebody started, and how far it is."""

    id: UUID
    kind: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    done: int
    total: int = Field(description="0: not known.")
    said: str
    at: datetime
    ended_at: datetime | None


class Jobs(Schema):
    jobs: list[Job]
    next: str | None = Field(description="The cursor of the next page; null at the end.")


class Import(Schema):
    """A list that somebody uploaded, and what became of its rows."""

    id: UUID
    name: str
    state: Literal["reading", "mapping", "looking", "looked", "importing", "done", "undoing", "undone"]
    at: datetime
    rows: int
    created: int
    changed: int
    same: int
    refused: int
    job: UUID | None
    ended_at: datetime | None
    undone_at: datetime | None


class Imports(Schema):
    imports: list[Import]
    next: str | None = Field(description="The cursor of the next page; null at the end.")
