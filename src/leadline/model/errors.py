"""What is wrong with a model, said all at once and each at its place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz, process


@dataclass(frozen=True)
class Problem:
    """One thing wrong: where it stands (1-based), what it is, and what was probably meant."""

    line: int
    column: int
    message: str
    path: str = ""  # the way to it through the file, such as fit.rules[2].when

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.message}"


class ModelError(ValueError):
    """A model that cannot be used. `problems` has every reason, in the order of the file."""

    def __init__(self, file: str, problems: Iterable[Problem]):
        self.file = file
        self.problems = tuple(sorted(problems, key=lambda p: (p.line, p.column)))
        super().__init__("\n".join(f"{file}:{problem}" for problem in self.problems))


class PredictorError(ValueError):
    """A predictor that cannot be used. `problems` has every reason: the way to it, and what to do."""

    def __init__(self, file: str, problems: Iterable[tuple[str, str]]):
        self.file = file
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{file}: {f'{path}: ' if path else ''}{m}" for path, m in self.problems))


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """`; did you mean …?` where a known word is near, else nothing.

    >>> did_you_mean("senority", ["seniority", "country"])
    '; did you mean `seniority`?'
    """
    found = process.extractOne(given, list(known), scorer=fuzz.ratio, processor=str.lower, score_cutoff=65)
    return f"; did you mean `{found[0]}`?" if found else ""
