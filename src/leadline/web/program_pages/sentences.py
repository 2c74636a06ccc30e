"""A model in sentences that a salesperson reads: what counts, how much, and how a lead gets on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from leadline.model import expr
from leadline.model.expr import number_text
from leadline.model.shape import FitRule, Model, Signal, spoken
from leadline.model.words import (
    condition_words,
    criterion_words,
    duration_words,
    signal_words,
    stage_heading,
    stage_words,
)

MINUS = "−"


@dataclass(frozen=True)
class Said:
    """A sentence about one rule: what it is called, what it says, and what it gives, if it gives points."""

    title: str
    text: str
    points: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Paragraph:
    """A section of the model in sentences."""

    title: str
    about: str
    said: list[Said]
    notes: list[str]


def paragraphs(model: Model) -> list[Paragraph]:
    """The whole model, in the order in which people ask; sections that it has not are left out."""
    said = said_of(model)

    def of(key: str, *parts: str) -> list[Said]:
        return [s for (part, _n), s in said.items() if part in (key, *parts)]

    found = [
        Paragraph(_("Who they are"), _("Fit: points for what we know of a lead."), of("fit"),
                  _ends(model.fit, _("fit"))),
        Paragraph(_("What they do"), _("Intent: points for what a lead does; they fade."), of("intent"),
                  _ends(model.intent, _("intent"))),
        Paragraph(_("What we must hear from them"), _("Not asked yet is unknown, never no."),
                  of("criteria"), []),
        Paragraph(_("Which of them are good"), _("The first that holds."), of("quality"), _bands(model)),
        Paragraph(_("How a lead gets on"), _("Stage by stage; it can fall back."), of("lifecycle"),
                  _rest(model)),
        Paragraph(_("How far they are"), _("What they look at tells the step; the furthest counts."),
                  of("journey"), []),
    ]  # fmt: skip
    goal = model.goal
    if goal is not None:
        worth = _(", worth its %(value)s") % {"value": spoken(goal.value).lower()} if goal.value else ""
        text = _("%(event)s within %(time)s%(worth)s") % {
            "event": spoken(goal.event), "time": duration_words(goal.horizon), "worth": worth,
        }  # fmt: skip
        about = _("By this both sides are measured.")
        found.append(Paragraph(_("What it is all for"), about, [Said(_("Goal"), text)], []))
    return [p for p in found if p.said]


def said_of(model: Model) -> dict[tuple[str, str], Said]:
    """A sentence for each entry, by the part of the form and the entry's number in it."""
    return {
        (part, str(number)): sentence
        for part, sentences in _parts(model)
        for number, sentence in enumerate(sentences)
    }


def _parts(model: Model) -> Iterator[tuple[str, Iterable[Said]]]:
    yield "fit", (_rule(rule, model) for rule in model.fit.rules)
    yield "intent", (_signal(signal, model) for signal in model.intent.signals)
    yield "criteria", (Said(c.title, _sentence(criterion_words(c, model))) for c in model.criteria)
    yield "fit_bands", (_band(b) for b in model.bands.fit)
    yield "intent_bands", (_band(b) for b in model.bands.intent)
    yield "quality", (Said(spoken(q.name), _sentence(_where(q.when, model))) for q in model.quality)
    yield "lifecycle", (_stage(s, model) for s in model.lifecycle.stages)
    yield "journey", (Said(spoken(s.step), _step(s, model)) for s in model.journey)
    yield "fields", (Said(f.title, _field(f)) for f in model.fields)
    yield "properties", (Said(p.label or spoken(p.name), str(p.type)) for p in model.properties)


def _rule(rule: FitRule, model: Model) -> Said:
    if rule.disqualify:
        return Said(rule.title, _sentence(condition_words(rule.when, model)), _("out"), "bad")
    return Said(rule.title, _sentence(condition_words(rule.when, model)), points_text(rule.points),
                "minus" if rule.points < 0 else "")  # fmt: skip


def _signal(signal: Signal, model: Model) -> Said:
    """`each page where path starts with /pricing, halving every 14 days`; its points stand beside it."""
    text = _sentence(signal_words(signal, model))
    return Said(signal.title, text, points_text(signal.points), "minus" if signal.points < 0 else "")


def _stage(stage: Any, model: Model) -> Said:
    return Said(stage_heading(stage), _sentence(stage_words(stage, model)))


def _band(band: Any) -> Said:
    return Said(band.name, _("From %(number)s") % {"number": number_text(band.at)})


def _step(step: Any, model: Model) -> str:
    where = f" {_where(step.where, model)}" if step.where is not None else ""
    return _sentence(f"{step.event}{where}")


def _field(field: Any) -> str:
    told = [str(field.type)]
    told += [_("one of %(values)s") % {"values": ", ".join(field.values)}] if field.values else []
    told += [f"“{field.ask}”"] if field.ask else []
    return ", ".join(told)


def _where(tree: expr.Expr | None, model: Model) -> str:
    if tree in (None, expr.TRUE):
        return _("Everybody else")
    return _("where %(condition)s") % {"condition": condition_words(tree, model)}


def _ends(part: Any, name: str) -> list[str]:
    found = []
    if part.min is not None:
        found.append(
            _("%(name)s is never below %(number)s.") % {"name": name, "number": number_text(part.min)}
        )
    if part.max is not None:
        found.append(
            _("%(name)s is never above %(number)s.") % {"name": name, "number": number_text(part.max)}
        )
    return [_sentence(text) for text in found]


def _bands(model: Model) -> list[str]:
    def told(bands: Any) -> str:
        return ", ".join(f"{b.name} {_('from')} {number_text(b.at)}" for b in bands)

    found = []
    if model.bands.fit:
        found.append(_("The letter says fit: %(bands)s.") % {"bands": told(model.bands.fit)})
    if model.bands.intent:
        found.append(_("The digit says intent: %(bands)s.") % {"bands": told(model.bands.intent)})
    return found


def _rest(model: Model) -> list[str]:
    time = duration_words(model.lifecycle.cooldown)
    return [_("Sent back, a lead is left in peace for %(time)s, unless it raises a hand.") % {"time": time}]


def points_text(points: float) -> str:
    """`+25`, `−10`."""
    return f"{MINUS if points < 0 else '+'}{number_text(abs(points))}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
