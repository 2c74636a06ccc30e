"""What a row says, by the mapping of its columns. Nothing here asks the database."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from leadline.identity.guards import is_usable
from leadline.identity.phones import phone
from leadline.web.capture.facts import Subject
from leadline.web.capture.reading import people
from leadline.web.capture.reading.unreadable import UnreadableError
from leadline.web.importing.instants import DAY_FIRST, instant_of
from leadline.web.importing.limits import LONGEST_CELL
from leadline.web.importing.presets import EMAIL, EVENT, FIELD, LEFT_OUT, PROPERTY, TIME, USER_ID
from leadline.web.leads.store import as_json

_FORMULA = "=+-@\t\r"
_LONGEST_EVENT = 200


class MappingError(ValueError):
    """A mapping by which nothing can be imported; the message says what to change."""


@dataclass(frozen=True)
class Said:
    """What one row says: of whom, when, and what."""

    subject: Subject
    email: Subject | None  # of one who is known by a user id
    at: int | None  # None: at the import's instant
    fields: dict[str, str]
    event: str = ""
    properties: dict[str, str] = field(default_factory=dict)

    @property
    def names(self) -> list[Subject]:
        """All that the row calls them by."""
        return [self.subject] if self.email is None else [self.subject, self.email]

    @property
    def who(self) -> str:
        return (self.email or self.subject).value


class RefusedError(Exception):
    """A row that is not imported; the message is the reason that stands beside it."""


@dataclass(frozen=True)
class Columns:
    """Which column is what: made from what the form of the mapping says, and checked."""

    names: tuple[str, ...]
    targets: tuple[str, ...]
    dates: str = DAY_FIRST
    zone: str = "UTC"
    overwrite: bool = True  # else what is known already stays

    @classmethod
    def of(cls, names: Sequence[str], mapping: Mapping[str, Any]) -> Columns:
        """Raises MappingError where two columns go to one place, or no column says who somebody is."""
        targets = tuple(mapping.get("columns", ()))
        if len(targets) != len(names):
            raise MappingError(_("the mapping is of another file: match the columns again"))
        for target in targets:
            if target and targets.count(target) > 1:
                twice = [name for name, t in zip(names, targets, strict=True) if t == target]
                raise MappingError(
                    _("the columns %(names)s go to the same place: choose another for one, or leave it out")
                    % {"names": ", ".join(f"“{name}”" for name in twice[:3])}
                )
        if EMAIL not in targets and USER_ID not in targets:
            raise MappingError(
                _("no column says who somebody is: choose which one is the e-mail or the user id")
            )
        if EVENT in targets and TIME not in targets:
            raise MappingError(_("an event needs its time: choose the column that has it"))
        if any(t.startswith(PROPERTY) for t in targets) and EVENT not in targets:
            raise MappingError(_("a property belongs to an event: choose the column that names the event"))
        if all(t in (EMAIL, USER_ID, TIME, LEFT_OUT) for t in targets) and EMAIL not in targets:
            raise MappingError(_("no column says anything of these people: choose a field for one"))
        return cls(
            tuple(names), targets, str(mapping.get("dates") or DAY_FIRST), str(mapping.get("zone") or "UTC"),
            mapping.get("overwrite", True) is not False,
        )  # fmt: skip

    @cached_property
    def places(self) -> dict[str, int]:
        """Target -> the column's place."""
        return {target: i for i, target in enumerate(self.targets) if target != LEFT_OUT}

    @cached_property
    def fields(self) -> dict[str, int]:
        """Field -> the column's place. An e-mail is a field as well."""
        found = {t.removeprefix(FIELD): i for t, i in self.places.items() if t.startswith(FIELD)}
        return ({"email": self.places[EMAIL]} if EMAIL in self.places else {}) | found

    @cached_property
    def properties(self) -> dict[str, int]:
        return {t.removeprefix(PROPERTY): i for t, i in self.places.items() if t.startswith(PROPERTY)}

    def digest(self, file: str) -> str:
        """Of the file and how it is read: a row of both has the same id whenever it is imported."""
        what = [file, self.targets, self.dates, self.zone]
        return hashlib.blake2b(as_json(what).encode(), digest_size=12).hexdigest()

    def read(self, cells: Sequence[str], now: int) -> Said:
        """What a row says; raises RefusedError where it cannot be imported."""
        cells = [_unguarded(cell) for cell in cells]
        for name, cell in zip(self.names, cells, strict=True):
            if len(cell) > LONGEST_CELL:
                raise RefusedError(
                    _("“%(name)s” has %(count)s characters; %(most)s are allowed")
                    % {"name": name[:40], "count": f"{len(cell):,}", "most": f"{LONGEST_CELL:,}"}
                )
        user, email = self._user(cells), self._email(cells)
        subject = user or email
        if subject is None:
            raise RefusedError(_("it has neither an e-mail nor a user id"))
        fields = {name: cells[i] for name, i in self.fields.items() if cells[i]}
        if email is not None:
            fields["email"] = email.value
        for name in ("phone", "mobile_phone"):
            if name in fields:
                fields[name] = phone(fields[name]) or fields[name]
        event = self._event(cells)
        properties = {name: cells[i] for name, i in self.properties.items() if cells[i]}
        return Said(subject, email if user else None, self._at(cells, now), fields, event, properties)

    def _cell(self, cells: Sequence[str], target: str) -> str:
        return cells[self.places[target]] if target in self.places else ""

    def _name(self, target: str) -> str:
        return self.names[self.places[target]][:40]

    def _user(self, cells: Sequence[str]) -> Subject | None:
        text = self._cell(cells, USER_ID)
        if not text:
            return None
        try:
            found = people.user(people.id_text(text, self._name(USER_ID)))
        except UnreadableError as error:
            raise RefusedError(error.detail) from error
        if found is None:
            raise RefusedError(
                _("the user id “%(text)s” names nobody: it is a placeholder") % {"text": text[:60]}
            )
        return found

    def _email(self, cells: Sequence[str]) -> Subject | None:
        text = self._cell(cells, EMAIL)
        if not text:
            return None
        found = people.email(text)
        if found is None:
            why = (
                _("“%(text)s” in “%(column)s” is no e-mail address")
                if is_usable(text)
                else _("“%(text)s” in “%(column)s” is a placeholder and names nobody")
            )
            raise RefusedError(why % {"text": text[:60], "column": self._name(EMAIL)})
        return found

    def _at(self, cells: Sequence[str], now: int) -> int | None:
        if TIME not in self.places:
            return None
        text = self._cell(cells, TIME)
        if not text and EVENT not in self.places:
            return None
        at = instant_of(text, self.dates, ZoneInfo(self.zone))
        said = {"text": text[:40], "column": self._name(TIME)}
        if at is None:
            raise RefusedError(_("“%(text)s” in “%(column)s” is no time") % said)
        if at > now:
            raise RefusedError(_("“%(text)s” in “%(column)s” lies in the future") % said)
        return at

    def _event(self, cells: Sequence[str]) -> str:
        if EVENT not in self.places:
            return ""
        name = self._cell(cells, EVENT)
        if not name:
            raise RefusedError(
                _("“%(column)s” is empty: the event has no name") % {"column": self._name(EVENT)}
            )
        if len(name) > _LONGEST_EVENT:
            raise RefusedError(
                _("the event's name has %(count)s characters; %(most)s are allowed")
                % {"count": len(name), "most": _LONGEST_EVENT}
            )
        return name


def _unguarded(cell: str) -> str:
    """Without blanks around it, and without the apostrophe that kept a spreadsheet from running it."""
    text = cell.strip()
    return text[1:] if len(text) > 1 and text[0] == "'" and text[1] in _FORMULA else text
