"""The ledger as a waterfall: each entry begins where the one before it ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

WIDTH = 100.0


@dataclass(frozen=True)
class Happened:
    """An event behind an entry."""

    at: int
    name: str
    where: str
    event_id: str

    @classmethod
    def of(cls, event: dict[str, Any]) -> Happened:
        properties = event["properties"]
        where = next((str(properties[k]) for k in ("path", "url", "name") if properties.get(k)), "")
        return cls(event["occurred_at"], event["event"], where, event["event_id"])


@dataclass(frozen=True)
class Reason:
    """A ledger entry in the model's words, with what stands behind it."""

    part: str
    rule: str
    sentence: str
    points: float
    condition: str = ""
    events: tuple[Happened, ...] = ()
    count: int = 0  # of all its events
    evidence: tuple[Any, ...] = ()

    @property
    def opens(self) -> bool:
        return bool(self.events or self.evidence or self.condition)


@dataclass(frozen=True)
class Bar:
    """A reason drawn: where its bar begins and how wide it is, of a width of 100."""

    reason: Reason
    x: str
    width: str

    @property
    def kind(self) -> str:
        return "minus" if self.reason.points < 0 else "plus"


@dataclass(frozen=True)
class Waterfall:
    bars: tuple[Bar, ...] = ()
    total: float = 0.0
    zero: str = field(default="0")  # where 0 stands


def waterfall(reasons: Iterable[Reason]) -> Waterfall:
    """Bars for one part of the ledger, the largest gains first, then what was taken away.

    >>> fall = waterfall([Reason("fit", "a", "A", 30.0), Reason("fit", "b", "B", -10.0)])
    >>> [(b.x, b.width, b.kind) for b in fall.bars], fall.total
    ([('0.0', '100.0', 'plus'), ('66.7', '33.3', 'minus')], 20.0)
    """
    ordered = sorted(reasons, key=lambda r: (_bound(r), -r.points, r.rule))
    sums = [0.0]
    for reason in ordered:
        sums.append(sums[-1] + reason.points)
    low, high = min(sums), max(sums)
    scale = WIDTH / (high - low) if high > low else 0.0
    bars = tuple(
        Bar(reason, _text((min(a, b) - low) * scale), _text(max(abs(b - a) * scale, 0.5)))
        for reason, a, b in zip(ordered, sums, sums[1:], strict=False)
    )
    return Waterfall(bars, round(sums[-1], 2), _text(-low * scale))


def _bound(reason: Reason) -> int:
    """What a floor or a cap took or added comes last, as it is reckoned last."""
    return int(reason.rule.endswith((".floor", ".cap")))


def _text(number: float) -> str:
    return f"{number:.1f}"
