"""The pictures of programs, as Apache ECharts options."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from leadline.web.program_pages.showing import noun


def weeks(data: dict[str, Any]) -> dict[str, Any]:
    """Hand-offs a week under both models, from a backtest's JSON; part weeks are left out."""
    whole = [w for w in data["weekly"]["weeks"] if not w["partial"]]
    rows = [[w["monday"], w["models"]["old"]["all"], w["models"]["new"]["all"]] for w in whole]
    return _both([_("Week of"), _("Published"), _("Draft")], rows, noun(data))


def load(data: dict[str, Any]) -> dict[str, Any] | None:
    """Hand-offs for each rep and week under both models; None where nothing tells how many reps there are."""
    found = data["load"]
    if not found or not found["weeks"].get("new"):
        return None
    whole = [w["monday"] for w in data["weekly"]["weeks"] if not w["partial"]]
    rows = [
        [monday, round(old, 2), round(new, 2)]
        for monday, old, new in zip(whole, found["weeks"]["old"], found["weeks"]["new"], strict=True)
    ]
    return _both([_("Week of"), _("Published"), _("Draft")], rows, _("per rep"))


def _both(dimensions: list[str], rows: list[list[Any]], unit: str) -> dict[str, Any]:
    return {
        "dataset": {"dimensions": dimensions, "source": rows},
        "legend": {"top": 0, "left": 0},
        "tooltip": {"trigger": "axis"},
        "grid": {"left": 8, "right": 8, "top": 48, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "category", "axisLabel": {"hideOverlap": True}},
        "yAxis": {"type": "value", "name": unit, "nameTextStyle": {"align": "left"}},
        "series": [
            {"type": "bar", "itemStyle": {"color": "$muted"}, "barGap": "10%"},
            {"type": "bar", "itemStyle": {"color": "$accent"}},
        ],
    }
