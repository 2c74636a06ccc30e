"""A program and the model by which it judges, with the words that pages use for what it found."""

from __future__ import annotations

from dataclasses import dataclass

from leadline.model.shape import DISQUALIFIED, Model, spoken
from leadline.model.words import stage_title
from leadline.web.qualification.models import Program
from leadline.web.qualification.programs import enabled_programs, in_force
from leadline.web.qualification.walk import Published


@dataclass(frozen=True)
class Judging:
    """A program and the model by which it judges now; there is none before a first publication."""

    program: Program
    model: Model
    predictor: str = ""  # the version of the one that gives probabilities; empty: none does
    values: bool = False  # whether what a goal is worth is known too

    def stages(self) -> list[tuple[str, str]]:
        """Each stage with its title."""
        found = [(s.stage, stage_title(s)) for s in self.model.lifecycle.stages]
        return [*found, (DISQUALIFIED, "Disqualified")] if found else []

    def stage_title(self, stage: str | None) -> str:
        return dict(self.stages()).get(stage or "", spoken(stage or ""))

    def settled(self) -> list[str]:
        """The stages in which nobody is called any more: ruled out, or at the end of the way."""
        return [DISQUALIFIED, *self.model.lifecycle.names[-1:]]

    def qualities(self) -> list[str]:
        return [q.name for q in self.model.quality]

    def tone(self, quality: str | None) -> str:
        """How a quality is set off: the best and those between, never the last."""
        names = self.qualities()
        if quality not in names[:-1]:
            return ""
        return "good" if quality == names[0] else "accent"


def judgings(at: int) -> list[Judging]:
    """The programs that judge at an instant, with their models."""
    found = ((program, in_force(models, at)) for program, models in enabled_programs())
    return [judging_by(program, held) for program, held in found if held is not None]


def judging_by(program: Program, held: Published) -> Judging:
    """The program by the model that holds, with what predicts."""
    return Judging(program, held.live.model, held.predictor, held.values)


def judging_of(at: int, slug: str = "") -> Judging | None:
    """The program of that slug, else the first one."""
    found = judgings(at)
    return next((j for j in found if j.program.slug == slug), found[0] if found else None)
