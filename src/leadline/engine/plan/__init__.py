"""What an engine is asked to do: one model as a few named SQL queries, each a step of the way.

    events ─ valid ─ classed ─ tallies ─┬─ signals ─ sums    what each signal gave, and all together
                                        └─ moments           first and last seen, journey, stages' events
             valid ─ decisions ─ decided                            what people decided
    traits, leads ── known, wide ── judged ── measures, ledger

The plan decides; an engine runs the steps in order, each as a table of that name, and hands out the last
two. Points (`k`, `lead_id`, `as_of`) say whom to judge and when. Where all share one instant it is a
constant and `k` is the lead itself; otherwise `k` numbers the points.
"""

from leadline.engine.plan.plan import COUNTED, HELD, Plan
from leadline.engine.plan.shape import Instants, Shape, Step
from leadline.engine.plan.valid import first_of_each_id

__all__ = ["COUNTED", "HELD", "Instants", "Plan", "Shape", "Step", "first_of_each_id"]
