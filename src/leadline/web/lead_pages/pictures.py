"""The pictures of a lead's page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from leadline.web.instants import moment
from leadline.web.lead_pages.standing import Moved


def course_picture(
    course: Sequence[tuple[int, float, float, str | None]], changes: Sequence[Moved]
) -> dict[str, Any]:
    """Fit and intent day by day, with the changes of stage as lines."""
    rows = [[_day(at), fit, intent, quality or ""] for at, fit, intent, quality in course]
    days = [row[0] for row in rows]
    marks = [
        {"xAxis": _day(c.at), "label": {"formatter": c.after, "position": "insideEndTop"}}
        for c in reversed(changes)
        if _day(c.at) in days
    ]
    return {
        "dataset": {"dimensions": [_("day"), _("fit"), _("intent"), _("quality")], "source": rows},
        "tooltip": {"trigger": "axis"},
        "legend": {"data": [_("fit"), _("intent")], "top": 0, "right": 0},
        "xAxis": {"type": "category", "boundaryGap": False},
        "yAxis": {"type": "value"},
        "series": [
            {"type": "line", "showSymbol": False, "encode": {"x": 0, "y": 1}, "name": _("fit"),
             "itemStyle": {"color": "$muted"}, "step": "end"},
            {"type": "line", "showSymbol": False, "encode": {"x": 0, "y": 2}, "name": _("intent"),
             "itemStyle": {"color": "$accent"},
             "markLine": {"symbol": "none", "data": marks, "silent": True}},
        ],
    }  # fmt: skip


def _day(instant: int) -> str:
    return timezone.localtime(moment(instant)).date().isoformat()
