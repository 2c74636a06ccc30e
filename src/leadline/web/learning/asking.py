"""What the outcomes say of the rules, and who buys: better rules become a draft, and go the usual way."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from leadline.web.learning.models import Asked
from leadline.web.learning.training import (
    CannotLearnError,
    examples_of,
    facts_to_learn_from,
    model_of,
    plain,
    refused_of,
)
from leadline.web.qualification.drafts import begin_draft
from leadline.web.qualification.models import Program
from leadline.web.qualification.programs import holding

_SHOWN = ("headline", "changes", "evidence", "notes", "fitted", "tried", "left_out", "trial")


@dataclass(frozen=True)
class Answer:
    """What was found. `text` is the better rules, None where there are none; `persona` a page."""

    headline: str
    result: Mapping[str, Any]
    text: str | None
    persona: str
    model_version: str


@dataclass(frozen=True)
class Rule:
    """A rule, and what the outcomes say of it."""

    title: str
    finding: str
    points: float
    worth: float
    low: float
    high: float

    @property
    def tone(self) -> str:
        return {"harmful": "bad", "useless": "warn"}.get(self.finding, "")


@dataclass(frozen=True)
class Shown:
    """The latest answer, for the page."""

    number: int
    at: int
    headline: str
    changes: list[str]
    notes: list[str]
    rules: list[Rule]
    draft: int | None
    persona: bool


def ask_outcomes(program: Program, *, at: int, told: Callable[[int, str], None]) -> Answer:
    """Better weights and thresholds, tried on later leads, and the profile of who buys.

    Raises CannotLearnError where there is too little to tell.
    """
    from leadline.learn.persona import persona
    from leadline.learn.persona_page import persona_page
    from leadline.learn.proposals import propose
    from leadline.model.document import ModelDocument

    model, held = model_of(program), holding(program)
    assert held is not None
    told(2, "facts")
    facts = facts_to_learn_from(model, at)
    document = ModelDocument.read(text=held.text)
    try:
        found = propose(
            document, facts, until=at, with_backtest=False,
            progress=lambda done, total: told(10 + 60 * done // max(total, 1), "rules"),
        )  # fmt: skip
        told(72, "persona")
        examples = examples_of(program, model, at=at, told=lambda done, what: None)
        refused = {name for each in refused_of(examples, set()) for name in each["inputs"]}
        page = persona_page(persona(examples.without(refused)), source=program.name)
    except ValueError as error:
        raise CannotLearnError(str(error)) from None
    data = plain({k: v for k, v in found.as_dict().items() if k in _SHOWN})
    better = bool(found.changes) and found.trial.finding != "worse"
    return Answer(found.headline, data, found.text if better else None, page, model.version)


def keep_answer(program: Program, answer: Answer, *, by: str, at: int, title: str) -> Asked:
    """Keep what was found, with a draft of the better rules where there are any."""
    draft = None
    if answer.text is not None:
        draft = begin_draft(program=program, text=answer.text, by=by, at=at, title=title)
    return Asked.objects.create(
        program=program, model_version=answer.model_version, result=json.dumps(dict(answer.result)),
        persona=answer.persona, draft=draft, at=at, by=by,
    )  # fmt: skip


def asked_of(program: Program) -> Shown | None:
    """The latest answer; None where nobody asked."""
    row = program.asked.defer("persona").last()
    if row is None:
        return None
    data = json.loads(row.result)
    rules = [
        Rule(e["title"], e["finding"], e["points"], e["worth"], *e["interval"])
        for e in data.get("evidence", ())
    ]
    return Shown(
        row.pk, row.at, data.get("headline", ""), data.get("changes", []), data.get("notes", []), rules,
        row.draft_id, True,
    )  # fmt: skip
