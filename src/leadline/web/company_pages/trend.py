"""How the intent of a company's people went: judged again at each week's end, by the model that held then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from leadline.web.board.judging import Judging
from leadline.web.instants import DAY, moment
from leadline.web.lead_pages.standing import course
from leadline.web.leads.facts import facts_of

WEEKS = 13
MOST = 100  # people; of a company with more those with the most intent


def trend(judging: Judging, leads: Sequence[int], now: int) -> list[tuple[int, float]]:
    """(instant, sum of intent), a week apart, the last of them now."""
    instants = [now - 7 * DAY * weeks for weeks in range(WEEKS, -1, -1)]
    sums = dict.fromkeys(instants, 0.0)
    for facts in facts_of(leads[:MOST]).values():
        dated = [f["occurred_at"] for f in (*facts.events, *facts.traits)]
        known = [at for at in instants if at >= min(dated)]
        for at, _fit, intent, _quality in course(judging, facts, known):
            sums[at] += intent
    return list(sums.items())


def trend_picture(found: Sequence[tuple[int, float]]) -> dict[str, Any]:
    rows = [[f"{moment(at):%Y-%m-%d}", round(intent, 1)] for at, intent in found]
    return {
        "dataset": {"dimensions": [_("week"), _("intent")], "source": rows},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "boundaryGap": False},
        "yAxis": {"type": "value"},
        "series": [{"type": "line", "showSymbol": False, "areaStyle": {"opacity": 0.15},
                    "encode": {"x": 0, "y": 1}, "itemStyle": {"color": "$accent"}}],
    }  # fmt: skip
