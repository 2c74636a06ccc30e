"""What each figure of a backtest means, in the words of the page. The long form stands in the docs."""

from __future__ import annotations

_TEXT = """
Old and new rules: Two models on the same facts, stepped through the end of each day of the period.

Handed over (MQL): A change into the stage in which marketing hands over, that was seen to happen in the
period. What stood there before it began is not counted. Returning leads had been there, or further, before.

Eligible leads: Leads whose first sight (or the begin of the period, if later) leaves the goal its whole
horizon within the data, and which had not reached the goal by then. Both models are held to the same.

Precision: Of eligible leads handed over with the whole horizon behind them, the share that reached the goal
after that and within the horizon. Each lead counts once, by its first hand-off in the period.

Recall: Of all leads that reached the goal for the first time in the period, the share handed over before, at
most a horizon earlier. A lead that sales took up before the rules spoke counts as missed.

Lift: Precision, divided by the share of all eligible leads that reached the goal within the horizon.

Intervals: At 95 %. Of rates: Wilson. Of differences and lift: 2,000 draws of leads with replacement, each
drawn for both models (paired bootstrap, percentiles). Within noise: the interval of the difference has 0 in
it. Fewer than 5 goals under either model are too few to tell.
"""

DEFINITIONS: tuple[tuple[str, str], ...] = tuple(
    (word, " ".join(meaning.split()))
    for word, _, meaning in (paragraph.partition(": ") for paragraph in _TEXT.strip().split("\n\n"))
)
