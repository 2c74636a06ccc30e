"""What the studies on real data share: rates with intervals, ranking, and tables that stand in a page.

A study is a module with `PAGE` and `tables(data)`. Run as `python -m examples.NAME.study DATA`, it prints its
tables; with `--write` it puts them into its page, between `<!-- NAME -->` and `<!-- end -->`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np
from ruamel.yaml import YAML

from leadline.model import Model, read_model

ROOT = Path(__file__).resolve().parent.parent
Z = 1.96  # of a 95 % interval


@dataclass(frozen=True)
class Table:
    """A table of a page: its name there, the header and the rows, all as text."""

    name: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __str__(self) -> str:
        """The table in Markdown, numbers to the right."""
        rule = ["---", *["--:"] * (len(self.head) - 1)]
        return "\n".join(f"| {' | '.join(row)} |" for row in [self.head, rule, *self.rows])


def wilson(hits: int, count: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a rate (E. B. Wilson, 1927).

    >>> [round(end, 3) for end in wilson(5, 10)]
    [0.237, 0.763]
    """
    if not count:
        return 0.0, 1.0
    rate, share = hits / count, Z * Z / count
    middle = (rate + share / 2) / (1 + share)
    reach = Z * (rate * (1 - rate) / count + share / count / 4) ** 0.5 / (1 + share)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def rate(hits: int, count: int) -> str:
    """A rate with its interval.

    >>> rate(5, 10), rate(0, 0)
    ('50.0 % (23.7–76.3)', '–')
    """
    if not count:
        return "–"
    low, high = wilson(hits, count)
    return f"{hits / count:.1%}".replace("%", " %") + f" ({low * 100:.1f}–{high * 100:.1f})"


def auc(scores: np.ndarray, hits: np.ndarray) -> float:
    """How often a hit has the higher score than a miss; ties count half.

    >>> auc(np.array([1, 2, 2, 3]), np.array([False, False, True, True]))
    0.875
    """
    _, place, sizes = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(sizes) - (sizes - 1) / 2)[place]
    yes, no = int(hits.sum()), int((~hits).sum())
    return float((ranks[hits].sum() - yes * (yes + 1) / 2) / (yes * no))


def auc_interval(scores: np.ndarray, hits: np.ndarray, draws: int = 1000) -> tuple[float, float]:
    """The 95 % interval of `auc`, by drawing the leads anew (percentiles of the bootstrap)."""
    random = np.random.default_rng(1)
    samples = (random.integers(0, len(hits), len(hits)) for _ in range(draws))
    low, high = np.percentile([auc(scores[some], hits[some]) for some in samples], [2.5, 97.5])
    return float(low), float(high)


def top_tenth(scores: np.ndarray, hits: np.ndarray) -> tuple[float, float]:
    """Expected hits among the tenth with the highest scores, and how many leads that tenth is.

    Leads with one score are in it in equal shares, so that the result does not hang on the order of rows.
    """
    size = len(scores) / 10
    left, found = size, 0.0
    for score in np.unique(scores)[::-1]:
        same = scores == score
        taken = min(left, int(same.sum()))
        found += hits[same].mean() * taken
        left -= taken
        if left <= 0:
            break
    return found, size


def without(model: Path, *keys: str) -> Model:
    """The model with those keys taken out of every signal: what it is without windows, decay or caps."""
    yaml = YAML()  # keeps the order of keys: the first quality that holds is the one
    tree = yaml.load(model.read_text(encoding="utf-8"))
    for signal in tree["intent"]["signals"]:
        for key in keys:
            signal.pop(key, None)
    text = StringIO()
    yaml.dump(tree, text)
    return read_model(text.getvalue())


def with_tables(page: str, tables: Sequence[Table]) -> str:
    """The page with these tables in their places; every table must have one."""
    for table in tables:
        place = re.compile(rf"(<!-- {re.escape(table.name)} -->\n).*?(<!-- end -->)", re.DOTALL)
        if not place.search(page):
            raise ValueError(f"the page has no place for the table: <!-- {table.name} --> … <!-- end -->")
        page = place.sub(lambda found, table=table: f"{found[1]}\n{table}\n\n{found[2]}", page)
    return page


def main(tables: Callable[[Path], list[Table]], page: str) -> None:
    """Print the tables of a study, or write them into its page."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--write"]
    if len(arguments) != 1:
        sys.exit("give the folder of the data set, and --write to put the tables into the page")
    made = tables(Path(arguments[0]))
    if "--write" in sys.argv:
        file = ROOT / page
        file.write_text(with_tables(file.read_text(encoding="utf-8"), made), encoding="utf-8")
    else:
        sys.stdout.write("\n\n".join(f"{table.name}\n\n{table}" for table in made) + "\n")
