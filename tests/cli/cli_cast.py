"""The cast: Ana, in the right country, who looks at prices."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

TODAY = "2026-07-01"
MODEL = """leadline: 1
name: Small
fields: {country: text}
fit: {rules: [{id: near, label: We sell there, when: country = 'DE', points: 20}]}
intent: {signals: [{id: pricing, label: Viewed pricing, event: page, where: path = '/pricing', points: 10}]}
quality: {good: fit + intent >= 20, bad: true}
lifecycle: {stages: [{stage: lead}, {stage: mql, owner: marketing, enter: quality = 'good'}]}
"""
LEADS = "lead_id,name,company,country\nana,Ana Winter,Winter AG,DE\nben,Ben Sommer,,FR\n"


@dataclass(frozen=True)
class Files:
    """Where model, leads and events lie."""

    model: Path
    leads: Path
    events: Path


def written(folder: Path, pages: int) -> Files:
    """The files, with so many looks of Ana at the prices, the last two days before today."""
    files = Files(folder / "model.yaml", folder / "leads.csv", folder / "events.csv")
    files.model.write_text(MODEL)
    files.leads.write_text(LEADS)
    rows = [f"e{i},ana,page,2026-06-{28 - i}T10:00:00.5Z,/pricing\n" for i in range(pages)]
    files.events.write_text("event_id,lead_id,event,occurred_at,path\n" + "".join(rows))
    return files
