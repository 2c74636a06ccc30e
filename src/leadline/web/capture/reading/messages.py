"""One message of the tracking API, and what it says."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from leadline.identity.guards import is_usable
from leadline.model.shape import DECISIONS
from leadline.web.capture.facts import (
    Arrival,
    ClaimFact,
    EventFact,
    LinkFact,
    Read,
    Refused,
    Subject,
    TraitFact,
)
from leadline.web.capture.reading import agents, people, traits
from leadline.web.capture.reading.addresses import path_of
from leadline.web.capture.reading.consent import refusal
from leadline.web.capture.reading.context import clean, mapping, page_of, stored_context
from leadline.web.capture.reading.instants import When, when
from leadline.web.capture.reading.json_text import decode_object, digest_of
from leadline.web.capture.reading.split import Envelope
from leadline.web.capture.reading.unreadable import UnreadableError

MAX_MESSAGE = 32 * 1024
KINDS = ("track", "identify", "page", "screen", "group", "alias")

# What a team decides and what comes of it; models count on these names.
OF_THE_TEAM = frozenset((*DECISIONS, "lead_accepted", "deal_won", "deal_lost"))

# They differ between two tries of sending one message.
_OF_TRANSPORT = frozenset(("sentAt", "writeKey", "_metadata", "receivedAt", "request_ip"))
_MAX_MESSAGE_ID = 100
_MAX_EVENT = 200


def read_message(arrival: Arrival, envelope: Envelope, text: bytes, index: int) -> Read | Refused:
    """What one message says; `UnreadableError` where it cannot be read."""
    if len(text) > MAX_MESSAGE:
        raise UnreadableError(
            "message_too_large", f"The message has {len(text):,} bytes; {MAX_MESSAGE:,} are allowed."
        )
    message = decode_object(text)
    kind = _kind(arrival, message)
    context = {**envelope.context, **mapping(message, "context")}
    user = people.user(people.id_text(message.get("userId"), "userId"))
    reason = refusal(
        kind=kind,
        event=str(message.get("event")),
        known=user is not None,
        context=context,
        gpc=arrival.gpc,
        source=arrival.source,
    )
    if reason:
        return Refused(reason, index)
    return _Reading(arrival, envelope, message, kind, context, user, index).read()


def message_id(message: dict[str, Any]) -> str:
    """The id that the sender gave, "" where it gave none."""
    given = message.get("messageId")
    return people.id_text(given, "messageId") if isinstance(given, str | int) else ""


def event_id_of(arrival: Arrival, given: str, index: int) -> str:
    """Permanent and of this source alone; of the arrival itself where the message brings no id."""
    if not given:
        return f"{arrival.source.slug}:~{arrival.id}.{index}"
    if len(given) > _MAX_MESSAGE_ID or given.startswith("~"):  # nobody may take an id that is ours to give
        given = "~h" + blake2b(given.encode(), digest_size=16).hexdigest()
    return f"{arrival.source.slug}:{given}"


def trait_facts(
    fields: dict[str, Any], subject: Subject, event_id: str, occurred_at: int, verified: bool
) -> tuple[TraitFact, ...]:
    """A fact for each field."""
    return tuple(
        TraitFact(subject, field, traits.text_of(value), occurred_at, f"{event_id}:{field}", verified)
        for field, value in fields.items()
    )


def _kind(arrival: Arrival, message: dict[str, Any]) -> str:
    """That of the address it was sent to, else its own `type`."""
    kind = arrival.kind if arrival.kind != "batch" else message.get("type")
    if not isinstance(kind, str) or kind.lower() not in KINDS:
        raise UnreadableError("unknown_type", f"`type` is one of {', '.join(KINDS)}; given was {kind!r:.80}.")
    return kind.lower()


class _Reading:
    """One message while it is read."""

    def __init__(
        self,
        arrival: Arrival,
        envelope: Envelope,
        message: dict[str, Any],
        kind: str,
        context: dict[str, Any],
        user: Subject | None,
        index: int,
    ) -> None:
        self.arrival, self.message, self.kind, self.context, self.user = (
            arrival, message, kind, context, user,
        )  # fmt: skip
        self.warnings = list(envelope.warnings)
        self.visitor = people.visitor(people.id_text(message.get("anonymousId"), "anonymousId"))
        self.event_id = event_id_of(arrival, message_id(message), index)
        self.when: When = when(
            message.get("originalTimestamp") or message.get("timestamp"),
            message.get("sentAt") or envelope.sent_at,
            arrival.received_at,
        )
        self.warnings += self.when.warnings
        if user is None and message.get("userId") not in (None, ""):
            self.warnings.append("placeholder_user_id")
        if self.visitor is None and message.get("anonymousId") not in (None, ""):
            self.warnings.append("placeholder_anonymous_id")

    def read(self) -> Read:
        subject = self.user or self.visitor
        if subject is None or (self.kind == "alias" and self.user is None):
            raise UnreadableError("no_id", self._why_no_id())
        properties, page = self._properties()
        name = self._name()
        claims, email = self._claims()
        event = self._event(subject, name, properties, page)
        return Read(event, self._traits(subject), self._links(email), claims)

    def _why_no_id(self) -> str:
        wanted = "`userId`" if self.kind == "alias" else "`userId` or `anonymousId`"
        given = {
            k: self.message[k] for k in ("userId", "anonymousId") if self.message.get(k) not in (None, "")
        }
        if given:
            return f"{wanted} is needed, and the given one is a placeholder that stands for nobody."
        return f"{wanted} is needed, and the message has none."

    def _name(self) -> str:
        """The name that a model sees."""
        if self.kind != "track":
            return self.kind
        name = self.message.get("event")
        text = str(name).strip() if isinstance(name, str | int | float) and not isinstance(name, bool) else ""
        if not text:
            raise UnreadableError("no_event", "A `track` needs the name of what happened in `event`.")
        if text in OF_THE_TEAM and not self.arrival.source.trusted:
            raise UnreadableError(
                "not_trusted",
                f"`{text}` is a decision or an outcome, which anybody could send with a public key: "
                "only a trusted source may.",
            )
        return text[:_MAX_EVENT]

    def _properties(self) -> tuple[dict[str, Any], dict[str, str]]:
        if self.kind == "group":
            return {"group_id": self._needed("groupId", "no_group_id")}, {}
        if self.kind == "alias":
            return {"previous_id": self._needed("previousId", "no_previous_id")}, {}
        if self.kind == "identify":
            return {}, page_of({}, self.context)
        own = mapping(self.message, "properties")
        # The address among a click's properties is where it led to, not the page it happened on.
        page = page_of(own if self.kind != "track" else {}, self.context)
        built_in = {name: value for name, value in clean(page).items() if name != "search"}
        if "url" in page and "path" not in page:
            built_in["path"] = path_of(page["url"])
        if self.kind in ("page", "screen"):
            stated = {name: self.message.get(name) for name in ("name", "category")}
            built_in |= {name: value for name, value in stated.items() if isinstance(value, str) and value}
        return {**built_in, **clean(own)}, page

    def _needed(self, name: str, reason: str) -> str:
        text = people.id_text(self.message.get(name), name)
        if not is_usable(text):
            raise UnreadableError(
                reason, f"A `{self.kind}` needs `{name}`, and it is absent or a placeholder."
            )
        return text

    def _event(
        self, subject: Subject, name: str, properties: dict[str, Any], page: dict[str, str]
    ) -> EventFact:
        context = stored_context(self.arrival, self.message, self.context, page, self.warnings)
        said = {key: value for key, value in self.message.items() if key not in _OF_TRANSPORT}
        return EventFact(
            event_id=self.event_id,
            subject=subject,
            occurred_at=self.when.occurred_at,
            kind=self.kind,
            event=name,
            properties=properties,
            context=context,
            bot=agents.bot_reason(context.get("agent", {}), self.context),
            digest=digest_of([self.kind, said]),
            original_timestamp=self.when.original,
            sent_at=self.when.sent,
            received_at=self.arrival.received_at,
        )

    def _traits(self, subject: Subject) -> tuple[TraitFact, ...]:
        if self.kind == "identify":
            fields = traits.of_person(self._effective_traits())
        elif self.kind == "group":
            fields = traits.of_company(mapping(self.message, "traits"))
            fields["company_id"] = people.id_text(self.message.get("groupId"), "groupId")
        else:
            return ()
        return trait_facts(fields, subject, self.event_id, self.when.occurred_at, self.arrival.source.trusted)

    def _effective_traits(self) -> dict[str, Any]:
        """Some clients send traits in the context alone."""
        return {**mapping(self.context, "traits"), **mapping(self.message, "traits")}

    def _claims(self) -> tuple[tuple[ClaimFact, ...], Subject | None]:
        """What an `identify` says of an e-mail, and that e-mail."""
        if self.kind != "identify":
            return (), None
        stated = self._effective_traits().get("email")
        email = people.email(stated)
        if email is None and stated not in (None, ""):
            self.warnings.append("unusable_email")
        if email is None or self.user is None:
            return (), email
        claim = ClaimFact(self.user, email, self.when.occurred_at, self.arrival.source.trusted, self.event_id)
        return (claim,), email

    def _links(self, email: Subject | None) -> tuple[LinkFact, ...]:
        """Which visitor is which person: by user id, else by the e-mail that the visitor gave."""
        visitor, person = self.visitor, self.user or email
        if self.kind == "alias":
            previous = people.id_text(self.message.get("previousId"), "previousId")
            if self.user is not None and previous != self.user.value:
                visitor = people.visitor(previous)
        if visitor is None or person is None:
            return ()
        return (LinkFact(visitor, person, self.when.occurred_at, self.event_id),)
