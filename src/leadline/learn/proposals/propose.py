"""From a model and what became of its leads to a better model that people can read, try and publish."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from leadline.analysis import Backtest, backtest, hand_off_stage
from leadline.engine.facts import Facts
from leadline.learn.proposals import drafts
from leadline.learn.proposals.counts import Counts, Rule, counts_of, rules_of
from leadline.learn.proposals.doors import Door, Handed
from leadline.learn.proposals.drafts import Scores
from leadline.learn.proposals.evidence import HARMFUL, PROMISING, USELESS, Evidence, evidence_of
from leadline.learn.proposals.halving import searched
from leadline.learn.proposals.rows import Rows, rows_of
from leadline.learn.proposals.trial import BETTER, SAME, WORSE, Trial, compared
from leadline.learn.proposals.wanted import Wanted, target
from leadline.learn.proposals.weights import Kept, choose_strength, fit_weights, later_losses, team_scale
from leadline.model.diff import diff
from leadline.model.document import ModelDocument
from leadline.model.shape import Model
from leadline.model.values import moment_of

FEWEST = 20  # outcomes to fit on, below which nothing is proposed of weights
EARLIER = 0.6  # share of leads that are fitted on; the later ones are what both models are tried on
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Proposal:
    """What is proposed, why, and how it did on later leads than it was fitted on.

    `text` is the file with its comments, `model` what it means; `changes` a sentence each. `trial` holds
    both to the same number of hand-offs; `as_written` is the proposal with the thresholds of the file.
    `losses` are those among which the pull to the team's weights (`strength`) was chosen. `backtest` is None
    where it was not asked for, or nothing is changed.
    """

    old: Model
    model: Model
    text: str
    before: str
    changes: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    trial: Trial
    as_written: Handed
    strength: float | None
    losses: Mapping[str, float]
    fitted: tuple[int, int]  # leads, and of them outcomes
    tried: tuple[int, int]
    period: tuple[datetime, datetime]  # first moments of the leads that it was tried on
    notes: tuple[str, ...]
    left_out: Mapping[str, int]
    backtest: Backtest | None = None

    @property
    def headline(self) -> str:
        """What it comes to, in a sentence."""
        if not self.changes:
            return "Nothing to change: the outcomes bear your rules out, or are too few to tell. Keep them."
        if self.trial.finding == BETTER:
            return "Better on later leads, by more than noise."
        if self.trial.finding == WORSE:
            return "Worse on later leads, by more than noise: keep your rules."
        return "Not better beyond noise on later leads: keep your rules."

    @property
    def diff(self) -> str:
        """The file's lines that change, as a unified diff."""
        lines = difflib.unified_diff(
            self.before.splitlines(keepends=True),
            self.text.splitlines(keepends=True),
            "model",
            "proposed",
            n=0,
        )
        return "".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """Everything as JSON data."""
        return {
            "headline": self.headline,
            "model": self.old.version,
            "proposed": self.model.version,
            "changes": list(self.changes),
            "diff": self.diff,
            "trial": self.trial.as_dict(),
            "as_written": self.as_written.rate.as_dict(),
            "evidence": [e.as_dict() for e in self.evidence],
            "strength": self.strength,
            "losses": dict(self.losses),
            "fitted": {"leads": self.fitted[0], "outcomes": self.fitted[1]},
            "tried": {"leads": self.tried[0], "outcomes": self.tried[1]},
            "period": [at.isoformat() for at in self.period],
            "left_out": dict(self.left_out),
            "notes": list(self.notes),
            "backtest": self.backtest.as_dict() if self.backtest else None,
        }


def propose(
    source: ModelDocument, facts: Facts, *, until: int, wanted: Wanted = Wanted(), keep: Kept = Kept(),
    stage: str | None = None, with_backtest: bool = True, seed: int = 1, progress: Progress | None = None,
) -> Proposal:  # fmt: skip
    """Fit on earlier leads, try on later ones.

    `facts` are read for the model, and are known up to `until` (microseconds). Raises ValueError where the
    model has no goal or hands nobody over by its points, or where there are too few leads to divide.
    """
    old = source.model
    told = progress or (lambda done, total: None)
    told(0, 6)
    rows = rows_of(old, facts, until=until)
    counts = counts_of(old, facts, rows)
    earlier, later = _divided(rows)
    told(1, 6)
    fitted = _fit(source, counts.only(earlier), rows.only(earlier), keep, stage)
    told(4, 6)
    tried, tried_counts = rows.only(later), counts.only(later)
    door = Door(old, tried, tried_counts.assessed)
    before = drafts.handed_by(source, door, Scores.of(old, tried_counts), stage)
    scores = Scores.of(fitted.document.model, tried_counts)
    level, same = drafts.at_volume(fitted.document, door, scores, int(before.chosen.sum()), stage)
    document, notes = (level if fitted.document.text() != source.text() else source), []
    if wanted.anything:
        document, notes = target(wanted, document, rows, counts, stage, model=old)
    final = drafts.handed_by(document, door, Scores.of(document.model, tried_counts), stage)
    told(5, 6)
    new = document.model
    changes = tuple(str(c) for c in diff(old, new))
    found = Proposal(
        old=old, model=new, text=document.text(), before=source.text(), changes=changes,
        evidence=fitted.evidence, trial=compared(before, same, reached=tried.outcomes, seed=seed),
        as_written=final, strength=fitted.strength, losses=fitted.losses,
        fitted=(int(rows.only(earlier).people), rows.only(earlier).outcomes),
        tried=(tried.people, tried.outcomes),
        period=(moment_of(int(tried.first.min())), moment_of(until)),
        notes=(*fitted.notes, *notes), left_out=rows.left_out,
    )  # fmt: skip
    if with_backtest and changes:
        first = int(tried.first.min())
        found = replace(
            found, backtest=backtest(new, old, facts, first=first, last=until, stage=stage, seed=seed)
        )
    told(6, 6)
    return found


