"""Who buys: the profile of those who bought against those who did not, and the kinds of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from leadline.analysis.intervals import Rate
from leadline.analysis.words import counted
from leadline.learn.bins import make_bins
from leadline.learn.clusters import Kind, Kinds, kinds_of
from leadline.learn.examples import Examples
from leadline.learn.statements import FEWEST, Statement, statements_of
from leadline.learn.tables import LearnError

BINS = 5  # of a number: fifths
RARE = 200  # a level that fewer than one lead in so many has is *any other*
FEW = 10  # of the rarer outcome, below which nothing is said at all
LEAN = 40  # of the rarer outcome, below which only what is glaring is found


@dataclass(frozen=True)
class Persona:
    """The profile of buyers; made by :func:`persona`.

    `statements` are the values that buyers have more or less often, the surest first, of `tested` that were
    looked at; on average at most the share `promised` of them are chance. `kinds` are the kinds of buyers
    (none where there is one), `kinds_said` how that was found. `unsaid` says of inputs that were not looked
    at why not. `notes` are what to know before using it.
    """

    goal: str
    base: Rate
    promised: float
    tested: int
    statements: tuple[Statement, ...]
    kinds: tuple[Kind, ...]
    kinds_said: str
    unsaid: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def over(self) -> tuple[Statement, ...]:
        return tuple(s for s in self.statements if s.over)

    @property
    def under(self) -> tuple[Statement, ...]:
        return tuple(s for s in self.statements if not s.over)

    def as_dict(self) -> dict[str, Any]:
        """JSON data."""
        return {
            "goal": self.goal, "base": self.base.as_dict(), "promised": self.promised, "tested": self.tested,
            "statements": [s.as_dict() for s in self.statements], "kinds": [k.as_dict() for k in self.kinds],
            "kinds_said": self.kinds_said, "unsaid": dict(self.unsaid), "left_out": dict(self.left_out),
            "notes": list(self.notes),
        }  # fmt: skip


def persona(examples: Examples, *, promised: float = 0.05, seed: int = 0, kinds: bool = True) -> Persona:
    """Who buys, value by value: numbers in fifths, levels, yes and no, and what is missing as its own value.

    A value is told where at least 10 leads have it and 10 have not, and where the difference holds at a false
    discovery rate of `promised`: of all that is said, on average at most that share is chance. Values that
    say the same of the same leads are told once. `kinds=False` leaves out the kinds of buyers. Raises
    :class:`LearnError` where there is nobody to compare.

    >>> from leadline.learn.truth import simulated
    >>> found = persona(simulated(2_000, seed=1).examples)
    >>> any(s.value.text == "Channel: referral" for s in found.over)
    True
    """
    if not 0 < promised < 1:
        raise ValueError(f"promised is {promised!r}; expected a share between 0 and 1, such as 0.05")
    won = np.asarray(examples.won, bool)
    buyers, others = int(won.sum()), int((~won).sum())
    if not len(won):
        raise LearnError("There are no leads with a known outcome to compare.")
    if not buyers or not others:
        who = "Nobody" if not buyers else "Everybody"
        raise LearnError(
            f"{who} of {counted(len(won), 'lead')} reached the goal: there is nobody to compare with."
        )
    base = Rate(buyers, len(won))
    binning = make_bins(examples.features, examples.inputs, most=BINS, least=max(FEWEST, len(won) // RARE))
    if min(buyers, others) < FEW:
        rarer = (
            counted(buyers, "buyer") if buyers <= others else f"{counted(others, 'lead')} that did not buy"
        )
        note = f"Only {rarer}: too few to say anything; wait for {FEW} or more."
        return Persona(
            examples.goal, base, promised, 0, (), (), note, binning.dropped, examples.left_out, (note,)
        )
    codes = binning.codes(examples.features)
    looked = statements_of(binning, codes, won, promised)
    told = (
        kinds_of(binning, [c[won] for c in codes], seed) if kinds else Kinds((), "Kinds were not looked for.")
    )
    return Persona(
        examples.goal, base, promised, looked.tested, looked.statements, told.kinds, told.said,
        binning.dropped, examples.left_out, _notes(buyers, others, looked.statements),
    )  # fmt: skip


def _notes(buyers: int, others: int, found: tuple[Statement, ...]) -> tuple[str, ...]:
    told = []
    if min(buyers, others) < LEAN:
        told.append(
            f"With {counted(min(buyers, others), 'outcome')} of the rarer kind only glaring differences show."
        )
    if not found:
        told.append(
            "No difference holds beyond chance: buyers look like the others, or leads are too few to tell."
        )
    if found:
        told.append("A difference is not a cause: a value may stand for another that goes with it.")
    return tuple(told)
