"""Learning anew: a challenger takes the champion's place only where it is better beyond noise.

A folder holds it all: `champion.json`, which is in use; `challenger.json`, the last that was tried; each
predictor under its version; and `journal.jsonl`, a line for each decision, which is only ever added to.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from leadline.analysis.intervals import Estimate
from leadline.engine.predict import probabilities
from leadline.learn import metrics
from leadline.learn.evaluate import evaluate
from leadline.learn.examples import Examples
from leadline.learn.fit import fit
from leadline.learn.watch import watched
from leadline.model.predictor import Predictor
from leadline.model.predictor_file import predictor_version, read_predictor, write_predictor

CHAMPION, CHALLENGER, JOURNAL = "champion.json", "challenger.json", "journal.jsonl"
FEWEST = 20  # of either outcome among the later leads, below which nobody is judged
FIRST, PROMOTED, KEPT, TOO_FEW, BACK = "first", "promoted", "kept", "too few", "back"
_FIFTH = 0.2


class RenewalError(ValueError):
    """A folder that cannot be renewed, with what to do."""


@dataclass(frozen=True)
class Duel:
    """Two predictors on the same leads. `better` is by how much the challenger's log loss is less, pair by
    pair, with its interval at 95 %; `agreement` the share of the best fifth that both name."""

    leads: int
    won: int
    champion_loss: float
    challenger_loss: float
    better: Estimate
    agreement: float

    @property
    def beyond_noise(self) -> bool:
        return self.better.interval is not None and self.better.interval[0] > 0


@dataclass(frozen=True)
class Decision:
    """A line of the journal. `champion` is the version in use after it, `before` the one until then."""

    at: str
    act: str
    champion: str
    before: str | None
    challenger: str | None
    words: str
    duel: Duel | None = None

    def as_dict(self) -> dict[str, Any]:
        told = {name: value for name, value in vars(self).items() if name != "duel"}
        return told | {"duel": _duel_data(self.duel)}


def _duel_data(duel: Duel | None) -> dict[str, Any] | None:
    return None if duel is None else {**vars(duel), "better": duel.better.as_dict()}


def duel(champion: Predictor, challenger: Predictor, examples: Examples) -> Duel:
    """Both on leads that neither was learned from."""
    one, two = (_said(p, examples.features) for p in (champion, challenger))
    losses = [metrics.log_losses(examples.won, said) for said in (one, two)]
    better = metrics.mean_of(losses[0] - losses[1])
    means = [float(loss.mean()) for loss in losses]
    return Duel(len(examples), int(examples.won.sum()), *means, better, _agreement(one, two))


def _said(predictor: Predictor, features: pa.Table) -> np.ndarray:
    return np.asarray(probabilities(predictor, features).probability, float)


def _agreement(one: np.ndarray, two: np.ndarray) -> float:
    best = max(1, round(_FIFTH * len(one)))
    top = [set(np.argsort(-said, kind="stable")[:best].tolist()) for said in (one, two)]
    return len(top[0] & top[1]) / best


def renew(
    folder: str | os.PathLike[str],
    examples: Examples,
    *,
    at: str,
    window: int | None = None,
    seed: int = 0,
    progress: Callable[[float, str], None] | None = None,
    columns: Mapping[str, Any] | None = None,
) -> Decision:
    """Learn anew, try it against the champion on later leads, and write down what became of it.

    Without a champion the first one is learned from all leads. Else the leads after the champion's last are
    halved by time: the challenger learns from everything up to there (`window` microseconds back, or all),
    and both are judged on the rest, which neither has seen. It takes the place only where the interval of the
    paired difference of log losses is above zero; what is promoted is the very predictor that was judged.
    `at` is now, as ISO 8601, for the journal; `columns` says which columns had id, time and outcome.

    Raises :class:`RenewalError` without times, or where the folder is broken.
    """
    if examples.at is None:
        raise RenewalError("renewal needs to know which leads are later: name the column with --time")
    place = Path(folder)
    journal(place)  # a broken one is told before anything is learned
    champion = champion_of(place)
    if champion is None:
        some = _rolled(examples, int(examples.at.max()), window)
        made = _made(some, seed, progress, columns)
        version = predictor_version(made)
        words = f"The first: {made.about.get('why', made.kind)}"
        return _written(place, Decision(at, FIRST, version, None, version, words), made, None)
    until = champion.about.get("until")
    if not isinstance(until, int):
        raise RenewalError(f"{place / CHAMPION} does not say until when its leads were; begin a new folder")
    later = np.flatnonzero(examples.at > until)
    cut = int(np.median(examples.at[later])) if len(later) else until
    judged = examples.only(examples.at > max(cut, until))
    learned = _rolled(examples.only(examples.at <= cut), cut, window)
    if not _enough(judged) or not _enough(learned):
        return _too_few(place, champion, judged, at)
    challenger = _made(learned, seed, progress, columns or champion.about.get("columns"))
    return _decided(place, champion, challenger, duel(champion, challenger, judged), at)


def _enough(examples: Examples) -> bool:
    won = int(examples.won.sum())
    return min(won, len(examples) - won) >= FEWEST


def _rolled(examples: Examples, cut: int, window: int | None) -> Examples:
    return examples if window is None else examples.only(examples.at > cut - window)  # type: ignore[operator]


def _made(examples: Examples, seed: int, progress: Any, columns: Mapping[str, Any] | None) -> Predictor:
    """Learned, with what it must remember: its bins' counts, and its AUC on leads it had not seen."""
    fitted = fit(examples, seed=seed, progress=progress)
    made = watched(fitted.predictor, examples, evaluate(examples, fitted.trial))
    return replace(made, about={**made.about, "columns": dict(columns)}) if columns else made


