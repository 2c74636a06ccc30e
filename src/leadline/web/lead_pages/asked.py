"""What somebody wants to see of the leads: a list's state, which is its address and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from leadline.model.values import read_boolean, read_number, read_time
from leadline.web.board import filters
from leadline.web.board.columns import FLAG, LIST, NUMBER, SHARE, TIME, Column, columns_of, other_field
from leadline.web.board.judging import Judging

LONGEST = 200
MOST = 20  # filters of one kind
ME, NOBODY = "me", "none"
DAYS = (1, 7, 30, 90, 0)
JUDGED = ("company", "stage", "quality", "fit", "intent", "owner", "last_seen")
UNJUDGED = ("company", "owner", "events", "last_seen")
WITHOUT_VALUE = ("known", "unknown")
_OPS = {
    SHARE: ("at_least", "at_most", "known", "unknown"),
    NUMBER: ("is", "at_least", "at_most", "known", "unknown"),
    TIME: ("within", "before", "known", "unknown"),
    FLAG: ("is", "known", "unknown"),
    LIST: (),
}
_TEXT_OPS = ("is", "is_not", "has", "begins", "known", "unknown")


@dataclass(frozen=True)
class Test:
    """One column held against one value; the value is empty where the operator needs none."""

    column: str
    op: str
    value: str = ""

    @property
    def text(self) -> str:
        return f"{self.column}:{self.op}:{self.value}"


@dataclass(frozen=True)
class Did:
    """A signal that was given within so many days (0: ever), or was not."""

    signal: str
    days: int
    not_done: bool = False

    @property
    def text(self) -> str:
        return f"{'!' if self.not_done else ''}{self.signal}:{self.days}"


@dataclass(frozen=True)
class Asked:
    """The state of a list. `unread` says what of an address was not understood: it narrows nothing."""

    program: str = ""
    q: str = ""
    kind: str = filters.PEOPLE
    stage: tuple[str, ...] = ()
    quality: tuple[str, ...] = ()
    owner: str = ""
    tag: tuple[str, ...] = ()
    source: str = ""
    segment: str = ""
    signal: tuple[Did, ...] = ()
    f: tuple[Test, ...] = ()
    sort: str = ""
    columns: tuple[str, ...] = ()
    after: int | None = None
    unread: tuple[str, ...] = ()

    def query(self, **changes: Any) -> str:
        """The query string of this state, with changes; a new state begins at its first page."""
        state = replace(self, **{"after": None, **changes})
        pairs: list[tuple[str, str]] = []
        for name in ("program", "q", "owner", "source", "segment", "sort"):
            if value := getattr(state, name):
                pairs.append((name, value))
        if state.kind != filters.PEOPLE:
            pairs.append(("kind", state.kind))
        for name in ("stage", "quality", "tag"):
            pairs += [(name, value) for value in getattr(state, name)]
        pairs += [("signal", did.text) for did in state.signal]
        pairs += [("f", test.text) for test in state.f]
        if state.columns:
            pairs.append(("columns", ",".join(state.columns)))
        if state.after is not None:
            pairs.append(("after", str(state.after)))
        return urlencode(pairs)

    @property
    def narrowed(self) -> bool:
        parts = (self.q, self.stage, self.quality, self.owner, self.tag, self.source, self.segment)
        return any((*parts, self.signal, self.f))


def read_asked(given: QueryDict, judging: Judging | None, several: bool) -> Asked:
    """The state that an address has; `several`: there are other programs too."""
    unread: list[str] = []
    known = columns_of(judging)
    signals = {s.id for s in judging.model.intent.signals} if judging else set()

    def kept(name: str, allowed: Iterable[str] | None = None) -> tuple[str, ...]:
        values = [v.replace("\0", "").strip()[:LONGEST] for v in given.getlist(name)[:MOST]]
        values = list(dict.fromkeys(v for v in values if v))
        wrong = [v for v in values if allowed is not None and v not in allowed]
        unread.extend(f"{name}={v}" for v in wrong)
        return tuple(v for v in values if v not in wrong)

    def one(name: str, allowed: Iterable[str] | None = None, otherwise: str = "") -> str:
        found = kept(name, allowed)
        return found[-1] if found else otherwise

    stages = [s for s, _title in judging.stages()] if judging else []
    tests = [read_test(text, known) for text in kept("f")]
    if given.get("fc"):  # as the form adds one
        tests.append(read_test(f"{given['fc']}:{given.get('fo', '')}:{given.get('fv', '')}", known))
    dids = [read_did(text, signals) for text in kept("signal")]
    unread += [text for text, found in zip(kept("f"), tests, strict=False) if found is None]
    unread += [text for text, found in zip(kept("signal"), dids, strict=True) if found is None]
    if given.get("fc") and tests[-1] is None:
        unread.append(f"{given['fc']} {given.get('fo', '')} {given.get('fv', '')}".strip())
    sort = one("sort")
    if sort and (sort.removeprefix("-") not in known):
        unread.append(f"sort={sort}")
        sort = ""
    chosen = [c for text in kept("columns") for c in text.split(",")]
    owner, source, segment = one("owner"), one("source"), one("segment")
    numbers = {"owner": owner if owner not in (ME, NOBODY) else "", "source": source, "segment": segment}
    for name, value in numbers.items():
        if value and not _whole(value):
            unread.append(f"{name}={value}")
    after = given.get("after", "")
    return Asked(
        program=judging.program.slug if judging and several else "",
        q=one("q") or one("search"),
        kind=one("kind", [filters.PEOPLE, filters.VISITORS, filters.EVERYBODY], filters.PEOPLE),
        stage=kept("stage", stages),
        quality=kept("quality", judging.qualities() if judging else []),
        owner=owner if owner in (ME, NOBODY) or _whole(owner) else "",
        tag=kept("tag"),
        source=source if _whole(source) else "",
        segment=segment if _whole(segment) else "",
        signal=tuple(dict.fromkeys(d for d in dids if d)),
        f=tuple(dict.fromkeys(t for t in tests if t)),
        sort=sort,
        columns=tuple(dict.fromkeys(c for c in chosen if c in known)),
        after=int(after) if _whole(after) else None,
        unread=tuple(dict.fromkeys(unread)),
    )


def read_test(text: str, known: Mapping[str, Column]) -> Test | None:
    """`column:operator:value`; None where there is no such column or operator, or the value does not read."""
    name, _sep, rest = text.partition(":")
    op, _sep, value = rest.partition(":")
    column = column_named(name, known)
    if column is None or op not in ops_of(column):
        return None
    if op in WITHOUT_VALUE:
        return Test(name, op)
    return Test(name, op, value) if value and value_of(column, op, value) is not None else None


def read_did(text: str, signals: Iterable[str]) -> Did | None:
    """`signal:days`, with `!` before it where it was not given."""
    name, _sep, days = text.removeprefix("!").rpartition(":")
    if name not in signals or not days.isdecimal() or len(days) > 4:
        return None
    return Did(name, int(days), text.startswith("!"))


def column_named(name: str, known: Mapping[str, Column]) -> Column | None:
    """A column by its key; a field that no model declares is one as well."""
    if name in known:
        return known[name]
    field = name.removeprefix("field.")
    return other_field(field[:100]) if name.startswith("field.") and field else None


def ops_of(column: Column) -> tuple[str, ...]:
    return _OPS.get(column.kind, _TEXT_OPS)


def value_of(column: Column, op: str, text: str) -> str | float | bool | None:
    """A value as the column's kind and the operator want it; None where it does not read.

    A probability may be written as 0.3, 30 or 30 %.
    """
    if column.kind == SHARE:
        number = read_number(text.removesuffix("%").strip())
        whole = number is not None and (number > 1 or text.endswith("%"))
        return number / 100 if number is not None and whole else number
    if column.kind == NUMBER or op in ("within", "before"):
        return read_number(text)
    if column.kind == FLAG:
        return read_boolean(text)
    return read_time(text) if column.kind == TIME else text


def default_columns(judging: Judging | None) -> tuple[str, ...]:
    """What stands in the table where nobody chose; with what the order goes by, where leads are predicted."""
    if judging is None:
        return UNJUDGED
    predicted = ("probability", *(("worth",) if judging.values else ())) if judging.predictor else ()
    return (*JUDGED[:3], *predicted, *JUDGED[3:])


def op_words() -> dict[str, str]:
    return {
        "is": _("is"), "is_not": _("is not"), "has": _("contains"), "begins": _("begins with"),
        "at_least": _("at least"), "at_most": _("at most"), "within": _("within the last … days"),
        "before": _("more than … days ago"), "known": _("is known"), "unknown": _("is not known"),
    }  # fmt: skip


def _whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
