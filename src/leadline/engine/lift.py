"""What would lift a lead: the cheapest missing answers and signals to a better quality or a further stage.

Each candidate is tried by judging the lead again as if it were so; nothing is guessed from weights. Only
what may still happen is tried: what is unknown may turn out yes, and what was seen may be seen again. A
known no stays a no.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from leadline.engine.reference import Judged, imagined
from leadline.engine.stepping import Standing, next_standing
from leadline.model import expr
from leadline.model.shape import DISQUALIFIED, Model
from leadline.model.speech import gettext, grouped, ngettext
from leadline.model.words import stage_title

# What an answer to a question, another fact, an event, a raised hand cost beside each other.
ASKED, LEARNT, SEEN, RAISED = 1, 2, 2, 5
MOST_EVENTS = 3  # of one signal
MOST_TOGETHER = 2  # candidates tried at once


@dataclass(frozen=True)
class Candidate:
    """Something that may still happen."""

    kind: str  # criterion, rule, signal
    id: str
    title: str
    cost: int
    count: int = 1
    ask: str | None = None
    again: bool = False  # it was seen before

    @property
    def words(self) -> str:
        if self.kind == "criterion":
            return gettext("a yes to %(title)s") % {"title": self.title}
        if self.kind == "rule":
            return gettext("learning that “%(title)s” holds") % {"title": self.title}
        told = gettext("“%(title)s” %(often)s more") if self.again else gettext("“%(title)s” %(often)s")
        return told % {"title": self.title, "often": often_words(self.count)}


@dataclass(frozen=True)
class Lift:
    """The cheapest way to a better quality or a further stage."""

    target: str  # quality or stage
    reached: str
    steps: tuple[Candidate, ...]
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        steps = [{"kind": s.kind, "id": s.id, "count": s.count, "ask": s.ask} for s in self.steps]
        return {"target": self.target, "reached": self.reached, "steps": steps, "sentence": self.sentence}


def lifts(model: Model, judged: Judged, standing: Standing | None) -> list[Lift]:
    """The cheapest lift to a better quality, and to a further stage; those that there are."""
    if standing is not None and standing.stage == DISQUALIFIED:
        return []
    found: dict[str, Lift] = {}
    wanted = {t for t in ("quality", "stage") if _rank(model, t, judged, standing) is not None}
    for steps in _by_cost(_candidates(model, judged)):
        if wanted <= found.keys():
            break
        after = _as_if(model, judged, steps)
        then = next_standing(model, after)[0] if standing is not None else None
        for target in sorted(wanted - found.keys()):
            if _better(model, target, judged, standing, after, then):
                found[target] = _lift(model, target, after, then, steps)
    return [found[t] for t in ("quality", "stage") if t in found]


def _candidates(model: Model, judged: Judged) -> list[Candidate]:
    found = []
    for criterion in model.criteria:
        if judged.measures[criterion.name] == "unknown":
            ask = next((a for n in expr.names(criterion.yes_if) if (a := model.field(n).ask)), None)
            found.append(
                Candidate("criterion", criterion.name, criterion.title, ASKED if ask else LEARNT, ask=ask)
            )
    for rule in model.fit.rules:
        if judged.rules[rule.id] == "unknown" and rule.cents > 0:
            ask = next((a for n in expr.names(rule.when) if (a := model.field(n).ask)), None)
            found.append(Candidate("rule", rule.id, rule.title, ASKED if ask else LEARNT, ask=ask))
    for signal in model.intent.signals:
        if signal.points > 0 or signal.hand_raise:
            most = min(MOST_EVENTS, signal.max_per_day or MOST_EVENTS)
            each, again = RAISED if signal.hand_raise else SEEN, bool(judged.kept[signal.id])
            for count in range(1, most + 1):
                found.append(Candidate("signal", signal.id, signal.title, each * count, count, again=again))
    return found


def _and() -> str:
    return gettext("and")


def often_words(count: int) -> str:
    """How often: once, twice, 3 times."""
    if count <= 2:
        return gettext("once") if count == 1 else gettext("twice")
    return ngettext("%(n)s time", "%(n)s times", count) % {"n": grouped(f"{count:,}")}


def _by_cost(candidates: list[Candidate]) -> Iterator[tuple[Candidate, ...]]:
    """One candidate or a few different ones, the cheapest first; at one cost in the model's order."""
    together = [
        steps
        for size in range(1, MOST_TOGETHER + 1)
        for steps in combinations(candidates, size)
        if len({(s.kind, s.id) for s in steps}) == size
    ]
    yield from sorted(together, key=lambda steps: (sum(s.cost for s in steps), len(steps)))


def _as_if(model: Model, judged: Judged, steps: tuple[Candidate, ...]) -> Judged:
    return imagined(
        model,
        judged,
        rules=[s.id for s in steps if s.kind == "rule"],
        criteria=[s.id for s in steps if s.kind == "criterion"],
        more={s.id: s.count for s in steps if s.kind == "signal"},
    )


def _rank(model: Model, target: str, judged: Judged, standing: Standing | None) -> int | None:
    """How far from the best; None where there is nothing better or nothing to rank."""
    if target == "quality":
        names = [q.name for q in model.quality]
        quality = judged.measures["quality"]
        rank = names.index(str(quality)) if quality is not None else len(names)
    else:
        stages = model.lifecycle.names
        rank = len(stages) - 1 - stages.index(standing.stage) if standing is not None else 0
    return rank or None


def _better(
    model: Model, target: str, judged: Judged, standing: Standing | None, after: Judged, then: Standing | None
) -> bool:
    before_rank = _rank(model, target, judged, standing) or 0
    if then is not None and then.stage == DISQUALIFIED:
        return False
    return (_rank(model, target, after, then) or 0) < before_rank


def _lift(
    model: Model, target: str, after: Judged, then: Standing | None, steps: tuple[Candidate, ...]
) -> Lift:
    if target == "quality":
        reached = str(after.measures["quality"])
        words = gettext("quality %(name)s") % {"name": reached}
    else:
        assert then is not None
        reached = then.stage
        title = stage_title(next(s for s in model.lifecycle.stages if s.stage == reached))
        words = gettext("stage %(name)s") % {"name": title}
    how = f" {_and()} ".join(s.words for s in steps)
    sentence = gettext("What would lift it to %(target)s: %(how)s.") % {"target": words, "how": how}
    return Lift(target, reached, steps, sentence)