def _too_few(place: Path, champion: Predictor, judged: Examples, at: str) -> Decision:
    won = int(judged.won.sum())
    version = predictor_version(champion)
    words = (
        f"Kept: of the {len(judged):,} later leads that both would be judged on {won:,} reached the goal; "
        f"it takes {FEWEST} who did and {FEWEST} who did not."
    )
    return _written(place, Decision(at, TOO_FEW, version, version, None, words), None, None)


def _decided(place: Path, champion: Predictor, challenger: Predictor, found: Duel, at: str) -> Decision:
    old, new = predictor_version(champion), predictor_version(challenger)
    better, (low, high) = found.better.value or 0.0, found.better.interval or (0.0, 0.0)
    told = f"on {found.leads:,} later leads its log loss is {better:+.4f} better ({low:+.4f} to {high:+.4f})"
    if found.beyond_noise:
        made = Decision(at, PROMOTED, new, old, new, f"Promoted: {told}.", found)
        return _written(place, made, challenger, challenger)
    words = f"Kept: {told}, which is not beyond noise."
    return _written(place, Decision(at, KEPT, old, old, new, words, found), None, challenger)


def back(folder: str | os.PathLike[str], *, at: str) -> Decision:
    """Put the champion before this one back in use. Raises :class:`RenewalError` where there is none."""
    place = Path(folder)
    taken: list[str] = []
    for line in journal(place):
        if line.act in (FIRST, PROMOTED):
            taken.append(line.champion)
        elif line.act == BACK and len(taken) > 1:
            taken.pop()
    if len(taken) < 2:
        raise RenewalError(f"there is no earlier champion in `{place}` to go back to")
    earlier = read_predictor(place / f"{taken[-2]}.json")
    words = f"Back to {taken[-2]} from {taken[-1]}."
    return _written(place, Decision(at, BACK, taken[-2], taken[-1], None, words), earlier, None)


def champion_of(folder: str | os.PathLike[str]) -> Predictor | None:
    """The predictor in use; None in a new folder."""
    path = Path(folder) / CHAMPION
    return read_predictor(path) if path.exists() else None


def journal(folder: str | os.PathLike[str]) -> tuple[Decision, ...]:
    """All decisions, oldest first. Raises :class:`RenewalError` where a line is none."""
    path = Path(folder) / JOURNAL
    if not path.exists():
        return ()
    lines = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            lines.append(_read(json.loads(line)))
        except (ValueError, TypeError, KeyError, AttributeError):
            raise RenewalError(
                f"{path}:{number} is no line of a journal; mend it, or begin a new folder"
            ) from None
    return tuple(lines)


def _read(given: dict[str, Any]) -> Decision:
    told = given.pop("duel")
    if told is not None:
        better = told.pop("better")
        ends = better["interval_95"]
        told = Duel(**told, better=Estimate(better["value"], None if ends is None else (ends[0], ends[1])))
    made = Decision(**given, duel=told)
    if not all(isinstance(text, str) for text in (made.at, made.act, made.champion, made.words)):
        raise ValueError
    return made


def _written(
    place: Path, made: Decision, champion: Predictor | None, challenger: Predictor | None
) -> Decision:
    """The files, then the journal's line; the champion last, so that it is never one nobody wrote down."""
    place.mkdir(parents=True, exist_ok=True)
    for each in (champion, challenger):
        if each is not None:
            _put(place / f"{predictor_version(each)}.json", write_predictor(each))
    if challenger is not None:
        _put(place / CHALLENGER, write_predictor(challenger))
    with (place / JOURNAL).open("a", encoding="utf-8", newline="\n") as lines:
        lines.write(json.dumps(made.as_dict(), ensure_ascii=False, allow_nan=False) + "\n")
        lines.flush()
        os.fsync(lines.fileno())
    if champion is not None:
        _put(place / CHAMPION, write_predictor(champion))
    return made


def _put(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8", newline="\n")
        draft.replace(path)
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
