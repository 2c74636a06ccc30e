"""Models together with the predictors that give their probabilities: which holds when."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from leadline.engine.live import Live
from leadline.model import read_model
from leadline.model.predicting import predicting as with_predictor
from leadline.model.predictor import Predictor as Learned
from leadline.model.predictor_file import read_predictor
from leadline.web.qualification.models import Activation, Program, Publication
from leadline.web.qualification.walk import Published


@lru_cache(maxsize=64)
def compiled(text: str) -> Live:
    """A model's text, ready to judge. A model is compiled once and runs many times."""
    return Live(read_model(text=text))


@lru_cache(maxsize=32)
def read(text: str) -> Learned:
    """A predictor's text, read. Raises ValueError for one that was changed."""
    return read_predictor(text)


@lru_cache(maxsize=64)
def predicting(text: str, predictor: str) -> Live | None:
    """A model that a predictor gives its probabilities; None where it was learned by another model."""
    try:
        return Live(with_predictor(compiled(text).model, read(predictor)))
    except ValueError:
        return None


def with_predictors(publications: Sequence[Publication], program: Program) -> list[Published]:
    """Each model with what predicts by it, in order of time: both lists laid over each other."""
    changes = list(standing(program))
    first = publications[0].at
    instants = sorted({p.at for p in publications} | {c.at for c in changes if c.at > first})
    found = []
    for at in instants:
        model = next(p for p in reversed(publications) if p.at <= at)
        change = next((c for c in reversed(changes) if c.at <= at), None)
        found.append(_published(at, model.text, change))
    return found


def standing(program: Program) -> list[Activation]:
    """The changes of predictor that hold, in order of time, each with its predictor."""
    return list(program.activations.filter(taken_back_by=None).select_related("predictor"))


def judging(text: str, program: Program) -> Live:
    """A model of the program's with what gives its probabilities now, if that goes with it."""
    changes = standing(program)
    predictor = changes[-1].predictor if changes else None
    return (predicting(text, predictor.text) if predictor else None) or compiled(text)


def _published(at: int, text: str, change: Activation | None) -> Published:
    predictor = change.predictor if change else None
    live = predicting(text, predictor.text) if predictor else None
    if predictor is None or live is None:
        return Published(at, compiled(text))
    return Published(at, live, predictor.version, predictor.mean_worth)
