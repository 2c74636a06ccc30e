"""The picture of a segment: how many leads were in it, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from leadline.web.board.models import SegmentCount


def counts_picture(counts: Sequence[SegmentCount]) -> dict[str, Any]:
    """Leads by day; a day on which the condition did not read is a gap."""
    return {
        "dataset": {
            "dimensions": [_("day"), _("leads")],
            "source": [[c.day.isoformat(), c.leads] for c in counts],
        },
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "boundaryGap": False},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {"type": "line", "showSymbol": False, "encode": {"x": 0, "y": 1}, "name": _("leads"),
             "itemStyle": {"color": "$accent"}},
        ],
    }  # fmt: skip
