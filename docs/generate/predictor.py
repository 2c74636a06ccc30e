"""Writes docs/reference/predictor.md: the format of a predictor's file, with an example and the limits."""

# ruff: noqa: E501 - lines of a page are as long as their paragraph

from pathlib import Path

from leadline.model.expr import Type
from leadline.model.predictor import Axis, Calibration, Input, Predictor, Replica, Term
from leadline.model.predictor_check import (
    MAX_BINS,
    MAX_LOG_ODDS,
    MAX_PARTS,
    MAX_REPLICAS,
    MAX_TEXT,
)
from leadline.model.predictor_file import MAX_BYTES, write_predictor
from leadline.model.predictor_scope import UNREADABLE
from leadline.model.shape import Field

PAGE = Path(__file__).resolve().parents[1] / "reference" / "predictor.md"
EXAMPLE = Predictor(
    "Trials of spring",
    "additive",
    "a deal within 90 days",
    (Field("employees", Type.NUMBER), Field("source", Type.TEXT)),
    (
        Input("size", Type.NUMBER, "Employees", expr="employees"),
        Input("source", Type.TEXT, "Came by", expr="lower(source)"),
        Input("pricing", Type.NUMBER, "Viewed pricing, points", signal="pricing", part="points"),
    ),
    (
        Term((Axis("size", edges=(50.0, 1000.0)),), (0.0, -0.6, 0.5, 0.1)),
        Term((Axis("source", levels=("advert", "referral")),), (0.0, -0.3, 0.9, -0.1)),
        Term((Axis("pricing", edges=(1.0, 12.0)),), (0.0, -0.4, 0.3, 0.8)),
    ),
    base=-2.1,
    calibration=Calibration((-4.0, 0.0), (-3.7, 0.1)),
    replicas=(
        Replica(
            -2.2,
            ((0.0, -0.5, 0.4, 0.2), (0.0, -0.2, 0.8, 0.0), (0.0, -0.4, 0.2, 0.9)),
            Calibration((-4.0, 0.0), (-3.8, 0.0)),
        ),
    ),
    horizon=90 * 86_400_000_000,
    model="5f28ea31bdb0",
    about={"rows": 2140, "won": 236},
)


def page() -> str:
    """The whole page."""
    unread = ", ".join(f"`{name}`" for name in UNREADABLE)
    return f"""\
<!-- docs/generate/predictor.py writes this: change it there, then `make docs`. -->
# The predictor file

What was learned from outcomes, as JSON that can be read and diffed. It fills `probability`; `leadline learn` writes it, `--predictor FILE` and `leadline.read_predictor(FILE)` read it. Nothing in it is ever executed.

```json
{write_predictor(EXAMPLE).rstrip()}
```

A predictor is additive in log-odds: `base`, and for each term the entry of its table that the lead falls into. The calibration turns the sum into calibrated log-odds, and `1 / (1 + exp(-log-odds))` is the probability. `probability` has six decimals and is held between 0.000001 and 0.999999.

| key | meaning |
|---|---|
| `leadline_predictor` | the format: 1 |
| `hash` | SHA-256 of all the rest; its first 12 digits are the predictor's version. A file whose hash does not agree is refused |
| `name`, `goal` | what it is called; what is predicted, in words |
| `kind` | `rate` (the same for everyone, no terms), `scorecard` or `additive` |
| `horizon` | within what time, in microseconds; left out: at any time |
| `model` | the rules that the inputs read: the *basis* of the model, 12 hex digits of what its fields, measures, criteria, signals and goal are made of, or its version; left out where they read fields alone. A model with another basis is refused; labels, bands, quality and lifecycle may change |
| `fields` | the fields that inputs may read: `name`, `type` (`text`, `number`, `boolean`, `time`), and where given `label`, `values`, `ask`, `column` |
| `inputs` | what is read of a lead at an instant, each with `name`, `type` and `label` |
| `base`, `terms`, `calibration` | the prediction |
| `replicas` | the same fitted to resamples of the data: `base`, the `values` of each term, and `calibration`. Their 10th and 90th percentile are the interval of a probability |
| `about` | how it was trained, for people |

**Inputs.** `expr` is in the language of conditions, over the model's fields, the measures (without `probability`) and the criteria's states. It cannot read {unread}. Instead of it, `signal` names a signal of the model, and `part` says what of it: the `points` that it gives at that instant, or the number of `events` counted; zero where there are none.

**Terms.** A term has one axis or two, and log-odds for each bin of it, or for each pair of bins, the second axis running fastest. Bin 0 is always *missing*.

| type | bins after *missing* |
|---|---|
| number, time | of ascending `edges`: bin 1 is below the first edge, and a value equal to an edge is in the bin above it. A time's edges are microseconds since 1970 UTC |
| text | one for each of `levels`, in their order. Of a text the last bin is any other; texts compare byte by byte |
| boolean | Of a boolean: bin 1 is false, bin 2 is true |

**Calibration.** A broken line from raw to calibrated log-odds; beyond its ends the end pieces go on. Two points are a straight line.

**Contributions.** What an input adds to a probability, in points of it: with log-odds `c` of all terms, `c_j * (probability - start) / sum(c)`, where `start` is the probability of `base` alone, that of the average lead it was trained on. These are integrated gradients along the straight line in log-odds (Sundararajan, Taly and Yan, *Axiomatic Attribution for Deep Networks*, 2017). They are whole millionths, and with `start` they sum exactly to the probability.

**Limits.** {MAX_BYTES:,} bytes; {MAX_PARTS:,} fields, inputs and terms each; {MAX_BINS:,} edges or levels of an axis; {MAX_REPLICAS:,} replicas; {MAX_TEXT:,} characters of a text; log-odds from {-MAX_LOG_ODDS:,.0f} to {MAX_LOG_ODDS:,.0f}. Unknown keys, keys that stand twice and numbers that are not finite are refused. Everything that is wrong is told at once, each with the way to it.
"""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