@dataclass(frozen=True)
class _Fitted:
    document: ModelDocument
    evidence: tuple[Evidence, ...]
    strength: float | None
    losses: Mapping[str, float]
    notes: tuple[str, ...]


def _divided(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Rows of leads that came earlier, and of those that came later."""
    if rows.people < 2:
        raise ValueError(
            f"only {rows.people} leads have anything to learn from (a hand-off could be judged of them): "
            f"give more of the past, or a model whose goal has a shorter horizon"
        )
    firsts = np.sort(rows.at[np.unique(rows.lead, return_index=True)[1]])
    border = firsts[min(int(EARLIER * len(firsts)), len(firsts) - 1)]
    earlier = rows.first < border
    if not earlier.any():
        raise ValueError("all leads begin at the same instant, so none are later than others: date the facts")
    return earlier, ~earlier


def _fit(source: ModelDocument, counts: Counts, rows: Rows, keep: Kept, stage: str | None) -> _Fitted:
    """The draft: what earlier leads say of weights, half-lives, caps and thresholds."""
    model = source.model
    counts, rows = counts.only(~counts.out), rows.only(~counts.out)
    rules = rules_of(model)
    if rows.outcomes < FEWEST or not rules:
        note = f"{rows.outcomes} outcomes among earlier leads; weights are fitted from {FEWEST} on."
        return _Fitted(ModelDocument.read(text=source.text()), (), None, {}, (note,))
    matrix = counts.matrix(rules)
    points = np.array([r.points for r in rules])
    _, scale = team_scale(matrix @ points, rows.won, rows.weight)
    evidence = evidence_of(matrix, rows.won, rows.weight, rows.lead, rules, scale)
    evidence = _that_cost_nothing(evidence, matrix, rules, rows)
    rules, gone = _mended(searched(rules, counts, rows), evidence, keep)
    matrix = counts.matrix(rules)
    given = (matrix, rows.won, rows.weight, rules)
    held = Kept(signs=True, order=keep.order)  # a rule that does harm has no points left, and so no sign
    strength, losses = choose_strength(*given, rows.first, rows.lead, held)
    weights = fit_weights(*given, strength, held)
    whole = np.array([r.points for r in rules])
    if strength is not None:
        whole = drafts.whole_points(model, matrix, rules, weights.values, weights.scale, snap=not keep.order)
    document = drafts.written(source, rules, whole, gone)
    if document.text() == source.text():
        return _Fitted(document, evidence, strength, losses, ())
    document = _with_thresholds(source, document, counts, rows, stage)
    return _Fitted(document, evidence, strength, losses, ())


def _that_cost_nothing(
    evidence: tuple[Evidence, ...], matrix: np.ndarray, rules: tuple[Rule, ...], rows: Rows
) -> tuple[Evidence, ...]:
    """A rule is useless only where leaving it out does not foretell later leads worse."""
    found = []
    for i, each in enumerate(evidence):
        if each.finding == USELESS:
            rest = [k for k in range(len(rules)) if k != i]
            given = (rows.won, rows.weight)
            some = tuple(rules[k] for k in rest)
            with_it = later_losses(matrix, *given, rules, rows.first, rows.lead, 10.0)
            without = later_losses(matrix[:, rest], *given, some, rows.first, rows.lead, 10.0)
            cost = without - with_it
            if len(cost) and cost.mean() > cost.std(ddof=1) / np.sqrt(len(cost)):
                each = replace(each, finding="cannot tell")
        found.append(each)
    return tuple(found)


def _mended(
    rules: tuple[Rule, ...], evidence: tuple[Evidence, ...], keep: Kept
) -> tuple[tuple[Rule, ...], set[str]]:
    """What is left to be weighted, and the rules that go: the useless, and the harmful where signs hold.

    A harmful rule is drawn to nothing, no longer to the team's weight. A rule of 0 points takes part only
    where the outcomes speak for it.
    """
    findings = {e.rule: e.finding for e in evidence}
    gone = {
        name for name, f in findings.items() if f == USELESS or (f == HARMFUL and (keep.signs or keep.order))
    }
    left = []
    for rule in rules:
        finding = findings[rule.id]
        if rule.id in gone or (rule.points == 0 and finding != PROMISING):
            continue
        left.append(replace(rule, points=0.0) if finding == HARMFUL else rule)
    return tuple(left), gone


def _with_thresholds(
    source: ModelDocument, document: ModelDocument, counts: Counts, rows: Rows, stage: str | None
) -> ModelDocument:
    """Thresholds of the old scores' reach; the two scores together instead of each, where that does better
    at the same volume by more than one standard error."""
    hand_off_stage(source.model, stage)
    old, new = Scores.of(source.model, counts), Scores.of(document.model, counts)
    door = Door(source.model, rows, counts.assessed)
    volume = int(drafts.handed_by(source, door, old, stage).chosen.sum())
    tried = []
    for together in (False, True):
        copy = ModelDocument.read(text=document.text())
        each = drafts.rescaled(source, copy, old, new, rows.weight, together=together, stage=stage)
        tried.append(drafts.at_volume(each, door, new, volume, stage))
    change = compared(tried[0][1], tried[1][1], reached=rows.outcomes).change
    surely = (
        change.value is not None
        and change.interval is not None
        and (change.value > (change.value - change.interval[0]) / 2)
    )
    return tried[1][0] if surely and tried[1][0].text() != tried[0][0].text() else tried[0][0]


__all__ = ["SAME", "Proposal", "propose"]
