"""Pictures on pages: `{% chart option title="Leads by week" %}`.

`option` is an Apache ECharts option as plain data, its numbers in `option["dataset"]`, so that the same ones
stand below it as a table: for who cannot see the picture, or has no script. Colours are named: "$good".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils import formats
from django.utils.safestring import SafeString

register = template.Library()

HEIGHTS = ("s", "m", "l")
LONGEST_TABLE = 400  # rows; a table of more is not read, and makes the page heavy


@dataclass(frozen=True)
class Table:
    """The numbers of a picture."""

    heads: list[str]
    numeric: list[bool]
    rows: list[list[str]]
    left_out: int

    @property
    def columns(self) -> list[tuple[str, bool]]:
        return list(zip(self.heads, self.numeric, strict=True))

    @property
    def lines(self) -> list[list[tuple[str, bool]]]:
        return [list(zip(row, self.numeric, strict=True)) for row in self.rows]


@register.simple_tag
def chart(option: Mapping[str, Any], title: str = "", height: str = "m") -> SafeString:
    """A picture with its numbers. `height` is s, m or l.

    Raises ValueError for an option whose numbers are not in its dataset.
    """
    if height not in HEIGHTS:
        raise ValueError(f"the height of a chart is one of {', '.join(HEIGHTS)}, got `{height}`")
    context = {"option": dict(option), "title": title, "height": height, "table": table_of(option)}
    return render_to_string("leadline/chart.html", context)


def table_of(option: Mapping[str, Any]) -> Table:
    """The first dataset of an option, as people read it.

    >>> table = table_of({"dataset": {"dimensions": ["stage", "next_step"], "source": [["MQL", "a call"]]}})
    >>> table.heads, table.rows
    (['stage', 'next step'], [['MQL', 'a call']])
    """
    data = option.get("dataset")
    data = data[0] if isinstance(data, list) and data else data
    if not isinstance(data, Mapping) or "dimensions" not in data or "source" not in data:
        raise ValueError('the option of a chart needs a dataset: {"dimensions": [...], "source": [[...]]}')
    dimensions = [d if isinstance(d, Mapping) else {"name": str(d)} for d in data["dimensions"]]
    source: Sequence[Sequence[Any]] = data["source"]
    shown = list(islice(source, LONGEST_TABLE))
    rows = [[_written(v, d) for v, d in zip(row, dimensions, strict=False)] for row in shown]
    numeric = [
        d.get("type") != "time" and any(_is_number(row[n]) for row in shown if n < len(row))
        for n, d in enumerate(dimensions)
    ]
    heads = [str(d.get("displayName") or d["name"]).replace("_", " ") for d in dimensions]
    return Table(heads, numeric, [r + [""] * (len(heads) - len(r)) for r in rows], len(source) - len(shown))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _written(value: Any, dimension: Mapping[str, Any]) -> str:
    if value is None:
        return "–"
    if not _is_number(value):
        return str(value)
    if dimension.get("type") == "time":  # milliseconds, as browsers count
        return datetime.fromtimestamp(value / 1000, UTC).strftime("%Y-%m-%d %H:%M")
    return formats.number_format(round(value, 2), force_grouping=True)
