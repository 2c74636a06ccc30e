"""What a backtest comes to, in plain words, and no more than the figures bear."""

from __future__ import annotations

from dataclasses import dataclass

from leadline.analysis.intervals import Estimate, Rate
from leadline.analysis.movers import Movers
from leadline.analysis.outcomes import Outcomes
from leadline.analysis.volume import Weekly
from leadline.analysis.words import SPACE, change_text, counted, number, percent

FEW = 5  # goals, of either model, below which nothing is said about rates
BETTER, WORSE, NOISE, SCARCE = "better", "worse", "noise", "scarce"
CHIPS = {BETTER: "better", WORSE: "worse", NOISE: "within noise", SCARCE: "too few to tell"}


@dataclass(frozen=True)
class Verdict:
    """`headline` is a sentence; `sentences` say how much, and how sure that is.

    `precision` and `recall` are `better`, `worse`, `noise` (the interval of the difference has 0 in it),
    `scarce` (fewer than 5 goals under either model) or None without a goal.
    """

    headline: str
    sentences: tuple[str, ...]
    precision: str | None
    recall: str | None

    def __str__(self) -> str:
        return " ".join((self.headline, *self.sentences))


def verdict(*, same: bool, weekly: Weekly, outcomes: Outcomes | None, movers: Movers) -> Verdict:
    precision = recall = None
    if outcomes is not None:
        old, new = outcomes.models.old, outcomes.models.new
        precision = _finding(outcomes.precision_change, old.precision, new.precision)
        recall = _finding(outcomes.recall_change, old.recall, new.recall)
    if same:
        told = ("No lead moves, and nothing else would be handed over.",)
        return Verdict("Both models mean the same.", told, precision, recall)
    sentences = [volume_sentence(weekly)]
    if outcomes is not None:
        sentences += [precision_sentence(outcomes, precision), recall_sentence(outcomes, recall)]
    sentences.append(_movers_sentence(movers))
    return Verdict(_headline(weekly, movers, precision, recall), tuple(sentences), precision, recall)


def _finding(change: Estimate, old: Rate, new: Rate) -> str:
    if min(old.hits, new.hits) < FEW or change.interval is None:
        return SCARCE
    if not change.apart_from():
        return NOISE
    return BETTER if change.value and change.value > 0 else WORSE


_RATES = {
    (BETTER, BETTER): "They choose better: more of them reach the goal, and fewer goals are missed",
    (BETTER, NOISE): "They choose better: more of them reach the goal, and what is missed is within noise",
    (BETTER, WORSE): "They are stricter: more of them reach the goal, but more goals are missed",
    (NOISE, BETTER): "Fewer goals are missed; how many of the hand-offs reach one is within noise",
    (NOISE, NOISE): "Whether they choose better cannot be told: the differences are within noise",
    (NOISE, WORSE): "More goals are missed; how many of the hand-offs reach one is within noise",
    (WORSE, BETTER): "They are looser: fewer goals are missed, but fewer of them reach the goal",
    (WORSE, NOISE): "They choose worse: fewer of them reach the goal, and what is missed is within noise",
    (WORSE, WORSE): "They choose worse: fewer of them reach the goal, and more goals are missed",
}


def _headline(weekly: Weekly, movers: Movers, precision: str | None, recall: str | None) -> str:
    if movers.moved == 0 and all(week.models.old == week.models.new for week in weekly.weeks):
        return "The rules differ, but in this period they make no difference."
    amount = f"The new rules hand over {_amount(weekly)}"
    if precision is None:
        return f"{amount}. Whether they choose better cannot be told without a goal."
    if SCARCE in (precision, recall):
        return f"{amount}. Too few goals were reached to say whether they choose better."
    return f"{amount}. {_RATES[precision, recall]}."


def _amount(weekly: Weekly) -> str:
    change = weekly.change
    if change.value is None:
        return "leads where the old ones handed over none" if weekly.models.new.hand_offs else "no leads"
    if change.value == 0:
        return "as many leads"
    size = f"{percent(abs(change.value), 0)} {'fewer' if change.value < 0 else 'more'} leads"
    return size if change.apart_from() else f"about as many leads ({percent(change.value, 0)})"


def volume_sentence(weekly: Weekly) -> str:
    old, new = weekly.models.old, weekly.models.new
    if old.per_week is None or new.per_week is None:
        return f"Hand-offs in the period: {old.hand_offs:,} → {new.hand_offs:,} (no whole week in it)."
    weeks = counted(weekly.whole_weeks, "whole week")
    return f"Hand-offs a week: {number(old.per_week)} → {number(new.per_week)}, on average of {weeks}."


def precision_sentence(outcomes: Outcomes, finding: str | None) -> str:
    old, new = outcomes.models.old.precision, outcomes.models.new.precision
    days = f"{outcomes.horizon_days:g} days"
    if not old.n or not new.n:
        return f"No hand-offs of both models are {days} old, so none can be judged yet."
    return (
        f"Within {days}, {percent(new.value)} of them reach the goal instead of {percent(old.value)} "
        f"(n{SPACE}={SPACE}{new.n:,} and {old.n:,}): {_sure(outcomes.precision_change, finding)}."
    )


def recall_sentence(outcomes: Outcomes, finding: str | None) -> str:
    old, new = outcomes.models.old.recall, outcomes.models.new.recall
    if not new.n:
        return "Nobody reached the goal in the period."
    missed, taken = new.n - new.hits, outcomes.models.new.taken_first
    first = f" Of the {missed:,} missed, sales had taken {taken:,} up before the new rules spoke." * (
        taken > 0
    )
    return (
        f"Of {counted(new.n, 'lead')} that reached the goal, {percent(new.value)} had been handed over "
        f"before instead of {percent(old.value)}: {_sure(outcomes.recall_change, finding)}.{first}"
    )


def _sure(change: Estimate, finding: str | None) -> str:
    told = change_text(change)
    if finding == SCARCE:
        return f"{told}; too few to tell"
    if finding == NOISE:
        return "no difference" if change.value == 0 and change.interval == (0, 0) else f"{told}, within noise"
    return f"{told}, more than noise"


def _movers_sentence(movers: Movers) -> str:
    if not movers.moved:
        return f"At the end of the period, all {movers.leads:,} leads stand where they stood."
    other = f" and {movers.other:,} to something that cannot be compared" if movers.other else ""
    return (
        f"At the end of the period, {movers.moved:,} of {counted(movers.leads, 'lead')} stand elsewhere: "
        f"{movers.up:,} higher, {movers.down:,} lower{other}."
    )
