"""What the form of a model has: its parts, what can stand in each, and how a new one begins.

A part is a list of rules, each called by one of its keys; a mapping, each called by its name; or single
settings. It says nothing of what is right: that the model's reader does, for form and text alike.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

Path = tuple[str | int, ...]
TEXT, CONDITION, NUMBER, DURATION, FLAG, LIST, CHOICE = (
    "text", "condition", "number", "duration", "flag", "list", "choice",
)  # fmt: skip
NAME = "_name"  # the slot for what a mapping's entry is called
ITSELF = "_itself"  # the slot for an entry that is one value


@dataclass(frozen=True)
class Slot:
    """One thing that can be said of a rule."""

    key: str
    label: Any
    kind: str = TEXT
    hint: Any = ""
    choices: tuple[str, ...] = ()
    wide: bool = False


@dataclass(frozen=True)
class Setting:
    """A single value of the model, by its path."""

    path: Path
    slot: Slot


@dataclass(frozen=True)
class Part:
    """A section of the form. `listed` parts have an order and their entries a number, others a name."""

    key: str
    title: Any
    about: Any
    path: Path = ()
    listed: bool = False
    noun: Any = ""
    slots: tuple[Slot, ...] = ()
    blank: dict[str, Any] = field(default_factory=dict)
    named: str = ""  # the key by which a listed entry is called
    settings: tuple[Setting, ...] = ()
    ordered: bool = True  # whether the order says something


_ID = Slot("id", _("Id"), hint=_("Letters, digits and _; the ledger names it"))
_LABEL = Slot("label", _("Called"), wide=True)
_WHERE = Slot("where", _("Where"), CONDITION, _("Of the event, such as starts_with(path, '/pricing')"))
_EVENT = Slot("event", _("Event"), hint=_("Its name as it is tracked: page, form, chat_message …"))


def _ends(part: str) -> tuple[Setting, ...]:
    return (
        Setting((part, "min"), Slot("min", _("Never below"), NUMBER)),
        Setting((part, "max"), Slot("max", _("Never above"), NUMBER)),
    )


FIT = Part(
    "fit", _("Fit: who they are"), _("Each rule that holds gives its points, or rules a lead out."),
    ("fit", "rules"), True, _("rule"),
    (
        _LABEL,
        Slot("points", _("Points"), NUMBER),
        _ID,
        Slot("when", _("Holds where"), CONDITION, _("Such as employees between 50 and 1000")),
        Slot("disqualify", _("Rules the lead out instead"), FLAG),
    ),
    {"id": "new_rule", "label": "New rule", "points": 10.0}, "id", _ends("fit"), ordered=False,
)  # fmt: skip

INTENT = Part(
    "intent", _("Intent: what they do"), _("Each event counts, fading by its half-life."),
    ("intent", "signals"), True, _("signal"),
    (
        _LABEL, _EVENT, Slot("points", _("Points each"), NUMBER), _WHERE,
        Slot("half_life", _("Half-life"), DURATION, _("After it, an event is worth half: 14d")),
        Slot("window", _("Of the last"), DURATION, _("Older ones do not count: 90d")),
        Slot("max_per_day", _("Most a day"), NUMBER, _("Events that count")),
        Slot("max_points", _("Most points in all"), NUMBER),
        Slot("hand_raise", _("Raises a hand: somebody asks to be called"), FLAG),
        _ID,
    ),
    {"id": "new_signal", "label": "New signal", "event": "page", "points": 5.0, "half_life": "14d"}, "id",
    _ends("intent"), ordered=False,
)  # fmt: skip

CRITERIA = Part(
    "criteria", _("Criteria: what we must hear"), _("Yes, no, or not asked yet: that is unknown, never no."),
    ("criteria",), False, _("criterion"),
    (
        _LABEL,
        Slot("yes_if", _("Yes if"), CONDITION, _("Such as budget_amount >= 5000")),
        Slot("no_if", _("No if"), CONDITION, _("Left out: where “yes” is not true")),
        Slot("valid_for", _("An answer holds for"), DURATION, "180d"),
        Slot(NAME, _("Id")),
    ),
    {"label": "New criterion"},
)  # fmt: skip

_FROM = (Slot(NAME, _("Name")), Slot(ITSELF, _("From"), NUMBER))
FIT_BANDS = Part(
    "fit_bands", _("Bands of fit"), _("The letter of the matrix, from the top down."),
    ("bands", "fit"), False, _("band"), _FROM,
)  # fmt: skip
INTENT_BANDS = Part(
    "intent_bands", _("Bands of intent"), _("The digit of the matrix, from the top down."),
    ("bands", "intent"), False, _("band"), _FROM,
)  # fmt: skip

QUALITY = Part(
    "quality", _("Quality"), _("The first that holds. The last is for everybody else: true."), ("quality",),
    False, _("quality"),
    (Slot(NAME, _("Name")), Slot(ITSELF, _("Where"), CONDITION, _("Such as fit >= 50 and intent >= 20"))),
)  # fmt: skip

STAGES = Part(
    "lifecycle", _("Stages"), _("A lead climbs them one after the other, and can fall back."),
    ("lifecycle", "stages"), True, _("stage"),
    (
        _LABEL,
        Slot("owner", _("Whose"), CHOICE, choices=("marketing", "sales")),
        Slot("enter", _("Entered where"), CONDITION, _("Such as quality = 'excellent' or hand_raised")),
        Slot("event", _("Entered on event"), hint=_("Such as lead_accepted")),
        Slot("leave", _("Left where"), CONDITION, _("Then the lead begins anew")),
        Slot("sla", _("Due within"), DURATION, "4h"),
        Slot("stage", _("Id")),
    ),
    {"stage": "new_stage", "owner": "sales"}, "stage",
    (Setting(("lifecycle", "cooldown"),
             Slot("cooldown", _("Rest after a rejection"), DURATION, _("Left out: 30d"))),),
)  # fmt: skip

JOURNEY = Part(
    "journey", _("Journey: how far they are"), _("What they look at tells the step; later ones are further."),
    ("journey",), True, _("step"),
    (Slot("step", _("Step")), _EVENT, _WHERE), {"step": "new_step", "event": "page"}, "step",
)  # fmt: skip

FIELDS = Part(
    "fields", _("Fields: what is known of a lead"), _("What rules and criteria can read."),
    ("fields",), False, _("field"),
    (
        Slot(NAME, _("Name"), hint=_("As it arrives")),
        Slot("type", _("Type"), CHOICE, choices=("text", "number", "boolean", "time")),
        Slot("label", _("Called"), wide=True),
        Slot("values", _("Values"), LIST, _("With commas between; left out: any")),
        Slot("ask", _("Question"), hint=_("What a rep asks where it is not known")),
    ),
    {"type": "text"}, ordered=False,
)  # fmt: skip

PROPERTIES = Part(
    "properties", _("Properties of events"),
    _("What “where” can read, beside path, url, title, referrer, name."),
    ("properties",), False, _("property"),
    (
        Slot(NAME, _("Name")),
        Slot("type", _("Type"), CHOICE, choices=("text", "number", "boolean", "time")),
        Slot("label", _("Called"), wide=True),
    ),
    {"type": "text"}, ordered=False,
)  # fmt: skip

GENERAL = Part(
    "general", _("Name, time and goal"), _("By the goal both sides are measured, and the backtest judges."),
    settings=(
        Setting(("name",), Slot("name", _("Name of the model"))),
        Setting(("timezone",), Slot("timezone", _("Time zone"), hint="Europe/Berlin")),
        Setting(("goal", "event"), Slot("event", _("Goal: the event"), hint="deal_won")),
        Setting(("goal", "value"), Slot("value", _("Its worth is in"), hint=_("A property of the event"))),
        Setting(("goal", "horizon"), Slot("horizon", _("Within"), DURATION, "180d")),
    ),
)  # fmt: skip

PARTS = (
    FIT, INTENT, CRITERIA, FIT_BANDS, INTENT_BANDS, QUALITY, STAGES, JOURNEY, FIELDS, PROPERTIES, GENERAL,
)  # fmt: skip
BY_KEY = {part.key: part for part in PARTS}
