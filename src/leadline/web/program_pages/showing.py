"""What was found about a draft, as pages show it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from leadline.analysis.verdict import CHIPS
from leadline.analysis.words import interval_text, noun_of, number, percent, times
from leadline.model import Model
from leadline.model.shape import DISQUALIFIED, spoken
from leadline.model.words import stage_title
from leadline.web.accounts.models import User
from leadline.web.leads.models import Lead
from leadline.web.program_pages.access import names_of
from leadline.web.program_pages.queries import Matrix, matrix_of, quality_shares, stage_shares, tone_of
from leadline.web.qualification.models import Evidence


@dataclass(frozen=True)
class Moved:
    """A lead that would stand elsewhere; `lead` is None where it is out of sight of who looks."""

    lead: Lead | None
    quality: tuple[str, str]
    tones: tuple[str, str]
    stage: tuple[str, str]
    fit: tuple[float, float]
    intent: tuple[float, float]
    why: list[tuple[str, float]]


@dataclass(frozen=True)
class Before:
    """A class of leads, now and then."""

    title: str
    tone: str
    before: int
    after: int

    @property
    def change(self) -> str:
        """`+5`, `−3`; nothing where it stays."""
        change = self.after - self.before
        return f"{change:+,}".replace("-", "−") if change else ""


@dataclass(frozen=True)
class Preview:
    """What a draft would do to the leads as they stand; movers are those in sight of who looks."""

    data: dict[str, Any]
    rise: list[Moved]
    fall: list[Moved]
    other: list[Moved]
    qualities: list[Before]
    stages: list[Before]
    matrix: Matrix | None
    hidden: int  # movers out of sight of who looks

    @property
    def moved(self) -> int:
        return self.data["rise"] + self.data["fall"] + self.data["other"]


def preview_of(data: dict[str, Any], old: Model, new: Model, user: User) -> Preview:
    """The JSON of `comparing`, with names, titles and the matrix as it would be."""
    leads = names_of(user, (int(m["lead_id"]) for m in data["most"]))
    ways: dict[str, list[Moved]] = {"up": [], "down": [], "other": []}
    for mover in data["most"]:
        ways[mover["direction"]].append(_moved(mover, old, new, leads))
    qualities, stages = ([Counter(dict(map(tuple, side))) for side in data[k]] for k in ("classes", "stages"))
    total = data["leads"]
    return Preview(
        data,
        *([m for m in each if m.lead is not None] for each in ways.values()),
        _before([quality_shares(m, c, total) for m, c in zip((old, new), qualities, strict=True)]),
        _before([stage_shares(m, c, total) for m, c in zip((old, new), stages, strict=True)]),
        matrix_of(new, Counter(dict(map(tuple, data["bands"][1])))),
        sum(m.lead is None for each in ways.values() for m in each),
    )


def _moved(mover: dict[str, Any], old: Model, new: Model, leads: dict[int, Lead]) -> Moved:
    names = [[q.name for q in m.quality] for m in (old, new)]
    quality = list(mover["quality"])
    up = 1 if mover["direction"] != "down" else -1
    why = sorted(((w["label"], w["points"]) for w in mover["why"]), key=lambda pair: -up * pair[1])
    return Moved(
        leads.get(int(mover["lead_id"])),
        tuple(spoken(q) if q else _("none") for q in quality),
        tuple(tone_of(n, q) for n, q in zip(names, quality, strict=True)),
        tuple(_stage(m, s) for m, s in zip((old, new), mover["stage"], strict=True)),
        tuple(mover["fit"]),
        tuple(mover["intent"]),
        why,
    )


def _stage(model: Model, name: str | None) -> str:
    titles = {s.stage: stage_title(s) for s in model.lifecycle.stages}
    return _("Disqualified") if name == DISQUALIFIED else titles.get(name or "", spoken(name or ""))


def _before(sides: list[list[Any]]) -> list[Before]:
    old, new = ({share.key: share for share in side} for side in sides)
    keys = list(dict.fromkeys([*new, *old]))
    return [
        Before(
            (new.get(k) or old[k]).title,
            (new.get(k) or old[k]).tone,
            old[k].leads if k in old else 0,
            new[k].leads if k in new else 0,
        )
        for k in keys
    ]


# --- the backtest -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tile:
    """One figure under both models."""

    title: str
    before: str
    after: str
    note: str
    chip: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Tested:
    """What a backtest came to. With `cannot`, why there was nothing to try."""

    cannot: str
    data: dict[str, Any]
    tiles: list[Tile]
    headline: str = ""
    sentences: tuple[str, ...] = ()
    evidence: Evidence | None = None


def tested_of(evidence: Evidence) -> Tested:
    data = json.loads(evidence.result)
    if "cannot" in data:
        return Tested(data["cannot"], {}, [])
    verdict = data["verdict"]
    tiles = [_volume(data), *_rates(data), *_load(data)]
    return Tested("", data, tiles, verdict["headline"], tuple(verdict["sentences"]), evidence)


def noun(data: dict[str, Any]) -> str:
    return noun_of(data["weekly"]["models"]["new"]["stage"])


def _volume(data: dict[str, Any]) -> Tile:
    old, new = (data["weekly"]["models"][side] for side in ("old", "new"))
    note = _("%(before)s and %(after)s in the period") % {
        "before": old["hand_offs"], "after": new["hand_offs"],
    }  # fmt: skip
    title = _("%(noun)s a week") % {"noun": noun(data)}
    return Tile(title, number(old["per_week"]), number(new["per_week"]), note)


_TONES = {"better": "good", "worse": "bad", "noise": "", "scarce": "warn"}


def _rates(data: dict[str, Any]) -> list[Tile]:
    found = data["outcomes"]
    if found is None:
        return []
    old, new, verdict = found["models"]["old"], found["models"]["new"], data["verdict"]

    def rate(key: str, title: str, about: str) -> Tile:
        a, b = old[key], new[key]
        note = about % {"hits": b["hits"], "n": b["n"], "days": f"{found['horizon_days']:g}"}
        chip = verdict[key]
        return Tile(title, percent(a["value"]), percent(b["value"]), note, CHIPS.get(chip, ""),
                    _TONES.get(chip, ""))  # fmt: skip

    base = _("over %(share)s of all %(n)s; surely %(interval)s") % {
        "share": percent(found["base"]["value"]), "n": found["base"]["n"],
        "interval": interval_text(new["lift"]["interval_95"], times),
    }  # fmt: skip
    return [
        rate("precision", _("Precision"), _("%(hits)s of %(n)s reach the goal within %(days)s days")),
        rate("recall", _("Recall"), _("%(hits)s of %(n)s with the goal were handed over before")),
        Tile(_("Lift"), times(old["lift"]["value"]), times(new["lift"]["value"]), base),
    ]


def _load(data: dict[str, Any]) -> list[Tile]:
    load = data["load"]
    if load is None:
        return []
    old, new = load["models"]["old"], load["models"]["new"]
    note = _("median of %(weeks)s weeks, %(reps)s reps; most %(before)s and %(after)s") % {
        "weeks": new["n"], "reps": load["reps"], "before": number(old["most"]), "after": number(new["most"]),
    }  # fmt: skip
    return [Tile(_("Per rep and week"), number(old["median"]), number(new["median"]), note)]
