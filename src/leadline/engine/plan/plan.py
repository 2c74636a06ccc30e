"""The steps in their order."""

from __future__ import annotations

from leadline.engine.dialects import Dialect
from leadline.engine.plan.context import Context
from leadline.engine.plan.events import Events
from leadline.engine.plan.judgement import Judgement
from leadline.engine.plan.leads import known, wide
from leadline.engine.plan.ledger import ledger
from leadline.engine.plan.shape import Instants, Shape, Step
from leadline.engine.plan.valid import decided, decisions, valid
from leadline.model.shape import Model

HELD = ("valid", "classed", "decisions")  # steps that do not hang on the points
COUNTED = ("tallies", "moments", "signals")  # steps that an engine may do by `counting`


class Plan:
    """The steps for one model, one engine's dialect and one shape of facts.

    `with_seen=False` leaves out first and last seen, which read every event, where nobody asks for them.
    `with_inputs` has the inputs that the model reads beside its rules among the measures: x0, x1 …
    """

    def __init__(
        self,
        model: Model,
        dialect: Dialect,
        shape: Shape,
        *,
        with_seen: bool = True,
        with_inputs: bool = False,
    ):
        self.model, self.dialect, self.shape = model, dialect, shape
        self.with_seen, self.with_inputs = with_seen, with_inputs

    def countable(self, instants: Instants) -> bool:
        """Whether each event has one code at these instants, so that `counting` may do its steps."""
        events = Events(Context(self.model, self.dialect, self.shape, instants, self.with_seen))
        return instants.one and bool(events.signals) and not events.marked

    def steps(self, instants: Instants, everyone: bool = False) -> list[Step]:
        """All steps in order; the last two, `measures` and `ledger`, are the result.

        With `everyone`, at one instant, the plan finds the points itself: all leads of whom a fact counts.
        """
        c = Context(self.model, self.dialect, self.shape, instants, self.with_seen)
        events = Events(c)
        with_events = events.any or c.with_seen
        doubled = c.shape.doubled_events and c.shape.suspects is None
        steps = [Step("valid", valid(c), keep=doubled)]
        if with_events:
            steps += [Step("classed", events.classed(), keep=False), Step("tallies", events.tallies())]
            steps.append(Step("moments", events.moments()))
        if everyone:
            steps.append(Step("points", _everyone(c)))
        if with_events:
            steps += [Step("signals", events.signal_sums()), Step("sums", events.sums())]
        steps += [Step("decisions", decisions(c)), Step("decided", decided(c))] if c.stages else []
        steps += [Step("wide", wide(c), keep=False)] if c.fields else []
        steps += [Step("known", known(c))] if c.fields and c.shape.has_traits else []
        judgement = Judgement(c, with_events, self.with_inputs)
        steps.append(Step("judged", judgement.judged()))
        return [*steps, Step("measures", judgement.measures()), Step("ledger", ledger(c, with_events))]


def _everyone(c: Context) -> str:
    """The points of all leads of whom anything is known at the instant."""
    known_leads = f"SELECT lead_id FROM leads WHERE t IS NULL OR t <= {c.at}"
    known_leads += f" UNION SELECT lead_id FROM traits WHERE t <= {c.at}"
    known_leads += " UNION SELECT k FROM moments" if c.with_seen else " UNION SELECT lead_id FROM valid"
    return f"SELECT lead_id AS k, lead_id FROM ({known_leads}) AS a"
