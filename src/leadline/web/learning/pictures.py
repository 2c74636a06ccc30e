"""The pictures of what was learned, as Apache ECharts options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _


def calibration(found: Mapping[str, Any]) -> dict[str, Any] | None:
    """What was said against what happened, in groups of leads; right are points on the diagonal."""
    bins = (found.get("calibration") or {}).get("bins") or []
    rows = []
    for each in bins:
        rate = each["rate"]
        low, high = rate["interval_95"] or (None, None)
        rows.append([_cent(each["said"]), _cent(rate["value"]), _cent(low), _cent(high), rate["n"]])
    if not rows:
        return None
    top = max(value for row in rows for value in row[:4] if value is not None)
    return {
        "dataset": {
            "dimensions": [
                _("said, %"), _("happened, %"), _("at least, %"), _("at most, %"), _("leads"),
            ],
            "source": rows,
        },
        "tooltip": {"trigger": "item"},
        "grid": {"left": 8, "right": 16, "top": 32, "bottom": 28, "containLabel": True},
        "xAxis": {"type": "value", "min": 0, "name": _("said, %"), "nameLocation": "middle", "nameGap": 26},
        "yAxis": {"type": "value", "min": 0, "name": _("happened, %"), "nameTextStyle": {"align": "left"}},
        "series": [
            {"type": "line", "name": _("exactly right"), "data": [[0, 0], [top, top]], "showSymbol": False,
             "silent": True, "lineStyle": {"type": "dashed", "color": "$muted", "width": 1}},
            {"type": "line", "name": _("happened, %"), "encode": {"x": 0, "y": 1}, "symbolSize": 8,
             "itemStyle": {"color": "$accent"}},
            _edge(_("at least, %"), 2),
            _edge(_("at most, %"), 3),
        ],
    }  # fmt: skip


def _edge(name: str, column: int) -> dict[str, Any]:
    """An end of the interval: a thin line."""
    return {
        "type": "line", "name": name, "encode": {"x": 0, "y": column}, "showSymbol": False,
        "lineStyle": {"width": 1, "color": "$accent", "opacity": 0.4}, "itemStyle": {"color": "$accent"},
    }  # fmt: skip


def gain(found: Mapping[str, Any]) -> dict[str, Any] | None:
    """Which part of all who bought is among the best leads; by lot it is the diagonal."""
    tenths = found.get("tenths") or []
    rows = [[_cent(t["share"]), _cent(t["reached"]["value"]), _cent(t["share"])] for t in tenths]
    if not rows or any(row[1] is None for row in rows):
        return None
    return {
        "dataset": {
            "dimensions": [_("best leads, %"), _("reached, %"), _("by lot, %")],
            "source": [[0, 0, 0], *rows],
        },
        "tooltip": {"trigger": "axis"},
        "grid": {"left": 8, "right": 16, "top": 32, "bottom": 28, "containLabel": True},
        "xAxis": {"type": "value", "max": 100, "name": _("best leads, %"), "nameLocation": "middle",
                  "nameGap": 26},
        "yAxis": {"type": "value", "max": 100, "name": _("reached, %"), "nameTextStyle": {"align": "left"}},
        "series": [
            {"type": "line", "encode": {"x": 0, "y": 1}, "name": _("reached, %"), "symbolSize": 6,
             "itemStyle": {"color": "$accent"}},
            {"type": "line", "encode": {"x": 0, "y": 2}, "name": _("by lot, %"), "showSymbol": False,
             "lineStyle": {"type": "dashed", "width": 1}, "itemStyle": {"color": "$muted"}},
        ],
    }  # fmt: skip


def _cent(value: float | None) -> float | None:
    return None if value is None else round(100 * value, 2)
