"""What an arrival says, once read: the facts that identity, the store and the engine work on.

All instants are whole microseconds UTC. Everything here is a value: equal arrivals give equal facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple


class Subject(NamedTuple):
    """Whom a fact is about, as it arrived.

    `kind` is `user`, `email` or `anon`; `value` the user id as text, the e-mail normalised, or the
    anonymous id. Users and e-mails are persons, anonymous ids are visitors.
    """

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class EventFact:
    """Something that happened; `identify`, `group` and `alias` are kept, but never reach the engine."""

    event_id: str  # "source:messageId", or of the arrival where the message brought none
    subject: Subject
    occurred_at: int  # corrected by the sender's clock
    kind: str  # track page screen identify group alias form
    event: str  # the name that a model sees
    properties: dict[str, Any]
    context: dict[str, Any]
    bot: str  # "" or the reason, such as "crawler:Googlebot"
    digest: str  # an equal id with another digest is a conflict
    original_timestamp: str | None
    sent_at: str | None
    received_at: int


@dataclass(frozen=True, slots=True)
class TraitFact:
    """Something learnt of the subject; None or empty takes the field back."""

    subject: Subject
    field: str
    value: str | None
    occurred_at: int
    trait_id: str  # "event_id:field"
    verified: bool  # only from a source that is trusted
    quote: str | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class LinkFact:
    """This anonymous id was this person at this time."""

    anon: Subject
    person: Subject
    occurred_at: int
    link_id: str  # the event's id


@dataclass(frozen=True, slots=True)
class ClaimFact:
    """This user id says that this e-mail is theirs."""

    user: Subject
    email: Subject
    occurred_at: int
    verified: bool
    claim_id: str


@dataclass(frozen=True, slots=True)
class Read:
    """One message that could be read, and all that it says."""

    event: EventFact
    traits: tuple[TraitFact, ...] = ()
    links: tuple[LinkFact, ...] = ()
    claims: tuple[ClaimFact, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """One message that could not be read: kept whole, so that it can be mended and replayed.

    `withheld` where its visitor may not want it stored; then `body` is empty, and nothing of it is quoted.
    """

    reason: str  # a code, such as "message_too_large"
    detail: str  # a sentence for a person
    body: bytes
    message_id: str | None
    index: int
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """One message that is not stored, by the visitor's wish; it is only counted."""

    reason: str  # "consent" or "gpc"
    index: int


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """Where arrivals come from, and how far they are believed."""

    id: int
    slug: str
    trusted: bool
    kind: str  # browser server form
    consent_category: str = ""  # what a visitor must have allowed; "" asks for nothing
    respect_gpc: bool = True


@dataclass(frozen=True, slots=True)
class Arrival:
    """One row of the inbox, with what its request said."""

    id: int
    source: SourceInfo
    received_at: int
    kind: str  # batch, form, or one of track identify page screen group alias
    body: bytes
    ip: str = ""
    user_agent: str = ""
    origin: str = ""
    referer: str = ""
    gpc: bool = False
